/* Links that a Debian package's script made by deb-systemd-helper, which keeps state files of them: one named like
 * the link, and for each unit a list of its links. A list of files knows nothing of these, and without them an
 * upgrade that was made while nobody watched would be taken half back. What counts is the record together with
 * the unit: a link to anything but what its package shipped is nobody's. */
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include "packages_internal.h"
#include "unitward/util.h"

#define HELPER_FILE_MAX (64u << 10)

static const struct {
        const char *links, *state;
} helpers[] = {
        { "/etc/systemd/system/", "var/lib/systemd/deb-systemd-helper-enabled" },
        { "/etc/systemd/user/", "var/lib/systemd/deb-systemd-user-helper-enabled" },
};

static int open_in_root(const struct packages *packages, const char *path)
{
        struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
        int fd = (int)syscall(SYS_openat2, packages->root_fd, path, &how, sizeof how);

        return fd < 0 ? -errno : fd;
}

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

/* The list of the unit names the link. inside: its path without the root. */
static bool is_listed(int state, const char *unit, const char *inside)
{
        _cleanup_free_ char *name = format("%s.dsh-also", unit), *data = NULL;
        struct slice text, line;

        if (!name || read_file_at(state, name, HELPER_FILE_MAX, &data, &text.n) < 0)
                return false;
        text.at = data;
        while (slice_line(&text, &line))
                if (slice_is(line, inside))
                        return true;
        return false;
}

/* The unit that the link leads to, and the package that shipped it with these contents. */
static int match_target(const struct packages *packages, const char *inside, const char *target,
                        struct package_owner *ret)
{
        _cleanup_free_ char *path =
                *target == '/' ? strdup(target) : format("%.*s%s", (int)(base_name(inside) - inside), inside, target);
        _cleanup_(observed_done) struct observed seen = OBSERVED_NOTHING;
        _cleanup_close_ int fd = -1;
        char real[PATH_MAX];
        ssize_t n;
        int r;

        if (!path)
                return -ENOMEM;
        fd = open_in_root(packages, path);
        n = fd < 0 ? -1 : readlink(fd_path(fd).text, real, sizeof real - 1);
        if (n <= 0)
                return 0;
        real[n] = '\0';
        r = observe(AT_FDCWD, real, &seen);
        if (r < 0 || !seen.exists || !S_ISREG(seen.st.st_mode))
                return r;
        return packages_match(packages, real, &seen, ret);
}

static int match_link(const struct packages *packages, int state, const char *inside, const char *target,
                      struct package_owner *ret)
{
        struct package_owner unit = { .match = PACKAGE_NONE };
        bool same_name = streq(base_name(inside), base_name(target));
        int r;

        /* Under another name, an alias or an instance, only where the unit's own list says so. */
        if (!same_name && !is_listed(state, base_name(target), inside))
                return 0;
        r = match_target(packages, inside, target, &unit);
        if (r == 0 && unit.match == PACKAGE_MATCHES)
                *ret = unit;
        return r;
}

int packages_match_enabled(const struct packages *packages, const char *path, const struct observed *seen,
                           struct package_owner *ret)
{
        const char *inside = path + strlen(packages->root);

        if (!starts_with(path, packages->root))
                return 0;
        for (size_t i = 0; i < ARRAY_SIZE(helpers); i++) {
                const char *name = inside + strlen(helpers[i].links);
                _cleanup_close_ int state = -1;
                struct stat st;

                if (!starts_with(inside, helpers[i].links))
                        continue;
                state = open_in_root(packages, helpers[i].state);
                if (state < 0 || fstatat(state, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        return 0;
                if (S_ISLNK(seen->st.st_mode) && S_ISREG(st.st_mode))
                        return match_link(packages, state, inside, seen->target, ret);
                if (S_ISDIR(seen->st.st_mode) && S_ISDIR(st.st_mode)) {
                        ret->match = PACKAGE_MATCHES;
                        ret->manager = "dpkg";
                        (void)string_copy(ret->package, sizeof ret->package, "deb-systemd-helper");
                }
                return 0;
        }
        return 0;
}
