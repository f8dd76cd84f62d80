/* What is mounted already when the daemon starts, and what the settler may enter from then on. */
#include <fcntl.h>
#include <fnmatch.h>

#include "mounts.h"
#include "unitward/util.h"

/* Numbers in the table are given again; the unique one is learnt where it is met first. */
static bool is_number_of(struct mount *mount, const struct mount_number *number)
{
        if (mount->unique != 0 || mount->id != number->id)
                return mount->unique != 0 && mount->unique == number->unique;
        mount->unique = number->unique;
        return true;
}

/* For the settler. One that mattered to nobody until now is looked at like a new one. */
static bool knows(int fd, void *userdata)
{
        struct guard *guard = userdata;
        struct mounts *mounts = guard->mounts;
        const struct mount_number number = mount_number_of(fd);

        if (number.id == mounts->root)
                return true;
        for (size_t i = 0; i < mounts->known.n; i++)
                if (is_number_of(&mounts->known.mounts[i], &number))
                        return true;
        if (number.id == mounts->missed_id) {
                guard->settler.n_pending++; /* the table did not help: later */
                return false;
        }
        mounts->missed_id = number.id;
        mounts->changed = mounts->missed = true;
        event_wake(guard->notes.to_housekeeper);
        return false;
}

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

static void close_served(struct guard *guard, const struct mount *mount)
{
        (void)settle_close(&guard->settler, mount->target);
        report_problem(&guard->settler, mount->target,
                       format("%s is not protected: a program serves %s (%s), and can change it unseen", mount->target,
                              mount->source, mount->type),
                       format("unmount it"));
}

/* ---- From one guard to the next ------------------------------------------------------------------------- */

struct heritage {
        struct guard *guard;
        bool inherited, complete;
        size_t n;
        struct decided_mount mounts[DECIDED_MOUNTS_MAX];
};

static const struct decided_mount *find_decided(const struct heritage *heritage, const struct mount *mount)
{
        uint64_t unique;

        for (size_t i = 0; i < heritage->n; i++)
                if (heritage->mounts[i].id == mount->id &&
                    (!heritage->mounts[i].unique || !mount_is_on_top(mount, &unique) ||
                     unique == heritage->mounts[i].unique))
                        return &heritage->mounts[i];
        return NULL;
}

/* The marks are those of the guard before: what was mounted while there was none is as new as at any time. */
static bool is_decided(const struct mount *mount, void *userdata)
{
        const struct heritage *heritage = userdata;
        struct guard *guard = heritage->guard;
        bool overlay = streq(mount->type, "overlay");
        const struct decided_mount *before;

        if (!is_named(guard->policy, mount->target))
                return true;
        if (mount_is_fathomless(mount) && !overlay)
                close_served(guard, mount);
        if (!heritage->inherited)
                return true;
        before = find_decided(heritage, mount);
        if (overlay && (before ? before->closed : !heritage->complete))
                (void)settle_close(&guard->settler, mount->target);
        return before || !heritage->complete;
}

void mounts_bequeath(struct guard *guard)
{
        const struct mount_table *known = &guard->mounts->known;
        struct decided_mount mounts[DECIDED_MOUNTS_MAX];

        for (size_t i = 0; i < known->n && i < DECIDED_MOUNTS_MAX; i++)
                mounts[i] = (struct decided_mount){ known->mounts[i].unique, known->mounts[i].id,
                                                    settle_is_closed(&guard->settler, known->mounts[i].target) };
        decided_mounts_set(lifeline_mounts(guard->options.lifeline), mounts, known->n);
}

/* What is mounted when the daemon starts is how the system is laid out, and nothing is detached. But no program whose
 * answers it waits for may stop it; an overlay that was there first is all that gets marked. */
int mounts_begin(struct guard *guard)
{
        struct mounts *mounts = guard->mounts = calloc(1, sizeof *mounts);
        struct heritage heritage = { .guard = guard, .inherited = lifeline_is_inherited(guard->options.lifeline) };
        int r = mounts ? mount_table_read(NULL, NULL, &mounts->known) : -ENOMEM;
        _cleanup_close_ int root = open("/", O_PATH | O_CLOEXEC);

        if (r < 0)
                return r;
        mounts->missed_id = -1;
        mounts->changed = true;
        if (root >= 0)
                mounts->root = mount_number_of(root).id;
        guard->settler.knows_mount = knows;
        guard->settler.mounts = guard;
        heritage.complete =
                decided_mounts_get(lifeline_mounts(guard->options.lifeline), heritage.mounts, &heritage.n) == 0;
        mount_table_keep(&mounts->known, is_decided, &heritage);
        return 0;
}

void mounts_end(struct guard *guard)
{
        struct mounts *mounts = steal_pointer(guard->mounts);

        while (guard->settler.n_closed > 0)
                settle_reopen(&guard->settler, guard->settler.closed[0]);
        if (!mounts)
                return;
        mounts_forget_batch(mounts);
        mount_table_done(&mounts->known);
        free(mounts->touched);
        free(mounts->ids);
        free(mounts);
}
