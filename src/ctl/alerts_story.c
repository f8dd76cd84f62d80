/* An alert in words. What is printed comes from the log: whoever wrote that, it does not command the terminal. */
#include "alerts.h"
#include "unitward/ctl.h"
#include "unitward/record.h"
#include "unitward/text.h"

#define ANCESTORS_SHOWN 6u
#define LABEL_WIDTH 11

static const char *text_at(const json_t *event, const char *path)
{
        return json_string_value(json_at(event, path));
}

static void put(const char *text)
{
        ctl_print_text(stdout, STYLE_PLAIN, text);
}

static void put_value(const json_t *event, const char *path)
{
        _cleanup_free_ char *text = ctl_json_text(json_at(event, path));

        put(text ? text : "");
}

/* What stands at the beginning of each line of a story; "": it goes on. */
static void begin(const char *label)
{
        (void)fputs("  ", stdout);
        ctl_print_text(stdout, STYLE_BOLD, label);
        (void)printf("%*s", (int)(LABEL_WIDTH - strlen(label)), "");
}

static void end(void)
{
        (void)putchar('\n');
}

static void put_time(const char *timestamp)
{
        uint64_t usec;
        _cleanup_free_ char *text = timestamp && timestamp_parse(timestamp, &usec) == 0 ? ctl_format_time(usec) : NULL;

        put(text ? text : "at an unknown time");
}

/* ---- Who -------------------------------------------------------------------------------------------------- */

/* " < bash < sshd": those above, by their programs' names. */
static void put_ancestry(const json_t *ancestry)
{
        size_t n = json_array_size(ancestry);

        for (size_t i = 1; i < n && i <= ANCESTORS_SHOWN; i++) {
                const char *program = text_at(json_array_get(ancestry, i), "executable");
                const char *slash = program ? strrchr(program, '/') : NULL;

                put(" < ");
                put(slash && slash[1] ? slash + 1 : program && *program ? program : "(kernel)");
        }
        if (n > ANCESTORS_SHOWN + 1)
                put(" < ...");
}

static void put_writer(const json_t *by)
{
        if (!json_is_object(by)) {
                put("somebody unknown");
                return;
        }
        put_value(by, "executable");
        put(" (pid ");
        put_value(by, "pid");
        put(", uid ");
        put_value(by, "uid");
        if (json_is_integer(json_object_get(by, "login_uid"))) {
                put(", login ");
                put_value(by, "login_uid");
        }
        if (text_at(by, "unit")) {
                put(", ");
                put_value(by, "unit");
        }
        put(")");
        put_ancestry(json_object_get(by, "ancestry"));
}

/* ---- What ------------------------------------------------------------------------------------------------- */

static const char *author_words(const char *author)
{
        static const struct {
                const char *author, *words;
        } table[] = {
                { "refused", "which the policy refuses" },
                { "allowed", "which the policy allows" },
                { "package", "a package manager" },
        };

        for (size_t i = 0; author && i < ARRAY_SIZE(table); i++)
                if (streq(author, table[i].author))
                        return table[i].words;
        return "of which the policy knows nothing";
}

static void put_change(const json_t *change, bool first)
{
        const char *rule = text_at(change, "rule");

        begin(first ? "written" : "");
        put_time(text_at(change, "time"));
        put("  ");
        put_value(change, "operation");
        put(" ");
        put_value(change, "path");
        put(" by ");
        put_writer(json_object_get(change, "by"));
        end();
        begin("");
        put(author_words(text_at(change, "author")));
        if (rule && *rule) {
                put(", rule ");
                put(rule);
        }
        if (text_at(change, "meaning")) {
                put(": ");
                put_value(change, "meaning");
        }
        end();
}

