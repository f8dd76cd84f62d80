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
        const struct record_settings *settings;

        (void)state;
        assert_int_equal(policy_load_text("x.conf", ZONE, 0, &policy, &report), 0);
        settings = &policy_settings(policy)->records;
        assert_int_equal(settings->limit_burst, 300);
        assert_int_equal(settings->limit_interval_usec, 60 * SECOND);
        assert_int_equal(settings->syslog_records, RECORDS_OFF);
        assert_string_equal(settings->syslog_socket, "/dev/log");
        assert_int_equal(settings->audit_records, RECORDS_DENIED);
        policy_report_done(&report);
        policy_unref(policy);
}

static void test_all(void **state)
{
        struct policy_report report;
        struct policy *policy;
        const struct record_settings *settings;

        (void)state;
        assert_int_equal(policy_load_text("x.conf",
                                          ZONE "record_limit: { burst = 10; interval = \"1h\"; }; linux_audit: { "
                                               "records = \"off\"; }; "
                                               "syslog: { records = \"all\"; socket = \"/run/log\"; };",
                                          0, &policy, &report),
                         0);
        assert_int_equal(report.n_findings, 0);
        settings = &policy_settings(policy)->records;
        assert_int_equal(settings->limit_burst, 10);
        assert_int_equal(settings->limit_interval_usec, 3600 * SECOND);
        assert_int_equal(settings->syslog_records, RECORDS_ALL);
        assert_string_equal(settings->syslog_socket, "/run/log");
        assert_int_equal(settings->audit_records, RECORDS_OFF);
        policy_report_done(&report);
        policy_unref(policy);
}

static bool is_said(const struct policy_report *report, bool is_error, const char *text)
{
        for (size_t i = 0; i < report->n_findings; i++)
                if (report->findings[i].is_error == is_error && strstr(report->findings[i].text, text))
                        return true;
        return false;
}

static void test_findings(void **state)
{
        static const char long_path[] = "syslog: { socket = \"/run/"
                                        "0123456789012345678901234567890123456789012345678901234567890123456789012345"
                                        "67890123456789012345678901234567890123456789\"; };";
        static const struct {
                const char *text;
                bool is_error;
                const char *said;
        } cases[] = {
                { "record_limit: { burst = -1; };", true, "record_limit.burst: -1 is out of range" },
                { "record_limit: { burst = 100001; };", true, "out of range; expected 0 to 100000" },
                { "record_limit: { interval = 0; };", true, "out of range; expected 1 to 3600 seconds" },
                { "record_limit: { interval = \"2h\"; };", true, "out of range" },
                { "syslog: { records = \"some\"; };", true, "expected one of \"off\", \"denied\", \"all\"" },
                { "syslog: { socket = \"log\"; };", true, "syslog.socket: \"log\" is not absolute" },
                { long_path, true, "is too long for a socket; expected 107 bytes" },
                { "linux_audit: { records = true; };", true, "linux_audit.records: is not a text" },
                { "linux_audit = \"off\";", true, "linux_audit: is not a group" },
                { "record_limit: { burst = 0; };", false, "fills the logs" },
                { "syslog: { socket = \"/run/log\"; };", false, "nothing is sent to this socket" },
                { "syslog: { records = \"all\"; };", false, "take no structured data at /dev/log" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text = format(ZONE "%s", cases[i].text);
                struct policy_report report;
                struct policy *policy = NULL;

                assert_int_equal(policy_load_text("x.conf", text, 0, &policy, &report),
                                 cases[i].is_error ? -EINVAL : 0);
                if (!is_said(&report, cases[i].is_error, cases[i].said))
                        fail_msg("not said of %s", cases[i].text);
                policy_report_done(&report);
                policy_unref(policy);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_all),
                cmocka_unit_test(test_findings),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
