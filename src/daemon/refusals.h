/* Programs of suspicious units, which their managers may not execute for them: everybody else may. The recorder adds to
 * them, the verdict thread asks. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "unitward/fan_group.h"
#include "unitward/file_id.h"
#include "unitward/unit_name.h"

#define REFUSALS_MAX 32u                              /* the oldest goes first */
#define REFUSALS_USEC (UINT64_C(24) * 3600 * 1000000) /* since it was added last */

struct refusals {
        pthread_mutex_t lock;
        size_t n; /* atomic, for who only asks whether there are any */
        struct refusal {
                struct file_id program;
                char unit[UNIT_NAME_MAX];
                bool user;           /* of a user's manager */
                uint64_t until_usec; /* CLOCK_MONOTONIC */
        } all[REFUSALS_MAX];
};

int refusals_init(struct refusals *refusals);
void refusals_done(struct refusals *refusals);

/* The program is marked. What is not there, or cannot be marked, is left out. */
void refusals_add(struct refusals *refusals, const struct fan_groups *groups, const char *program, const char *unit,
                  bool user);

/* Nothing is refused any more for this unit, of whichever manager; NULL: for any. */
void refusals_forget(struct refusals *refusals, const char *unit);

enum refusal_answer {
        REFUSALS_UNKNOWN, /* none is about this program */
        REFUSALS_LATE,    /* one was: its mark can go */
        REFUSALS_OTHER,   /* none is about this unit */
        REFUSALS_REFUSED,
};

/* For whom thread tid executes the program: looks into /proc only where there is one about it. */
enum refusal_answer refusals_ask(struct refusals *refusals, struct file_id program, pid_t tid);
