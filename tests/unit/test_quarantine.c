/* Taking: whatever was planted is gone from where it was, and nothing of it can change or hurt any more. */
#include <limits.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>

#include "quarantine_fixture.h"

static const char unit[] = "[Timer]\nOnCalendar=daily\n";

static void plant(const struct fixture *fixture, const char *name)
{
        write_file_at(fixture->dir, name, unit, strlen(unit));
}

static void take_file(struct fixture *fixture)
{
        char id[QUARANTINE_ID_MAX];
        _cleanup_free_ char *content = NULL;
        struct stat st;

        plant(fixture, "evil.timer");
        assert_int_equal(fchmodat(fixture->dir, "evil.timer", 0640, 0), 0);
        assert_int_equal(take(fixture, "evil.timer", id), 0);
        assert_false(is_there(fixture->dir, "evil.timer"));
        content = content_path(fixture, id);
        assert_int_equal(stat(content, &st), 0);
        assert_int_equal(st.st_mode, S_IFREG | 0400);
        assert_contents(AT_FDCWD, content, unit);
        assert_evidence(fixture, id, "id", id);
        assert_evidence(fixture, id, "path", "/etc/systemd/system/evil.timer");
        assert_evidence(fixture, id, "kind", "file"); /* what is found outranks what is told */
        assert_evidence(fixture, id, "rule", "default");
        assert_evidence(fixture, id, "mode", "enforce");
        assert_evidence(fixture, id, "permissions", "0640");
        assert_evidence(fixture, id, "size", "25");
        assert_evidence(fixture, id, "nlink", "1");
        assert_evidence(fixture, id, "state", "taken");
        assert_evidence(fixture, id, "cut", NULL);
        assert_evidence(fixture, id, "shared", NULL);

        assert_int_equal(quarantine_seal(fixture->quarantine, id), 0);
        assert_evidence(fixture, id, "state", "sealed");
        assert_evidence(fixture, id, "sha256", "1615ec37cf18ab464a0a3b056abcbadc7a8374fc47f30ecfa2ba1d09d0b01143");
}

static void take_link(struct fixture *fixture)
{
        static const struct {
                const char *target, *utf8, *hex;
        } cases[] = {
                { "/dev/null", "/dev/null", NULL },
                { ".", ".", NULL },
                { "/tmp/\xff", "/tmp/\xef\xbf\xbd", "2f746d702fff" },
        };
        char id[QUARANTINE_ID_MAX], target[PATH_MAX];

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *content = NULL;
                ssize_t n;

                assert_int_equal(symlinkat(cases[i].target, fixture->dir, "evil.timer"), 0);
                assert_int_equal(take(fixture, "evil.timer", id), 0);
                assert_false(is_there(fixture->dir, "evil.timer"));
                assert_evidence(fixture, id, "kind", "link");
                assert_evidence(fixture, id, "target", cases[i].utf8);
                assert_evidence(fixture, id, "target_hex", cases[i].hex);
                content = content_path(fixture, id);
                n = readlink(content, target, sizeof target);
                assert_int_equal(n, strlen(cases[i].target));
                assert_memory_equal(target, cases[i].target, strlen(cases[i].target));
                assert_int_equal(quarantine_seal(fixture->quarantine, id), 0);
        }
        assert_true(is_there(AT_FDCWD, "/dev/null"));
}

static void plant_socket(const struct fixture *fixture)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        (void)snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/special", fixture->dir);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
}

static void plant_fifo(const struct fixture *fixture)
{
        assert_int_equal(mkfifoat(fixture->dir, "special", 0600), 0);
}

/* A tape: to open it would wait, or rewind it. */
static void plant_device(const struct fixture *fixture)
{
        assert_int_equal(mknodat(fixture->dir, "special", S_IFCHR | 0600, makedev(9, 0)), 0);
}

