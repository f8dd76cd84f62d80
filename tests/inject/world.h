/* A guard without a kernel: everything of it that is on a disk or in memory, by the product's own functions, in a
 * scratch directory; no thread but this, no marks. What the verdict thread would have noticed is told by note(). */
#pragma once

#include <sys/wait.h>

#include "../../src/daemon/guard_internal.h"
#include "../unit/settle_fixture.h"
#include "unitward/lifeline.h"

struct world {
        struct guard *guard;
        struct guard_options options;
        char *units, *paths[4];
        int dir;
};

static inline char *world_path(const char *name)
{
        return format("%s/%s", fixture_root, name);
}

static inline void world_policy(struct world *world)
{
        world->guard->policy = policy_with(MODE_ENFORCE, FIXTURE_ZONES);
        world->guard->claims.policy = MODE_ENFORCE;
}

/* As guard_new does it, without the kernel. */
static inline int world_build(struct world *world)
{
        struct guard *guard = world->guard;
        struct verdicts_options options = { .groups = &guard->groups,
                                            .inventory = &guard->settler.inventory,
                                            .notes = &guard->notes,
                                            .outbox = &guard->outbox,
                                            .lifeline = guard->options.lifeline,
                                            .left_openers = -1 };
        int r = guard_open_state(guard);

        if (r == 0)
                notes_keep(&guard->notes, guard->note_log);
        if (r == 0)
                r = verdicts_new(&options, guard->policy, &guard->verdicts);
        if (r == 0)
                r = sd_event_new(&guard->event);
        if (r < 0)
                return r;
        guard->settler.inventory.known = lifeline_known(guard->options.lifeline);
        guard->meanings.quarantine = guard->settler.quarantine;
        guard->meanings.golden = guard->settler.golden;
        guard->settler.groups = &guard->groups;
        filings_init(&guard->settler.filings);
        quarantine_prepare_items(guard->settler.quarantine, undo_prepare_item, &guard->settler);
        guard->settler.policy = guard->policy;
        guard->settler.mode = MODE_ENFORCE;
        guard->settler.outbox = &guard->outbox;
        r = filer_attach(guard);
        return r < 0 ? r : mounts_begin(guard);
}

static inline void world_begin(struct world *world)
{
        struct guard *guard = calloc(1, sizeof *guard);

        assert_non_null(guard);
        world->guard = guard;
        guard->options = world->options;
        guard->groups = FAN_GROUPS_NONE;
        guard->state_lock = guard->couriers.fd = -1;
        STAILQ_INIT(&guard->backlog);
        TAILQ_INIT(&guard->unsettled);
        assert_int_equal(notes_init(&guard->notes), 0);
        assert_int_equal(outbox_init(&guard->outbox), 0);
        assert_int_equal(inventory_init(&guard->settler.inventory), 0);
        world_policy(world);
}

/* As guard_occupy does it, without a thread. */
static inline int world_load(struct world *world)
{
        struct settler *settler = &world->guard->settler;
        uint64_t n;
        int r = territory_load(settler, world->guard->ledger);

        world->guard->outbox.pending = world->guard->pending;
        return r < 0 ? r : territory_replay(settler, world->guard->pending, &n);
}

/* What the recorder has got to do; a second time when it failed, which the recorder itself does a second later. */
static inline void world_deliver(struct world *world)
{
        outbox_signal(&world->guard->outbox, LETTER_REOPEN);
        recorder_deliver(world->guard);
}

/* What the daemon does about what it could not deal with at once. */
static inline void world_look_again(struct world *world)
{
        struct settler *settler = &world->guard->settler;
        const struct cause nobody = { .actor = NULL };

        housekeeper_settle_notes(world->guard);
        settler->n_pending = 0;
        unsettled_try(world->guard);
        settler->forced = true;
        (void)territory_resolve(settler, &nobody);
        settle_everything(settler, &nobody);
        settler->forced = false;
        filer_work(world->guard, SIZE_MAX);
        world_deliver(world);
}

