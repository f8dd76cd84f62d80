/* Settling, with a failure at every step of it and of the recorder's work that follows: what was planted never loads
 * and is gone in the end, what is authorised is never lost. */
#include "walk.h"

static const char unit[] = "[Service]\nExecStart=/bin/true\n";
static const char evil[] = "[Service]\nExecStart=/bin/sh -c 'evil'\n";
static const char fresh[] = "[Service]\nExecStart=/bin/fresh\n";

static int settle_and_record(struct world *world)
{
        housekeeper_settle_notes(world->guard);
        world_deliver(world);
        return 0;
}

/* ---- Planted ------------------------------------------------------------------------------------------------ */

static void plant_file(struct world *world)
{
        write_text(world->dir, "evil.service", evil);
        note(world, "evil.service", STRANGER, FAN_CREATE);
}

static void plant_moved(struct world *world)
{
        write_text(world->dir, "../moved", evil);
        assert_int_equal(renameat(world->dir, "../moved", world->dir, "evil.service"), 0);
        note(world, "evil.service", STRANGER, FAN_MOVED_TO);
}

static void plant_link(struct world *world)
{
        write_text(world->dir, "../linked", evil);
        assert_int_equal(symlinkat("../linked", world->dir, "evil.service"), 0);
        note(world, "evil.service", STRANGER, FAN_CREATE);
}

static void plant_directory(struct world *world)
{
        assert_int_equal(mkdirat(world->dir, "evil.service", 0755), 0);
        write_text(world->dir, "evil.service/10-evil.conf", evil);
        note(world, "evil.service", STRANGER, FAN_CREATE | FAN_ONDIR);
}

static void check_planted(struct world *world, int result)
{
        (void)result;
        require(!would_load(world, "evil.service"));
        require(!ledger_has(world, "evil.service"));
}

static void check_planted_later(struct world *world, int result)
{
        check_planted(world, result);
        require(!is_there(world->dir, "evil.service"));
        require(has_text(world, "cron.service", unit));
        require(would_load(world, "cron.service"));
}

/* ---- Tampered with ------------------------------------------------------------------------------------------ */

static void tamper_contents(struct world *world)
{
        write_text(world->dir, "cron.service", evil);
        note(world, "cron.service", STRANGER, FAN_MODIFY);
}

static void tamper_remove(struct world *world)
{
        assert_int_equal(unlinkat(world->dir, "cron.service", 0), 0);
        note(world, "cron.service", STRANGER, FAN_DELETE);
}

static void tamper_mask(struct world *world)
{
        assert_int_equal(unlinkat(world->dir, "cron.service", 0), 0);
        assert_int_equal(symlinkat("/dev/null", world->dir, "cron.service"), 0);
        note(world, "cron.service", STRANGER, FAN_CREATE);
}

static void tamper_mode(struct world *world)
{
        assert_int_equal(fchmodat(world->dir, "cron.service", 0666, 0), 0);
        note(world, "cron.service", STRANGER, FAN_ATTRIB);
}

static void tamper_drop_in(struct world *world)
{
        assert_int_equal(unlinkat(world->dir, "cron.service.d/10-harden.conf", 0), 0);
        assert_int_equal(unlinkat(world->dir, "cron.service.d", AT_REMOVEDIR), 0);
        note(world, "cron.service.d", STRANGER, FAN_DELETE | FAN_ONDIR);
}

static void check_tampered(struct world *world, int result)
{
        (void)result;
        require(has_text(world, "cron.service", unit) || !would_load(world, "cron.service"));
        require(ledger_has(world, "cron.service"));
}

static void check_tampered_later(struct world *world, int result)
{
        struct stat st;

        check_tampered(world, result);
        require(has_text(world, "cron.service", unit));
        require(would_load(world, "cron.service"));
        require(fstatat(world->dir, "cron.service", &st, 0) == 0 && st.st_mode == (S_IFREG | 0644));
        require(has_text(world, "cron.service.d/10-harden.conf", "[Service]\nNoNewPrivileges=yes\n"));
}

/* ---- Allowed ------------------------------------------------------------------------------------------------ */

static void allow_create(struct world *world)
{
        write_text(world->dir, "fresh.service", fresh);
        note(world, "fresh.service", FRIEND, FAN_CREATE);
}

static void allow_change(struct world *world)
{
        write_text(world->dir, "fresh.service", unit);
        note(world, "fresh.service", FRIEND, FAN_CREATE);
        settle_and_record(world);
        write_text(world->dir, "fresh.service", fresh);
        note(world, "fresh.service", FRIEND, FAN_MODIFY);
}

static void allow_replace(struct world *world)
{
        write_text(world->dir, "fresh.service", unit);
        note(world, "fresh.service", FRIEND, FAN_CREATE);
        settle_and_record(world);
        write_text(world->dir, "../moved", fresh);
        assert_int_equal(renameat(world->dir, "../moved", world->dir, "fresh.service"), 0);
        note(world, "fresh.service", FRIEND, FAN_MOVED_TO);
}

static void check_allowed_later(struct world *world, int result)
{
        (void)result;
        require(has_text(world, "fresh.service", fresh));
        require(would_load(world, "fresh.service"));
        require(ledger_has(world, "fresh.service"));
        require(has_text(world, "cron.service", unit));
}

static void allow_removal(struct world *world)
{
        assert_int_equal(unlinkat(world->dir, "cron.service", 0), 0);
        note(world, "cron.service", FRIEND, FAN_DELETE);
}

static void check_removed_later(struct world *world, int result)
{
        (void)result;
        require(!is_there(world->dir, "cron.service"));
        require(!ledger_has(world, "cron.service"));
}

/* ---- All of them ---------------------------------------------------------------------------------------------- */

#define PLANTED settle_and_record, check_planted, check_planted_later, true
#define TAMPERED settle_and_record, check_tampered, check_tampered_later, true
#define ALLOWED settle_and_record, NULL, check_allowed_later, true

static const struct walk walks[] = {
        { "a file is made", plant_file, PLANTED },
        { "a file is moved in", plant_moved, PLANTED },
        { "a link is made", plant_link, PLANTED },
        { "a directory is made", plant_directory, PLANTED },
        { "contents are changed", tamper_contents, TAMPERED },
        { "a unit is removed", tamper_remove, TAMPERED },
        { "a unit is masked", tamper_mask, TAMPERED },
        { "a unit's mode is changed", tamper_mode, TAMPERED },
        { "a drop-in directory is removed", tamper_drop_in, TAMPERED },
        { "somebody allowed makes a file", allow_create, ALLOWED },
        { "somebody allowed changes a file", allow_change, ALLOWED },
        { "somebody allowed replaces a file", allow_replace, ALLOWED },
        { "somebody allowed removes a unit", allow_removal, settle_and_record, NULL, check_removed_later, true },
};

int main(void)
{
        return walk_all("settle", walks, ARRAY_SIZE(walks));
}
