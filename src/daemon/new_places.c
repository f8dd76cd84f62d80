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

/* What matches it first and is there, a file or a directory with something in it. Caller frees; NULL: nothing. */
static char *what_is_there(const struct zone_path *path)
{
        glob_t matches = { 0 };
        char *found = NULL;

        if (glob(path->pattern, GLOB_NOSORT | GLOB_NOESCAPE, NULL, &matches) == 0)
                for (size_t i = 0; !found && i < matches.gl_pathc; i++)
                        if (path->is_file || !is_empty(matches.gl_pathv[i]))
                                found = strdup(matches.gl_pathv[i]);
        globfree(&matches);
        return found;
}

char *new_places(const struct policy *before, const struct policy *after)
{
        char *places = NULL;

        for (size_t z = 0; z < policy_n_zones(after); z++) {
                const struct zone *zone = policy_zone(after, (int)z);

                for (size_t i = 0; i < zone->n_paths; i++) {
                        const struct zone_path *path = &zone->paths[i];
                        _cleanup_free_ char *former = NULL, *found = NULL;

                        /* The daemon's own files are not compared with anything. */
                        if (path->place == PLACE_STATE || policy_names(before, path))
                                continue;
                        found = what_is_there(path);
                        if (!found)
                                continue;
                        former = steal_pointer(places);
                        places = format("%s%s%s", former ? former : "", former ? ", " : "", found);
                }
        }
        return places;
}
