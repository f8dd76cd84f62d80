/* Somebody has had a file open for writing since before it was watched: it becomes another inode, which he does not
 * have. No event tells of what he writes through a shared mapping, and a lasting mapping is nobody's descriptor. */
#include "settle_internal.h"
#include "unitward/util.h"

/* What the times say counts for nothing: tmpfs does not change them for a write through a mapping. */
static int compare_anew(struct settler *settler, struct change *change)
{
        static const struct signature never_seen = { 0 };

        inventory_resign(&settler->inventory, change->entry, &never_seen);
        return settle_name(settler, change->directory, change->name, change->cause);
}

/* The file as it is there, when it is still the one that was held and somebody still holds it. */
static bool is_held_still(struct change *change, struct observed *seen, struct file_id id)
{
        observed_done(seen);
        *seen = OBSERVED_NOTHING;
        change->entry = inventory_entry(change->directory, change->name);
        return observe(change->dir, change->name, seen) == 0 && seen->exists &&
               file_id_equal(file_id_of(&seen->st), id) && observe_is_being_written(seen) && change->entry &&
               change->entry->kind == ENTRY_FILE && change->entry->state == ENTRY_AUTHORISED &&
               change->entry->size <= OBSERVE_HASH_MAX;
}

enum held_fate settle_held(struct settler *settler, struct directory *directory, const char *name,
                           const struct cause *cause, struct file_id id)
{
        _cleanup_(observed_done) struct observed seen = OBSERVED_NOTHING;
        _cleanup_close_ int dir = watch_open(directory);
        struct change change = { .directory = directory, .dir = dir, .name = name, .cause = cause, .seen = &seen };
        struct access access;

        if (dir < 0 || !is_held_still(&change, &seen, id))
                return HELD_NO_MORE;
        change_place(&change);
        change.operation = OPERATION_MODIFY;
        access = change_access(&change);
        change.verdict = policy_decide(settler->policy, &access);
        if (change.verdict.outcome == OUTCOME_ALLOW)
                return HELD_ALLOWED;
        if (settler->mode == MODE_AUDIT || policy_settings(settler->policy)->gap_held == GAP_HELD_REPORT ||
            !undo_comes_back(settler, &change) || compare_anew(settler, &change) < 0)
                return HELD_LEFT;
        if (!is_held_still(&change, &seen, id))
                return HELD_REPLACED; /* it was not what it should be, and that was put right */
        return undo_replace(settler, &change) < 0 ? HELD_LEFT : HELD_REPLACED;
}
