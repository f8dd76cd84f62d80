/* One unit: the file that counts, and its drop-ins in the order in which they hold. */
#include <limits.h>

#include "units.h"

/* ---- Files ------------------------------------------------------------------------------------------------- */

int parsed_get(struct posture *posture, const char *path, const struct unit_file **ret)
{
        _cleanup_free_ char *text = NULL;
        struct parsed_file *parsed = NULL;
        size_t size;
        int r;

        HASH_FIND(hh, posture->parsed, path, strlen(path), parsed);
        if (parsed) {
                *ret = parsed->file;
                return 0;
        }
        parsed = calloc(1, sizeof *parsed);
        if (!parsed || !(parsed->path = strdup(path))) {
                free(parsed);
                return -ENOMEM;
        }
        r = posture_read(posture, path, UNIT_FILE_MAX, &text, &size);
        if (r == 0)
                r = unit_file_parse(text, size, &parsed->file);
        else if (r == -EFBIG)
                r = posture_unseen(posture, path, EFBIG);
        HASH_ADD_KEYPTR(hh, posture->parsed, parsed->path, strlen(parsed->path), parsed);
        if (r == -ENOMEM || !HASH_ADDED(hh, parsed)) {
                if (HASH_ADDED(hh, parsed))
                        HASH_DEL(posture->parsed, parsed);
                unit_file_free(parsed->file);
                free(parsed->path);
                free(parsed);
                return -ENOMEM;
        }
        *ret = parsed->file;
        return 0;
}

static void parsed_done(struct posture *posture)
{
        struct parsed_file *parsed, *next;

        HASH_ITER(hh, posture->parsed, parsed, next) {
                HASH_DEL(posture->parsed, parsed);
                unit_file_free(parsed->file);
                free(parsed->path);
                free(parsed);
        }
}

static int add_source(struct posture *posture, struct unit_entry *entry, const char *path)
{
        struct unit_source *more;
        const struct unit_file *file;
        struct node *node;
        int r = posture_look(posture, path, false, &node);

        if (r < 0 || node->error != 0)
                return r == -ENOMEM ? r : 0;
        r = parsed_get(posture, node->path, &file);
        if (r < 0 || !file)
                return r;
        more = reallocarray(entry->sources, entry->n_sources + 1, sizeof *more);
        if (!more)
                return -ENOMEM;
        entry->sources = more;
        more[entry->n_sources++] = (struct unit_source){ node->path, file };
        return 0;
}

/* ---- Directories about a unit ------------------------------------------------------------------------------ */

bool unit_template_of(const char *name, char ret[static UNIT_NAME_MAX])
{
        const char *at = strchr(name, '@'), *dot = strrchr(name, '.');

        if (!at || !dot || dot <= at + 1)
                return false;
        return snprintf(ret, UNIT_NAME_MAX, "%.*s%s", (int)(at - name) + 1, name, dot) < UNIT_NAME_MAX;
}

struct about {
        const struct catalog *catalog;
        const char *suffix;
        int (*each)(const char *path, void *userdata);
        void *userdata;
};

static int about_name(const struct about *about, const char *name)
{
        char text[UNIT_NAME_MAX + 16];
        const struct catalog_directory *directory;
        int r = 0;

        (void)snprintf(text, sizeof text, "%s%s", name, about->suffix);
        directory = catalog_directory_find(about->catalog, text);
        for (size_t i = 0; directory && r == 0 && i < directory->n; i++)
                r = about->each(directory->paths[i], about->userdata);
        return r;
}

/* "a-b-c.service": "a-b-.service", then "a-.service"; with an instance these have it too. */
static int about_prefixes(const struct about *about, const char *name)
{
        const char *at = strchr(name, '@'), *end = at ? at : strrchr(name, '.');
        char text[UNIT_NAME_MAX], template[UNIT_NAME_MAX];
        int r = 0;

        for (const char *dash = end - 1; r == 0 && dash > name; dash--) {
                if (*dash != '-' || dash + 1 == end)
                        continue;
                (void)snprintf(text, sizeof text, "%.*s%s", (int)(dash - name) + 1, name, end);
                r = about_name(about, text);
                if (r == 0 && unit_template_of(text, template))
                        r = about_name(about, template);
        }
        return r;
}

static int about_one(const struct about *about, const char *name)
{
        char template[UNIT_NAME_MAX];
        int r = about_name(about, name);

        if (r == 0 && unit_template_of(name, template))
                r = about_name(about, template);
        return r == 0 ? about_prefixes(about, name) : r;
}

