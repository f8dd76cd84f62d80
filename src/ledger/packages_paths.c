/* What a path of the package manager's records is on this disk: below the root, with diversions and the links in
 * directories' names followed (/lib/systemd/system is /usr/lib/systemd/system wherever /lib is a link). */
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include "packages_internal.h"
#include "unitward/tree.h"
#include "unitward/util.h"

#define ALIASES_MAX 64
#define PREFIXES_MAX 4096

static int note_alias(int dir, const char *name, void *userdata)
{
        struct packages *packages = userdata;
        char target[PATH_MAX];
        ssize_t n = readlinkat(dir, name, target, sizeof target - 1);
        struct alias *larger, alias;

        if (n <= 0 || packages->n_aliases == ALIASES_MAX)
                return 0;
        target[n] = '\0';
        larger = reallocarray(packages->aliases, packages->n_aliases + 1, sizeof *larger);
        if (!larger)
                return -ENOMEM;
        packages->aliases = larger;
        alias = (struct alias){ format("/%s", name), format("%s%s", *target == '/' ? "" : "/", target) };
        packages->aliases[packages->n_aliases++] = alias;
        return alias.name && alias.target ? 0 : -ENOMEM;
}

/* Only the first component: the one link that package managers are led astray by. */
static bool follow_alias(const struct packages *packages, struct slice path, char ret[static PATH_MAX])
{
        for (size_t i = 0; i < packages->n_aliases; i++) {
                const struct alias *alias = &packages->aliases[i];
                size_t n = strlen(alias->name);

                if (path.n >= n && memcmp(path.at, alias->name, n) == 0 && (path.n == n || path.at[n] == '/'))
                        return snprintf(ret, PATH_MAX, "%s%.*s", alias->target, (int)(path.n - n), path.at + n) <
                               PATH_MAX;
        }
        return snprintf(ret, PATH_MAX, "%.*s", (int)path.n, path.at) < PATH_MAX;
}

/* As it is written inside the root; NULL: it is not in there. */
static const char *within(const char *root, const char *path)
{
        if (!path_is_in(path, root))
                return NULL;
        path += strlen(root);
        return *path ? path : "/";
}

static int note_prefix(struct packages *packages, const char *path, bool whole)
{
        struct prefix *prefix;

        HASH_FIND_STR(packages->prefixes, path, prefix);
        if (!prefix) {
                prefix = calloc(1, sizeof *prefix);
                if (!prefix)
                        return -ENOMEM;
                prefix->path = strdup(path);
                if (prefix->path)
                        HASH_ADD_KEYPTR(hh, packages->prefixes, prefix->path, strlen(prefix->path), prefix);
                if (!HASH_ADDED(hh, prefix)) {
                        free(prefix->path);
                        free(prefix);
                        return -ENOMEM;
                }
        }
        prefix->whole |= whole;
        return 0;
}

static int add_prefix(struct packages *packages, const char *root, const char *path)
{
        const char *inside = within(packages->root, path);
        char followed[PATH_MAX], *slash;
        int r;

        if (!inside)
                inside = within(root, path);
        if (!inside || HASH_COUNT(packages->prefixes) >= PREFIXES_MAX ||
            !follow_alias(packages, (struct slice){ inside, strlen(inside) }, followed))
                return 0;
        if (streq(followed, "/"))
                *followed = '\0'; /* everything is below it */
        r = note_prefix(packages, followed, true);
        slash = strrchr(followed, '/');
        if (r < 0 || !slash)
                return r;
        *slash = '\0';
        return note_prefix(packages, followed, false);
}

