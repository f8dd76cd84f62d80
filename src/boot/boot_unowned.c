/* What the package manager's records say: of what was installed while the daemon was down, and, when the snapshot is
 * lost, in its place. */
#include <fcntl.h>

#include "boot_internal.h"
#include "unitward/packages.h"

static void packages_pointer(struct packages **packages)
{
        (void)packages_free(*packages);
}

static enum package_match match_of(const struct packages *packages, const char *path)
{
        _cleanup_(observed_done) struct observed seen = OBSERVED_NOTHING;
        struct package_owner owner;

        if (observe(AT_FDCWD, path, &seen) < 0 || packages_match(packages, path, &seen, &owner) < 0)
                return PACKAGE_NONE;
        return owner.match;
}

bool boot_package_shipped(const struct packages *packages, const char *path)
{
        return match_of(packages, path) == PACKAGE_MATCHES;
}

/* Links are made when something is installed, and no package lists them: one counts as what it leads to. A mask
 * leads nowhere and runs nothing. */
bool boot_package_owns(const struct packages *packages, const char *path)
{
        char target[PATH_MAX];

        if (match_of(packages, path) != PACKAGE_NONE)
                return true;
        return realpath(path, target) && !streq(target, path) &&
               (streq(target, "/dev/null") || match_of(packages, target) != PACKAGE_NONE);
}

/* NULL: there are no records, or none that say anything about the search path. */
static struct packages *read_records(const struct boot_walk *walk)
{
        _cleanup_(packages_pointer) struct packages *packages = NULL;
        _cleanup_free_ const char **prefixes = calloc(walk->n_directories + 1, sizeof *prefixes);
        size_t files;

        for (size_t i = 0; prefixes && i < walk->n_directories; i++)
                prefixes[i] = walk->directories[i].path;
        if (!prefixes || packages_read("", prefixes, &packages) < 0 || packages_count(packages, &files) == 0 ||
            files == 0)
                return NULL;
        return steal_pointer(packages);
}

bool boot_ask_packages(struct boot_walk *walk, bool (*is_good)(const struct packages *packages, const char *path))
{
        _cleanup_(packages_pointer) struct packages *packages = read_records(walk);

        for (size_t i = 0; packages && i < walk->n_findings; i++)
                walk->findings[i].authorised |= is_good(packages, walk->findings[i].path);
        return packages != NULL;
}
