/* The policy's own files, where a zone protects them: what is in force and what is on the disk must be the same. */
#include <limits.h>

#include "guard_internal.h"
#include "unitward/util.h"

#define DROP_INS "policy.d"
#define TRIES 3u

static struct directory *own_directory(struct guard *guard, const char *below)
{
        char path[PATH_MAX];
        struct directory *directory;

        if (!path_join(path, sizeof path, guard->settler.policy_directory, below))
                return NULL;
        directory = inventory_directory(&guard->settler.inventory, *below ? path : guard->settler.policy_directory);
        return directory && directory->place == PLACE_CONFIGURATION && directory->present ? directory : NULL;
}

int own_policy_init(struct guard *guard)
{
        char parent[PATH_MAX], canonical[PATH_MAX];

        if (!path_split(guard->options.policy_path, parent, sizeof parent) || !realpath(parent, canonical))
                return 0; /* whoever loads it says what is wrong */
        guard->settler.policy_directory = strdup(canonical);
        return guard->settler.policy_directory ? 0 : -ENOMEM;
}

bool own_policy_is_guarded(struct guard *guard)
{
        struct directory *directory = guard->settler.policy_directory ? own_directory(guard, "") : NULL;

        return directory && directory->authorised;
}

void own_policy_settle(struct guard *guard)
{
        const struct cause nobody = { .actor = NULL };
        struct directory *directory;

        if (!own_policy_is_guarded(guard))
                return;
        (void)settle_directory(&guard->settler, own_directory(guard, ""), &nobody);
        directory = own_directory(guard, DROP_INS);
        if (directory)
                (void)settle_directory(&guard->settler, directory, &nobody);
}

int own_policy_load(struct guard *guard, int (*load)(struct guard *guard, struct policy **ret, char **ret_why),
                    struct policy **ret, char **ret_why)
{
        const struct settler *settler = &guard->settler;
        bool enforces = settler->mode == MODE_ENFORCE && own_policy_is_guarded(guard);
        struct policy *fresh = NULL;
        uint64_t undone;
        int r;

        /* What a stranger has slipped in is gone before it is read, and if he was quicker it is read again without. */
        for (unsigned i = 0;; i++) {
                if (enforces)
                        own_policy_settle(guard);
                undone = settler->n_quarantined + settler->n_restored;
                r = load(guard, &fresh, ret_why);
                if (!enforces)
                        break;
                own_policy_settle(guard);
                if (undone == settler->n_quarantined + settler->n_restored)
                        break;
                if (r == 0)
                        policy_unref(steal_pointer(fresh));
                free(steal_pointer(*ret_why));
                if (i == TRIES) {
                        *ret_why = format("somebody changes it while it is read");
                        return -EAGAIN;
                }
        }
        if (r == 0)
                *ret = fresh;
        return r;
}
