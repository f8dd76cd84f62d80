/* unitward test: whether a policy decides as the files beside it expect. */
#include "test.h"

#include "unitward/recorded.h"

enum key { KEY_POLICY = 0x100 };

struct options {
        struct ctl_common common;
        const char *policy; /* NULL: the one in its place */
        char **files;
        int n_files;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
        struct options *options = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = state->input;
                return 0;
        case KEY_POLICY:
                options->policy = arg;
                return 0;
        case ARGP_KEY_ARGS:
                options->files = state->argv + state->next;
                options->n_files = state->argc - state->next;
                return 0;
        case ARGP_KEY_NO_ARGS:
                argp_error(state, "FILE is missing");
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static const struct argp_option option_table[] = {
        { "policy", KEY_POLICY, "FILE", 0, "Instead of " POLICY_PATH, 0 },
        { 0 },
};

static const struct argp parser = {
        .options = option_table,
        .parser = parse_option,
        .args_doc = "FILE...",
        .doc = "Says whether the policy decides as each FILE expects: unitward-test(5). Nothing is touched, the daemon "
               "is "
               "not asked, and anybody may.\v"
               "Exit status 0 when all expectations hold, 1 when one does not, 2 when a FILE or the policy cannot be "
               "read.",
        .children = ctl_common_children,
};

static bool print_errors(const struct policy_report *report)
{
        bool any = false;

        for (size_t i = 0; i < report->n_findings; i++)
                if (report->findings[i].is_error) {
                        ctl_error(NULL, "%s", report->findings[i].text);
                        any = true;
                }
        return any;
}

static int load_policy(const struct options *options, struct policy **ret)
{
        const char *path = options->policy ? options->policy : POLICY_PATH;
        struct policy_report report;
        int r = policy_load(path, (options->policy ? POLICY_SKIP_OWNER_CHECK : 0) | POLICY_STAND_IN_ACCOUNTS, ret,
                            &report);

        if (r < 0) {
                print_errors(&report);
                ctl_error("unitward check says more; --policy FILE names another one",
                          "the policy cannot be loaded: %s", strerror(-r));
        }
        policy_report_done(&report);
        return r;
}

/* All files, so that all errors are found at once. */
static int load_files(const struct options *options, struct expectations *expectations)
{
        int result = 0;

        for (int i = 0; i < options->n_files; i++) {
                struct policy_report report;
                int r = expectations_read(expectations, options->files[i], &report);

                if (r < 0)
                        result = r;
                if (r < 0 && !print_errors(&report))
                        ctl_error(NULL, "%s cannot be read: %s", options->files[i], strerror(-r));
                policy_report_done(&report);
        }
        if (result < 0)
                ctl_error("unitward-test(5) has the settings", "nothing was tested");
        return result;
}

/* What "unitward explain" would be asked. */
static int make_options(const struct expectation *expectation, const struct expect_case *one, char *line,
                        struct explain_options *ret)
{
        int n;

        *ret = (struct explain_options){ .operation = one->operation,
                                         .actor = one->actor->actor,
                                         .unit = expectation->unit,
                                         .client = expectation->client,
                                         .is_literal = true };
        if (!expectation->is_command) {
                ret->path = one->target;
                return 0;
        }
        n = command_split(line, ret->words, COMMAND_ARGUMENTS_MAX);
        if (n <= 0)
                return -EINVAL;
        ret->n_words = (size_t)n;
        for (; ret->n_variables < expectation->n_variables; ret->n_variables++)
                ret->variables[ret->n_variables] = expectation->variables[ret->n_variables];
        return 0;
}

int test_decide(const struct policy *policy, const struct expectation *expectation, const struct expect_case *one,
                struct test_result *ret)
{
        struct verdict verdict;
        int r;

        ret->line = strdup(one->target);
        r = ret->line ? make_options(expectation, one, ret->line, &ret->options) : -ENOMEM;
        if (r == 0 && expectation->client && policy_command_index(policy, expectation->client) < 0)
                r = -ENOENT;
        if (r < 0)
                return r;
        explain_ask(&ret->question, policy, &ret->options, ret->absolute);
        if (ret->question.is_protected && ret->question.outcome != OUTCOME_ALLOW &&
            expectation_is_authorised(expectation, policy, one->target)) {
                ret->question.outcome = OUTCOME_ALLOW;
                ret->question.vouched = EXPECT_AUTHORISED_RULE;
        }
        verdict.outcome = ret->question.outcome;
        verdict.rule = ret->question.is_protected ? explain_rule(&ret->question) : RECORDED_UNPROTECTED;
        ret->verdict = verdict;
        ret->holds = expectation_holds(expectation, verdict);
        return 0;
}

static int report_impossible(const struct expectation *expectation, const struct expect_case *one, int r)
{
        static const char hint[] = "unitward-test(5) has the settings";

        if (r == -ENOENT)
                ctl_error("name one of the policy's commands", "%s:%u: the policy gates no command \"%s\"",
                          expectation->file, expectation->line, expectation->client);
        else if (r == -EINVAL)
                ctl_error(hint, "%s:%u: \"%s\" is no command line: a quote is open, or it is too long",
                          expectation->file, expectation->line, one->target);
        else
                ctl_error(NULL, "%s:%u: %s", expectation->file, expectation->line, strerror(-r));
        return r;
}

static int run_case(struct test_run *run, const struct expectation *expectation, const struct expect_case *one)
{
        struct test_result *result = calloc(1, sizeof *result);
        int r = result ? test_decide(run->policy, expectation, one, result) : -ENOMEM;

        if (r < 0) {
                (void)report_impossible(expectation, one, r);
        } else {
                run->n++;
                run->n_failed += !result->holds;
                test_print(run, expectation, one, result);
        }
        if (result)
                free(result->line);
        free(result);
        return r;
}

static int run_all(struct test_run *run, const struct expectations *expectations)
{
        int result = 0;

        for (size_t i = 0; i < expectations->n; i++) {
                const struct expectation *expectation = expectations->items[i];
                size_t n = expectation_n_cases(expectation);

                for (size_t j = 0; j < n; j++) {
                        struct expect_case one = expectation_case(expectations, expectation, j);
                        int r = run_case(run, expectation, &one);

                        if (r < 0)
                                result = r;
                }
        }
        return result;
}

int ctl_test(int argc, char **argv)
{
        struct options options = { 0 };
        struct expectations expectations = { 0 };
        struct policy *policy = NULL;
        struct test_run run = { 0 };
        int r;

        if (argp_parse(&parser, argc, argv, 0, NULL, &options) != 0)
                return CTL_USAGE;
        r = load_policy(&options, &policy);
        if (r == 0)
                r = load_files(&options, &expectations);
        if (r == 0) {
                policy_stand_in(policy);
                expectations_bind(&expectations, policy);
                run.policy = policy;
                run.json = options.common.json ? json_array() : NULL;
                r = run_all(&run, &expectations);
                test_print_summary(&run);
        }
        expectations_done(&expectations);
        (void)policy_unref(policy);
        if (r < 0)
                return CTL_USAGE;
        return run.n_failed ? CTL_FINDING : CTL_OK;
}
