/* The guard: everything the daemon is made of, and its three threads. */
#pragma once

#include <stdbool.h>

#include "unitward/capabilities.h"
#include "unitward/fan_group.h"
#include "unitward/lifeline.h"
#include "unitward/starts.h"

struct guard_options {
        const char *policy_path;
        const char *state_directory;   /* ledger.db, golden/, quarantine/ */
        const char *runtime_directory; /* the control socket */
        const char *log_path;          /* JSON lines; NULL: none */
        const char *snapshot_path;     /* what the boot gate compares with */
        const char *package_root;      /* whose dpkg or rpm records count: "/" or where an image is mounted */
        bool foreground;               /* records as lines on standard error instead of the journal */
        bool force_audit;
        pid_t main_pid;                /* the process that the service manager knows: the supervisor, if there is one */

        /* What outlives a guard: the caller's. */
        struct capabilities capabilities;
        struct fan_groups groups;
        struct starts_sources starts;  /* what managers start is learned from these */
        struct lifeline *lifeline;
        int left_openers;              /* eventfd: the supervisor left an opener to the guard */
        int host_mounts;               /* the mount namespace that guards join, mount_namespace.h; -1: they are there */
};

struct guard;

/* Loads and opens everything; nothing is marked yet. Explains on standard error what stands in the way.
 * 0; -EINVAL: the policy; -EOPNOTSUPP: the kernel; other -errno. */
int guard_new(const struct guard_options *options, struct guard **ret);
struct guard *guard_free(struct guard *guard); /* accepts NULL; returns NULL */

/* Marks, settles, says that it is ready, and works until it is told to end (stop.h). The exit status it is to end with,
 * 0 or STOP_EXIT_STATUS; or -errno. */
int guard_run(struct guard *guard);
