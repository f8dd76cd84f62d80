/* What an administrator says about a name, with and without the policy's consent, in both modes. */
#include <fcntl.h>
#include <sys/stat.h>

#include "settle_authorised.h"

static struct authority authority_of(const struct fixture *fixture, enum person person)
{
        return (struct authority){ .source = "approve", .deed = "approved", .actor = fixture->people[person] };
}

static int authorise(struct fixture *fixture, const char *name, enum person person)
{
        const struct authority authority = authority_of(fixture, person);
        int r;

        forget_records(fixture);
        r = settle_authorise(&fixture->settler, units_directory(fixture), name, &authority);
        deliver(fixture);
        assert_null(fixture->settler.authority);
        return r;
}

static int take_back(struct fixture *fixture, const char *name)
{
        struct authority authority = authority_of(fixture, FRIEND);
        int r;

        authority.deed = "revoked";
        authority.verdict = (struct verdict){ OUTCOME_DENY, "approval" };
        forget_records(fixture);
        r = settle_revoke(&fixture->settler, units_directory(fixture), name, &authority);
        deliver(fixture);
        return r;
}

static void test_approve(void **state)
{
        struct fixture *fixture = *state;
        const struct record *record;

        use_policy(fixture, MODE_AUDIT, FIXTURE_ZONES);
        write_text(fixture->dir, "app.service", unit);
        settle(fixture, "app.service", STRANGER, FAN_CREATE);
        assert_int_equal(entry_of(fixture, "app.service")->state, ENTRY_TOLERATED);

        assert_int_equal(authorise(fixture, "app.service", STRANGER), -EPERM);
        record = only_record(fixture);
        assert_int_equal(record->kind, RECORD_CONTROL);
        assert_int_equal(record->operation, OPERATION_APPROVE);
        assert_int_equal(record->outcome, OUTCOME_DENY);
        assert_int_equal(record->mode, MODE_ENFORCE);
        assert_int_equal(entry_of(fixture, "app.service")->state, ENTRY_TOLERATED);
        assert_false(in_ledger(fixture, "app.service"));

        assert_int_equal(authorise(fixture, "app.service", FRIEND), 0);
        record = only_record(fixture);
        assert_int_equal(record->kind, RECORD_CONTROL);
        assert_int_equal(record->operation, OPERATION_APPROVE);
        assert_int_equal(record->outcome, OUTCOME_ALLOW);
        assert_string_equal(record->rule, "approval");
        assert_string_equal(record->message, "approved");
        assert_true(in_ledger(fixture, "app.service"));
        use_policy(fixture, MODE_ENFORCE, FIXTURE_ZONES);
        assert_at_rest(fixture);
        assert_true(is_there(fixture->dir, "app.service"));
}

/* Its author's note comes after the approval, and changes nothing about it. */
static void test_approve_before_the_note(void **state)
{
        struct fixture *fixture = *state;

        use_policy(fixture, MODE_AUDIT, FIXTURE_ZONES);
        write_text(fixture->dir, "app.service", unit);
        assert_int_equal(authorise(fixture, "app.service", FRIEND), 0);
        settle(fixture, "app.service", STRANGER, FAN_CREATE);
        assert_int_equal(fixture->n_records, 0);
        assert_int_equal(entry_of(fixture, "app.service")->state, ENTRY_AUTHORISED);
        assert_true(in_ledger(fixture, "app.service"));
}

