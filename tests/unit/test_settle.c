/* Settling what is still being written; what is authorised by hand; what is said once. */
#include <fcntl.h>

#include "settle_authorised.h"

/* Written in two goes, settled between and after them: at the end it is known as it is. */
static void test_unfinished(void **state)
{
        struct fixture *fixture = *state;
        struct digest digest;
        int fd = openat(fixture->dir, "new.service", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

        settle(fixture, "new.service", FRIEND, FAN_CREATE);
        assert_true(entry_of(fixture, "new.service")->unfinished);
        assert_int_equal(only_record(fixture)->outcome, OUTCOME_ALLOW);
        assert_int_equal(write_all(fd, unit, strlen(unit)), 0);
        settle(fixture, "new.service", FRIEND, FAN_MODIFY);
        assert_true(entry_of(fixture, "new.service")->unfinished);
        assert_int_equal(fixture->n_records, 0);
        assert_int_equal(close(fd), 0);

        /* Whoever closes it, and even if nobody is known. */
        settle(fixture, "new.service", NOBODY, FAN_CLOSE_WRITE);
        assert_false(entry_of(fixture, "new.service")->unfinished);
        digest_buffer(unit, strlen(unit), &digest);
        assert_memory_equal(&entry_of(fixture, "new.service")->digest, &digest, sizeof digest);

        write_text(fixture->dir, "new.service", evil);
        settle(fixture, "new.service", NOBODY, FAN_MODIFY);
        assert_text(fixture->dir, "new.service", unit);
        assert_at_rest(fixture);
}

/* dpkg writes NAME.dpkg-new and renames it. Looking around just then, before the rename was told of, is no reason to
 * take it as removed by nobody knows whom. */
static void test_unfinished_renamed(void **state)
{
        struct fixture *fixture = *state;
        int fd = openat(fixture->dir, "new.service.dpkg-new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

        settle(fixture, "new.service.dpkg-new", FRIEND, FAN_CREATE);
        assert_true(entry_of(fixture, "new.service.dpkg-new")->unfinished);
        assert_int_equal(write_all(fd, unit, strlen(unit)), 0);
        assert_int_equal(close(fd), 0);
        assert_int_equal(renameat(fixture->dir, "new.service.dpkg-new", fixture->dir, "new.service"), 0);

        fixture->settler.n_pending = 0;
        fixture->settler.patient = fixture->settler.forced = true;
        settle_all_of_it(fixture);
        fixture->settler.patient = fixture->settler.forced = false;
        assert_int_equal(fixture->n_records, 0);
        assert_true(fixture->settler.n_pending > 0);
        assert_int_equal(n_in_quarantine(fixture), 0);

        settle(fixture, "new.service.dpkg-new", FRIEND, FAN_MOVED_FROM);
        assert_null(entry_of(fixture, "new.service.dpkg-new"));
        settle(fixture, "new.service", FRIEND, FAN_MOVED_TO);
        assert_string_equal(only_record(fixture)->rule, "friends");
        assert_text(fixture->dir, "new.service", unit);
        assert_at_rest(fixture);
}

/* The last one to close it is a child that the policy does not know. */
static void test_unfinished_closed_by_another(void **state)
{
        struct fixture *fixture = *state;
        int fd = openat(fixture->dir, "new.service", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

        assert_int_equal(write_all(fd, unit, strlen(unit)), 0);
        settle(fixture, "new.service", FRIEND, FAN_CREATE);
        assert_true(entry_of(fixture, "new.service")->unfinished);
        assert_int_equal(close(fd), 0);
        settle(fixture, "new.service", STRANGER, FAN_CLOSE_WRITE);
        assert_text(fixture->dir, "new.service", unit);
        assert_false(entry_of(fixture, "new.service")->unfinished);
}

/* Quarantine lets the bytes land first. */
static void test_still_landing(void **state)
{
        struct fixture *fixture = *state;
        int fd = openat(fixture->dir, "evil.service", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

        settle(fixture, "evil.service", SUSPECT, FAN_CREATE);
        assert_int_equal(fixture->n_records, 0);
        assert_true(is_there(fixture->dir, "evil.service"));
        assert_int_equal(entry_of(fixture, "evil.service")->state, ENTRY_TOLERATED);
        assert_int_equal(fixture->settler.n_pending, 1);
        assert_int_equal(write_all(fd, evil, strlen(evil)), 0);
        assert_int_equal(close(fd), 0);
        settle(fixture, "evil.service", SUSPECT, FAN_CLOSE_WRITE);
        assert_string_equal(only_record(fixture)->rule, "suspects");
        assert_false(is_there(fixture->dir, "evil.service"));
        assert_null(entry_of(fixture, "evil.service"));

        fd = openat(fixture->dir, "evil.service", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        fixture->settler.forced = true;
        settle(fixture, "evil.service", SUSPECT, FAN_CREATE);
        assert_false(is_there(fixture->dir, "evil.service"));
        assert_int_equal(close(fd), 0);
}

static void test_authorise(void **state)
{
        static const struct authority authority = { .source = "approve", .verdict = { OUTCOME_ALLOW, "restore" } };
        struct fixture *fixture = *state;

        write_text(fixture->dir, "back.service", unit);
        assert_int_equal(settle_authorise(&fixture->settler, units_directory(fixture), "back.service", &authority), 0);
        deliver(fixture);
        assert_string_equal(only_record(fixture)->rule, "restore");
        assert_true(in_ledger(fixture, "back.service"));
        assert_null(fixture->settler.authority);
        assert_at_rest(fixture);
}

static void test_reported_once(void **state)
{
        struct fixture *fixture = *state;
        static const struct {
                enum person person;
                const char *path;
                enum outcome outcome;
                bool again;
        } cases[] = {
                { STRANGER, "/a", OUTCOME_DENY, false },  { STRANGER, "/a", OUTCOME_DENY, true },
                { STRANGER, "/a", OUTCOME_ALLOW, false }, { STRANGER, "/b", OUTCOME_DENY, false },
                { FRIEND, "/a", OUTCOME_DENY, false },    { NOBODY, "/a", OUTCOME_DENY, false },
                { NOBODY, "/a", OUTCOME_DENY, false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_int_equal(settle_was_reported(&fixture->settler, cases[i].path, fixture->people[cases[i].person],
                                                     cases[i].outcome),
                                 cases[i].again);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                test_on_authorised(test_unfinished),
                test_on_authorised(test_unfinished_renamed),
                test_on_authorised(test_unfinished_closed_by_another),
                test_on_authorised(test_still_landing),
                test_on_authorised(test_authorise),
                test_on_authorised(test_reported_once),
        };

        return cmocka_run_group_tests_name("settle", tests, NULL, NULL);
}
