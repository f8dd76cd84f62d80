#include "unitward/ctl.h"
#include "unitward/text.h"

#define LABEL_WIDTH 12

/* How a value of the daemon's answer is shown. */
enum form { FORM_TEXT, FORM_BYTES, FORM_TIME, FORM_DIGEST };

struct field {
        const char *path;
        enum form form;
        const char *before, *after; /* words around the value */
};

struct row {
        const char *label;
        const struct field *fields; /* shown one after the other; a NULL path ends them */
};

static char *field_text(const struct field *field, const json_t *status)
{
        json_t *value = json_at(status, field->path);
        const uint64_t number = (uint64_t)json_integer_value(value);

        if (!value || json_is_null(value))
                return strdup("-");
        switch (field->form) {
        case FORM_BYTES:
                return format_bytes(number);
        case FORM_TIME:
                return format_time(number);
        case FORM_DIGEST:
                return format("%.12s", json_string_value(value) ? json_string_value(value) : "-");
        case FORM_TEXT:
                break;
        }
        return ctl_json_text(value);
}

static void print_label(const char *label)
{
        printf("  %-*s", LABEL_WIDTH, label);
}

static void print_row(const struct row *row, const json_t *status)
{
        print_label(row->label);
        for (const struct field *field = row->fields; field->path; field++) {
                _cleanup_free_ char *text = field_text(field, status);

                fputs(field->before, stdout);
                ctl_print_text(stdout, STYLE_PLAIN, text ? text : "-");
                fputs(field->after, stdout);
        }
        putchar('\n');
}

static const struct row rows[] = {
        { "mode", (const struct field[]){ { "mode_ruling.why", FORM_TEXT, "", "" }, { 0 } } },
        { "kernel", (const struct field[]){ { "kernel", FORM_TEXT, "", "" }, { 0 } } },
        { "policy", (const struct field[]){ { "policy.path", FORM_TEXT, "", ", " },
                                            { "policy.rules", FORM_TEXT, "", " rules, " },
                                            { "policy.zones", FORM_TEXT, "", " zones" },
                                            { 0 } } },
        { "", (const struct field[]){ { "policy.loaded_usec", FORM_TIME, "loaded ", ", " },
                                      { "policy.digest", FORM_DIGEST, "digest ", "" },
                                      { 0 } } },
        { "marks", (const struct field[]){ { "marks.directories", FORM_TEXT, "", " directories, " },
                                           { "marks.files", FORM_TEXT, "", " files; " },
                                           { "marks.absent", FORM_TEXT, "", " places do not exist yet" },
                                           { 0 } } },
        { "inventory", (const struct field[]){ { "inventory.authorised", FORM_TEXT, "", " authorised, " },
                                               { "inventory.tolerated", FORM_TEXT, "", " tolerated; " },
                                               { "ledger.entries", FORM_TEXT, "", " in the ledger" },
                                               { 0 } } },
        { "quarantine", (const struct field[]){ { "quarantine.count", FORM_TEXT, "", " taken, " },
                                                { "quarantine.bytes", FORM_BYTES, "", " of " },
                                                { "quarantine.max_bytes", FORM_BYTES, "", ", " },
                                                { "quarantine.unkept", FORM_TEXT, "", " described and not kept" },
                                                { 0 } } },
        { "gap", (const struct field[]){ { "gap.held", FORM_TEXT, "", " files held open since before it; " },
                                         { "gap.managers_asked", FORM_TEXT, "", " managers asked, " },
                                         { "gap.loaded", FORM_TEXT, "", " loaded without authority, " },
                                         { "gap.stopped", FORM_TEXT, "", " stopped" },
                                         { 0 } } },
        { "starts", (const struct field[]){ { "starts.seen", FORM_TEXT, "", " seen by " },
                                            { "starts.watcher", FORM_TEXT, "", ", " },
                                            { "starts.alerts", FORM_TEXT, "", " alerts, " },
                                            { "starts.refused", FORM_TEXT, "", " refused, " },
                                            { "starts.stopped", FORM_TEXT, "", " stopped; " },
                                            { "starts.lost", FORM_TEXT, "", " times some were lost" },
                                            { 0 } } },
        { "queue", (const struct field[]){ { "queue.held", FORM_TEXT, "", " openers held" },
                                           { "queue.held_most", FORM_TEXT, " (at most ", "), " },
                                           { "queue.unsettled", FORM_TEXT, "", " changes unsettled" },
                                           { "queue.unsettled_most", FORM_TEXT, " (at most ", "), " },
                                           { "queue.overflows", FORM_TEXT, "", " overflows" },
                                           { 0 } } },
        { "", (const struct field[]){ { "queue.filings", FORM_TEXT, "", " taken and not filed" },
                                      { "queue.filings_most", FORM_TEXT, " (at most ", "), " },
                                      { "queue.records", FORM_TEXT, "", " records unwritten" },
                                      { "queue.records_most", FORM_TEXT, " (at most ", "), " },
                                      { "queue.records_dropped", FORM_TEXT, "", " dropped, " },
                                      { "queue.records_summed", FORM_TEXT, "", " counted in summaries" },
                                      { 0 } } },
        { "sent", (const struct field[]){ { "sent.linux_audit.sent", FORM_TEXT, "", " records to Linux audit, " },
                                          { "sent.linux_audit.lost", FORM_TEXT, "", " lost; " },
                                          { "sent.syslog.sent", FORM_TEXT, "", " to syslog, " },
                                          { "sent.syslog.lost", FORM_TEXT, "", " lost" },
                                          { 0 } } },
};

