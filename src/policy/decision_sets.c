/* Which rules can decide an access at all: by its operation and, of those that name units or paths, by what these begin
 * with. Whether they do decide it, their conditions say (verdict.c). */
#include "decision_sets.h"

/* A rule, by the hash of the bytes that a name must begin with. */
struct keyed {
        uint32_t hash;
        uint32_t rule;
};

/* Rules by what names of one kind begin with: in buckets by the hash, each in the rules' order. */
struct name_set {
        uint64_t lengths[POLICY_PATTERN_MAX / 64 + 1]; /* those that some beginning has */
        uint32_t *buckets;                             /* n_buckets + 1: where each begins */
        uint32_t n_buckets;                            /* a power of two, or 0 */
        struct keyed *keyed;
        size_t n;
};

enum name_kind { NAME_UNIT, NAME_PATH, NAME_COUNT_ };

struct decision_sets {
        struct name_set names[NAME_COUNT_];
        uint32_t *any[OPERATION_COUNT_]; /* those that no name is needed for, in their order */
        uint32_t n_any[OPERATION_COUNT_];
        struct rule_masks {
                uint64_t zones;
                unsigned operations;
        } * masks; /* of each rule: close together */
};

/* FNV-1a, so that the next byte costs one step. */
#define HASH_START UINT32_C(2166136261)
static uint32_t hash_step(uint32_t hash, char byte)
{
        return (hash ^ (unsigned char)byte) * UINT32_C(16777619);
}

static size_t literal_length(const char *pattern)
{
        return strcspn(pattern, "*?[");
}

static const struct string_list *patterns_of(const struct rule *rule, enum name_kind kind)
{
        return kind == NAME_UNIT ? &rule->units : &rule->paths;
}

/* Each of its patterns begins with something. */
static bool has_beginnings(const struct string_list *patterns)
{
        for (size_t i = 0; i < patterns->n; i++)
                if (literal_length(patterns->items[i]) == 0)
                        return false;
        return patterns->n > 0;
}

/* NAME_COUNT_: no name is needed. */
static enum name_kind kind_of(const struct rule *rule)
{
        enum name_kind kind = NAME_UNIT;

        while (kind < NAME_COUNT_ && !has_beginnings(patterns_of(rule, kind)))
                kind++;
        return kind;
}

/* ---- Building ------------------------------------------------------------------------------------------- */

static void name_set_add(struct name_set *set, const char *pattern, uint32_t rule)
{
        size_t length = literal_length(pattern);
        uint32_t hash = HASH_START;

        if (length > POLICY_PATTERN_MAX)
                length = POLICY_PATTERN_MAX;
        for (size_t i = 0; i < length; i++)
                hash = hash_step(hash, pattern[i]);
        set->lengths[length / 64] |= UINT64_C(1) << length % 64;
        set->keyed[set->n++] = (struct keyed){ hash, rule };
}

static uint32_t bucket_of(const struct name_set *set, uint32_t hash)
{
        return (hash ^ hash >> 16) & (set->n_buckets - 1);
}

/* By counting: it keeps the rules' order. */
static bool name_set_sort(struct name_set *set)
{
        struct keyed *sorted;
        uint32_t *at;

        for (set->n_buckets = 1; set->n_buckets < set->n;)
                set->n_buckets *= 2;
        set->buckets = calloc((size_t)set->n_buckets + 1, sizeof *set->buckets);
        at = calloc((size_t)set->n_buckets + 1, sizeof *at);
        sorted = calloc(set->n + 1, sizeof *sorted);
        if (set->buckets && at && sorted) {
                for (size_t i = 0; i < set->n; i++)
                        set->buckets[bucket_of(set, set->keyed[i].hash) + 1]++;
                for (uint32_t i = 0; i < set->n_buckets; i++)
                        set->buckets[i + 1] += set->buckets[i];
                memcpy(at, set->buckets, ((size_t)set->n_buckets + 1) * sizeof *at);
                for (size_t i = 0; i < set->n; i++)
                        sorted[at[bucket_of(set, set->keyed[i].hash)]++] = set->keyed[i];
                free(set->keyed);
                set->keyed = sorted;
                free(at);
                return true;
        }
        free(sorted);
        free(at);
        return false;
}

static bool add_names(struct decision_sets *sets, const struct policy *policy, enum name_kind kind)
{
        struct name_set *set = &sets->names[kind];
        size_t n = 0;

        for (size_t i = 0; i < policy->n_rules; i++)
                if (kind_of(&policy->rules[i]) == kind)
                        n += patterns_of(&policy->rules[i], kind)->n;
        if (n == 0)
                return true;
        set->keyed = calloc(n, sizeof *set->keyed);
        if (!set->keyed)
                return false;
        for (size_t i = 0; i < policy->n_rules; i++) {
                const struct string_list *patterns = patterns_of(&policy->rules[i], kind);

                for (size_t j = 0; kind_of(&policy->rules[i]) == kind && j < patterns->n; j++)
                        name_set_add(set, patterns->items[j], (uint32_t)i);
        }
        return name_set_sort(set);
}