/* Who looked at it did not see what its writer has still to write. */
static void test_approve_while_it_is_written(void **state)
{
        struct fixture *fixture = *state;
        _cleanup_close_ int writer = -1;

        use_policy(fixture, MODE_AUDIT, FIXTURE_ZONES);
        assert_int_equal(mkdirat(fixture->dir, "app.service.d", 0755), 0);
        write_text(fixture->dir, "app.service", unit);
        write_text(fixture->dir, "app.service.d/10-app.conf", unit);
        settle(fixture, "app.service", STRANGER, FAN_CREATE);
        settle(fixture, "app.service.d", STRANGER, FAN_CREATE);

        writer = openat(fixture->dir, "app.service", O_RDWR | O_CLOEXEC);
        assert_true(writer >= 0);
        assert_int_equal(authorise(fixture, "app.service", FRIEND), -ETXTBSY);
        assert_int_equal(entry_of(fixture, "app.service")->state, ENTRY_TOLERATED);
        assert_false(in_ledger(fixture, "app.service"));
        close_pointer(&writer);
        assert_int_equal(authorise(fixture, "app.service", FRIEND), 0);
        assert_true(in_ledger(fixture, "app.service"));

        writer = openat(fixture->dir, "app.service.d/10-app.conf", O_RDWR | O_CLOEXEC);
        assert_true(writer >= 0);
        assert_int_equal(authorise(fixture, "app.service.d", FRIEND), -ETXTBSY);
        assert_false(in_ledger(fixture, "app.service.d/10-app.conf"));
        close_pointer(&writer);
        assert_int_equal(authorise(fixture, "app.service.d", FRIEND), 0);
        assert_true(in_ledger(fixture, "app.service.d/10-app.conf"));
}

/* Between the rename into place and the look at it somebody may have been quicker. */
static void test_only_what_is_meant(void **state)
{
        struct fixture *fixture = *state;
        struct authority authority = authority_of(fixture, FRIEND);
        struct directory *directory = units_directory(fixture);
        struct digest digest;

        use_policy(fixture, MODE_AUDIT, FIXTURE_ZONES);
        digest_buffer(unit, strlen(unit), &digest);
        authority.digest = &digest;
        write_text(fixture->dir, "app.service", evil);
        assert_int_equal(settle_authorise(&fixture->settler, directory, "app.service", &authority), -ETXTBSY);
        assert_int_equal(unlinkat(fixture->dir, "app.service", 0), 0);
        assert_int_equal(symlinkat("/tmp/evil.service", fixture->dir, "app.service"), 0);
        assert_int_equal(settle_authorise(&fixture->settler, directory, "app.service", &authority), -ETXTBSY);
        assert_int_equal(unlinkat(fixture->dir, "cron.service", 0), 0);
        assert_int_equal(settle_authorise(&fixture->settler, directory, "cron.service", &authority), -ETXTBSY);
        plant_directory(fixture->dir, "app.service.d");
        assert_int_equal(settle_authorise(&fixture->settler, directory, "app.service.d", &authority), -ETXTBSY);
        deliver(fixture);
        assert_false(in_ledger(fixture, "app.service"));
        assert_true(in_ledger(fixture, "cron.service"));
        assert_false(in_ledger(fixture, "app.service.d/10-evil.conf"));

        authority = authority_of(fixture, FRIEND);
        authority.target = "cron.service";
        assert_int_equal(settle_authorise(&fixture->settler, directory, "app.service", &authority), -ETXTBSY);
        authority.target = "/tmp/evil.service";
        assert_int_equal(settle_authorise(&fixture->settler, directory, "app.service", &authority), 0);
        authority.target = NULL;
        authority.digest = &digest;
        write_text(fixture->dir, "good.service", unit);
        assert_int_equal(settle_authorise(&fixture->settler, directory, "good.service", &authority), 0);
        deliver(fixture);
        assert_true(in_ledger(fixture, "app.service"));
        assert_true(in_ledger(fixture, "good.service"));
}

static void test_approve_directory_and_removal(void **state)
{
        struct fixture *fixture = *state;

        use_policy(fixture, MODE_AUDIT, FIXTURE_ZONES);
        plant_directory(fixture->dir, "app.service.d");
        settle(fixture, "app.service.d", STRANGER, FAN_CREATE);
        assert_int_equal(unlinkat(fixture->dir, "cron.service", 0), 0);
        settle(fixture, "cron.service", STRANGER, FAN_DELETE);
        assert_true(in_ledger(fixture, "cron.service"));

        assert_int_equal(authorise(fixture, "app.service.d", FRIEND), 0);
        assert_true(in_ledger(fixture, "app.service.d"));
        assert_true(in_ledger(fixture, "app.service.d/10-evil.conf"));
        assert_int_equal(authorise(fixture, "cron.service", FRIEND), 0);
        assert_false(in_ledger(fixture, "cron.service"));
        assert_null(entry_of(fixture, "cron.service"));
}

