/* What a process can make of its own name, its cgroup's and its arguments proves nothing about it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unitward/proc_text.h"
#include "unitward/util.h"

#define UPTO_SESSION " S 1 77 42 34816 77 4194560 1 2 3 4 5 6 7 8 20 0 1 0 "

static void test_stat(void **state)
{
        static const struct {
                const char *text;
                int result;
                struct proc_stat stat;
        } cases[] = {
                { "12 (cat)" UPTO_SESSION "98765 1 2 3", 0, { 'S', 1, 42, 98765, false } },
                { "12 (w) S 1 12 42 0 -1 4194320 0 0 0 0 0 0 0 0 20 0 1 0 98765", 0, { 'S', 1, 42, 98765, true } },
                { "12 (a b)" UPTO_SESSION "98765", 0, { 'S', 1, 42, 98765, false } },
                { "12 ()" UPTO_SESSION "98765", 0, { 'S', 1, 42, 98765, false } },
                { "12 () R 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 5)" UPTO_SESSION "98765",
                  0,
                  { 'S', 1, 42, 98765, false } },
                { "12 (x) R 1)" UPTO_SESSION "98765", 0, { 'S', 1, 42, 98765, false } },
                { "12 (\n) Z 0\n)" UPTO_SESSION "98765", 0, { 'S', 1, 42, 98765, false } },
                { "12 (\xff\x1b)" UPTO_SESSION "18446744073709551615", 0, { 'S', 1, 42, UINT64_MAX, false } },
                { "1 (systemd) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 7", 0, { 'S', 0, 1, 7, false } },
                { "", -EBADMSG, { 0 } },
                { "12", -EBADMSG, { 0 } },
                { "12 (cat", -EBADMSG, { 0 } },
                { "12 (cat)", -EBADMSG, { 0 } },
                { "12 (cat) S", -EBADMSG, { 0 } },
                { "12 (cat) S 1 77 42 34816 77 4194560 1 2 3 4 5 6 7 8 20 0 1 0", -EBADMSG, { 0 } },
                { "12 (cat) S x" UPTO_SESSION "98765", -EBADMSG, { 0 } },
                { ")))))))", -EBADMSG, { 0 } },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct proc_stat stat = { 0 };

                if (proc_stat_parse(cases[i].text, &stat) != cases[i].result || stat.state != cases[i].stat.state ||
                    stat.parent != cases[i].stat.parent || stat.session != cases[i].stat.session ||
                    stat.start_time != cases[i].stat.start_time || stat.io_worker != cases[i].stat.io_worker)
                        fail_msg("\"%s\"", cases[i].text);
        }
}

#define BEFORE_END                                                                                                     \
        "1 (a b) c) S 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 22 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 45 46 47 48 " \
        "49 50 "

static void test_environment_end(void **state)
{
        uint64_t end = 7;

        (void)state;
        assert_int_equal(proc_stat_environment_end(BEFORE_END "51 52", &end), 0);
        assert_int_equal(end, 51);
        assert_int_equal(proc_stat_environment_end(BEFORE_END "140730000000000 0\n", &end), 0);
        assert_int_equal(end, 140730000000000);
        assert_int_equal(proc_stat_environment_end(BEFORE_END, &end), -EBADMSG);
        assert_int_equal(proc_stat_environment_end(BEFORE_END "x", &end), -EBADMSG);
        assert_int_equal(proc_stat_environment_end("1 (a) S 1 2", &end), -EBADMSG);
        assert_int_equal(proc_stat_environment_end("", &end), -EBADMSG);
}

static void test_status(void **state)
{
        static const struct {
                const char *text;
                int result;
                struct proc_status status;
        } cases[] = {
                { "Name:\tcat\nTgid:\t12\nPPid:\t3\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nGroups:\t4 24 27 \n",
                  0,
                  { 12, 3, 2, 6, 3, 0 } },
                { "Tgid:\t12\nPPid:\t3\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nGroups:\t\nNStgid:\t9\n",
                  0,
                  { 12, 3, 2, 6, 0, 0 } },
                { "Tgid:\t12\nPPid:\t3\nUid:\t1\t2\nGid:\t5\t6\n", 0, { 12, 3, 2, 6, 0, 0 } },
                { "Tgid:\t12\nPPid:\t3\nUid:\t0\t4294967295\nGid:\t5\t6\nGroups:\t1 2 3 4 5 6\n",
                  0,
                  { 12, 3, UINT32_MAX, 6, 4, 0 } },
                { "Tgid:\t12\nPPid:\t3\nUid:\t1\t2\nGid:\t5\t6\nGroups:\t1 99999999999999999999 2\n",
                  0,
                  { 12, 3, 2, 6, 1, 0 } },
                { "Tgid:\t12\nPPid:\t3\nUid:\t1\t2\nGid:\t5\t6\nGroups:\t-1\n", 0, { 12, 3, 2, 6, 0, 0 } },
                /* The kernel escapes a newline in Name; a line in the middle of another is none. */
                { "Name:\tTgid:\t1 Uid:\t0\t0\nTgid:\t12\nPPid:\t3\nUid:\t1\t2\nGid:\t5\t6\n",
                  0,
                  { 12, 3, 2, 6, 0, 0 } },
                { "Name:\t\\nUid:\t0\t0\nTgid:\t12\nPPid:\t3\nUid:\t1\t2\nGid:\t5\t6\n", 0, { 12, 3, 2, 6, 0, 0 } },
                { "Tgid:\t12\nPPid:\t3\nTracerPid:\t77\nUid:\t1\t2\nGid:\t5\t6\n", 0, { 12, 3, 2, 6, 0, 77 } },
                { "Tgid:\t12\nPPid:\t3\nTracerPid:\tx\nUid:\t1\t2\nGid:\t5\t6\n", -EBADMSG, { 0 } },
                { "", -EBADMSG, { 0 } },
                { "Tgid:\t12\nPPid:\t3\nUid:\t1\t2\n", -EBADMSG, { 0 } },
                { "Tgid:\t12\nPPid:\t3\nUid:\t1\nGid:\t5\t6\n", -EBADMSG, { 0 } },
                { "Tgid:\tx\nUid:\t1\t2\nGid:\t5\t6\n", -EBADMSG, { 0 } },
                { "Tgid:\t12\nPPid:\t3\nUid:\t\nGid:\n", -EBADMSG, { 0 } },
                { "Tgid", -EBADMSG, { 0 } },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct proc_status status = { 0 };
                gid_t groups[4];
                int r = proc_status_parse(cases[i].text, groups, ARRAY_SIZE(groups), &status);

                if (r != cases[i].result || status.thread_group != cases[i].status.thread_group ||
                    status.parent != cases[i].status.parent || status.uid != cases[i].status.uid ||
                    status.gid != cases[i].status.gid || status.n_groups != cases[i].status.n_groups ||
                    status.tracer != cases[i].status.tracer)
                        fail_msg("case %zu: \"%s\": %d", i, cases[i].text, r);
        }
}

