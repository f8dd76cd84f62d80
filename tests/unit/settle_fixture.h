/* A settler without a kernel: no fanotify groups, so marks are nothing; a policy, a ledger, golden copies and a
 * quarantine in a scratch directory; and three people, of whom the policy trusts one. */
#pragma once

#include "scratch.h"
#include "unitward/ledger.h"
#include "unitward/settle.h"
#include "unitward/territory.h"

static char fixture_root[] = "/tmp/unitward-settle-XXXXXX";

#define FIXTURE_RECORDS_MAX 64

enum person { NOBODY, FRIEND, SUSPECT, STRANGER, PERSON_COUNT_ };

static const enum outcome outcome_for[PERSON_COUNT_] = {
        [NOBODY] = OUTCOME_DENY,
        [FRIEND] = OUTCOME_ALLOW,
        [SUSPECT] = OUTCOME_QUARANTINE,
        [STRANGER] = OUTCOME_DENY,
};

/* ROOT stands for the scratch directory's root, as long as it is. */
#define ROOT                                                                                                           \
        "/tmp/unitward-settle-......"                                                                                  \
        "/root"
#define FIXTURE_ZONES "units: { preset = \"system-units\"; root = \"" ROOT "\"; };"
#define FIXTURE_POLICY                                                                                                 \
        "mode = \"%s\"; default = \"deny\";\n"                                                                         \
        "zones: { %s };\n"                                                                                             \
        "actors: { friend: { uid = [ 4001 ]; }; suspect: { uid = [ 4002 ]; }; };\n"                                    \
        "rules = ( { id = \"approval\"; actor = \"friend\"; on = \"approve\"; then = \"allow\"; },\n"                  \
        "          { id = \"friends\"; actor = \"friend\"; then = \"allow\"; },\n"                                     \
        "          { id = \"suspects\"; actor = \"suspect\"; then = \"quarantine\"; } );\n"

struct fixture {
        struct settler settler;
        struct outbox outbox;
        struct fan_groups groups;
        struct ledger *ledger;
        struct policy *policy;
        struct actor *people[PERSON_COUNT_];
        char *units; /* the directory that most tests are about */
        int dir;
        size_t n_records; /* since forget_records */
        struct record *records[FIXTURE_RECORDS_MAX];
};

static inline struct actor *person_new(enum person person)
{
        struct actor *actor = actor_unknown(1000000 + (pid_t)person);

        assert_non_null(actor);
        actor->known = true;
        actor->uid = actor->gid = 4000 + (uid_t)person;
        actor->n_ancestry = 1;
        actor->ancestry[0].pid = actor->pid;
        actor->ancestry[0].exe_path = strdup("/usr/bin/somebody");
        return actor;
}

static inline struct policy *policy_with(enum mode mode, const char *zones)
{
        _cleanup_free_ char *path = format("%s/unitward.conf", fixture_root);
        _cleanup_free_ char *text = format(FIXTURE_POLICY, mode_name(mode), zones);
        struct policy *policy = NULL;
        struct policy_report report;
        int r;

        for (char *at = text; (at = strstr(at, "......")); at += 6)
                memcpy(at, fixture_root + strlen(fixture_root) - 6, 6);
        write_file_at(AT_FDCWD, path, text, strlen(text));
        r = policy_load(path, POLICY_SKIP_OWNER_CHECK, &policy, &report);
        for (size_t i = 0; r < 0 && i < report.n_findings; i++)
                print_message("%s\n", report.findings[i].text);
        policy_report_done(&report);
        assert_int_equal(r, 0);
        return policy;
}

/* As the daemon does it when it reads its policy again. */
static inline void publish_nothing(void *userdata)
{
        (void)userdata;
}

static inline void use_policy(struct fixture *fixture, enum mode mode, const char *zones)
{
        struct policy *fresh = policy_with(mode, zones);
        int map[64];

        for (size_t i = 0; fixture->policy && i < policy_n_zones(fixture->policy); i++) {
                int index = policy_zone_index(fresh, policy_zone(fixture->policy, (int)i)->name);

                map[i] = index < 0 ? ZONE_UNPLACED : index;
        }
        if (fixture->policy)
                inventory_renumber(&fixture->settler.inventory, map, policy_n_zones(fixture->policy), publish_nothing,
                                   NULL);
        policy_unref(fixture->policy);
        fixture->policy = fresh;
        fixture->settler.policy = fresh;
        fixture->settler.mode = mode;
}

/* ---- The recorder's work ------------------------------------------------------------------------- */

