/* What a link in a unit directory makes of the unit that it is called after. */
#include <limits.h>

#include "unit_internal.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

/* Where units can have other names; what lies elsewhere is loaded under the link's name alone. */
static const char *const searched[] = {
        "/etc/systemd/system",     "/run/systemd/system",         "/usr/local/lib/systemd/system",
        "/usr/lib/systemd/system", "/lib/systemd/system",         "/etc/systemd/user",
        "/run/systemd/user",       "/usr/local/lib/systemd/user", "/usr/lib/systemd/user",
};

/* Takes "." and ".." and doubled slashes out of an absolute path, by its text alone. */
static void path_collapse(char *path)
{
        char *to = path;

        for (const char *from = path; *from;) {
                size_t length;

                from += strspn(from, "/");
                length = strcspn(from, "/");
                if (length == 2 && from[0] == '.' && from[1] == '.') {
                        while (to > path && *--to != '/')
                                ;
                } else if (length > 0 && !(length == 1 && *from == '.')) {
                        *to++ = '/';
                        memmove(to, from, length);
                        to += length;
                }
                from += length;
        }
        *to = '\0';
}

/* The root below which the directory is one of systemd's: "" for /etc/systemd/system. */
static bool find_root(const char *directory, size_t *ret_length)
{
        for (size_t i = 0; i < ARRAY_SIZE(searched); i++)
                if (ends_with(directory, searched[i])) {
                        *ret_length = strlen(directory) - strlen(searched[i]);
                        return true;
                }
        return false;
}

static bool leads_to_search_path(const struct unit_change *change)
{
        char own[PATH_MAX], target[2 * PATH_MAX], directory[PATH_MAX];
        size_t root = 0;

        if (!path_split(change->path, own, sizeof own))
                return false;
        if (*change->target == '/')
                (void)string_copy(target, sizeof target, change->target);
        else
                (void)path_join(target, sizeof target, own, change->target);
        path_collapse(target);
        if (!path_split(target, directory, sizeof directory))
                return false;
        if (streq(directory, own))
                return true;
        (void)find_root(own, &root);
        if (strncmp(directory, own, root) != 0)
                return false;
        for (size_t i = 0; i < ARRAY_SIZE(searched); i++)
                if (streq(directory + root, searched[i]))
                        return true;
        return false;
}

static bool is_instance_of(const char *unit, const char *template)
{
        const char *at = strchr(unit, '@'), *type = unit_name_type(unit), *template_type = unit_name_type(template);
        size_t stem = at ? (size_t)(at - unit) + 1 : 0;

        return at && at + 1 != type && type && template_type && streq(type, template_type) &&
               strncmp(unit, template, stem) == 0 && streq(template + stem, template_type);
}

void put_link(FILE *stream, const struct unit_change *change)
{
        const char *slash = strrchr(change->target, '/'), *name = slash ? slash + 1 : change->target;
        bool alias = leads_to_search_path(change) && unit_name_is_valid(name) && !streq(name, change->unit);

        if (alias && is_instance_of(change->unit, name)) {
                put_verb(stream, change, "makes");
                (void)fprintf(stream, " %s an instance of the template %s", change->unit, name);
        } else if (alias) {
                put_verb(stream, change, "makes");
                (void)fprintf(stream, " %s another name of %s", change->unit, name);
        } else {
                put_verb(stream, change, "loads");
                (void)fprintf(stream, " %s from ", change->unit);
                put_value(stream, change->target);
        }
}
