/* "detection": which of what managers start is judged, what counts, and what a score leads to. */
#include <stddef.h>

#include "unitward/glob.h"

#include "lint.h"
#include "loader.h"

#define SCORE_MAX 1000

static const char *parent_word(unsigned value)
{
        static const char *const names[] = { "system", "user" };

        return names[value];
}

static const char *users_word(unsigned value)
{
        static const char *const names[] = {
                [DETECT_USERS_ANY] = "any",
                [DETECT_USERS_SYSTEM] = "system",
                [DETECT_USERS_ROOT] = "root",
        };

        return names[value];
}

static const struct words parent_words = { parent_word, 2 };
static const struct words users_words = { users_word, DETECT_USERS_ROOT + 1 };

#define FIELD(name) offsetof(struct policy, settings.detection.name)
#define SCORE_RANGE                                                                                                    \
        {                                                                                                              \
                0, SCORE_MAX                                                                                           \
        }

static const struct setting detection_settings[] = {
        { .name = "enabled", .parse = parse_bool, .offset = FIELD(enabled) },
        { .name = "window", .parse = parse_duration, .offset = FIELD(window_usec), .range = { 60, 366 * 86400 } },
        { .name = "timer_interval_threshold",
          .parse = parse_duration,
          .offset = FIELD(timer_interval_usec),
          .range = { 0, 86400 } },
        { .name = "parent_process", .parse = parse_word_mask, .offset = FIELD(parents), .words = &parent_words },
        { .name = "user_context", .parse = parse_word, .offset = FIELD(users), .words = &users_words },
        { .name = "timer_creation_path",
          .parse = parse_strings,
          .offset = offsetof(struct policy, detection_paths),
          .check = check_path_pattern },
        { .name = "ignore_units",
          .parse = parse_strings,
          .offset = offsetof(struct policy, detection_ignored),
          .check = check_unit_pattern },
        { .name = "record_score", .parse = parse_unsigned, .offset = FIELD(record_score), .range = SCORE_RANGE },
        { .name = "alert_score", .parse = parse_unsigned, .offset = FIELD(alert_score), .range = SCORE_RANGE },
        { .name = "deny_score", .parse = parse_unsigned, .offset = FIELD(deny_score), .range = SCORE_RANGE },
        { .name = "stop_score", .parse = parse_unsigned, .offset = FIELD(stop_score), .range = SCORE_RANGE },
        { 0 },
};

void parse_detection(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        struct policy *policy = loader->policy;
        struct detect_settings *settings = &policy->settings.detection;

        (void)setting;
        (void)field;
        group_parse(loader, value, detection_settings, policy);
        policy->detection_position = position_of(loader, value);
        settings->n_creation_paths = policy->detection_paths.n;
        settings->creation_paths = policy->detection_paths.items;
        settings->n_ignored = policy->detection_ignored.n;
        settings->ignored = policy->detection_ignored.items;
}

/* ---- What is valid and cannot be meant ---------------------------------------------------------------------- */

static void say(struct lint *lint, const char *what)
{
        find_fault(lint, false, lint->policy->detection_position, "detection", what);
}

static bool ignores_all(const struct detect_settings *settings)
{
        for (size_t i = 0; i < settings->n_ignored; i++)
                if (glob_covers(settings->ignored[i], "*.service", false))
                        return true;
        return false;
}

/* Without its wildcards one lies in the other. */
static bool paths_touch(const char *pattern, const char *protected)
{
        size_t here = strcspn(pattern, "*?["), there = strcspn(protected, "*?[");

        return strncmp(pattern, protected, here < there ? here : there) == 0;
}

static bool is_protected(const struct policy *policy, const char *pattern)
{
        for (size_t i = 0; i < policy->n_zones; i++)
                for (size_t j = 0; j < policy->zones[i].n_paths; j++)
                        if (paths_touch(pattern, policy->zones[i].paths[j].pattern))
                                return true;
        return false;
}

static void lint_creation_paths(struct lint *lint, const struct detect_settings *settings)
{
        for (size_t i = 0; i < settings->n_creation_paths; i++)
                if (!is_protected(lint->policy, settings->creation_paths[i]))
                        find_fault_of(lint, false, lint->policy->detection_position, "timer_creation_path",
                                      format("no zone protects anything at \"%s\"; changes there are not noticed",
                                             settings->creation_paths[i]));
}

static bool is_below(unsigned score, unsigned other)
{
        return score > 0 && score < other;
}

static void lint_scores(struct lint *lint, const struct detect_settings *settings)
{
        unsigned usual = 60;

        if (settings->alert_score == 0)
                say(lint, "alert_score is 0: nobody is told of anything; expected a score, or enabled = false");
        if (settings->alert_score > 0 && settings->record_score > settings->alert_score)
                say(lint, "record_score is above alert_score: it never counts");
        if (is_below(settings->deny_score, settings->alert_score) ||
            is_below(settings->stop_score, settings->alert_score))
                say(lint,
                    "deny_score or stop_score is below alert_score: what is not worth an alert would be prevented");
        else if (is_below(settings->deny_score, usual) || is_below(settings->stop_score, usual))
                say(lint, "deny_score or stop_score is below 60: what an administrator has just made may not run");
}

void lint_detection(struct lint *lint)
{
        const struct detect_settings *settings = &lint->policy->settings.detection;

        if (!settings->enabled)
                return;
        lint_scores(lint, settings);
        lint_creation_paths(lint, settings);
        if (ignores_all(settings))
                say(lint, "ignore_units covers every service: nothing is judged; expected names, or enabled = false");
        if (settings->window_usec < settings->timer_interval_usec)
                say(lint, "window is shorter than timer_interval_threshold: a timer may fire first when it is over");
}
