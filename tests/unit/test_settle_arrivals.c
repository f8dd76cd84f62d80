/* Settling what arrives in a protected directory. */
#include <fcntl.h>

#include "settle_authorised.h"

static void test_baseline(void **state)
{
        static const struct {
                const char *name;
                enum entry_kind kind;
        } cases[] = {
                { "cron.service", ENTRY_FILE },
                { "cron.service.d", ENTRY_DIRECTORY },
                { "cron.service.d/10-harden.conf", ENTRY_FILE },
                { "multi-user.target.wants", ENTRY_DIRECTORY },
                { "multi-user.target.wants/cron.service", ENTRY_LINK },
        };
        struct fixture *fixture = *state;
        struct digest digest;
        struct entry *entry = entry_of(fixture, "cron.service");

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                if (!in_ledger(fixture, cases[i].name))
                        fail_msg("%s is not in the ledger", cases[i].name);
        assert_non_null(entry);
        assert_int_equal(entry->place, PLACE_UNITS);
        digest_buffer(unit, strlen(unit), &digest);
        assert_memory_equal(&entry->digest, &digest, sizeof digest);
        assert_int_equal(subdirectory(fixture, "cron.service.d")->place, PLACE_DROPINS);
        assert_int_equal(subdirectory(fixture, "multi-user.target.wants")->place, PLACE_DEPENDENCIES);
        assert_int_equal(fixture->settler.inventory.n_authorised, 3);
        assert_int_equal(fixture->settler.inventory.n_tolerated, 0);
        assert_at_rest(fixture);
}

static void plant_file(int dir, const char *name)
{
        write_text(dir, name, evil);
}

static void plant_link(int dir, const char *name)
{
        assert_int_equal(symlinkat("/tmp/evil", dir, name), 0);
}

static void plant_mask(int dir, const char *name)
{
        assert_int_equal(symlinkat("/dev/null", dir, name), 0);
}

static void plant_alias(int dir, const char *name)
{
        assert_int_equal(symlinkat("cron.service", dir, name), 0);
}

static void plant_loop(int dir, const char *name)
{
        assert_int_equal(symlinkat(name, dir, name), 0);
}

static void plant_fifo(int dir, const char *name)
{
        assert_int_equal(mkfifoat(dir, name, 0600), 0);
}

static void plant_hard_link(int dir, const char *name)
{
        _cleanup_free_ char *elsewhere = format("%s/elsewhere", fixture_root);

        write_text(AT_FDCWD, elsewhere, evil);
        assert_int_equal(linkat(AT_FDCWD, elsewhere, dir, name, 0), 0);
        assert_true(is_there(AT_FDCWD, elsewhere));
}

static const struct arrival {
        const char *name;
        void (*plant)(int dir, const char *name);
        uint64_t mask;
        enum operation operation;
        const char *unit;
} arrivals[] = {
        { "evil.service", plant_file, FAN_CREATE, OPERATION_CREATE, "evil.service" },
        { "evil.timer", plant_file, FAN_MOVED_TO, OPERATION_RENAME, "evil.timer" },
        { "evil.socket", plant_hard_link, FAN_CREATE, OPERATION_LINK, "evil.socket" },
        { "evil.path", plant_link, FAN_CREATE, OPERATION_LINK, "evil.path" },
        { "loop.service", plant_loop, FAN_CREATE, OPERATION_LINK, "loop.service" },
        { "ssh.service", plant_mask, FAN_CREATE, OPERATION_MASK, "ssh.service" },
        { "also-cron.service", plant_alias, FAN_CREATE, OPERATION_ENABLE, "also-cron.service" },
        { "multi-user.target.wants/evil.service", plant_link, FAN_CREATE, OPERATION_ENABLE, "evil.service" },
        { "cron.service.d/99-evil.conf", plant_file, FAN_CREATE, OPERATION_CREATE, "cron.service" },
        { "cron.service.d/mask.conf", plant_mask, FAN_CREATE, OPERATION_MASK, "cron.service" },
        { "ssh.service.d", plant_directory, FAN_CREATE | FAN_ONDIR, OPERATION_CREATE, "ssh.service" },
        { "ssh.service.d", plant_directory, FAN_MOVED_TO | FAN_ONDIR, OPERATION_RENAME, "ssh.service" },
        { "evil.target.wants", plant_directory, FAN_CREATE | FAN_ONDIR, OPERATION_CREATE, "evil.target" },
        { "evil.service", plant_fifo, FAN_CREATE, OPERATION_CREATE, "evil.service" },
        { "README \xff\n", plant_file, FAN_CREATE, OPERATION_CREATE, "" },
};

static struct directory *directory_for(struct fixture *fixture, const struct arrival *arrival, const char **ret_name)
{
        const char *slash = strchr(arrival->name, '/');
        _cleanup_free_ char *sub = strdup(arrival->name);

        if (!slash) {
                *ret_name = arrival->name;
                return units_directory(fixture);
        }
        *ret_name = slash + 1;
        *strchr(sub, '/') = '\0';
        return subdirectory(fixture, sub);
}

