/* Settling what cannot be taken: no room for evidence, an immutable directory, no golden copy. */
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "settle_authorised.h"

static void fill(int dir, const char *name)
{
        static const char block[1u << 16];
        _cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

        for (int i = 0; i < 24; i++)
                assert_int_equal(write_all(fd, block, sizeof block), 0);
}

static void set_limits(struct fixture *fixture, uint64_t bytes, enum quarantine_full when_full)
{
        const struct quarantine_limits limits = { bytes, 1u << 20, when_full };

        quarantine_set_limits(fixture->settler.quarantine, &limits);
}

static void set_limit(struct fixture *fixture, uint64_t bytes)
{
        set_limits(fixture, bytes, QUARANTINE_FULL_KEEP);
}

static void test_full_quarantine(void **state)
{
        struct fixture *fixture = *state;
        const struct entry *entry;

        set_limit(fixture, 1u << 20);
        fill(fixture->dir, "evil.service");
        settle(fixture, "evil.service", STRANGER, FAN_CREATE);
        entry = entry_of(fixture, "evil.service");
        assert_non_null(entry);
        assert_int_equal(entry->state, ENTRY_TOLERATED);
        assert_false(entry->expected);
        assert_true(is_there(fixture->dir, "evil.service"));
        assert_false(in_ledger(fixture, "evil.service"));
        assert_int_equal(fixture->settler.n_pending, 1);
        assert_int_equal(fixture->settler.n_problems, 1);
        assert_int_equal(fixture->n_records, 2); /* the problem and the arrival */

        /* Tried again quietly, until there is room. */
        fixture->settler.n_pending = 0;
        assert_at_rest(fixture);
        assert_int_equal(fixture->settler.n_pending, 1);
        set_limit(fixture, 64u << 20);
        fixture->settler.n_pending = 0;
        settle_all_of_it(fixture);
        assert_int_equal(fixture->settler.n_pending, 0);
        assert_false(is_there(fixture->dir, "evil.service"));
        assert_null(entry_of(fixture, "evil.service"));
        assert_int_equal(n_in_quarantine(fixture), 1);
}

static void test_full_quarantine_link(void **state)
{
        struct fixture *fixture = *state;

        set_limit(fixture, 0);
        assert_int_equal(symlinkat("/tmp/evil", fixture->dir, "evil.service"), 0);
        settle(fixture, "evil.service", STRANGER, FAN_CREATE);
        assert_false(is_there(fixture->dir, "evil.service"));
        assert_null(entry_of(fixture, "evil.service"));
        assert_int_equal(only_record(fixture)->kind, RECORD_PROBLEM);
        assert_int_equal(n_in_quarantine(fixture), 0);

        /* In the place of something authorised: that comes back with the next try. */
        assert_int_equal(unlinkat(fixture->dir, "cron.service", 0), 0);
        assert_int_equal(symlinkat("/dev/null", fixture->dir, "cron.service"), 0);
        settle(fixture, "cron.service", STRANGER, FAN_CREATE);
        assert_true(fixture->settler.n_pending > 0);
        settle_all_of_it(fixture);
        assert_whole(fixture);
}

static void test_full_quarantine_directory(void **state)
{
        struct fixture *fixture = *state;

        set_limit(fixture, 0);
        plant_directory(fixture->dir, "ssh.service.d");
        assert_int_equal(symlinkat("/tmp/evil", fixture->dir, "ssh.service.d/20-evil.conf"), 0);
        settle(fixture, "ssh.service.d", STRANGER, FAN_CREATE | FAN_ONDIR);
        assert_true(fixture->settler.n_pending > 0);
        assert_false(subdirectory(fixture, "ssh.service.d")->authorised);
        assert_int_equal(inventory_entry(subdirectory(fixture, "ssh.service.d"), "10-evil.conf")->state,
                         ENTRY_TOLERATED);
        assert_false(is_there(fixture->dir, "ssh.service.d/20-evil.conf"));

        set_limit(fixture, 64u << 20);
        fixture->settler.n_pending = 0;
        settle_all_of_it(fixture);
        assert_false(is_there(fixture->dir, "ssh.service.d/10-evil.conf"));
        assert_int_equal(fixture->settler.n_pending, 0);
}