static inline void world_make(struct world *world)
{
        const struct cause nobody = { .actor = NULL };

        scratch_make(fixture_root);
        make("/etc/systemd/system");
        *world = (struct world){ .dir = -1 };
        world->options = (struct guard_options){ .foreground = true, .package_root = "/nonexistent" };
        world->options.groups = FAN_GROUPS_NONE;
        world->options.left_openers = -1;
        world->options.lifeline = lifeline_new();
        assert_non_null(world->options.lifeline);
        world->options.state_directory = world->paths[0] = world_path("state");
        world->options.runtime_directory = world->paths[1] = world_path("run");
        world->options.snapshot_path = world->paths[2] = world_path("boot.snapshot");
        world->options.log_path = world->paths[3] = world_path("events.jsonl");
        assert_int_equal(make_directories(world->options.runtime_directory, 0755), 0);
        world->units = under_root("/etc/systemd/system");
        world->dir = open(world->units, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(world->dir >= 0);
        write_text(world->dir, "cron.service", "[Service]\nExecStart=/bin/true\n");
        assert_int_equal(mkdirat(world->dir, "cron.service.d", 0755), 0);
        write_text(world->dir, "cron.service.d/10-harden.conf", "[Service]\nNoNewPrivileges=yes\n");

        world_begin(world);
        assert_int_equal(world_build(world), 0);
        pending_discard(world->guard->pending);
        world->guard->settler.baseline = true;
        assert_int_equal(territory_resolve(&world->guard->settler, &nobody), 0);
        world->guard->settler.baseline = false;
        outbox_signal(&world->guard->outbox, LETTER_BASELINE);
        recorder_deliver(world->guard);
        assert_false(world->guard->ledger_failed);
        world->guard->outbox.pending = world->guard->pending;
}

static inline void world_stop(struct world *world)
{
        world->guard = guard_free(world->guard);
}

static inline void world_unmake(struct world *world)
{
        world_stop(world);
        lifeline_free(world->options.lifeline);
        close_pointer(&world->dir);
        free(world->units);
        for (size_t i = 0; i < ARRAY_SIZE(world->paths); i++)
                free(world->paths[i]);
        scratch_remove(fixture_root);
}

/* Killed and started again: what is not on the disk is forgotten. */
static inline void world_restart(struct world *world)
{
        world_stop(world);
        world_begin(world);
        assert_int_equal(world_build(world), 0);
        assert_int_equal(world_load(world), 0);
        world->guard->settler.gap = true;
        world_look_again(world);
        world->guard->settler.gap = false;
}

/* The verdict thread noticed that somebody did something to the name. */
static inline void note(struct world *world, const char *name, enum person person, uint64_t mask)
{
        struct note_list list = TAILQ_HEAD_INITIALIZER(list);
        struct note *told = note_new(NOTE_CHANGE, world->units, name, person == NOBODY ? NULL : person_new(person));

        assert_non_null(told);
        told->mask = mask;
        TAILQ_INSERT_TAIL(&list, told, next);
        notes_publish(&world->guard->notes, &list);
}

/* ---- What must hold ------------------------------------------------------------------------------------------ */

/* The load gate's question, loads.c: a manager is given the file's contents without more ado. */
static inline bool would_load(struct world *world, const char *name)
{
        struct inventory_facts facts = { 0 };
        struct signature signature;
        struct stat st;

        if (fstatat(world->dir, name, &st, 0) < 0 || !S_ISREG(st.st_mode))
                return false;
        signature = signature_of(&st);
        inventory_find(&world->guard->settler.inventory, &signature, &facts);
        return facts.found && facts.authorised && facts.whole_signature;
}

static inline bool has_text(struct world *world, const char *name, const char *text)
{
        _cleanup_free_ char *data = NULL;
        size_t size;

        return read_file_at(world->dir, name, 1 << 20, &data, &size) == 0 && streq(data, text);
}

static inline bool ledger_has(struct world *world, const char *name)
{
        _cleanup_free_ char *path = format("%s/%s", world->units, name);
        struct ledger_entry entry = { .path = path };

        assert_int_equal(ledger_each(world->guard->ledger, find_in_ledger, &entry), 0);
        return !entry.path;
}
