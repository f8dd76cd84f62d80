/* The policy in words, and what it means to somebody who broke in. */
#include "page.h"

static void put_name(struct html *html, const json_t *row)
{
        page_code(html, page_string(row, "name"));
}

static void put_id(struct html *html, const json_t *row)
{
        page_code(html, page_string(row, "id"));
}

static void put_places(struct html *html, const json_t *row)
{
        html_count(html, page_number(row, "places"));
}

static void put_example(struct html *html, const json_t *row)
{
        if (!*page_string(row, "example")) {
                html_put(html, "what is above the others");
                return;
        }
        html_put(html, "<code>");
        page_bytes(html, row, "example");
        html_put(html, "</code>");
}

static void put_restore(struct html *html, const json_t *row)
{
        html_put(html, json_is_true(json_object_get(row, "restore")) ? "yes" : "no");
}

static void put_text(struct html *html, const json_t *row)
{
        page_bytes(html, row, "text");
}

static void put_position(struct html *html, const json_t *row)
{
        page_bytes(html, row, "position");
}

static void put_default(struct html *html, const json_t *policy)
{
        const char *outcome = page_string(policy, "default");

        html_put(html,
                 "<p>Rules are looked through from the first to the last; the first one that fits decides. Where none "
                 "fits, it is <b>");
        html_put(html, streq(outcome, "allow")        ? "allowed"
                       : streq(outcome, "quarantine") ? "undone and kept in quarantine"
                                                      : "denied");
        html_put(html, "</b>. Commands that are asked about before they run: ");
        for (size_t i = 0; i < json_array_size(json_object_get(policy, "commands")); i++) {
                html_put(html, i > 0 ? ", " : "");
                page_code(html, json_string_value(json_array_get(json_object_get(policy, "commands"), i)));
        }
        html_put(html, json_array_size(json_object_get(policy, "commands")) ? ".</p>\n" : "none.</p>\n");
}

void page_policy(struct html *html, const json_t *facts)
{
        static const struct page_column rules[] = {
                { "Rule", put_id, false },
                { "What it says", put_text, false },
                { "Written in", put_position, false },
                { 0 },
        };
        static const struct page_column actors[] = {
                { "Actor", put_name, false },
                { "Who that is", put_text, false },
                { 0 },
        };
        static const struct page_column zones[] = {
                { "Zone", put_name, false },
                { "Such as", put_example, false },
                { "Places", put_places, true },
                { "What is lost comes back", put_restore, false },
                { 0 },
        };
        const json_t *policy = json_object_get(facts, "policy");

        page_section(html, "policy", "The policy, in words", "Who may do what to which units.");
        if (!page_is_missing(html, policy)) {
                put_default(html, policy);
                page_table(html, "Rules, in their order", rules, json_object_get(policy, "rules"));
                page_table(html, "Actors", actors, json_object_get(policy, "actors"));
                page_table(html, "Zones: what is guarded", zones, json_object_get(policy, "zones"));
                page_next(html);
                html_put(html,
                         "Before a change counts: <code>unitward check</code>, <code>unitward explain</code>, and "
                         "<code>unitward explain --replay</code> for what it would have made of recorded days; then "
                         "<code>unitward reload</code>.");
                page_next_end(html);
        }
        page_section_end(html);
}

/* ---- Coverage ------------------------------------------------------------------------------------------------ */

static bool is_refused(const json_t *try)
{
        return !streq(page_string(try, "outcome"), "allow");
}

static void put_technique(struct html *html, const json_t *row)
{
        html_text(html, page_string(row, "id"));
        html_put(html, "<p class=\"soft\">");
        html_text(html, page_string(row, "name"));
        html_put(html, "</p>");
}

static void put_answer(struct html *html, const json_t *row)
{
        const json_t *tries = json_object_get(row, "tries");
        size_t refused = 0, i;
        json_t *try;

        json_array_foreach(tries, i, try)
                refused += is_refused(try);
        if (refused == json_array_size(tries))
                html_put(html, "<span class=\"verdict good\">refused</span>");
        else
                html_put(html, refused > 0 ? "<span class=\"verdict unprevented\">in part</span>"
                                           : "<span class=\"verdict denied\">let through</span>");
}

static void put_tries(struct html *html, const json_t *row)
{
        size_t i;
        json_t *try;

        html_put(html, "<ul>");
        json_array_foreach(json_object_get(row, "tries"), i, try) {
                html_put(html, "<li>");
                page_code(html, page_string(try, "what"));
                html_put(html, is_refused(try) ? ": refused, rule " : ": <b>let through</b>, ");
                if (!json_is_true(json_object_get(try, "guarded")))
                        html_put(html, "the policy does not guard it");
                else
                        html_text(html, page_string(try, "rule"));
                html_put(html, "</li>");
        }
        html_put(html, "</ul>");
}

static void put_seen(struct html *html, const json_t *row)
{
        html_count(html, page_number(row, "seen"));
}

/* With how often each was seen; and what was seen and is not tried here. */
static json_t *with_seen(const json_t *coverage, const json_t *techniques)
{
        json_t *rows = json_deep_copy(coverage), *row;
        size_t i;

        json_array_foreach(rows, i, row) {
                const json_t *counts = json_object_get(techniques, page_string(row, "id"));
                uint64_t n = page_number(counts, "denied") + page_number(counts, "quarantined") +
                             page_number(counts, "unprevented");

                (void)json_object_set_new(row, "seen", json_integer((json_int_t)n));
        }
        return rows;
}

void page_coverage(struct html *html, const json_t *facts)
{
        static const struct page_column columns[] = {
                { "Technique", put_technique, false },
                { "Policy", put_answer, false },
                { "What an intruder would try", put_tries, false },
                { "Seen", put_seen, true },
                { 0 },
        };
        const json_t *coverage = json_object_get(facts, "coverage");
        json_t *rows;

        page_section(
                html, "coverage", "Coverage by ATT&amp;CK technique",
                "What the policy says to an intruder who is root by a service that he broke into, asked of its own "
                "decision for each; and how often it was tried in the time of this report. In audit mode it is only "
                "reported.");
        if (coverage) {
                rows = with_seen(coverage, json_at(facts, "events.techniques"));
                page_table(html, "Techniques", columns, rows);
                json_decref(rows);
        } else {
                html_put(html, "<p class=\"unprevented\">Without a policy nothing is refused.</p>\n");
        }
        page_next(html);
        html_put(html,
                 "What is let through belongs to zones and commands that the policy leaves out: "
                 "<b>unitward.conf</b>(5) has presets for cron, fstab, D-Bus services, udev, autostart and quadlets; "
                 "ordinary work changes these, so allow that first.");
        page_next_end(html);
        page_section_end(html);
}