static void test_syscall(void **state)
{
        static const struct {
                const char *text;
                int result;
                long number;
                uint64_t third;
        } cases[] = {
                { "257 0xffffff9c 0x7ffd 0x241 0x1b6 0x0 0x0 0x7ffe 0x7f12\n", 0, 257, 0x241 },
                { "0 0x3 0x0 0xffffffffffffffff 0x0 0x0 0x0 0x1 0x1\n", 0, 0, UINT64_MAX },
                { "running\n", -EAGAIN, 0, 0 },
                { "-1 0x7ffe 0x7f12\n", -ENOENT, 0, 0 },
                { "", -EBADMSG, 0, 0 },
                { "257", -EBADMSG, 0, 0 },
                { "257 0xffffff9c 0x7ffd 0x241 0x1b6 0x0", -EBADMSG, 0, 0 },
                { "run", -EBADMSG, 0, 0 },
                { "x 0x1 0x2 0x3 0x4 0x5 0x6", -EBADMSG, 0, 0 },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct proc_syscall call = { 0 };

                if (proc_syscall_parse(cases[i].text, &call) != cases[i].result || call.number != cases[i].number ||
                    call.arguments[2] != cases[i].third)
                        fail_msg("\"%s\"", cases[i].text);
        }
}

#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A300 A50 A50 A50 A50 A50 A50

