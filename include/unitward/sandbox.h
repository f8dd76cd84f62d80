/* The sandbox: what unitwardd's processes may still do once they do their work.
 *
 * Both steps are one-way and inherited by children; what stands in the way is fatal. Which capabilities and which
 * system calls, and why, is data: sandbox_capabilities.c and sandbox_calls.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sandbox_role {
        SANDBOX_SUPERVISOR, /* and a guard while it starts: a child has its parent's filter, and it may ask rpm */
        SANDBOX_GUARD,      /* one that has started */
        SANDBOX_SCOUT,      /* scout.h */
        SANDBOX_ROLE_COUNT_
};

/* Takes all capabilities from the calling thread, and from those it will start, but the role's: effective and permitted
 * exactly these, nothing inheritable, nothing ambient, the bounding set too where CAP_SETPCAP still allows that; and
 * no_new_privs, prctl(2). Call it before there are threads. A capability that is missing already is left missing.
 * 0 or -errno. */
int sandbox_reduce(enum sandbox_role role);

/* From here on a system call that is not on the role's list ends the process with SIGSYS, whichever thread makes it;
 * the kernel's log says which. Narrows what was entered before, never widens. 0 or -errno. */
int sandbox_enter(enum sandbox_role role);

/* For the message when one of the two fails. */
#define SANDBOX_ADVICE                                                                                                 \
        "it needs a kernel with CONFIG_SECCOMP_FILTER, and a container or service manager that lets it use "           \
        "seccomp(2) "                                                                                                  \
        "and capset(2)"

/* Whether the role may make the call without dying of it: perhaps with some arguments only, or in vain. */
bool sandbox_permits(enum sandbox_role role, const char *call);

struct sandbox_capability {
        const char *name; /* "CAP_LEASE" */
        int number;
        unsigned roles;      /* 1u << SANDBOX_GUARD */
        const char *purpose; /* "whether an open is for writing" */
        const char *without; /* what does not hold when it is missing */
};

size_t sandbox_capability_count(void);
const struct sandbox_capability *sandbox_capability_at(size_t index);

/* All that the role has, as in /proc/PID/status. */
uint64_t sandbox_capability_set(enum sandbox_role role);
