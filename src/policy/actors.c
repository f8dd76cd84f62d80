/* Actors as the policy describes them. */
#include <stddef.h>

#include "loader.h"

static const char *actor_preset_word(unsigned value)
{
        static const char *const names[] = {
                [ACTOR_PRESET_NONE] = "none",
                [ACTOR_PRESET_MANAGER] = "manager",
                [ACTOR_PRESET_USER_MANAGER] = "user-manager",
        };

        return names[value];
}

const struct words actor_preset_words = { actor_preset_word, ACTOR_PRESET_USER_MANAGER + 1 };

const char *check_text(const char *text)
{
        return *text && strlen(text) <= POLICY_PATTERN_MAX ? NULL : "has no good length; expected 1 to 255 bytes";
}

static const struct setting actor_settings[] = {
        { .name = "exe", .parse = parse_programs, .offset = offsetof(struct actor_class, programs) },
        { .name = "descendants", .parse = parse_bool, .offset = offsetof(struct actor_class, descendants) },
        { .name = "uid", .parse = parse_users, .offset = offsetof(struct actor_class, uids) },
        { .name = "gid", .parse = parse_groups, .offset = offsetof(struct actor_class, gids) },
        { .name = "group", .parse = parse_groups, .offset = offsetof(struct actor_class, groups) },
        { .name = "login_uid", .parse = parse_login_users, .offset = offsetof(struct actor_class, login_uids) },
        { .name = "login_group",
          .parse = parse_login_groups,
          .offset = offsetof(struct actor_class, login_group_uids) },
        { .name = "unit",
          .parse = parse_strings,
          .offset = offsetof(struct actor_class, units),
          .check = check_unit_pattern },
        { .name = "label",
          .parse = parse_strings,
          .offset = offsetof(struct actor_class, labels),
          .check = check_text },
        { .name = "preset",
          .parse = parse_word,
          .offset = offsetof(struct actor_class, preset),
          .words = &actor_preset_words },
        { 0 },
};

static bool has_condition(const struct actor_class *actor_class)
{
        const struct id_list *lists[] = { &actor_class->uids, &actor_class->gids, &actor_class->groups,
                                          &actor_class->login_uids, &actor_class->login_group_uids };

        for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
                if (lists[i]->given)
                        return true;
        return actor_class->preset || actor_class->programs.n || actor_class->units.n || actor_class->labels.n;
}

static void check_class(struct loader *loader, const config_setting_t *group, const struct actor_class *actor_class)
{
        if (!has_condition(actor_class))
                complain(loader, group,
                         "would be everybody; expected at least one of exe, uid, gid, group, login_uid, "
                         "login_group, unit, label, preset");
        if (actor_class->descendants && !actor_class->programs.n && !actor_class->units.n)
                complain(loader, group, "has descendants of nothing; expected exe or unit along with it");
        if (actor_class->preset == ACTOR_PRESET_USER_MANAGER && actor_class->programs.n)
                complain(loader, group,
                         "has exe, which preset \"user-manager\" does not take; expected the preset alone");
}

static const struct position *find_actor(const struct policy *policy, const char *name)
{
        for (size_t i = 0; i < policy->n_actors; i++)
                if (streq(policy->actors[i].name, name))
                        return &policy->actors[i].position;
        return NULL;
}

static void parse_actor(struct loader *loader, const config_setting_t *group)
{
        struct policy *policy = loader->policy;
        const char *name = config_setting_name(group);
        struct actor_class *actor_class;

        if (!name_is_free(loader, group, name, find_actor(policy, name)))
                return;
        if (policy->n_actors == POLICY_ACTORS_MAX) {
                complain(loader, group, "is one actor too many; expected at most %d", POLICY_ACTORS_MAX);
                return;
        }
        actor_class = array_grow(&policy->actors, &policy->n_actors, sizeof *actor_class);
        if (!actor_class) {
                loader->out_of_memory = true;
                return;
        }
        (void)string_copy(actor_class->name, sizeof actor_class->name, name);
        actor_class->position = position_of(loader, group);
        group_parse(loader, group, actor_settings, actor_class);
        if (config_setting_is_group(group))
                check_class(loader, group, actor_class);
}

void parse_actors(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        (void)setting;
        (void)field;
        members_each(loader, value, parse_actor);
}
