/* What lies on the search paths, by name: systemd.unit(5), "Unit File Load Path". */
#include <limits.h>

#include "units.h"

/* ---- Names ------------------------------------------------------------------------------------------------- */

const struct catalog_name *catalog_find(const struct catalog *catalog, const char *name)
{
        struct catalog_name *found = NULL;

        HASH_FIND(hh, catalog->names, name, strlen(name), found);
        return found;
}

static void name_free(struct catalog_name *name)
{
        free(name->aliases);
        free(name->alias);
        free(name->path);
        free(name->name);
        free(name);
}

static const char *base_of(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

static bool is_on_search_path(const struct posture *posture, const char *path)
{
        char directory[PATH_MAX];

        if (!path_split(path, directory, sizeof directory))
                return false;
        for (size_t i = 0; i < posture->n_directories; i++)
                if (streq(posture->directories[i].path, directory))
                        return true;
        return false;
}

/* A link to a unit of another name is that unit under one more name; to its own template, or to a file that lies
 * elsewhere, it is a unit of its own. */
static bool is_alias(const struct posture *posture, const char *name, const char *path)
{
        const char *base = base_of(path);
        char template[UNIT_NAME_MAX];

        if (streq(base, name) || (unit_template_of(name, template) && streq(base, template)))
                return false;
        return unit_name_is_valid(base) && is_on_search_path(posture, path);
}

static int name_add(struct posture *posture, struct catalog *catalog, const char *name, const struct node *node)
{
        struct catalog_name *added = calloc(1, sizeof *added);

        if (!added)
                return -ENOMEM;
        added->name = strdup(name);
        added->masked = !S_ISREG(node->st.st_mode) || node->st.st_size == 0;
        if (is_alias(posture, name, node->path))
                added->alias = strdup(base_of(node->path));
        else
                added->path = strdup(node->path);
        if (added->name && (added->alias || added->path))
                HASH_ADD_KEYPTR(hh, catalog->names, added->name, strlen(added->name), added);
        if (HASH_ADDED(hh, added))
                return 0;
        name_free(added);
        return -ENOMEM;
}

/* ---- Directories of units ---------------------------------------------------------------------------------- */

const struct catalog_directory *catalog_directory_find(const struct catalog *catalog, const char *name)
{
        struct catalog_directory *found = NULL;

        HASH_FIND(hh, catalog->directories, name, strlen(name), found);
        return found;
}

static void directory_free(struct catalog_directory *directory)
{
        while (directory->n > 0)
                free(directory->paths[--directory->n]);
        free(directory->paths);
        free(directory->name);
        free(directory);
}

static int directory_add_path(struct catalog_directory *directory, const char *path)
{
        char **more = reallocarray(directory->paths, directory->n + 1, sizeof *more);

        if (!more)
                return -ENOMEM;
        directory->paths = more;
        more[directory->n] = strdup(path);
        return more[directory->n] ? (directory->n++, 0) : -ENOMEM;
}

static int directory_add(struct catalog *catalog, const char *name, const char *path)
{
        struct catalog_directory *directory = NULL;

        HASH_FIND(hh, catalog->directories, name, strlen(name), directory);
        if (directory)
                return directory_add_path(directory, path);
        directory = calloc(1, sizeof *directory);
        if (!directory)
                return -ENOMEM;
        directory->name = strdup(name);
        if (directory->name && directory_add_path(directory, path) == 0)
                HASH_ADD_KEYPTR(hh, catalog->directories, directory->name, strlen(directory->name), directory);
        if (HASH_ADDED(hh, directory))
                return 0;
        directory_free(directory);
        return -ENOMEM;
}

static bool is_unit_directory(const char *name)
{
        static const char *const suffixes[] = { ".d", ".wants", ".requires", ".upholds" };

        for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
                if (ends_with(name, suffixes[i]))
                        return true;
        return false;
}

/* ---- One directory of the search path ---------------------------------------------------------------------- */

struct listing {
        struct posture *posture;
        struct catalog *catalog;
        const char *path;
};

/* "/dev/null" is a mask also in an image, which has no devices. */
static bool is_mask(const struct node *node)
{
        return node->target && streq(node->target, "/dev/null");
}

static int list_entry(const char *name, void *userdata)
{
        const struct listing *listing = userdata;
        _cleanup_free_ char *path = format("%s/%s", listing->path, name);
        struct node *node;
        int r;

        if (!path)
                return -ENOMEM;
        if (!is_unit_directory(name) && (!unit_name_is_valid(name) || catalog_find(listing->catalog, name)))
                return 0;
        r = posture_look(listing->posture, path, true, &node);
        if (r == 0 && node->error == 0 && is_mask(node) && !is_unit_directory(name))
                return name_add(listing->posture, listing->catalog, name, node);
        if (r == 0)
                r = posture_look(listing->posture, path, false, &node);
        if (r == -ENOMEM)
                return r;
        if (r < 0 || node->error != 0)
                return 0; /* a link to nothing: systemd goes on as if it were not there */
        if (S_ISDIR(node->st.st_mode))
                return is_unit_directory(name) ? directory_add(listing->catalog, name, path) : 0;
        if (is_unit_directory(name) || (!S_ISREG(node->st.st_mode) && !S_ISCHR(node->st.st_mode)))
                return 0;
        return name_add(listing->posture, listing->catalog, name, node);
}

static int link_aliases(struct catalog *catalog)
{
        struct catalog_name *name, *next, *of;

        HASH_ITER(hh, catalog->names, name, next) {
                const char **more;

                of = NULL;
                if (name->alias)
                        HASH_FIND(hh, catalog->names, name->alias, strlen(name->alias), of);
                if (!of)
                        continue;
                more = reallocarray(of->aliases, of->n_aliases + 1, sizeof *more);
                if (!more)
                        return -ENOMEM;
                of->aliases = more;
                more[of->n_aliases++] = name->name;
        }
        return 0;
}

static int catalog_read(struct posture *posture, struct catalog *catalog)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < posture->n_directories; i++) {
                const struct posture_directory *directory = &posture->directories[i];
                struct listing listing = { posture, catalog, directory->path };

                if (directory->scope == catalog->scope && directory->uid == catalog->uid)
                        r = posture_list(posture, directory->path, list_entry, &listing);
        }
        return r == 0 ? link_aliases(catalog) : r;
}

