/* Words that all meanings are made of. */
#include "unit_internal.h"
#include "unitward/text.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

#define VALUE_MAX 120

void put_text(FILE *stream, const char *text, size_t length)
{
        const size_t shown = text_cut(text, length, VALUE_MAX);

        (void)fwrite(text, 1, shown, stream);
        if (shown < length)
                (void)fputs("...", stream);
}

void put_value(FILE *stream, const char *value)
{
        put_text(stream, value, strlen(value));
}

void put_verb(FILE *stream, const struct unit_change *change, const char *verb)
{
        if (change->attempted)
                (void)fprintf(stream, "would %.*s", (int)strlen(verb) - 1, verb);
        else
                (void)fputs(verb, stream);
}

bool unit_is_users(const char *path)
{
        static const char *const parts[] = { "/systemd/user/", "/systemd/user.", "/.config/systemd/", "/run/user/" };

        for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
                if (strstr(path, parts[i]))
                        return true;
        return false;
}

bool unit_is_masked(const char *target, const char *contents, size_t size)
{
        return target ? streq(target, "/dev/null") : contents && size == 0;
}

static const struct {
        const char *target, *system, *user;
} targets[] = {
        { "multi-user.target", "at every boot", NULL },
        { "graphical.target", "at every boot", NULL },
        { "default.target", "at every boot", "at every login" },
        { "basic.target", "at every boot", "at every login" },
        { "sysinit.target", "at every boot", NULL },
        { "timers.target", "at every boot", "at every login" },
        { "sockets.target", "at every boot", "at every login" },
        { "paths.target", "at every boot", "at every login" },
        { "local-fs.target", "at every boot", NULL },
        { "network.target", "at every boot", NULL },
        { "getty.target", "at every boot", NULL },
        { "graphical-session.target", NULL, "with every desktop session" },
        { "shutdown.target", "at every shutdown", "at every logout" },
        { "reboot.target", "at every reboot", NULL },
        { "sleep.target", "at every sleep", NULL },
        { "suspend.target", "at every sleep", NULL },
};

const char *unit_occasion_of_target(const char *target, bool user)
{
        for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
                if (streq(targets[i].target, target))
                        return user ? targets[i].user : targets[i].system;
        return NULL;
}

/* "*.service" is every service, "foo-.service" those whose names begin so, "x@.service" every instance. */
void unit_describe(const char *unit, char *ret, size_t size)
{
        const char *type = unit_name_type(unit);
        size_t stem = strlen(unit) - (type ? strlen(type) : 0);

        if (*unit == '*')
                (void)snprintf(ret, size, "every %s", unit + 2);
        else if (type && stem > 1 && unit[stem - 1] == '-')
                (void)snprintf(ret, size, "every %s whose name begins with %.*s", type + 1, (int)stem, unit);
        else if (type && stem > 1 && unit[stem - 1] == '@')
                (void)snprintf(ret, size, "every instance of %s", unit);
        else
                (void)string_copy(ret, size, unit);
}
