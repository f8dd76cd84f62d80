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

/* What is mounted when the daemon starts is how the system is laid out, and nothing is detached. But no program whose
 * answers it waits for may stop it; an overlay that was there first is all that gets marked. */
int mounts_begin(struct guard *guard)
{
        struct mounts *mounts = guard->mounts = calloc(1, sizeof *mounts);
        int r = mounts ? mount_table_read(NULL, NULL, &mounts->known) : -ENOMEM;
        _cleanup_close_ int root = open("/", O_PATH | O_CLOEXEC);

        if (r == 0 && root >= 0)
                mounts->root = mount_number_of(root).id;
        if (mounts)
                mounts->missed_id = -1;
        guard->settler.knows_mount = knows;
        guard->settler.mounts = guard;
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
        mounts_forget_batch(mounts);
        mount_table_done(&mounts->known);
        free(mounts->touched);
        free(mounts->ids);
        free(mounts);
}
