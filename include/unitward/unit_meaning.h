/* What a change to a unit means to an administrator, in words: "overrides ExecStart of ssh.service",
 * "masks auditd.service", "starts /tmp/x every minute as root". Pure: looks at nothing but its arguments. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "unitward/access.h"
#include "unitward/unit_name.h"

struct unit_change {
        enum operation operation;
        enum place place;
        const char *path;      /* absolute */
        const char *unit;      /* what unit_name_of says, "" when none */
        const char *target;    /* of a symbolic link, or NULL */
        const char *before;    /* the authorised contents, NULL: none or not known */
        size_t before_size;
        const char *after;     /* the contents found, NULL: none or not known */
        size_t after_size;
        const char *service;   /* contents of what unit_activates names, NULL: none or not known */
        size_t service_size;
        const char *outranked; /* path of the unit of the same name that this one takes the place of, or NULL */
        bool attributes_only;  /* the contents are what they were */
        bool attempted;        /* it was only tried, and nothing of it is known: "would change x.service" */
};

/* The unit that a timer, socket or path unit of this name and contents starts: "x.service" for x.timer, unless it
 * says otherwise. False for other units. */
bool unit_activates(const char *unit, const char *text, size_t size, char ret[static UNIT_NAME_MAX]);

/* One line without a full stop, text_escape'd, at most 512 bytes. Caller frees. NULL: nothing to say, or no memory. */
char *unit_meaning(const struct unit_change *change);

/* What makes a unit's contents suspicious on their own, for the review of a baseline. */
enum unit_suspicion {
        SUSPICION_EXEC_VOLATILE = 1 << 0,  /* runs something from /tmp, /var/tmp, /dev/shm or /run/user */
        SUSPICION_EXEC_HOME     = 1 << 1,  /* a system unit runs something from a home */
        SUSPICION_EXEC_HIDDEN   = 1 << 2,  /* a component of the program's path begins with a dot */
        SUSPICION_EXEC_SHELL    = 1 << 3,  /* a shell or an interpreter with its program on the command line: sh -c, python3 -c */
        SUSPICION_EXEC_NETWORK  = 1 << 4,  /* ... that fetches or connects: curl, wget, nc, /dev/tcp */
        SUSPICION_ENVIRONMENT   = 1 << 5,  /* sets LD_PRELOAD, LD_LIBRARY_PATH, LD_AUDIT and the like */
};
#define N_SUSPICIONS 6

/* user: a unit of user managers. Bits of enum unit_suspicion. */
unsigned unit_suspicions(const char *text, size_t size, bool user);

/* The same of the path of a program or a script. */
unsigned path_suspicions(const char *path, bool user);

/* "runs a program from /tmp" and so on, for one bit. */
const char *unit_suspicion_text(enum unit_suspicion one);

/* The programs that the unit runs: the first word of each Exec line without its prefixes (@ - : + ! |), for a
 * caller who wants to look whether they are there. A NULL-terminated vector, each freed by the caller; 0 or
 * -ENOMEM. Programs without a leading slash are left out. */
int unit_programs(const char *text, size_t size, char ***ret);