static void test_revoke(void **state)
{
        struct fixture *fixture = *state;

        assert_int_equal(take_back(fixture, "nothing.service"), -ENOENT);
        assert_int_equal(take_back(fixture, "cron.service"), 0);
        assert_false(is_there(fixture->dir, "cron.service"));
        assert_false(in_ledger(fixture, "cron.service"));
        assert_null(entry_of(fixture, "cron.service"));
        assert_int_equal(n_in_quarantine(fixture), 1);
        assert_string_equal(only_record(fixture)->message, "revoked");
        assert_int_equal(take_back(fixture, "cron.service.d"), 0);
        assert_false(is_there(fixture->dir, "cron.service.d"));
        assert_false(in_ledger(fixture, "cron.service.d/10-harden.conf"));
        assert_null(subdirectory(fixture, "cron.service.d"));
        assert_at_rest(fixture);
}

/* An allowed actor's file too: the administrator's word counts more than how it came there. */
static void test_revoke_what_a_friend_wrote(void **state)
{
        struct fixture *fixture = *state;

        write_text(fixture->dir, "app.service", unit);
        settle(fixture, "app.service", FRIEND, FAN_CREATE);
        assert_true(in_ledger(fixture, "app.service"));
        assert_int_equal(take_back(fixture, "app.service"), 0);
        assert_false(is_there(fixture->dir, "app.service"));
        assert_at_rest(fixture);
}

static void test_revoke_in_audit_mode(void **state)
{
        struct fixture *fixture = *state;

        use_policy(fixture, MODE_AUDIT, FIXTURE_ZONES);
        assert_int_equal(take_back(fixture, "cron.service"), 0);
        assert_int_equal(take_back(fixture, "cron.service.d"), 0);
        assert_true(is_there(fixture->dir, "cron.service"));
        assert_false(in_ledger(fixture, "cron.service"));
        assert_false(in_ledger(fixture, "cron.service.d/10-harden.conf"));
        assert_int_equal(entry_of(fixture, "cron.service")->state, ENTRY_TOLERATED);
        assert_at_rest(fixture);
        use_policy(fixture, MODE_ENFORCE, FIXTURE_ZONES);
        settle_all_of_it(fixture);
        assert_false(is_there(fixture->dir, "cron.service"));
        assert_false(is_there(fixture->dir, "cron.service.d"));
}

static void test_take(void **state)
{
        struct fixture *fixture = *state;
        struct authority authority = authority_of(fixture, STRANGER);
        struct authority_count count;

        use_policy(fixture, MODE_AUDIT, FIXTURE_ZONES);
        write_text(fixture->dir, "a.service", unit);
        write_text(fixture->dir, "b.service", unit);
        settle_all_of_it(fixture);
        forget_records(fixture);

        count = settle_take(&fixture->settler, &authority, NULL);
        assert_int_equal(count.accepted, 0);
        assert_int_equal(count.refused, 2);
        deliver(fixture);
        assert_int_equal(only_record(fixture)->outcome, OUTCOME_DENY); /* one for both */
        assert_false(in_ledger(fixture, "a.service"));

        authority = authority_of(fixture, FRIEND);
        count = settle_take(&fixture->settler, &authority, NULL);
        assert_int_equal(count.accepted, 2);
        assert_int_equal(count.refused, 0);
        deliver(fixture);
        assert_true(in_ledger(fixture, "a.service"));
        assert_true(in_ledger(fixture, "b.service"));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                test_on_authorised(test_approve),
                test_on_authorised(test_approve_before_the_note),
                test_on_authorised(test_approve_while_it_is_written),
                test_on_authorised(test_only_what_is_meant),
                test_on_authorised(test_approve_directory_and_removal),
                test_on_authorised(test_revoke),
                test_on_authorised(test_revoke_what_a_friend_wrote),
                test_on_authorised(test_revoke_in_audit_mode),
                test_on_authorised(test_take),
        };

        return cmocka_run_group_tests_name("authority", tests, NULL, NULL);
}
