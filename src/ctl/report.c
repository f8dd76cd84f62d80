/* unitward report: what an auditor wants to see, as one page or as the facts that it is made of. */
#include "report.h"
#include "posture.h"
#include "recorded_log.h"
#include "unitward/ctl.h"
#include "unitward/doctor.h"
#include "unitward/event_log.h"
#include "unitward/ledger.h"
#include "unitward/protocol.h"
#include "unitward/report.h"
#include "unitward/text.h"

#define CALL_TIMEOUT_MS 30000

struct options {
        struct ctl_common common;
        const char *html, *log, *policy;
        const char *since; /* as it was typed; NULL: all that there is */
        uint64_t since_usec;
};

enum key { KEY_HTML = 0x100 };

static void parse_end(const struct options *options, struct argp_state *state)
{
        if (!options->html && !options->common.json)
                argp_error(state, "say what to make: --html FILE, --html - for standard output, or --json");
        if (options->html && streq(options->html, "-") && options->common.json)
                argp_error(state, "--json and --html -: both would go to standard output");
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
        struct options *options = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = state->input;
                return 0;
        case KEY_HTML:
                options->html = arg;
                return 0;
        case 'S':
                ctl_parse_since(arg, state, &options->since_usec);
                options->since = arg;
                return 0;
        case 'l':
                options->log = arg;
                return 0;
        case 'p':
                options->policy = arg;
                return 0;
        case ARGP_KEY_END:
                parse_end(options, state);
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static const struct argp_option option_table[] = {
        { "html", KEY_HTML, "FILE", 0, "Write the page there, for its owner's eyes; -: to standard output", 0 },
        { "since", 'S', "TIME", 0, "Events from then on: 10m, 2h, 3d ago, or a date and time (default all)", 0 },
        { "log", 'l', "FILE", 0, "The event log (default " EVENT_LOG_PATH ")", 0 },
        { "policy", 'p', "FILE", 0, "The policy (default the daemon's, or " POLICY_PATH ")", 0 },
        { 0 },
};

static const struct argp parser = {
        .options = option_table,
        .parser = parse_option,
        .doc = "Makes one page for people: mode and guarantees, what was tried and what became of it, by whom, "
               "quarantine, "
               "posture, the policy in words, coverage by ATT&CK technique. It needs no network and no script.\v"
               "Exit status 3 when no daemon answers: the page says so, and has what is known without it; 1 when the "
               "log "
               "cannot be read in full, or the page not be written.",
        .children = ctl_common_children,
};

/* In the place of facts that could not be had. */
static json_t *missing(const char *hint, const char *error)
{
        json_t *json = json_object();

        (void)json_set_bytes(json, "error", error);
        if (hint)
                (void)json_set_bytes(json, "hint", hint);
        return json;
}

static json_t *failed_call(int result, const json_t *reply)
{
        const char *error = json_string_value(json_object_get(reply, "error"));

        if (result < 0)
                return missing(ctl_unreachable_hint(-result), strerror(-result));
        return missing(json_string_value(json_object_get(reply, "hint")), error ? error : "it was refused");
}

/* ---- What each of them says ---------------------------------------------------------------------------------- */

static json_t *daemon_facts(const struct doctor *doctor)
{
        json_t *json;

        if (doctor->status_result == 0)
                return json_pack("{s:b, s:O}", "answers", 1, "status", doctor->status);
        json = failed_call(doctor->status_result, doctor->status);
        (void)json_object_set_new(json, "answers", json_false());
        return json;
}

/* The newest: the daemon has the oldest first. */
static json_t *quarantine_facts(void)
{
        json_t *reply = NULL, *items = json_array(), *json;
        int r = protocol_call(ctl_socket(), "quarantine-list", NULL, CALL_TIMEOUT_MS, &reply);
        size_t n = json_array_size(reply);

        if (r != 0) {
                json = failed_call(r, reply);
                json_decref(items);
        } else {
                for (size_t i = 0; i < n && i < REPORT_SHOWN; i++)
                        (void)json_array_append(items, json_array_get(reply, n - 1 - i));
                json = json_pack("{s:o, s:I}", "items", items, "more", (json_int_t)(n - json_array_size(items)));
        }
        json_decref(reply);
        return json;
}

static json_t *posture_facts(const struct policy *policy)
{
        struct posture *posture = NULL;
        int r = posture_new(&(struct posture_options){ .root = "/", .policy = policy, .ledger = STATE_PATH }, &posture);
        json_t *json;

        if (r == 0)
                r = posture_run(posture);
        json = r == 0 ? posture_to_json(posture) : missing("see: unitward posture", strerror(-r));
        (void)posture_free(posture);
        return json;
}

static json_t *policy_facts(const struct doctor *doctor)
{
        json_t *json = doctor->policy ? policy_in_words(doctor->policy)
                                      : missing("unitward check says what to change", "it cannot be loaded");

        (void)json_set_bytes(json, "path", doctor->policy_path);
        return json;
}

static int take(const json_t *event, void *userdata)
{
        return report_events_take(userdata, event);
}

/* status: what to end with where not all can be read. */
static json_t *events_facts(const struct options *options, uint64_t now_usec, int *status)
{
        struct report_events *events = report_events_new(options->since_usec, now_usec);
        struct recorded_log read = { 0 };
        int r = events ? recorded_log_read_since(&read, options->log, options->since_usec, take, events) : -ENOMEM;
        json_t *json;

        if (r < 0) {
                json = missing(r == -EACCES ? "run it with sudo"
                                            : "--log FILE says which log to read; unitwardd writes it unless it runs "
                                              "with --no-log",
                               strerror(-r));
                ctl_error(json_string_value(json_object_get(json, "hint")), "the event log %s cannot be read: %s",
                          options->log, strerror(-r));
        } else {
                json = report_events_to_json(events);
        }
        recorded_log_complain(&read);
        (void)json_object_set_new(json, "malformed", json_integer((json_int_t)read.n_malformed));
        if (r < 0 || read.n_malformed > 0)
                *status = CTL_FINDING;
        free(read.first_malformed);
        (void)report_events_free(events);
        return json;
}

/* ---- All of it ----------------------------------------------------------------------------------------------- */

static void set_time(json_t *json, const char *key, uint64_t usec)
{
        char text[TIMESTAMP_SIZE];

        (void)json_object_set_new(json, key, json_string(timestamp_format(usec, text)));
}

static void set_origin(json_t *facts, const struct options *options, uint64_t now_usec)
{
        char host[256] = "";

        (void)gethostname(host, sizeof host - 1);
        (void)json_set_bytes(facts, "host", host);
        (void)json_set_bytes(facts, "log", options->log);
        set_time(facts, "made", now_usec);
        if (options->since) {
                set_time(facts, "since", options->since_usec);
                (void)json_set_bytes(facts, "since_words", options->since);
        }
}

static json_t *gather(const struct options *options, int *status)
{
        const uint64_t now_usec = now_realtime_usec();
        struct doctor doctor = { .findings = json_array() };
        json_t *facts = json_pack("{s:s}", "version", UNITWARD_VERSION);

        set_origin(facts, options, now_usec);
        doctor_run(&doctor, options->policy);
        (void)json_object_set_new(facts, "daemon", daemon_facts(&doctor));
        (void)json_object_set(facts, "doctor", doctor.findings);
        (void)json_object_set_new(facts, "guarantees", guarantees_in_words());
        (void)json_object_set_new(facts, "events", events_facts(options, now_usec, status));
        (void)json_object_set_new(facts, "quarantine", quarantine_facts());
        (void)json_object_set_new(facts, "posture", posture_facts(doctor.policy));
        (void)json_object_set_new(facts, "policy", policy_facts(&doctor));
        if (doctor.policy)
                (void)json_object_set_new(facts, "coverage", report_coverage(doctor.policy));
        if (doctor.status_result < 0) {
                ctl_error(ctl_unreachable_hint(-doctor.status_result),
                          "the daemon cannot be reached at %s: %s; the report has what is known without it",
                          ctl_socket(), strerror(-doctor.status_result));
                *status = CTL_UNREACHABLE;
        }
        doctor_done(&doctor);
        return facts;
}

/* What is there is replaced by the whole page, or is as it was. It names what is refused, and to whom: root's. */
static int write_page(const char *file, const json_t *facts)
{
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        int r = ctl_print_whole(report_page, facts, &text, &size);

        if (r < 0)
                return r;
        if (!streq(file, "-"))
                return replace_file(file, text, size, 0600);
        return fwrite(text, 1, size, stdout) == size ? 0 : -errno;
}

int ctl_report(int argc, char **argv)
{
        struct options options = { .log = EVENT_LOG_PATH };
        int r = 0, status = CTL_OK;
        json_t *facts;

        if (argp_parse(&parser, argc, argv, 0, NULL, &options) != 0)
                return CTL_USAGE;
        facts = gather(&options, &status);
        if (options.common.json)
                ctl_print_json(facts);
        if (options.html)
                r = write_page(options.html, facts);
        json_decref(facts);
        if (r < 0) {
                ctl_error("nothing was changed there; make room, or name a file in a directory that is there and yours",
                          "%s: %s", options.html, strerror(-r));
                return CTL_FINDING;
        }
        return status;
}
