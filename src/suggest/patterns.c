/* Units and paths that were seen, as a rule names them: one by one while they are few. */
#include "suggest_internal.h"

#define NAMED_MAX 8u

/* "foo@bar.service" as "foo@*.service". NULL: it is no instance, or no memory. */
static char *template_of(const char *unit)
{
        const char *at = strchr(unit, '@'), *type = strrchr(unit, '.');

        return at && type && type > at + 1 ? format("%.*s*%s", (int)(at + 1 - unit), unit, type) : NULL;
}

static size_t count_template(const struct string_list *units, const char *pattern)
{
        size_t n = 0;

        for (size_t i = 0; i < units->n; i++) {
                _cleanup_free_ char *other = template_of(units->items[i]);

                n += other && streq(other, pattern);
        }
        return n;
}

static bool has(const struct string_list *list, const char *text)
{
        for (size_t i = 0; i < list->n; i++)
                if (streq(list->items[i], text))
                        return true;
        return false;
}

/* Several instances of one template are instances; single units stay what they are. False: no memory. */
static bool generalise_units(const struct string_list *units, struct string_list *ret)
{
        for (size_t i = 0; i < units->n; i++) {
                _cleanup_free_ char *pattern = template_of(units->items[i]);
                const char *text = pattern && count_template(units, pattern) > 1 ? pattern : units->items[i];

                if (!has(ret, text) && !string_list_add(ret, text))
                        return false;
        }
        return true;
}

/* What all begin with, up to where a name's part ends: "app-"; 0: nothing that says anything. */
static size_t common_prefix(const struct string_list *list)
{
        size_t n = strlen(list->items[0]);

        for (size_t i = 1; i < list->n; i++) {
                size_t same = 0;

                while (same < n && list->items[i][same] == list->items[0][same])
                        same++;
                n = same;
        }
        while (n > 0 && !strchr("-@", list->items[0][n - 1]))
                n--;
        return n >= 3 ? n : 0;
}

bool patterns_of_units(const struct group *group, struct string_list *ret)
{
        size_t prefix;
        bool fits;

        if (!generalise_units(&group->units, ret))
                return false;
        if (ret->n <= NAMED_MAX)
                return true;
        prefix = common_prefix(ret);
        string_list_done(ret);
        if (prefix == 0)
                return true; /* any */
        _cleanup_free_ char *pattern = format("%.*s*", (int)prefix, group->units.items[0]);

        fits = pattern && string_list_add(ret, pattern);
        return fits;
}

bool patterns_of_paths(const struct group *group, struct string_list *ret)
{
        for (size_t i = 0; i < group->paths.n; i++) {
                const char *path = group->paths.items[i], *slash = strrchr(path, '/');
                _cleanup_free_ char *text = group->paths.n <= NAMED_MAX || !slash
                                                    ? strdup(path)
                                                    : format("%.*s/*", (int)(slash - path), path);

                if (!text || (!has(ret, text) && !string_list_add(ret, text)))
                        return false;
        }
        return true;
}
