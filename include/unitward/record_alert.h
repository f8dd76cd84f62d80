/* The part of a record that is about what a manager started: RECORD_START (worth a record) and RECORD_ALERT.
 *
 * The record's actor is the child (its ancestry[1] is the manager), its unit the child's unit, its path the unit's file.
 * What the daemon or the child did afterwards is in later records of any kind that carry the alert's id (record.h: alert). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unitward/detect.h"
#include "unitward/record.h"

#define ALERT_CHANGES_MAX 8u   /* the last ones; earlier ones are counted */
#define ALERT_ARGUMENTS_MAX 2048u

/* Who wrote what of it. */
struct alert_change {
        uint64_t time_usec;            /* CLOCK_REALTIME */
        char *path;                    /* owned */
        char *meaning;                 /* owned; unit_meaning.h; NULL: none */
        enum operation operation;
        enum detect_author author;
        char rule[POLICY_ID_MAX];      /* "": none decided */
        struct actor *actor;           /* owned reference; NULL: nobody knows */
};

struct record_alert {
        struct detect_result result;
        bool done;                     /* what the outcome says beyond telling was done: refused, stopped */
        char timer[UNIT_NAME_MAX];     /* what triggers the unit; "": nothing known */
        uint64_t interval_usec;        /* 0: none known */
        uint64_t loaded_usec;          /* CLOCK_REALTIME: when a manager read the unit; 0: not known */
        char *arguments;               /* owned; as in /proc/PID/cmdline, cut; NULL: not known */
        size_t arguments_size;
        bool by_unit;                  /* they are what its unit says: the process had ended before it was asked */
        unsigned starts;               /* how often it was started for the same reasons, this time included */
        unsigned n_changes, more_changes;
        struct alert_change changes[ALERT_CHANGES_MAX]; /* oldest first */
};

/* With the result and nothing else. NULL: no memory. */
struct record_alert *record_alert_new(const struct detect_result *result);
struct record_alert *record_alert_free(struct record_alert *alert); /* accepts NULL; returns NULL */

/* Makes room by leaving the oldest out. Copies; takes a reference on the actor. 0; -ENOMEM. */
int record_alert_add(struct record_alert *alert, const struct alert_change *change);

/* A name for an alert that no other has: time and chance, 16 letters and digits. */
void alert_id_make(char ret[static ALERT_ID_MAX]);
