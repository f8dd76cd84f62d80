/* What changes, for people and as JSON. */
#include <inttypes.h>

#include "unitward/ctl.h"
#include "unitward/text.h"

#include "replay.h"

static const struct {
        const char *name, *headline;
        enum ctl_style style;
} changes[REPLAY_CHANGE_COUNT_] = {
        [REPLAY_REFUSED] = { "refused", "would be refused, and was allowed", STYLE_BAD },
        [REPLAY_ALLOWED] = { "allowed", "would be allowed, and was refused", STYLE_GOOD },
        [REPLAY_OTHERWISE] = { "otherwise", "would be refused in another way", STYLE_WARN },
        [REPLAY_RULE] = { "rule", "the same, by another rule", STYLE_PLAIN },
};

static void print_field(const char *label, const char *text)
{
        if (!*text)
                return;
        printf("  %-10s", label);
        ctl_print_text(stdout, STYLE_PLAIN, text);
        putchar('\n');
}

static void print_group(const struct replay_group *group)
{
        _cleanup_free_ char *first = format_time(group->first_usec), *last = format_time(group->last_usec);

        printf("%s ", operation_name(group->operation));
        ctl_print_text(stdout, STYLE_BOLD, group->pattern);
        putchar('\n');
        print_field("actor", group->actor);
        print_field("zone", group->zone);
        printf("  %-10s", "rule");
        ctl_print_text(stdout, STYLE_PLAIN, group->old_rule);
        printf(" (%s) -> ", outcome_name(group->old_outcome));
        ctl_print_text(stdout, changes[group->change].style, group->new_rule);
        printf(" (%s)\n", outcome_name(group->new_outcome));
        printf("  %-10s%" PRIu64 ", %s%s%s\n", "times", group->n, first ? first : "?", group->n > 1 ? " to " : "",
               group->n > 1 && last ? last : "");
}

static void print_skipped(const struct replay *replay)
{
        for (enum recorded_kind kind = RECORDED_DECISION + 1; kind < RECORDED_KIND_COUNT_; kind++)
                if (replay->kinds[kind] > 0)
                        printf("skipped %" PRIu64 ": %s\n", replay->kinds[kind], recorded_kind_text(kind));
        for (unsigned i = 0; i < RECORDED_ASSUMPTIONS; i++)
                if (replay->assumed[i] > 0)
                        printf("assumed for %" PRIu64 ": %s\n", replay->assumed[i], recorded_assumption_text(i));
}

static void print_summary(const struct replay *replay)
{
        uint64_t n = replay->kinds[RECORDED_DECISION];
        _cleanup_free_ char *first = format_time(replay->first_usec), *last = format_time(replay->last_usec);

        printf("%" PRIu64 " decided again", n);
        if (n > 0 && first && last)
                printf(" (%s to %s)", first, last);
        printf(": %" PRIu64 " as before, %" PRIu64 " newly refused, %" PRIu64 " newly allowed, %" PRIu64
               " refused in another way, %" PRIu64 " by another rule\n",
               replay->changed[REPLAY_SAME], replay->changed[REPLAY_REFUSED], replay->changed[REPLAY_ALLOWED],
               replay->changed[REPLAY_OTHERWISE], replay->changed[REPLAY_RULE]);
        print_skipped(replay);
}

void replay_print(struct replay *replay)
{
        enum replay_change change = REPLAY_SAME;
        size_t n;
        const struct replay_group *const *groups = replay_groups_sorted(replay->groups, &n);

        for (size_t i = 0; i < n; i++) {
                if (groups[i]->change != change) {
                        change = groups[i]->change;
                        printf("-- %s\n", changes[change].headline);
                }
                print_group(groups[i]);
        }
        if (n > 0)
                putchar('\n');
        print_summary(replay);
}

static void set_time(json_t *json, const char *key, uint64_t usec)
{
        char text[TIMESTAMP_SIZE];

        if (usec > 0)
                json_object_set_new(json, key, json_string(timestamp_format(usec, text)));
}

static json_t *group_to_json(const struct replay_group *group)
{
        json_t *json =
                json_pack("{s:s, s:s, s:I, s:{s:s}, s:{s:s}}", "change", changes[group->change].name, "operation",
                          operation_name(group->operation), "times", (json_int_t)group->n, "old", "outcome",
                          outcome_name(group->old_outcome), "new", "outcome", outcome_name(group->new_outcome));

        (void)json_set_bytes(json_object_get(json, "old"), "rule", group->old_rule);
        (void)json_set_bytes(json_object_get(json, "new"), "rule", group->new_rule);
        (void)json_set_bytes(json, "pattern", group->pattern);
        (void)json_set_bytes(json, "actor", group->actor);
        if (*group->zone)
                (void)json_set_bytes(json, "zone", group->zone);
        set_time(json, "first", group->first_usec);
        set_time(json, "last", group->last_usec);
        return json;
}

static json_t *counts_to_json(const struct replay *replay)
{
        json_t *json = json_pack("{s:I, s:I, s:I, s:I}", "decided", (json_int_t)replay->kinds[RECORDED_DECISION],
                                 "same", (json_int_t)replay->changed[REPLAY_SAME], "lines",
                                 (json_int_t)replay->log.n_lines, "malformed", (json_int_t)replay->log.n_malformed),
               *skipped = json_object(), *assumed = json_object();

        for (enum replay_change change = 0; change < REPLAY_CHANGE_COUNT_; change++)
                json_object_set_new(json, changes[change].name, json_integer((json_int_t)replay->changed[change]));
        for (enum recorded_kind kind = RECORDED_DECISION + 1; kind < RECORDED_KIND_COUNT_; kind++)
                json_object_set_new(skipped, recorded_kind_text(kind), json_integer((json_int_t)replay->kinds[kind]));
        for (unsigned i = 0; i < RECORDED_ASSUMPTIONS; i++)
                json_object_set_new(assumed, recorded_assumption_text(i), json_integer((json_int_t)replay->assumed[i]));
        json_object_set_new(json, "skipped", skipped);
        json_object_set_new(json, "assumed", assumed);
        set_time(json, "first", replay->first_usec);
        set_time(json, "last", replay->last_usec);
        return json;
}

void replay_print_json(struct replay *replay)
{
        json_t *list = json_array(),
               *json = json_pack("{s:o, s:o}", "changes", list, "summary", counts_to_json(replay));
        size_t n;
        const struct replay_group *const *groups = replay_groups_sorted(replay->groups, &n);

        for (size_t i = 0; i < n; i++)
                json_array_append_new(list, group_to_json(groups[i]));
        ctl_print_json(json);
        json_decref(json);
}
