/* Something that a manager started: the facts, gathered at once because the process may be gone soon, then immutable. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unitward/actor.h"
#include "unitward/starts.h"
#include "unitward/unit_name.h"

#define START_ARGUMENTS_MAX 4096u

struct start {
        uint64_t time_usec;    /* CLOCK_REALTIME */
        pid_t parent;          /* the manager, or for who is followed its parent */
        bool user_manager, followed;
        bool denied;           /* it was not executed: the program is that of its file */
        char unit[UNIT_NAME_MAX]; /* in that manager: of a user's, the unit inside user@UID.service; "": none */
        struct actor *actor;   /* owned; the process and those above it, perhaps known == false */
        char *arguments;       /* owned; each with its NUL; NULL: not known */
        size_t arguments_size;
        char *script;          /* owned; what an interpreter was given as its program, by its path; NULL: none */

        /* Of the program, or of the script where that is worse. */
        bool deleted, memfd, writable, temporary;
        uint64_t changed_usec; /* CLOCK_REALTIME: ctime of the younger; 0: not known */
        bool created;          /* ... when it was made too */
};

/* NULL: no memory. Reads /proc, and looks at names without opening them. */
struct start *start_gather(const struct managers *managers, const struct started *started);

/* Of one that was refused: thread tid, which waits or has waited, and the program behind fd. */
struct start *start_gather_denied(const struct managers *managers, pid_t tid, int fd);

struct start *start_free(struct start *start); /* accepts NULL; returns NULL */

/* The unit of a process among its manager's: "" when none. */
void start_unit_of(pid_t pid, bool user_manager, char ret[static UNIT_NAME_MAX]);
