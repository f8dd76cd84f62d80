/* The territory: which directories the policy means on this disk, however they come, go and are replaced. */
#include <fcntl.h>
#include <sys/xattr.h>

#include "settle_fixture.h"

static const char unit[] = "[Service]\nExecStart=/bin/true\n";

static struct directory *directory_at(struct fixture *fixture, const char *path)
{
        _cleanup_free_ char *full = under_root(path);

        return inventory_directory(&fixture->settler.inventory, full);
}

static int authorised_setup(void **state)
{
        struct fixture *fixture;

        fixture_setup(state);
        fixture = *state;
        write_text(fixture->dir, "cron.service", unit);
        assert_int_equal(mkdirat(fixture->dir, "cron.service.d", 0755), 0);
        write_text(fixture->dir, "cron.service.d/10.conf", unit);
        take_baseline(fixture);
        return 0;
}

static void test_walk(void **state)
{
        struct fixture *fixture = *state;
        struct directory *above = directory_at(fixture, "/etc/systemd"), *units = units_directory(fixture);

        assert_true(units->is_root && units->present && units->restore && units->authorised);
        assert_int_equal(units->place, PLACE_UNITS);
        assert_non_null(above);
        assert_int_equal(above->place, PLACE_PARENT);
        assert_true(above->present);
        assert_ptr_equal(units->parent, above);
        assert_non_null(inventory_interest(above, "system"));
        assert_null(inventory_interest(above, "journald.conf"));
        assert_non_null(inventory_directory(&fixture->settler.inventory, "/"));
        assert_null(directory_at(fixture, "/run/systemd/system"));
}

/* A place that the policy names is welcome when it appears; what is in it is decided. */
static void test_appears(void **state)
{
        struct fixture *fixture = *state;
        _cleanup_free_ char *file = under_root("/run/systemd/system/evil.service");
        struct directory *directory;

        make("/run/systemd/transient");
        make("/run/systemd/system");
        write_text(AT_FDCWD, file, unit);
        resolve(fixture, STRANGER);
        directory = directory_at(fixture, "/run/systemd/system");
        assert_non_null(directory);
        assert_true(directory->authorised && directory->present);
        assert_false(is_there(AT_FDCWD, file));
        assert_int_equal(n_in_quarantine(fixture), 1);
        directory = directory_at(fixture, "/run/systemd/transient");
        assert_int_equal(directory->place, PLACE_TRANSIENT);
        assert_false(directory->restore);
        assert_at_rest(fixture);
}

static void units_removed(const char *units)
{
        scratch_remove(units);
}

static void units_moved(const char *units)
{
        _cleanup_free_ char *away = format("%s/away", fixture_root);

        assert_int_equal(rename(units, away), 0);
}

static void units_linked(const char *units)
{
        _cleanup_free_ char *away = format("%s/away", fixture_root);

        units_moved(units);
        assert_int_equal(symlink(away, units), 0);
}

static void units_replaced(const char *units)
{
        _cleanup_free_ char *evil = format("%s/evil.service", units);

        units_moved(units);
        assert_int_equal(mkdir(units, 0777), 0);
        write_text(AT_FDCWD, evil, "evil");
}

static void units_became_a_file(const char *units)
{
        units_moved(units);
        write_text(AT_FDCWD, units, "");
}

static void parents_removed(const char *units)
{
        _cleanup_free_ char *etc = under_root("/etc");

        (void)units;
        scratch_remove(etc);
}

static void test_root_comes_back(void **state)
{
        static void (*const changes[])(const char *units) = {
                units_removed, units_moved, units_linked, units_replaced, units_became_a_file, parents_removed,
        };

        for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
                struct fixture *fixture;
                _cleanup_close_ int dir = -1;
                struct stat st;

                authorised_setup(state);
                fixture = *state;
                changes[i](fixture->units);
                resolve(fixture, STRANGER);
                assert_true(fixture->n_records > 0);
                assert_int_equal(lstat(fixture->units, &st), 0);
                assert_int_equal(st.st_mode, S_IFDIR | 0755);
                dir = open(fixture->units, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                assert_text(dir, "cron.service", unit);
                assert_text(dir, "cron.service.d/10.conf", unit);
                assert_false(is_there(dir, "evil.service"));
                assert_true(units_directory(fixture)->present);
                assert_at_rest(fixture);
                forget_records(fixture);
                resolve(fixture, NOBODY);
                assert_int_equal(fixture->n_records, 0);
                fixture_teardown(state);
        }
}

