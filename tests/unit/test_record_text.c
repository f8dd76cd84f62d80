/* Records as syslog's and Linux audit's: what they say, and that nobody's name can say more. */
#include "record_fixture.h"
#include "text_grammar.h"
#include "unitward/record_summary.h"
#include "unitward/record_text.h"

static struct record *denial(const char *path)
{
        struct record *record = fixture_record(MODE_ENFORCE, OPERATION_CREATE, OUTCOME_DENY);

        free(record->path);
        record->path = strdup(path);
        return record;
}

static char *syslog_of(struct record *record)
{
        char *text = record_to_syslog(record, "host.example", 42);

        assert_non_null(text);
        assert_true(strlen(text) < SYSLOG_MESSAGE_MAX);
        if (!is_syslog(text))
                fail_msg("%s", text);
        record_free(record);
        return text;
}

static char *audit_of(struct record *record)
{
        char *text = record_to_audit(record);

        assert_non_null(text);
        assert_true(strlen(text) <= AUDIT_MESSAGE_MAX);
        if (!is_audit(text))
                fail_msg("%s", text);
        record_free(record);
        return text;
}

#define assert_has(text, part)                                                                                         \
        if (!strstr(text, part))                                                                                       \
        fail_msg("no %s in %s", part, text)

static void test_syslog(void **state)
{
        _cleanup_free_ char *text = syslog_of(denial("/etc/systemd/system/evil.timer"));
        static const char head[] = "<84>1 2020-11-23T09:18:37.123456Z host.example unitward 42 access [unitward@32473 ";

        (void)state;
        assert_memory_equal(text, head, sizeof head - 1);
        assert_has(text, " action=\"create\" ");
        assert_has(text, " path=\"/etc/systemd/system/evil.timer\"");
        assert_has(text, " rule=\"default\"");
        assert_has(text, " exe=\"/usr/bin/bash\"");
        assert_has(text, " login_uid=\"1000\"");
        assert_has(text, " verdict=\"deny\" enforced=\"true\"");
        assert_has(text, "] DENY create /etc/systemd/system/evil.timer by /usr/bin/bash (pid 812");
        assert_null(strstr(text, "cut="));
}

static void test_syslog_hosts(void **state)
{
        static const char *const hosts[] = { "", "with space", "n\xc3\xa4me" };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
                struct record *record = denial("/x");
                _cleanup_free_ char *text = record_to_syslog(record, hosts[i], 1);

                assert_non_null(strstr(text, "Z - unitward 1 access ["));
                record_free(record);
        }
}

static void test_hostile(void **state)
{
        static const struct {
                const char *path, *syslog, *audit;
        } cases[] = {
                { "/x\"] evil=\"1", " path=\"/x\\\"\\] evil=\\\"1\"", " path=2F78225D206576696C3D2231" },
                { "/x\\y", " path=\"/x\\\\y\"", " path=\"/x\\y\"" },
                { "/x\n<86>1 - - root - - - ", " path=\"/x\\\\x0a<86>1 ", " path=2F780A3C38363E31" },
                { "/x y op=load", " path=\"/x y op=load\"", " path=2F782079206F703D6C6F6164" },
                { "/x\xff\x1b[2J", " path=\"/x", " path=2F78FF1B5B324A" },
                { "/x\xc3\xa4", " path=\"/x\xc3\xa4\"", " path=2F78C3A4" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *syslog = syslog_of(denial(cases[i].path)),
                                    *audit = audit_of(denial(cases[i].path));

                assert_has(syslog, cases[i].syslog);
                assert_has(audit, cases[i].audit);
        }
}

/* UTF-8 is said to be such. */
static void test_mark(void **state)
{
        _cleanup_free_ char *text = syslog_of(denial("/x\xc3\xa4"));

        (void)state;
        assert_has(text, "] \xef\xbb\xbf"
                         "DENY create");
}

static void test_long(void **state)
{
        _cleanup_free_ char *path = calloc(1, 4001), *syslog = NULL, *audit = NULL;
        struct record *record;

        (void)state;
        memset(path, ']', 4000);
        path[0] = '/';
        syslog = syslog_of(denial(path));
        assert_has(syslog, " cut=\"yes\"]");
        assert_has(syslog, " rule=\"default\"");
        memset(path + 1, ' ', 3999);
        record = denial(path);
        record->message = strdup(path);
        audit = audit_of(record);
        assert_has(audit, " actor-exe=\"/usr/bin/bash\"");
        assert_null(strstr(audit, " path="));
}

static void test_audit(void **state)
{
        _cleanup_free_ char *text = audit_of(denial("/etc/systemd/system/evil.timer"));

        (void)state;
        assert_string_equal(text,
                            "op=create kind=access verdict=deny enforced=yes rule=\"default\" technique=T1053.006 "
                            "unit=\"evil.timer\" actor-pid=812 actor-exe=\"/usr/bin/bash\" "
                            "actor-unit=\"session-3.scope\" actor-parent=\"/usr/sbin/sshd\" actor-uid=0 "
                            "actor-auid=1000 path=\"/etc/systemd/system/evil.timer\"");
}

static void test_audit_result(void **state)
{
        struct record *record = denial("/x");

        (void)state;
        assert_false(record_came_to_pass(record));
        record->mode = MODE_AUDIT;
        assert_true(record_came_to_pass(record));
        record->mode = MODE_ENFORCE;
        record->outcome = OUTCOME_ALLOW;
        assert_true(record_came_to_pass(record));
        record_free(record);
}

static void test_what_is_no_decision(void **state)
{
        struct record *record = record_new(RECORD_SUMMARY);
        _cleanup_free_ char *syslog = NULL, *audit = NULL;

        (void)state;
        record->message = strdup("many");
        record->summary = calloc(1, sizeof *record->summary);
        record->summary->count = 47;
        audit = record_to_audit(record);
        assert_string_equal(audit, "op=summary kind=summary count=47 reason=\"many\"");
        syslog = syslog_of(record);
        assert_has(syslog, " count=\"47\"");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_syslog),       cmocka_unit_test(test_syslog_hosts),
                cmocka_unit_test(test_hostile),      cmocka_unit_test(test_mark),
                cmocka_unit_test(test_long),         cmocka_unit_test(test_audit),
                cmocka_unit_test(test_audit_result), cmocka_unit_test(test_what_is_no_decision),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
