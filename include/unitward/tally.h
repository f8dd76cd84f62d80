/* How many records there were of each kind, and decisions: a bounded table of counters, for metrics.
 *
 * Counted is what has a record; what is let through at once has none, and is in struct verdict_counters. */
#pragma once

#include <jansson.h>
#include <pthread.h>

#include "unitward/record.h"

#define TALLY_MAX 1024u /* different decisions; more of them are counted with the rule TALLY_OTHERS */
#define TALLY_OTHERS "(others)"

/* What asked for the decision. */
enum gate {
        GATE_WRITE,            /* an open for writing */
        GATE_LOAD,             /* a manager's open */
        GATE_READ,             /* an open for reading by anybody else */
        GATE_COMMAND,          /* a gated command was run */
        GATE_ARRIVAL,          /* a change that the kernel asks nobody about, settled */
        GATE_CONTROL,          /* an administrator's request */
        GATE_COUNT_,
};

const char *gate_name(enum gate gate);

/* Of a record that was decided. */
enum gate record_gate(const struct record *record);

struct tally_entry;

/* Any thread adds, any reads. */
struct tally {
        pthread_mutex_t lock;
        uint64_t kinds[RECORD_KIND_COUNT_];
        struct tally_entry *entries;   /* decisions */
};

int tally_init(struct tally *tally); /* 0 or -errno */
void tally_done(struct tally *tally);

/* -ENOMEM: the decision is not counted, its record is. */
int tally_add(struct tally *tally, const struct record *record);

/* {"records": {KIND: n}, "decisions": [{gate, operation, verdict, mode, rule, count}]}, in no order; the caller's. NULL:
 * no memory. */
json_t *tally_to_json(struct tally *tally);
