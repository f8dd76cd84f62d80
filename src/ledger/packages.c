#include <md5.h>
#include <sys/stat.h>

#include "packages_internal.h"
#include "unitward/util.h"

const char *package_match_name(enum package_match match)
{
        static const char *const names[] = {
                [PACKAGE_NONE] = "unowned",
                [PACKAGE_MATCHES] = "matches",
                [PACKAGE_DIFFERS] = "differs",
                [PACKAGE_UNVERIFIABLE] = "unverifiable",
        };

        return names[match];
}

/* ---- What the records say ------------------------------------------------------------------------------ */

struct package *packages_add(struct packages *packages, const char *manager, struct slice name, struct slice version)
{
        struct package *package, *other;

        if (name.n == 0 || memchr(name.at, ' ', name.n) || name.n + version.n + 2 > PACKAGE_NAME_MAX)
                return NULL;
        HASH_FIND(hh, packages->packages, name.at, name.n, other);
        if (other)
                return other;
        package = calloc(1, sizeof *package);
        if (!package)
                return NULL;
        package->manager = manager;
        (void)snprintf(package->text, sizeof package->text, "%.*s %.*s", (int)name.n, name.at, (int)version.n,
                       version.at);
        HASH_ADD_KEYPTR(hh, packages->packages, package->text, name.n, package);
        if (HASH_ADDED(hh, package))
                return package;
        free(package);
        return NULL;
}

const struct package *packages_find(const struct packages *packages, struct slice name)
{
        struct package *package;

        HASH_FIND(hh, packages->packages, name.at, name.n, package);
        return package;
}

static struct package_file *file_at(const struct packages *packages, const char *path)
{
        struct package_file *file;

        HASH_FIND(hh, packages->files, path, strlen(path), file);
        return file;
}

int packages_add_file(struct packages *packages, const struct package *package, struct slice path,
                      struct package_file **ret)
{
        struct package_file *file;
        char place[4096];
        int r = packages_place(packages, package, path, place);

        if (r <= 0)
                return r;
        file = file_at(packages, place);
        if (!file) {
                if (HASH_COUNT(packages->files) >= PACKAGES_FILES_MAX)
                        return 0;
                file = calloc(1, sizeof *file);
                if (!file)
                        return -ENOMEM;
                file->package = package;
                file->path = strdup(place);
                if (file->path)
                        HASH_ADD_KEYPTR(hh, packages->files, file->path, strlen(file->path), file);
                if (!HASH_ADDED(hh, file)) {
                        free(file->path);
                        free(file);
                        return -ENOMEM;
                }
        }
        *ret = file;
        return 1;
}

struct package_file *packages_file(struct packages *packages, const struct package *package, struct slice path)
{
        struct package_file *file;
        char place[4096];

        if (packages_place(packages, package, path, place) <= 0)
                return NULL;
        file = file_at(packages, place);
        return file && file->package == package ? file : NULL;
}

/* ---- Their life --------------------------------------------------------------------------------------- */

static int read_records(const char *root, const char *const *prefixes, bool ask_rpm, struct packages **ret)
{
        struct packages *packages = calloc(1, sizeof *packages);
        int r;

        if (!packages)
                return -ENOMEM;
        packages->root_fd = -1;
        r = packages_open_root(packages, root, prefixes);
        if (r == 0)
                r = packages_read_dpkg(packages);
        if (r == 0 && ask_rpm)
                r = packages_read_rpm(packages);
        if (r < 0) {
                packages_free(packages);
                return r;
        }
        *ret = packages;
        return 0;
}

int packages_read(const char *root, const char *const *prefixes, struct packages **ret)
{
        return read_records(root, prefixes, true, ret);
}

int packages_read_dpkg_of(const char *root, const char *const *prefixes, struct packages **ret)
{
        return read_records(root, prefixes, false, ret);
}

static void free_records(struct packages *packages)
{
        struct package_file *file, *next_file;
        struct prefix *prefix, *next_prefix;
        struct package *package, *next;

        HASH_ITER(hh, packages->files, file, next_file) {
                HASH_DEL(packages->files, file);
                free(file->target);
                free(file->path);
                free(file);
        }
        HASH_ITER(hh, packages->packages, package, next) {
                HASH_DEL(packages->packages, package);
                free(package);
        }
        HASH_ITER(hh, packages->prefixes, prefix, next_prefix) {
                HASH_DEL(packages->prefixes, prefix);
                free(prefix->path);
                free(prefix);
        }
}

