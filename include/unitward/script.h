/* Which files a script runs. The bytes may be anybody's; time is linear in the size. */
#pragma once

#include <stddef.h>

#define SCRIPT_MAX (256u * 1024u) /* bytes; a longer one is not read */
#define SCRIPT_LINES_MAX 10000u

enum script_use {
        SCRIPT_RUNS,           /* a command, or the interpreter */
        SCRIPT_SOURCES,        /* becomes part of it */
        SCRIPT_NAMES,          /* an argument, or a file that is read or written */
};

/* path is absolute and lives during the call. What is not 0 ends the scan and is returned. */
typedef int (*script_function)(const char *path, enum script_use use, void *userdata);

/* Nothing is a script but what begins with "#!" and has no NUL in it. */
int script_each(const char *text, size_t size, script_function each, void *userdata);
