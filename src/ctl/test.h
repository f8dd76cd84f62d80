/* unitward test: running expectations, and telling what became of each. */
#pragma once

#include "unitward/expect.h"

#include "explain.h"

struct test_run {
        const struct policy *policy;
        size_t n, n_failed;
        json_t *json; /* a list of results; NULL: a line each is printed */
};

/* One case as a question, decided. */
struct test_result {
        struct explain_options options;
        struct question question;
        char *line; /* the command line in pieces; the options' words are in it. The caller frees */
        char absolute[PATH_MAX];
        struct verdict verdict;
        bool holds;
};

/* 0; -EINVAL: no command line; -ENOENT: no such client; -ENOMEM. */
int test_decide(const struct policy *policy, const struct expectation *expectation, const struct expect_case *one,
                struct test_result *ret);

void test_print(struct test_run *run, const struct expectation *expectation, const struct expect_case *one,
                const struct test_result *result);
void test_print_summary(struct test_run *run);
