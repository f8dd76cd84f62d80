#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unitward/policy.h"
#include "unitward/util.h"

#include "../../src/policy/policy_internal.h"

#define SECOND UINT64_C(1000000)
#define ZONE "zones: { z: { paths = [ \"/etc/systemd/system/\" ]; }; }; "

static void test_defaults(void **state)
{
        struct policy_report report;
        struct policy *policy;
        const struct detect_settings *settings;

        (void)state;
        assert_int_equal(policy_load_text("x.conf", ZONE, 0, &policy, &report), 0);
        settings = &policy_settings(policy)->detection;
        assert_true(settings->enabled);
        assert_int_equal(settings->window_usec, 7 * 86400 * SECOND);
        assert_int_equal(settings->timer_interval_usec, 600 * SECOND);
        assert_int_equal(settings->parents, DETECT_PARENT_SYSTEM | DETECT_PARENT_USER);
        assert_int_equal(settings->users, DETECT_USERS_ANY);
        assert_int_equal(settings->record_score, 40);
        assert_int_equal(settings->alert_score, 60);
        assert_int_equal(settings->deny_score + settings->stop_score, 0);
        policy_report_done(&report);
        policy_unref(policy);
}

static void test_all(void **state)
{
        struct policy_report report;
        struct policy *policy;
        const struct detect_settings *settings;

        (void)state;
        assert_int_equal(policy_load_text("x.conf",
                                          ZONE "detection: { enabled = true; window = 3600; timer_interval_threshold = "
                                               "\"1min 30s\"; parent_process = [ \"user\" ]; user_context = \"root\"; "
                                               "timer_creation_path = [ \"/etc/systemd/**\" ]; ignore_units = [ \"a\", "
                                               "\"b*\" ]; record_score = 0; alert_score = 70; deny_score = 80; "
                                               "stop_score = 90; };",
                                          0, &policy, &report),
                         0);
        assert_int_equal(report.n_findings, 0);
        settings = &policy_settings(policy)->detection;
        assert_int_equal(settings->window_usec, 3600 * SECOND);
        assert_int_equal(settings->timer_interval_usec, 90 * SECOND);
        assert_int_equal(settings->parents, DETECT_PARENT_USER);
        assert_int_equal(settings->users, DETECT_USERS_ROOT);
        assert_int_equal(settings->n_creation_paths, 1);
        assert_string_equal(settings->creation_paths[0], "/etc/systemd/**");
        assert_int_equal(settings->n_ignored, 2);
        assert_string_equal(settings->ignored[1], "b*");
        assert_int_equal(settings->record_score, 0);
        assert_int_equal(settings->alert_score, 70);
        assert_int_equal(settings->deny_score, 80);
        assert_int_equal(settings->stop_score, 90);
        policy_report_done(&report);
        policy_unref(policy);
}

static void test_errors(void **state)
{
        static const struct {
                const char *settings, *finding;
        } cases[] = {
                { "window = \"soon\";",
                  "detection.window: is no span of time; expected one such as \"10min\", \"1h 30min\" or \"7d\"" },
                { "window = true;", "detection.window: is no span of time" },
                { "window = 5;", "detection.window: is out of range; expected 60 to 31622400 seconds" },
                { "window = -5;", "detection.window: is out of range" },
                { "timer_interval_threshold = \"2d\";", "expected 0 to 86400 seconds" },
                { "parent_process = [ \"init\" ];", "expected one of \"system\", \"user\"" },
                { "parent_process = [ ];", "detection.parent_process: is empty" },
                { "user_context = \"me\";", "expected one of \"any\", \"system\", \"root\"" },
                { "timer_creation_path = [ \"etc\" ];", "is not absolute" },
                { "ignore_units = [ \"a/b\" ];", "is a path" },
                { "alert_score = 1001;", "expected 0 to 1000" },
                { "threshold = 1;", "detection.threshold: there is no such setting" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text = format(ZONE "detection: { %s };", cases[i].settings);
                struct policy_report report;
                struct policy *policy;

                assert_int_equal(policy_load_text("x.conf", text, 0, &policy, &report), -EINVAL);
                if (report.n_findings != 1 || !strstr(report.findings[0].text, cases[i].finding))
                        fail_msg("%s: %zu findings, %s", cases[i].settings, report.n_findings,
                                 report.n_findings > 0 ? report.findings[0].text : "");
                policy_report_done(&report);
        }
}

/* NULL: nothing is said. */
static void test_lint(void **state)
{
        static const struct {
                const char *settings, *finding;
        } cases[] = {
                { "enabled = false; alert_score = 0; ignore_units = \"*\";", NULL },
                { "deny_score = 60; stop_score = 100; ignore_units = [ \"a.service\" ];", NULL },
                { "alert_score = 0;", "alert_score is 0: nobody is told" },
                { "record_score = 61;", "record_score is above alert_score" },
                { "stop_score = 59;", "is below alert_score" },
                { "alert_score = 50; deny_score = 50; record_score = 40;", "is below 60" },
                { "ignore_units = [ \"*\" ];", "ignore_units covers every service" },
                { "window = \"5min\";", "window is shorter than timer_interval_threshold" },
                { "timer_creation_path = [ \"/opt/units/**\" ];", "no zone protects anything at \"/opt/units/**\"" },
                { "timer_creation_path = [ \"/etc/systemd/system/a*\", \"/etc/**\" ];", NULL },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text = format(ZONE "detection: { %s };", cases[i].settings);
                const char *expected = cases[i].finding;
                struct policy_report report;
                struct policy *policy;

                assert_int_equal(policy_load_text("x.conf", text, 0, &policy, &report), 0);
                if (report.n_findings != (expected ? 1 : 0) ||
                    (expected && (report.findings[0].is_error || !strstr(report.findings[0].text, expected) ||
                                  !strstr(report.findings[0].text, "x.conf:1"))))
                        fail_msg("%s: %zu findings, %s", cases[i].settings, report.n_findings,
                                 report.n_findings > 0 ? report.findings[0].text : "");
                policy_report_done(&report);
                policy_unref(policy);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_all),
                cmocka_unit_test(test_errors),
                cmocka_unit_test(test_lint),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
