/* What was tried, what became of it, and by whom: from the event log. */
#include "page.h"

/* ---- Cells --------------------------------------------------------------------------------------------------- */

static uint64_t refused_of(const json_t *row)
{
        return page_number(row, "denied") + page_number(row, "quarantined") + page_number(row, "unprevented");
}

static void put_last(struct html *html, const json_t *row)
{
        page_time(html, page_string(row, "last"));
}

/* A command's line says it all. */
static void put_object(struct html *html, const json_t *row)
{
        const char *line = page_string(row, "command_line");

        html_text(html, page_string(row, "operation"));
        html_put(html, " <code>");
        if (*line)
                html_text(html, line);
        else
                page_bytes(html, row, "path");
        html_put(html, "</code>");
}

static void put_what(struct html *html, const json_t *row)
{
        put_object(html, row);
        if (*page_string(row, "meaning")) {
                html_put(html, "<p class=\"soft\">");
                html_text(html, page_string(row, "meaning"));
                html_put(html, "</p>");
        }
}

static void put_actor(struct html *html, const json_t *row)
{
        const json_t *login = json_object_get(row, "login_uid");

        page_code(html, *page_string(row, "executable") ? page_string(row, "executable") : "not known");
        html_put(html, "<p class=\"soft\">");
        if (*page_string(row, "uid")) {
                html_put(html, "uid ");
                html_text(html, page_string(row, "uid"));
        }
        if (json_is_integer(login))
                html_putf(html, ", login %lld", (long long)json_integer_value(login));
        else if (json_is_null(login))
                html_put(html, ", no login");
        if (*page_string(row, "actor_unit")) {
                html_put(html, ", ");
                html_text(html, page_string(row, "actor_unit"));
        }
        html_put(html, "</p>");
}

/* The gravest of what became of them comes first. */
static void put_outcome(struct html *html, const json_t *row)
{
        static const enum report_outcome order[] = { REPORT_UNPREVENTED, REPORT_QUARANTINED, REPORT_DENIED };
        static const char *const words[] = { "not prevented", "quarantined", "denied", "allowed" };
        bool any = false;

        for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
                const char *name = report_outcome_name(order[i]);

                if (page_number(row, name) == 0)
                        continue;
                html_putf(html, "%s<span class=\"verdict %s\">%s</span>", any ? "<br>" : "", name, words[i]);
                any = true;
        }
        html_put(html, "<p class=\"soft\">rule ");
        html_text(html, page_string(row, "rule"));
        if (json_array_size(json_object_get(row, "technique")) > 0) {
                html_put(html, ", ");
                html_text(html, json_string_value(json_array_get(json_object_get(row, "technique"), 0)));
        }
        html_put(html, "</p>");
}

static void put_refused_times(struct html *html, const json_t *row)
{
        html_count(html, refused_of(row));
}

static void put_allowed_times(struct html *html, const json_t *row)
{
        html_count(html, page_number(row, "allowed"));
}

static void put_rule(struct html *html, const json_t *row)
{
        page_code(html, page_string(row, "rule"));
}

/* ---- Tables -------------------------------------------------------------------------------------------------- */

static const struct page_column refused_columns[] = {
        { "What", put_what, false },          { "By", put_actor, false },  { "Outcome", put_outcome, false },
        { "Times", put_refused_times, true }, { "Last", put_last, false }, { 0 },
};

static const struct page_column change_columns[] = {
        { "What", put_what, false },          { "By", put_actor, false },  { "Rule", put_rule, false },
        { "Times", put_allowed_times, true }, { "Last", put_last, false }, { 0 },
};

/* Bounded tables say what they leave out, and what shows it. */
static void put_table(struct html *html, const json_t *facts, const json_t *groups, const char *caption,
                      const struct page_column *columns, const char *options)
{
        uint64_t more = page_number(groups, "more");

        if (json_array_size(json_object_get(groups, "rows")) == 0)
                return;
        page_table(html, caption, columns, json_object_get(groups, "rows"));
        if (more == 0)
                return;
        html_put(html, "<p class=\"more\">");
        page_words(html, more, "more record", "more records");
        html_put(html, "; ");
        page_events_command(html, facts, options);
        html_put(html, " shows all of them.</p>\n");
}

/* ---- Alerts and problems ------------------------------------------------------------------------------------- */

static void put_alert(struct html *html, const json_t *row)
{
        page_code(html, page_string(row, "unit"));
        html_put(html, "<p class=\"soft\">alert ");
        html_text(html, page_string(row, "alert_id"));
        html_put(html, "</p>");
}

