/* From the policy's paths to directories that are there, and to those that should be. */
#include <limits.h>
#include <sys/stat.h>

#include "territory_walk.h"
#include "unitward/util.h"

static bool is_missing(const struct directory *directory)
{
        return directory->is_root && !directory->resolved && !directory->given_up &&
               (directory->present || (directory->authorised && directory->restore));
}

/* A directory that the policy names and that was here, or should be. */
static struct directory *missing_root(struct settler *settler)
{
        struct directory *directory, *next;

        HASH_ITER(hh_path, settler->inventory.by_path, directory, next)
                if (is_missing(directory))
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

/* As the policy writes it, in the zone that the directory is in. */
static const struct zone_path *path_of(const struct policy *policy, const struct directory *directory)
{
        const struct zone *zone = directory->zone < 0 ? NULL : policy_zone(policy, directory->zone);

        for (size_t i = 0; zone && i < zone->n_paths; i++)
                if (!zone->paths[i].is_file && streq(zone->paths[i].pattern, directory->path))
                        return &zone->paths[i];
        return NULL;
}

/* A directory, or nothing: no link, whose target others may lead to as well. */
static bool is_no_way(const char *path)
{
        struct stat st;

        return lstat(path, &st) == 0 ? S_ISDIR(st.st_mode) : errno == ENOENT;
}

static bool is_way_intact(const struct directory *directory)
{
        const struct directory *above;
        struct stat st;

        for (above = directory->parent; above; above = above->parent)
                if (!above->present || lstat(above->path, &st) < 0 || !file_id_equal(above->id, file_id_of(&st)))
                        return false;
        return directory->parent != NULL;
}

bool territory_resolve_root(struct settler *settler, struct directory *directory, const struct cause *cause)
{
        const struct zone_path *path = directory->is_root ? path_of(settler->policy, directory) : NULL;
        size_t undecided = settler->n_undecided;

        if (!path || path->place != directory->place || directory->interests || !is_way_intact(directory) ||
            !is_no_way(directory->path) || settle_is_closed(settler, directory->path))
                return false;
        directory->resolved = directory->given_up = false;
        if (territory_walk(settler, directory->zone, path, cause) < 0 || settler->n_undecided != undecided)
                return false;
        if (is_missing(directory)) {
                directory->given_up = true;
                (void)settle_missing_directory(settler, directory, cause);
        }
        return true;
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
