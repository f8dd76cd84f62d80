/* Places that a new policy names and the one in force does not. What is in them nobody has authorised yet: where it is
 * enforced at once, /etc/fstab goes to quarantine because somebody wanted it guarded. */
#include <dirent.h>
#include <glob.h>

#include "guard_internal.h"
#include "unitward/util.h"

static bool policy_names(const struct policy *policy, const struct zone_path *path)
{
        for (size_t z = 0; z < policy_n_zones(policy); z++) {
                const struct zone *zone = policy_zone(policy, (int)z);

                for (size_t i = 0; i < zone->n_paths; i++)
                        if (zone->paths[i].is_file == path->is_file && streq(zone->paths[i].pattern, path->pattern))
                                return true;
        }
        return false;
}

static bool is_empty(const char *directory)
{
        DIR *listing = opendir(directory);
        const struct dirent *item;
        bool empty = true;

        if (!listing)
                return true;
        while (empty && (item = readdir(listing)))
                empty = streq(item->d_name, ".") || streq(item->d_name, "..");
        (void)closedir(listing);
        return empty;
}

/* *ret: what matches it first and is there, a file or a directory with something in it; NULL: nothing. */
static int what_is_there(const struct zone_path *path, char **ret)
{
        glob_t matches = { 0 };
        int r = glob(path->pattern, GLOB_NOSORT | GLOB_NOESCAPE, NULL, &matches) == GLOB_NOSPACE ? -ENOMEM : 0;

        *ret = NULL;
        for (size_t i = 0; r == 0 && !*ret && i < matches.gl_pathc; i++)
                if (path->is_file || !is_empty(matches.gl_pathv[i]))
                        r = (*ret = strdup(matches.gl_pathv[i])) ? 0 : -ENOMEM;
        globfree(&matches);
        return r;
}

static int add_place(char **places, const struct zone_path *path)
{
        _cleanup_free_ char *found = NULL;
        char *longer;
        int r = what_is_there(path, &found);

        if (r < 0 || !found)
                return r;
        longer = *places ? format("%s, %s", *places, found) : steal_pointer(found);
        if (!longer)
                return -ENOMEM;
        free(*places);
        *places = longer;
        return 0;
}

int new_places(const struct policy *before, const struct policy *after, char **ret)
{
        _cleanup_free_ char *places = NULL;

        for (size_t z = 0; z < policy_n_zones(after); z++) {
                const struct zone *zone = policy_zone(after, (int)z);

                for (size_t i = 0; i < zone->n_paths; i++) {
                        const struct zone_path *path = &zone->paths[i];
                        /* The daemon's own files are not compared with anything. */
                        int r = path->place == PLACE_STATE || policy_names(before, path) ? 0 : add_place(&places, path);

                        if (r < 0)
                                return r;
                }
        }
        *ret = steal_pointer(places);
        return 0;
}
