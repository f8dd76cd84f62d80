/* Between actor.c and actor_ancestors.c. */
#pragma once

#include "unitward/actor.h"
#include "unitward/proc_text.h"

/* The process's directory in /proc, O_PATH, or -errno. */
int actor_open_process(pid_t pid);

/* What rules ask of every ancestor too: executable and unit. 0 or -ENOMEM. */
int actor_describe_process(int process, pid_t pid, struct actor_process *ret);
int actor_stat_of(int process, struct proc_stat *ret);

/* The chain from the parent upwards is appended. 0 or -ENOMEM. */
int actor_gather_ancestors(struct actor *actor, pid_t parent);

/* The same, from a sibling (NULL: none) when the parent is what it was. */
int actor_share_ancestors(struct actor *actor, const struct actor *sibling);
