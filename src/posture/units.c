/* One unit: the file that counts, and its drop-ins in the order in which they hold. */
#include "units.h"

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

        if (!more)
                return -ENOMEM;
        posture->units = more;
        HASH_ADD_KEYPTR(hh, entry->catalog->units, entry->unit.name, strlen(entry->unit.name), entry);
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
                r = unit_add_source(posture, entry, known->path);
        if (r == 0 && !known->masked)
                r = unit_add_dropins(posture, entry);
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
