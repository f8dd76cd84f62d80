/* What lies on the disk, with a failure at every step: quarantine, ledger, golden copies, snapshots, the policy. What
 * could not be done is as if it had not been tried, or done all the same; nothing is lost between the two. And records
 * that are counted. */
#include "unitward/ledger_text.h"
#include "unitward/record_summary.h"
#include "unitward/record_text.h"
#include "walk.h"

static const char unit[] = "[Service]\nExecStart=/bin/true\n";
static const char drop_in[] = "[Service]\nNoNewPrivileges=yes\n";
static const char evil[] = "[Service]\nExecStart=/bin/sh -c 'evil'\n";

/* ---- Starting ------------------------------------------------------------------------------------------------- */

static void begin_again(struct world *world)
{
        world_stop(world);
        world_begin(world);
}

static int start(struct world *world)
{
        int r = world_build(world);

        return r < 0 ? r : world_load(world);
}

/* It starts with all that is authorised, or not at all. */
static void check_started(struct world *world, int result)
{
        const struct cause nobody = { .actor = NULL };

        if (result == 0) {
                world->guard->settler.gap = true;
                (void)territory_resolve(&world->guard->settler, &nobody);
                world->guard->settler.gap = false;
        }
        require(has_text(world, "cron.service", unit));
        require(has_text(world, "cron.service.d/10-harden.conf", drop_in));
        world_restart(world);
        require(has_text(world, "cron.service", unit));
        require(has_text(world, "cron.service.d/10-harden.conf", drop_in));
        require(would_load(world, "cron.service"));
        require(ledger_has(world, "cron.service"));
}

/* Somebody changed something while nobody watched. */
static void begin_after_gap(struct world *world)
{
        begin_again(world);
        write_text(world->dir, "cron.service", evil);
        write_text(world->dir, "evil.service", evil);
}

static int start_and_settle(struct world *world)
{
        const struct cause nobody = { .actor = NULL };
        int r = start(world);

        world->guard->settler.gap = true;
        if (r == 0)
                r = territory_resolve(&world->guard->settler, &nobody);
        if (r == 0)
                world_deliver(world);
        world->guard->settler.gap = false;
        return r;
}

static void check_gap(struct world *world, int result)
{
        if (result == 0) {
                require(!would_load(world, "evil.service"));
                require(has_text(world, "cron.service", unit) || !would_load(world, "cron.service"));
        }
        world_restart(world);
        require(has_text(world, "cron.service", unit));
        require(would_load(world, "cron.service"));
        require(!is_there(world->dir, "evil.service"));
}

/* The ledger is gone, and made anew from its export. */
static void lose_ledger(struct world *world)
{
        static const char *const names[] = { "ledger.db", "ledger.db-wal", "ledger.db-shm" };

        assert_int_equal(snapshots_write(world->guard->snapshots, world->guard->ledger, &(struct digest){ 0 }), 1);
        begin_again(world);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                _cleanup_free_ char *path = format("%s/%s", world->options.state_directory, names[i]);

                (void)unlink(path);
        }
}

/* ---- The policy ------------------------------------------------------------------------------------------------ */

static char *policy_path, *policy_text_digest;

static void know_policy(struct world *world)
{
        policy_path = world_path("unitward.conf");
        policy_text_digest = strdup(policy_digest(world->guard->policy));
        assert_non_null(policy_text_digest);
}

/* All of it or nothing. */
static int load_policy(struct world *world)
{
        struct policy *fresh = NULL;
        struct policy_report report;
        _cleanup_free_ char *why = NULL;
        int r = policy_load(policy_path, POLICY_SKIP_OWNER_CHECK, &fresh, &report);

        if (r == 0 && (!streq(policy_digest(fresh), policy_text_digest) ||
                       policy_n_rules(fresh) != policy_n_rules(world->guard->policy) ||
                       policy_zone(fresh, 0)->n_paths != policy_zone(world->guard->policy, 0)->n_paths))
                r = 1;
        if (r == 0)
                r = policy_inherit_exes(fresh, world->guard->policy);
        why = policy_report_text(&report);
        policy_report_done(&report);
        policy_unref(fresh);
        return r;
}

static void check_policy(struct world *world, int result)
{
        (void)world;
        require(result <= 0);
        free(policy_path);
        free(policy_text_digest);
}

/* ---- The quarantine --------------------------------------------------------------------------------------------- */

static char taken[QUARANTINE_ID_MAX];

static int take_evil(struct world *world)
{
        json_t *why = json_pack("{s:s, s:s, s:s}", "rule", "default", "mode", "enforce", "kind", "overruled");
        _cleanup_free_ char *path = strdup("/etc/systemd/system/evil.service");
        int r = why && path ? quarantine_take(world->guard->settler.quarantine, world->dir, "evil.service", path, why,
                                              taken)
                            : -ENOMEM;

        json_decref(why);
        return r;
}

static void plant(struct world *world)
{
        write_text(world->dir, "evil.service", evil);
}

static int take_and_seal(struct world *world)
{
        int r = take_evil(world);

        return r < 0 ? r : quarantine_seal(world->guard->settler.quarantine, taken);
}

