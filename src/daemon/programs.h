/* The programs of gated commands, by inode. Owned by the verdict thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "unitward/fan_group.h"
#include "unitward/file_id.h"
#include "unitward/lifeline.h"
#include "unitward/policy.h"

struct programs;

/* With those that the last guard knew. Borrows both. NULL: no memory. */
struct programs *programs_new(const struct fan_groups *groups, struct lifeline *lifeline);
struct programs *programs_free(struct programs *programs); /* accepts NULL; returns NULL */

/* Marks what the policy names and is there, and the directories where it belongs; lets go what the policy no longer names.
 * Some 10 system calls for each. */
void programs_look(struct programs *programs, const struct policy *policy);

/* The command whose program this is, or was; NULL: none. Lives until the next look. */
const char *programs_command(const struct programs *programs, struct file_id id);

/* A change of that name in that directory may be about one of them: look again. */
bool programs_watch(const struct programs *programs, const struct fan_handle *directory);
bool programs_have_name(const struct programs *programs, const char *name);

/* How many programs and directories could not be marked. Any thread. */
uint64_t programs_unwatched(const struct programs *programs);
