/* Rules as written. Their conditions are evaluated in verdict.c. */
#include <stddef.h>

#include "loader.h"

struct names {
        uint64_t *bits;
        int (*find)(const struct policy *policy, const char *name);
        const char *kind;
};

static int find_actor(const struct policy *policy, const char *name)
{
        for (size_t i = 0; i < policy->n_actors; i++)
                if (streq(policy->actors[i].name, name))
                        return (int)i;
        return -ENOENT;
}

static void add_name(struct loader *loader, const config_setting_t *value, void *userdata)
{
        struct names *names = userdata;
        const char *name = value_string(loader, value);
        int index = name ? names->find(loader->policy, name) : -EINVAL;

        if (index >= 0)
                *names->bits |= UINT64_C(1) << index;
        else if (name)
                complain(loader, value, "there is no %s \"%s\"; expected one that \"%ss\" defines", names->kind, name,
                         names->kind);
}

static void parse_actor_names(struct loader *loader, const config_setting_t *value, const struct setting *setting,
                              void *field)
{
        (void)setting;
        values_each(loader, value, add_name, &(struct names){ field, find_actor, "actor" });
}

static void parse_zone_names(struct loader *loader, const config_setting_t *value, const struct setting *setting,
                             void *field)
{
        (void)setting;
        values_each(loader, value, add_name, &(struct names){ field, policy_zone_index, "zone" });
}

static const struct setting rule_settings[] = {
        { .name = "id", .parse = parse_name, .offset = offsetof(struct rule, id), .required = true },
        { .name = "actor", .parse = parse_actor_names, .offset = offsetof(struct rule, actors) },
        { .name = "zone", .parse = parse_zone_names, .offset = offsetof(struct rule, zones) },
        { .name = "on",
          .parse = parse_word_mask,
          .offset = offsetof(struct rule, operations),
          .words = &operation_words },
        { .name = "place", .parse = parse_word_mask, .offset = offsetof(struct rule, places), .words = &place_words },
        { .name = "unit", .parse = parse_strings, .offset = offsetof(struct rule, units), .check = check_unit_pattern },
        { .name = "path", .parse = parse_strings, .offset = offsetof(struct rule, paths), .check = check_path_pattern },
        { .name = "command",
          .parse = parse_strings,
          .offset = offsetof(struct rule, commands),
          .check = check_unit_pattern },
        { .name = "verb", .parse = parse_strings, .offset = offsetof(struct rule, verbs), .check = check_unit_pattern },
        { .name = "then",
          .parse = parse_word,
          .offset = offsetof(struct rule, outcome),
          .words = &outcome_words,
          .required = true },
        { 0 },
};

static const struct position *find_id(const struct policy *policy, const struct rule *rule)
{
        for (size_t i = 0; i < policy->n_rules; i++)
                if (&policy->rules[i] != rule && streq(policy->rules[i].id, rule->id))
                        return &policy->rules[i].position;
        return NULL;
}

static void check_id(struct loader *loader, const config_setting_t *group, const struct rule *rule)
{
        if (!rule->id[0])
                return; /* was complained about */
        if (streq(rule->id, POLICY_DEFAULT_RULE))
                complain(loader, group,
                         "is called \"%s\", as the records call what no rule decides; expected another name", rule->id);
        (void)name_is_free(loader, group, rule->id, find_id(loader->policy, rule));
}

/* What "on" is when it was left out; and a rule about a command is about nothing else. */
static void settle_operations(struct loader *loader, const config_setting_t *group, struct rule *rule)
{
        bool about_command = rule->commands.n + rule->verbs.n > 0;

        if (!config_setting_get_member(group, "on"))
                rule->operations = about_command ? OPERATION_BIT(OPERATION_EXEC) : OPERATIONS_CHANGING;
        else if (about_command && rule->operations & ~OPERATION_BIT(OPERATION_EXEC))
                complain(loader, group,
                         "has a command or verb and other operations; expected \"exec\" alone, or no \"on\"");
}

static void parse_rule(struct loader *loader, const config_setting_t *group)
{
        struct policy *policy = loader->policy;
        struct rule *rule;

        if (policy->n_rules == POLICY_RULES_MAX) {
                complain(loader, group, "is one rule too many; expected at most %d", POLICY_RULES_MAX);
                return;
        }
        rule = array_grow(&policy->rules, &policy->n_rules, sizeof *rule);
        if (!rule) {
                loader->out_of_memory = true;
                return;
        }
        rule->position = position_of(loader, group);
        rule->outcome = OUTCOME_DENY;
        group_parse(loader, group, rule_settings, rule);
        if (!config_setting_is_group(group))
                return;
        check_id(loader, group, rule);
        settle_operations(loader, group, rule);
}

void rules_parse(struct loader *loader, const config_setting_t *rules)
{
        if (!config_setting_is_list(rules)) {
                complain(loader, rules, "is not a list; expected ( { ... }, { ... } )");
                return;
        }
        for (unsigned i = 0; i < (unsigned)config_setting_length(rules); i++)
                parse_rule(loader, config_setting_get_elem(rules, i));
}
