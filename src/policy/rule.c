/* Rules as written. Their conditions are evaluated in verdict.c. */
#include <stddef.h>

#include "unitward/command.h"
#include "unitward/hash.h"

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

static void parse_client_names(struct loader *loader, const config_setting_t *value, const struct setting *setting,
                               void *field)
{
        (void)setting;
        values_each(loader, value, add_name, &(struct names){ field, policy_command_index, "command" });
}

static const char *check_verb(const char *text)
{
        if (*text != '@')
                return check_unit_pattern(text);
        for (enum verb_class verb_class = 0; verb_class < VERB_CLASS_COUNT_; verb_class++)
                if (streq(text + 1, verb_class_name(verb_class)))
                        return NULL;
        return "is no class of verbs; expected \"@read\", \"@control\", \"@install\", \"@transient\", "
               "\"@manager\" or \"@power\"";
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
        { .name = "verb", .parse = parse_strings, .offset = offsetof(struct rule, verbs), .check = check_verb },
        { .name = "scope", .parse = parse_word_mask, .offset = offsetof(struct rule, scopes), .words = &scope_words },
        { .name = "client", .parse = parse_client_names, .offset = offsetof(struct rule, clients) },
        { .name = "then",
          .parse = parse_word,
          .offset = offsetof(struct rule, outcome),
          .words = &outcome_words,
          .required = true },
        { 0 },
};

/* ---- Rules by their id, while a list of them is read --------------------------------------------------- */

struct rule_name {
        const struct rule *rule;
        UT_hash_handle hh;
};

struct named_rules {
        struct rule_name *by_id;
        struct rule_name *room;
        size_t n;
};

/* Where its id was given to another rule already. */
static const struct position *find_id(const struct rule_name *names, const char *id)
{
        struct rule_name *taken;

        HASH_FIND_STR(names, id, taken);
        return taken ? &taken->rule->position : NULL;
}

static void named_rules_done(struct named_rules *named)
{
        HASH_CLEAR(hh, named->by_id);
        free(named->room);
}

/* False: no memory. The first one has the name. */
static bool named_rules_add(struct named_rules *named, const struct rule *rule)
{
        struct rule_name *name = &named->room[named->n++];

        if (find_id(named->by_id, rule->id))
                return true;
        name->rule = rule;
        HASH_ADD_KEYPTR(hh, named->by_id, rule->id, strlen(rule->id), name);
        return HASH_ADDED(hh, name);
}

/* For so many more, which do not move then. */
static bool make_room(struct policy *policy, struct named_rules *ret, size_t n)
{
        struct rule *rules = reallocarray(policy->rules, policy->n_rules + n + 1, sizeof *rules);

        if (!rules)
                return false;
        policy->rules = rules;
        ret->room = calloc(policy->n_rules + n + 1, sizeof *ret->room);
        for (size_t i = 0; ret->room && i < policy->n_rules; i++)
                if (!named_rules_add(ret, &policy->rules[i]))
                        return false;
        return ret->room;
}

/* ---- What a rule says about itself --------------------------------------------------------------------- */

static void check_id(struct loader *loader, const config_setting_t *group, const struct rule_name *names,
                     const struct rule *rule)
{
        if (!rule->id[0])
                return; /* was complained about */
        if (streq(rule->id, POLICY_DEFAULT_RULE))
                complain(loader, group,
                         "is called \"%s\", as the records call what no rule decides; expected another name", rule->id);
        (void)name_is_free(loader, group, rule->id, find_id(names, rule->id));
}

/* What "on" is when it was left out. */
static void settle_operations(const config_setting_t *group, struct rule *rule)
{
        bool about_command = rule->commands.n || rule->verbs.n || rule->scopes;

        if (!config_setting_get_member(group, "on"))
                rule->operations = about_command ? OPERATION_BIT(OPERATION_EXEC) : OPERATIONS_CHANGING;
}

/* Conditions that such an access cannot meet. */
static void check_operations(struct loader *loader, const config_setting_t *group, const struct rule *rule)
{
        const unsigned exec = OPERATION_BIT(OPERATION_EXEC), read = OPERATION_BIT(OPERATION_READ);
        const unsigned without_client = exec | read | OPERATION_BIT(OPERATION_LOAD) | OPERATION_BIT(OPERATION_APPROVE);

        if ((rule->verbs.n || rule->scopes) && rule->operations & ~exec)
                complain(loader, group,
                         "has a verb or scope and is about more than running a command; expected on = \"exec\", or no "
                         "\"on\"");
        else if (rule->commands.n && rule->operations & ~(exec | read))
                complain(loader, group,
                         "has a command and is about changes; expected on = \"exec\" (or no \"on\") for running it, "
                         "on = \"read\" for opening its program, or client for what is changed by it");
        else if (rule->commands.n && rule->units.n && rule->operations & read)
                complain(loader, group,
                         "has a unit, which opening a program is not about; expected a rule of its own for \"read\"");
        if (rule->clients && rule->operations & without_client)
                complain(loader, group,
                         "has a client and is about \"exec\", \"read\", \"load\" or \"approve\", which nobody does "
                         "for another; expected changes alone");
        if (rule->outcome == OUTCOME_QUARANTINE && (rule->commands.n || rule->operations & exec))
                complain(loader, group,
                         "has then = \"quarantine\", and a command leaves nothing that could be set aside; expected "
                         "\"deny\"");
}

/* Into a slot that has been made for it. */
static void parse_rule(struct loader *loader, const config_setting_t *group, struct named_rules *named)
{
        struct policy *policy = loader->policy;
        struct rule *rule;

        if (policy->n_rules == POLICY_RULES_MAX) {
                complain(loader, group, "is one rule too many; expected at most %d", POLICY_RULES_MAX);
                return;
        }
        rule = &policy->rules[policy->n_rules++];
        *rule = (struct rule){ .position = position_of(loader, group), .outcome = OUTCOME_DENY };
        group_parse(loader, group, rule_settings, rule);
        if (!config_setting_is_group(group))
                return;
        check_id(loader, group, named->by_id, rule);
        if (!named_rules_add(named, rule))
                loader->out_of_memory = true;
        settle_operations(group, rule);
        check_operations(loader, group, rule);
}

void rules_parse(struct loader *loader, const config_setting_t *rules)
{
        struct policy *policy = loader->policy;
        _cleanup_(named_rules_done) struct named_rules named = { 0 };

        if (!config_setting_is_list(rules)) {
                complain(loader, rules, "is not a list; expected ( { ... }, { ... } )");
                return;
        }
        if (!make_room(policy, &named, (size_t)config_setting_length(rules))) {
                loader->out_of_memory = true;
                return;
        }
        for (unsigned i = 0; i < (unsigned)config_setting_length(rules); i++)
                parse_rule(loader, config_setting_get_elem(rules, i), &named);
}
