/* The rules that can decide an access, without looking at all of them. Built once when a policy is loaded, immutable then. */
#pragma once

#include "policy_internal.h"

struct decision_sets;
struct keyed;

/* 0 or -ENOMEM. */
int decision_sets_new(const struct policy *policy, struct decision_sets **ret);
struct decision_sets *decision_sets_free(struct decision_sets *sets); /* accepts NULL; returns NULL */

#define CANDIDATES_MAX 32 /* beginnings of one name that rules have */

/* Rules in their order; some of them twice. Private but for its size. */
struct candidates {
        const struct decision_sets *sets;
        uint64_t zone;
        enum operation operation;
        const uint32_t *any, *any_end;
        size_t n_named;
        struct {
                const struct keyed *at, *end;
        } named[CANDIDATES_MAX];
};

/* All rules whose conditions can hold for it, and perhaps others; zone is a bit, or 0. Its names must be known: what is not placed, and a unit that
 * nobody knows, can be any. False: there are too many beginnings; each rule has to be looked at. Pure. */
bool candidates_find(const struct decision_sets *sets, const struct access *access, uint64_t zone,
                     struct candidates *ret);
long candidates_next(struct candidates *candidates); /* an index; -1: no more */
