/* The decision: one small predicate per condition, the first rule whose conditions all hold decides.
 * No I/O, no allocation, no locks; nothing outside the policy and the access is looked at. */
#include "unitward/command.h"
#include "unitward/glob.h"

#include "decision_sets.h"

/* One access being decided. Each actor is compared once, whatever the number of rules that name it. */
struct decision {
        const struct policy *policy;
        const struct access *access;
        uint64_t zone; /* its bit; 0 for what has none */
        bool is_unplaced;
        uint64_t actors_compared;
        uint64_t actors_met;
};

/* Whoever runs a gated command, or opens its program, does so in no zone. */
static bool is_about_command(const struct access *access)
{
        return access->operation == OPERATION_EXEC || (access->operation == OPERATION_READ && access->command);
}

/* What cannot be placed might be anywhere: it is decided as in the first zone, the strictest. */
static struct decision decision_begin(const struct policy *policy, const struct access *access)
{
        struct decision decision = { .policy = policy, .access = access };
        bool has_zone = access->zone >= 0 && (size_t)access->zone < policy->n_zones;

        if (is_about_command(access))
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
        return !rule->places || (!is_about_command(decision->access) && rule->places & (1u << decision->access->place));
}

/* What is not known proves nothing: it may refuse, never permit. */
static bool unknown_holds(const struct rule *rule)
{
        return rule->outcome == OUTCOME_DENY;
}

static bool name_holds(const struct decision *decision, const struct rule *rule, bool matches)
{
        return decision->is_unplaced ? unknown_holds(rule) : matches;
}

static bool unit_holds(struct decision *decision, const struct rule *rule)
{
        const char *unit = decision->access->unit;

        if (!rule->units.n)
                return true;
        if (decision->access->unit_unknown)
                return unknown_holds(rule);
        return name_holds(decision, rule, unit && *unit && string_list_matches(&rule->units, glob_match, unit));
}

static bool path_holds(struct decision *decision, const struct rule *rule)
{
        const char *path = decision->access->path;

        return !rule->paths.n ||
               name_holds(decision, rule, path && *path && string_list_matches(&rule->paths, glob_match_path, path));
}

/* A rule about reading means the programs that it names, and otherwise what lies in zones. */
static bool command_holds(struct decision *decision, const struct rule *rule)
{
        const struct access *access = decision->access;

        if (access->operation == OPERATION_READ && access->command && !rule->commands.n)
                return false;
        return rule_is_about_command(rule, access->command);
}

static bool verb_matches(const struct rule *rule, const struct access *access)
{
        for (size_t i = 0; i < rule->verbs.n; i++) {
                const char *pattern = rule->verbs.items[i];

                if (*pattern == '@' ? access->verb_class && streq(pattern + 1, access->verb_class)
                                    : glob_match(pattern, access->verb))
                        return true;
        }
        return false;
}

static bool verb_holds(struct decision *decision, const struct rule *rule)
{
        if (!rule->verbs.n)
                return true;
        return decision->access->verb ? verb_matches(rule, decision->access) : unknown_holds(rule);
}

static bool scope_holds(struct decision *decision, const struct rule *rule)
{
        const char *name = decision->access->scope;

        if (!rule->scopes)
                return true;
        if (!name)
                return unknown_holds(rule);
        for (enum command_scope scope = 0; scope < COMMAND_SCOPE_COUNT_; scope++)
                if (rule->scopes & (1u << scope) && streq(command_scope_name(scope), name))
                        return true;
        return false;
}

