/* Whether a program is there, and whether a package brought it. */
#include <fcntl.h>
#include <limits.h>

#include "unitward/packages.h"

#include "suggest.h"

static enum suggest_owner owner_of(const char *path)
{
        const char *const prefixes[] = { path, NULL };
        struct packages *packages = NULL;
        struct package_owner owner;
        struct observed seen;
        size_t files;
        enum suggest_owner result = SUGGEST_OWNER_UNKNOWN;

        if (packages_read("", prefixes, &packages) < 0)
                return result;
        if (packages_count(packages, &files) > 0 && observe(AT_FDCWD, path, &seen) == 0) {
                if (packages_match(packages, path, &seen, &owner) == 0)
                        result = owner.match == PACKAGE_NONE ? SUGGEST_OWNER_NOBODY : SUGGEST_OWNER_PACKAGE;
                observed_done(&seen);
        }
        packages_free(packages);
        return result;
}

struct suggest_program suggest_look(void *userdata, const char *path)
{
        char resolved[PATH_MAX];
        bool exists = realpath(path, resolved);

        (void)userdata;
        return (struct suggest_program){ exists, exists ? owner_of(resolved) : SUGGEST_OWNER_UNKNOWN };
}