int unit_directories(const struct catalog *catalog, const char *name, const char *suffix,
                     int (*each)(const char *path, void *userdata), void *userdata)
{
        const struct about about = { catalog, suffix, each, userdata };
        const struct catalog_name *known = catalog_find(catalog, name);
        const char *type = unit_name_type(name);
        int r = about_one(&about, name);

        for (size_t i = 0; known && r == 0 && i < known->n_aliases; i++)
                r = about_one(&about, known->aliases[i]);
        if (r == 0 && type && streq(suffix, ".d"))
                r = about_name(&about, type + 1);
        return r;
}

/* ---- Drop-ins ---------------------------------------------------------------------------------------------- */

/* Of all directories, by name; the first of a name counts. */
struct dropins {
        struct posture *posture;
        const char *directory;
        size_t n;
        char **paths;
};

static const char *base_of(const char *path)
{
        return strrchr(path, '/') + 1;
}

static int dropins_add(const char *name, void *userdata)
{
        struct dropins *dropins = userdata;
        size_t i = dropins->n;
        char **more, *path;

        if (!ends_with(name, ".conf"))
                return 0;
        while (i > 0 && strcmp(base_of(dropins->paths[i - 1]), name) >= 0)
                i--;
        if (i < dropins->n && streq(base_of(dropins->paths[i]), name))
                return 0;
        more = reallocarray(dropins->paths, dropins->n + 1, sizeof *more);
        path = format("%s/%s", dropins->directory, name);
        if (more)
                dropins->paths = more;
        if (!more || !path) {
                free(path);
                return -ENOMEM;
        }
        memmove(more + i + 1, more + i, (dropins->n - i) * sizeof *more);
        more[i] = path;
        dropins->n++;
        return 0;
}

static int dropins_list(const char *path, void *userdata)
{
        struct dropins *dropins = userdata;

        dropins->directory = path;
        return posture_list(dropins->posture, path, dropins_add, dropins);
}

static int add_dropins(struct posture *posture, struct unit_entry *entry)
{
        struct dropins dropins = { .posture = posture };
        int r = unit_directories(entry->catalog, entry->unit.name, ".d", dropins_list, &dropins);

        for (size_t i = 0; i < dropins.n; i++) {
                if (r == 0)
                        r = add_source(posture, entry, dropins.paths[i]);
                free(dropins.paths[i]);
        }
        free(dropins.paths);
        return r;
}

/* ---- Units ------------------------------------------------------------------------------------------------- */

#define ALIASES_MAX 8 /* links from name to name */

/* The entry that the name leads to, itself or its template's; instance: the name that the unit has then. */
static const struct catalog_name *resolve(const struct catalog *catalog, char name[static UNIT_NAME_MAX])
{
        char template[UNIT_NAME_MAX], instance[UNIT_NAME_MAX];

        for (unsigned i = 0; i < ALIASES_MAX; i++) {
                const struct catalog_name *found = catalog_find(catalog, name);
                const char *at = strchr(name, '@');
                bool is_instance = unit_template_of(name, template);

                if (!found && is_instance)
                        found = catalog_find(catalog, template);
                if (!found || !found->alias)
                        return found;
                /* x@y through x@ -> z@ is z@y */
                if (is_instance && strstr(found->alias, "@.") && at) {
                        const char *to = strchr(found->alias, '@');

                        if (snprintf(instance, sizeof instance, "%.*s%s", (int)(to - found->alias), found->alias, at) >=
                            (int)sizeof instance)
                                return NULL;
                } else
                        (void)string_copy(instance, sizeof instance, found->alias);
                (void)string_copy(name, UNIT_NAME_MAX, instance);
        }
        return NULL;
}

static void entry_free(struct unit_entry *entry)
{
        free_pointer(&entry->unit.name);
        free(entry->sources);
        free(entry);
}

static int entry_add(struct posture *posture, struct unit_entry *entry)
{
        struct posture_unit **more = reallocarray(posture->units, posture->n_units + 1, sizeof(struct posture_unit *));

        if (more) {
                posture->units = more;
                HASH_ADD_KEYPTR(hh, entry->catalog->units, entry->unit.name, strlen(entry->unit.name), entry);
        }
        if (!HASH_ADDED(hh, entry))
                return -ENOMEM;
        more[posture->n_units++] = &entry->unit;
        return 0;
}

static int entry_new(struct posture *posture, struct catalog *catalog, const char *name,
                     const struct catalog_name *known, struct unit_entry **ret)
{
        struct unit_entry *entry = calloc(1, sizeof *entry);
        int r = 0;

        if (!entry)
                return -ENOMEM;
        entry->catalog = catalog;
        entry->unit = (struct posture_unit){ .name = strdup(name),
                                             .scope = catalog->scope,
                                             .uid = catalog->uid,
                                             .path = known->path,
                                             .masked = known->masked,
                                             .is_template = strstr(name, "@.") != NULL };
        if (!entry->unit.name)
                r = -ENOMEM;
        else if (!known->masked)
                r = add_source(posture, entry, known->path);
        if (r == 0 && !known->masked)
                r = add_dropins(posture, entry);
        if (r == 0)
                r = entry_add(posture, entry);
        if (r < 0) {
                entry_free(entry);
                return r;
        }
        *ret = entry;
        return 0;
}

