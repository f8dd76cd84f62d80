/* Names in the daemon's own directories. Nobody else has business there, and what its own threads do is not told of;
 * what is there changes all the time, so nothing of it is compared. What a stranger puts there goes, what he takes away
 * is missed. */
#include "settle_internal.h"
#include "unitward/util.h"

/* A guard that died leaves notes of its own last deeds, and nobody is known to have done them. */
#define OWN_NOTES_USEC (10u * 1000000u)

static bool may_be_our_own(const struct settler *settler, const struct cause *cause)
{
        bool known = cause->actor && cause->actor->known;

        return !known && now_monotonic_usec() < settler->began_usec + OWN_NOTES_USEC;
}

static enum operation operation_of(const struct change *change)
{
        if (!change->seen->exists)
                return OPERATION_REMOVE;
        return change->cause->mask & FAN_MOVED_TO ? OPERATION_RENAME : OPERATION_CREATE;
}

/* His, and not what was written there since: only of whom it is known that he put it there. */
static bool is_his(const struct change *change)
{
        return change->seen->exists && change->cause->actor && change->cause->actor->known &&
               (change->cause->mask & (FAN_CREATE | FAN_MOVED_TO));
}

static void report_loss(struct settler *settler, const struct change *change)
{
        if (starts_with(change->name, "ledger.") || !change->seen->exists)
                report_problem(settler, change->path,
                               format("%s, which is unitward's own, was %s", change->path,
                                      change->seen->exists ? "replaced" : "taken away"),
                               format("what is authorised is known still, and in ledger.export: unitward ledger export "
                                      "FILE, to be sure; unitward stop --restart makes what is missing anew"));
}

int settle_state(struct settler *settler, struct change *change)
{
        char id[QUARANTINE_ID_MAX] = "";
        int r;

        if (!change->cause->mask || may_be_our_own(settler, change->cause))
                return 0;
        change->operation = operation_of(change);
        change->verdict = change_decide(settler, change);
        if (change->verdict.outcome != OUTCOME_ALLOW && settler->mode == MODE_ENFORCE) {
                report_loss(settler, change);
                r = is_his(change) ? undo_take(settler, change, id) : 0;
                if (r < 0 && r != -ENOENT)
                        return r;
        }
        report_change(settler, change, RECORD_ARRIVAL, *id ? id : NULL);
        return 0;
}
