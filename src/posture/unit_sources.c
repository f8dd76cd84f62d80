/* The files of a unit: each read once; the directories that are about it, and the drop-ins in them. */
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

void parsed_done(struct posture *posture)
{
        struct parsed_file *parsed, *next;

        HASH_ITER(hh, posture->parsed, parsed, next) {
                HASH_DEL(posture->parsed, parsed);
                unit_file_free(parsed->file);
                free(parsed->path);
                free(parsed);
        }
}

int unit_add_source(struct posture *posture, struct unit_entry *entry, const char *path)
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

int unit_add_dropins(struct posture *posture, struct unit_entry *entry)
{
        struct dropins dropins = { .posture = posture };
        int r = unit_directories(entry->catalog, entry->unit.name, ".d", dropins_list, &dropins);

        for (size_t i = 0; i < dropins.n; i++) {
                if (r == 0)
                        r = unit_add_source(posture, entry, dropins.paths[i]);
                free(dropins.paths[i]);
        }
        free(dropins.paths);
        return r;
}
