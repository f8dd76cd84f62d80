/* Whether a process meets an actor's description: one small predicate per condition. */
#include "unitward/glob.h"

#include "policy_internal.h"

static bool preset_holds(const struct actor_class *actor_class, const struct actor *actor)
{
        switch (actor_class->preset) {
        case ACTOR_PRESET_MANAGER:
                return actor->manager;
        case ACTOR_PRESET_USER_MANAGER:
                return actor->user_manager;
        case ACTOR_PRESET_NONE:
        default:
                return true;
        }
}

static bool uid_holds(const struct actor_class *actor_class, const struct actor *actor)
{
        return !actor_class->uids.given || id_list_has(&actor_class->uids, actor->uid);
}

static bool gid_holds(const struct actor_class *actor_class, const struct actor *actor)
{
        return !actor_class->gids.given || id_list_has(&actor_class->gids, actor->gid);
}

static bool group_holds(const struct actor_class *actor_class, const struct actor *actor)
{
        if (!actor_class->groups.given || id_list_has(&actor_class->groups, actor->gid))
                return true;
        for (size_t i = 0; i < actor->n_groups && i < ACTOR_GROUPS_MAX; i++)
                if (id_list_has(&actor_class->groups, actor->groups[i]))
                        return true;
        return false;
}

static bool login_uid_holds(const struct actor_class *actor_class, const struct actor *actor)
{
        return !actor_class->login_uids.given || id_list_has(&actor_class->login_uids, actor->login_uid);
}

static bool login_group_holds(const struct actor_class *actor_class, const struct actor *actor)
{
        return !actor_class->login_group_uids.given || id_list_has(&actor_class->login_group_uids, actor->login_uid);
}

static bool label_holds(const struct actor_class *actor_class, const struct actor *actor)
{
        return actor_class->labels.n == 0 ||
               (actor->label && string_list_matches(&actor_class->labels, glob_match, actor->label));
}

/* With preset "manager" the programs say who else is a manager; the gatherer has seen to that. */
static bool asks_for_program(const struct actor_class *actor_class)
{
        return actor_class->programs.n > 0 && actor_class->preset != ACTOR_PRESET_MANAGER;
}

static bool program_holds(const struct actor_class *actor_class, const struct actor_process *process)
{
        if (!asks_for_program(actor_class))
                return true;
        if (!file_id_is_set(process->exe))
                return false;
        for (size_t i = 0; i < actor_class->programs.n; i++)
                if (executable_is(&actor_class->programs.items[i], process->exe))
                        return true;
        return false;
}

static bool unit_holds(const struct actor_class *actor_class, const struct actor_process *process)
{
        return actor_class->units.n == 0 ||
               (process->unit && string_list_matches(&actor_class->units, glob_match, process->unit));
}

/* Program and unit must hold for one and the same process: the actor or, for descendants, one above it. */
static bool lineage_holds(const struct actor_class *actor_class, const struct actor *actor)
{
        size_t n = actor_class->descendants ? actor->n_ancestry : actor->n_ancestry > 0;

        if (!asks_for_program(actor_class) && actor_class->units.n == 0)
                return true;
        for (size_t i = 0; i < n && i < ACTOR_ANCESTORS_MAX; i++)
                if (program_holds(actor_class, &actor->ancestry[i]) && unit_holds(actor_class, &actor->ancestry[i]))
                        return true;
        return false;
}

static bool (*const conditions[])(const struct actor_class *, const struct actor *) = {
        preset_holds, uid_holds, gid_holds, group_holds, login_uid_holds, login_group_holds, label_holds, lineage_holds,
};

bool actor_class_matches(const struct actor_class *actor_class, const struct actor *actor)
{
        if (!actor || !actor->known)
                return false;
        for (size_t i = 0; i < ARRAY_SIZE(conditions); i++)
                if (!conditions[i](actor_class, actor))
                        return false;
        return true;
}

static bool list_is_possible(const struct id_list *list)
{
        return !list->given || list->n > 0;
}

static bool some_program_exists(const struct actor_class *actor_class)
{
        for (size_t i = 0; i < actor_class->programs.n; i++)
                if (actor_class->programs.items[i].n_ids > 0)
                        return true;
        return false;
}

bool actor_class_is_possible(const struct actor_class *actor_class)
{
        return list_is_possible(&actor_class->uids) && list_is_possible(&actor_class->gids) &&
               list_is_possible(&actor_class->groups) && list_is_possible(&actor_class->login_uids) &&
               list_is_possible(&actor_class->login_group_uids) &&
               (!asks_for_program(actor_class) || some_program_exists(actor_class));
}