static inline void deliver_letter(struct fixture *fixture, struct letter *letter)
{
        switch (letter->kind) {
        case LETTER_RECORD:
                assert_true(fixture->n_records < FIXTURE_RECORDS_MAX);
                fixture->records[fixture->n_records++] = steal_pointer(letter->record);
                break;
        case LETTER_GOLDEN:
                assert_int_equal(golden_store(fixture->settler.golden, &letter->digest, letter->data, letter->size), 0);
                break;
        case LETTER_PUT:
                assert_int_equal(ledger_put(fixture->ledger, &letter->entry), 0);
                break;
        case LETTER_REMOVE:
                assert_int_equal(ledger_remove(fixture->ledger, letter->data), 0);
                break;
        case LETTER_SEAL:
                assert_int_equal(quarantine_seal(fixture->settler.quarantine, letter->quarantine_id), 0);
                break;
        case LETTER_BASELINE:
        case LETTER_START:
        case LETTER_SNAPSHOT:
        case LETTER_SETTINGS:
        case LETTER_REOPEN:
                break;
        }
}

static inline void deliver(struct fixture *fixture)
{
        struct letter_list letters;
        struct letter *letter;

        if (STAILQ_EMPTY(&fixture->outbox.list))
                return;
        assert_true(outbox_wait(&fixture->outbox, &letters));
        assert_int_equal(ledger_begin(fixture->ledger), 0);
        while ((letter = STAILQ_FIRST(&letters))) {
                STAILQ_REMOVE_HEAD(&letters, next);
                deliver_letter(fixture, letter);
                letter_free(letter);
        }
        assert_int_equal(ledger_commit(fixture->ledger), 0);
}

static inline void forget_records(struct fixture *fixture)
{
        while (fixture->n_records > 0)
                record_free(fixture->records[--fixture->n_records]);
        memset(fixture->settler.reported, 0, sizeof fixture->settler.reported);
}

static inline const struct record *only_record(const struct fixture *fixture)
{
        assert_int_equal(fixture->n_records, 1);
        return fixture->records[0];
}

/* What the ledger says of a name; NULL: nothing. The strings are gone. */
static inline int find_in_ledger(const struct ledger_entry *entry, void *userdata)
{
        struct ledger_entry *wanted = userdata;

        if (wanted->path && streq(entry->path, wanted->path)) {
                *wanted = *entry;
                wanted->path = wanted->target = wanted->source = wanted->rule = wanted->by = NULL;
                wanted->attributes = NULL;
        }
        return 0;
}

static inline bool in_ledger(struct fixture *fixture, const char *name)
{
        _cleanup_free_ char *path = format("%s/%s", fixture->units, name);
        struct ledger_entry entry = { .path = path };

        assert_int_equal(ledger_each(fixture->ledger, find_in_ledger, &entry), 0);
        return !entry.path;
}

/* ---- The world, and settling it -------------------------------------------------------------------- */

static inline char *under_root(const char *path)
{
        return format("%s/root%s", fixture_root, path);
}

static inline void make(const char *path)
{
        _cleanup_free_ char *full = under_root(path);

        assert_int_equal(make_directories(full, 0755), 0);
}

static inline void write_text(int dir, const char *name, const char *text)
{
        write_file_at(dir, name, text, strlen(text));
}

