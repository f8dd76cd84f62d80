/* An event of the log as the access that it was, and the decision on it. */
#include "unitward/text.h"

#include "recorded_parts.h"

/* What decided instead of a rule: contents, records of packages, a deadline. */
static const char *const vouching[] = { "package-records",  "authorised-digest", "policy-in-force", "baseline",
                                        "unfinished-write", "on_timeout",        "hides-nothing" };

const char *recorded_assumption_text(unsigned index)
{
        static const char *const texts[RECORDED_ASSUMPTIONS] = {
                "who was a manager is told from pid and unit: older records do not say it",
                "no pattern of the policy covers the path: it was decided in the zone that the record has",
                "a command line was cut or depends on its environment: decided by the verbs and units recorded",
                "a program that the policy names is not on this machine: it was compared by its path",
                "a summary counts more than it names: all of it was decided as its last",
        };

        return texts[index];
}

const char *recorded_kind_text(enum recorded_kind kind)
{
        static const char *const texts[RECORDED_KIND_COUNT_] = {
                [RECORDED_DECISION] = "decided again",
                [RECORDED_TELLS] = "no decisions",
                [RECORDED_VOUCHED] = "decided by contents, records of packages or a deadline instead of rules",
                [RECORDED_LOAD] = "loads, which follow from what is authorised",
        };

        return texts[kind];
}

const char *recorded_text_at(const json_t *event, const char *path)
{
        return json_string_value(json_at(event, path));
}

static bool is_vouched(const json_t *event, const char *rule)
{
        const char *kind = recorded_text_at(event, "unitward.kind");

        for (size_t i = 0; i < ARRAY_SIZE(vouching); i++)
                if (streq(vouching[i], rule))
                        return true;
        return kind && (streq(kind, "evasion") || streq(kind, "timeout"));
}

static int read_path(const json_t *event, char ret[static PATH_MAX])
{
        const char *hex = recorded_text_at(event, "unitward.path_hex"), *path = recorded_text_at(event, "file.path");
        size_t size = hex ? strlen(hex) / 2 : 0;

        if (!hex)
                return string_copy(ret, PATH_MAX, path ? path : "") ? 0 : -EBADMSG;
        if (size >= PATH_MAX || hex_decode(hex, ret, size) < 0)
                return -EBADMSG;
        ret[size] = '\0';
        return 0;
}

static int place_from_name(const char *name)
{
        for (enum place place = 0; name && place < PLACE_COUNT_; place++)
                if (streq(place_name(place), name))
                        return (int)place;
        return -EINVAL;
}

/* Where the policy's patterns have it, or where the record has it when no pattern does: the daemon places by inode.
 * What could not be placed then is not now. */
static void place(const struct policy *policy, const json_t *event, struct recorded *recorded)
{
        const char *zone_name = recorded_text_at(event, "unitward.zone"),
                   *unit = recorded_text_at(event, "unitward.target_unit");
        int zone = zone_name ? policy_zone_index(policy, zone_name) : ZONE_UNPLACED,
            then = place_from_name(recorded_text_at(event, "unitward.place"));
        struct placement *placement = &recorded->placement;

        *placement = (struct placement){ .zone = ZONE_UNPLACED };
        if (zone_name && *recorded->path == '/')
                policy_place(policy, recorded->path, placement);
        if (placement->zone == ZONE_UNPLACED && zone >= 0) {
                placement->zone = zone;
                recorded->assumptions |= RECORDED_ASSUMED_PLACE;
        }
        recorded->is_protected = !zone_name || placement->zone != ZONE_UNPLACED;
        if (placement->zone != zone && zone_name)
                return;
        if (then >= 0)
                placement->place = (enum place)then;
        if (unit)
                (void)string_copy(placement->unit, sizeof placement->unit, unit);
}

static void read_change(const struct policy *policy, const json_t *event, struct recorded *recorded)
{
        const char *client = recorded_text_at(event, "unitward.client");
        int index = client ? policy_command_index(policy, client) : -ENOENT;

        place(policy, event, recorded);
        recorded->access.zone = recorded->placement.zone;
        recorded->access.place = recorded->placement.place;
        recorded->access.unit = recorded->placement.unit;
        recorded->access.client = index >= 0 ? policy_command_name(policy, (size_t)index) : NULL;
}

static int read_decision(const struct policy *policy, const json_t *event, struct recorded *recorded)
{
        int r = read_path(event, recorded->path);

        if (r == 0)
                r = recorded_actor(policy, event, recorded);
        if (r < 0)
                return r;
        recorded->access.actor = &recorded->actor;
        recorded->access.path = recorded->path;
        if (recorded_text_at(event, "unitward.command"))
                recorded_command(policy, event, recorded);
        else if (recorded->access.operation == OPERATION_EXEC)
                return -EBADMSG;
        else
                read_change(policy, event, recorded);
        return 0;
}

/* record_summary.h */
static void read_times(const json_t *event, struct recorded *recorded)
{
        json_int_t count = json_integer_value(json_at(event, "unitward.count"));

        recorded->times = count > 0 ? (uint64_t)count : 1;
        recorded->assumptions =
                json_integer_value(json_at(event, "unitward.n_targets")) > 1 ? RECORDED_ASSUMED_ALIKE : 0;
}

int recorded_read(const struct policy *policy, const json_t *event, struct recorded *ret)
{
        const char *timestamp = recorded_text_at(event, "@timestamp"),
                   *operation_word = recorded_text_at(event, "unitward.operation"),
                   *outcome_word = recorded_text_at(event, "unitward.verdict");
        int operation = operation_word ? operation_from_name(operation_word) : -EINVAL,
            outcome = outcome_word ? outcome_from_name(outcome_word) : -EINVAL;

        if (!timestamp || timestamp_parse(timestamp, &ret->time_usec) < 0 || !recorded_text_at(event, "unitward.kind"))
                return -EBADMSG;
        ret->kind = RECORDED_TELLS;
        read_times(event, ret);
        if (!operation_word && !outcome_word)
                return 0;
        ret->rule = recorded_text_at(event, "rule.name");
        if (operation < 0 || outcome < 0 || !ret->rule)
                return -EBADMSG;
        if (is_vouched(event, ret->rule) || operation == OPERATION_LOAD) {
                ret->kind = operation == OPERATION_LOAD ? RECORDED_LOAD : RECORDED_VOUCHED;
                return 0;
        }
        ret->kind = RECORDED_DECISION;
        ret->outcome = (enum outcome)outcome;
        ret->access = (struct access){ .operation = (enum operation)operation, .zone = ZONE_UNPLACED, .unit = "" };
        return read_decision(policy, event, ret);
}

struct verdict recorded_decide(const struct policy *policy, struct recorded *recorded)
{
        if (!recorded->is_protected)
                return (struct verdict){ OUTCOME_ALLOW, RECORDED_UNPROTECTED };
        if (recorded->access.operation == OPERATION_EXEC)
                return policy_decide_command(policy, &recorded->access, &recorded->request);
        return policy_decide(policy, &recorded->access);
}