static bool is_in_quarantine(struct world *world)
{
        _cleanup_free_ char *path = format("%s/quarantine/%s/content", world->options.state_directory, taken);

        return has_text(world, path, evil);
}

static size_t n_listed(struct world *world)
{
        json_t *all = NULL;
        size_t n;

        assert_int_equal(quarantine_list(world->guard->settler.quarantine, &all), 0);
        n = json_array_size(all);
        json_decref(all);
        return n;
}

/* At one place, and where it is not known by its name it is not in the list. */
static void check_taken(struct world *world, int result)
{
        uint64_t bytes, count;

        quarantine_usage(world->guard->settler.quarantine, &bytes, &count);
        require(count == n_listed(world));
        if (is_there(world->dir, "evil.service")) {
                require(has_text(world, "evil.service", evil));
                require(result < 0);
                require(n_listed(world) == 0);
        } else
                require(is_in_quarantine(world) && n_listed(world) == 1);
}

static void plant_and_take(struct world *world)
{
        plant(world);
        assert_int_equal(take_and_seal(world), 0);
}

static int give_back(struct world *world)
{
        return quarantine_restore(world->guard->settler.quarantine, taken, world->dir, "evil.service");
}

static void check_given_back(struct world *world, int result)
{
        if (result == 0)
                require(has_text(world, "evil.service", evil));
        else
                require(is_in_quarantine(world) || has_text(world, "evil.service", evil));
}

static int purge(struct world *world)
{
        return quarantine_purge(world->guard->settler.quarantine, taken);
}

static void check_purged(struct world *world, int result)
{
        require(n_listed(world) <= 1);
        if (result == 0)
                require(n_listed(world) == 0);
}

/* ---- Snapshots -------------------------------------------------------------------------------------------------- */

static void be_behind(struct world *world)
{
        snapshots_behind(world->guard->snapshots, guard_snapshot_headers(world->guard));
}

static int write_snapshots(struct world *world)
{
        struct digest digest;

        return snapshots_write(world->guard->snapshots, world->guard->ledger, &digest);
}

static int count_entry(void *userdata, const struct ledger_entry *entry)
{
        (void)entry;
        (*(size_t *)userdata)++;
        return 0;
}

static int ignore_header(void *userdata, const char *key, const char *value)
{
        (void)userdata;
        (void)key;
        (void)value;
        return 0;
}

/* Whole, whichever it is. */
static void check_snapshots(struct world *world, int result)
{
        const struct ledger_text_handler handler = { ignore_header, count_entry, &(size_t){ 0 } };
        _cleanup_free_ char *data = NULL;
        size_t size;

        require(result >= 0 || snapshots_due_usec(world->guard->snapshots, true) > 0); /* it will be tried again */
        if (read_file_at(AT_FDCWD, world->options.snapshot_path, 1 << 24, &data, &size) < 0) {
                require(result < 0);
                return;
        }
        require(ledger_text_read(data, size, &handler, NULL) == 0);
        require(*(size_t *)handler.userdata > 0);
}

/* ---- Records that are counted --------------------------------------------------------------------------------- */

#define REFUSALS 6u

static struct {
        struct record_limit *limit;
        uint64_t written, summed, unmade;
} counting;

static void be_limited(struct world *world)
{
        begin_again(world);
        record_limit_free(counting.limit);
        memset(&counting, 0, sizeof counting);
        require(record_limit_new(&counting.limit) == 0);
        record_limit_set(counting.limit, 2, 1000000);
}

/* As the recorder does: written at once, elsewhere too. */
static void write_everywhere(const struct record *record)
{
        free(record_to_syslog(record, "host", 1));
        free(record_to_audit(record));
        counting.written++;
}

static int be_refused(struct world *world)
{
        struct record *record;

        (void)world;
        for (unsigned i = 0; i < REFUSALS; i++) {
                record = record_new(RECORD_STOP_REFUSED);
                if (!record)
                        counting.unmade++;
                else if (!record_limit_take(counting.limit, record, 1)) {
                        write_everywhere(record);
                        record_free(record);
                }
        }
        record = record_limit_next(counting.limit, UINT64_MAX);
        counting.summed = record ? record->summary->count : 0;
        record_free(record);
        return 0;
}

static void check_counted(struct world *world, int result)
{
        (void)world;
        require(result == 0);
        require(counting.written + counting.summed + counting.unmade == REFUSALS);
        require(record_limit_pending(counting.limit) == 0);
        counting.limit = record_limit_free(counting.limit);
}

static const struct walk walks[] = {
        { "start", begin_again, start, check_started, NULL, false },
        { "start after a gap", begin_after_gap, start_and_settle, check_gap, NULL, false },
        { "start without a ledger", lose_ledger, start, check_started, NULL, false },
        { "load the policy", know_policy, load_policy, check_policy, NULL, false },
        { "take and seal evidence", plant, take_and_seal, check_taken, NULL, false },
        { "restore evidence", plant_and_take, give_back, check_given_back, NULL, false },
        { "purge evidence", plant_and_take, purge, check_purged, NULL, false },
        { "write the snapshots", be_behind, write_snapshots, check_snapshots, NULL, false },
        { "count refusals", be_limited, be_refused, check_counted, NULL, false },
};

int main(void)
{
        return walk_all("stores", walks, ARRAY_SIZE(walks));
}
