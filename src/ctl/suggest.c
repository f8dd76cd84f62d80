/* unitward suggest: rules that would have allowed what was recorded, for review. */
#include "suggest.h"

#include <pwd.h>

#include "unitward/event_log.h"
#include "unitward/text.h"

#include "recorded_log.h"

#define LOGS_MAX 256
#define TRUSTED_MAX 32

enum key { KEY_POLICY = 0x100, KEY_REPLAY, KEY_TRUST };

struct options {
        struct ctl_common common;
        const char *policy;  /* NULL: the one in its place */
        uint64_t since_usec; /* 0: all */
        size_t n_logs, n_trusted;
        char *logs[LOGS_MAX]; /* instead of the log in its place */
        const char *trusted[TRUSTED_MAX];
};

static void add_log(struct options *options, char *file, struct argp_state *state)
{
        if (options->n_logs == LOGS_MAX)
                argp_error(state, "at most %d logs at a time", LOGS_MAX);
        else
                options->logs[options->n_logs++] = file;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
        struct options *options = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = state->input;
                return 0;
        case 'S':
                ctl_parse_since(arg, state, &options->since_usec);
                return 0;
        case KEY_REPLAY:
                add_log(options, arg, state);
                return 0;
        case KEY_POLICY:
                options->policy = arg;
                return 0;
        case KEY_TRUST:
                if (options->n_trusted == TRUSTED_MAX)
                        argp_error(state, "at most %d --trust", TRUSTED_MAX);
                else
                        options->trusted[options->n_trusted++] = arg;
                return 0;
        case ARGP_KEY_ARG:
                if (options->n_logs == 0)
                        return ARGP_ERR_UNKNOWN;
                add_log(options, arg, state);
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static const struct argp_option option_table[] = {
        { "since", 'S', "TIME", 0, "What was recorded from then on: 10m, 2h, 3d ago, or a date and time", 0 },
        { "replay", KEY_REPLAY, "FILE", 0,
          "Event logs instead of " EVENT_LOG_PATH "; others may follow, - is standard input", 0 },
        { "trust", KEY_TRUST, "NAME", 0,
          "This unit, program (its path) or login is configuration management; may be repeated", 0 },
        { "policy", KEY_POLICY, "FILE", 0, "Instead of " POLICY_PATH, 0 },
        { 0 },
};

static const struct argp parser = {
        .options = option_table,
        .parser = parse_option,
        .args_doc = "\n--replay FILE...",
        .doc = "Learns rules from what was recorded and would be refused, and prints them as a file for policy.d, with "
               "the "
               "evidence. What looks like an attack is never covered, and listed. Nothing is changed.\v"
               "Exit status 0 when with these rules all would be allowed, 1 when something would still be refused or a "
               "line "
               "cannot be read.",
        .children = ctl_common_children,
};

struct learning {
        struct suggest *suggest;
        uint64_t since_usec;
};

static int take(const json_t *event, void *userdata)
{
        const struct learning *learning = userdata;
        const char *timestamp = json_string_value(json_object_get(event, "@timestamp"));
        uint64_t usec;

        if (timestamp && timestamp_parse(timestamp, &usec) == 0 && usec < learning->since_usec)
                return 0;
        return suggest_take(learning->suggest, (json_t *)(uintptr_t)event);
}

/* With what was rotated away since then. */
static int learn_from_log(struct learning *learning, struct recorded_log *read)
{
        int r = recorded_log_read_since(read, EVENT_LOG_PATH, learning->since_usec, take, learning);

        if (r < 0)
                ctl_error(r == -EACCES ? "run it with sudo" : "--replay FILE says which log to read",
                          "the event log " EVENT_LOG_PATH " cannot be read: %s", strerror(-r));
        return r;
}

static const char *user_name(void *userdata, uid_t uid)
{
        const struct passwd *entry = getpwuid(uid);

        (void)userdata;
        return entry ? entry->pw_name : NULL;
}

static int print(const struct suggest_result *result, bool json)
{
        int r = 0;

        if (json)
                r = suggest_print_json(result);
        else
                r = suggest_write(result, stdout);
        return r < 0 ? r : result->n_allowed < result->n_records || result->n_ignored > 0;
}

static int learn(struct learning *learning, const struct options *options)
{
        const struct suggest_result *result;
        struct recorded_log read = { 0 };
        int r;

        if (options->n_logs > 0)
                r = recorded_log_read(&read, options->logs, options->n_logs, take, learning);
        else
                r = learn_from_log(learning, &read);
        if (r == 0) {
                r = suggest_conclude(learning->suggest, &result);
                if (r == 0)
                        r = print(result, options->common.json);
                if (r < 0)
                        ctl_error("unitward check says more", "nothing can be suggested: %s", strerror(-r));
        }
        recorded_log_complain(&read);
        free(read.first_malformed);
        return r == 0 && read.n_malformed == 0 ? CTL_OK : CTL_FINDING;
}

static void print_errors(const struct policy_report *report, int error)
{
        for (size_t i = 0; i < report->n_findings; i++)
                if (report->findings[i].is_error)
                        ctl_error(NULL, "%s", report->findings[i].text);
        ctl_error("unitward check says more", "the policy cannot be loaded: %s", strerror(-error));
}

static int run(const struct options *options, struct policy *policy, unsigned flags)
{
        struct learning learning = { .since_usec = options->since_usec };
        int status = CTL_FINDING;

        policy_stand_in(policy);
        learning.suggest =
                suggest_new(&(struct suggest_options){ .policy_path = options->policy ? options->policy : POLICY_PATH,
                                                       .flags = flags,
                                                       .n_trusted = options->n_trusted,
                                                       .trusted = options->trusted,
                                                       .look = suggest_look,
                                                       .user_name = user_name },
                            policy);
        if (learning.suggest)
                status = learn(&learning, options);
        else
                ctl_error(NULL, "%s", strerror(ENOMEM));
        suggest_free(learning.suggest);
        return status;
}

int ctl_suggest(int argc, char **argv)
{
        struct options options = { 0 };
        struct policy *policy = NULL;
        struct policy_report report;
        unsigned flags;
        int r, status = CTL_FINDING;

        if (argp_parse(&parser, argc, argv, 0, NULL, &options) != 0)
                return CTL_USAGE;
        flags = options.policy ? POLICY_SKIP_OWNER_CHECK : 0;
        r = policy_load(options.policy ? options.policy : POLICY_PATH, flags, &policy, &report);
        if (r < 0)
                print_errors(&report, r);
        else
                status = run(&options, policy, flags);
        policy_report_done(&report);
        (void)policy_unref(policy);
        return status;
}
