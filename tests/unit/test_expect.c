/* Files of expectations: what is refused and where the message says it is, what a test stands for, what holds. */
#include "policy_actors.h"
#include "lsan_libconfig.h"

#include "unitward/expect.h"
#include "unitward/recorded.h"

#include "../../src/ctl/test.h"

#define ACTORS "actors: { a: { exe = \"/opt/a\"; }; b: { uid = 5; }; };\n"
#define TEST(members) "tests = ( { " members " } );\n"
#define PATH_TEST(members) ACTORS TEST("actor = \"a\"; on = \"create\"; path = \"/z/x\"; then = \"deny\"; " members)

static bool is_said(const struct policy_report *report, const char *text)
{
        for (size_t i = 0; i < report->n_findings; i++)
                if (report->findings[i].is_error && strstr(report->findings[i].text, text))
                        return true;
        return false;
}

static void test_errors(void **state)
{
        static const struct {
                const char *text, *said;
        } cases[] = {
                { "tests = ;", "x.conf:1: syntax error" },
                { ACTORS, "x.conf: holds no tests" },
                { "tests = 1;", "x.conf:1: tests: is not a list" },
                { "tests = ( 1 );", "tests[0]: is not a group" },
                { "none = 1;\ntests = ( );",
                  "x.conf:1: none: there is no such setting; expected one of: actors, tests" },
                { "actors = 1; tests = ( );", "actors: is not a group" },
                { "actors: { a = 1; }; tests = ( );", "actors.a: is not a group" },
                { "actors: { a: { exe = \"sh\"; }; }; tests = ( );", "actors.a.exe: \"sh\" is not absolute" },
                { "actors: { a: { exe = [ \"/a\", \"/b\" ]; }; }; tests = ( );", "has 2 values; expected one" },
                { "actors: { a: { uid = [ 0, 1 ]; }; }; tests = ( );", "actors.a.uid: has 2 values; expected one" },
                { "actors: { a: { unit = \"*.service\"; }; }; tests = ( );", "is a pattern; expected the name of one" },
                { "actors: { a: { login_uid = 1; login_group = \"g\"; }; }; tests = ( );", "expected one of them" },
                { "actors: { a: { preset = \"boss\"; }; }; tests = ( );", "\"boss\" is not known" },
                { "actors: { a: { gone = 1; }; }; tests = ( );", "is neither true nor false" },
                { "actors: { a: { ancestors = ( 1 ); }; }; tests = ( );", "actors.a.ancestors[0]: is not a text" },
                { "actors: { a: { ancestors = ( { unit = \"u\"; } ); }; }; tests = ( );", "has no \"exe\"" },
                { TEST("on = \"create\"; path = \"/x\"; then = \"deny\";"), "tests[0]: has no \"actor\"" },
                { ACTORS TEST("actor = \"a\"; on = \"create\"; path = \"/x\";"),
                  "x.conf:2: tests[0]: has no \"then\"" },
                { ACTORS TEST("actor = \"c\"; on = \"create\"; path = \"/x\"; then = \"deny\";"),
                  "there is no actor \"c\" in this file" },
                { ACTORS TEST("actor = \"a\"; path = \"/x\"; then = \"deny\";"), "does not say what is done" },
                { ACTORS TEST("actor = \"a\"; on = \"create\"; then = \"deny\";"), "has neither path nor command" },
                { ACTORS TEST("actor = \"a\"; on = \"exec\"; path = \"/x\"; then = \"deny\";"), "runs a path" },
                { ACTORS TEST("actor = \"a\"; on = \"create\"; command = \"x\"; then = \"deny\";"),
                  "has a command and is about changes" },
                { ACTORS TEST("actor = \"a\"; command = \"x\"; path = \"/x\"; then = \"deny\";"),
                  "expected one of them" },
                { ACTORS TEST("actor = \"a\"; command = \" \"; then = \"deny\";"), "is empty" },
                { ACTORS TEST("actor = \"a\"; command = \"x 'y\"; then = \"deny\";"), "has a quote that does not end" },
                { ACTORS TEST("actor = \"a\"; command = \"x\"; unit = \"u\"; then = \"deny\";"),
                  "expected neither unit" },
                { ACTORS TEST("actor = \"a\"; command = \"x\"; environment = \"A\"; then = \"deny\";"),
                  "is no variable" },
                { PATH_TEST("environment = \"A=1\";"), "has an environment and no command" },
                { PATH_TEST("contents = \"x\";"), "says what arrives" },
                { PATH_TEST("target = \"x\"; contents = \"y\";"), "more than one of contents, file and target" },
                { PATH_TEST("file = \"/nonexistent/unit\";"), "\"/nonexistent/unit\" cannot be read" },
                { PATH_TEST("rule = \"r s\";"), "\"r s\" is no name" },
                { PATH_TEST("none = 1;"), "expected one of: name, actor, on," },
                { ACTORS TEST("actor = \"a\"; on = \"create\"; path = \"/z/*\"; then = \"deny\";"),
                  "holds a wildcard" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct expectations expectations = { 0 };
                struct policy_report report;

                assert_int_equal(expectations_read_text(&expectations, "x.conf", cases[i].text, &report), -EINVAL);
                if (!is_said(&report, cases[i].said))
                        fail_msg("%s: %s", cases[i].text, report.n_findings ? report.findings[0].text : "nothing");
                assert_int_equal(expectations.n, 0);
                policy_report_done(&report);
                expectations_done(&expectations);
        }
}

static void read_text(struct expectations *expectations, const char *text)
{
        struct policy_report report;
        int r = expectations_read_text(expectations, "x.conf", text, &report);

        if (r < 0)
                fail_msg("%s", report.n_findings ? report.findings[0].text : strerror(-r));
        policy_report_done(&report);
}

/* Each of a list with each of the others. */
static void test_cases(void **state)
{
        static const struct {
                const char *actor, *target;
                enum operation operation;
        } expected[] = {
                { "a", "/x", OPERATION_CREATE }, { "b", "/x", OPERATION_CREATE }, { "a", "/x", OPERATION_REMOVE },
                { "b", "/x", OPERATION_REMOVE }, { "a", "/y", OPERATION_CREATE }, { "b", "/y", OPERATION_CREATE },
                { "a", "/y", OPERATION_REMOVE }, { "b", "/y", OPERATION_REMOVE },
        };
        struct expectations expectations = { 0 };

        (void)state;
        read_text(&expectations, ACTORS TEST("actor = [ \"a\", \"b\" ]; on = [ \"remove\", \"create\" ]; "
                                             "path = [ \"/x\", \"/y\" ]; then = [ \"deny\", \"quarantine\" ];"));
        assert_int_equal(expectations.n, 1);
        assert_int_equal(expectation_n_cases(expectations.items[0]), ARRAY_SIZE(expected));
        for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
                struct expect_case one = expectation_case(&expectations, expectations.items[0], i);

                assert_string_equal(one.actor->name, expected[i].actor);
                assert_string_equal(one.target, expected[i].target);
                assert_int_equal(one.operation, expected[i].operation);
        }
        assert_true(expectation_holds(expectations.items[0], (struct verdict){ OUTCOME_QUARANTINE, "r" }));
        assert_false(expectation_holds(expectations.items[0], (struct verdict){ OUTCOME_ALLOW, "r" }));
        read_text(&expectations, ACTORS TEST("actor = \"a\"; command = \"x y\"; then = \"deny\"; rule = \"r\";"));
        assert_int_equal(expectations.n, 2);
        assert_int_equal(expectation_n_cases(expectations.items[1]), 1);
        assert_true(expectation_holds(expectations.items[1], (struct verdict){ OUTCOME_DENY, "r" }));
        assert_false(expectation_holds(expectations.items[1], (struct verdict){ OUTCOME_DENY, "s" }));
        expectations_done(&expectations);
}

