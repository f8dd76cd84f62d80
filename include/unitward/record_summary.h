/* Like records of one actor beyond so many: counted, and told of in one.
 *
 * Of what was prevented, whatever it was done to is alike; of what took effect only what was done to the same name. Records with
 * evidence, or of an alert, are never counted only. Bounded: where there is no room for more actors there is one count of what they
 * were prevented from; what took effect is written then, so that nobody hides it behind many names. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "unitward/record.h"
#include "unitward/record_settings.h"

#define SUMMARY_TARGETS_MAX 8u       /* that it names */
#define SUMMARY_DISTINCT_MAX 64u     /* that are counted; more are "more" */
#define RECORD_LIMIT_ACTORS 256u     /* within one interval: actors, each with what they tried, and names that were changed */

struct record_summary {
        enum record_kind kind;         /* of those that it sums up */
        bool others;                   /* of many actors, of whom nothing more is known: kind is of the last */
        bool denied;                   /* record_is_denial() of one of them */
        uint64_t count;
        uint64_t first_usec, last_usec; /* CLOCK_REALTIME */
        unsigned n_distinct;           /* different targets, SUMMARY_DISTINCT_MAX at most */
        bool more_distinct;            /* there were more */
        unsigned n_targets;
        char *targets[SUMMARY_TARGETS_MAX]; /* owned; the first of them: paths, or command lines */
};

struct record_summary *record_summary_free(struct record_summary *summary); /* accepts NULL; returns NULL */

/* How often what a JSON record tells of happened: a summary's count, otherwise 1. */
uint64_t record_times(const json_t *event);

/* What is counted now. One thread's, but for record_limit_counted and record_limit_pending. */
struct record_limit;
int record_limit_new(struct record_limit **ret); /* 0 or -ENOMEM; everything is written until it is told how many */
struct record_limit *record_limit_free(struct record_limit *limit); /* accepts NULL; returns NULL */
void record_limit_set(struct record_limit *limit, unsigned burst, uint64_t interval_usec);

/* True: it is counted, and the limit's own from now on. False: it is to be written. now_usec: CLOCK_MONOTONIC. */
bool record_limit_take(struct record_limit *limit, struct record *record, uint64_t now_usec);

/* When the next summary is due, CLOCK_MONOTONIC; 0: nothing is counted. */
uint64_t record_limit_due_usec(const struct record_limit *limit);

/* A summary that is due (UINT64_MAX: any), the caller's: a RECORD_SUMMARY with all that the last record of them had. NULL: none. */
struct record *record_limit_next(struct record_limit *limit, uint64_t now_usec);

uint64_t record_limit_counted(const struct record_limit *limit); /* so far */
uint64_t record_limit_pending(const struct record_limit *limit); /* of these, not in a summary yet */
