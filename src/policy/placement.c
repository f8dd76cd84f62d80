/* Where a path lies, by the zones' patterns alone. The daemon places what it sees by inode; this is for
 * questions about paths that nobody touches ("unitward explain"). */
#include <limits.h>

#include "unitward/glob.h"
#include "unitward/unit_name.h"

#include "policy_internal.h"

static size_t count_components(const char *path)
{
        size_t n = 0;

        for (; *path; path++)
                n += *path == '/';
        return n;
}

/* The rest of path behind its first n components: "/a/b/c", 2: "/c". */
static const char *skip_components(const char *path, size_t n)
{
        for (; *path; path++)
                if (*path == '/' && n-- == 0)
                        break;
        return path;
}

static bool begins_with(const char *path, size_t n, const char *pattern)
{
        _cleanup_free_ char *start = strndup(path, (size_t)(skip_components(path, n) - path));

        return start && glob_match_path(pattern, start);
}

/* How many components of path the zone's pattern covers; 0: it does not. A directory covers what is in it,
 * its own name belongs to its parent. */
static size_t coverage(const struct zone_path *zone_path, const char *path)
{
        size_t n = count_components(zone_path->pattern), length = count_components(path);

        if (zone_path->is_file ? length != n : length <= n)
                return 0;
        return begins_with(path, n, zone_path->pattern) ? n : 0;
}

static void copy_component(const char *path, char *buffer, size_t size)
{
        size_t length = strcspn(path + 1, "/") + 1;

        (void)snprintf(buffer, size, "%.*s", (int)length - 1, path + 1);
}

/* Walks down from the protected directory, as the place of each directory follows from its parent's. */
static void place_below(const char *path, size_t covered, struct placement *placement)
{
        const char *rest = skip_components(path, covered);
        char directory[NAME_MAX + 1], name[NAME_MAX + 1];

        copy_component(skip_components(path, covered - 1), directory, sizeof directory);
        copy_component(rest, name, sizeof name);
        for (rest = skip_components(rest, 1); *rest; rest = skip_components(rest, 1)) {
                memcpy(directory, name, sizeof directory);
                placement->place = unit_place_of_directory(placement->place, directory);
                copy_component(rest, name, sizeof name);
        }
        unit_name_of(placement->place, directory, name, placement->unit);
}

static bool place_in_zones(const struct policy *policy, const char *path, struct placement *placement)
{
        const struct zone_path *best = NULL;
        size_t covered = 0;

        for (size_t i = 0; i < policy->n_zones; i++) {
                for (size_t j = 0; j < policy->zones[i].n_paths; j++) {
                        size_t n = coverage(&policy->zones[i].paths[j], path);

                        if (n <= covered)
                                continue;
                        covered = n;
                        best = &policy->zones[i].paths[j];
                        placement->zone = (int)i;
                }
        }
        if (!best)
                return false;
        placement->place = best->place;
        if (!best->is_file)
                place_below(path, covered, placement);
        return true;
}

static bool is_above(const struct zone *zone, const char *path)
{
        size_t n = count_components(path);

        for (size_t i = 0; n > 0 && i < zone->n_paths; i++) {
                const char *pattern = zone->paths[i].pattern, *end = skip_components(pattern, n);
                _cleanup_free_ char *start = strndup(pattern, (size_t)(end - pattern));

                if (start && count_components(pattern) >= n && glob_match_path(start, path))
                        return true;
        }
        return false;
}

static bool place_in_parents(const struct policy *policy, const char *path, struct placement *placement)
{
        int parents = -1;
        bool above = false;

        for (size_t i = 0; i < policy->n_zones; i++) {
                if (policy->zones[i].parents)
                        parents = (int)i;
                above |= is_above(&policy->zones[i], path);
        }
        if (parents < 0 || !above)
                return false;
        *placement = (struct placement){ .zone = parents, .place = PLACE_PARENT };
        return true;
}

void policy_place(const struct policy *policy, const char *path, struct placement *ret)
{
        *ret = (struct placement){ .zone = ZONE_UNPLACED, .place = PLACE_CONFIGURATION };
        if (!place_in_zones(policy, path, ret))
                (void)place_in_parents(policy, path, ret);
}
