/* Settling what is done to something authorised: undone, accepted or tolerated. */
#include <fcntl.h>
#include <sys/xattr.h>

#include "settle_authorised.h"

static void change_contents(int dir)
{
        write_text(dir, "cron.service", evil);
}

static void change_empty(int dir)
{
        write_text(dir, "cron.service", "");
}

static void change_mode(int dir)
{
        assert_int_equal(fchmodat(dir, "cron.service", 0666, 0), 0);
}

static void change_remove(int dir)
{
        assert_int_equal(unlinkat(dir, "cron.service", 0), 0);
}

static void change_contents_same_size(int dir)
{
        char same[] = "[Service]\nExecStart=/bin/evil\n";

        assert_int_equal(strlen(same), strlen(unit));
        write_text(dir, "cron.service", same);
}

static void change_replace(int dir)
{
        write_text(dir, "new", evil);
        assert_int_equal(renameat(dir, "new", dir, "cron.service"), 0);
}

static void change_to_mask(int dir)
{
        change_remove(dir);
        assert_int_equal(symlinkat("/dev/null", dir, "cron.service"), 0);
}

static void change_to_fifo(int dir)
{
        assert_int_equal(mkfifoat(dir, "new", 0644), 0);
        assert_int_equal(renameat(dir, "new", dir, "cron.service"), 0);
}

static void change_to_directory(int dir)
{
        change_remove(dir);
        assert_int_equal(mkdirat(dir, "cron.service", 0755), 0);
}

static void change_attribute(int dir)
{
        _cleanup_close_ int fd = openat(dir, "cron.service", O_RDONLY | O_CLOEXEC);

        assert_int_equal(fsetxattr(fd, "user.evil", "1", 1, 0), 0);
}

static const struct tampering {
        const char *what;
        void (*change)(int dir);
        uint64_t mask;
        enum operation operation;
        bool evidence; /* there is something to take */
} tamperings[] = {
        { "contents", change_contents, FAN_MODIFY, OPERATION_MODIFY, true },
        { "as many bytes", change_contents_same_size, FAN_MODIFY, OPERATION_MODIFY, true },
        { "emptied", change_empty, FAN_MODIFY, OPERATION_MODIFY, true },
        { "mode", change_mode, FAN_ATTRIB, OPERATION_MODIFY, false },
        { "attribute", change_attribute, FAN_ATTRIB, OPERATION_MODIFY, false },
        { "removed", change_remove, FAN_DELETE, OPERATION_REMOVE, false },
        { "replaced", change_replace, FAN_MOVED_TO, OPERATION_RENAME, true },
        { "masked", change_to_mask, FAN_CREATE, OPERATION_MASK, true },
        { "FIFO", change_to_fifo, FAN_MOVED_TO, OPERATION_RENAME, true },
        { "directory", change_to_directory, FAN_CREATE | FAN_ONDIR, OPERATION_CREATE, true },
};

static struct fixture *tamper(void **state, const struct tampering *tampering, enum mode mode, enum person person)
{
        struct fixture *fixture;

        authorised_setup(state);
        fixture = *state;
        use_policy(fixture, mode, FIXTURE_ZONES);
        tampering->change(fixture->dir);
        settle(fixture, "cron.service", person, tampering->mask);
        return fixture;
}

static void test_restored(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(tamperings); i++)
                for (enum person person = NOBODY; person < PERSON_COUNT_; person++) {
                        struct fixture *fixture;
                        bool is_last;

                        if (person == FRIEND)
                                continue;
                        fixture = tamper(state, &tamperings[i], MODE_ENFORCE, person);
                        /* A directory is one arrival; that the file is missing is found afterwards. */
                        if (tamperings[i].mask & FAN_ONDIR) {
                                assert_int_equal(only_record(fixture)->kind, RECORD_ARRIVAL);
                                settle(fixture, "cron.service", person, FAN_DELETE);
                        }
                        is_last = (tamperings[i].mask & FAN_ONDIR) == 0;
                        assert_whole(fixture);
                        assert_int_equal(only_record(fixture)->kind, RECORD_RESTORED);
                        assert_string_equal(operation_name(fixture->records[0]->operation),
                                            operation_name(is_last ? tamperings[i].operation : OPERATION_REMOVE));
                        assert_int_equal(n_in_quarantine(fixture), tamperings[i].evidence);
                        assert_int_equal(fixture->settler.n_restored, 1);
                        assert_false(is_there(fixture->dir, ".unitward-restore.tmp"));
                        assert_at_rest(fixture);
                        fixture_teardown(state);
                }
}

/* What was authorised a moment ago comes back, although its golden copy is not stored yet: a recorder that waits for
 * its disk, or has just started and has what the last daemon accepted before it. */
static void test_restored_before_it_is_stored(void **state)
{
        static const char fresh[] = "[Service]\nExecStart=/bin/fresh\n";
        struct fixture *fixture = *state;
        const struct cause friend = caused_by(fixture, FRIEND, FAN_CREATE), stranger = caused_by(fixture, STRANGER, 0);

        write_text(fixture->dir, "new.service", fresh);
        assert_int_equal(settle_name(&fixture->settler, units_directory(fixture), "new.service", &friend), 0);
        assert_int_equal(unlinkat(fixture->dir, "new.service", 0), 0);
        assert_int_equal(settle_name(&fixture->settler, units_directory(fixture), "new.service", &stranger), 0);
        assert_text(fixture->dir, "new.service", fresh);
        assert_int_equal(fixture->settler.n_problems, 0);
        deliver(fixture);
        assert_at_rest(fixture);
}