struct packages *packages_free(struct packages *packages)
{
        if (!packages)
                return NULL;
        free_records(packages);
        for (size_t i = 0; i < packages->n_diversions; i++) {
                free(packages->diversions[i].from);
                free(packages->diversions[i].to);
                free(packages->diversions[i].package);
        }
        for (size_t i = 0; i < packages->n_aliases; i++) {
                free(packages->aliases[i].name);
                free(packages->aliases[i].target);
        }
        free(packages->diversions);
        free(packages->aliases);
        close_pointer(&packages->root_fd);
        free(packages->root);
        free(packages);
        return NULL;
}

size_t packages_count(const struct packages *packages, size_t *ret_files)
{
        const struct package *package, *next;
        size_t n = 0;

        HASH_ITER(hh, packages->packages, package, next)
                n += package->there;
        if (ret_files)
                *ret_files = HASH_COUNT(packages->files);
        return n;
}

/* ---- Comparing ------------------------------------------------------------------------------------------- */

/* No package ships a unit that others than root may write; contents alone would let its next writer in. */
static bool is_guarded(const struct observed *seen)
{
        return seen->st.st_uid == 0 && (S_ISLNK(seen->st.st_mode) || ((seen->st.st_mode & 06022) == 0 && seen->bare));
}

static int match_contents(const struct package_file *file, const struct observed *seen, struct package_owner *owner)
{
        _cleanup_free_ char *data = NULL;
        unsigned char md5[MD5_DIGEST_LENGTH];
        MD5_CTX context;
        size_t size = 0;
        bool same;
        int r = observe_contents(seen, OBSERVE_HASH_MAX, &owner->digest, &data, &size);

        if (r < 0 && r != -EFBIG)
                return r;
        if (r < 0 || !data) {
                owner->match = PACKAGE_UNVERIFIABLE;
                return 0;
        }
        if (file->kind == PACKAGE_DIGEST_MD5) {
                MD5Init(&context);
                MD5Update(&context, (const uint8_t *)data, size);
                MD5Final(md5, &context);
                same = memcmp(md5, file->digest, sizeof md5) == 0;
        } else
                same = memcmp(owner->digest.bytes, file->digest, DIGEST_SIZE) == 0;
        owner->match = same ? PACKAGE_MATCHES : PACKAGE_DIFFERS;
        return 0;
}

static int match_file(const struct package_file *file, const struct observed *seen, struct package_owner *owner)
{
        mode_t type = seen->st.st_mode & S_IFMT;

        owner->match = PACKAGE_DIFFERS;
        if (!seen->exists || !is_guarded(seen))
                return 0;
        if (type == S_IFDIR)
                owner->match = PACKAGE_MATCHES;
        else if (type == S_IFLNK && file->kind == PACKAGE_DIGEST_TARGET)
                owner->match = streq(seen->target, file->target) ? PACKAGE_MATCHES : PACKAGE_DIFFERS;
        else if (file->kind == PACKAGE_DIGEST_NONE)
                owner->match = PACKAGE_UNVERIFIABLE;
        else if (type == S_IFREG && file->kind != PACKAGE_DIGEST_TARGET)
                return match_contents(file, seen, owner);
        return 0;
}

int packages_match(const struct packages *packages, const char *path, const struct observed *seen,
                   struct package_owner *ret)
{
        const struct package_file *file = file_at(packages, path);
        struct package_owner owner = { .match = PACKAGE_NONE, .manager = "" };
        int r = 0;

        if (file) {
                owner.manager = file->package->manager;
                owner.is_configuration = file->is_configuration;
                (void)string_copy(owner.package, sizeof owner.package, file->package->text);
                r = match_file(file, seen, &owner);
        } else if (seen->exists && is_guarded(seen))
                r = packages_match_enabled(packages, path, seen, &owner);
        if (r == 0)
                *ret = owner;
        return r;
}

bool packages_removed(const struct packages *packages, const char *package)
{
        const struct package *now = packages_find(packages, (struct slice){ package, strcspn(package, " ") });

        if (!packages->packages)
                return false;
        return !now || now->gone || (now->whole && !streq(now->text, package));
}
