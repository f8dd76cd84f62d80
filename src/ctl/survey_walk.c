#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>

#include "survey.h"
#include "unitward/snapshots.h"
#include "unitward/unit_file.h"
#include "unitward/unit_path.h"

/* As deep as settling goes. */
#define DEPTH_MAX 8

struct visited {
        UT_hash_handle hh;
        char path[];
};

struct walk {
        const struct policy *policy;
        int (*each)(const struct survey_object *object, void *userdata);
        void *userdata;
        struct visited *visited;
        unsigned depth;
};

/* False: it was here already, or there is no memory. */
static bool visit(struct walk *walk, const char *path)
{
        size_t length = strlen(path);
        struct visited *visited;

        HASH_FIND(hh, walk->visited, path, length, visited);
        if (visited)
                return false;
        visited = malloc(sizeof *visited + length + 1);
        if (!visited)
                return false;
        memcpy(visited->path, path, length + 1);
        HASH_ADD_KEYPTR(hh, walk->visited, visited->path, length, visited);
        if (HASH_ADDED(hh, visited))
                return true;
        free(visited);
        return false;
}

static void walk_done(struct walk *walk)
{
        struct visited *visited, *next;

        HASH_ITER(hh, walk->visited, visited, next) {
                HASH_DEL(walk->visited, visited);
                free(visited);
        }
}

static bool is_user_place(const char *path)
{
        return strstr(path, "/systemd/user/") || strstr(path, "/systemd/user.");
}

/* The daemon's own, which no ledger can name: its state, and what the boot gate compares with. */
static bool is_written_all_the_time(const struct placement *placement, const char *path)
{
        const char *name = strrchr(path, '/'), *snapshot = strrchr(SNAPSHOT_PATH, '/');

        return placement->place == PLACE_STATE ||
               (placement->place == PLACE_CONFIGURATION && name && starts_with(name, snapshot) &&
                (streq(name + strlen(snapshot), "") || streq(name + strlen(snapshot), ".new")));
}

static int walk_directory(struct walk *walk, const char *path);

static int walk_object(struct walk *walk, const char *path)
{
        _cleanup_(observed_done) struct observed seen = OBSERVED_NOTHING;
        struct placement placement;
        struct survey_object object = { .path = path, .unit = placement.unit, .is_user = is_user_place(path) };
        int r = observe(AT_FDCWD, path, &seen);

        if (r < 0 || !seen.exists)
                return 0; /* gone, or somebody's FUSE */
        policy_place(walk->policy, path, &placement);
        if (is_written_all_the_time(&placement, path))
                return 0;
        object.place = placement.place;
        object.seen = &seen;
        r = walk->each(&object, walk->userdata);
        if (r < 0 || !S_ISDIR(seen.st.st_mode) || walk->depth >= DEPTH_MAX)
                return r;
        walk->depth++;
        r = walk_directory(walk, path);
        walk->depth--;
        return r;
}

static int walk_directory(struct walk *walk, const char *path)
{
        struct dirent *item;
        char full[PATH_MAX];
        DIR *listing;
        int r = 0;

        if (!visit(walk, path))
                return 0;
        listing = opendir(path);
        if (!listing)
                return 0;
        while (r == 0 && (item = readdir(listing)))
                if (!streq(item->d_name, ".") && !streq(item->d_name, "..") &&
                    path_join(full, sizeof full, path, item->d_name) && !unit_path_is_volatile(full))
                        r = walk_object(walk, full);
        (void)closedir(listing);
        return r;
}

static int walk_path(struct walk *walk, const char *found, bool is_file)
{
        _cleanup_free_ char *canonical = is_file ? ctl_canonical_path(found) : realpath(found, NULL);

        if (!canonical || unit_path_is_volatile(canonical))
                return 0;
        if (!is_file)
                return walk_directory(walk, canonical);
        return visit(walk, canonical) ? walk_object(walk, canonical) : 0;
}

static int walk_pattern(struct walk *walk, const struct zone_path *zone_path)
{
        glob_t found;
        int r = 0;

        if (glob(zone_path->pattern, GLOB_NOSORT | GLOB_NOESCAPE, NULL, &found) != 0)
                return 0;
        for (size_t i = 0; r == 0 && i < found.gl_pathc; i++)
                r = walk_path(walk, found.gl_pathv[i], zone_path->is_file);
        globfree(&found);
        return r;
}

int survey_walk(const struct policy *policy, int (*each)(const struct survey_object *object, void *userdata),
                void *userdata)
{
        _cleanup_(walk_done) struct walk walk = { .policy = policy, .each = each, .userdata = userdata };
        int r = 0;

        for (size_t z = 0; r == 0 && z < policy_n_zones(policy); z++) {
                const struct zone *zone = policy_zone(policy, (int)z);

                for (size_t p = 0; r == 0 && p < zone->n_paths; p++)
                        r = zone->paths[p].place == PLACE_STATE ? 0 : walk_pattern(&walk, &zone->paths[p]);
        }
        return r;
}

char *survey_contents(const struct observed *seen, size_t *ret_size)
{
        struct digest digest;
        char *data = NULL;

        if (!seen->exists || !S_ISREG(seen->st.st_mode) || seen->st.st_size > (off_t)UNIT_FILE_MAX ||
            observe_contents(seen, UNIT_FILE_MAX, &digest, &data, ret_size) < 0)
                return NULL;
        return data;
}