int unit_load(struct posture *posture, struct catalog *catalog, const char *name, struct unit_entry **ret)
{
        char real[UNIT_NAME_MAX];
        const struct catalog_name *known;

        *ret = NULL;
        if (!unit_name_is_valid(name) || !string_copy(real, sizeof real, name))
                return 0;
        known = resolve(catalog, real);
        if (!known)
                return 0;
        HASH_FIND(hh, catalog->units, real, strlen(real), *ret);
        return *ret ? 0 : entry_new(posture, catalog, real, known, ret);
}

static int load_all(struct posture *posture, struct catalog *catalog)
{
        struct catalog_name *name, *next;
        struct unit_entry *entry;
        int r = 0;

        HASH_ITER(hh, catalog->names, name, next)
                if (r == 0 && !name->alias)
                        r = unit_load(posture, catalog, name->name, &entry);
        return r;
}

int units_read(struct posture *posture)
{
        int r = catalogs_read(posture);

        for (size_t i = 0; r == 0 && i < posture->n_catalogs; i++)
                r = load_all(posture, &posture->catalogs[i]);
        return r == 0 ? closure_make(posture) : r;
}

void units_done(struct posture *posture)
{
        for (size_t i = 0; i < posture->n_catalogs; i++) {
                struct unit_entry *entry, *next;

                HASH_ITER(hh, posture->catalogs[i].units, entry, next) {
                        HASH_DEL(posture->catalogs[i].units, entry);
                        entry_free(entry);
                }
        }
        free(posture->units);
        parsed_done(posture);
        catalogs_done(posture);
}

/* ---- Asking ------------------------------------------------------------------------------------------------ */

size_t posture_n_units(const struct posture *posture)
{
        return posture->n_units;
}

const struct posture_unit *posture_unit(const struct posture *posture, size_t index)
{
        return posture->units[index];
}

const struct posture_unit *posture_unit_named(const struct posture *posture, enum unit_scope scope, const char *name)
{
        char real[UNIT_NAME_MAX];
        struct unit_entry *entry = NULL;

        for (size_t i = 0; i < posture->n_catalogs; i++) {
                const struct catalog *catalog = &posture->catalogs[i];

                if (catalog->scope != scope || catalog->uid != (uid_t)-1 || !string_copy(real, sizeof real, name) ||
                    !resolve(catalog, real))
                        continue;
                HASH_FIND(hh, catalog->units, real, strlen(real), entry);
        }
        return entry ? &entry->unit : NULL;
}

static bool is_meant(const struct unit_setting *setting, const char *section, const char *key)
{
        return streq(setting->key, key) && streq(setting->section, section);
}

/* How many settings of this key an empty one takes back. Of dependencies it takes none. */
static size_t find_reset(const struct unit_entry *entry, const char *section, const char *key)
{
        size_t n = 0, reset = 0;

        for (size_t i = 0; i < entry->n_sources && !streq(section, "Unit"); i++)
                for (size_t j = 0; j < unit_file_n_settings(entry->sources[i].file); j++) {
                        const struct unit_setting *setting = unit_file_setting(entry->sources[i].file, j);

                        if (!is_meant(setting, section, key))
                                continue;
                        n++;
                        if (!*setting->value)
                                reset = n;
                }
        return reset;
}

int posture_unit_settings(const struct posture_unit *unit, const char *section, const char *key, setting_function each,
                          void *userdata)
{
        const struct unit_entry *entry = (const struct unit_entry *)unit;
        size_t skip = find_reset(entry, section, key), n = 0;
        int r = 0;

        for (size_t i = 0; i < entry->n_sources; i++)
                for (size_t j = 0; r == 0 && j < unit_file_n_settings(entry->sources[i].file); j++) {
                        const struct unit_setting *setting = unit_file_setting(entry->sources[i].file, j);

                        if (is_meant(setting, section, key) && n++ >= skip && *setting->value)
                                r = each(setting, entry->sources[i].path, userdata);
                }
        return r;
}

static int keep_value(const struct unit_setting *setting, const char *path, void *userdata)
{
        const char **value = userdata;

        (void)path;
        *value = setting->value;
        return 0;
}

const char *posture_unit_value(const struct posture_unit *unit, const char *section, const char *key)
{
        const char *value = NULL;

        (void)posture_unit_settings(unit, section, key, keep_value, &value);
        return value;
}