static void put_ran(struct html *html, const json_t *row)
{
        page_code(html, *page_string(row, "command_line") ? page_string(row, "command_line")
                                                          : page_string(row, "executable"));
        if (*page_string(row, "timer")) {
                html_put(html, "<p class=\"soft\">triggered by ");
                html_text(html, page_string(row, "timer"));
                html_put(html, "</p>");
        }
}

static void put_why(struct html *html, const json_t *row)
{
        html_text(html, page_string(row, "why"));
}

static void put_score(struct html *html, const json_t *row)
{
        html_count(html, page_number(row, "score"));
}

static const struct page_column alert_columns[] = {
        { "Unit", put_alert, false }, { "What it ran", put_ran, false }, { "Why", put_why, false },
        { "Score", put_score, true }, { "Last", put_last, false },       { 0 },
};

static void put_message(struct html *html, const json_t *row)
{
        html_text(html, page_string(row, "message"));
        if (*page_string(row, "hint")) {
                html_put(html, "<p class=\"soft\">");
                html_text(html, page_string(row, "hint"));
                html_put(html, "</p>");
        }
}

static const struct page_column problem_columns[] = {
        { "The last of its kind", put_message, false },
        { "Times", put_allowed_times, true },
        { "Last", put_last, false },
        { 0 },
};

/* ---- Sections ------------------------------------------------------------------------------------------------ */

static void put_range(struct html *html, const json_t *events)
{
        const uint64_t records = page_number(events, "records"), outside = page_number(events, "axis.outside");

        html_put(html, "<p>");
        page_words(html, records, "record", "records");
        if (records > 0) {
                html_put(html, ", from ");
                page_time(html, page_string(events, "first"));
                html_put(html, " to ");
                page_time(html, page_string(events, "last"));
        }
        html_put(html, ".");
        if (outside > 0) {
                html_put(html, " ");
                page_words(html, outside, "is outside of this axis, by a clock that was set, and counts",
                           "are outside of this axis, by a clock that was set, and count");
                html_put(html, " at its nearest end.");
        }
        html_put(html, "</p>\n");
}

void page_timeline(struct html *html, const json_t *facts)
{
        const json_t *events = json_object_get(facts, "events");

        page_section(html, "timeline", "Timeline",
                     "Changes of units, and what else was decided about. What is alike is one row.");
        if (!page_is_missing(html, events)) {
                put_range(html, events);
                page_chart(html, json_object_get(events, "axis"));
                put_table(html, facts, json_object_get(events, "alerts"), "Alerts: what systemd started", alert_columns,
                          " --alerts");
                put_table(html, facts, json_object_get(events, "refused"), "Refused, the last first", refused_columns,
                          " --denied");
                put_table(html, facts, json_object_get(events, "changes"),
                          "Changes that a rule allowed, the last first", change_columns, "");
                put_table(html, facts, json_object_get(events, "problems"), "What unitward complained about",
                          problem_columns, " --denied");
                page_next(html);
                html_put(
                        html,
                        "Is a refused change wanted? <code>unitward suggest</code> says which rule would allow it, and "
                        "what that would let in too. ");
                page_events_command(html, facts, " --denied");
                html_put(html, " has each record.");
                page_next_end(html);
        }
        page_section_end(html);
}

static void put_columned_denied(struct html *html, const json_t *row)
{
        html_count(html, page_number(row, "denied"));
}

static void put_columned_quarantined(struct html *html, const json_t *row)
{
        html_count(html, page_number(row, "quarantined"));
}

static void put_columned_unprevented(struct html *html, const json_t *row)
{
        html_count(html, page_number(row, "unprevented"));
}

void page_actors(struct html *html, const json_t *facts)
{
        static const struct page_column columns[] = {
                { "Who", put_actor, false },
                { "Denied", put_columned_denied, true },
                { "Quarantined", put_columned_quarantined, true },
                { "Not prevented", put_columned_unprevented, true },
                { "Allowed", put_allowed_times, true },
                { "The last thing it did", put_object, false },
                { 0 },
        };
        const json_t *events = json_object_get(facts, "events");

        page_section(html, "actors", "Who",
                     "Programs by what was refused to them: who they ran as, who had logged in.");
        if (!page_is_missing(html, events)) {
                if (json_array_size(json_at(events, "actors.rows")) == 0)
                        html_put(html, "<p>Nobody tried to change anything.</p>\n");
                put_table(html, facts, json_object_get(events, "actors"), "Actors", columns, "");
                page_next(html);
                html_put(
                        html,
                        "<code>unitward explain --exe PROGRAM --op create PATH</code> says which rule decides for one, "
                        "and which nearly did.");
                page_next_end(html);
        }
        page_section_end(html);
}
