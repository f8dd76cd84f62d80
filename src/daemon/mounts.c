/* Mounts over protected directories, and over what they lie in. No permission is asked for a mount, and it hides all
 * that was watched: so each is decided as a whole before anything in it is settled. */
#include <fnmatch.h>

#include "mounts.h"
#include "unitward/util.h"

#define TOLD_MAX 64   /* of one batch; of further ones it is not known who mounted them */
#define ROUNDS_MAX 64 /* places from which something was detached */

/* Who mounted what. */
struct told {
        int id;
        struct actor *actor;
};

/* Where something was mounted or is no longer: looked at again when all of them are decided. */
struct touched {
        char *target;
        struct actor *actor;
};

struct mounts {
        struct mount_table known; /* decided, or there before the start */
        struct told told[TOLD_MAX];
        size_t n_told;
        struct touched *touched;
        size_t n_touched;
        struct mount_table on_trial; /* of this batch */
        bool changed;
};

static bool matters(const char *target, void *userdata)
{
        return settle_is_concerned(userdata, target);
}

/* ---- Who it was ------------------------------------------------------------------------------------- */

void mounts_note(struct guard *guard, const struct note *note)
{
        struct mounts *mounts = guard->mounts;
        _cleanup_free_ char *target = NULL;
        int id;

        if (note->mask == 0 || mount_lookup(note->mask, &id, &target) < 0) {
                mounts->changed = true;
                return;
        }
        if (!matters(target, &guard->settler))
                return;
        mounts->changed = true;
        if (note->actor && mounts->n_told < TOLD_MAX)
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
        return settle_is_concerned(userdata, mount->target);
}

struct comparison {
        struct guard *guard;
        const struct mount_table *now;
};

static bool is_still_there(const struct mount *mount, void *userdata)
{
        const struct comparison *comparison = userdata;

        if (mount_table_find(comparison->now, mount))
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

/* What was mounted over another one is on top of it: where one is detached, all that is new there is tried. What is
 * new elsewhere may have gone with it. True when one was. */
static bool try_new_ones(struct guard *guard, const struct mount_table *now)
{
        struct mounts *mounts = guard->mounts;
        const char *detached = NULL;

        for (size_t i = 0; i < now->n; i++) {
                const struct mount *mount = &now->mounts[i];
                struct mount_trial trial;

                if ((detached && !streq(detached, mount->target)) || mount_table_find(&mounts->known, mount))
                        continue;
                mount_try(guard, mount, who_mounted(mounts, mount), &trial);
                if (detached && trial.verdict.outcome == OUTCOME_ALLOW)
                        break; /* it comes to its turn when it is certain that it is still there */
                mount_carry_out(guard, &trial);
                if (trial.gone)
                        detached = mount->target;
                else
                        keep(guard, &trial);
        }
        return detached != NULL;
}

/* True when something was detached: then there may be more to find. */
static bool take_changes(struct guard *guard)
{
        struct settler *settler = &guard->settler;
        struct mounts *mounts = guard->mounts;
        struct mount_table now;
        struct comparison comparison = { guard, &now };
        int r = mount_table_read(matters, settler, &now);
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
        struct cause cause = { common_actor(mounts), 0 };

        if (mounts->n_touched == 0)
                return;
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

static void forget_batch(struct mounts *mounts)
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
        forget_batch(mounts);
        if (mounts->changed)
                event_wake(guard->notes.to_housekeeper);
}

/* ---- The start ------------------------------------------------------------------------------------------ */

/* The inventory is empty yet: by what the policy names. Both begin with a slash. */
static bool covers(const char *pattern, const char *target)
{
        _cleanup_free_ char *above = strdup(pattern);
        size_t n = 0;

        for (const char *c = target; *c; c++)
                n += *c == '/';
        for (char *c = above; c && *c; c++)
                if (*c == '/' && n-- == 0)
                        *c = '\0';
        return fnmatch(pattern, target, FNM_PATHNAME | FNM_NOESCAPE | FNM_LEADING_DIR) == 0 ||
               (above && fnmatch(above, target, FNM_PATHNAME | FNM_NOESCAPE) == 0);
}

static bool is_named(const struct policy *policy, const char *target)
{
        for (size_t z = 0; z < policy_n_zones(policy); z++) {
                const struct zone *zone = policy_zone(policy, (int)z);

                for (size_t i = 0; i < zone->n_paths; i++)
                        if (covers(zone->paths[i].pattern, target))
                                return true;
        }
        return false;
}

/* What is mounted when the daemon starts is how the system is laid out, and nothing is detached. But no program whose
 * answers it waits for may stop it; an overlay that was there first is all that gets marked. */
int mounts_begin(struct guard *guard)
{
        struct mounts *mounts = guard->mounts = calloc(1, sizeof *mounts);
        int r = mounts ? mount_table_read(NULL, NULL, &mounts->known) : -ENOMEM;

        for (size_t i = 0; r == 0 && i < mounts->known.n; i++) {
                const struct mount *mount = &mounts->known.mounts[i];

                if (!mount_is_fathomless(mount) || streq(mount->type, "overlay") ||
                    !is_named(guard->policy, mount->target))
                        continue;
                r = settle_close(&guard->settler, mount->target);
                report_problem(&guard->settler, mount->target,
                               format("%s is not protected: a program serves %s (%s), and can change it unseen",
                                      mount->target, mount->source, mount->type),
                               format("unmount it"));
        }
        return r;
}

void mounts_end(struct guard *guard)
{
        struct mounts *mounts = steal_pointer(guard->mounts);

        while (guard->settler.n_closed > 0)
                settle_reopen(&guard->settler, guard->settler.closed[0]);
        if (!mounts)
                return;
        forget_batch(mounts);
        mount_table_done(&mounts->known);
        free(mounts->touched);
        free(mounts);
}
