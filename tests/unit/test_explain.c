/* unitward explain: a command line becomes words, and these a question about a gated command. */
#include "../../src/ctl/explain.h"

#include "policy_actors.h"

#define WORDS_MAX 4

static void test_words(void **state)
{
        static const struct {
                const char *text, *words[WORDS_MAX + 1];
                int n;
        } cases[] = {
                { "", { NULL }, 0 },
                { " \t\n", { NULL }, 0 },
                { "systemctl", { "systemctl" }, 1 },
                { "  systemctl\tenable  x.timer ", { "systemctl", "enable", "x.timer" }, 3 },
                { "a 'b c' \"d e\"", { "a", "b c", "d e" }, 3 },
                { "a'b c'\"d\"e f", { "ab cde", "f" }, 2 },
                { "'' \"\"", { "", "" }, 2 },
                { "a\\ b \\'c \\\\", { "a b", "'c", "\\" }, 3 },
                { "'a\\' b", { "a\\", "b" }, 2 },
                { "\"a\\\"b\\$\\x\"", { "a\"b$\\x" }, 1 },
                { "$(id) `id` * ~", { "$(id)", "`id`", "*", "~" }, 4 },
                { "a ; b", { "a", ";", "b" }, 3 },
                { "end\\", { "end\\" }, 1 },
                { "a 'b", { NULL }, -EINVAL },
                { "a b\"c", { NULL }, -EINVAL },
                { "a b c d e", { NULL }, -E2BIG },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text = strdup(cases[i].text);
                char *words[WORDS_MAX + 1];
                int n = command_split(text, words, WORDS_MAX);

                if (n != cases[i].n)
                        fail_msg("%s: %d, expected %d", cases[i].text, n, cases[i].n);
                for (int j = 0; j < n; j++)
                        assert_string_equal(words[j], cases[i].words[j]);
                if (n >= 0)
                        assert_null(words[n]);
        }
}

static const char policy_text[] =
        "actors: { boss: { uid = 0; }; };"
        "commands: { systemctl: { preset = \"systemctl\"; }; own: { exe = [ \"/nonexistent/tool\", \"/bin/ls\" ]; }; };"
        "rules = ( { id = \"read\"; command = \"*\"; verb = \"@read\"; then = \"allow\"; },"
        "          { id = \"web\"; verb = \"restart\"; unit = \"nginx.service\"; command = \"*\"; then = \"allow\"; },"
        "          { id = \"boss\"; actor = \"boss\"; command = \"*\"; on = [ \"exec\", \"read\" ]; then = \"allow\"; "
        "} );";

/* Which command a line is about, what it asks for, and what becomes of it. */
static void test_commands(void **state)
{
        static const struct {
                const char *line, *variable;
                enum operation operation;
                uid_t uid;
                const char *command, *verb, *unit; /* command NULL: none that is gated */
                const char *rule;                  /* NULL: the default */
                enum outcome outcome;
        } cases[] = {
                { "systemctl", NULL, OPERATION_EXEC, 5, "systemctl", "list-units", "", "read", OUTCOME_ALLOW },
                { "systemctl --user enable --now x.timer", NULL, OPERATION_EXEC, 5, "systemctl", "enable", "x.timer",
                  NULL, OUTCOME_DENY },
                { "systemctl --user enable --now x.timer", NULL, OPERATION_EXEC, 0, "systemctl", "enable", "x.timer",
                  "boss", OUTCOME_ALLOW },
                { "systemctl restart nginx", NULL, OPERATION_EXEC, 5, "systemctl", "restart", "nginx.service", "web",
                  OUTCOME_ALLOW },
                { "systemctl restart nginx cron", NULL, OPERATION_EXEC, 5, "systemctl", "restart", "cron.service", NULL,
                  OUTCOME_DENY },
                { "systemctl status", "LD_PRELOAD=/tmp/x.so", OPERATION_EXEC, 5, "systemctl", NULL, "", NULL,
                  OUTCOME_DENY },
                { "systemctl status", "LD_PRELOAD=/tmp/x.so", OPERATION_EXEC, 0, "systemctl", NULL, "", "boss",
                  OUTCOME_ALLOW },
                { "/usr/bin/systemctl status", NULL, OPERATION_EXEC, 5, "systemctl", "status", "", "read",
                  OUTCOME_ALLOW },
                { "systemctl", NULL, OPERATION_READ, 5, "systemctl", NULL, "", NULL, OUTCOME_DENY },
                { "systemctl", NULL, OPERATION_READ, 0, "systemctl", NULL, "", "boss", OUTCOME_ALLOW },
                { "tool --fast run it", NULL, OPERATION_EXEC, 5, "own", "run", "", NULL, OUTCOME_DENY },
                { "own run", NULL, OPERATION_EXEC, 0, "own", "run", "", "boss", OUTCOME_ALLOW },
                { "/bin/ls run", NULL, OPERATION_EXEC, 5, "own", "run", "", NULL, OUTCOME_DENY },
                { "/tmp/systemctl status", NULL, OPERATION_EXEC, 5, NULL, NULL, "", NULL, OUTCOME_ALLOW },
                { "cat x", NULL, OPERATION_READ, 5, NULL, NULL, "", NULL, OUTCOME_ALLOW },
        };
        struct policy *policy = load(policy_text);

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *line = strdup(cases[i].line),
                                    *variable = cases[i].variable ? strdup(cases[i].variable) : NULL;
                struct explain_options options = { .operation = cases[i].operation, .variables = { variable } };
                struct question question = { .policy = policy };
                const char *verb;

                options.actor = make_actor(&(struct who){ .uid = cases[i].uid });
                options.n_words = (size_t)command_split(line, options.words, COMMAND_ARGUMENTS_MAX);
                explain_command(&question, &options);
                verb = question.access.verb;
                if (question.is_protected != (cases[i].command != NULL) || question.outcome != cases[i].outcome ||
                    (cases[i].command && !streq(question.access.command, cases[i].command)) ||
                    !streq(verb ? verb : "-", cases[i].verb ? cases[i].verb : "-") ||
                    !streq(question.access.unit, cases[i].unit) ||
                    !streq(question.rule ? question.rule->id : "-", cases[i].rule ? cases[i].rule : "-"))
                        fail_msg("%s (case %zu): %s, %s, %s, %s by %s", cases[i].line, i, question.access.command,
                                 verb ? verb : "-", question.access.unit, outcome_name(question.outcome),
                                 question.rule ? question.rule->id : "-");
        }
        policy_unref(policy);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_words),
                cmocka_unit_test(test_commands),
        };

        return cmocka_run_group_tests_name("explain: commands", tests, NULL, NULL);
}