static void test_described(void **state)
{
        struct fixture *fixture = *state;
        struct digest digest;

        set_limits(fixture, 0, QUARANTINE_FULL_DESCRIBE);
        write_text(fixture->dir, "evil.service", evil);
        settle(fixture, "evil.service", STRANGER, FAN_CREATE);
        assert_false(is_there(fixture->dir, "evil.service"));
        assert_null(entry_of(fixture, "evil.service"));
        digest_buffer(evil, strlen(evil), &digest);
        assert_true(only_record(fixture)->unkept.is);
        assert_int_equal(only_record(fixture)->unkept.size, strlen(evil));
        assert_memory_equal(&only_record(fixture)->unkept.digest, &digest, sizeof digest);
        assert_int_equal(n_in_quarantine(fixture), 0);
        assert_int_equal(fixture->settler.n_pending, 0);

        /* In the place of something authorised: that is back at once. */
        write_text(fixture->dir, "cron.service", evil);
        settle(fixture, "cron.service", STRANGER, FAN_MODIFY);
        assert_whole(fixture);
}

static void test_described_directory(void **state)
{
        struct fixture *fixture = *state;

        set_limits(fixture, 0, QUARANTINE_FULL_DESCRIBE);
        plant_directory(fixture->dir, "ssh.service.d");
        settle(fixture, "ssh.service.d", STRANGER, FAN_CREATE | FAN_ONDIR);
        assert_false(is_there(fixture->dir, "ssh.service.d"));
        assert_null(subdirectory(fixture, "ssh.service.d"));
        assert_int_equal(fixture->settler.n_unkept, 1);
}

/* chattr +i on the directory stops even root's rename and unlink. */
static bool set_immutable(int dir, bool immutable)
{
        int flags = 0;

        if (ioctl(dir, FS_IOC_GETFLAGS, &flags) < 0)
                return false;
        flags = immutable ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
        return ioctl(dir, FS_IOC_SETFLAGS, &flags) == 0;
}

static void test_immutable_directory(void **state)
{
        struct fixture *fixture = *state;
        bool link_gone, file_gone, unit_back;

        write_text(fixture->dir, "evil.service", evil);
        assert_int_equal(symlinkat("/tmp/evil", fixture->dir, "evil.timer"), 0);
        assert_int_equal(unlinkat(fixture->dir, "cron.service", 0), 0);
        if (!set_immutable(fixture->dir, true)) {
                print_message("skipped: no chattr +i here: %s\n", strerror(errno));
                skip();
        }
        settle_all_of_it(fixture);
        file_gone = !is_there(fixture->dir, "evil.service");
        link_gone = !is_there(fixture->dir, "evil.timer");
        unit_back = is_there(fixture->dir, "cron.service");
        (void)set_immutable(fixture->dir, false);
        assert_true(file_gone);
        assert_true(link_gone);
        assert_true(unit_back);
}

/* No golden copy: said, and what was put there is gone all the same. */
static void test_no_golden_copy(void **state)
{
        struct fixture *fixture = *state;
        _cleanup_free_ char *golden = format("%s/state/golden", fixture_root);

        scratch_remove(golden);
        write_text(fixture->dir, "cron.service", evil);
        settle(fixture, "cron.service", STRANGER, FAN_MODIFY);
        assert_int_equal(only_record(fixture)->kind, RECORD_PROBLEM);
        assert_false(is_there(fixture->dir, "cron.service"));
        assert_int_equal(fixture->settler.n_pending, 1);
        assert_int_equal(n_in_quarantine(fixture), 1);
        assert_true(entry_of(fixture, "cron.service")->expected);
        assert_true(in_ledger(fixture, "cron.service"));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                test_on_authorised(test_full_quarantine),
                test_on_authorised(test_full_quarantine_link),
                test_on_authorised(test_full_quarantine_directory),
                test_on_authorised(test_described),
                test_on_authorised(test_described_directory),
                test_on_authorised(test_immutable_directory),
                test_on_authorised(test_no_golden_copy),
        };

        return cmocka_run_group_tests_name("settle_hold", tests, NULL, NULL);
}
