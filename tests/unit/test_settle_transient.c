/* What a manager makes in its own place, and on whose behalf. */
#include <fcntl.h>

#include "settle_authorised.h"

static struct directory *transient_directory(struct fixture *fixture)
{
        _cleanup_free_ char *path = format("%s/root/run/systemd/transient", fixture_root);
        struct directory *directory;

        assert_int_equal(make_directories(path, 0755), 0);
        resolve(fixture, FRIEND);
        directory = inventory_directory(&fixture->settler.inventory, path);
        assert_non_null(directory);
        assert_int_equal(directory->place, PLACE_TRANSIENT);
        return directory;
}

static void settle_for(struct fixture *fixture, struct directory *directory, const char *name, const char *client)
{
        const struct cause cause = { fixture->people[STRANGER], FAN_CREATE, client };

        forget_records(fixture);
        assert_int_equal(settle_name(&fixture->settler, directory, name, &cause), 0);
        deliver(fixture);
        assert_int_equal(fixture->n_records, 1);
}

/* Whatever it makes there is transient; what goes was removed. */
static void test_operations(void **state)
{
        struct fixture *fixture = *state;
        struct directory *directory = transient_directory(fixture);
        int dir = open(directory->path, O_PATH | O_DIRECTORY | O_CLOEXEC);

        fixture->people[STRANGER]->manager = true;
        write_text(dir, "run-1.timer", unit);
        assert_int_equal(mkdirat(dir, "cron.service.d", 0755), 0);
        settle_for(fixture, directory, "run-1.timer", NULL);
        assert_int_equal(fixture->records[0]->operation, OPERATION_TRANSIENT);
        assert_string_equal(fixture->records[0]->client, "");
        settle_for(fixture, directory, "cron.service.d", "systemctl");
        assert_int_equal(fixture->records[0]->operation, OPERATION_TRANSIENT);
        assert_string_equal(fixture->records[0]->unit, "cron.service");
        assert_string_equal(fixture->records[0]->client, "systemctl");

        settle_in(fixture, directory, "run-2.timer", FRIEND, FAN_CREATE);
        write_text(dir, "run-2.timer", unit);
        settle_in(fixture, directory, "run-2.timer", FRIEND, FAN_CREATE);
        assert_int_equal(unlinkat(dir, "run-2.timer", 0), 0);
        settle_for(fixture, directory, "run-2.timer", NULL);
        assert_int_equal(fixture->records[0]->operation, OPERATION_REMOVE);
        (void)close(dir);
}

/* A manager looks for links to remove until it finds none. */
static void test_manager_insists(void **state)
{
        static const char link[] = "multi-user.target.wants/cron.service";
        struct fixture *fixture = *state;
        struct directory *wants = subdirectory(fixture, "multi-user.target.wants");

        fixture->people[STRANGER]->manager = true;
        for (int i = 0; i < 2; i++) {
                assert_int_equal(unlinkat(fixture->dir, link, 0), 0);
                settle_in(fixture, wants, "cron.service", STRANGER, FAN_DELETE);
                assert_int_equal(fixture->n_records, i == 0);
                assert_int_equal(faccessat(fixture->dir, link, F_OK, AT_SYMLINK_NOFOLLOW), i == 0 ? 0 : -1);
        }
        assert_true(fixture->settler.n_pending > 0);
        settle_all_of_it(fixture);
        assert_target(fixture->dir, link, "../cron.service");

        /* So with a directory that it empties. Anybody else's removals come back as often as he likes. */
        for (int i = 0; i < 2; i++) {
                struct directory *directory = units_directory(fixture);

                (void)unlinkat(fixture->dir, link,
                               0); /* which it has removed just now, and may be still to come back */
                assert_int_equal(unlinkat(fixture->dir, "multi-user.target.wants", AT_REMOVEDIR), 0);
                settle_in(fixture, directory, "multi-user.target.wants", STRANGER, FAN_DELETE | FAN_ONDIR);
        }
        assert_int_equal(faccessat(fixture->dir, "multi-user.target.wants", F_OK, 0), -1);
        settle_all_of_it(fixture);
        assert_target(fixture->dir, link, "../cron.service");
        fixture->people[STRANGER]->manager = false;
        for (int i = 0; i < 3; i++) {
                assert_int_equal(unlinkat(fixture->dir, link, 0), 0);
                settle_in(fixture, wants, "cron.service", STRANGER, FAN_DELETE);
                assert_target(fixture->dir, link, "../cron.service");
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                test_on_authorised(test_operations),
                test_on_authorised(test_manager_insists),
        };

        return cmocka_run_group_tests_name("settle_transient", tests, NULL, NULL);
}
