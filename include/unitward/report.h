/* What `unitward report` tells: the event log, summed up in bounded memory, and a page made of all facts.
 *
 * The facts are one JSON object, made by src/ctl/report.c; the page is made of them and of nothing else:
 * {made, host, version, since, since_words: as it was typed, log,
 *  daemon: {answers, error, hint, status: the command's}, doctor: [its findings],
 *  events: report_events_to_json, or {error, hint}, quarantine: {items: newest first, more} or {error, hint},
 *  posture: the command's or {error, hint}, policy: policy_in_words or {error, hint}, coverage: [report_coverage.c]}. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

/* What became of what was tried. */
enum report_outcome {
        REPORT_DENIED,
        REPORT_QUARANTINED,    /* undone, and what was brought is kept as evidence */
        REPORT_UNPREVENTED,    /* audit mode: it would have been one of the two */
        REPORT_ALLOWED,
        REPORT_OUTCOME_COUNT_,
};
const char *report_outcome_name(enum report_outcome outcome); /* "denied": its key in the facts */

/* ---- The event log ----------------------------------------------------------------------------------------- */

#define REPORT_SHOWN 25u         /* rows of a table */
#define REPORT_CHANGES_SHOWN 10u /* of what nobody has to look at */

struct report_events;
/* Records from since_usec on (0: all); now_usec is where the time axis ends. NULL: no memory. */
struct report_events *report_events_new(uint64_t since_usec, uint64_t now_usec);
struct report_events *report_events_free(struct report_events *events); /* accepts NULL; returns NULL */

/* One record. 0; -EBADMSG: it is none; -ENOMEM. */
int report_events_take(struct report_events *events, const json_t *event);

/* {records, first, last: timestamps, totals: {denied, ..., alerts}, axis: {bar, outside, bars: [{from, denied, ...}]},
 *  refused, changes, actors, alerts, problems: {rows: [{first, last, denied, ..., and what the record has}], more: records that the
 *  rows are not about}, techniques: {ID: {denied, ...}}}. NULL: no memory. */
json_t *report_events_to_json(const struct report_events *events);

/* ---- Its parts --------------------------------------------------------------------------------------------- */

/* A time axis of at most so many bars, of minutes, hours or days of local time, whichever they all fit in. */
#define REPORT_BARS_MAX 64u

struct report_axis {
        const char *bar;       /* "1 hour" */
        size_t n;              /* 0: not begun */
        time_t edges[REPORT_BARS_MAX + 1];
        uint64_t counts[REPORT_BARS_MAX][REPORT_OUTCOME_COUNT_];
        uint64_t outside;      /* before the first or after the last: by a clock that was set */
};
void report_axis_begin(struct report_axis *axis, uint64_t from_usec, uint64_t until_usec);
void report_axis_add(struct report_axis *axis, uint64_t usec, enum report_outcome outcome, uint64_t times);
json_t *report_axis_to_json(const struct report_axis *axis);

/* Records that are alike, counted; of more than max kinds those are forgotten that were not seen for longest. */
struct report_field {
        const char *name;      /* in the facts */
        const char *path;      /* in the record */
        bool is_key;           /* records are alike that have these in common; the others are those of the last one */
};
struct report_groups;
struct report_groups *report_groups_new(const struct report_field *fields, unsigned max); /* ends with a NULL name */
struct report_groups *report_groups_free(struct report_groups *groups); /* accepts NULL; returns NULL */
/* Counts it as often as record_times() says. */
int report_groups_take(struct report_groups *groups, const json_t *event, uint64_t usec, enum report_outcome outcome);
/* The last ones first or, by_count, those with most that was refused. */
json_t *report_groups_to_json(const struct report_groups *groups, size_t n, bool by_count);

/* ---- The page ---------------------------------------------------------------------------------------------- */

/* One page that needs nothing else: no script, nothing from elsewhere. 0; -EIO: the stream failed; -ENOMEM. */
int report_page(FILE *stream, const json_t *facts);