static void take_special(struct fixture *fixture)
{
        static const struct {
                void (*plant)(const struct fixture *fixture);
                const char *kind, *device;
        } cases[] = {
                { plant_fifo, "fifo", NULL },
                { plant_socket, "socket", NULL },
                { plant_device, "character-device", "9:0" },
        };
        char id[QUARANTINE_ID_MAX];

        if (geteuid() != 0) {
                print_message("skipped: devices are for root to make\n");
                return;
        }
        (void)alarm(20); /* whoever opens a FIFO waits for ever */
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *content = NULL;

                cases[i].plant(fixture);
                assert_int_equal(take(fixture, "special", id), 0);
                assert_false(is_there(fixture->dir, "special"));
                content = content_path(fixture, id);
                assert_false(is_there(AT_FDCWD, content));
                assert_evidence(fixture, id, "kind", cases[i].kind);
                assert_evidence(fixture, id, "device", cases[i].device);
                assert_int_equal(quarantine_seal(fixture->quarantine, id), 0);
                assert_int_equal(quarantine_restore(fixture->quarantine, id, fixture->dir, "special"),
                                 -ENOTRECOVERABLE);
        }
        (void)alarm(0);
}

static void take_tree(struct fixture *fixture)
{
        char id[QUARANTINE_ID_MAX];
        _cleanup_free_ char *content = NULL, *conf = NULL, *link = NULL, *fifo = NULL;

        assert_int_equal(mkdirat(fixture->dir, "x.service.d", 0755), 0);
        assert_int_equal(mkdirat(fixture->dir, "x.service.d/deeper", 0700), 0);
        plant(fixture, "x.service.d/deeper/evil.conf");
        assert_int_equal(symlinkat("/etc/passwd", fixture->dir, "x.service.d/link.conf"), 0);
        assert_int_equal(mkfifoat(fixture->dir, "x.service.d/fifo.conf", 0600), 0);
        assert_int_equal(take(fixture, "x.service.d", id), 0);
        assert_false(is_there(fixture->dir, "x.service.d"));
        content = content_path(fixture, id);
        conf = format("%s/deeper/evil.conf", content);
        link = format("%s/link.conf", content);
        fifo = format("%s/fifo.conf", content);
        assert_contents(AT_FDCWD, conf, unit);
        assert_true(is_there(AT_FDCWD, link));
        assert_true(is_there(AT_FDCWD, "/etc/passwd"));
        assert_int_equal(is_there(AT_FDCWD, fifo), !is_across(fixture));
        assert_evidence(fixture, id, "cut", is_across(fixture) ? "true" : NULL);
        assert_evidence(fixture, id, "kind", "directory");
        assert_int_equal(quarantine_seal(fixture->quarantine, id), 0);
}

static void take_large_tree(struct fixture *fixture)
{
        char id[QUARANTINE_ID_MAX], name[32], deep[300] = "evil.service.d";

        assert_int_equal(mkdirat(fixture->dir, "evil.service.d", 0755), 0);
        for (unsigned i = 0; i < 10500; i++) {
                (void)snprintf(name, sizeof name, "evil.service.d/%05u.conf", i);
                assert_int_equal(mknodat(fixture->dir, name, S_IFREG | 0600, 0), 0);
        }
        for (unsigned i = 0; i < 60; i++) {
                (void)strcat(deep, "/d");
                assert_int_equal(mkdirat(fixture->dir, deep, 0755), 0);
        }
        assert_int_equal(take(fixture, "evil.service.d", id), 0);
        assert_false(is_there(fixture->dir, "evil.service.d"));
        assert_evidence(fixture, id, "cut", is_across(fixture) ? "true" : NULL);
        assert_int_equal(quarantine_purge(fixture->quarantine, id), 0);
}

static void take_hard_link(struct fixture *fixture)
{
        char id[QUARANTINE_ID_MAX];
        _cleanup_free_ char *content = NULL;
        struct stat st;

        plant(fixture, "outside");
        assert_int_equal(linkat(fixture->dir, "outside", fixture->dir, "evil.timer", 0), 0);
        assert_int_equal(take(fixture, "evil.timer", id), 0);
        assert_evidence(fixture, id, "nlink", "2");
        assert_evidence(fixture, id, "shared", NULL);
        write_file_at(fixture->dir, "outside", "innocent", 8);
        content = content_path(fixture, id);
        assert_contents(AT_FDCWD, content, unit);
        assert_int_equal(fstatat(fixture->dir, "outside", &st, 0), 0);
        assert_int_equal(st.st_nlink, 1);
        assert_int_equal(st.st_mode & 07777, 0644); /* the other name's file is as it was */
}

