/* The event log, summed up: one record after the other, in memory that does not grow with it. */
#include "unitward/record.h"
#include "unitward/record_summary.h"
#include "unitward/report.h"
#include "unitward/text.h"
#include "unitward/util.h"

#define GROUPS_MAX 1024u
#define TECHNIQUES_MAX 32u
#define AXIS_LEAST_USEC UINT64_C(1800000000)

struct technique {
        char id[16];
        uint64_t counts[REPORT_OUTCOME_COUNT_];
};

struct report_events {
        uint64_t since_usec, now_usec;
        uint64_t records, first_usec, last_usec;
        uint64_t totals[REPORT_OUTCOME_COUNT_];
        struct report_axis axis;
        struct report_groups *refused, *changes, *actors, *alerts, *problems;
        size_t n_techniques;
        struct technique techniques[TECHNIQUES_MAX];
};

/* What was done, to what, by whom. path_hex is there when a path is not UTF-8. */
#define FIELDS_OF_ACCESS                                                                                               \
        { "operation", "unitward.operation", true }, { "path", "file.path", true },                                    \
                { "path_hex", "unitward.path_hex", true }, { "command_line", "process.command_line", true },           \
                { "executable", "process.executable", true }, { "rule", "rule.name", true },                           \
                { "verdict", "unitward.verdict", true }, { "enforced", "unitward.enforced", false },                   \
                { "uid", "user.id", true }, { "login_uid", "unitward.login_uid", true },                               \
                { "actor_unit", "unitward.actor_unit", true }, { "meaning", "unitward.meaning", false },               \
                { "technique", "threat.technique.id", false },                                                         \
        {                                                                                                              \
                "quarantine_id", "unitward.quarantine_id", false                                                       \
        }

static const struct report_field access_fields[] = { FIELDS_OF_ACCESS, { 0 } };

static const struct report_field actor_fields[] = {
        { "executable", "process.executable", true },
        { "actor_unit", "unitward.actor_unit", true },
        { "uid", "user.id", true },
        { "login_uid", "unitward.login_uid", true },
        { "operation", "unitward.operation", false },
        { "path", "file.path", false },
        { "path_hex", "unitward.path_hex", false },
        { "command_line", "process.command_line", false },
        { "parent", "process.parent.executable", false },
        { 0 },
};

static const struct report_field alert_fields[] = {
        { "alert_id", "unitward.alert_id", true },
        { "unit", "unitward.target_unit", false },
        { "executable", "process.executable", false },
        { "command_line", "process.command_line", false },
        { "timer", "unitward.timer", false },
        { "score", "unitward.score", false },
        { "severity", "unitward.severity", false },
        { "why", "unitward.why", false },
        { "response", "unitward.response", false },
        { "response_done", "unitward.response_done", false },
        { 0 },
};

static const struct report_field problem_fields[] = {
        { "kind", "unitward.kind", true },
        { "message", "message", false },
        { "hint", "unitward.hint", false },
        { 0 },
};

const char *report_outcome_name(enum report_outcome outcome)
{
        static const char *const names[REPORT_OUTCOME_COUNT_] = { "denied", "quarantined", "unprevented", "allowed" };

        return names[outcome];
}

struct report_events *report_events_new(uint64_t since_usec, uint64_t now_usec)
{
        struct report_events *events = calloc(1, sizeof *events);

        if (!events)
                return NULL;
        events->since_usec = since_usec;
        events->now_usec = now_usec;
        if (since_usec > 0)
                report_axis_begin(&events->axis, since_usec, now_usec);
        events->refused = report_groups_new(access_fields, GROUPS_MAX);
        events->changes = report_groups_new(access_fields, GROUPS_MAX);
        events->actors = report_groups_new(actor_fields, GROUPS_MAX);
        events->alerts = report_groups_new(alert_fields, GROUPS_MAX);
        events->problems = report_groups_new(problem_fields, GROUPS_MAX);
        if (events->refused && events->changes && events->actors && events->alerts && events->problems)
                return events;
        return report_events_free(events);
}

struct report_events *report_events_free(struct report_events *events)
{
        if (events) {
                (void)report_groups_free(events->refused);
                (void)report_groups_free(events->changes);
                (void)report_groups_free(events->actors);
                (void)report_groups_free(events->alerts);
                (void)report_groups_free(events->problems);
                free(events);
        }
        return NULL;
}

/* False: nothing was decided. */
static bool outcome_of(const json_t *facts, enum report_outcome *ret)
{
        const char *verdict = json_string_value(json_object_get(facts, "verdict"));
        int outcome = verdict ? outcome_from_name(verdict) : -EINVAL;

        if (outcome < 0)
                return false;
        if (outcome == OUTCOME_ALLOW)
                *ret = REPORT_ALLOWED;
        else if (!json_is_true(json_object_get(facts, "enforced")))
                *ret = REPORT_UNPREVENTED;
        else if (outcome == OUTCOME_QUARANTINE || json_is_string(json_object_get(facts, "quarantine_id")))
                *ret = REPORT_QUARANTINED;
        else
                *ret = REPORT_DENIED;
        return true;
}