static inline bool is_there(int dir, const char *name)
{
        return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline void assert_text(int dir, const char *name, const char *text)
{
        _cleanup_free_ char *data = NULL;
        size_t size;

        assert_int_equal(read_file_at(dir, name, 1 << 24, &data, &size), 0);
        assert_string_equal(data, text);
}

static inline void assert_target(int dir, const char *name, const char *text)
{
        char target[256];
        ssize_t n = readlinkat(dir, name, target, sizeof target - 1);

        assert_true(n > 0);
        target[n] = '\0';
        assert_string_equal(target, text);
}

static inline struct cause caused_by(const struct fixture *fixture, enum person person, uint64_t mask)
{
        return (struct cause){ .actor = fixture->people[person], .mask = mask };
}

static inline void resolve(struct fixture *fixture, enum person person)
{
        const struct cause cause = caused_by(fixture, person, 0);

        assert_int_equal(territory_resolve(&fixture->settler, &cause), 0);
        deliver(fixture);
}

static inline struct directory *units_directory(struct fixture *fixture)
{
        struct directory *directory = inventory_directory(&fixture->settler.inventory, fixture->units);

        assert_non_null(directory);
        return directory;
}

static inline struct directory *subdirectory(struct fixture *fixture, const char *name)
{
        _cleanup_free_ char *path = format("%s/%s", fixture->units, name);

        return inventory_directory(&fixture->settler.inventory, path);
}

static inline struct entry *entry_of(struct fixture *fixture, const char *name)
{
        return inventory_entry(units_directory(fixture), name);
}

/* One name, as after a notification; what was recorded before is forgotten. */
static inline void settle_in(struct fixture *fixture, struct directory *directory, const char *name, enum person person,
                             uint64_t mask)
{
        const struct cause cause = caused_by(fixture, person, mask);

        forget_records(fixture);
        assert_int_equal(settle_name(&fixture->settler, directory, name, &cause), 0);
        deliver(fixture);
}

static inline void settle(struct fixture *fixture, const char *name, enum person person, uint64_t mask)
{
        settle_in(fixture, units_directory(fixture), name, person, mask);
}

static inline void settle_all_of_it(struct fixture *fixture)
{
        const struct cause nobody = caused_by(fixture, NOBODY, 0);

        forget_records(fixture);
        settle_everything(&fixture->settler, &nobody);
        deliver(fixture);
}

static inline uint64_t n_in_quarantine(struct fixture *fixture)
{
        uint64_t bytes, count;

        quarantine_usage(fixture->settler.quarantine, &bytes, &count);
        return count;
}

/* A settled world asks for nothing more, whoever calls. */
static inline void assert_at_rest(struct fixture *fixture)
{
        settle_all_of_it(fixture);
        for (size_t i = 0; i < fixture->n_records; i++)
                print_message("not at rest: %s %s %s\n", record_kind_name(fixture->records[i]->kind),
                              operation_name(fixture->records[i]->operation), fixture->records[i]->path);
        assert_int_equal(fixture->n_records, 0);
}

/* ---- Making one --------------------------------------------------------------------------------------- */

static inline void settler_begin(struct fixture *fixture)
{
        settle_forget_gap(&fixture->settler);
        assert_int_equal(inventory_init(&fixture->settler.inventory), 0);
        fixture->settler.groups = &fixture->groups;
        fixture->settler.outbox = &fixture->outbox;
}

static inline void open_stores(struct fixture *fixture, const struct quarantine_limits *limits)
{
        _cleanup_free_ char *golden = format("%s/state/golden", fixture_root);
        _cleanup_free_ char *quarantine = format("%s/state/quarantine", fixture_root);
        _cleanup_free_ char *ledger = format("%s/state/ledger.db", fixture_root);

        assert_int_equal(golden_open(golden, &fixture->settler.golden), 0);
        assert_int_equal(quarantine_open(quarantine, limits, &fixture->settler.quarantine), 0);
        assert_int_equal(ledger_open(ledger, &fixture->ledger), 0);
}

/* What is there is authorised. */
static inline void take_baseline(struct fixture *fixture)
{
        fixture->settler.baseline = true;
        resolve(fixture, NOBODY);
        fixture->settler.baseline = false;
        assert_int_equal(fixture->n_records, 0);
}

/* The daemon ends; what is not in the ledger is forgotten. */
static inline void restart(struct fixture *fixture)
{
        inventory_done(&fixture->settler.inventory);
        writers_done(&fixture->settler.writers);
        settler_begin(fixture);
        forget_records(fixture);
        assert_int_equal(territory_load(&fixture->settler, fixture->ledger), 0);
        fixture->settler.gap = true;
        resolve(fixture, NOBODY);
        fixture->settler.gap = false;
}

static inline int fixture_setup(void **state)
{
        static const struct quarantine_limits limits = { .max_bytes = 1u << 20, .max_file = 1u << 20 };
        static struct fixture fixture;

        fixture = (struct fixture){ .groups = FAN_GROUPS_NONE };
        scratch_make(fixture_root);
        make("/etc/systemd/system");
        assert_int_equal(outbox_init(&fixture.outbox), 0);
        settler_begin(&fixture);
        open_stores(&fixture, &limits);
        use_policy(&fixture, MODE_ENFORCE, FIXTURE_ZONES);
        for (enum person person = FRIEND; person < PERSON_COUNT_; person++)
                fixture.people[person] = person_new(person);
        fixture.units = under_root("/etc/systemd/system");
        fixture.dir = open(fixture.units, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fixture.dir >= 0);
        *state = &fixture;
        return 0;
}

static inline int fixture_teardown(void **state)
{
        struct fixture *fixture = *state;

        forget_records(fixture);
        inventory_done(&fixture->settler.inventory);
        settle_forget_gap(&fixture->settler);
        writers_done(&fixture->settler.writers);
        outbox_done(&fixture->outbox);
        ledger_close(fixture->ledger);
        golden_close(fixture->settler.golden);
        quarantine_close(fixture->settler.quarantine);
        policy_unref(fixture->policy);
        for (enum person person = FRIEND; person < PERSON_COUNT_; person++)
                actor_unref(fixture->people[person]);
        close_pointer(&fixture->dir);
        free(fixture->units);
        scratch_remove(fixture_root);
        return 0;
}

#define test_on_fixture(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
