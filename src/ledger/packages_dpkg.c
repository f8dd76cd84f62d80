/* dpkg's database, read as dpkg itself reads it. */
#include <dirent.h>
#include <fcntl.h>

#include "packages_internal.h"
#include "unitward/util.h"

#define DPKG_DIRECTORY "var/lib/dpkg"
#define DPKG_FILE_MAX (64u << 20)

static int read_text(int dir, const char *name, char **ret_data, struct slice *ret)
{
        int r = read_file_at(dir, name, DPKG_FILE_MAX, ret_data, &ret->n);

        if (r == 0)
                ret->at = *ret_data;
        return r;
}

/* Part of a file's name: letters, digits and what deb-control(5) allows besides. */
static bool is_name(struct slice name)
{
        static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";

        for (size_t i = 0; i < name.n; i++)
                if (!name.at[i] || !strchr(letters, name.at[i]))
                        return false;
        return name.n > 0 && name.n < 200 && *name.at != '.';
}

/* Packages that may be installed for several architectures are told apart by them. */
static bool full_name(const struct dpkg_status *status, char *ret, size_t size)
{
        int n;

        if (!is_name(status->package))
                return false;
        if (!slice_is(status->multi_arch, "same"))
                n = snprintf(ret, size, "%.*s", (int)status->package.n, status->package.at);
        else if (is_name(status->architecture))
                n = snprintf(ret, size, "%.*s:%.*s", (int)status->package.n, status->package.at,
                             (int)status->architecture.n, status->architecture.at);
        else
                return false;
        return n > 0 && (size_t)n < size;
}

/* Digests matter only where the list names something that does. */
static int read_files(struct packages *packages, const struct package *package, const struct dpkg_status *status,
                      int info, const char *name)
{
        _cleanup_free_ char *list = NULL, *sums = NULL, *file = format("%s.list", name), *other = NULL;
        struct slice text;
        int n;

        if (!file)
                return -ENOMEM;
        if (read_text(info, file, &list, &text) < 0)
                return 0;
        n = dpkg_take_list(packages, package, text);
        if (n <= 0)
                return n;
        other = format("%s.md5sums", name);
        if (!other)
                return -ENOMEM;
        if (read_text(info, other, &sums, &text) == 0)
                dpkg_take_md5sums(packages, package, text);
        dpkg_take_conffiles(packages, package, status->conffiles);
        return 0;
}

/* Of several paragraphs about a package the one that comes first counts. What is not in order owns nothing, and is
 * not gone either. */
static int read_package(struct packages *packages, const struct dpkg_status *status, int info)
{
        enum dpkg_state state = dpkg_state_of(status);
        char name[PACKAGE_NAME_MAX];
        struct package *package;

        if (!full_name(status, name, sizeof name) || packages_find(packages, (struct slice){ name, strlen(name) }))
                return 0;
        package = packages_add(packages, "dpkg", (struct slice){ name, strlen(name) }, status->version);
        if (!package)
                return 0;
        package->gone = state == DPKG_ABSENT;
        package->there = state >= DPKG_UNPACKED;
        package->whole = state == DPKG_INSTALLED;
        return package->there ? read_files(packages, package, status, info, name) : 0;
}

static int read_status(struct packages *packages, int dir, const char *name, int info)
{
        _cleanup_free_ char *records = NULL;
        struct dpkg_status status;
        struct slice text;
        int r = read_text(dir, name, &records, &text);

        while (r == 0 && dpkg_next_status(&text, &status))
                r = read_package(packages, &status, info);
        return r == -ENOENT ? 0 : r;
}

static int is_update(const struct dirent *item)
{
        return *item->d_name && item->d_name[strspn(item->d_name, "0123456789")] == '\0';
}

/* While dpkg works it notes in numbered files what has changed since status was written: the last word first. */
static int read_updates(struct packages *packages, int database, int info)
{
        _cleanup_close_ int dir = openat(database, "updates", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct dirent **items = NULL;
        int n = dir < 0 ? 0 : scandirat(dir, ".", &items, is_update, alphasort), r = 0;

        while (n > 0) {
                n--;
                if (r == 0)
                        r = read_status(packages, dir, items[n]->d_name, info);
                free(items[n]);
        }
        free(items);
        return r;
}

static int read_diversions(struct packages *packages, int database)
{
        _cleanup_free_ char *diversions = NULL;
        struct slice text;
        int r = read_text(database, "diversions", &diversions, &text);

        return r == 0 ? dpkg_take_diversions(packages, text) : r == -ENOENT ? 0 : r;
}

int packages_read_dpkg(struct packages *packages)
{
        _cleanup_close_ int database = openat(packages->root_fd, DPKG_DIRECTORY, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_close_ int info =
                database < 0 ? -1 : openat(database, "info", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int r;

        if (info < 0)
                return 0;
        r = read_diversions(packages, database);
        if (r == 0)
                r = read_updates(packages, database, info);
        return r == 0 ? read_status(packages, database, "status", info) : r;
}
