/* The supervisor: starts the guard, and another one when it dies; answers when there is none.
 *
 * It holds the fanotify groups, so that a guard that dies lets nobody through (closing the last descriptor of a group
 * would). Supervisor and guard share one table of descriptors (CLONE_FILES, clone(2)): the descriptors of events in flight
 * survive the guard, and the next one decides them as if nothing had happened. The supervisor itself knows no policy, parses
 * nothing and allocates nothing once it runs; where no guard is ready in time it answers by safe_mode.h. */
#pragma once

#include "unitward/guard.h"

/* Runs one guard; its result is the exit status of the process. */
typedef int (*guard_main_t)(const struct guard_options *options);

/* Until the guard ends by itself, SIGTERM or SIGINT; SIGHUP and SIGUSR1 are handed on to it. The options' groups and lifeline
 * are set. The guard's exit status; -errno when not even the supervisor could start. */
int supervise(const struct guard_options *options, guard_main_t run_guard);