static bool add_any(struct decision_sets *sets, const struct policy *policy, enum operation operation)
{
        uint32_t n = 0;

        for (size_t i = 0; i < policy->n_rules; i++)
                n += policy->rules[i].operations & OPERATION_BIT(operation) &&
                     kind_of(&policy->rules[i]) == NAME_COUNT_;
        if (n == 0)
                return true;
        sets->any[operation] = calloc(n, sizeof *sets->any[operation]);
        if (!sets->any[operation])
                return false;
        for (size_t i = 0; i < policy->n_rules; i++)
                if (policy->rules[i].operations & OPERATION_BIT(operation) && kind_of(&policy->rules[i]) == NAME_COUNT_)
                        sets->any[operation][sets->n_any[operation]++] = (uint32_t)i;
        return true;
}

static bool fill(struct decision_sets *sets, const struct policy *policy)
{
        bool filled = true;

        for (size_t i = 0; i < policy->n_rules; i++)
                sets->masks[i] = (struct rule_masks){ policy->rules[i].zones, policy->rules[i].operations };
        for (enum name_kind kind = 0; filled && kind < NAME_COUNT_; kind++)
                filled = add_names(sets, policy, kind);
        for (enum operation operation = 0; filled && operation < OPERATION_COUNT_; operation++)
                filled = add_any(sets, policy, operation);
        return filled;
}

int decision_sets_new(const struct policy *policy, struct decision_sets **ret)
{
        struct decision_sets *sets = calloc(1, sizeof *sets);

        if (!sets)
                return -ENOMEM;
        sets->masks = calloc(policy->n_rules + 1, sizeof *sets->masks);
        if (!sets->masks || !fill(sets, policy)) {
                decision_sets_free(sets);
                return -ENOMEM;
        }
        *ret = sets;
        return 0;
}

struct decision_sets *decision_sets_free(struct decision_sets *sets)
{
        if (!sets)
                return NULL;
        for (enum operation operation = 0; operation < OPERATION_COUNT_; operation++)
                free(sets->any[operation]);
        for (enum name_kind kind = 0; kind < NAME_COUNT_; kind++) {
                free(sets->names[kind].buckets);
                free(sets->names[kind].keyed);
        }
        free(sets->masks);
        free(sets);
        return NULL;
}

/* ---- Asking --------------------------------------------------------------------------------------------- */

static bool can_decide(const struct candidates *candidates, uint32_t rule)
{
        const struct rule_masks *masks = &candidates->sets->masks[rule];

        return masks->operations & OPERATION_BIT(candidates->operation) &&
               (!masks->zones || masks->zones & candidates->zone);
}

/* From at on the first one with the hash that can decide; end: there is none. Others share its bucket. */
static const struct keyed *find_keyed(const struct candidates *candidates, const struct keyed *at,
                                      const struct keyed *end, uint32_t hash)
{
        while (at < end && (at->hash != hash || !can_decide(candidates, at->rule)))
                at++;
        return at;
}

/* False: no room. */
static bool add_bucket(struct candidates *candidates, const struct name_set *set, uint32_t hash)
{
        uint32_t bucket = bucket_of(set, hash);
        const struct keyed *end = set->keyed + set->buckets[bucket + 1];
        const struct keyed *at = find_keyed(candidates, set->keyed + set->buckets[bucket], end, hash);

        if (at == end)
                return true;
        if (candidates->n_named == CANDIDATES_MAX)
                return false;
        candidates->named[candidates->n_named].at = at;
        candidates->named[candidates->n_named++].end = end;
        return true;
}

/* With all that the name begins with. */
static bool add_beginnings(struct candidates *candidates, const struct name_set *set, const char *name)
{
        uint32_t hash = HASH_START;

        if (set->n_buckets == 0)
                return true;
        for (size_t length = 1; *name && length <= POLICY_PATTERN_MAX; length++, name++) {
                hash = hash_step(hash, *name);
                if (set->lengths[length / 64] & UINT64_C(1) << length % 64 && !add_bucket(candidates, set, hash))
                        return false;
        }
        return true;
}

bool candidates_find(const struct decision_sets *sets, const struct access *access, uint64_t zone,
                     struct candidates *ret)
{
        const uint32_t *any = sets->any[access->operation];

        ret->sets = sets;
        ret->zone = zone;
        ret->operation = access->operation;
        ret->n_named = 0;
        ret->any = any;
        ret->any_end = any ? any + sets->n_any[access->operation] : NULL;
        return (!access->unit || add_beginnings(ret, &sets->names[NAME_UNIT], access->unit)) &&
               (!access->path || add_beginnings(ret, &sets->names[NAME_PATH], access->path));
}

static void named_advance(struct candidates *candidates, size_t list)
{
        const struct keyed *end = candidates->named[list].end, *at = candidates->named[list].at;

        at = find_keyed(candidates, at + 1, end, at->hash);
        candidates->named[list].at = at;
        if (at == end)
                candidates->named[list] = candidates->named[--candidates->n_named];
}

long candidates_next(struct candidates *candidates)
{
        uint32_t first = UINT32_MAX;
        size_t list = CANDIDATES_MAX;

        while (candidates->any < candidates->any_end && !can_decide(candidates, *candidates->any))
                candidates->any++;
        if (candidates->any < candidates->any_end)
                first = *candidates->any;
        for (size_t i = 0; i < candidates->n_named; i++)
                if (candidates->named[i].at->rule < first) {
                        first = candidates->named[i].at->rule;
                        list = i;
                }
        if (list < CANDIDATES_MAX)
                named_advance(candidates, list);
        else if (candidates->any < candidates->any_end)
                candidates->any++;
        else
                return -1;
        return (long)first;
}
