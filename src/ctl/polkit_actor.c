/* What polkit and the bus can know of an actor. */
#include <grp.h>
#include <pwd.h>

#include "polkit.h"

char *polkit_user_name(id_t uid)
{
        const struct passwd *entry = getpwuid((uid_t)uid);

        return entry ? strdup(entry->pw_name) : format("%u", (unsigned)uid);
}

char *polkit_group_name(id_t gid)
{
        const struct group *entry = getgrgid((gid_t)gid);

        return entry ? strdup(entry->gr_name) : format("%u", (unsigned)gid);
}

/* True when it is for nobody whom polkit is asked about. */
static bool leaves_nobody(const struct id_list *list)
{
        for (size_t i = 0; i < list->n; i++)
                if (list->ids[i] != 0)
                        return false;
        return list->given;
}

/* Who is what manages is PID 1, which is root, unless the policy names other programs. */
static bool is_root(const struct actor_class *actor_class)
{
        return leaves_nobody(&actor_class->uids) ||
               (actor_class->preset == ACTOR_PRESET_MANAGER && actor_class->programs.n == 0);
}

enum polkit_knowledge polkit_knowledge_of(const struct actor_class *actor_class)
{
        if (is_root(actor_class) || !actor_class_is_possible(actor_class))
                return POLKIT_RULES_OUT;
        if (actor_class->preset || actor_class->programs.n || actor_class->labels.n)
                return POLKIT_GUESSES;
        return POLKIT_KNOWS;
}

const char *polkit_unseen(const struct actor_class *actor_class, char *buffer, size_t size)
{
        (void)snprintf(buffer, size, "%s%s%s%s%s", actor_class->preset ? "preset" : "",
                       actor_class->preset && actor_class->programs.n ? ", " : "", actor_class->programs.n ? "exe" : "",
                       (actor_class->preset || actor_class->programs.n) && actor_class->labels.n ? ", " : "",
                       actor_class->labels.n ? "label" : "");
        return buffer;
}
