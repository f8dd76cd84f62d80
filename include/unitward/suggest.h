/* Rules that would have allowed what was recorded, for somebody to review: learned from an event log, never from the disk.
 *
 * Who did it is the question, not what was done: a rule is suggested where its actor can be named so that an intruder is not
 * him. What looks like an attack, or cannot be told from one, is never covered: it is listed, with the reason. A suggestion
 * counts only after everything recorded was decided again under it. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "unitward/policy.h"

#define SUGGEST_OBSERVATIONS_MAX 5000u  /* what differs from each other; more is counted and not looked at */
#define SUGGEST_RULES_MAX 48u           /* for what was seen most often: somebody reads them all */
#define SUGGEST_SAMPLES_MAX 5u          /* of what a rule is for, and of whose doing it was */

/* What is known of a program on this machine. */
enum suggest_owner { SUGGEST_OWNER_UNKNOWN, SUGGEST_OWNER_PACKAGE, SUGGEST_OWNER_NOBODY };
struct suggest_program {
        bool exists;
        enum suggest_owner owner;
};

/* The policy that the records are decided by, and what the machine knows. Borrowed. */
struct suggest_options {
        const char *policy_path;
        unsigned flags;                 /* for policy_load */
        size_t n_trusted;               /* units, programs and logins that are configuration management, because an */
        const char *const *trusted;     /* administrator says so */
        struct suggest_program (*look)(void *userdata, const char *path);
        const char *(*user_name)(void *userdata, uid_t uid); /* NULL: none; until the next call */
        void *userdata;
};

enum suggest_kind { SUGGEST_CHANGES, SUGGEST_COMMANDS, SUGGEST_READS };

/* Accesses that are alike, told together. */
struct suggest_sample {
        char *text;                     /* "create /etc/systemd/system/(star).timer" */
        uint64_t n;
};

struct suggest_evidence {
        uint64_t n, first_usec, last_usec;
        size_t n_samples, n_actors;     /* the first ones */
        bool more_samples, more_actors; /* there are others */
        struct suggest_sample samples[SUGGEST_SAMPLES_MAX], actors[SUGGEST_SAMPLES_MAX];
};

struct suggest_rule {
        enum suggest_kind kind;
        char id[POLICY_ID_MAX];
        char actor[POLICY_ID_MAX];      /* the policy's own, or defined along with it: the same text is the same actor */
        char *actor_text;               /* "NAME: { ... };", or NULL: the policy's own */
        char *text;                     /* "{ id = ...; }" */
        struct suggest_evidence evidence;
        size_t n_warnings;
        char **warnings;
};

/* What is not covered. */
struct suggest_refusal {
        const char *why;
        struct suggest_evidence evidence;
};

struct suggest_result {
        size_t n_rules, n_refusals;
        struct suggest_rule **rules;
        struct suggest_refusal **refusals; /* by reason, then the most frequent first */
        uint64_t n_records;             /* refused by the policy as it is */
        uint64_t n_allowed;             /* of these, what would be allowed; found out by deciding them again */
        uint64_t n_ignored;             /* beyond what fits */
        uint64_t first_usec, last_usec;
};

struct suggest;
struct suggest *suggest_new(const struct suggest_options *options, struct policy *policy); /* NULL: no memory */
struct suggest *suggest_free(struct suggest *suggest);                    /* accepts NULL; returns NULL */

/* An event, in the log's order. 0; -EBADMSG: it is none of unitward's; -ENOMEM. */
int suggest_take(struct suggest *suggest, json_t *event);

/* After the last one. 0: *ret lives as long as suggest. -EINVAL: the policy cannot be loaded any more; -ENOMEM. */
int suggest_conclude(struct suggest *suggest, const struct suggest_result **ret);

/* A file for policy.d, which unitward check takes: actors and rules, with the evidence as comments. 0 or -ENOMEM. */
int suggest_write(const struct suggest_result *result, FILE *out);