static void take_open_file(struct fixture *fixture)
{
        char id[QUARANTINE_ID_MAX];
        _cleanup_free_ char *content = NULL;
        _cleanup_close_ int writer = -1;

        plant(fixture, "evil.timer");
        writer = openat(fixture->dir, "evil.timer", O_WRONLY | O_CLOEXEC);
        assert_int_equal(take(fixture, "evil.timer", id), 0);
        assert_int_equal(pwrite(writer, "innocent", 8, 0), 8);
        content = content_path(fixture, id);
        assert_contents(AT_FDCWD, content, unit);
        assert_evidence(fixture, id, "shared", NULL);
}

/* A lease makes whoever opens the file wait for 45 seconds. */
static void take_leased_file(struct fixture *fixture)
{
        char id[QUARANTINE_ID_MAX];
        _cleanup_close_ int holder = -1;

        (void)signal(SIGIO, SIG_IGN);
        plant(fixture, "evil.timer");
        holder = openat(fixture->dir, "evil.timer", O_RDWR | O_CLOEXEC);
        assert_int_equal(fcntl(holder, F_SETLEASE, F_WRLCK), 0);
        (void)alarm(20);
        assert_int_equal(take(fixture, "evil.timer", id), 0);
        (void)alarm(0);
        assert_false(is_there(fixture->dir, "evil.timer"));
        assert_evidence(fixture, id, is_across(fixture) ? "cut" : "shared", "true");
}

static void take_strange_name(struct fixture *fixture)
{
        char id[QUARANTINE_ID_MAX], name[256];
        json_t *evidence;

        memset(name, 0xff, 255);
        name[255] = '\0';
        plant(fixture, name);
        assert_int_equal(take(fixture, name, id), 0);
        assert_false(is_there(fixture->dir, name));
        evidence = evidence_of(fixture, id);
        assert_int_equal(strlen(json_string_value(json_object_get(evidence, "path"))),
                         strlen("/etc/systemd/system/") + 3 * 255);
        assert_int_equal(strlen(json_string_value(json_object_get(evidence, "path_hex"))),
                         2 * (strlen("/etc/systemd/system/") + 255));
        json_decref(evidence);
        assert_int_equal(quarantine_restore(fixture->quarantine, id, fixture->dir, name), 0);
        assert_contents(fixture->dir, name, unit);
}

static void take_sparse_file(struct fixture *fixture)
{
        char id[QUARANTINE_ID_MAX];
        _cleanup_free_ char *content = NULL;
        uint64_t bytes, count;
        clock_t start;
        struct stat st;

        plant(fixture, "evil.timer");
        _cleanup_close_ int fd = openat(fixture->dir, "evil.timer", O_WRONLY | O_CLOEXEC);
        assert_int_equal(ftruncate(fd, 100 << 20), 0);
        (void)close(steal_fd(&fd)); /* nobody has it open any more */
        start = clock();
        assert_int_equal(take(fixture, "evil.timer", id), 0);
        assert_true(clock() - start < CLOCKS_PER_SEC);
        content = content_path(fixture, id);
        assert_int_equal(stat(content, &st), 0);
        assert_int_equal(st.st_size, is_across(fixture) ? fixture_limits.max_file : 100u << 20);
        assert_evidence(fixture, id, "size", "104857600");
        assert_evidence(fixture, id, "cut", is_across(fixture) ? "true" : NULL);
        quarantine_usage(fixture->quarantine, &bytes, &count);
        assert_true(bytes < 2u << 20);
        assert_int_equal(count, 1);
        assert_int_equal(quarantine_seal(fixture->quarantine, id), 0);
        if (is_across(fixture))
                assert_int_equal(quarantine_restore(fixture->quarantine, id, fixture->dir, "evil.timer"),
                                 -ENOTRECOVERABLE);
        assert_int_equal(quarantine_purge(fixture->quarantine, id), 0);
}

