/* Mounts: how they are told of, and what the tables say of them; in a mount namespace of its own. */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "unitward/fanotify_compat.h"
#include "unitward/mount_table.h"
#include "unitward/mount_watch.h"
#include "unitward/util.h"

static char place[] = "/tmp/unitward-mounts.XXXXXX";

static int set_up(void **state)
{
        (void)state;
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return 0; /* each test skips itself */
        return mkdtemp(place) ? 0 : -1;
}

static int tear_down(void **state)
{
        (void)state;
        (void)rmdir(place);
        return 0;
}

static void need_mounts(void)
{
        if (mount("test", place, "tmpfs", 0, NULL) < 0)
                skip();
        assert_int_equal(umount2(place, MNT_DETACH), 0);
}

static bool is_place(const char *target, void *userdata)
{
        return streq(target, userdata);
}

static void take_all(struct mount_watch *watch)
{
        struct mount_change change;

        while (mount_watch_next(watch, &change) > 0)
                close_pointer(&change.pidfd);
}

static void test_group_tells_who(void **state)
{
        struct mount_watch watch;
        struct mount_change change;
        char *target = NULL;
        int id;

        (void)state;
        need_mounts();
        if (mount_watch_open_group(&watch) < 0)
                skip();
        assert_int_equal(mount_watch_next(&watch, &change), 0);
        assert_int_equal(mount("test", place, "tmpfs", 0, NULL), 0);
        assert_int_equal(mount_watch_next(&watch, &change), 1);
        assert_int_equal(change.pid, getpid());
        assert_true(change.pidfd >= 0);
        (void)close(change.pidfd);
        assert_int_equal(mount_lookup(change.id, &id, &target), 0);
        assert_string_equal(target, place);
        free(target);
        assert_int_equal(umount2(place, MNT_DETACH), 0);
        assert_int_equal(mount_lookup(change.id, &id, &target), -ENOENT);
        take_all(&watch);
        mount_watch_close(&watch);
}

static void test_monitor_tells(void **state)
{
        struct mount_watch watch;
        struct mount_change change;

        (void)state;
        need_mounts();
        assert_int_equal(mount_watch_open_monitor(&watch), 0);
        take_all(&watch);
        assert_int_equal(mount_watch_next(&watch, &change), 0);
        assert_int_equal(mount("test", place, "tmpfs", 0, NULL), 0);
        assert_int_equal(mount_watch_next(&watch, &change), 1);
        assert_int_equal(change.id, 0);
        assert_int_equal(change.pid, 0);
        take_all(&watch);
        assert_int_equal(umount2(place, MNT_DETACH), 0);
        assert_int_equal(mount_watch_next(&watch, &change), 1);
        mount_watch_close(&watch);
}

/* Both ways to read say the same. */
static void test_table(void **state)
{
        struct mount_table table, some;
        uint64_t unique, *all;
        size_t n;

        (void)state;
        need_mounts();
        assert_int_equal(mount("some source", place, "tmpfs", 0, NULL), 0);
        assert_int_equal(mount_table_read(is_place, place, &table), 0);
        assert_int_equal(table.n, 1);
        assert_string_equal(table.mounts[0].target, place);
        assert_string_equal(table.mounts[0].source, "some source");
        assert_string_equal(table.mounts[0].type, "tmpfs");
        assert_true(mount_is_on_top(&table.mounts[0], &unique));
        if (unique != 0 && mount_list(&all, &n) == 0) {
                bool listed = false;

                for (size_t i = 0; i < n; i++)
                        listed |= all[i] == unique;
                assert_true(listed);
                free(all);
                assert_int_equal(mount_table_read_some(&unique, 1, &some), 0);
                assert_int_equal(some.n, 1);
                assert_non_null(mount_table_find(&table, &some.mounts[0]));
                mount_table_done(&some);
        }
        assert_int_equal(mount("another", place, "tmpfs", 0, NULL), 0);
        assert_false(mount_is_on_top(&table.mounts[0], &unique));
        mount_table_done(&table);
        assert_int_equal(umount2(place, MNT_DETACH), 0);
        assert_int_equal(umount2(place, MNT_DETACH), 0);
}