static void test_allowed_change(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(tamperings); i++) {
                struct fixture *fixture = tamper(state, &tamperings[i], MODE_ENFORCE, FRIEND);
                bool removed = tamperings[i].operation == OPERATION_REMOVE;
                const struct entry *entry = entry_of(fixture, "cron.service");

                assert_int_equal(n_in_quarantine(fixture), 0);
                assert_int_equal(is_there(fixture->dir, "cron.service"), !removed);
                assert_int_equal(in_ledger(fixture, "cron.service"), !removed);
                assert_true(!entry || entry->state == ENTRY_AUTHORISED);
                assert_string_equal(only_record(fixture)->rule, "friends");
                assert_at_rest(fixture);
                assert_int_equal(n_in_quarantine(fixture), 0);
                fixture_teardown(state);
        }
}

/* Audit mode changes nothing, and enforce mode then wants back what it knows. */
static void test_audit_then_enforce(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(tamperings); i++) {
                struct fixture *fixture = tamper(state, &tamperings[i], MODE_AUDIT, STRANGER);

                assert_int_equal(only_record(fixture)->kind, RECORD_ARRIVAL);
                assert_int_equal(fixture->records[0]->outcome, OUTCOME_DENY);
                assert_int_equal(n_in_quarantine(fixture), 0);
                assert_true(in_ledger(fixture, "cron.service"));

                use_policy(fixture, MODE_ENFORCE, FIXTURE_ZONES);
                settle_all_of_it(fixture);
                if (!(tamperings[i].mask & FAN_ONDIR))
                        assert_whole(fixture);
                fixture_teardown(state);
        }
}

/* The owner is root's to change. */
static void test_owner(void **state)
{
        struct fixture *fixture = *state;
        struct stat st;

        if (geteuid() != 0) {
                print_message("skipped: only root gives files away\n");
                skip();
        }
        assert_int_equal(fchownat(fixture->dir, "cron.service", 65534, 65534, 0), 0);
        settle(fixture, "cron.service", STRANGER, FAN_ATTRIB);
        assert_whole(fixture);
        assert_int_equal(fstatat(fixture->dir, "cron.service", &st, 0), 0);
        assert_int_equal(st.st_uid, 0);
        assert_int_equal(st.st_gid, 0);
}

/* Same contents, another look: nothing to decide. */
static void test_touch(void **state)
{
        struct fixture *fixture = *state;
        struct signature before = entry_of(fixture, "cron.service")->signature;

        assert_int_equal(utimensat(fixture->dir, "cron.service", NULL, 0), 0);
        settle(fixture, "cron.service", STRANGER, FAN_ATTRIB);
        assert_int_equal(fixture->n_records, 0);
        assert_false(signature_equal(&before, &entry_of(fixture, "cron.service")->signature));

        write_text(fixture->dir, "new", unit);
        assert_int_equal(renameat(fixture->dir, "new", fixture->dir, "cron.service"), 0);
        settle(fixture, "cron.service", STRANGER, FAN_MOVED_TO);
        assert_int_equal(fixture->n_records, 0);
        assert_whole(fixture);
}

static void test_link_restored(void **state)
{
        struct fixture *fixture = *state;
        struct directory *wants = subdirectory(fixture, "multi-user.target.wants");

        assert_int_equal(unlinkat(fixture->dir, "multi-user.target.wants/cron.service", 0), 0);
        settle_in(fixture, wants, "cron.service", STRANGER, FAN_DELETE);
        assert_target(fixture->dir, "multi-user.target.wants/cron.service", "../cron.service");

        assert_int_equal(unlinkat(fixture->dir, "multi-user.target.wants/cron.service", 0), 0);
        assert_int_equal(symlinkat("/tmp/evil", fixture->dir, "multi-user.target.wants/cron.service"), 0);
        settle_in(fixture, wants, "cron.service", STRANGER, FAN_CREATE);
        assert_target(fixture->dir, "multi-user.target.wants/cron.service", "../cron.service");
        assert_int_equal(n_in_quarantine(fixture), 1);
        assert_at_rest(fixture);
}

/* In a zone that is not restored what was removed stays removed. */
static void test_not_restored(void **state)
{
        static const char zones[] = "units: { preset = \"system-units\"; root = \"" ROOT "\"; restore = false; };";
        struct fixture *fixture = *state;

        use_policy(fixture, MODE_ENFORCE, zones);
        resolve(fixture, NOBODY);
        assert_int_equal(unlinkat(fixture->dir, "cron.service", 0), 0);
        settle(fixture, "cron.service", STRANGER, FAN_DELETE);
        assert_int_equal(only_record(fixture)->kind, RECORD_ARRIVAL);
        assert_false(is_there(fixture->dir, "cron.service"));
        assert_null(entry_of(fixture, "cron.service"));
        assert_false(in_ledger(fixture, "cron.service"));
        assert_at_rest(fixture);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_restored),
                cmocka_unit_test(test_allowed_change),
                cmocka_unit_test(test_audit_then_enforce),
                test_on_authorised(test_restored_before_it_is_stored),
                test_on_authorised(test_owner),
                test_on_authorised(test_touch),
                test_on_authorised(test_link_restored),
                test_on_authorised(test_not_restored),
        };

        return cmocka_run_group_tests_name("settle_tampering", tests, NULL, NULL);
}
