/* Observations that one rule is for: the same actor, the same kind of thing. */
#include "suggest_internal.h"

static struct group *group_free(struct group *group)
{
        if (group) {
                string_list_done(&group->units);
                string_list_done(&group->paths);
                string_list_done(&group->commands);
                string_list_done(&group->verbs);
                free(group->items);
                free(group->actor_text);
                free(group->text);
                free(group->key);
                free(group);
        }
        return NULL;
}

void groups_free(struct suggest *suggest)
{
        struct group *group, *next;

        HASH_ITER(hh, suggest->groups, group, next) {
                HASH_DEL(suggest->groups, group);
                group_free(group);
        }
}

static enum suggest_kind kind_of(const struct observation *observation)
{
        if (observation->operation == OPERATION_EXEC)
                return SUGGEST_COMMANDS;
        return observation->command ? SUGGEST_READS : SUGGEST_CHANGES;
}

/* Configuration management has one rule for all zones; others one for each, and what is about no unit apart. */
static char *key_of(const struct observation *observation)
{
        const struct anchor *anchor = &observation->anchor;
        enum suggest_kind kind = kind_of(observation);
        bool apart = kind == SUGGEST_CHANGES && !anchor->managed;

        return format("%d %d%d%d %s|%s|%s|%d|%d|%s", (int)anchor->kind, anchor->managed, anchor->session,
                      anchor->descends && anchor->kind != ANCHOR_PROGRAM, anchor->name, anchor->program, anchor->unit,
                      (int)kind, apart ? observation->zone * 2 + !*observation->unit : -1,
                      kind == SUGGEST_COMMANDS ? observation->command : "");
}

static bool add_once(struct string_list *list, const char *text)
{
        for (size_t i = 0; i < list->n; i++)
                if (streq(list->items[i], text))
                        return true;
        return string_list_add(list, text);
}

static bool learn_run(struct suggest *suggest, struct group *group, const struct observation *observation)
{
        struct recorded *recorded = suggest->recorded;
        const struct command_request *request = &recorded->request;

        if (recorded_read(suggest->policy, observation->event, recorded) < 0)
                return false;
        for (size_t i = 0; i < request->n_verbs; i++)
                if (!add_once(&group->verbs, request->verbs[i].name))
                        return false;
        for (size_t i = 0; i < request->n_units; i++)
                if (!add_once(&group->units, request->units[i]))
                        return false;
        group->any_unit |= request->units_unknown || request->n_units == 0;
        group->scopes |= 1u << request->scope;
        return add_once(&group->commands, observation->command);
}

static bool learn_change(struct group *group, const struct observation *observation)
{
        group->zones |= UINT64_C(1) << observation->zone;
        group->places |= 1u << observation->place;
        group->any_unit |= !*observation->unit;
        return *observation->unit ? add_once(&group->units, observation->unit)
                                  : add_once(&group->paths, observation->path);
}

static int add_to(struct suggest *suggest, struct group *group, struct observation *observation)
{
        struct observation **slot = array_grow(&group->items, &group->n, sizeof *slot);
        bool learned = true;

        if (!slot)
                return -ENOMEM;
        *slot = observation;
        observation->group = group;
        group->seen += observation->n;
        group->operations |= OPERATION_BIT(observation->operation);
        group->anchor.descends |= observation->anchor.descends;
        if (group->kind == SUGGEST_COMMANDS)
                learned = learn_run(suggest, group, observation);
        else if (group->kind == SUGGEST_READS)
                learned = add_once(&group->commands, observation->command);
        else
                learned = learn_change(group, observation);
        return learned ? 0 : -ENOMEM;
}

static struct group *group_new(const struct observation *observation, char *key)
{
        struct group *group = calloc(1, sizeof *group);

        if (!group)
                return NULL;
        group->key = key;
        group->kind = kind_of(observation);
        group->anchor = observation->anchor;
        return group;
}

static int sort_in(struct suggest *suggest, struct observation *observation)
{
        _cleanup_free_ char *key = key_of(observation);
        struct group *group;

        if (!key)
                return -ENOMEM;
        HASH_FIND_STR(suggest->groups, key, group);
        if (!group) {
                group = group_new(observation, key);
                if (!group)
                        return -ENOMEM;
                HASH_ADD_KEYPTR(hh, suggest->groups, group->key, strlen(group->key), group);
                if (!HASH_ADDED(hh, group)) {
                        group->key = NULL;
                        group_free(group);
                        return -ENOMEM;
                }
                key = NULL;
        }
        return add_to(suggest, group, observation);
}

static int compare(const struct group *a, const struct group *b)
{
        return (a->seen < b->seen) - (a->seen > b->seen);
}

static void give_up(struct group *group)
{
        static const char rare[] = "there are rules for what was seen more often: put those in force, then ask again";

        for (size_t i = 0; i < group->n; i++) {
                group->items[i]->doubt = rare;
                group->items[i]->group = NULL;
        }
        group_free(group);
}

/* The most frequent first; what is one too many is left out before it costs anything. */
static void sort_groups(struct suggest *suggest)
{
        struct group *group, *next;
        size_t n = 0;

        HASH_SORT(suggest->groups, compare);
        HASH_ITER(hh, suggest->groups, group, next) {
                if (n++ < SUGGEST_RULES_MAX)
                        continue;
                HASH_DEL(suggest->groups, group);
                give_up(group);
        }
}

int groups_make(struct suggest *suggest)
{
        int r = 0;

        for (struct observation *each = suggest->observations; each && r == 0; each = each->hh.next)
                if (!each->doubt && !each->follows)
                        r = sort_in(suggest, each);
        sort_groups(suggest);
        for (struct group *group = suggest->groups; group && r == 0; group = group->hh.next)
                r = group_write(suggest, group);
        return r;
}

struct group *group_find(struct suggest *suggest, const char *rule_id)
{
        for (struct group *group = suggest->groups; group; group = group->hh.next)
                if (group->text && streq(group->id, rule_id))
                        return group;
        return NULL;
}
