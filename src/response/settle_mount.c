/* Mounts over what is protected: which of them matter, what they hide, and what is looked at again. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>

#include "settle_internal.h"
#include "unitward/condemn.h"
#include "unitward/util.h"

bool settle_is_concerned(struct settler *settler, const char *path)
{
        char above[PATH_MAX];
        const char *name = path_split(path, above, sizeof above);
        const struct directory *parent;

        if (!name || !*name)
                return false; /* over / itself: nobody's view but that of who enters it anew */
        if (inventory_directory(&settler->inventory, path))
                return true;
        parent = inventory_directory(&settler->inventory, above);
        return parent && (parent->place != PLACE_PARENT || inventory_interest(parent, name));
}

void settle_know_way(struct settler *settler, const char *path)
{
        char way[PATH_MAX];

        (void)string_copy(way, sizeof way, path);
        for (char *slash = strchr(way + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                (void)inventory_add_directory(&settler->inventory, way);
                *slash = '/';
        }
}

/* ---- What is hidden --------------------------------------------------------------------------------- */

static bool is_to_stay(const struct settler *settler, const struct entry *entry)
{
        return entry->state == ENTRY_AUTHORISED && entry->expected && entry->place != PLACE_TRANSIENT &&
               entry->place != PLACE_GENERATED && entry->zone != ZONE_UNPLACED &&
               policy_zone(settler->policy, entry->zone)->restore;
}

static bool is_there(const struct entry *entry, int dir)
{
        _cleanup_(observed_done) struct observed seen = OBSERVED_NOTHING;

        return dir >= 0 && observe(dir, entry->name, &seen) == 0 && seen.exists && entry_has_contents(entry, &seen);
}

static void count_entry(const struct settler *settler, const struct entry *entry, int dir,
                        struct settle_covered *covered)
{
        if (!is_to_stay(settler, entry))
                return;
        covered->n++;
        covered->n_hidden += !is_there(entry, dir);
}

static void count_in(const struct settler *settler, struct directory *directory, const char *only, bool look,
                     struct settle_covered *covered)
{
        _cleanup_close_ int dir = look ? open(directory->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
        const struct entry *entry, *following;

        if (only) {
                entry = inventory_entry(directory, only);
                if (entry)
                        count_entry(settler, entry, dir, covered);
                return;
        }
        HASH_ITER(hh, directory->entries, entry, following)
                count_entry(settler, entry, dir, covered);
}

struct settle_covered settle_count_covered(struct settler *settler, const char *path, bool look)
{
        struct settle_covered covered = { 0 };
        struct directory *directory, *next;
        char above[PATH_MAX];
        const char *name = path_split(path, above, sizeof above);

        HASH_ITER(hh_path, settler->inventory.by_path, directory, next)
                if (path_is_in(directory->path, path))
                        count_in(settler, directory, NULL, look, &covered);
        directory = name ? inventory_directory(&settler->inventory, above) : NULL;
        if (directory)
                count_in(settler, directory, name, look, &covered);
        return covered;
}

/* ---- What covers it --------------------------------------------------------------------------------- */

#define COVERING_MAX 128u /* of one mount: there is not room for many more */

static void condemn_name(struct settler *settler, int dir, const char *name, const char *rule)
{
        struct stat st;

        /* Looked up here, so that condemning finds it: it follows only what is cached. */
        if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
                condemn(settler->groups, &settler->inventory, &(struct planted){ dir, name, 0, rule });
}

static unsigned condemn_names(struct settler *settler, const char *directory, const char *rule, unsigned room)
{
        DIR *listing = opendir(directory);
        const struct dirent *item;

        if (!listing)
                return room;
        while (room > 0 && (item = readdir(listing)))
                if (item->d_type == DT_REG || item->d_type == DT_UNKNOWN) {
                        condemn_name(settler, dirfd(listing), item->d_name, rule);
                        room--;
                }
        (void)closedir(listing);
        return room;
}

void settle_condemn_covering(struct settler *settler, const char *path, const char *rule)
{
        const struct directory *directory, *next;
        unsigned room = COVERING_MAX;
        char above[PATH_MAX];
        const char *name = path_split(path, above, sizeof above);
        _cleanup_close_ int dir = name ? open(above, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

        if (dir >= 0)
                condemn_name(settler, dir, name, rule);
        HASH_ITER(hh_path, settler->inventory.by_path, directory, next)
                if (directory->place != PLACE_PARENT && path_is_in(directory->path, path))
                        room = condemn_names(settler, directory->path, rule, room);
}

/* ---- What is looked at again ---------------------------------------------------------------------------- */

static void settle_targets(struct settler *settler, struct directory *directory, const struct cause *cause)
{
        (void)watch_directory(settler, directory);
        for (const struct interest *interest = directory->interests; interest; interest = interest->next)
                if (interest->linked)
                        (void)settle_name(settler, directory, interest->pattern, cause);
}

static bool has_targets(const struct directory *directory)
{
        for (const struct interest *interest = directory->interests; interest; interest = interest->next)
                if (interest->linked)
                        return true;
        return false;
}

/* A directory that was not covered after all, or is there again: nothing was settled in it meanwhile. The targets of
 * linked units: no walk leads there. By path: settling adds and removes directories. */
static void settle_below(struct settler *settler, const char *path, const struct cause *cause)
{
        char **paths = calloc(settler->inventory.n_directories + 1, sizeof *paths);
        struct directory *directory, *next;
        size_t n = 0;

        if (!paths)
                return;
        HASH_ITER(hh_path, settler->inventory.by_path, directory, next)
                if (path_is_in(directory->path, path) && (directory->place != PLACE_PARENT || has_targets(directory)))
                        paths[n++] = strdup(directory->path);
        for (size_t i = 0; i < n; i++) {
                directory = paths[i] ? inventory_directory(&settler->inventory, paths[i]) : NULL;
                if (directory && directory->place == PLACE_PARENT)
                        settle_targets(settler, directory, cause);
                else if (directory && directory->present)
                        (void)settle_directory(settler, directory, cause);
                free(paths[i]);
        }
        free(paths);
}

void settle_uncover(struct settler *settler, const char *path, const struct cause *cause)
{
        char above[PATH_MAX];
        const char *name = path_split(path, above, sizeof above);
        struct directory *parent = name && *name ? inventory_directory(&settler->inventory, above) : NULL;
        const struct interest *interest = parent ? inventory_interest(parent, name) : NULL;

        if (parent && (parent->place != PLACE_PARENT || (interest && interest->kind == INTEREST_FILE)))
                (void)settle_name(settler, parent, name, cause);
        settle_below(settler, path, cause);
}

/* ---- What is never looked at ------------------------------------------------------------------------------ */

int settle_close(struct settler *settler, const char *path)
{
        char **longer = reallocarray(settler->closed, settler->n_closed + 1, sizeof *longer);

        if (!longer)
                return -ENOMEM;
        settler->closed = longer;
        longer[settler->n_closed] = strdup(path);
        if (!longer[settler->n_closed])
                return -ENOMEM;
        settler->n_closed++;
        return 0;
}

void settle_reopen(struct settler *settler, const char *path)
{
        for (size_t i = settler->n_closed; i > 0; i--)
                if (streq(settler->closed[i - 1], path)) {
                        free(settler->closed[i - 1]);
                        settler->closed[i - 1] = settler->closed[--settler->n_closed];
                        break;
                }
        if (settler->n_closed == 0)
                free(steal_pointer(settler->closed));
}

bool settle_is_closed(const struct settler *settler, const char *path)
{
        for (size_t i = 0; i < settler->n_closed; i++)
                if (path_is_in(path, settler->closed[i]))
                        return true;
        return false;
}
