/* What the parts of the records share. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "unitward/record.h"

/* One fact of a record. The table of them is the schema: the JSON lines and the journal both come from it. */
struct record_field {
        const char *json;                                       /* "process.parent.pid": nested objects */
        const char *journal;                                    /* "UNITWARD_PARENT_PID"; NULL: not in the journal */
        bool (*get)(const struct record *record, json_t **ret); /* false: has none; NULL: no memory */
};

/* Each ends with a field without get. */
extern const struct record_field record_subject_fields[];
extern const struct record_field record_object_fields[];
extern const struct record_field record_command_fields[];
extern const struct record_field record_alert_fields[];
extern const struct record_field record_summary_fields[];

/* Calls visit for every fact that the record has; the value stays the caller's. Stops at what is not 0. -ENOMEM. */
typedef int record_field_visit(const struct record_field *field, json_t *value, void *userdata);
int record_each_field(const struct record *record, record_field_visit *visit, void *userdata);

/* For get: a value, or false when there is nothing to say. Bytes need not be UTF-8. */
bool field_text(const char *text, json_t **ret);
bool field_bytes(const char *bytes, json_t **ret);
bool field_integer(json_int_t value, json_t **ret);
bool field_list(const char *only, json_t **ret);

/* "DENY create PATH by ACTOR rule R": the record in a line, without time, technique and hint. Fit for a
 * terminal. Caller frees; NULL: no memory. */
char *record_headline(const struct record *record);

/* The SGR parameters for the word that a headline begins with, and its length; NULL: none. */
const char *headline_colour(const char *headline, size_t *ret_length);

/* [{pid, executable, unit}] of the actor and those above it. NULL: no memory. */
json_t *record_ancestry(const struct actor *actor);

/* What a headline says of a start: " evil.service runs WORDS (score 95): ...". */
void record_alert_put(FILE *stream, const struct record *record);
const char *record_alert_technique(const struct record_alert *alert);
int record_alert_priority(const struct record_alert *alert, int least);

int record_priority(const struct record *record); /* of syslog(3) */

/* Never waits longer than about a second; 0 when there is no journald. -EAGAIN: it does not read. */
struct journal {
        int patience_ms;
};
void journal_init(struct journal *journal);
int journal_write(struct journal *journal, const struct record *record);
