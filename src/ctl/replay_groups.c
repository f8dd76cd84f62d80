/* What changes, told once for accesses that are alike. */
#include "unitward/hash.h"
#include "unitward/util.h"

#include "replay.h"

#define OTHERS "(others)"

struct entry {
        struct replay_group group;
        char *key;
        UT_hash_handle hh;
};

struct replay_groups {
        struct entry *entries;
        const struct replay_group **sorted;
};

struct replay_groups *replay_groups_new(void)
{
        return calloc(1, sizeof(struct replay_groups));
}

static struct entry *entry_free(struct entry *entry)
{
        if (entry) {
                free(entry->group.zone);
                free(entry->group.pattern);
                free(entry->group.actor);
                free(entry->key);
                free(entry);
        }
        return NULL;
}

void replay_groups_free(struct replay_groups *groups)
{
        struct entry *entry, *next;

        if (!groups)
                return;
        HASH_ITER(hh, groups->entries, entry, next) {
                HASH_DEL(groups->entries, entry);
                entry_free(entry);
        }
        free(groups->sorted);
        free(groups);
}

static char *key_of(const struct replay_group *group)
{
        return format("%d/%d/%d/%s/%s/%s/%s\n%s", (int)group->operation, (int)group->old_outcome,
                      (int)group->new_outcome, group->zone, group->old_rule, group->new_rule, group->actor,
                      group->pattern);
}

static bool widen(struct replay_group *group)
{
        free(group->pattern);
        free(group->actor);
        group->pattern = strdup(OTHERS);
        group->actor = strdup(OTHERS);
        return group->pattern && group->actor;
}

static struct entry *entry_new(const struct policy *policy, const struct recorded *recorded, struct verdict verdict)
{
        const struct zone *zone = recorded->access.zone >= 0 ? policy_zone(policy, recorded->access.zone) : NULL;
        struct entry *entry = calloc(1, sizeof *entry);
        struct replay_group *group;

        if (!entry)
                return NULL;
        group = &entry->group;
        group->operation = recorded->access.operation;
        group->old_outcome = recorded->outcome;
        group->new_outcome = verdict.outcome;
        group->change = replay_change_of(recorded, verdict);
        (void)string_copy(group->old_rule, sizeof group->old_rule, recorded->rule);
        (void)string_copy(group->new_rule, sizeof group->new_rule, verdict.rule);
        group->zone = strdup(zone ? zone->name : "");
        group->pattern = recorded_pattern(&recorded->access);
        group->actor = recorded_actor_words(&recorded->actor);
        if (group->zone && group->pattern && group->actor)
                entry->key = key_of(group);
        return entry->key ? entry : entry_free(entry);
}

static struct entry *insert(struct replay_groups *groups, struct entry *entry)
{
        HASH_ADD_KEYPTR(hh, groups->entries, entry->key, strlen(entry->key), entry);
        return HASH_ADDED(hh, entry) ? entry : entry_free(entry);
}

/* Takes the entry. The one that is in the table for it; NULL: no memory. */
static struct entry *keep(struct replay_groups *groups, struct entry *entry)
{
        struct entry *found;

        HASH_FIND_STR(groups->entries, entry->key, found);
        if (!found && HASH_COUNT(groups->entries) >= REPLAY_GROUPS_MAX) {
                free(entry->key);
                entry->key = widen(&entry->group) ? key_of(&entry->group) : NULL;
                if (!entry->key)
                        return entry_free(entry);
                HASH_FIND_STR(groups->entries, entry->key, found);
        }
        if (!found)
                return insert(groups, entry);
        entry_free(entry);
        return found;
}

int replay_groups_add(struct replay_groups *groups, const struct policy *policy, const struct recorded *recorded,
                      struct verdict verdict)
{
        struct entry *entry = entry_new(policy, recorded, verdict);
        struct replay_group *group;

        entry = entry ? keep(groups, entry) : NULL;
        if (!entry)
                return -ENOMEM;
        group = &entry->group;
        if (group->n == 0 || recorded->time_usec < group->first_usec)
                group->first_usec = recorded->time_usec;
        group->n += recorded->times;
        if (recorded->time_usec > group->last_usec)
                group->last_usec = recorded->time_usec;
        return 0;
}

static int compare(const void *a, const void *b)
{
        const struct replay_group *one = *(const struct replay_group *const *)a,
                                  *other = *(const struct replay_group *const *)b;
        int r = (int)one->change - (int)other->change;

        if (r == 0)
                r = (one->n < other->n) - (one->n > other->n);
        return r ? r : strcmp(one->pattern, other->pattern);
}

const struct replay_group *const *replay_groups_sorted(struct replay_groups *groups, size_t *ret_n)
{
        size_t n = 0;

        free(groups->sorted);
        groups->sorted = calloc(HASH_COUNT(groups->entries) + 1, sizeof(const struct replay_group *));
        for (struct entry *entry = groups->entries; groups->sorted && entry; entry = entry->hh.next)
                groups->sorted[n++] = &entry->group;
        if (n > 1)
                qsort(groups->sorted, n, sizeof(const struct replay_group *), compare);
        *ret_n = n;
        return groups->sorted;
}
