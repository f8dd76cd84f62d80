#include <limits.h>
#include <time.h>

#include "record_fixture.h"

static void replace(char **text, const char *with)
{
        free(*text);
        *text = with ? strdup(with) : NULL;
}

static void test_kinds(void **state)
{
        (void)state;
        for (unsigned i = 0; i < RECORD_KIND_COUNT_; i++) {
                assert_int_equal(strlen(record_kind_message_id(i)), 32);
                assert_int_equal(strspn(record_kind_message_id(i), "0123456789abcdef"), 32);
                for (unsigned j = 0; j < i; j++) {
                        assert_string_not_equal(record_kind_message_id(i), record_kind_message_id(j));
                        assert_string_not_equal(record_kind_name(i), record_kind_name(j));
                }
        }
        assert_null(record_free(NULL));
}

static void test_denials(void **state)
{
        static const struct {
                enum record_kind kind;
                bool decided;
                enum outcome outcome;
                bool denial;
        } cases[] = {
                { RECORD_ACCESS, true, OUTCOME_ALLOW, false },      { RECORD_ACCESS, true, OUTCOME_DENY, true },
                { RECORD_ARRIVAL, true, OUTCOME_QUARANTINE, true }, { RECORD_GAP, true, OUTCOME_ALLOW, false },
                { RECORD_GAP, true, OUTCOME_DENY, true },           { RECORD_GAP, false, OUTCOME_DENY, false },
                { RECORD_TIMEOUT, true, OUTCOME_ALLOW, true },      { RECORD_PROBLEM, false, OUTCOME_ALLOW, true },
                { RECORD_OVERFLOW, false, OUTCOME_ALLOW, true },    { RECORD_STARTED, false, OUTCOME_ALLOW, false },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct record record = { .kind = cases[i].kind,
                                         .decided = cases[i].decided,
                                         .outcome = cases[i].outcome };

                assert_int_equal(record_is_denial(&record), cases[i].denial);
        }
}

static void test_techniques(void **state)
{
        static const struct {
                enum record_kind kind;
                bool decided;
                const char *path, *unit, *technique;
        } cases[] = {
                { RECORD_ACCESS, true, "/etc/systemd/system/a.timer", "a.timer", "T1053.006" },
                { RECORD_ARRIVAL, true, "/etc/systemd/system/a.timer.d/x.conf", "a.timer", "T1053.006" },
                { RECORD_ACCESS, true, "/etc/systemd/system/a.service", "a.service", "T1543.002" },
                { RECORD_RESTORED, true, "/etc/systemd/system.conf", "", "T1543.002" },
                { RECORD_GAP, true, NULL, "", "T1543.002" },
                { RECORD_ACCESS, true, "/etc/init.d/evil", "", "T1037.004" },
                { RECORD_ACCESS, true, "/etc/rc3.d/S99evil", "", "T1037.004" },
                { RECORD_ACCESS, true, "/etc/udev/rules.d/99-evil.rules", "", "T1546.017" },
                { RECORD_ACCESS, true, "/etc/xdg/autostart/evil.desktop", "", "T1547.013" },
                { RECORD_ACCESS, true, "/home/alice/.config/autostart/evil.desktop", "", "T1547.013" },
                { RECORD_ACCESS, true, "/etc/cron.d/evil", "", "T1053.003" },
                { RECORD_ACCESS, false, NULL, "a.timer", NULL },
                { RECORD_POLICY, true, NULL, "a.timer", NULL },
                { RECORD_STARTED, false, NULL, "", NULL },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct record *record = record_new(cases[i].kind);

                record->decided = cases[i].decided;
                replace(&record->path, cases[i].path);
                (void)string_copy(record->unit, sizeof record->unit, cases[i].unit);
                if (cases[i].technique)
                        assert_string_equal(record_technique(record), cases[i].technique);
                else
                        assert_null(record_technique(record));
                record_free(record);
        }
}

/* ---- JSON ------------------------------------------------------------------------------------------- */

struct expectation {
        const char *path;  /* "a.b.c" */
        const char *value; /* as JSON; NULL: absent */
};

static void assert_json(const json_t *json, const struct expectation *expected, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                _cleanup_free_ char *path = strdup(expected[i].path), *text = NULL;
                const json_t *value = json;
                char *rest = NULL;

                for (char *key = strtok_r(path, ".", &rest); key; key = strtok_r(NULL, ".", &rest))
                        value = json_object_get(value, key);
                text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
                if (!expected[i].value)
                        assert_null(text);
                else if (!text)
                        fail_msg("%s is missing", expected[i].path);
                else
                        assert_string_equal(text, expected[i].value);
        }
}