/* What root's malware does so that even root cannot remove it. */
static void take_immutable(struct fixture *fixture)
{
        char id[QUARANTINE_ID_MAX];
        _cleanup_close_ int fd = -1;
        int flags = FS_IMMUTABLE_FL;

        plant(fixture, "evil.timer");
        fd = openat(fixture->dir, "evil.timer", O_RDONLY | O_CLOEXEC);
        if (ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0) {
                print_message("skipped: no immutable files here: %s\n", strerror(errno));
                assert_int_equal(unlinkat(fixture->dir, "evil.timer", 0), 0);
                return;
        }
        assert_int_equal(take(fixture, "evil.timer", id), 0);
        assert_false(is_there(fixture->dir, "evil.timer"));
        if (!is_across(fixture))
                assert_evidence(fixture, id, "immutable", "true");
        assert_int_equal(quarantine_purge(fixture->quarantine, id), 0);
}

static void take_xattrs(struct fixture *fixture)
{
        char id[QUARANTINE_ID_MAX], value[3000];
        _cleanup_close_ int fd = -1;
        json_t *evidence, *xattrs;

        plant(fixture, "evil.timer");
        fd = openat(fixture->dir, "evil.timer", O_RDONLY | O_CLOEXEC);
        if (fsetxattr(fd, "trusted.small", "\0\xff", 2, 0) < 0) {
                print_message("skipped: no extended attributes here: %s\n", strerror(errno));
                assert_int_equal(unlinkat(fixture->dir, "evil.timer", 0), 0);
                return;
        }
        memset(value, 'v', sizeof value);
        (void)fsetxattr(fd, "trusted.zlarge", value, sizeof value, 0);
        assert_int_equal(take(fixture, "evil.timer", id), 0);
        evidence = evidence_of(fixture, id);
        xattrs = json_object_get(evidence, "xattrs");
        assert_true(json_array_size(xattrs) >= 1);
        for (size_t i = 0; i < json_array_size(xattrs); i++) {
                const json_t *xattr = json_array_get(xattrs, i);
                const char *hex = json_string_value(json_object_get(xattr, "value_hex"));

                if (streq(json_string_value(json_object_get(xattr, "name")), "trusted.small"))
                        assert_string_equal(hex, "00ff");
                else
                        assert_int_equal(strlen(hex), 2 * 2048);
        }
        json_decref(evidence);
}

/* An executable's name is the attacker's to choose. */
static void take_for_strange_reasons(struct fixture *fixture)
{
        json_t *why = json_pack("{s:o, s:[i]}", "actor", json_stringn_nocheck("/tmp/\xff", 6), "pids", 5);
        char id[QUARANTINE_ID_MAX];

        plant(fixture, "evil.timer");
        assert_int_equal(quarantine_take(fixture->quarantine, fixture->dir, "evil.timer", "/evil.timer", why, id), 0);
        json_decref(why);
        assert_evidence(fixture, id, "actor", "/tmp/\xef\xbf\xbd");
        assert_evidence(fixture, id, "actor_hex", "2f746d702fff");
        assert_evidence(fixture, id, "pids", "[5]");
}

static void take_nothing(struct fixture *fixture)
{
        char id[QUARANTINE_ID_MAX] = "untouched";
        uint64_t bytes, count;

        assert_int_equal(take(fixture, "none", id), -ENOENT);
        assert_string_equal(id, "untouched");
        quarantine_usage(fixture->quarantine, &bytes, &count);
        assert_int_equal(bytes, 0);
        assert_int_equal(count, 0);
}

#define SOURCES_TEST(name)                                                                                             \
        static void test_##name(void **state)                                                                          \
        {                                                                                                              \
                each_source(*state, name);                                                                             \
        }
SOURCES_TEST(take_file)
SOURCES_TEST(take_link)
SOURCES_TEST(take_special)
SOURCES_TEST(take_tree)
SOURCES_TEST(take_large_tree)
SOURCES_TEST(take_hard_link)
SOURCES_TEST(take_open_file)
SOURCES_TEST(take_leased_file)
SOURCES_TEST(take_strange_name)
SOURCES_TEST(take_sparse_file)
SOURCES_TEST(take_immutable)
SOURCES_TEST(take_xattrs)
SOURCES_TEST(take_for_strange_reasons)
SOURCES_TEST(take_nothing)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_take_file, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_take_link, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_take_special, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_take_tree, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_take_large_tree, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_take_hard_link, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_take_open_file, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_take_leased_file, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_take_strange_name, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_take_sparse_file, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_take_immutable, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_take_xattrs, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_take_for_strange_reasons, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_take_nothing, fixture_setup, fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
