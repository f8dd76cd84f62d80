/* What [Install] of a unit file asks for: the links that `systemctl enable' would make. */
#include "install.h"
#include "unitward/unit_name.h"

static const struct {
        const char *key, *suffix;
} dependencies[] = { { "WantedBy", ".wants" }, { "RequiredBy", ".requires" }, { "UpheldBy", ".upholds" } };

/* Links of one unit, being collected. */
struct links {
        const char *unit;         /* the file's name */
        char name[UNIT_NAME_MAX]; /* with the instance, where it has a default */
        json_t *list;
        char *why; /* what is wrong; NULL: nothing */
};

static void links_refuse(struct links *links, const char *key, const char *word)
{
        if (!links->why)
                links->why = format("%s: %s=%s: no unit's name; enable it with: systemctl enable %s", links->unit, key,
                                    word, links->unit);
}

static int add_link(struct links *links, const char *below, const char *name)
{
        return json_array_append_new(links->list,
                                     json_pack("{s:s*, s:s, s:s}", "below", below, "name", name, "to", links->unit)) < 0
                       ? -ENOMEM
                       : 0;
}

static int add_word(struct links *links, const char *key, const char *suffix, const char *word)
{
        _cleanup_free_ char *below = NULL;

        if (!unit_name_is_valid(word)) {
                links_refuse(links, key, word);
                return 0;
        }
        if (!suffix)
                return add_link(links, NULL, word);
        below = format("%s%s", word, suffix);
        return below ? add_link(links, below, links->name) : -ENOMEM;
}

static int add_words(struct links *links, const char *key, const char *suffix, const char *value)
{
        _cleanup_free_ char *copy = strdup(value);
        char *rest = copy, *word;
        int r = copy ? 0 : -ENOMEM;

        while (r == 0 && (word = strsep(&rest, " \t")))
                if (*word)
                        r = add_word(links, key, suffix, word);
        return r;
}

/* From where the list was last emptied. */
static size_t first_of(const struct unit_file *file, const char *key)
{
        size_t first = 0;

        for (size_t i = 0; i < unit_file_n_settings(file); i++) {
                const struct unit_setting *setting = unit_file_setting(file, i);

                if (streq(setting->section, "Install") && streq(setting->key, key) && !*setting->value)
                        first = i + 1;
        }
        return first;
}

static int add_key(struct links *links, const struct unit_file *file, const char *key, const char *suffix)
{
        int r = 0;

        for (size_t i = first_of(file, key); r == 0 && i < unit_file_n_settings(file); i++) {
                const struct unit_setting *setting = unit_file_setting(file, i);

                if (streq(setting->section, "Install") && streq(setting->key, key))
                        r = add_words(links, key, suffix, setting->value);
        }
        return r;
}

/* "x@.service" is enabled as "x@INSTANCE.service". */
static int name_instance(struct links *links, const struct unit_file *file)
{
        const char *at = strchr(links->unit, '@'), *instance = unit_file_value(file, "Install", "DefaultInstance");

        if (!at || at[1] != '.')
                return string_copy(links->name, sizeof links->name, links->unit) ? 0 : -ENAMETOOLONG;
        if (!instance || !*instance) {
                links->why = format("%s: a template without DefaultInstance=; enable an instance of it: systemctl "
                                    "enable %.*s@NAME%s",
                                    links->unit, (int)(at - links->unit), links->unit, at + 1);
                return 0;
        }
        if (snprintf(links->name, sizeof links->name, "%.*s@%s%s", (int)(at - links->unit), links->unit, instance,
                     at + 1) >= (int)sizeof links->name)
                return -ENAMETOOLONG;
        if (!unit_name_is_valid(links->name))
                links_refuse(links, "DefaultInstance", instance);
        return 0;
}

int install_links(const char *unit, const struct unit_file *file, json_t *list, char **ret_why)
{
        struct links links = { .unit = unit, .list = list };
        size_t before = json_array_size(list);
        int r = name_instance(&links, file);

        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(dependencies); i++)
                r = add_key(&links, file, dependencies[i].key, dependencies[i].suffix);
        if (r == 0)
                r = add_key(&links, file, "Alias", NULL);
        if (r == 0 && !links.why && json_array_size(list) == before)
                links.why = format("%s: nothing in [Install] says how to enable it; install it without --enable", unit);
        if (r < 0) {
                free(links.why);
                return r;
        }
        *ret_why = links.why;
        return links.why ? -EINVAL : 0;
}