int packages_open_root(struct packages *packages, const char *root, const char *const *prefixes)
{
        int r;

        packages->root = *root ? realpath(root, NULL) : strdup("");
        if (!packages->root)
                return -errno;
        if (streq(packages->root, "/"))
                *packages->root = '\0';
        packages->root_fd = open(*packages->root ? packages->root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (packages->root_fd < 0)
                return -errno;
        r = directory_each(packages->root_fd, note_alias, packages);
        for (; r == 0 && *prefixes; prefixes++)
                r = add_prefix(packages, streq(root, "/") ? "" : root, *prefixes);
        return r;
}

/* The directory itself, or one above it that is wanted with all that is below. */
static bool is_concerned(const struct packages *packages, const char *directory)
{
        size_t n = strlen(directory);

        for (size_t i = 0; i <= n; i++) {
                const struct prefix *prefix;

                if (i < n && directory[i] != '/')
                        continue;
                HASH_FIND(hh, packages->prefixes, directory, i, prefix);
                if (prefix && (prefix->whole || i == n))
                        return true;
        }
        return false;
}

static bool is_file_concerned(const struct packages *packages, const char *path)
{
        char directory[PATH_MAX];

        return path_split(path, directory, sizeof directory) &&
               is_concerned(packages, streq(directory, "/") ? "" : directory);
}

/* Where it does not exist, nothing in it does. */
static bool real_directory(const struct packages *packages, const char *directory, char ret[static PATH_MAX])
{
        struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
        _cleanup_close_ int fd =
                (int)syscall(SYS_openat2, packages->root_fd, *directory ? directory : "/", &how, sizeof how);
        ssize_t n = fd < 0 ? -1 : readlink(fd_path(fd).text, ret, PATH_MAX - 1);

        if (n > 0)
                ret[n] = '\0';
        else if (snprintf(ret, PATH_MAX, "%s%s", packages->root, directory) >= PATH_MAX)
                return false;
        if (streq(ret, "/"))
                *ret = '\0';
        return true;
}

static void enter(struct packages *packages, struct slice directory)
{
        char followed[PATH_MAX];

        memcpy(packages->last.name, directory.at, directory.n);
        packages->last.n = directory.n;
        packages->last.known = true;
        packages->last.concerned = follow_alias(packages, directory, followed) && is_concerned(packages, followed) &&
                                   real_directory(packages, followed, packages->last.real);
}

/* Where the package's file is, when another package (or the administrator) had it moved aside. */
static struct slice divert(const struct packages *packages, const struct package *package, struct slice path)
{
        char followed[PATH_MAX];

        if (!follow_alias(packages, path, followed))
                return path;
        for (size_t i = 0; i < packages->n_diversions; i++) {
                const struct diversion *diversion = &packages->diversions[i];
                size_t n = strlen(diversion->package);

                if (streq(diversion->from, followed) &&
                    !(strncmp(package->text, diversion->package, n) == 0 && strchr(" :", package->text[n])))
                        return (struct slice){ diversion->to, strlen(diversion->to) };
        }
        return path;
}

int packages_divert(struct packages *packages, struct slice from, struct slice to, struct slice package)
{
        struct diversion diversion, *larger;
        char followed[PATH_MAX], target[PATH_MAX];

        if (from.n >= PATH_MAX || to.n >= PATH_MAX || !follow_alias(packages, from, followed) ||
            !follow_alias(packages, to, target) ||
            (!is_file_concerned(packages, followed) && !is_file_concerned(packages, target)))
                return 0;
        larger = reallocarray(packages->diversions, packages->n_diversions + 1, sizeof *larger);
        if (!larger)
                return -ENOMEM;
        packages->diversions = larger;
        diversion = (struct diversion){ strdup(followed), strdup(target), strndup(package.at, package.n) };
        packages->diversions[packages->n_diversions++] = diversion;
        return diversion.from && diversion.to && diversion.package ? 0 : -ENOMEM;
}

int packages_place(struct packages *packages, const struct package *package, struct slice path,
                   char ret[static PATH_MAX])
{
        const char *slash;
        struct slice directory, name;

        if (path.n < 2 || path.n >= PATH_MAX || path.at[0] != '/')
                return -EBADMSG;
        if (packages->n_diversions > 0)
                path = divert(packages, package, path);
        slash = memrchr(path.at, '/', path.n);
        directory = (struct slice){ path.at, (size_t)(slash - path.at) };
        name = (struct slice){ slash + 1, path.n - directory.n - 1 };
        if (!packages->last.known || packages->last.n != directory.n ||
            memcmp(packages->last.name, directory.at, directory.n) != 0)
                enter(packages, directory);
        if (!packages->last.concerned)
                return 0;
        if (memchr(path.at, '\0', path.n) || name.n == 0)
                return -EBADMSG;
        return snprintf(ret, PATH_MAX, "%s/%.*s", packages->last.real, (int)name.n, name.at) < PATH_MAX ? 1 : -EBADMSG;
}
