/* A policy that protects less than the one before: what it no longer names is given up, without a record of
 * something missing and without a mark left behind, which would have it decided as the strictest zone. */
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>

#include "unitward/territory.h"
#include "unitward/util.h"

static bool is_named(const struct policy *policy, const char *path)
{
        for (size_t z = 0; z < policy_n_zones(policy); z++) {
                const struct zone *zone = policy_zone(policy, (int)z);

                for (size_t i = 0; i < zone->n_paths; i++)
                        if (fnmatch(zone->paths[i].pattern, path, FNM_PATHNAME | FNM_NOESCAPE | FNM_PERIOD) == 0)
                                return true;
        }
        return false;
}

static void release(struct settler *settler, struct directory *directory)
{
        struct directory *other, *next;

        HASH_ITER(hh_path, settler->inventory.by_path, other, next)
                if (other->parent == directory && !other->is_root && other->place != PLACE_PARENT)
                        unwatch_directory(settler, other);
        unwatch_directory(settler, directory);
        forget_directory(settler, directory);
        inventory_remove_directory(&settler->inventory, directory);
}

static struct directory *unnamed_root(struct settler *settler)
{
        struct directory *directory, *next;

        HASH_ITER(hh_path, settler->inventory.by_path, directory, next)
                if (directory->is_root && !directory->resolved && !is_named(settler->policy, directory->path))
                        return directory;
        return NULL;
}

void territory_release_unnamed(struct settler *settler)
{
        struct directory *unnamed;

        while ((unnamed = unnamed_root(settler)))
                release(settler, unnamed);
}

static void release_file(struct settler *settler, struct directory *directory, struct entry *entry)
{
        char path[PATH_MAX];

        if (path_join(path, sizeof path, directory->path, entry->name)) {
                _cleanup_close_ int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

                if (fd >= 0)
                        fan_groups_unmark(settler->groups, FAN_MARK_SINGLE, fd);
                outbox_lost(settler->outbox, outbox_remove(settler->outbox, path) < 0);
        }
        inventory_drop(&settler->inventory, entry);
}

void territory_release_files(struct settler *settler)
{
        struct directory *directory, *next;
        struct entry *entry, *following;

        inventory_drop_aged_interests(&settler->inventory);
        HASH_ITER(hh_path, settler->inventory.by_path, directory, next) {
                if (directory->place != PLACE_PARENT)
                        continue;
                HASH_ITER(hh, directory->entries, entry, following)
                        if (!inventory_interest(directory, entry->name))
                                release_file(settler, directory, entry);
        }
}
