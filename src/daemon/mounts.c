/* Mounts over protected directories, and over what they lie in. No permission is asked for a mount, and it hides all
 * that was watched: so each is decided as a whole before anything in it is settled. */
#include "mounts.h"
#include "unitward/util.h"

#define ROUNDS_MAX 64 /* places from which something was detached */

/* ---- Who it was ------------------------------------------------------------------------------------- */

void mounts_note(struct guard *guard, const struct note *note)
{
        struct mounts *mounts = guard->mounts;
        int id = -1;

        if (note->mask == 0)
                mounts->listed = 0; /* some were not told of */
        else if (!mounts_id_matters(guard, note->mask, &id))
                return;
        mounts->changed = true;
        mounts->missed_id = -1;
        if (note->actor && id >= 0 && mounts->n_told < TOLD_MAX)
                mounts->told[mounts->n_told++] = (struct told){ id, actor_ref(note->actor) };
}

static struct actor *who_mounted(const struct mounts *mounts, const struct mount *mount)
{
        for (size_t i = 0; i < mounts->n_told; i++)
                if (mounts->told[i].id == mount->id)
                        return mounts->told[i].actor;
        return NULL;
}

/* ---- What is new, and what is gone -------------------------------------------------------------------- */

static void touch(struct mounts *mounts, const char *target, struct actor *actor)
{
        struct touched *longer = reallocarray(mounts->touched, mounts->n_touched + 1, sizeof *longer);
        char *copy = longer ? strdup(target) : NULL;

        if (longer)
                mounts->touched = longer;
        if (copy)
                longer[mounts->n_touched++] = (struct touched){ copy, actor ? actor_ref(actor) : NULL };
}

static bool concerns_us(const struct mount *mount, void *userdata)
{
        return mounts_target_matters(mount->target, userdata);
}

struct comparison {
        struct guard *guard;
        const struct mount_table *now;
};

static bool is_still_there(const struct mount *mount, void *userdata)
{
        const struct comparison *comparison = userdata;
        uint64_t unique;

        /* The same again under the same number is another one. */
        if (mount_table_find(comparison->now, mount) &&
            (!mount->unique || !mount_is_on_top(mount, &unique) || unique == mount->unique))
                return true;
        settle_reopen(&comparison->guard->settler, mount->target);
        touch(comparison->guard->mounts, mount->target, NULL);
        return false;
}

static void keep(struct guard *guard, const struct mount_trial *trial)
{
        struct mounts *mounts = guard->mounts;

        (void)mount_table_add(&mounts->known, trial->mount);
        if (mount_is_on_trial(trial))
                (void)mount_table_add(&mounts->on_trial, trial->mount);
        if (!settle_is_closed(&guard->settler, trial->mount->target))
                touch(mounts, trial->mount->target, trial->actor);
}

/* Only what is on top can be looked at, and only while it is there. What is below has its turn when that is gone. */
static bool try_one(struct guard *guard, struct mount *mount, struct mount_trial *ret)
{
        uint64_t after;

        if (mount_table_find(&guard->mounts->known, mount) || !mount_is_on_top(mount, &mount->unique))
                return false;
        mount_try(guard, mount, who_mounted(guard->mounts, mount), ret);
        return mount_is_on_top(mount, &after) && after == mount->unique;
}

/* All that is new on top of each other there: each was mounted over the one that comes to light next. */
static void detach_pile(struct guard *guard, const struct mount_table *now, const char *target)
{
        struct mount_trial trial;
        bool gone;

        do {
                gone = false;
                for (size_t i = 0; i < now->n && !gone; i++) {
                        if (!streq(now->mounts[i].target, target) || !try_one(guard, &now->mounts[i], &trial) ||
                            trial.verdict.outcome == OUTCOME_ALLOW)
                                continue;
                        mount_carry_out(guard, &trial);
                        gone = trial.gone;
                }
        } while (gone);
}

static bool is_other_new(const struct mounts *mounts, const struct mount_table *now, const char *detached)
{
        for (size_t i = 0; i < now->n; i++)
                if (!streq(now->mounts[i].target, detached) && !mount_table_find(&mounts->known, &now->mounts[i]))
                        return true;
        return false;
}

