#include "unitward/hash.h"
#include "unitward/record_summary.h"
#include "unitward/report.h"
#include "unitward/text.h"
#include "unitward/util.h"

#define FIELDS_MAX 20u
#define KEY_PART_MAX 1024u /* bytes of a field; what differs behind them counts as alike */

struct group {
        char *key;
        uint64_t first_usec, last_usec;
        uint64_t counts[REPORT_OUTCOME_COUNT_];
        json_t *values[FIELDS_MAX];
        UT_hash_handle hh; /* in the order in which they were last seen */
};

struct report_groups {
        const struct report_field *fields;
        unsigned max;
        uint64_t total;
        struct group *groups;
        char key[FIELDS_MAX * (KEY_PART_MAX + 1)];
};

struct report_groups *report_groups_new(const struct report_field *fields, unsigned max)
{
        struct report_groups *groups = calloc(1, sizeof *groups);

        if (groups) {
                groups->fields = fields;
                groups->max = max;
        }
        return groups;
}

static struct group *group_free(struct group *group)
{
        if (group) {
                for (size_t i = 0; i < FIELDS_MAX; i++)
                        json_decref(group->values[i]);
                free(group->key);
                free(group);
        }
        return NULL;
}

static void forget(struct report_groups *groups, struct group *group)
{
        HASH_DEL(groups->groups, group);
        (void)group_free(group);
}

struct report_groups *report_groups_free(struct report_groups *groups)
{
        if (groups)
                while (groups->groups)
                        forget(groups, groups->groups);
        free(groups);
        return NULL;
}

/* Parts end with a NUL, which none of them has in it. */
static size_t key_of(struct report_groups *groups, json_t *const *values)
{
        char *to = groups->key;

        for (size_t i = 0; groups->fields[i].name; i++) {
                const json_t *value = groups->fields[i].is_key ? values[i] : NULL;
                const char *text = json_string_value(value);

                if (text)
                        to = mempcpy(to, text, strnlen(text, KEY_PART_MAX));
                else if (json_is_integer(value))
                        to += snprintf(to, KEY_PART_MAX, "%lld", (long long)json_integer_value(value));
                *to++ = '\0';
        }
        return (size_t)(to - groups->key);
}

static struct group *group_new(const struct report_groups *groups, size_t size)
{
        struct group *group = calloc(1, sizeof *group);

        if (!group)
                return NULL;
        group->key = bytes_duplicate(groups->key, size);
        return group->key ? group : group_free(group);
}

/* Those of the latest record. */
static void take_values(struct group *group, const struct report_field *fields, json_t *const *values)
{
        for (size_t i = 0; fields[i].name; i++) {
                json_decref(group->values[i]);
                group->values[i] = json_incref(values[i]);
        }
}

int report_groups_take(struct report_groups *groups, const json_t *event, uint64_t usec, enum report_outcome outcome)
{
        json_t *values[FIELDS_MAX] = { NULL };
        struct group *group;
        size_t size;

        for (size_t i = 0; groups->fields[i].name; i++)
                values[i] = json_at(event, groups->fields[i].path);
        size = key_of(groups, values);
        HASH_FIND(hh, groups->groups, groups->key, size, group);
        if (group)
                HASH_DEL(groups->groups, group);
        else
                group = group_new(groups, size);
        if (!group)
                return -ENOMEM;
        HASH_ADD_KEYPTR(hh, groups->groups, group->key, size, group);
        if (!HASH_ADDED(hh, group)) {
                (void)group_free(group);
                return -ENOMEM;
        }
        if (HASH_COUNT(groups->groups) > groups->max)
                forget(groups, groups->groups);
        take_values(group, groups->fields, values);
        group->first_usec = group->first_usec ? group->first_usec : usec;
        group->last_usec = usec;
        group->counts[outcome] += record_times(event);
        groups->total += record_times(event);
        return 0;
}

static uint64_t refused_of(const struct group *group)
{
        return group->counts[REPORT_DENIED] + group->counts[REPORT_QUARANTINED] + group->counts[REPORT_UNPREVENTED];
}

/* HASH_SORT keeps the order of what compares equal. */
static int compare_counts(const struct group *a, const struct group *b)
{
        uint64_t refused[] = { refused_of(a), refused_of(b) };
        uint64_t allowed[] = { a->counts[REPORT_ALLOWED], b->counts[REPORT_ALLOWED] };

        if (refused[0] != refused[1])
                return refused[0] > refused[1] ? -1 : 1;
        return allowed[0] > allowed[1] ? -1 : allowed[0] < allowed[1];
}

static int compare_times(const struct group *a, const struct group *b)
{
        return a->last_usec > b->last_usec ? -1 : a->last_usec < b->last_usec;
}

static json_t *group_to_json(const struct report_groups *groups, const struct group *group)
{
        char first[TIMESTAMP_SIZE], last[TIMESTAMP_SIZE];
        json_t *json = json_pack("{s:s, s:s}", "first", timestamp_format(group->first_usec, first), "last",
                                 timestamp_format(group->last_usec, last));

        for (enum report_outcome i = 0; i < REPORT_OUTCOME_COUNT_; i++)
                (void)json_object_set_new(json, report_outcome_name(i), json_integer((json_int_t)group->counts[i]));
        for (size_t i = 0; groups->fields[i].name; i++)
                if (group->values[i])
                        (void)json_object_set(json, groups->fields[i].name, group->values[i]);
        return json;
}

json_t *report_groups_to_json(const struct report_groups *groups, size_t n, bool by_count)
{
        struct report_groups *sorted = (struct report_groups *)(uintptr_t)groups; /* their order is nobody's business */
        uint64_t shown = 0;
        json_t *rows = json_array();

        HASH_SORT(sorted->groups, compare_times);
        if (by_count)
                HASH_SORT(sorted->groups, compare_counts);
        for (struct group *group = groups->groups; rows && group && json_array_size(rows) < n; group = group->hh.next) {
                (void)json_array_append_new(rows, group_to_json(groups, group));
                shown += refused_of(group) + group->counts[REPORT_ALLOWED];
        }
        return json_pack("{s:o, s:I}", "rows", rows, "more", (json_int_t)(groups->total - shown));
}
