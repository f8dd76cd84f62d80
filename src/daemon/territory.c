/* From the policy's paths to directories that are there, and to those that should be. */
#include "territory_walk.h"

/* A directory that the policy names and that was here, or should be. */
static struct directory *missing_root(struct settler *settler)
{
        struct directory *directory, *next;

        HASH_ITER(hh_path, settler->inventory.by_path, directory, next)
                if (directory->is_root && !directory->resolved && !directory->given_up &&
                    (directory->present || (directory->authorised && directory->restore)))
                        return directory;
        return NULL;
}

static void settle_missing_roots(struct settler *settler, const struct cause *cause)
{
        struct directory *missing;

        while ((missing = missing_root(settler))) {
                missing->given_up = true;
                (void)settle_missing_directory(settler, missing, cause);
        }
}

static void forget_last_walk(struct settler *settler)
{
        struct directory *directory, *next;

        HASH_ITER(hh_path, settler->inventory.by_path, directory, next)
                directory->given_up = directory->resolved = settle_is_closed(settler, directory->path);
}

int territory_resolve(struct settler *settler, const struct cause *cause)
{
        size_t undecided = settler->n_undecided;

        forget_last_walk(settler);
        for (size_t z = 0; z < policy_n_zones(settler->policy); z++) {
                const struct zone *zone = policy_zone(settler->policy, (int)z);

                for (size_t i = 0; i < zone->n_paths; i++) {
                        int r = territory_walk(settler, (int)z, &zone->paths[i], cause);

                        if (r < 0)
                                return r;
                }
        }
        territory_release_unnamed(settler);
        if (settler->n_undecided == undecided) /* they may only be covered */
                settle_missing_roots(settler, cause);
        return 0;
}

int territory_renew(struct settler *settler, const struct cause *cause)
{
        int r;

        inventory_age_interests(&settler->inventory);
        r = territory_resolve(settler, cause);
        if (r == 0)
                territory_release_files(settler);
        return r;
}
