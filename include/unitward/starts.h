/* What service managers start: their children that execute a program, and what those who are followed execute.
 *
 * Two watchers find them. The connector (connector.h) tells of forks by managers and of execs of their children, and of
 * nothing else. Where there is none, FAN_OPEN_EXEC on the file systems that programs can lie on: it tells the scout
 * (scout.h) of every exec, which is woken up so many times a second and no more, and may come too late for a
 * short-lived one. Neither makes anybody wait.
 *
 * One thread uses it; what others may ask for or read is said there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "unitward/file_id.h"

/* Opened before the sandbox, and held by the supervisor: what outlives a guard. */
struct starts_sources {
        int connector;       /* connector.h; -1: none */
        int connector_error; /* why not; 0 */
        int scout;           /* scout.h; -1: none, or not needed */
};

enum starts_watcher { STARTS_BY_CONNECTOR, STARTS_BY_FANOTIFY, STARTS_NONE };
const char *starts_watcher_name(enum starts_watcher watcher); /* "connector", "fanotify", "none" */

#define STARTS_PARENTS_MAX 128u /* managers */
#define STARTS_FOLLOWED_MAX 64u /* processes of alerted units */
#define STARTS_PENDING_MAX 256u /* children that have executed nothing yet */

struct started {
        pid_t pid, parent; /* as it was forked */
        bool user_manager; /* its parent is a user's manager */
        bool followed;     /* its parent is no manager, but followed */
        struct file_id exe;
};

typedef void started_fn(void *userdata, const struct started *started);

/* Atomic: any thread may read them. */
struct starts_counters {
        uint64_t seen;     /* starts by managers */
        uint64_t followed; /* execs of those who are followed */
        uint64_t missed;   /* children of managers that were gone before they could be looked at */
        uint64_t lost;     /* times that the kernel had no room for what it had to tell */
        uint64_t wakeups;
};

struct managers;
struct starts;

/* The sources stay the caller's. 0 or -ENOMEM. */
int starts_new(const struct starts_sources *sources, started_fn *on_start, void *userdata, struct starts **ret);
struct starts *starts_free(struct starts *starts); /* accepts NULL; returns NULL */

const struct managers *starts_managers(const struct starts *starts);
enum starts_watcher starts_watcher_of(const struct starts *starts); /* from any thread */
const struct starts_counters *starts_counters(const struct starts *starts);

/* It does not watch before; when it does not, nobody is woken by anything that is executed. */
void starts_watch(struct starts *starts, bool watch);

/* Who is a manager: looked for in /proc. n exes besides PID 1's; more than MANAGERS_MAX are ignored. */
void starts_find_managers(struct starts *starts, const struct file_id *exes, size_t n);

/* What this process executes from now on, and what it forks, until so long has passed; the first to come is the first
 * to go when there are too many. */
void starts_follow(struct starts *starts, pid_t pid, uint64_t until_usec);

/* To wait for: a descriptor with POLLIN (-1: none for now), and the time (CLOCK_MONOTONIC) at which starts_work is due
 * without it. */
int starts_fd(const struct starts *starts);
uint64_t starts_due_usec(const struct starts *starts);

/* Reads what there is and calls on_start for each. */
void starts_work(struct starts *starts);
