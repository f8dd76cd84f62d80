/* A host of containers mounts and unmounts all the time, and has ten thousand mounts: to read the table takes
 * milliseconds. Where the kernel tells which mount changed, that is looked up alone; of one that is gone it is known
 * whether it mattered. */
#include "mounts.h"
#include "unitward/util.h"

bool mounts_target_matters(const char *target, void *userdata)
{
        return streq(target, "/") || settle_is_concerned(userdata, target);
}

static void add(struct mounts *mounts, uint64_t id)
{
        uint64_t *longer = reallocarray(mounts->ids, mounts->n_ids + 1, sizeof *longer);

        if (!longer) {
                mounts->listed = 0; /* not all of them are known any more */
                return;
        }
        mounts->ids = longer;
        longer[mounts->n_ids++] = id;
}

static bool take_out(struct mounts *mounts, uint64_t id)
{
        for (size_t i = 0; i < mounts->n_ids; i++)
                if (mounts->ids[i] == id) {
                        mounts->ids[i] = mounts->ids[--mounts->n_ids];
                        return true;
                }
        return false;
}

/* What matters grows with the directories that are known. */
bool mounts_are_listed(const struct guard *guard)
{
        return guard->mounts->listed == guard->settler.inventory.n_directories;
}

static void list(struct guard *guard)
{
        struct mounts *mounts = guard->mounts;
        _cleanup_free_ uint64_t *all = NULL;
        size_t n;
        int id;

        mounts->n_ids = 0;
        mounts->listed = guard->settler.inventory.n_directories;
        if (mount_list(&all, &n) < 0) {
                mounts->listed = 0;
                return;
        }
        for (size_t i = 0; i < n; i++) {
                _cleanup_free_ char *target = NULL;

                if (mount_lookup(all[i], &id, &target) == 0 && mounts_target_matters(target, &guard->settler))
                        add(mounts, all[i]);
        }
}

bool mounts_id_matters(struct guard *guard, uint64_t id, int *ret_id)
{
        struct mounts *mounts = guard->mounts;
        bool mattered = take_out(mounts, id), matters;
        _cleanup_free_ char *target = NULL;

        if (!mounts_are_listed(guard)) {
                list(guard);
                mattered = true; /* perhaps */
                (void)take_out(mounts, id);
        }
        matters = mount_lookup(id, ret_id, &target) == 0 && mounts_target_matters(target, &guard->settler);
        if (matters)
                add(mounts, id);
        return matters || mattered;
}
