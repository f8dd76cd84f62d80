/* The decision: one small predicate per condition, the first rule whose conditions all hold decides.
 * No I/O, no allocation, no locks; nothing outside the policy and the access is looked at. */
#include "unitward/glob.h"

#include "policy_internal.h"

/* One access being decided. Each actor is compared once, whatever the number of rules that name it. */
struct decision {
        const struct policy *policy;
        const struct access *access;
        uint64_t zone; /* its bit; 0 for what has none */
        bool is_unplaced;
        uint64_t actors_compared;
        uint64_t actors_met;
};

/* What cannot be placed might be anywhere: it is decided as in the first zone, the strictest. */
static struct decision decision_begin(const struct policy *policy, const struct access *access)
{
        struct decision decision = { .policy = policy, .access = access };
        bool has_zone = access->zone >= 0 && (size_t)access->zone < policy->n_zones;

        if (access->operation == OPERATION_EXEC)
                return decision;
        decision.is_unplaced = !has_zone;
        decision.zone = has_zone ? UINT64_C(1) << access->zone : 1;
        return decision;
}

static bool operation_holds(struct decision *decision, const struct rule *rule)
{
        return rule->operations & OPERATION_BIT(decision->access->operation);
}

static bool zone_holds(struct decision *decision, const struct rule *rule)
{
        return !rule->zones || rule->zones & decision->zone;
}

static bool place_holds(struct decision *decision, const struct rule *rule)
{
        return !rule->places ||
               (decision->access->operation != OPERATION_EXEC && rule->places & (1u << decision->access->place));
}

/* A name that could not be placed proves nothing: it may refuse, never permit. */
static bool name_holds(const struct decision *decision, const struct rule *rule, bool matches)
{
        return decision->is_unplaced ? rule->outcome == OUTCOME_DENY : matches;
}

static bool unit_holds(struct decision *decision, const struct rule *rule)
{
        const char *unit = decision->access->unit;

        return !rule->units.n ||
               name_holds(decision, rule, unit && *unit && string_list_matches(&rule->units, glob_match, unit));
}

static bool path_holds(struct decision *decision, const struct rule *rule)
{
        const char *path = decision->access->path;

        return !rule->paths.n ||
               name_holds(decision, rule, path && *path && string_list_matches(&rule->paths, glob_match_path, path));
}

static bool command_holds(struct decision *decision, const struct rule *rule)
{
        const char *command = decision->access->command;

        return !rule->commands.n || (command && string_list_matches(&rule->commands, glob_match, command));
}

static bool verb_holds(struct decision *decision, const struct rule *rule)
{
        const char *verb = decision->access->verb;

        return !rule->verbs.n || (verb && string_list_matches(&rule->verbs, glob_match, verb));
}

static bool actor_is(struct decision *decision, unsigned index)
{
        uint64_t bit = UINT64_C(1) << index;

        if (!(decision->actors_compared & bit)) {
                decision->actors_compared |= bit;
                if (actor_class_matches(&decision->policy->actors[index], decision->access->actor))
                        decision->actors_met |= bit;
        }
        return decision->actors_met & bit;
}

static bool actor_holds(struct decision *decision, const struct rule *rule)
{
        if (!rule->actors)
                return true;
        for (unsigned i = 0; i < decision->policy->n_actors; i++)
                if (rule->actors & (UINT64_C(1) << i) && actor_is(decision, i))
                        return true;
        return false;
}

/* The cheap ones first. */
static const struct {
        const char *name;
        bool (*holds)(struct decision *decision, const struct rule *rule);
} conditions[] = {
        { "on", operation_holds }, { "zone", zone_holds }, { "place", place_holds }, { "command", command_holds },
        { "verb", verb_holds },    { "unit", unit_holds }, { "path", path_holds },   { "actor", actor_holds },
};

static const char *find_obstacle(struct decision *decision, const struct rule *rule)
{
        for (size_t i = 0; i < ARRAY_SIZE(conditions); i++)
                if (!conditions[i].holds(decision, rule))
                        return conditions[i].name;
        return NULL;
}

const char *rule_obstacle(const struct policy *policy, const struct rule *rule, const struct access *access)
{
        struct decision decision = decision_begin(policy, access);

        return find_obstacle(&decision, rule);
}

const struct rule *policy_find_rule(const struct policy *policy, const struct access *access)
{
        struct decision decision = decision_begin(policy, access);

        for (size_t i = 0; i < policy->n_rules; i++)
                if (!find_obstacle(&decision, &policy->rules[i]))
                        return &policy->rules[i];
        return NULL;
}

/* A command is gated by the rules that are about it. */
static bool command_is_gated(const struct policy *policy, const char *command)
{
        for (size_t i = 0; i < policy->n_rules; i++) {
                const struct rule *rule = &policy->rules[i];

                if (rule->operations & OPERATION_BIT(OPERATION_EXEC) &&
                    (!rule->commands.n || (command && string_list_matches(&rule->commands, glob_match, command))))
                        return true;
        }
        return false;
}

static enum outcome default_outcome(const struct policy *policy, const struct access *access)
{
        if (access->operation == OPERATION_READ)
                return OUTCOME_ALLOW;
        if (access->operation == OPERATION_EXEC && !command_is_gated(policy, access->command))
                return OUTCOME_ALLOW;
        return policy->settings.default_outcome;
}

struct verdict policy_decide(const struct policy *policy, const struct access *access)
{
        const struct rule *rule = policy_find_rule(policy, access);

        if (rule)
                return (struct verdict){ rule->outcome, rule->id };
        return (struct verdict){ default_outcome(policy, access), POLICY_DEFAULT_RULE };
}

bool policy_restricts_read(const struct policy *policy, int zone)
{
        uint64_t bit = zone >= 0 && (size_t)zone < policy->n_zones ? UINT64_C(1) << zone : 1;

        return policy->zones_restricting_read & bit;
}
