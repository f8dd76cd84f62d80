/* Between the parts of the supervisor: supervisor.c is its loop, supervisor_guard.c starts guards and buries them,
 * supervisor_watch.c looks whether one is alive, and answers in its place. */
#pragma once

#include "unitward/lifeline.h"
#include "unitward/supervisor.h"
#include "unitward/util.h"

#define MSEC UINT64_C(1000)
#define SEC (1000 * MSEC)

struct supervisor {
        const struct guard_options *options;
        struct lifeline *lifeline;
        guard_main_t run_guard;
        int signals, log, notify;
        unsigned first_foreign; /* descriptors from here on are the guard's */
        pid_t guard;            /* 0: none */
        bool overdue;           /* it is being killed for that, or because it was stopped */
        bool stopped;
        unsigned failures;
        unsigned n_dead;             /* guards that are not reaped yet */
        uint64_t start_usec;         /* the next guard starts then; or this one was started then */
        uint64_t stand_in_usec;      /* from then on, openers are answered here while no guard serves */
        uint64_t stop_usec;          /* SIGTERM came: by then the guard is gone; 0: it did not */
        uint64_t beats_at_start;     /* while there are no more, its verdict thread does not run yet */
        uint64_t beats, beaten_usec; /* of the verdict thread, and when the last was seen, or nobody waited */
        unsigned quiet_ticks;
        bool ended;
        int status;
};

void supervisor_start_guard(struct supervisor *supervisor, uint64_t now);
void supervisor_look_at_guard(struct supervisor *supervisor, uint64_t now); /* after SIGCHLD */
void supervisor_kill_guard(struct supervisor *supervisor, uint64_t now);
void supervisor_forget(struct supervisor *supervisor, const struct opener *opener);
void supervisor_reap(struct supervisor *supervisor);
void supervisor_reap_in_time(struct supervisor *supervisor);

bool supervisor_somebody_waits(const struct supervisor *supervisor);
bool supervisor_starts_behind_marks(const struct supervisor *supervisor);
void supervisor_look_after_guard(struct supervisor *supervisor, uint64_t now);
void supervisor_stand_in(struct supervisor *supervisor, uint64_t now);
