/* Between starts.c, which keeps who is whose child, starts_parents.c, who the parents are, and the watchers:
 * starts_connector.c and starts_exec.c. */
#pragma once

#include "unitward/managers.h"
#include "unitward/starts.h"

struct starts_parent {
        pid_t pid;
        uint64_t since; /* field 22 of /proc/PID/stat: another process may get its number */
        struct file_id exe;
        bool user; /* a user's manager */
        bool followed;
        uint64_t until_usec; /* followed: CLOCK_MONOTONIC */
};

/* It was forked, and has not executed what counts. */
struct starts_child {
        pid_t pid;
        struct starts_parent parent;                /* as it was */
        uint64_t since_usec, look_usec, pause_usec; /* CLOCK_MONOTONIC; when it is looked at next */
        bool executed;                              /* something, by what the kernel told */
};

struct starts {
        const struct starts_sources *sources;
        enum starts_watcher watcher; /* atomic: a scout may end */
        bool watching;
        struct managers managers;
        started_fn *on_start;
        void *userdata;
        struct starts_counters counters;
        struct starts_parent parents[STARTS_PARENTS_MAX + STARTS_FOLLOWED_MAX];
        size_t n_parents;
        struct starts_child children[STARTS_PENDING_MAX];
        size_t n_children;
        struct starts_recent {
                pid_t pid;
                uint64_t since;
        } recent[STARTS_PENDING_MAX]; /* fanotify: whose start was told */
        size_t n_recent;
};

void starts_count(uint64_t *counter);

/* starts_parents.c. NULL: it is nobody whose children count. */
const struct starts_parent *starts_find_parent(const struct starts *starts, pid_t pid);
bool starts_look_up(pid_t pid, struct starts_parent *ret); /* since and exe, as they are now; false: it is gone */
bool starts_is_user_manager(const struct starts *starts, pid_t pid, struct file_id exe);
void starts_consider_manager(struct starts *starts, pid_t pid); /* is added if it is one */

/* It is pending from now on; the same child once. */
void starts_add_child(struct starts *starts, pid_t pid, const struct starts_parent *parent);
struct starts_child *starts_find_child(struct starts *starts, pid_t pid);

/* Looks what it has become, and drops it when that is known. */
void starts_look_at(struct starts *starts, struct starts_child *child);

/* The watchers. */
void starts_connector_attach(struct starts *starts);
void starts_connector_work(struct starts *starts);
void starts_exec_watch(const struct starts *starts, bool watch);
void starts_exec_work(struct starts *starts);
