/* unitward explain: the rule that would decide, and why, by the daemon's own decision function. */
#include <limits.h>

#include "unitward/text.h"

#include "explain.h"
#include "replay.h"

/* The same name with the links of its directory followed. */
static bool resolve_directory(const char *path, char ret[static PATH_MAX])
{
        char parent[PATH_MAX], resolved[PATH_MAX];
        char *slash;

        if (!string_copy(parent, sizeof parent, path))
                return false;
        slash = strrchr(parent, '/');
        slash[slash == parent] = '\0';
        if (!realpath(parent, resolved))
                return false;
        return snprintf(ret, PATH_MAX, "%s/%s", streq(resolved, "/") ? "" : resolved, path + (slash - parent) + 1) <
               PATH_MAX;
}

/* PATH as it is written or, when that is in no zone, as its directory really is. */
static void place_path(struct question *question, const char *path, bool literally, char absolute[static PATH_MAX])
{
        char resolved[PATH_MAX], here[PATH_MAX];
        bool is_absolute = *path == '/';

        if (!is_absolute && !getcwd(here, sizeof here))
                return;
        if (snprintf(absolute, PATH_MAX, "%s%s%s", is_absolute ? "" : here, is_absolute ? "" : "/", path) >= PATH_MAX)
                return;
        policy_place(question->policy, absolute, &question->placement);
        if (literally || question->placement.zone != ZONE_UNPLACED || !resolve_directory(absolute, resolved))
                return;
        (void)string_copy(absolute, PATH_MAX, resolved);
        policy_place(question->policy, absolute, &question->placement);
}

static void decide(struct question *question)
{
        const struct access *access = &question->access;

        question->is_protected = access->zone != ZONE_UNPLACED;
        question->outcome = OUTCOME_ALLOW;
        if (!question->is_protected)
                return;
        question->rule = policy_find_rule(question->policy, access);
        question->outcome = policy_decide(question->policy, access).outcome;
}

static json_t *actors_to_json(const struct question *question)
{
        json_t *names = json_array();

        for (size_t i = 0; i < question->policy->n_actors; i++)
                if (actor_class_matches(&question->policy->actors[i], question->access.actor))
                        json_array_append_new(names, json_string(question->policy->actors[i].name));
        return names;
}

/* The rules before the one that decides, each with the first of its conditions that does not hold. */
static json_t *passed_over_to_json(const struct question *question)
{
        const struct policy *policy = question->policy;
        json_t *rules = json_array();

        for (size_t i = 0; question->is_protected && i < policy->n_rules && &policy->rules[i] != question->rule; i++)
                json_array_append_new(rules, json_pack("{s:s, s:s}", "rule", policy->rules[i].id, "condition",
                                                       rule_obstacle(policy, &policy->rules[i], &question->access)));
        return rules;
}

static const char *reason(const struct question *question)
{
        bool is_reading = question->access.operation == OPERATION_READ;

        if (!question->is_protected)
                return question->access.operation == OPERATION_EXEC || question->access.command
                               ? "the policy gates no such command"
                               : "no zone of the policy covers this path";
        if (question->vouched)
                return "the policy authorises these contents, whoever brings them";
        if (question->rule)
                return "it is the first rule whose conditions all hold";
        if (is_reading && question->outcome == OUTCOME_ALLOW &&
            question->policy->settings.default_outcome != OUTCOME_ALLOW)
                return "no rule restricts reading it";
        return "no rule matches, so that the policy's default decides";
}

/* What was asked about; names may be any bytes. */
static void add_subject(json_t *json, const struct question *question)
{
        const struct access *access = &question->access;
        const struct zone *zone = policy_zone(question->policy, access->zone);
        const struct {
                const char *key, *value;
        } fields[] = {
                { "operation", operation_name(access->operation) },
                { "path", access->path },
                { "zone", zone ? zone->name : NULL },
                { "place", zone ? place_name(access->place) : NULL },
                { "unit", access->unit },
                { "client", access->client },
                { "command", access->command },
                { "verb", access->verb },
        };

        for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
                if (fields[i].value && *fields[i].value)
                        (void)json_set_bytes(json, fields[i].key, fields[i].value);
}

const char *explain_rule(const struct question *question)
{
        if (question->vouched)
                return question->vouched;
        return question->rule ? question->rule->id : POLICY_DEFAULT_RULE;
}

json_t *explain_to_json(const struct question *question)
{
        const struct rule *rule = question->vouched ? NULL : question->rule;
        _cleanup_free_ char *position = rule ? format("%s:%u", rule->position.file, rule->position.line) : NULL;
        json_t *json = json_pack("{s:s, s:s, s:s, s:s}", "outcome", outcome_name(question->outcome), "rule",
                                 explain_rule(question), "reason", reason(question), "mode",
                                 mode_name(question->policy->settings.mode));

        if (position)
                (void)json_set_bytes(json, "position", position);
        add_subject(json, question);
        explain_request_to_json(question, json);
        json_object_set_new(json, "actors", actors_to_json(question));
        json_object_set_new(json, "passed_over", passed_over_to_json(question));
        return json;
}

