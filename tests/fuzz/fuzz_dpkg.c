/* dpkg's files, and what rpm prints: taken apart wherever they are damaged, and only what concerns the prefixes kept.
 */
#include "../../src/ledger/packages_internal.h"
#include "unitward/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_lines(struct packages *packages, const char *text)
{
        _cleanup_free_ char *copy = strdup(text);
        char *rest = copy, *line;

        while ((line = strsep(&rest, "\n")))
                (void)rpm_take_line(packages, line);
}

static void check(const struct packages *packages)
{
        struct package_file *file, *next;

        HASH_ITER(hh, packages->files, file, next)
                if (!starts_with(file->path, "/etc/") && !starts_with(file->path, "/usr/"))
                        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const prefixes[] = { "/etc/systemd", "/usr/lib/systemd", NULL };
        _cleanup_free_ char *text = strndup((const char *)data, size);
        struct slice all = { (const char *)data, size }, rest = all;
        struct packages *packages = calloc(1, sizeof *packages);
        struct package *package;
        struct dpkg_status status;

        if (!packages || !text || packages_open_root(packages, "", prefixes) < 0)
                abort();
        package = packages_add(packages, "dpkg", (struct slice){ "p", 1 }, (struct slice){ "1", 1 });
        (void)dpkg_take_list(packages, package, all);
        dpkg_take_md5sums(packages, package, all);
        check(packages);
        while (dpkg_next_status(&rest, &status)) {
                (void)dpkg_state_of(&status);
                dpkg_take_conffiles(packages, package, status.conffiles);
        }
        (void)dpkg_take_diversions(packages, all);
        (void)dpkg_take_list(packages, package, all);
        take_lines(packages, text);
        (void)packages_free(packages);
        return 0;
}