static void test_root_removed_by_a_friend(void **state)
{
        struct fixture *fixture = *state;

        scratch_remove(fixture->units);
        resolve(fixture, FRIEND);
        assert_false(is_there(AT_FDCWD, fixture->units));
        assert_false(in_ledger(fixture, "cron.service"));
        assert_false(units_directory(fixture)->authorised);
        forget_records(fixture);
        resolve(fixture, NOBODY);
        assert_int_equal(fixture->n_records, 0);
}

/* ---- Restarts --------------------------------------------------------------------------------------------- */

static void test_restart_unchanged(void **state)
{
        struct fixture *fixture = *state;

        restart(fixture);
        assert_int_equal(fixture->n_records, 0);
        assert_int_equal(fixture->settler.inventory.n_authorised, 2);
        assert_int_equal(entry_of(fixture, "cron.service")->zone, 0);
        assert_int_equal(subdirectory(fixture, "cron.service.d")->place, PLACE_DROPINS);
        assert_at_rest(fixture);
}

static void test_restart_after_changes(void **state)
{
        struct fixture *fixture = *state;

        write_text(fixture->dir, "cron.service", "evil");
        assert_int_equal(unlinkat(fixture->dir, "cron.service.d/10.conf", 0), 0);
        assert_int_equal(unlinkat(fixture->dir, "cron.service.d", AT_REMOVEDIR), 0);
        assert_int_equal(symlinkat("/dev/null", fixture->dir, "ssh.service"), 0);
        restart(fixture);
        assert_text(fixture->dir, "cron.service", unit);
        assert_text(fixture->dir, "cron.service.d/10.conf", unit);
        assert_false(is_there(fixture->dir, "ssh.service"));
        assert_true(fixture->n_records >= 3);
        for (size_t i = 0; i < fixture->n_records; i++)
                assert_int_equal(fixture->records[i]->kind, RECORD_GAP);
        assert_at_rest(fixture);
}

/* What was authorised with its extended attributes keeps them. */
static void test_restart_keeps_attributes(void **state)
{
        struct fixture *fixture = *state;
        _cleanup_close_ int fd = openat(fixture->dir, "cron.service", O_RDONLY | O_CLOEXEC);
        char value;

        if (fsetxattr(fd, "user.kept", "1", 1, 0) < 0) {
                print_message("skipped: no extended attributes here: %s\n", strerror(errno));
                skip();
        }
        assert_int_equal(fsetxattr(fixture->dir, "user.kept", "1", 1, 0), 0);
        settle(fixture, "cron.service", FRIEND, FAN_ATTRIB);
        settle(fixture, ".", FRIEND, FAN_ATTRIB | FAN_ONDIR);
        assert_at_rest(fixture);
        restart(fixture);
        assert_int_equal(fgetxattr(fd, "user.kept", &value, 1), 1);
        assert_int_equal(fgetxattr(fixture->dir, "user.kept", &value, 1), 1);
}

/* ---- Other policies ------------------------------------------------------------------------------------------ */

#define OTHER_ZONE "other: { paths = [ \"" ROOT "/opt/other/\" ]; };"
#define FILE_ZONE "table: { files = [ \"" ROOT "/etc/crontab\" ]; };"

static void settle_policy(struct fixture *fixture, const char *zones)
{
        const struct cause nobody = { .actor = NULL };

        use_policy(fixture, MODE_ENFORCE, zones);
        forget_records(fixture);
        assert_int_equal(territory_renew(&fixture->settler, &nobody), 0);
        resolve(fixture, NOBODY);
}

/* Zones in another order: the same directories, by their new numbers. */
static void test_renumbered(void **state)
{
        struct fixture *fixture = *state;

        settle_policy(fixture, OTHER_ZONE FIXTURE_ZONES);
        assert_int_equal(fixture->n_records, 0);
        assert_int_equal(units_directory(fixture)->zone, 1);
        assert_int_equal(entry_of(fixture, "cron.service")->zone, 1);
        assert_int_equal(inventory_entry(subdirectory(fixture, "cron.service.d"), "10.conf")->zone, 1);
        write_text(fixture->dir, "cron.service", "evil");
        settle(fixture, "cron.service", STRANGER, FAN_MODIFY);
        assert_string_equal(only_record(fixture)->zone, "units");
        assert_at_rest(fixture);
}

