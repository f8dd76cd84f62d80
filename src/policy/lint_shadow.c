/* Rules that can never decide, since one before them matches all that they do. */
#include "unitward/glob.h"

#include "decision_sets.h"
#include "lint.h"

/* An empty list or mask asks nothing and so covers all. */
static bool mask_covers(uint64_t wide, uint64_t narrow)
{
        return !wide || (narrow && !(narrow & ~wide));
}

static bool pattern_is_covered(const struct string_list *wide, const char *narrow, bool is_path)
{
        for (size_t i = 0; i < wide->n; i++)
                if (glob_covers(wide->items[i], narrow, is_path))
                        return true;
        return false;
}

static bool list_covers(const struct string_list *wide, const struct string_list *narrow, bool is_path)
{
        if (wide->n && !narrow->n)
                return false;
        for (size_t i = 0; wide->n && i < narrow->n; i++)
                if (!pattern_is_covered(wide, narrow->items[i], is_path))
                        return false;
        return true;
}

/* A class stands for its verbs, not for its own letters. */
static bool verbs_cover(const struct string_list *wide, const struct string_list *narrow)
{
        if (wide->n && !narrow->n)
                return false;
        for (size_t i = 0; wide->n && i < narrow->n; i++) {
                const char *verb = narrow->items[i];
                bool covered = *verb == '@'
                                       ? string_list_matches(wide, streq, verb) || string_list_matches(wide, streq, "*")
                                       : pattern_is_covered(wide, verb, false);

                if (!covered)
                        return false;
        }
        return true;
}

/* A rule without a command says nothing of opening a command's program. */
static bool commands_cover(const struct rule *wide, const struct rule *narrow)
{
        if (!wide->commands.n && narrow->commands.n && narrow->operations & OPERATION_BIT(OPERATION_READ))
                return false;
        return list_covers(&wide->commands, &narrow->commands, false);
}

static bool rule_covers(const struct rule *wide, const struct rule *narrow)
{
        return mask_covers(wide->actors, narrow->actors) && mask_covers(wide->zones, narrow->zones) &&
               mask_covers(wide->operations, narrow->operations) && mask_covers(wide->places, narrow->places) &&
               list_covers(&wide->units, &narrow->units, false) && list_covers(&wide->paths, &narrow->paths, true) &&
               mask_covers(wide->scopes, narrow->scopes) && mask_covers(wide->clients, narrow->clients) &&
               commands_cover(wide, narrow) && verbs_cover(&wide->verbs, &narrow->verbs);
}

static const struct rule *covering_in_order(const struct policy *policy, size_t index)
{
        for (size_t i = 0; i < index; i++)
                if (rule_covers(&policy->rules[i], &policy->rules[index]))
                        return &policy->rules[i];
        return NULL;
}

static const char *first_of(const struct string_list *list)
{
        return list->n ? list->items[0] : NULL;
}

/* Whatever covers it decides its first operation in its first zone, about a name like its own first pattern: what is
 * wider begins as that one does, or with less of it. */
static struct access example_of(const struct rule *rule)
{
        return (struct access){ .operation = (enum operation)__builtin_ctz(rule->operations),
                                .unit = first_of(&rule->units),
                                .path = first_of(&rule->paths) };
}

static const struct rule *covering(const struct policy *policy, size_t index)
{
        const struct rule *rule = &policy->rules[index];
        const struct access example = example_of(rule);
        struct candidates candidates;

        if (!candidates_find(policy->sets, &example, rule->zones & -rule->zones, &candidates))
                return covering_in_order(policy, index);
        for (long i; (i = candidates_next(&candidates)) >= 0 && (size_t)i < index;)
                if (rule_covers(&policy->rules[i], rule))
                        return &policy->rules[i];
        return NULL;
}

void lint_shadow(struct lint *lint, size_t index)
{
        const struct rule *rule = &lint->policy->rules[index], *earlier = covering(lint->policy, index);

        if (earlier)
                find_fault_of(
                        lint, false, rule->position, rule->id,
                        format("can never decide: the rule \"%s\" (%s:%u) comes first and matches all that this one "
                               "does",
                               earlier->id, earlier->position.file, earlier->position.line));
}
