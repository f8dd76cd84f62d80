/* What dpkg's records say of a unit and of a program. They are read when something is suspicious enough already, and
 * let go again. (rpm's would have to be asked of rpm, and in the sandbox nothing is executed.) */
#include <fcntl.h>
#include <limits.h>

#include "detection.h"
#include "unitward/packages.h"
#include "unitward/util.h"

static void packages_pointer_free(struct packages **packages)
{
        packages_free(*packages);
}

static enum package_match match_of(const struct packages *packages, const char *path)
{
        char directory[PATH_MAX];
        const char *name = path_split(path, directory, sizeof directory);
        _cleanup_close_ int dir = name ? open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
        _cleanup_(observed_done) struct observed seen = OBSERVED_NOTHING;
        struct package_owner owner;

        if (dir < 0 || observe(dir, name, &seen) < 0 || packages_match(packages, path, &seen, &owner) < 0)
                return PACKAGE_UNVERIFIABLE;
        return owner.match;
}

void detection_ask_packages(const char *root, const char *unit, const char *program, struct package_facts *ret)
{
        _cleanup_(packages_pointer_free) struct packages *packages = NULL;
        const char *prefixes[3] = { NULL };
        char unit_there[PATH_MAX], program_there[PATH_MAX];
        size_t n = 0;
        enum package_match match;

        *ret = (struct package_facts){ 0 };
        unit = unit && realpath(unit, unit_there) ? unit_there : NULL;
        program = program && realpath(program, program_there) ? program_there : NULL;
        if (unit)
                prefixes[n++] = unit;
        if (program)
                prefixes[n++] = program;
        if (n == 0 || packages_read_dpkg_of(streq(root, "/") ? "" : root, prefixes, &packages) < 0 ||
            packages_count(packages, &n) == 0)
                return;
        ret->unit_owned = unit && match_of(packages, unit) == PACKAGE_MATCHES;
        if (!program)
                return;
        match = match_of(packages, program);
        ret->program_unknown = match == PACKAGE_NONE;
        ret->program_differs = match == PACKAGE_DIFFERS;
        ret->program_shipped = match == PACKAGE_MATCHES;
}