static bool client_holds(struct decision *decision, const struct rule *rule)
{
        const char *client = decision->access->client;
        int index = rule->clients && client ? policy_command_index(decision->policy, client) : -ENOENT;

        return !rule->clients || (index >= 0 && rule->clients & (UINT64_C(1) << index));
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
        { "on", operation_holds }, { "zone", zone_holds },   { "place", place_holds },   { "command", command_holds },
        { "verb", verb_holds },    { "scope", scope_holds }, { "client", client_holds }, { "unit", unit_holds },
        { "path", path_holds },    { "actor", actor_holds },
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

static const struct rule *find_in_order(struct decision *decision)
{
        const struct policy *policy = decision->policy;

        for (size_t i = 0; i < policy->n_rules; i++)
                if (!find_obstacle(decision, &policy->rules[i]))
                        return &policy->rules[i];
        return NULL;
}

/* Names that are not known can be any. */
static bool can_be_found(const struct decision *decision, struct candidates *ret)
{
        return decision->policy->sets && !decision->is_unplaced && !decision->access->unit_unknown &&
               candidates_find(decision->policy->sets, decision->access, decision->zone, ret);
}

static const struct rule *find_rule(struct decision *decision)
{
        const struct rule *rules = decision->policy->rules;
        struct candidates candidates;

        if (!can_be_found(decision, &candidates))
                return find_in_order(decision);
        for (long i; (i = candidates_next(&candidates)) >= 0;)
                if (!find_obstacle(decision, &rules[i]))
                        return &rules[i];
        return NULL;
}

const struct rule *policy_find_rule(const struct policy *policy, const struct access *access)
{
        struct decision decision = decision_begin(policy, access);

        return find_rule(&decision);
}

/* Programs are free to read like everything else, until a rule says who may: then whom no rule names has the default.
 */
static bool reading_is_granted(const struct policy *policy, const char *command)
{
        for (size_t i = 0; i < policy->n_rules; i++) {
                const struct rule *rule = &policy->rules[i];

                if (rule->operations & OPERATION_BIT(OPERATION_READ) && rule->outcome == OUTCOME_ALLOW &&
                    rule->commands.n && rule_is_about_command(rule, command))
                        return true;
        }
        return false;
}

static enum outcome default_outcome(const struct policy *policy, const struct access *access)
{
        const char *command = is_about_command(access) ? access->command : NULL;

        if (access->operation == OPERATION_READ && !(command && reading_is_granted(policy, command)))
                return OUTCOME_ALLOW;
        if (access->operation == OPERATION_EXEC && !(command && policy_command_index(policy, command) >= 0))
                return OUTCOME_ALLOW;
        if (command && policy->settings.default_outcome == OUTCOME_QUARANTINE)
                return OUTCOME_DENY; /* there is nothing to set aside */
        return policy->settings.default_outcome;
}

static struct verdict decide(struct decision *decision)
{
        const struct rule *rule = find_rule(decision);

        if (rule)
                return (struct verdict){ rule->outcome, rule->id };
        return (struct verdict){ default_outcome(decision->policy, decision->access), POLICY_DEFAULT_RULE };
}

struct verdict policy_decide(const struct policy *policy, const struct access *access)
{
        struct decision decision = decision_begin(policy, access);

        return decide(&decision);
}

/* One verb with one unit, with some unit (the one after the last), or with none. */
static void ask_for(struct access *access, const struct command_request *request, size_t verb, size_t unit)
{
        access->verb = request->verbs[verb].name;
        access->verb_class = verb_class_name(request->verbs[verb].verb_class);
        access->unit = unit < request->n_units ? request->units[unit] : "";
        access->unit_unknown = unit == request->n_units && request->units_unknown;
}

static struct verdict decide_unclear(struct decision *decision, struct access *access)
{
        access->verb = access->verb_class = access->scope = NULL;
        access->unit = "";
        access->unit_unknown = true;
        return decide(decision);
}

struct verdict policy_decide_command(const struct policy *policy, struct access *access,
                                     const struct command_request *request)
{
        struct decision decision = decision_begin(policy, access);
        size_t n_units = request->n_units + (request->units_unknown || !request->n_units);
        struct verdict verdict;

        if (request->unclear || request->n_verbs == 0)
                return decide_unclear(&decision, access);
        access->scope = command_scope_name(request->scope);
        for (size_t verb = 0; verb < request->n_verbs; verb++) {
                for (size_t unit = 0; unit < n_units; unit++) {
                        ask_for(access, request, verb, unit);
                        verdict = decide(&decision);
                        if (verdict.outcome != OUTCOME_ALLOW)
                                return verdict;
                }
        }
        ask_for(access, request, 0, 0); /* all are allowed: the first stands for them */
        return decide(&decision);
}

bool policy_restricts_read(const struct policy *policy, int zone)
{
        uint64_t bit = zone >= 0 && (size_t)zone < policy->n_zones ? UINT64_C(1) << zone : 1;

        return policy->zones_restricting_read & bit;
}
