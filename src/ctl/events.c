#include "alerts.h"
#include "unitward/ctl.h"
#include "unitward/event_log.h"
#include "unitward/record.h"
#include "unitward/text.h"

enum key { KEY_ID = 0x100 };

struct events {
        struct ctl_common common;
        const char *path;
        uint64_t since_usec; /* UINT64_MAX: from the log's beginning, without what was rotated away */
        bool follow;
        bool denied;
        bool as_stories;
        struct alerts alerts;
        uint64_t malformed;
};

static error_t parse_events(int key, char *arg, struct argp_state *state)
{
        struct events *events = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = events;
                return 0;
        case 'f':
                events->follow = true;
                return 0;
        case 'd':
                events->denied = true;
                return 0;
        case 'a':
                events->as_stories = true;
                return 0;
        case KEY_ID:
                events->alerts.id = arg;
                return 0;
        case 'l':
                events->path = arg;
                return 0;
        case 'S':
                ctl_parse_since(arg, state, &events->since_usec);
                return 0;
        case ARGP_KEY_END:
                if (events->as_stories && events->denied)
                        argp_error(state, "--alerts and --denied: one of them");
                if (events->alerts.id && !events->as_stories)
                        argp_error(state, "--id is an alert's: it goes with --alerts");
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

/* ECS's word for what record_is_denial says. */
static bool event_is_denial(const json_t *event)
{
        const char *kind = json_string_value(json_at(event, "event.kind"));

        return kind && streq(kind, "alert");
}

static bool event_is_wanted(const struct events *events, const json_t *event)
{
        const char *timestamp = json_string_value(json_object_get(event, "@timestamp"));
        uint64_t usec;

        if (events->denied && !event_is_denial(event))
                return false;
        if (events->since_usec == UINT64_MAX || !timestamp || timestamp_parse(timestamp, &usec) < 0)
                return true;
        return usec >= events->since_usec;
}

static void print_event(struct events *events, const json_t *event, const char *json_line)
{
        _cleanup_free_ char *line = NULL;

        if (events->common.json)
                puts(json_line);
        else if (record_line_from_json(event, ctl_colour(stdout), &line) < 0)
                events->malformed++;
        else
                puts(line);
}

static void show_line(struct events *events, const char *line)
{
        json_t *event = json_loads(line, 0, NULL);

        if (!json_is_object(event))
                events->malformed++;
        else if (events->as_stories)
                events->malformed += alerts_take(&events->alerts, event) < 0;
        else if (event_is_wanted(events, event))
                print_event(events, event, line);
        json_decref(event);
}

static int show_log(struct events *events, struct event_log *log)
{
        for (;;) {
                char *line;
                int r = event_log_next(log, &line);

                if (r > 0) {
                        show_line(events, line);
                        continue;
                }
                if (r < 0 || !events->follow)
                        return r;
                if (fflush(stdout) != 0)
                        return -errno;
                r = event_log_wait(log);
                if (r < 0)
                        return r;
        }
}

static int report_unreadable(const struct events *events, int error)
{
        ctl_error(error == -EACCES
                          ? "run it with sudo"
                          : "--log FILE says which log to read; unitwardd writes it unless it runs with --no-log",
                  "the event log %s cannot be read: %s", events->path, strerror(-error));
        return CTL_FINDING;
}

int ctl_events(int argc, char **argv)
{
        static const struct argp_option options[] = {
                { "follow", 'f', NULL, 0, "Wait for more", 0 },
                { "since", 'S', "TIME", 0, "From then on: 10m, 2h, 3d ago, or a date and time", 0 },
                { "denied", 'd', NULL, 0, "Only what somebody should look at: denials, quarantine, problems", 0 },
                { "alerts", 'a', NULL, 0,
                  "Each alert as a story: who wrote what, when it was loaded, what ran, what it touched next", 0 },
                { "id", KEY_ID, "ID", 0, "With --alerts: this one, by the beginning of its id", 0 },
                { "log", 'l', "FILE", 0, "The log (default " EVENT_LOG_PATH ")", 0 },
                { 0 },
        };
        static const struct argp parser = {
                .options = options,
                .parser = parse_events,
                .doc = "Shows who tried what, and what became of it.",
                .children = ctl_common_children,
        };
        struct events events = { .path = EVENT_LOG_PATH, .since_usec = UINT64_MAX };
        struct event_log *log;
        int r;

        if (argp_parse(&parser, argc, argv, 0, NULL, &events) != 0)
                return CTL_USAGE;
        r = event_log_open(events.path, events.since_usec, events.follow, &log);
        if (r < 0)
                return report_unreadable(&events, r);
        events.alerts.json = events.common.json;
        events.alerts.at_once = events.follow;
        events.alerts.since_usec = events.since_usec;
        r = show_log(&events, log);
        alerts_print(&events.alerts);
        alerts_done(&events.alerts);
        events.malformed += event_log_skipped(log);
        event_log_close(log);
        if (r < 0)
                return report_unreadable(&events, r);
        if (events.malformed > 0) {
                ctl_error("the log was damaged or edited: compare it with journalctl -u unitward.service",
                          "%llu lines of %s are not events", (unsigned long long)events.malformed, events.path);
                return CTL_FINDING;
        }
        return CTL_OK;
}
