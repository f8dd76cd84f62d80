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

int main(void)
{
        static const struct CMUnitTest tests[] = {
                test_on_authorised(test_operations),
        };

        return cmocka_run_group_tests_name("settle_transient", tests, NULL, NULL);
}