static void test_json_of_a_denial(void **state)
{
        static const struct expectation expected[] = {
                { "@timestamp", "\"2020-11-23T09:18:37.123456Z\"" },
                { "message",
                  "\"DENY create /etc/systemd/system/evil.timer by /usr/bin/bash (pid 812, uid 0, login 1000, "
                  "session-3.scope) rule default\"" },
                { "event.kind", "\"alert\"" },
                { "event.category", "[\"file\"]" },
                { "event.type", "[\"creation\"]" },
                { "event.action", "\"create\"" },
                { "event.outcome", "\"failure\"" },
                { "event.provider", "\"unitward\"" },
                { "event.code", "\"7b4f88c7017b4359a7f0935d613687b1\"" },
                { "log.syslog.severity.code", "4" },
                { "process.pid", "812" },
                { "process.executable", "\"/usr/bin/bash\"" },
                { "process.parent.pid", "700" },
                { "process.parent.executable", "\"/usr/sbin/sshd\"" },
                { "user.id", "\"0\"" },
                { "file.path", "\"/etc/systemd/system/evil.timer\"" },
                { "file.name", "\"evil.timer\"" },
                { "file.directory", "\"/etc/systemd/system\"" },
                { "rule.name", "\"default\"" },
                { "threat.technique.id", "[\"T1053.006\"]" },
                { "unitward.kind", "\"access\"" },
                { "unitward.mode", "\"enforce\"" },
                { "unitward.verdict", "\"deny\"" },
                { "unitward.enforced", "true" },
                { "unitward.operation", "\"create\"" },
                { "unitward.zone", "\"system-units\"" },
                { "unitward.place", "\"units\"" },
                { "unitward.target_unit", "\"evil.timer\"" },
                { "unitward.actor_unit", "\"session-3.scope\"" },
                { "unitward.actor_label", "\"unconfined\"" },
                { "unitward.actor_known", "true" },
                { "unitward.login_uid", "1000" },
                { "unitward.session", "700" },
                { "unitward.ancestry", "[{\"pid\":812,\"executable\":\"/usr/bin/bash\",\"unit\":\"session-3.scope\"},"
                                       "{\"pid\":700,\"executable\":\"/usr/sbin/sshd\",\"unit\":\"ssh.service\"},"
                                       "{\"pid\":1,\"executable\":\"/usr/lib/systemd/systemd\",\"unit\":null}]" },
                { "unitward.path_hex", NULL },
                { "unitward.quarantine_id", NULL },
                { "unitward.hint", NULL },
                { "unitward.client", NULL },
        };
        struct record *record = fixture_record(MODE_ENFORCE, OPERATION_CREATE, OUTCOME_DENY);
        json_t *json = record_to_json(record);

        (void)state;
        assert_json(json, expected, ARRAY_SIZE(expected));
        json_decref(json);
        record_free(record);
}

static void test_json_of_audit_and_allowance(void **state)
{
        static const struct expectation audit[] = { { "event.kind", "\"alert\"" },
                                                    { "event.outcome", "\"success\"" },
                                                    { "unitward.verdict", "\"deny\"" },
                                                    { "unitward.enforced", "false" },
                                                    { "threat.technique.id", "[\"T1053.006\"]" } },
                                        allowed[] = { { "event.kind", "\"event\"" },
                                                      { "event.outcome", "\"success\"" },
                                                      { "threat", NULL },
                                                      { "log.syslog.severity.code", "6" } };
        struct record *record = fixture_record(MODE_AUDIT, OPERATION_MODIFY, OUTCOME_DENY);
        json_t *json = record_to_json(record);

        (void)state;
        assert_json(json, audit, ARRAY_SIZE(audit));
        json_decref(json);
        record->mode = MODE_ENFORCE;
        record->outcome = OUTCOME_ALLOW;
        json = record_to_json(record);
        assert_json(json, allowed, ARRAY_SIZE(allowed));
        json_decref(json);
        record_free(record);
}

static void test_json_of_strange_bytes(void **state)
{
        static const struct expectation expected[] = {
                { "file.path", "\"/etc/\xef\xbf\xbd\\n.timer\"" },
                { "unitward.path_hex", "\"2f6574632fff0a2e74696d6572\"" },
                { "process.executable", "\"/tmp/\xef\xbf\xbd (deleted)\"" },
                { "unitward.login_uid", "null" },
                { "unitward.client", "\"systemctl\"" },
                { "message",
                  "\"DENY create /etc/\\\\xff\\\\x0a.timer by /tmp/\\\\xfe (deleted) (pid 812, uid 0, no login, "
                  "session-3.scope) for a run of systemctl rule default\"" },
        };
        struct record *record = fixture_record(MODE_ENFORCE, OPERATION_CREATE, OUTCOME_DENY);
        json_t *json;

        (void)state;
        replace(&record->path, "/etc/\xff\n.timer");
        replace(&record->actor->ancestry[0].exe_path, "/tmp/\xfe (deleted)");
        record->actor->login_uid = (uid_t)-1;
        (void)string_copy(record->client, sizeof record->client, "systemctl");
        json = record_to_json(record);
        assert_json(json, expected, ARRAY_SIZE(expected));
        json_decref(json);
        record_free(record);
}