/* Of more techniques than there can be the last ones are left out. */
static void count_technique(struct report_events *events, const json_t *event, enum report_outcome outcome)
{
        const char *id = json_string_value(json_array_get(json_at(event, "threat.technique.id"), 0));
        size_t i = 0;

        if (!id)
                return;
        while (i < events->n_techniques && !streq(events->techniques[i].id, id))
                i++;
        if (i == TECHNIQUES_MAX)
                return;
        if (i == events->n_techniques)
                (void)string_copy(events->techniques[events->n_techniques++].id, sizeof events->techniques[i].id, id);
        events->techniques[i].counts[outcome] += record_times(event);
}

static int take_decision(struct report_events *events, const json_t *event, uint64_t usec, enum report_outcome outcome)
{
        int r;

        events->totals[outcome] += record_times(event);
        report_axis_add(&events->axis, usec, outcome, record_times(event));
        count_technique(events, event, outcome);
        r = report_groups_take(events->actors, event, usec, outcome);
        return r < 0 ? r
                     : report_groups_take(outcome == REPORT_ALLOWED ? events->changes : events->refused, event, usec,
                                          outcome);
}

/* What nobody decided and somebody should look at: ECS's word for it. */
static bool is_problem(const json_t *event)
{
        const char *kind = json_string_value(json_at(event, "event.kind"));

        return kind && streq(kind, "alert");
}

/* A log of a few minutes is shown as that: some bars, of which the last ones are not empty. */
static uint64_t axis_from(const struct report_events *events, uint64_t first_usec)
{
        uint64_t least = events->now_usec > AXIS_LEAST_USEC ? events->now_usec - AXIS_LEAST_USEC : 0;

        return first_usec < least ? first_usec : least;
}

static void take_time(struct report_events *events, uint64_t usec)
{
        if (events->axis.n == 0)
                report_axis_begin(&events->axis, axis_from(events, usec), events->now_usec);
        events->records++;
        if (events->first_usec == 0 || usec < events->first_usec)
                events->first_usec = usec;
        if (usec > events->last_usec)
                events->last_usec = usec;
}

int report_events_take(struct report_events *events, const json_t *event)
{
        const char *timestamp = json_string_value(json_object_get(event, "@timestamp"));
        const json_t *facts = json_object_get(event, "unitward");
        const char *kind = json_string_value(json_object_get(facts, "kind"));
        enum report_outcome outcome;
        uint64_t usec;

        if (!kind || !timestamp || timestamp_parse(timestamp, &usec) < 0)
                return -EBADMSG;
        if (usec < events->since_usec)
                return 0;
        take_time(events, usec);
        if (streq(kind, record_kind_name(RECORD_ALERT)))
                return report_groups_take(events->alerts, event, usec, REPORT_ALLOWED);
        if (outcome_of(facts, &outcome))
                return take_decision(events, event, usec, outcome);
        return is_problem(event) ? report_groups_take(events->problems, event, usec, REPORT_ALLOWED) : 0;
}

static json_t *counts_to_json(const uint64_t counts[static REPORT_OUTCOME_COUNT_])
{
        json_t *json = json_object();

        for (enum report_outcome i = 0; i < REPORT_OUTCOME_COUNT_; i++)
                (void)json_object_set_new(json, report_outcome_name(i), json_integer((json_int_t)counts[i]));
        return json;
}

static json_t *techniques_to_json(const struct report_events *events)
{
        json_t *json = json_object();

        for (size_t i = 0; i < events->n_techniques; i++)
                (void)json_object_set_new(json, events->techniques[i].id, counts_to_json(events->techniques[i].counts));
        return json;
}

json_t *report_events_to_json(const struct report_events *events)
{
        char first[TIMESTAMP_SIZE], last[TIMESTAMP_SIZE];
        json_t *json = json_pack(
                "{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "records", (json_int_t)events->records, "totals",
                counts_to_json(events->totals), "axis", report_axis_to_json(&events->axis), "refused",
                report_groups_to_json(events->refused, REPORT_SHOWN, false), "changes",
                report_groups_to_json(events->changes, REPORT_CHANGES_SHOWN, false), "actors",
                report_groups_to_json(events->actors, REPORT_SHOWN, true), "alerts",
                report_groups_to_json(events->alerts, REPORT_SHOWN, false), "problems",
                report_groups_to_json(events->problems, REPORT_SHOWN, false), "techniques", techniques_to_json(events));

        if (json && events->records > 0) {
                (void)json_object_set_new(json, "first", json_string(timestamp_format(events->first_usec, first)));
                (void)json_object_set_new(json, "last", json_string(timestamp_format(events->last_usec, last)));
        }
        return json;
}