static void test_cgroup(void **state)
{
        static const struct {
                const char *text, *unit; /* NULL: in none */
        } cases[] = {
                { "0::/system.slice/cron.service\n", "cron.service" },
                { "0::/system.slice/system-getty.slice/getty@tty1.service\n", "getty@tty1.service" },
                { "0::/init.scope\n", "init.scope" },
                { "0::/user.slice/user-1000.slice/session-3.scope\n", "session-3.scope" },
                { "0::/system.slice/_cpu.service\n", "cpu.service" },
                { "0::/system.slice/cron.service", "cron.service" },
                /* Delegated: the names inside are chosen by whoever it was delegated to. */
                { "0::/user.slice/user-1000.slice/user@1000.service/app.slice/dpkg.service\n", "user@1000.service" },
                { "0::/user.slice/user-1000.slice/user@1000.service/init.scope\n", "user@1000.service" },
                { "0::/system.slice/docker.service/system.slice/dpkg.service\n", "docker.service" },
                { "0::/machine.slice/machine-x.scope/payload/dpkg.service\n", "machine-x.scope" },
                { "0::/docker/0123/dpkg.service\n", NULL },
                { "0::/lxc.payload.x/system.slice/dpkg.service\n", NULL },
                { "0::/" A300 "/dpkg.service\n", NULL },
                { "0::/user.slice/user-1000.slice/user@1000.service/1:name=systemd:/dpkg.service\n",
                  "user@1000.service" },
                { "0::/user.slice/user-1000.slice/user@1000.service/x:name=systemd:/system.slice/dpkg.service\n",
                  "user@1000.service" },
                /* Hierarchies: systemd's own, alone, or beside the unified one. */
                { "12:cpu,cpuacct:/evil.service\n1:name=systemd:/system.slice/cron.service\n", "cron.service" },
                { "1:name=systemd:/system.slice/cron.service\n0::/system.slice/cron.service\n", "cron.service" },
                { "1:name=systemd:/\n0::/system.slice/cron.service\n", "cron.service" },
                { "1:name=systemd:/\n", NULL },
                { "12:pids:/evil.service\n0::/system.slice/cron.service\n", "cron.service" },
                { "12:pids:/evil.service\n", NULL },
                { "12:pids:/x/0::/evil.service\n", NULL },
                { "0::/\n", NULL },
                { "0::/..\n", NULL },
                { "0::/system.slice\n", NULL },
                { "0::/user.slice/user-1000.slice\n", NULL },
                { "0::/system.slice/cron.service (deleted)\n", NULL },
                { "0::/system.slice/\x1b[2Jx.service\n", NULL },
                { "0::\n", NULL },
                { "0:", NULL },
                { "", NULL },
                { "1:name=systemd:", NULL },
                { "0::///\n", NULL },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char unit[256] = "";
                int r = proc_cgroup_parse(cases[i].text, unit, sizeof unit);

                if (r != (cases[i].unit ? 0 : -ENOENT) || !streq(unit, cases[i].unit ? cases[i].unit : ""))
                        fail_msg("\"%s\": %d \"%s\"", cases[i].text, r, unit);
        }
}

