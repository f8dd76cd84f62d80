/* An alert as a story. */
#include "alerts.h"
#include "unitward/ctl.h"
#include "unitward/record.h"
#include "unitward/text.h"

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
        const char *rule = story_text_at(change, "rule");

        story_label(first ? "written" : "");
        story_put_time(story_text_at(change, "time"));
        story_put("  ");
        story_put_value(change, "operation");
        story_put(" ");
        story_put_value(change, "path");
        story_put(" by ");
        story_put_writer(json_object_get(change, "by"));
        story_end_line();
        story_label("");
        story_put(author_words(story_text_at(change, "author")));
        if (rule && *rule) {
                story_put(", rule ");
                story_put(rule);
        }
        if (story_text_at(change, "meaning")) {
                story_put(": ");
                story_put_value(change, "meaning");
        }
        story_end_line();
}

static void put_changes(const json_t *alert)
{
        const json_t *changes = json_at(alert, "unitward.changes"), *change;
        size_t i;

        json_array_foreach(changes, i, change)
                put_change(change, i == 0);
        if (json_at(alert, "unitward.more_changes")) {
                story_label("");
                story_put_value(alert, "unitward.more_changes");
                story_put(" more times before that");
                story_end_line();
        }
        if (json_array_size(changes) == 0) {
                story_label("written");
                story_put("nobody knows by whom: it was there before, or nobody was watching");
                story_end_line();
        }
}

static void put_trigger(const json_t *alert)
{
        json_int_t interval = json_integer_value(json_at(alert, "unitward.timer_interval"));
        const char *timer = story_text_at(alert, "unitward.timer");

        if (story_text_at(alert, "unitward.loaded")) {
                story_label("loaded");
                story_put_time(story_text_at(alert, "unitward.loaded"));
                story_end_line();
        }
        if (!timer && interval == 0)
                return;
        story_label("triggered");
        story_put(timer ? timer : "by a timer");
        if (interval > 0) {
                _cleanup_free_ char *text = format_duration((uint64_t)interval * 1000000u);

                story_put(", every ");
                story_put(text ? text : "");
        }
        story_end_line();
}

static void put_child(const json_t *alert)
{
        story_label("ran");
        story_put_process(alert);
        story_end_line();
        story_label("");
        story_put("started by ");
        story_put_value(alert, "process.parent.executable");
        story_put(" (pid ");
        story_put_value(alert, "process.parent.pid");
        story_put(")");
        if (json_integer_value(json_at(alert, "unitward.starts")) > 1) {
                story_put(", start number ");
                story_put_value(alert, "unitward.starts");
        }
        story_end_line();
}

static void put_answer(const json_t *alert)
{
        const char *response = story_text_at(alert, "unitward.response");
        bool stop = response && streq(response, "stop");

        if (!stop && !(response && streq(response, "deny")))
                return;
        story_label("answer");
        story_put(stop ? "its unit " : "it ");
        story_put(json_is_true(json_at(alert, "unitward.response_done")) ? "was " : "would have been ");
        story_put(stop ? "stopped" : "refused");
        story_end_line();
}

/* What can be approved: files that are there for longer than what runs by them, each once. */
static bool is_to_be_approved(const json_t *changes, size_t index)
{
        const json_t *change = json_array_get(changes, index);
        const char *path = story_text_at(change, "path"), *author = story_text_at(change, "author");

        if (!path || starts_with(path, "/run/") || (author && (streq(author, "allowed") || streq(author, "package"))))
                return false;
        for (size_t i = 0; i < index; i++) {
                const char *other = story_text_at(json_array_get(changes, i), "path");

                if (other && streq(other, path))
                        return false;
        }
        return true;
}

static void put_units(const json_t *alert)
{
        if (story_text_at(alert, "unitward.timer")) {
                story_put(" ");
                story_put_value(alert, "unitward.timer");
        }
        story_put(" ");
        story_put_value(alert, "unitward.target_unit");
}

static void put_advice(const json_t *alert)
{
        const json_t *changes = json_at(alert, "unitward.changes");
        bool any = false;

        if (!story_text_at(alert, "unitward.target_unit"))
                return;
        story_label("look at");
        story_put("systemctl cat");
        put_units(alert);
        for (size_t i = 0; i < json_array_size(changes); i++)
                if (is_to_be_approved(changes, i)) {
                        story_put(any ? " " : "; it belongs there: unitward approve ");
                        story_put_value(json_array_get(changes, i), "path");
                        any = true;
                }
        if (json_array_size(changes) == 0 && story_text_at(alert, "file.path")) {
                story_put("; it belongs there: unitward approve ");
                story_put_value(alert, "file.path");
        }
        story_put("; it does not: systemctl stop");
        put_units(alert);
        story_end_line();
}

/* What an alerted unit's processes executed: the alert has said the rest. */
static bool is_follow_up(const json_t *event)
{
        const char *kind = story_text_at(event, "unitward.kind");

        return kind && streq(kind, "start") && story_text_at(event, "unitward.alert_id") &&
               json_at(event, "process.pid");
}

static bool was_refused(const json_t *event)
{
        const char *response = story_text_at(event, "unitward.response");

        return response && streq(response, "deny") && json_is_true(json_at(event, "unitward.response_done"));
}

static void put_follow_up(const json_t *event)
{
        story_label("then");
        story_put_clock(story_text_at(event, "@timestamp"));
        story_put(was_refused(event) ? " was refused " : " ran ");
        story_put_process(event);
        story_put("; started by ");
        story_put_value(event, "process.parent.executable");
        story_put(" (pid ");
        story_put_value(event, "process.parent.pid");
        story_put(")");
        story_end_line();
}

void alert_print_follower(const json_t *event)
{
        _cleanup_free_ char *line = NULL;

        if (is_follow_up(event)) {
                put_follow_up(event);
                return;
        }
        if (record_line_from_json(event, ctl_colour(stdout), &line) < 0)
                return;
        story_label("then");
        (void)fputs(line, stdout);
        story_end_line();
}

static void put_heading(const json_t *alert)
{
        const char *unit = story_text_at(alert, "unitward.target_unit");

        ctl_print_text(stdout, STYLE_BAD, "ALERT");
        story_put(" ");
        story_put_time(story_text_at(alert, "@timestamp"));
        story_put("  ");
        ctl_print_text(stdout, STYLE_BOLD, unit ? unit : "no unit");
        story_put("  score ");
        story_put_value(alert, "unitward.score");
        story_put(", ");
        story_put_value(alert, "unitward.severity");
        story_put("  ");
        story_put_value(alert, "unitward.alert_id");
        story_end_line();
        story_label("because");
        story_put_value(alert, "unitward.why");
        story_end_line();
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
                story_label("");
                story_put("and more records: ");
                story_put_value(story, "more");
                story_end_line();
        }
        put_advice(alert);
}