static void put_changes(const json_t *alert)
{
        const json_t *changes = json_at(alert, "unitward.changes"), *change;
        size_t i;

        json_array_foreach(changes, i, change)
                put_change(change, i == 0);
        if (json_at(alert, "unitward.more_changes")) {
                begin("");
                put_value(alert, "unitward.more_changes");
                put(" more times before that");
                end();
        }
        if (json_array_size(changes) == 0) {
                begin("written");
                put("nobody knows by whom: it was there before, or nobody was watching");
                end();
        }
}

static void put_trigger(const json_t *alert)
{
        json_int_t interval = json_integer_value(json_at(alert, "unitward.timer_interval"));
        const char *timer = text_at(alert, "unitward.timer");

        if (text_at(alert, "unitward.loaded")) {
                begin("loaded");
                put_time(text_at(alert, "unitward.loaded"));
                end();
        }
        if (!timer && interval == 0)
                return;
        begin("triggered");
        put(timer ? timer : "by a timer");
        if (interval > 0) {
                _cleanup_free_ char *text = ctl_format_duration((uint64_t)interval * 1000000u);

                put(", every ");
                put(text ? text : "");
        }
        end();
}

static void put_child(const json_t *alert)
{
        begin("ran");
        put_value(alert, "process.executable");
        put(" (pid ");
        put_value(alert, "process.pid");
        put(", uid ");
        put_value(alert, "user.id");
        put(")");
        if (text_at(alert, "process.command_line")) {
                put(": ");
                put_value(alert, "process.command_line");
        }
        end();
        begin("");
        put("started by ");
        put_value(alert, "process.parent.executable");
        put(" (pid ");
        put_value(alert, "process.parent.pid");
        put(")");
        if (json_integer_value(json_at(alert, "unitward.starts")) > 1) {
                put(", start number ");
                put_value(alert, "unitward.starts");
        }
        end();
}

static void put_answer(const json_t *alert)
{
        const char *response = text_at(alert, "unitward.response");
        bool stop = response && streq(response, "stop");

        if (!stop && !(response && streq(response, "deny")))
                return;
        begin("answer");
        put(stop ? "its unit " : "it ");
        put(json_is_true(json_at(alert, "unitward.response_done")) ? "was " : "would have been ");
        put(stop ? "stopped" : "refused");
        end();
}

static void put_advice(const json_t *alert)
{
        if (!text_at(alert, "unitward.target_unit"))
                return;
        begin("look at");
        put("systemctl cat ");
        put_value(alert, "unitward.target_unit");
        if (text_at(alert, "file.path")) {
                put("; it belongs there: unitward approve ");
                put_value(alert, "file.path");
        }
        put("; it does not: systemctl stop ");
        put_value(alert, "unitward.target_unit");
        end();
}

void alert_print_follower(const json_t *event)
{
        _cleanup_free_ char *line = NULL;

        if (record_line_from_json(event, ctl_colour(stdout), &line) < 0)
                return;
        begin("then");
        (void)fputs(line, stdout);
        end();
}

static void put_heading(const json_t *alert)
{
        const char *unit = text_at(alert, "unitward.target_unit");

        ctl_print_text(stdout, STYLE_BAD, "ALERT");
        put(" ");
        put_time(text_at(alert, "@timestamp"));
        put("  ");
        ctl_print_text(stdout, STYLE_BOLD, unit ? unit : "no unit");
        put("  score ");
        put_value(alert, "unitward.score");
        put(", ");
        put_value(alert, "unitward.severity");
        put("  ");
        put_value(alert, "unitward.alert_id");
        end();
        begin("because");
        put_value(alert, "unitward.why");
        end();
}

void alert_print(const json_t *story)
{
        const json_t *alert = json_object_get(story, "alert"), *event;
        size_t i;

        put_heading(alert);
        put_changes(alert);
        put_trigger(alert);
        put_child(alert);
        put_answer(alert);
        json_array_foreach(json_object_get(story, "then"), i, event)
                alert_print_follower(event);
        if (json_integer_value(json_object_get(story, "more")) > 0) {
                begin("");
                put("and more records: ");
                put_value(story, "more");
                end();
        }
        put_advice(alert);
}
