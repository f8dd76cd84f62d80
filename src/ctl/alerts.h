/* Alerts of the event log as stories: who wrote what, when it was loaded, what ran, what that touched next. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct alerts {
        bool json;
        bool at_once;        /* tell an alert when it comes, and then line by line what follows */
        const char *id;      /* only this one, by the beginning of its id; or NULL */
        uint64_t since_usec; /* alerts from then on; UINT64_MAX: all */
        json_t *stories;     /* [{"alert": record, "then": [record], "more": number of further ones}] */
};

/* One record, in the log's order: an alert, or what an alert's program did, or neither. 0, -ENOMEM. */
int alerts_take(struct alerts *alerts, json_t *event);

/* Prints what was not printed at once, oldest first. */
void alerts_print(const struct alerts *alerts);
void alerts_done(struct alerts *alerts);

/* The words of one: alerts_words.c. What does not stand there is printed as nothing. */
const char *story_text_at(const json_t *event, const char *path);
void story_put(const char *text);
void story_put_value(const json_t *event, const char *path);
void story_label(const char *label);                  /* of a line; "": it goes on with what the last one was about */
void story_end_line(void);
void story_put_time(const char *timestamp);
void story_put_clock(const char *timestamp);          /* without the day */
void story_put_writer(const json_t *by);              /* of a change */
void story_put_process(const json_t *event);          /* the one that the record is about, and its command line */

/* One story; one record that follows. */
void alert_print(const json_t *story);
void alert_print_follower(const json_t *event);
