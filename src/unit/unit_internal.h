/* What the parts of a unit's meaning share: unit_exec.c takes commands apart, unit_schedule.c says when a unit
 * acts, unit_contents.c what it does, unit_link.c what a link does, unit_difference.c what was set,
 * unit_configuration.c what is no unit; unit_keys.c knows the settings, unit_words.c the words. */
#pragma once

#include <stdio.h>

#include "unitward/unit_exec.h"
#include "unitward/unit_file.h"
#include "unitward/unit_meaning.h"

bool unit_key_is_list(const char *key);    /* values add up until an empty one */

/* What is told first: 0 for what runs something, UNIT_RANKS - 1 for what changes nothing. */
#define UNIT_RANKS 4
unsigned unit_setting_rank(const struct unit_setting *setting);

/* Text that somebody else chose goes into a sentence: shortened. */
void put_text(FILE *stream, const char *text, size_t length);
void put_value(FILE *stream, const char *value);

/* "adds", and "would add" when it was only tried. */
void put_verb(FILE *stream, const struct unit_change *change, const char *verb);

/* "every service" for "*.service", "every instance of x@.service", ...: whom a drop-in is for. */
void unit_describe(const char *unit, char *ret, size_t size);

bool unit_is_true(const char *value);      /* "yes", "on", ... */
bool unit_is_users(const char *path);      /* a unit of user managers, by its path */
bool unit_is_masked(const char *target, const char *contents, size_t size); /* /dev/null, or nothing in it */

/* The manager starts it by itself: "at every boot", "at every login". NULL: not one of systemd's own targets. */
const char *unit_occasion_of_target(const char *target, bool user);

/* "every minute", "when somebody connects to 80 or 443": when the timer, socket, path or automount acts. False
 * when it says so nowhere. */
bool put_occasion(FILE *stream, const struct unit_file *file, const char *type);

/* What the whole file makes systemd do: "runs /tmp/x as root when evil.service starts". */
void put_contents(FILE *stream, const struct unit_change *change, const struct unit_file *after);

/* "adds ExecStartPre=/tmp/x to ssh.service, sets User=root": what a drop-in does to its unit. False: nothing. */
bool put_settings(FILE *stream, const struct unit_file *file, const char *of);

/* "changes ExecStart of ssh.service from A to B": what is different. False: nothing but comments. */
bool put_differences(FILE *stream, const struct unit_file *before, const struct unit_file *after, const char *of);

/* "makes x.service another name of y.service", "loads x.timer from /tmp/x.timer". The change has a target. */
void put_link(FILE *stream, const struct unit_change *change);

/* Programs that systemd runs, its own configuration, and what it makes units of. False: nothing to say. */
bool put_program(FILE *stream, const struct unit_change *change, const char *directory, const char *name);
bool put_configuration(FILE *stream, const struct unit_change *change, const struct unit_file *before,
                       const struct unit_file *after);