void explain_print_line(const char *label, const char *value)
{
        if (!value || !*value)
                return;
        printf("  %-10s", label);
        ctl_print_text(stdout, STYLE_PLAIN, value);
        putchar('\n');
}

static void print_text_at(const json_t *json, const char *key)
{
        explain_print_line(key, json_string_value(json_object_get(json, key)));
}

static void print_headline(const json_t *json, bool allowed)
{
        ctl_print_text(stdout, allowed ? STYLE_GOOD : STYLE_BAD, json_string_value(json_object_get(json, "outcome")));
        printf(" by %s", json_string_value(json_object_get(json, "rule")));
        if (json_is_string(json_object_get(json, "position"))) {
                fputs(" (", stdout);
                ctl_print_text(stdout, STYLE_PLAIN, json_string_value(json_object_get(json, "position")));
                putchar(')');
        }
        printf(": %s\n", json_string_value(json_object_get(json, "reason")));
        if (!allowed && streq(json_string_value(json_object_get(json, "mode")), mode_name(MODE_AUDIT)))
                puts("  the policy's mode is audit: it would be let pass and reported");
}

/* Only those that are about such an access at all; --json has the others too. */
static void print_near_misses(const json_t *passed_over)
{
        static const char *const far[] = { "on", "zone", "place", "command" };
        const char *label = "not";
        size_t i;
        json_t *item;

        json_array_foreach(passed_over, i, item) {
                const char *condition = json_string_value(json_object_get(item, "condition"));
                bool is_far = false;

                for (size_t j = 0; j < ARRAY_SIZE(far); j++)
                        is_far |= streq(far[j], condition);
                if (is_far)
                        continue;
                printf("  %-10s%s: its \"%s\" does not match\n", label,
                       json_string_value(json_object_get(item, "rule")), condition);
                label = "";
        }
}

void explain_print(const json_t *json)
{
        bool allowed = streq(json_string_value(json_object_get(json, "outcome")), outcome_name(OUTCOME_ALLOW));
        static const char *const keys[] = { "operation", "path", "zone", "place", "client", "command" };
        size_t i;
        json_t *item;

        print_headline(json, allowed);
        for (i = 0; i < ARRAY_SIZE(keys); i++)
                print_text_at(json, keys[i]);
        explain_request_print(json);
        json_array_foreach(json_object_get(json, "actors"), i, item)
                explain_print_line(i == 0 ? "actor" : "", json_string_value(item));
        if (json_array_size(json_object_get(json, "actors")) == 0)
                explain_print_line("actor", "none that the policy knows");
        print_near_misses(json_object_get(json, "passed_over"));
}

static void explain_path(struct question *question, const struct explain_options *options,
                         char absolute[static PATH_MAX])
{
        place_path(question, options->path, options->is_literal, absolute);
        question->access = (struct access){
                .operation = options->operation,
                .actor = &options->actor,
                .zone = question->placement.zone,
                .place = question->placement.place,
                .path = absolute,
                .unit = options->unit ? options->unit : question->placement.unit,
                .client = options->client,
        };
        decide(question);
}

void explain_ask(struct question *question, const struct policy *policy, struct explain_options *options,
                 char absolute[static PATH_MAX])
{
        *question = (struct question){ .policy = policy, .placement.zone = ZONE_UNPLACED };
        *absolute = '\0';
        if (options->n_words)
                explain_command(question, options);
        else
                explain_path(question, options, absolute);
}

static int answer(const struct policy *policy, struct explain_options *options)
{
        struct question question;
        char absolute[PATH_MAX];
        json_t *json;

        if (options->client && policy_command_index(policy, options->client) < 0) {
                ctl_error("name one of its commands", "the policy gates no command \"%s\"", options->client);
                return CTL_USAGE;
        }
        explain_ask(&question, policy, options, absolute);
        json = explain_to_json(&question);
        if (options->common.json)
                ctl_print_json(json);
        else
                explain_print(json);
        json_decref(json);
        return question.outcome == OUTCOME_ALLOW ? CTL_OK : CTL_FINDING;
}

static void print_errors(const struct policy_report *report)
{
        for (size_t i = 0; i < report->n_findings; i++)
                if (report->findings[i].is_error)
                        ctl_error(NULL, "%s", report->findings[i].text);
}

int ctl_explain(int argc, char **argv)
{
        struct explain_options options;
        struct policy *policy = NULL;
        struct policy_report report;
        int r, status;

        r = explain_options_parse(&options, argc, argv);
        if (r < 0)
                return CTL_USAGE;
        r = policy_load(options.policy ? options.policy : POLICY_PATH, options.policy ? POLICY_SKIP_OWNER_CHECK : 0,
                        &policy, &report);
        if (r < 0) {
                print_errors(&report);
                ctl_error("unitward check says more", "the policy cannot be loaded: %s", strerror(-r));
        }
        if (r < 0)
                status = CTL_FINDING;
        else if (options.n_logs)
                status = replay_run(policy, options.logs, options.n_logs, options.common.json);
        else
                status = answer(policy, &options);
        policy_report_done(&report);
        (void)policy_unref(policy);
        return status;
}
