/* Specifiers, systemd.unit(5), and as whom a unit's commands are run. */
#include "../unit/unit_internal.h"
#include "units.h"

struct expansion {
        const struct posture *posture; /* NULL: names alone */
        const struct posture_unit *unit;
        FILE *stream;
};

/* The parts of "prefix@instance.type". */
static size_t prefix_length(const char *name)
{
        const char *at = strchr(name, '@'), *dot = strrchr(name, '.');

        return (size_t)((at ? at : dot) - name);
}

static const char *instance_of(const char *name, size_t *ret_length)
{
        const char *at = strchr(name, '@'), *dot = strrchr(name, '.');

        if (!at || at + 1 == dot)
                return NULL;
        *ret_length = (size_t)(dot - at - 1);
        return at + 1;
}

/* unit_name_path_unescape(): "-" is a slash, "\x2d" a byte. */
static void put_unescaped(FILE *stream, const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++) {
                char digits[3] = { 0 };

                if (text[i] == '\\' && i + 3 < length && text[i + 1] == 'x') {
                        memcpy(digits, text + i + 2, 2);
                        fputc((int)strtoul(digits, NULL, 16), stream);
                        i += 3;
                } else
                        fputc(text[i] == '-' ? '/' : text[i], stream);
        }
}

static bool put_instance(const struct expansion *expansion, char specifier)
{
        const char *name = expansion->unit->name;
        size_t length = 0;
        const char *instance = instance_of(name, &length);

        if (specifier == 'f') {
                fputc('/', expansion->stream);
                if (!instance) {
                        put_unescaped(expansion->stream, name, prefix_length(name));
                        return true;
                }
        }
        if (!instance)
                return !expansion->unit->is_template && specifier != 'f'; /* empty without one */
        if (specifier == 'i')
                fprintf(expansion->stream, "%.*s", (int)length, instance);
        else
                put_unescaped(expansion->stream, instance, length);
        return true;
}

static bool put_name(const struct expansion *expansion, char specifier)
{
        const char *name = expansion->unit->name, *dash;
        size_t length = prefix_length(name);

        switch (specifier) {
        case 'n':
                fputs(name, expansion->stream);
                return !expansion->unit->is_template;
        case 'N':
                fprintf(expansion->stream, "%.*s", (int)(strrchr(name, '.') - name), name);
                return !expansion->unit->is_template;
        case 'P':
                put_unescaped(expansion->stream, name, length);
                return true;
        case 'j':
        case 'J':
                dash = memrchr(name, '-', length);
                if (dash) {
                        length -= (size_t)(dash + 1 - name);
                        name = dash + 1;
                }
                break;
        }
        if (specifier == 'J')
                put_unescaped(expansion->stream, name, length);
        else
                fprintf(expansion->stream, "%.*s", (int)length, name);
        return true;
}

/* Where files of a kind lie, for the system and below a home. */
static const struct {
        char specifier;
        const char *system, *user;
} places[] = {
        { 'S', "/var/lib", "/.local/state" },
        { 'C', "/var/cache", "/.cache" },
        { 'L', "/var/log", "/.local/state/log" },
        { 'E', "/etc", "/.config" },
        { 'T', "/tmp", NULL },
        { 'V', "/var/tmp", NULL },
};

static bool put_place(const struct expansion *expansion, char specifier)
{
        const struct posture_unit *unit = expansion->unit;
        const struct account *account;

        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                if (places[i].specifier != specifier)
                        continue;
                if (unit->scope == UNIT_SCOPE_SYSTEM || !places[i].user) {
                        fputs(places[i].system, expansion->stream);
                        return true;
                }
                account = posture_account_of(expansion->posture, unit->uid);
                if (account)
                        fprintf(expansion->stream, "%s%s", account->home, places[i].user);
                return account != NULL;
        }
        return false;
}

/* As whom the manager runs, not the unit. */
static bool put_manager(const struct expansion *expansion, char specifier)
{
        const struct posture_unit *unit = expansion->unit;
        uid_t uid = unit->scope == UNIT_SCOPE_SYSTEM ? 0 : unit->uid;
        const struct account *account = posture_account_of(expansion->posture, uid);

        if (specifier == 't') {
                if (uid == 0)
                        fputs("/run", expansion->stream);
                else if (uid != (uid_t)-1)
                        fprintf(expansion->stream, "/run/user/%u", uid);
                return uid != (uid_t)-1;
        }
        if (!account)
                return false;
        if (specifier == 'U')
                fprintf(expansion->stream, "%u", account->uid);
        else if (specifier == 'G')
                fprintf(expansion->stream, "%u", account->gid);
        else
                fputs(specifier == 'h'   ? account->home
                      : specifier == 's' ? account->shell
                                         : account->name,
                      expansion->stream);
        return true;
}

static bool put_specifier(const struct expansion *expansion, char specifier)
{
        switch (specifier) {
        case '%':
                fputc('%', expansion->stream);
                return true;
        case 'i':
        case 'I':
        case 'f':
                return put_instance(expansion, specifier);
        case 'n':
        case 'N':
        case 'p':
        case 'P':
        case 'j':
        case 'J':
                return put_name(expansion, specifier);
        }
        if (!expansion->posture)
                return false;
        return strchr("hsuUGt", specifier) ? put_manager(expansion, specifier) : put_place(expansion, specifier);
}

char *posture_expand(const struct posture *posture, const struct posture_unit *unit, const char *text)
{
        struct expansion expansion = { .posture = posture, .unit = unit };
        char *expanded = NULL;
        bool known = true;
        size_t size;

        if (!strchr(text, '%'))
                return strdup(text);
        expansion.stream = open_memstream(&expanded, &size);
        if (!expansion.stream)
                return NULL;
        for (; known && *text; text++) {
                if (*text != '%' || !text[1])
                        fputc(*text, expansion.stream);
                else
                        known = put_specifier(&expansion, *++text);
        }
        if (fclose(expansion.stream) == 0 && known)
                return expanded;
        free(expanded);
        return NULL;
}

/* ---- As whom ----------------------------------------------------------------------------------------------- */

static const char *value_of(const struct posture_unit *unit, const char *key)
{
        static const char *const sections[] = { "Service", "Socket", "Mount", "Swap" };
        const char *value = NULL;

        for (size_t i = 0; !value && i < ARRAY_SIZE(sections); i++)
                value = posture_unit_value(unit, sections[i], key);
        return value;
}

bool posture_runner(const struct posture *posture, const struct posture_unit *unit, struct runner *ret)
{
        const char *user = value_of(unit, "User"), *dynamic = value_of(unit, "DynamicUser");
        _cleanup_free_ char *name = NULL;
        const struct account *account;

        *ret = (struct runner){ 0 };
        if (unit->scope == UNIT_SCOPE_USER) { /* every user's are root's too */
                ret->uid = unit->uid == (uid_t)-1 ? 0 : unit->uid;
                return true;
        }
        ret->dynamic = dynamic && unit_is_true(dynamic);
        if (!user || !*user) {
                ret->uid = ret->dynamic ? (uid_t)-1 : 0;
                return true;
        }
        name = posture_expand(posture, unit, user);
        account = name ? posture_account_named(posture, name) : NULL;
        ret->uid = account ? account->uid : (uid_t)-1;
        return account || ret->dynamic;
}
