/* Findings of `unitward posture` that somebody has decided to live with, until a day. */
#include <stddef.h>
#include <time.h>

#include "loader.h"
#include "unitward/posture_checks.h"

#define ACCEPTED_MAX 4096

static void parse_check(struct loader *loader, const config_setting_t *value, const struct setting *setting,
                        void *field)
{
        const char *text = value_string(loader, value);
        int check = text ? posture_check_from_name(text) : -EINVAL;

        (void)setting;
        if (check >= 0)
                *(unsigned *)field = (unsigned)check;
        else if (text)
                complain(loader, value,
                         "\"%s\" is no check; expected one that `unitward posture` names, such as \"%s\"", text,
                         posture_check_name(CHECK_PROGRAM_WRITABLE));
}

static void parse_text(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        const char *text = value_string(loader, value), *wrong = text ? setting->check(text) : NULL;
        char **to = field;

        if (!text)
                return;
        if (wrong) {
                complain(loader, value, "\"%s\" %s", text, wrong);
                return;
        }
        *to = strdup(text); /* libconfig takes no setting twice */
        if (!*to)
                loader->out_of_memory = true;
}

static const char *check_reason(const char *text)
{
        return text[strspn(text, " \t\n")] ? NULL : "says nothing; expected why the finding can stay";
}

static bool parse_day(const char *text, uint64_t *ret_end)
{
        struct tm day = { .tm_isdst = -1 };
        const char *end = strptime(text, "%Y-%m-%d", &day);
        int of_month = day.tm_mday;
        time_t seconds;

        if (!end || *end || strlen(text) != 10)
                return false;
        day.tm_mday++;
        seconds = mktime(&day);
        if (seconds <= 0)
                return false;
        *ret_end = (uint64_t)seconds * 1000000u;
        /* The day after "02-30" is no "02-31". */
        seconds -= 1;
        return localtime_r(&seconds, &day) && day.tm_mday == of_month;
}

static void parse_until(struct loader *loader, const config_setting_t *value, const struct setting *setting,
                        void *field)
{
        const char *text = value_string(loader, value);
        struct policy_accepted *accepted = field;

        (void)setting;
        if (!text)
                return;
        if (!parse_day(text, &accepted->until_usec)) {
                complain(loader, value, "\"%s\" is no day; expected one such as \"2027-01-31\"", text);
                return;
        }
        (void)string_copy(accepted->until, sizeof accepted->until, text);
        if (accepted->until_usec <= now_realtime_usec())
                warn(loader, value, "%s has passed: the finding counts again; expected a day to come, or no such entry",
                     text);
}

static const struct setting accepted_settings[] = {
        { .name = "check", .parse = parse_check, .offset = offsetof(struct policy_accepted, check), .required = true },
        { .name = "path",
          .parse = parse_text,
          .offset = offsetof(struct policy_accepted, path),
          .required = true,
          .check = check_path_pattern },
        { .name = "reason",
          .parse = parse_text,
          .offset = offsetof(struct policy_accepted, reason),
          .required = true,
          .check = check_reason },
        { .name = "until", .parse = parse_until, .required = true },
        { 0 },
};

static void parse_accepted(struct loader *loader, const config_setting_t *group)
{
        struct policy *policy = loader->policy;
        struct policy_accepted *accepted;

        if (policy->n_accepted == ACCEPTED_MAX) {
                complain(loader, group, "is one too many; expected at most %d", ACCEPTED_MAX);
                return;
        }
        accepted = array_grow(&policy->accepted, &policy->n_accepted, sizeof *accepted);
        if (!accepted) {
                loader->out_of_memory = true;
                return;
        }
        accepted->file = loader->file;
        accepted->line = (unsigned)config_setting_source_line(group);
        group_parse(loader, group, accepted_settings, accepted);
}

void parse_accepted_list(struct loader *loader, const config_setting_t *list, const struct setting *setting,
                         void *field)
{
        (void)setting;
        (void)field;
        if (!config_setting_is_list(list)) {
                complain(loader, list,
                         "is not a list; expected ( { check = \"...\"; path = \"...\"; reason = \"...\"; until = "
                         "\"...\"; }, "
                         "... )");
                return;
        }
        for (unsigned i = 0; i < (unsigned)config_setting_length(list); i++)
                parse_accepted(loader, config_setting_get_elem(list, i));
}

void accepted_done(struct policy_accepted *accepted)
{
        free(accepted->path);
        free(accepted->reason);
}

size_t policy_n_accepted(const struct policy *policy)
{
        return policy->n_accepted;
}

const struct policy_accepted *policy_accepted(const struct policy *policy, size_t index)
{
        return &policy->accepted[index];
}
