/* Which files a command line of a unit makes somebody run, as far as its words tell: systemd.service(5), "Command lines". Pure.
 * The bytes may be anybody's. */
#pragma once

#include <stdbool.h>

enum unit_run_kind {
        UNIT_RUN_PROGRAM,      /* the command, or what env and its like run: searched for when it has no slash */
        UNIT_RUN_SCRIPT,       /* what an interpreter reads: a file, relative to the working directory */
        UNIT_RUN_INLINE,       /* a command in the text of "sh -c": searched for when it has no slash */
};

struct unit_run {
        enum unit_run_kind kind;
        const char *word;      /* unquoted; specifiers are left as they are */
        bool full_privileges;  /* '+' or '!': User= does not hold */
        bool may_fail;         /* '-' */
};

/* Calls each for every file of every command of an Exec setting's value; words with a variable in them are left out. 0;
 * -ENOMEM; or the negative value that each returned. */
typedef int (*unit_run_function)(const struct unit_run *run, void *userdata);
int unit_runs(const char *line, unit_run_function each, void *userdata);