static void test_json_of_little(void **state)
{
        static const struct expectation nobody[] = { { "process", NULL },
                                                     { "user", NULL },
                                                     { "file", NULL },
                                                     { "rule", NULL },
                                                     { "unitward.verdict", NULL },
                                                     { "event.action", "\"started\"" },
                                                     { "message", "\"STARTED\"" } },
                                        unknown[] = { { "process.pid", "5" },
                                                      { "process.executable", NULL },
                                                      { "user", NULL },
                                                      { "unitward.actor_known", "false" },
                                                      { "unitward.login_uid", NULL } };
        struct record *record = record_new(RECORD_STARTED);
        json_t *json = record_to_json(record);

        (void)state;
        assert_json(json, nobody, ARRAY_SIZE(nobody));
        json_decref(json);
        record->actor = actor_unknown(5);
        json = record_to_json(record);
        assert_json(json, unknown, ARRAY_SIZE(unknown));
        json_decref(json);
        record_free(record);
}

/* ---- Lines ------------------------------------------------------------------------------------------ */

#define ACTOR "/usr/bin/bash (pid 812, uid 0, login 1000, session-3.scope)"
#define EVIL "/etc/systemd/system/evil.timer by " ACTOR " rule default"

static void assert_line(const struct record *record, bool colour, const char *expected)
{
        _cleanup_free_ char *line = NULL;

        assert_int_equal(record_to_line(record, colour, &line), 0);
        assert_string_equal(line, expected);
}