static void test_zone_released(void **state)
{
        struct fixture *fixture = *state;
        _cleanup_free_ char *file = under_root("/opt/other/file");

        make("/opt/other");
        settle_policy(fixture, FIXTURE_ZONES OTHER_ZONE);
        assert_true(directory_at(fixture, "/opt/other")->is_root);
        settle_policy(fixture, FIXTURE_ZONES);
        assert_null(directory_at(fixture, "/opt/other"));
        write_text(AT_FDCWD, file, unit);
        resolve(fixture, STRANGER);
        assert_true(is_there(AT_FDCWD, file));
        assert_at_rest(fixture);
}

/* A single file: authorised, restored, and let go with its zone. */
static void test_file(void **state)
{
        struct fixture *fixture = *state;
        _cleanup_free_ char *file = under_root("/etc/crontab");
        struct inventory_facts facts;
        struct signature signature;
        struct stat st;

        write_text(AT_FDCWD, file, unit);
        use_policy(fixture, MODE_ENFORCE, FIXTURE_ZONES FILE_ZONE);
        take_baseline(fixture);
        write_text(AT_FDCWD, file, "evil");
        resolve(fixture, STRANGER); /* who made us walk has not written it: that is told of by itself */
        assert_text(AT_FDCWD, file, "evil");
        assert_true(fixture->settler.n_pending > 0);
        fixture->settler.gap = true;
        resolve(fixture, NOBODY);
        assert_text(AT_FDCWD, file, unit);
        assert_int_equal(unlink(file), 0);
        resolve(fixture, NOBODY);
        assert_text(AT_FDCWD, file, unit);
        fixture->settler.gap = false;

        settle_policy(fixture, FIXTURE_ZONES);
        assert_int_equal(stat(file, &st), 0);
        signature = signature_of(&st);
        inventory_find(&fixture->settler.inventory, &signature, &facts);
        assert_false(facts.found);
}

/* A path is taken out of a zone that stays. */
static void test_path_released(void **state)
{
        struct fixture *fixture = *state;
        _cleanup_free_ char *file = under_root("/opt/more/file");

        make("/opt/other");
        make("/opt/more");
        settle_policy(fixture,
                      FIXTURE_ZONES "other: { paths = [ \"" ROOT "/opt/other/\", \"" ROOT "/opt/more/\" ]; };");
        assert_true(directory_at(fixture, "/opt/more")->is_root);
        settle_policy(fixture, FIXTURE_ZONES OTHER_ZONE);
        assert_int_equal(fixture->n_records, 0);
        write_text(AT_FDCWD, file, unit);
        settle_all_of_it(fixture);
        assert_true(is_there(AT_FDCWD, file));
}

/* A zone's own "restore" holds for its files too. */
static void test_file_not_restored(void **state)
{
        struct fixture *fixture = *state;
        _cleanup_free_ char *file = under_root("/etc/crontab");

        write_text(AT_FDCWD, file, unit);
        use_policy(fixture, MODE_ENFORCE, "table: { files = [ \"" ROOT "/etc/crontab\" ]; restore = false; };");
        take_baseline(fixture);
        assert_int_equal(unlink(file), 0);
        resolve(fixture, STRANGER);
        assert_false(is_there(AT_FDCWD, file));
}

/* A pattern: every home there is, and every one that comes. */
static void test_pattern(void **state)
{
        struct fixture *fixture = *state;

        make("/home/alice/.units");
        settle_policy(fixture, "homes: { paths = [ \"" ROOT "/home/*/.units/\" ]; };" FIXTURE_ZONES);
        assert_non_null(directory_at(fixture, "/home/alice/.units"));
        make("/home/bob/.units");
        make("/home/.hidden/.units");
        resolve(fixture, NOBODY);
        assert_non_null(directory_at(fixture, "/home/bob/.units"));
        assert_null(directory_at(fixture, "/home/.hidden/.units"));
}

#define test_on_authorised(test) cmocka_unit_test_setup_teardown(test, authorised_setup, fixture_teardown)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                test_on_authorised(test_walk),
                test_on_authorised(test_appears),
                cmocka_unit_test(test_root_comes_back),
                test_on_authorised(test_root_removed_by_a_friend),
                test_on_authorised(test_restart_unchanged),
                test_on_authorised(test_restart_after_changes),
                test_on_authorised(test_restart_keeps_attributes),
                test_on_authorised(test_renumbered),
                test_on_authorised(test_zone_released),
                test_on_authorised(test_file),
                test_on_authorised(test_path_released),
                test_on_fixture(test_file_not_restored),
                test_on_authorised(test_pattern),
        };

        return cmocka_run_group_tests_name("territory", tests, NULL, NULL);
}