static void assert_arrived(struct fixture *fixture, const struct arrival *arrival, enum person person)
{
        bool allowed = outcome_for[person] == OUTCOME_ALLOW, audit = fixture->settler.mode == MODE_AUDIT;
        const struct directory *sub = subdirectory(fixture, arrival->name);
        bool is_directory = arrival->mask & FAN_ONDIR;
        const struct record *record;
        const char *name;
        struct directory *directory = directory_for(fixture, arrival, &name);
        struct entry *entry = inventory_entry(directory, name);

        assert_int_equal(is_there(fixture->dir, arrival->name), allowed || audit);
        assert_int_equal(in_ledger(fixture, arrival->name), allowed);
        assert_int_equal(n_in_quarantine(fixture), !allowed && !audit);
        if (is_directory) {
                assert_int_equal(sub != NULL, allowed || audit);
                assert_true(!sub || sub->authorised == allowed);
                entry = sub ? inventory_entry(subdirectory(fixture, arrival->name), "10-evil.conf") : NULL;
        }
        assert_int_equal(entry != NULL, allowed || audit);
        if (entry) {
                assert_int_equal(entry->state, allowed ? ENTRY_AUTHORISED : ENTRY_TOLERATED);
                assert_int_equal(entry->expected, allowed);
        }
        assert_int_equal(fixture->n_records, entry && is_directory ? 2 : 1);
        record = fixture->records[0];
        assert_int_equal(record->kind, RECORD_ARRIVAL);
        assert_int_equal(record->mode, fixture->settler.mode);
        assert_string_equal(operation_name(record->operation), operation_name(arrival->operation));
        assert_int_equal(record->outcome, outcome_for[person]);
        assert_string_equal(record->unit, arrival->unit);
        assert_string_equal(record->zone, "units");
        assert_true(ends_with(record->path, arrival->name));
        assert_ptr_equal(record->actor, fixture->people[person]);
        assert_int_equal(record->quarantine_id[0] != '\0', !allowed && !audit);
        assert_int_equal(fixture->settler.n_pending, 0);
        assert_int_equal(fixture->settler.n_problems, 0);
}

static void arrive(const struct arrival *arrival, enum mode mode, enum person person)
{
        struct directory *directory;
        struct fixture *fixture;
        const char *name;
        void *state;

        authorised_setup(&state);
        fixture = state;
        use_policy(fixture, mode, FIXTURE_ZONES);
        arrival->plant(fixture->dir, arrival->name);
        directory = directory_for(fixture, arrival, &name);
        settle_in(fixture, directory, name, person, arrival->mask);
        assert_arrived(fixture, arrival, person);
        assert_at_rest(fixture);
        fixture_teardown(&state);
}

static void test_arrivals(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(arrivals); i++)
                for (enum mode mode = MODE_AUDIT; mode <= MODE_ENFORCE; mode++)
                        for (enum person person = NOBODY; person < PERSON_COUNT_; person++)
                                arrive(&arrivals[i], mode, person);
}

static void test_nothing_there(void **state)
{
        struct fixture *fixture = *state;

        settle(fixture, "came-and-went.service", STRANGER, FAN_CREATE);
        assert_int_equal(fixture->n_records, 0);
        assert_null(entry_of(fixture, "came-and-went.service"));
}

static void test_audit_arrival_then_enforce(void **state)
{
        struct fixture *fixture = *state;

        use_policy(fixture, MODE_AUDIT, FIXTURE_ZONES);
        write_text(fixture->dir, "evil.service", evil);
        assert_int_equal(symlinkat("/tmp/evil", fixture->dir, "evil.timer"), 0);
        plant_directory(fixture->dir, "ssh.service.d");
        settle_all_of_it(fixture);
        assert_int_equal(fixture->settler.inventory.n_tolerated, 3);

        use_policy(fixture, MODE_ENFORCE, FIXTURE_ZONES);
        settle_all_of_it(fixture);
        assert_false(is_there(fixture->dir, "evil.service"));
        assert_false(is_there(fixture->dir, "evil.timer"));
        assert_false(is_there(fixture->dir, "ssh.service.d/10-evil.conf"));
        assert_int_equal(fixture->settler.inventory.n_tolerated, 0);
        assert_whole(fixture);
        assert_at_rest(fixture);
}

/* An empty unit file is a mask: systemd.unit(5). */
static void test_empty_file_is_a_mask(void **state)
{
        struct fixture *fixture = *state;

        write_text(fixture->dir, "ssh.service", "");
        settle(fixture, "ssh.service", STRANGER, FAN_CREATE);
        assert_string_equal(operation_name(only_record(fixture)->operation), "mask");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                test_on_authorised(test_baseline),
                cmocka_unit_test(test_arrivals),
                test_on_authorised(test_nothing_there),
                test_on_authorised(test_audit_arrival_then_enforce),
                test_on_authorised(test_empty_file_is_a_mask),
        };

        return cmocka_run_group_tests_name("settle_arrivals", tests, NULL, NULL);
}
