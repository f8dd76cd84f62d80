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

/* One story; one record that follows. */
void alert_print(const json_t *story);
void alert_print_follower(const json_t *event);
