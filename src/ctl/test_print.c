/* What became of each expectation: a line for people, with the reasons where it does not hold, or JSON. */
#include "unitward/recorded.h"
#include "unitward/text.h"

#include "test.h"

/* "deny or quarantine by no-user-timers". Caller frees. */
static char *wanted(const struct expectation *expectation)
{
        char *text = strdup("");

        for (enum outcome outcome = 0; text && outcome < OUTCOME_COUNT_; outcome++) {
                char *longer;

                if (!(expectation->outcomes & (1u << outcome)))
                        continue;
                longer = format("%s%s%s", text, *text ? " or " : "", outcome_name(outcome));
                free(text);
                text = longer;
        }
        if (text && *expectation->rule) {
                char *longer = format("%s by %s", text, expectation->rule);

                free(text);
                text = longer;
        }
        return text;
}

/* Who it is, where the file has no name for him. Caller frees. */
static char *actor_of(const struct expect_actor *actor)
{
        const struct actor_process *process = &actor->actor.ancestry[0];

        if (*actor->name)
                return strdup(actor->name);
        if (!actor->actor.known)
                return strdup("somebody who is gone");
        if (*process->exe_path)
                return strdup(process->exe_path);
        if (actor->actor.manager || actor->actor.user_manager)
                return strdup(actor->actor.manager ? "the manager" : "a user's manager");
        return format("uid %u", actor->actor.uid);
}

static char *subject_of(const struct expectation *expectation, const struct expect_case *one)
{
        _cleanup_free_ char *actor = actor_of(one->actor);
        const char *operation = one->operation == OPERATION_EXEC ? "run" : operation_name(one->operation);

        return format("%s%s%s%s by %s%s%s", operation, expectation->is_command ? " \"" : " ", one->target,
                      expectation->is_command ? "\"" : "", actor ? actor : "?", expectation->client ? " for " : "",
                      expectation->client ? expectation->client : "");
}

static void print_line(const struct expectation *expectation, const char *subject, bool holds)
{
        ctl_print_text(stdout, holds ? STYLE_GOOD : STYLE_BAD, holds ? "ok  " : "FAIL");
        fputs("  ", stdout);
        ctl_print_text(stdout, STYLE_PLAIN, expectation->file);
        printf(":%u: ", expectation->line);
        if (expectation->name) {
                ctl_print_text(stdout, STYLE_BOLD, expectation->name);
                fputs(": ", stdout);
        }
        ctl_print_text(stdout, STYLE_PLAIN, subject);
        putchar('\n');
}

static void print_failure(const struct expectation *expectation, const struct test_result *result,
                          const json_t *explanation)
{
        _cleanup_free_ char *expected = wanted(expectation);

        explain_print_line("expected", expected);
        fputs("  got       ", stdout);
        explain_print(explanation);
        if (!result->question.is_protected)
                explain_print_line("hint", "the rule's name is " RECORDED_UNPROTECTED " for what nothing protects");
}

static json_t *expected_to_json(const struct expectation *expectation)
{
        json_t *outcomes = json_array(), *json = json_pack("{s:o}", "then", outcomes);

        for (enum outcome outcome = 0; outcome < OUTCOME_COUNT_; outcome++)
                if (expectation->outcomes & (1u << outcome))
                        json_array_append_new(outcomes, json_string(outcome_name(outcome)));
        if (*expectation->rule)
                json_object_set_new(json, "rule", json_string(expectation->rule));
        return json;
}

static json_t *to_json(const struct expectation *expectation, const struct test_result *result, const char *subject,
                       json_t *explanation)
{
        json_t *json = json_pack("{s:b, s:I, s:o, s:s, s:s, s:o}", "holds", result->holds, "line",
                                 (json_int_t)expectation->line, "expected", expected_to_json(expectation), "outcome",
                                 outcome_name(result->verdict.outcome), "rule", result->verdict.rule, "explanation",
                                 explanation);

        (void)json_set_bytes(json, "file", expectation->file);
        if (expectation->name)
                (void)json_set_bytes(json, "name", expectation->name);
        (void)json_set_bytes(json, "subject", subject);
        return json;
}

void test_print(struct test_run *run, const struct expectation *expectation, const struct expect_case *one,
                const struct test_result *result)
{
        _cleanup_free_ char *made = subject_of(expectation, one);
        const char *subject = made ? made : "?";
        json_t *explanation;

        if (!run->json)
                print_line(expectation, subject, result->holds);
        if (!run->json && result->holds)
                return;
        explanation = explain_to_json(&result->question);
        if (run->json) {
                json_array_append_new(run->json, to_json(expectation, result, subject, explanation));
                return;
        }
        print_failure(expectation, result, explanation);
        json_decref(explanation);
}

void test_print_summary(struct test_run *run)
{
        json_t *json;

        if (!run->json) {
                printf("%zu hold, %zu do not\n", run->n - run->n_failed, run->n_failed);
                return;
        }
        json = json_pack("{s:I, s:I, s:o}", "hold", (json_int_t)(run->n - run->n_failed), "fail",
                         (json_int_t)run->n_failed, "tests", run->json);
        run->json = NULL;
        ctl_print_json(json);
        json_decref(json);
}
