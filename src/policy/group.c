/* Groups of settings, read by their tables. */
#include <stdarg.h>

#include "loader.h"

#define SUBJECT_MAX 256

struct position position_of(const struct loader *loader, const config_setting_t *setting)
{
        return (struct position){ loader->file, (unsigned)config_setting_source_line(setting) };
}

/* "zones.system-units.restore", "rules[2].then"; cut on the left, where it says least. */
static char *describe(const config_setting_t *setting, char *buffer, size_t size)
{
        char *start = buffer + size - 1;

        *start = '\0';
        for (const config_setting_t *s = setting; config_setting_parent(s); s = config_setting_parent(s)) {
                char part[SUBJECT_MAX];
                const char *name = config_setting_name(s),
                           *dot = config_setting_is_root(config_setting_parent(s)) ? "" : ".";
                int n = name ? snprintf(part, sizeof part, "%s%s", dot, name)
                             : snprintf(part, sizeof part, "[%d]", config_setting_index(s));

                if (n >= (int)sizeof part || n > start - buffer)
                        break;
                start -= n;
                memcpy(start, part, (size_t)n);
        }
        return start;
}

static void report(struct loader *loader, const config_setting_t *setting, bool is_error, const char *what)
{
        char buffer[SUBJECT_MAX];

        if (!what || !report_add(loader->report, is_error, position_of(loader, setting),
                                 describe(setting, buffer, sizeof buffer), "%s", what))
                loader->out_of_memory = true;
}

static char *_printf_(1, 0) format_list(const char *fmt, va_list arguments)
{
        char *text;

        return vasprintf(&text, fmt, arguments) < 0 ? NULL : text;
}

void complain(struct loader *loader, const config_setting_t *setting, const char *fmt, ...)
{
        _cleanup_free_ char *what = NULL;
        va_list arguments;

        va_start(arguments, fmt);
        what = format_list(fmt, arguments);
        va_end(arguments);
        report(loader, setting, true, what);
}

void warn(struct loader *loader, const config_setting_t *setting, const char *fmt, ...)
{
        _cleanup_free_ char *what = NULL;
        va_list arguments;

        va_start(arguments, fmt);
        what = format_list(fmt, arguments);
        va_end(arguments);
        report(loader, setting, false, what);
}

static const struct setting *find_setting(const struct setting *table, const char *name)
{
        for (const struct setting *setting = table; setting->name; setting++)
                if (streq(setting->name, name))
                        return setting;
        return NULL;
}

static void complain_unknown(struct loader *loader, const config_setting_t *member, const struct setting *table)
{
        _cleanup_free_ char *names = strdup(table->name);

        for (const struct setting *setting = table + 1; setting->name && names; setting++) {
                char *longer = format("%s, %s", names, setting->name);

                free(names);
                names = longer;
        }
        complain(loader, member, "there is no such setting; expected one of: %s", names ? names : "");
}

void group_parse(struct loader *loader, const config_setting_t *group, const struct setting *table, void *object)
{
        if (!config_setting_is_group(group)) {
                complain(loader, group, "is not a group; expected { NAME = VALUE; ... }");
                return;
        }
        for (unsigned i = 0; i < (unsigned)config_setting_length(group); i++) {
                const config_setting_t *member = config_setting_get_elem(group, i);
                const struct setting *setting = find_setting(table, config_setting_name(member));

                if (setting)
                        setting->parse(loader, member, setting, (char *)object + setting->offset);
                else
                        complain_unknown(loader, member, table);
        }
        for (const struct setting *setting = table; setting->name; setting++)
                if (setting->required && !config_setting_get_member(group, setting->name))
                        complain(loader, group, "has no \"%s\"; expected one", setting->name);
}

void values_each(struct loader *loader, const config_setting_t *setting, value_function each, void *userdata)
{
        int n;

        if (!config_setting_is_array(setting) && !config_setting_is_list(setting)) {
                each(loader, setting, userdata);
                return;
        }
        n = config_setting_length(setting);
        if (n == 0)
                complain(loader, setting, "is empty; expected at least one value, or no such setting");
        if (n > POLICY_LIST_MAX) {
                complain(loader, setting, "has %d values; expected at most %d", n, POLICY_LIST_MAX);
                return;
        }
        for (int i = 0; i < n; i++)
                each(loader, config_setting_get_elem(setting, (unsigned)i), userdata);
}

const char *value_string(struct loader *loader, const config_setting_t *value)
{
        const char *text = config_setting_type(value) == CONFIG_TYPE_STRING ? config_setting_get_string(value) : NULL;

        if (!text)
                complain(loader, value, "is not a text; expected \"...\" in quotes");
        return text;
}

/* 1 to 63 bytes of [A-Za-z0-9_-]. */
static bool name_is_valid(const char *name)
{
        static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
        size_t length = strspn(name, letters);

        return name[length] == '\0' && length > 0 && length < POLICY_ID_MAX;
}

bool name_is_free(struct loader *loader, const config_setting_t *setting, const char *name,
                  const struct position *taken_at)
{
        if (!name_is_valid(name)) {
                complain(loader, setting, "\"%s\" is no name; expected 1 to %d of A-Z a-z 0-9 _ -", name,
                         POLICY_ID_MAX - 1);
                return false;
        }
        if (taken_at) {
                complain(loader, setting, "\"%s\" is already at %s:%u; expected a name of its own", name,
                         taken_at->file, taken_at->line);
                return false;
        }
        return true;
}

void members_each(struct loader *loader, const config_setting_t *group, member_function each)
{
        if (!config_setting_is_group(group)) {
                complain(loader, group, "is not a group; expected { NAME: { ... }; ... }");
                return;
        }
        for (unsigned i = 0; i < (unsigned)config_setting_length(group); i++)
                each(loader, config_setting_get_elem(group, i));
}