static void test_bind_mounts_say_what_of(void **state)
{
        _cleanup_free_ char *inner = format("%s/inner", place);
        struct mount_table table;

        (void)state;
        need_mounts();
        assert_int_equal(mount("test", place, "tmpfs", 0, NULL), 0);
        assert_int_equal(mkdir(inner, 0755), 0);
        assert_int_equal(mount(inner, inner, NULL, MS_BIND, NULL), 0);
        assert_int_equal(mount_table_read(is_place, inner, &table), 0);
        assert_int_equal(table.n, 1);
        assert_string_equal(table.mounts[0].source, "test[/inner]");
        mount_table_done(&table);
        assert_int_equal(mount_table_read(NULL, NULL, &table), 0);
        for (size_t i = 1; i < table.n; i++)
                assert_true(strlen(table.mounts[i - 1].target) <= strlen(table.mounts[i].target));
        mount_table_done(&table);
        assert_int_equal(umount2(place, MNT_DETACH), 0);
}

static void test_types(void **state)
{
        static const struct {
                const char *type;
                bool fathomless, served;
        } cases[] = { { "ext4", false, false },   { "tmpfs", false, false },     { "overlay", true, false },
                      { "fuse", true, false },    { "fuse.sshfs", true, false }, { "fusectl", false, false },
                      { "fuseblk", true, false }, { "nfs4", false, true },       { "autofs", false, true } };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct mount mount = { .type = (char *)(uintptr_t)cases[i].type };

                assert_int_equal(mount_is_fathomless(&mount), cases[i].fathomless);
                assert_int_equal(mount_is_served_by_others(&mount), cases[i].served);
        }
}

/* An event with a record of the mount, and what may be wrong with it. */
struct event {
        struct fanotify_event_metadata metadata;
        struct fanotify_event_info_mnt which;
};

static struct event valid_event(void)
{
        struct event event = { .metadata = { .event_len = sizeof event,
                                             .vers = FANOTIFY_METADATA_VERSION,
                                             .metadata_len = sizeof event.metadata,
                                             .mask = FAN_MNT_ATTACH,
                                             .pid = 7 } };

        event.which.hdr.info_type = FAN_EVENT_INFO_TYPE_MNT;
        event.which.hdr.len = sizeof event.which;
        event.which.mnt_id = 42;
        return event;
}

static int parse(const struct event *event, size_t size, struct mount_change *ret)
{
        size_t offset = 0;

        return mount_change_next(event, size, &offset, ret);
}

static void test_parser(void **state)
{
        struct event event = valid_event();
        struct mount_change change;

        (void)state;
        assert_int_equal(parse(&event, sizeof event, &change), 1);
        assert_int_equal(change.id, 42);
        assert_int_equal(change.pid, 7);
        assert_int_equal(change.pidfd, -1);
        assert_int_equal(parse(&event, 0, &change), 0);
        assert_int_equal(parse(&event, sizeof event - 1, &change), -EBADMSG);
        assert_int_equal(parse(&event, 8, &change), -EBADMSG);
        event.which.hdr.len = 0;
        assert_int_equal(parse(&event, sizeof event, &change), -EBADMSG);
        event.which.hdr.len = sizeof event.which + 1;
        assert_int_equal(parse(&event, sizeof event, &change), -EBADMSG);
        event = valid_event();
        event.metadata.vers++;
        assert_int_equal(parse(&event, sizeof event, &change), -EBADMSG);
        event = valid_event();
        event.metadata.mask = FAN_Q_OVERFLOW;
        assert_int_equal(parse(&event, sizeof event, &change), 1);
        assert_int_equal(change.pid, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_group_tells_who), cmocka_unit_test(test_monitor_tells),
                cmocka_unit_test(test_table),           cmocka_unit_test(test_bind_mounts_say_what_of),
                cmocka_unit_test(test_types),           cmocka_unit_test(test_parser),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