static void print_headline(const json_t *status)
{
        const bool enforcing = json_is_true(json_object_get(status, "enforcing"));
        const uint64_t uptime = (uint64_t)json_integer_value(json_object_get(status, "uptime_usec"));
        _cleanup_free_ char *version = ctl_json_text(json_object_get(status, "version")),
                            *pid = ctl_json_text(json_object_get(status, "pid")), *age = format_duration(uptime);

        fputs("unitwardd ", stdout);
        ctl_print_text(stdout, STYLE_PLAIN, version ? version : "-");
        ctl_print_text(stdout, enforcing ? STYLE_GOOD : STYLE_WARN,
                       enforcing ? " enforces" : " only audits: nothing is prevented");
        printf("; PID %s, for %s\n", pid ? pid : "-", age ? age : "-");
}

/* The names in an object of booleans that have the value; no line when there are none. */
static void print_names(const char *label, json_t *object, bool wanted)
{
        const char *key, *separator = NULL;
        json_t *value;

        json_object_foreach(object, key, value) {
                if (json_is_true(value) != wanted)
                        continue;
                if (!separator)
                        print_label(label);
                fputs(separator ? separator : "", stdout);
                ctl_print_text(stdout, wanted ? STYLE_PLAIN : STYLE_WARN, key);
                separator = ", ";
        }
        if (separator)
                putchar('\n');
}

static void print_counters(json_t *counters)
{
        const char *key, *separator = "";
        json_t *value;

        print_label("counters");
        json_object_foreach(counters, key, value) {
                _cleanup_free_ char *text = ctl_json_text(value);

                fputs(separator, stdout);
                ctl_print_text(stdout, STYLE_PLAIN, key);
                printf(" %s", text ? text : "-");
                separator = ", ";
        }
        putchar('\n');
}

static void print_problem(const char *text)
{
        print_label("problem");
        ctl_print_text(stdout, STYLE_BAD, text);
        putchar('\n');
}

static void print_problems(const json_t *status)
{
        const char *refused = json_string_value(json_at(status, "policy.last_error"));
        size_t i;
        json_t *problem;

        if (refused)
                print_problem(refused);
        if (json_is_false(json_object_get(status, "systemd_is_pid1")))
                print_problem(
                        "systemd is not PID 1 here: directories are protected, no manager is gated, nor asked what it "
                        "had loaded");
        json_array_foreach(json_object_get(status, "problems"), i, problem)
                if (json_is_string(problem))
                        print_problem(json_string_value(problem));
}

static void print_status(const json_t *status)
{
        print_headline(status);
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                print_row(&rows[i], status);
        print_counters(json_object_get(status, "counters"));
        print_names("uses", json_object_get(status, "capabilities"), true);
        print_names("lacks", json_object_get(status, "capabilities"), false);
        print_problems(status);
}

int ctl_status(int argc, char **argv)
{
        static const struct argp parser = {
                .doc = "Shows what the daemon does and how it is.\vExit status 1 when the daemon reports a problem.",
                .children = ctl_common_children,
        };
        struct ctl_common common = { 0 };
        json_t *status;
        bool problems;
        int r;

        if (argp_parse(&parser, argc, argv, 0, NULL, &common) != 0)
                return CTL_USAGE;
        r = ctl_call("status", NULL, &status);
        if (r != CTL_OK)
                return r;
        if (common.json)
                ctl_print_json(status);
        else
                print_status(status);
        problems = json_array_size(json_object_get(status, "problems")) > 0 ||
                   json_is_string(json_object_get(json_object_get(status, "policy"), "last_error"));
        json_decref(status);
        return problems ? CTL_FINDING : CTL_OK;
}