static const char policy_text[] =
        "zones: { system-units: { paths = [ \"/etc/systemd/system/\" ]; }; };"
        "actors: { agent: { exe = \"/opt/agent\"; descendants = true; unit = \"agent.service\"; };"
        "          people: { login_group = [ \"nobodies\", \"sudo\" ]; uid = [ \"nobody-here\" ]; }; };"
        "commands: { systemctl: { preset = \"systemctl\"; }; };"
        "rules = ( { id = \"agent\"; actor = \"agent\"; on = \"create\"; then = \"allow\"; },"
        "          { id = \"people\"; actor = \"people\"; on = \"remove\"; then = \"allow\"; },"
        "          { id = \"looks\"; command = \"systemctl\"; verb = \"@read\"; then = \"allow\"; },"
        "          { id = \"links\"; client = \"systemctl\"; on = \"link\"; then = \"allow\"; } );"
        "authorised = ( { path = \"/etc/systemd/system/app.service\"; "
        "sha256 = \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"; },"
        "               { path = \"/etc/systemd/system/link.service\"; target = \"/srv/x\"; } );";

#define UNIT_PATH "path = \"/etc/systemd/system/x.service\"; "

/* Decided by a policy that is for another machine: each row is a test, and what decides it. */
static void test_verdicts(void **state)
{
        static const struct {
                const char *test, *rule;
                enum outcome outcome;
        } cases[] = {
                { "actor = { exe = \"/bin/sh\"; unit = \"agent.service\"; ancestors = [ \"/opt/agent\" ]; }; on = "
                  "\"create\"; " UNIT_PATH,
                  "agent", OUTCOME_ALLOW },
                { "actor = { exe = \"/bin/sh\"; ancestors = ( { exe = \"/opt/agent\"; unit = \"agent.service\"; } ); "
                  "}; on = "
                  "\"create\"; " UNIT_PATH,
                  "agent", OUTCOME_ALLOW },
                { "actor = { exe = \"/bin/sh\"; ancestors = ( { exe = \"/opt/agent\"; unit = \"web.service\"; } ); }; "
                  "on = "
                  "\"create\"; " UNIT_PATH,
                  "default", OUTCOME_DENY },
                { "actor = { exe = \"/opt/agent\"; unit = \"agent.service\"; gone = true; }; on = "
                  "\"create\"; " UNIT_PATH,
                  "default", OUTCOME_DENY },
                { "actor = { login_group = \"nobodies\"; uid = \"nobody-here\"; }; on = \"remove\"; " UNIT_PATH,
                  "people", OUTCOME_ALLOW },
                { "actor = { login_group = \"sudo\"; uid = \"nobody-here\"; }; on = \"remove\"; " UNIT_PATH, "people",
                  OUTCOME_ALLOW },
                { "actor = { login_group = \"nobodies\"; uid = \"somebody-else\"; }; on = \"remove\"; " UNIT_PATH,
                  "default", OUTCOME_DENY },
                { "actor = { login_group = \"wheel\"; uid = \"nobody-here\"; }; on = \"remove\"; " UNIT_PATH, "default",
                  OUTCOME_DENY },
                { "actor = { }; command = \"systemctl status x\"; ", "looks", OUTCOME_ALLOW },
                { "actor = { }; command = \"systemctl status x\"; environment = \"LD_PRELOAD=x\"; ", "default",
                  OUTCOME_DENY },
                { "actor = { }; command = \"true\"; ", "unprotected", OUTCOME_ALLOW },
                { "actor = { }; on = \"create\"; path = \"/etc/motd\"; ", "unprotected", OUTCOME_ALLOW },
                { "actor = { }; on = \"link\"; client = \"systemctl\"; " UNIT_PATH, "links", OUTCOME_ALLOW },
                { "actor = { }; on = \"rename\"; path = \"/etc/systemd/system/app.service\"; contents = \"abc\"; ",
                  "authorised-digest", OUTCOME_ALLOW },
                { "actor = { }; on = \"rename\"; path = \"/etc/systemd/system/app.service\"; contents = \"abd\"; ",
                  "default", OUTCOME_DENY },
                { "actor = { }; on = \"rename\"; contents = \"abc\"; " UNIT_PATH, "default", OUTCOME_DENY },
                { "actor = { }; on = \"link\"; path = \"/etc/systemd/system/link.service\"; target = \"/srv/x\"; ",
                  "authorised-digest", OUTCOME_ALLOW },
                { "actor = { }; on = \"link\"; path = \"/etc/systemd/system/link.service\"; target = \"/srv/y\"; ",
                  "default", OUTCOME_DENY },
        };
        struct policy_report report;
        struct policy *policy = NULL;

        (void)state;
        assert_int_equal(policy_load_text("p.conf", policy_text, POLICY_SKIP_OWNER_CHECK | POLICY_STAND_IN_ACCOUNTS,
                                          &policy, &report),
                         0);
        policy_stand_in(policy);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text = format("tests = ( { %s then = \"deny\"; } );", cases[i].test);
                struct test_result *result = calloc(1, sizeof *result);
                struct expectations expectations = { 0 };
                struct expect_case one;

                assert_non_null(result);
                read_text(&expectations, text);
                expectations_bind(&expectations, policy);
                one = expectation_case(&expectations, expectations.items[0], 0);
                assert_int_equal(test_decide(policy, expectations.items[0], &one, result), 0);
                if (result->verdict.outcome != cases[i].outcome || !streq(result->verdict.rule, cases[i].rule))
                        fail_msg("%s: %s by %s", cases[i].test, outcome_name(result->verdict.outcome),
                                 result->verdict.rule);
                assert_int_equal(result->holds, cases[i].outcome == OUTCOME_DENY);
                free(result->line);
                free(result);
                expectations_done(&expectations);
        }
        policy_report_done(&report);
        policy_unref(policy);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_errors),
                cmocka_unit_test(test_cases),
                cmocka_unit_test(test_verdicts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