static int catalog_add(struct posture *posture, enum unit_scope scope, uid_t uid)
{
        struct catalog *more;

        for (size_t i = 0; i < posture->n_catalogs; i++)
                if (posture->catalogs[i].scope == scope && posture->catalogs[i].uid == uid)
                        return 0;
        more = reallocarray(posture->catalogs, posture->n_catalogs + 1, sizeof *more);
        if (!more)
                return -ENOMEM;
        posture->catalogs = more;
        more[posture->n_catalogs++] = (struct catalog){ .scope = scope, .uid = uid };
        return 0;
}

int catalogs_read(struct posture *posture)
{
        int r = search_path_read(posture);

        if (r == 0)
                r = catalog_add(posture, UNIT_SCOPE_SYSTEM, (uid_t)-1);
        if (r == 0)
                r = catalog_add(posture, UNIT_SCOPE_USER, (uid_t)-1);
        for (size_t i = 0; r == 0 && i < posture->n_directories; i++)
                r = catalog_add(posture, posture->directories[i].scope, posture->directories[i].uid);
        for (size_t i = 0; r == 0 && i < posture->n_catalogs; i++)
                r = catalog_read(posture, &posture->catalogs[i]);
        return r;
}

void catalogs_done(struct posture *posture)
{
        for (size_t i = 0; i < posture->n_catalogs; i++) {
                struct catalog *catalog = &posture->catalogs[i];
                struct catalog_name *name, *next_name;
                struct catalog_directory *directory, *next_directory;

                HASH_ITER(hh, catalog->names, name, next_name) {
                        HASH_DEL(catalog->names, name);
                        name_free(name);
                }
                HASH_ITER(hh, catalog->directories, directory, next_directory) {
                        HASH_DEL(catalog->directories, directory);
                        directory_free(directory);
                }
        }
        free(posture->catalogs);
        search_path_done(posture);
}
