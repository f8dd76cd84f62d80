/* Who runs before whom: the supervisor, which may have to end a guard that spins; the verdict thread, for which PID 1 may
 * wait; ordinary work. Priorities are taken while there is the capability for that, and are only given up afterwards:
 * sched(7). What cannot be had is done without. */
#pragma once

#include <pthread.h>

/* The first of the three, for the calling thread and what it will start; and before other ordinary work, for when it is
 * given up. Needs CAP_SYS_NICE, or a service manager that has done it. */
void priority_take(void);

/* The calling thread, and what it will start, goes down to the second; to ordinary work. */
void priority_of_verdicts(void);
void priority_of_work(void);

/* As pthread_create(3), for ordinary work, whatever the caller's is. */
int priority_start_work(pthread_t *thread, void *(*run)(void *), void *userdata);