static void test_lines(void **state)
{
        static const struct {
                enum mode mode;
                enum operation operation;
                enum outcome outcome;
                enum record_kind kind;
                const char *line;
        } cases[] = {
                { MODE_ENFORCE, OPERATION_CREATE, OUTCOME_DENY, RECORD_ACCESS,
                  "2020-11-23 09:18:37 DENY create " EVIL " [T1053.006]" },
                { MODE_AUDIT, OPERATION_RENAME, OUTCOME_DENY, RECORD_ARRIVAL,
                  "2020-11-23 09:18:37 WOULD DENY rename " EVIL " [T1053.006]" },
                { MODE_AUDIT, OPERATION_MASK, OUTCOME_QUARANTINE, RECORD_ARRIVAL,
                  "2020-11-23 09:18:37 WOULD QUARANTINE mask " EVIL " [T1053.006]" },
                { MODE_ENFORCE, OPERATION_MODIFY, OUTCOME_ALLOW, RECORD_ACCESS,
                  "2020-11-23 09:18:37 ALLOW modify " EVIL },
                { MODE_ENFORCE, OPERATION_REMOVE, OUTCOME_DENY, RECORD_RESTORED,
                  "2020-11-23 09:18:37 RESTORED remove " EVIL " [T1053.006]" },
                { MODE_ENFORCE, OPERATION_CREATE, OUTCOME_DENY, RECORD_GAP,
                  "2020-11-23 09:18:37 DENY create " EVIL ": changed while nobody watched [T1053.006]" },
                { MODE_ENFORCE, OPERATION_LOAD, OUTCOME_DENY, RECORD_ACCESS,
                  "2020-11-23 09:18:37 DENY load " EVIL
                  " [T1053.006] -> if it belongs there, let its actor do it: see unitward.conf(5)" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct record *record = fixture_record(cases[i].mode, cases[i].operation, cases[i].outcome);

                record->kind = cases[i].kind;
                assert_line(record, false, cases[i].line);
                record_free(record);
        }
}

static void test_line_of_quarantine(void **state)
{
        struct record *record = fixture_record(MODE_ENFORCE, OPERATION_CREATE, OUTCOME_QUARANTINE);

        (void)state;
        (void)string_copy(record->quarantine_id, QUARANTINE_ID_MAX, "20261123T091837.123456Z-0007");
        assert_line(record, false,
                    "2020-11-23 09:18:37 QUARANTINE create " EVIL
                    " [T1053.006] -> unitward quarantine show 20261123T091837.123456Z-0007");
        assert_line(record, true,
                    "2020-11-23 09:18:37 \x1b[1;35mQUARANTINE\x1b[0m create " EVIL
                    " [T1053.006] -> unitward quarantine show 20261123T091837.123456Z-0007");
        record->hint = strdup("look at it");
        record->message = strdup("taken\nfrom there");
        assert_line(record, false,
                    "2020-11-23 09:18:37 QUARANTINE create " EVIL ": taken\\x0afrom there"
                    " [T1053.006] -> look at it");
        record_free(record);
}

static void test_meaning(void **state)
{
        static const struct expectation expected[] = { { "unitward.meaning", "\"masks auditd.service\"" },
                                                       { "file.target_path", "\"/dev/null\"" } };
        struct record *record = fixture_record(MODE_ENFORCE, OPERATION_CREATE, OUTCOME_DENY);
        json_t *json;

        (void)state;
        record->meaning = strdup("masks auditd.service");
        record->target = strdup("/dev/null");
        json = record_to_json(record);
        assert_json(json, expected, ARRAY_SIZE(expected));
        json_decref(json);
        assert_line(record, false, "2020-11-23 09:18:37 DENY create " EVIL ": masks auditd.service [T1053.006]");
        record->kind = RECORD_GAP;
        assert_line(record, false,
                    "2020-11-23 09:18:37 DENY create " EVIL
                    ": changed while nobody watched; masks auditd.service [T1053.006]");
        record_free(record);
}

static void test_lines_that_tell(void **state)
{
        struct record *record = record_new(RECORD_PROBLEM);
        char expected[64];
        time_t now;

        (void)state;
        record->time_usec = FIXTURE_TIME;
        record->message = strdup("the disk is full");
        assert_line(record, false, "2020-11-23 09:18:37 PROBLEM the disk is full");
        record->path = strdup("/var/lib/unitward");
        assert_line(record, true, "2020-11-23 09:18:37 \x1b[1;31mPROBLEM\x1b[0m /var/lib/unitward: the disk is full");
        record_free(record);

        record = record_new(RECORD_STARTED);
        now = (time_t)(record->time_usec / 1000000u);
        assert_true(strftime(expected, sizeof expected, "%H:%M:%S STARTED", gmtime(&now)) > 0);
        assert_line(record, false, expected);
        record_free(record);
}

/* Somebody else may have written the file that they are read from. */
static void test_lines_from_hostile_json(void **state)
{
        static const struct {
                const char *text;
                int result;
                const char *line;
        } cases[] = {
                { "{\"@timestamp\":\"2020-11-23T09:18:37.123456Z\",\"message\":\"DENY\\u001b[2J\\u009b\",\"threat\":"
                  "{\"technique\":{\"id\":[\"T\\n\"]}},\"unitward\":{\"hint\":\"\\u202e\"}}",
                  0, "2020-11-23 09:18:37 DENY\\x1b[2J\\xc2\\x9b [T\\x0a] -> \\xe2\\x80\\xae" },
                { "{\"@timestamp\":\"2020-11-23T09:18:37.123456Z\",\"message\":\"\",\"threat\":[],\"unitward\":{"
                  "\"hint\":1}}",
                  0, "2020-11-23 09:18:37 " },
                { "{\"@timestamp\":\"yesterday\",\"message\":\"\"}", -EBADMSG, NULL },
                { "{\"@timestamp\":1,\"message\":\"\"}", -EBADMSG, NULL },
                { "{\"@timestamp\":\"2020-11-23T09:18:37.123456Z\",\"message\":1}", -EBADMSG, NULL },
                { "{\"message\":\"\"}", -EBADMSG, NULL },
                { "[]", -EBADMSG, NULL },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                json_t *json = json_loads(cases[i].text, 0, NULL);
                char *line = NULL;

                assert_non_null(json);
                assert_int_equal(record_line_from_json(json, false, &line), cases[i].result);
                if (cases[i].line)
                        assert_string_equal(line, cases[i].line);
                free(line);
                json_decref(json);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_kinds),
                cmocka_unit_test(test_denials),
                cmocka_unit_test(test_techniques),
                cmocka_unit_test(test_json_of_a_denial),
                cmocka_unit_test(test_json_of_audit_and_allowance),
                cmocka_unit_test(test_json_of_strange_bytes),
                cmocka_unit_test(test_json_of_little),
                cmocka_unit_test(test_lines),
                cmocka_unit_test(test_line_of_quarantine),
                cmocka_unit_test(test_meaning),
                cmocka_unit_test(test_lines_that_tell),
                cmocka_unit_test(test_lines_from_hostile_json),
        };

        (void)setenv("TZ", "UTC", 1);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