/* Inside a user's manager, by the names that he has given. */
static void test_cgroup_of_user(void **state)
{
        static const struct {
                const char *text, *unit; /* NULL: in none */
        } cases[] = {
                { "0::/user.slice/user-1000.slice/user@1000.service/app.slice/backup.service\n", "backup.service" },
                { "0::/user.slice/user-1000.slice/user@1000.service/init.scope\n", "init.scope" },
                { "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.slice/x@y.service/z\n",
                  "x@y.service" },
                { "12:cpu:/\n1:name=systemd:/user.slice/user@1000.service/backup.service\n0::/\n", "backup.service" },
                { "0::/user.slice/user-1000.slice/user@1000.service\n", NULL },
                { "0::/user.slice/user-1000.slice/user@1000.service/app.slice\n", NULL },
                { "0::/user.slice/user-1000.slice/user@1000.service/..\n", NULL },
                { "0::/user.slice/user-1000.slice/user@1000.service/" A300 "/x.service\n", NULL },
                { "0::/user@1000\n1:x:/.service/x.service\n", NULL },
                { "0::/system.slice/backup.service\n", NULL },
                { "", NULL },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char unit[256] = "";
                int r = proc_cgroup_parse_user(cases[i].text, unit, sizeof unit);

                if (r != (cases[i].unit ? 0 : -ENOENT) || !streq(unit, cases[i].unit ? cases[i].unit : ""))
                        fail_msg("\"%s\": %d \"%s\"", cases[i].text, r, unit);
        }
}

/* Cut anywhere, every text is read within its bounds (under a sanitizer) and is either refused or complete. */
static void test_cut(void **state)
{
        static const char *const texts[] = {
                "12 (a) b)" UPTO_SESSION "98765 1 2 3\n",
                "Name:\tcat\nTgid:\t12\nPPid:\t3\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nGroups:\t4 24 27 \n",
                "257 0xffffff9c 0x7ffd 0x241 0x1b6 0x0 0x0 0x7ffe 0x7f12\n",
                "1:name=systemd:/user.slice/_x.service/y.service\n0::/a.service\n",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                for (size_t length = 0; length <= strlen(texts[i]); length++) {
                        _cleanup_free_ char *cut = strndup(texts[i], length);
                        struct proc_stat stat;
                        struct proc_status status;
                        struct proc_syscall call;
                        char unit[8];
                        gid_t group;

                        (void)proc_stat_parse(cut, &stat);
                        (void)proc_status_parse(cut, &group, 1, &status);
                        (void)proc_syscall_parse(cut, &call);
                        (void)proc_cgroup_parse(cut, unit, sizeof unit);
                        (void)proc_cgroup_parse_user(cut, unit, sizeof unit);
                }
}

/* What the kernel itself writes about this process. */
static void test_self(void **state)
{
        char text[8192], unit[256];
        struct proc_status status;
        struct proc_stat stat;
        gid_t groups[64];

        (void)state;
        assert_true(read_text_at(AT_FDCWD, "/proc/self/stat", text, sizeof text) > 0);
        assert_int_equal(proc_stat_parse(text, &stat), 0);
        assert_int_equal(stat.parent, getppid());
        assert_int_equal(stat.session, getsid(0));
        assert_true(read_text_at(AT_FDCWD, "/proc/self/status", text, sizeof text) > 0);
        assert_int_equal(proc_status_parse(text, groups, ARRAY_SIZE(groups), &status), 0);
        assert_int_equal(status.thread_group, getpid());
        assert_int_equal(status.parent, getppid());
        assert_int_equal(status.uid, geteuid());
        assert_int_equal(status.gid, getegid());
        assert_true(read_text_at(AT_FDCWD, "/proc/self/cgroup", text, sizeof text) > 0);
        (void)proc_cgroup_parse(text, unit, sizeof unit);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_stat),   cmocka_unit_test(test_environment_end),
                cmocka_unit_test(test_status), cmocka_unit_test(test_syscall),
                cmocka_unit_test(test_cgroup), cmocka_unit_test(test_cgroup_of_user),
                cmocka_unit_test(test_cut),    cmocka_unit_test(test_self),
        };

        return cmocka_run_group_tests_name("texts of /proc", tests, NULL, NULL);
}
