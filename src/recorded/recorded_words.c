/* What accesses that are alike have in common, in words. */
#include "recorded_parts.h"

/* Whose home, whose runtime directory. */
static char *without_user(const char *path)
{
        static const char *const above[] = { "/home/", "/run/user/" };

        for (size_t i = 0; i < ARRAY_SIZE(above); i++) {
                const char *rest = starts_with(path, above[i]) ? strchr(path + strlen(above[i]), '/') : NULL;

                if (rest)
                        return format("%s*%s", above[i], rest);
        }
        return strdup(path);
}

static char *pattern_of_path(const char *path)
{
        _cleanup_free_ char *general = without_user(path);
        char *name = general ? strrchr(general, '/') : NULL;
        const char *type = name ? strrchr(name, '.') : NULL;

        if (!type || type == name + 1 || strlen(type) >= sizeof ".automount")
                return steal_pointer(general);
        return format("%.*s/*%s", (int)(name - general), general, type);
}

char *recorded_pattern(const struct access *access)
{
        if (access->operation == OPERATION_EXEC)
                return format("%s %s", access->command, access->verb ? access->verb : "(unclear)");
        return access->command ? strdup(access->command) : pattern_of_path(access->path);
}

/* The next login has another session. */
static char *unit_in_general(const char *unit)
{
        size_t start = strcspn(unit, "0123456789"), digits = strspn(unit + start, "0123456789");

        if (digits == 0 || !(ends_with(unit, ".scope") || starts_with(unit, "user@") || starts_with(unit, "run-")))
                return strdup(unit);
        return format("%.*s*%s", (int)start, unit, unit + start + digits);
}

char *recorded_actor_words(const struct actor *actor)
{
        const struct actor_process *process = &actor->ancestry[0];
        _cleanup_free_ char *unit = NULL, *login = NULL;

        if (!actor->known || actor->n_ancestry == 0)
                return strdup("somebody who was gone");
        unit = process->unit ? unit_in_general(process->unit) : NULL;
        login = actor->login_uid == (uid_t)-1 ? strdup("no login") : format("login %u", actor->login_uid);
        return format("%s%s%s, uid %u, %s", *process->exe_path ? process->exe_path : "a program that was gone",
                      unit ? " in " : "", unit ? unit : "", actor->uid, login ? login : "");
}
