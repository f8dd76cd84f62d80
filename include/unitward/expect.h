/* Expectations of what a policy decides, as files beside it hold them: unitward-test(5).
 *
 * A file is read as a policy's are, in full before anything of it counts. What it says is made for no machine in particular:
 * accounts that are not here stand in for themselves (POLICY_STAND_IN_ACCOUNTS), programs do (policy_stand_in). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unitward/policy.h"

#define EXPECT_CASES_MAX 4096u /* of one expectation, whose lists multiply */
#define EXPECT_VARIABLES_MAX 64u

/* Somebody who does something. */
struct expect_actor {
        char name[POLICY_ID_MAX];      /* "": written where it is used */
        struct actor actor;            /* complete after expectations_bind; its texts belong to the expectations */
};

struct expectation {
        const char *file;              /* belongs to the expectations */
        unsigned line;
        char *name;                    /* for people; NULL: none */
        size_t n_actors, *actors;      /* indices */
        unsigned operations;           /* a mask; OPERATION_EXEC where it runs a command */
        size_t n_targets;
        char **targets;                /* paths, or command lines */
        bool is_command;               /* ... these */
        size_t n_variables;
        char **variables;              /* "NAME=VALUE", of the command's environment */
        char *unit, *client;           /* NULL: what the path tells; none */
        char *link;                    /* what arrives is a link with this text; NULL: none */
        bool has_digest;               /* what arrives is a file with these contents */
        struct digest digest;
        unsigned outcomes;             /* any of them; a mask */
        char rule[POLICY_ID_MAX];      /* "": any */
};

struct expectations {
        size_t n, n_actors, n_files;
        struct expectation **items;    /* by file, then in the file's order */
        struct expect_actor **actors;
        char **files;
};

/* Adds those of a file. 0; -EINVAL or another -errno: the report says why, and nothing of it counts. The report is
 * initialised here and always the caller's to release. */
int expectations_read(struct expectations *expectations, const char *path, struct policy_report *report);
int expectations_read_text(struct expectations *expectations, const char *name, const char *text,
                           struct policy_report *report);
void expectations_done(struct expectations *expectations);

/* Gives its actors the identities that this policy knows their programs by; after policy_stand_in. */
void expectations_bind(struct expectations *expectations, const struct policy *policy);

/* One of what an expectation is about. */
struct expect_case {
        const struct expect_actor *actor;
        enum operation operation;
        const char *target;
};

/* How many they are, and the one at index. */
size_t expectation_n_cases(const struct expectation *expectation);
struct expect_case expectation_case(const struct expectations *expectations, const struct expectation *expectation,
                                    size_t index);

/* True when what arrives at the path is authorised for what it is, by the policy's list; then no rule has to allow it. */
bool expectation_is_authorised(const struct expectation *expectation, const struct policy *policy, const char *path);
#define EXPECT_AUTHORISED_RULE "authorised-digest"

bool expectation_holds(const struct expectation *expectation, struct verdict verdict);
