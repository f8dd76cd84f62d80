/* Reading a file of expectations: its actors, then what is expected of them. */
#pragma once

#include "unitward/expect.h"

#include "../policy/loader.h"

/* One file in progress. Messages go the way of the policy's. */
struct expect_loader {
        struct loader loader;
        struct expectations *expectations;
        size_t first_actor; /* of this file: names are the file's own */
};

/* "actors" of a file. */
void expect_actors_parse(struct expect_loader *expect, const config_setting_t *group);

/* Whom a test is about: the index of an actor that is named or described here; -EINVAL when that was complained about. */
int expect_actor_at(struct expect_loader *expect, const config_setting_t *value);
void expect_actor_free(struct expect_actor *actor); /* accepts NULL */

/* "tests" of a file. */
void expect_tests_parse(struct expect_loader *expect, const config_setting_t *list);
void expectation_free(struct expectation *expectation); /* accepts NULL */

/* A parser for tables that leaves it to others: field is a const config_setting_t *. */
void expect_keep_setting(struct loader *, const config_setting_t *, const struct setting *, void *field);

/* A list that has one value at most becomes that; NULL: it has none. Complains about more. */
char *expect_only(struct loader *loader, const config_setting_t *group, const char *name, struct string_list *list);