/* True when something was detached and others are new: they may have gone with it. */
static bool try_new_ones(struct guard *guard, const struct mount_table *now)
{
        for (size_t i = 0; i < now->n; i++) {
                struct mount_trial trial;

                if (!try_one(guard, &now->mounts[i], &trial))
                        continue;
                mount_carry_out(guard, &trial);
                if (trial.gone) {
                        detach_pile(guard, now, trial.mount->target);
                        return is_other_new(guard->mounts, now, trial.mount->target);
                }
                keep(guard, &trial);
        }
        return false;
}

/* By number where all that matter are known by it; otherwise the whole table. */
static int read_table(struct guard *guard, struct mount_table *ret)
{
        const struct mounts *mounts = guard->mounts;

        return mounts_are_listed(guard) ? mount_table_read_some(mounts->ids, mounts->n_ids, ret)
                                        : mount_table_read(mounts_target_matters, &guard->settler, ret);
}

/* True when there may be more to find. */
static bool take_changes(struct guard *guard)
{
        struct settler *settler = &guard->settler;
        struct mounts *mounts = guard->mounts;
        struct mount_table now;
        struct comparison comparison = { guard, &now };
        int r = read_table(guard, &now);
        bool again;

        if (r < 0) {
                report_problem(settler, NULL, format("the table of mounts cannot be read: %s", strerror(-r)),
                               format("see: unitward doctor"));
                settler->n_pending++;
                return false;
        }
        mount_table_keep(&mounts->known, concerns_us, settler);
        mount_table_keep(&mounts->known, is_still_there, &comparison);
        again = try_new_ones(guard, &now);
        mount_table_done(&now);
        return again;
}

/* ---- Looking at what is there now ----------------------------------------------------------------------- */

/* The whole territory is walked once for all of them: by the doing of somebody only when it was nobody else's. */
static struct actor *common_actor(const struct mounts *mounts)
{
        for (size_t i = 1; i < mounts->n_touched; i++)
                if (mounts->touched[i].actor != mounts->touched[0].actor)
                        return NULL;
        return mounts->n_touched > 0 ? mounts->touched[0].actor : NULL;
}

static void look_again(struct guard *guard)
{
        struct mounts *mounts = guard->mounts;
        struct cause cause = { .actor = common_actor(mounts) };

        if (mounts->n_touched == 0 && !mounts->missed)
                return;
        mounts->missed = false;
        (void)territory_resolve(&guard->settler, &cause);
        while (mounts->n_touched > 0) {
                struct touched *touched = &mounts->touched[mounts->n_touched - 1];

                cause.actor = touched->actor;
                settle_uncover(&guard->settler, touched->target, &cause);
                free(touched->target);
                actor_unref(touched->actor);
                mounts->n_touched--;
        }
}

/* A link that nobody authorised is on a file system that is not written, and a manager follows it unasked. */
static void refuse_what_cannot_be_settled(struct guard *guard)
{
        struct mounts *mounts = guard->mounts;

        for (size_t i = 0; i < mounts->on_trial.n; i++) {
                struct mount_trial trial;

                mount_try(guard, &mounts->on_trial.mounts[i], who_mounted(mounts, &mounts->on_trial.mounts[i]), &trial);
                if (!mount_is_on_trial(&trial))
                        continue;
                trial.verdict = (struct verdict){ OUTCOME_DENY, "default" };
                mount_refuse(guard, &trial);
        }
        (void)take_changes(guard);
        look_again(guard);
}

void mounts_forget_batch(struct mounts *mounts)
{
        while (mounts->n_told > 0)
                actor_unref(mounts->told[--mounts->n_told].actor);
        mount_table_done(&mounts->on_trial);
}

void mounts_settle(struct guard *guard)
{
        struct mounts *mounts = guard->mounts;
        size_t stuck = guard->settler.n_stuck;
        int rounds = 0;

        if (!mounts->changed)
                return;
        while ((mounts->changed = take_changes(guard)) && ++rounds < ROUNDS_MAX)
                ;
        look_again(guard);
        if (guard->settler.mode == MODE_ENFORCE && guard->settler.n_stuck != stuck)
                refuse_what_cannot_be_settled(guard);
        mounts_forget_batch(mounts);
        mounts_bequeath(guard);
        if (mounts->changed)
                event_wake(guard->notes.to_housekeeper);
}
