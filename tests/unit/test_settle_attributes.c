/* Extended attributes of what is authorised: kept, noticed, put back. */
#include <sys/xattr.h>

#include "settle_authorised.h"

/* The unit and its drop-in directory have one when the baseline is taken. */
static int with_attributes(void **state)
{
        struct fixture *fixture;

        fixture_setup(state);
        fixture = *state;
        write_text(fixture->dir, "cron.service", unit);
        assert_int_equal(mkdirat(fixture->dir, "cron.service.d", 0755), 0);
        return 0;
}

static char *path_of(const struct fixture *fixture, const char *name)
{
        char *path = format("%s/%s", fixture->units, name);

        assert_non_null(path);
        return path;
}

static void set(const struct fixture *fixture, const char *name, const char *value)
{
        _cleanup_free_ char *path = path_of(fixture, name);

        if (setxattr(path, "user.note", value, strlen(value), 0) == 0)
                return;
        print_message("skipped: no user attributes on %s: %s\n", path, strerror(errno));
        skip();
}

static void clear(const struct fixture *fixture, const char *name, const char *attribute)
{
        _cleanup_free_ char *path = path_of(fixture, name);

        assert_int_equal(removexattr(path, attribute), 0);
}

static void assert_note(const struct fixture *fixture, const char *name, const char *expected)
{
        _cleanup_free_ char *path = path_of(fixture, name);
        char value[32] = "";
        ssize_t n = getxattr(path, "user.note", value, sizeof value - 1);

        assert_string_equal(n < 0 ? "none" : value, expected);
}

static void assert_restored(struct fixture *fixture, const char *name)
{
        settle(fixture, name, STRANGER, FAN_ATTRIB);
        assert_note(fixture, name, "authorised");
        assert_int_equal(only_record(fixture)->kind, RECORD_RESTORED);
        assert_at_rest(fixture);
}

static void test_come_back(void **state)
{
        static const char *const names[] = { "cron.service", "cron.service.d" };
        struct fixture *fixture = *state;

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                set(fixture, names[i], "authorised");
        take_baseline(fixture);
        assert_at_rest(fixture);
        for (unsigned twice = 0; twice < 2; twice++) {
                for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                        set(fixture, names[i], "changed");
                        assert_restored(fixture, names[i]);
                        clear(fixture, names[i], "user.note");
                        assert_restored(fixture, names[i]);
                }
                restart(fixture);
                assert_int_equal(fixture->n_records, 0);
        }
}

/* A file that comes back from its golden copy comes back with them. */
static void test_with_contents(void **state)
{
        struct fixture *fixture = *state;

        set(fixture, "cron.service", "authorised");
        take_baseline(fixture);
        assert_int_equal(unlinkat(fixture->dir, "cron.service", 0), 0);
        settle(fixture, "cron.service", STRANGER, FAN_DELETE);
        assert_text(fixture->dir, "cron.service", unit);
        assert_note(fixture, "cron.service", "authorised");
        assert_at_rest(fixture);
}

static void test_allowed_change(void **state)
{
        struct fixture *fixture = *state;

        take_baseline(fixture);
        set(fixture, "cron.service", "authorised");
        settle(fixture, "cron.service", FRIEND, FAN_ATTRIB);
        assert_int_equal(only_record(fixture)->outcome, OUTCOME_ALLOW);
        restart(fixture);
        set(fixture, "cron.service", "changed");
        assert_restored(fixture, "cron.service");
}

static void test_added_to_a_bare_one(void **state)
{
        struct fixture *fixture = *state;

        take_baseline(fixture);
        set(fixture, "cron.service", "planted");
        settle(fixture, "cron.service", STRANGER, FAN_ATTRIB);
        assert_note(fixture, "cron.service", "none");
        assert_int_equal(only_record(fixture)->kind, RECORD_RESTORED);
        assert_at_rest(fixture);
}

/* As a ledger of version 1 has it: some, and not known which. */
static void test_unknown_ones(void **state)
{
        struct fixture *fixture = *state;
        struct entry *entry;

        set(fixture, "cron.service", "whatever");
        take_baseline(fixture);
        entry = entry_of(fixture, "cron.service");
        assert_non_null(entry->attributes);
        free(steal_pointer(entry->attributes));
        set(fixture, "cron.service", "other");
        settle(fixture, "cron.service", STRANGER, FAN_ATTRIB);
        assert_note(fixture, "cron.service", "other");
        assert_int_equal(fixture->n_records, 0);
}

/* Audit mode leaves them, and says so once. */
static void test_audit(void **state)
{
        static const char *const names[] = { "cron.service", "cron.service.d" };
        struct fixture *fixture = *state;

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                set(fixture, names[i], "authorised");
        take_baseline(fixture);
        use_policy(fixture, MODE_AUDIT, FIXTURE_ZONES);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                set(fixture, names[i], "changed");
                settle(fixture, names[i], STRANGER, FAN_ATTRIB);
                assert_note(fixture, names[i], "changed");
                assert_int_equal(only_record(fixture)->outcome, OUTCOME_DENY);
                assert_at_rest(fixture);
                set(fixture, names[i], "and again");
                settle(fixture, names[i], STRANGER, FAN_ATTRIB);
                assert_int_equal(fixture->n_records, 1);
        }
        use_policy(fixture, MODE_ENFORCE, FIXTURE_ZONES);
        settle_all_of_it(fixture);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                assert_note(fixture, names[i], "authorised");
        assert_at_rest(fixture);
}

#define with(test) cmocka_unit_test_setup_teardown(test, with_attributes, fixture_teardown)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                with(test_come_back),           with(test_with_contents), with(test_allowed_change),
                with(test_added_to_a_bare_one), with(test_unknown_ones),  with(test_audit),
        };

        return cmocka_run_group_tests_name("settle attributes", tests, NULL, NULL);
}
