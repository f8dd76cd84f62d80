/* Settling drop-in directories: they come back with what is in them, whatever took their place. */
#include <fcntl.h>

#include "settle_authorised.h"

static void remove_drop_ins(int dir)
{
        assert_int_equal(unlinkat(dir, "cron.service.d/10-harden.conf", 0), 0);
        assert_int_equal(unlinkat(dir, "cron.service.d", AT_REMOVEDIR), 0);
}

static void move_drop_ins_away(int dir)
{
        _cleanup_free_ char *away = format("%s/away", fixture_root);

        assert_int_equal(renameat(dir, "cron.service.d", AT_FDCWD, away), 0);
}

static void link_drop_ins_away(int dir)
{
        _cleanup_free_ char *away = format("%s/away", fixture_root);

        move_drop_ins_away(dir);
        assert_int_equal(symlinkat(away, dir, "cron.service.d"), 0);
}

static void replace_drop_ins(int dir)
{
        move_drop_ins_away(dir);
        plant_directory(dir, "cron.service.d");
}

static void file_for_drop_ins(int dir)
{
        remove_drop_ins(dir);
        write_text(dir, "cron.service.d", "");
}

static void assert_drop_ins_whole(struct fixture *fixture)
{
        struct stat st;

        assert_int_equal(fstatat(fixture->dir, "cron.service.d", &st, AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(st.st_mode, S_IFDIR | 0755);
        assert_text(fixture->dir, "cron.service.d/10-harden.conf", "[Service]\nNoNewPrivileges=yes\n");
        assert_false(is_there(fixture->dir, "cron.service.d/10-evil.conf"));
        assert_true(subdirectory(fixture, "cron.service.d")->present);
        assert_true(subdirectory(fixture, "cron.service.d")->authorised);
}

static void assert_drop_ins_come_back(void (*change)(int dir), uint64_t mask, bool whole)
{
        struct fixture *fixture;
        void *state;

        authorised_setup(&state);
        fixture = state;
        change(fixture->dir);
        if (whole)
                settle_all_of_it(fixture);
        else
                settle(fixture, "cron.service.d", STRANGER, mask);
        assert_drop_ins_whole(fixture);
        assert_true(fixture->n_records >= 1);
        assert_at_rest(fixture);
        fixture_teardown(&state);
}

/* Settled by its name, or with the whole directory. */
static void test_directory_comes_back(void **state)
{
        (void)state;
        for (int whole = 0; whole < 2; whole++) {
                assert_drop_ins_come_back(remove_drop_ins, FAN_DELETE | FAN_ONDIR, whole);
                assert_drop_ins_come_back(move_drop_ins_away, FAN_MOVED_FROM | FAN_ONDIR, whole);
                assert_drop_ins_come_back(replace_drop_ins, FAN_MOVED_TO | FAN_ONDIR, whole);
        }
}

static void test_directory_comes_back_from_under_a_link(void **state)
{
        (void)state;
        assert_drop_ins_come_back(link_drop_ins_away, FAN_CREATE, true);
        assert_drop_ins_come_back(file_for_drop_ins, FAN_CREATE, true);
        assert_drop_ins_come_back(link_drop_ins_away, FAN_CREATE, false);
        assert_drop_ins_come_back(file_for_drop_ins, FAN_CREATE, false);
}

static void test_directory_mode(void **state)
{
        struct fixture *fixture = *state;
        struct stat st;

        assert_int_equal(fchmodat(fixture->dir, "cron.service.d", 0777, 0), 0);
        settle(fixture, "cron.service.d", STRANGER, FAN_ATTRIB | FAN_ONDIR);
        assert_int_equal(only_record(fixture)->kind, RECORD_RESTORED);
        assert_int_equal(fstatat(fixture->dir, "cron.service.d", &st, 0), 0);
        assert_int_equal(st.st_mode & 07777, 0755);

        assert_int_equal(fchmod(fixture->dir, 0777), 0);
        settle(fixture, ".", STRANGER, FAN_ATTRIB | FAN_ONDIR);
        assert_int_equal(only_record(fixture)->kind, RECORD_RESTORED);
        assert_int_equal(fstat(fixture->dir, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0755);

        assert_int_equal(fchmod(fixture->dir, 0700), 0);
        settle(fixture, ".", FRIEND, FAN_ATTRIB | FAN_ONDIR);
        assert_int_equal(only_record(fixture)->kind, RECORD_ARRIVAL);
        assert_at_rest(fixture);
        assert_int_equal(fstat(fixture->dir, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0700);
}

static void test_directory_removed_by_a_friend(void **state)
{
        struct fixture *fixture = *state;

        remove_drop_ins(fixture->dir);
        settle(fixture, "cron.service.d", FRIEND, FAN_DELETE | FAN_ONDIR);
        assert_false(is_there(fixture->dir, "cron.service.d"));
        assert_null(subdirectory(fixture, "cron.service.d"));
        assert_false(in_ledger(fixture, "cron.service.d"));
        assert_false(in_ledger(fixture, "cron.service.d/10-harden.conf"));
        assert_at_rest(fixture);
}

/* In audit mode what is not undone is reported once, not each time somebody looks. */
static void test_audit_is_not_a_flood(void **state)
{
        struct fixture *fixture = *state;

        use_policy(fixture, MODE_AUDIT, FIXTURE_ZONES);
        assert_int_equal(fchmodat(fixture->dir, "cron.service.d", 0777, 0), 0);
        settle_all_of_it(fixture);
        assert_true(fixture->n_records >= 1);
        assert_at_rest(fixture);
}

/* Another directory at the path: for whoever walks the paths to find out. */
static void test_stale(void **state)
{
        struct fixture *fixture = *state;
        _cleanup_free_ char *away = format("%s/away", fixture_root);
        const struct cause cause = caused_by(fixture, STRANGER, FAN_CREATE);

        assert_int_equal(rename(fixture->units, away), 0);
        assert_int_equal(settle_name(&fixture->settler, units_directory(fixture), "x", &cause), -ESTALE);
        make("/etc/systemd/system");
        assert_int_equal(settle_name(&fixture->settler, units_directory(fixture), "x", &cause), -ESTALE);
}

/* As deep as a path can be: a user can make that in his home. */
static void test_deep(void **state)
{
        struct fixture *fixture = *state;
        int dir = dup(fixture->dir);
        size_t depth = (4096 - strlen(fixture->units) - 16) / 2;

        use_policy(fixture, MODE_AUDIT, FIXTURE_ZONES);
        for (size_t i = 0; i < depth; i++) {
                int below;

                assert_int_equal(mkdirat(dir, "d", 0755), 0);
                below = openat(dir, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                assert_true(below >= 0);
                (void)close(dir);
                dir = below;
        }
        (void)close(dir);
        const struct cause cause = caused_by(fixture, STRANGER, FAN_CREATE | FAN_ONDIR);
        (void)settle_name(&fixture->settler, units_directory(fixture), "d", &cause);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_directory_comes_back),
                cmocka_unit_test(test_directory_comes_back_from_under_a_link),
                test_on_authorised(test_directory_mode),
                test_on_authorised(test_directory_removed_by_a_friend),
                test_on_authorised(test_audit_is_not_a_flood),
                test_on_authorised(test_stale),
                test_on_authorised(test_deep),
        };

        return cmocka_run_group_tests_name("settle_directory", tests, NULL, NULL);
}
