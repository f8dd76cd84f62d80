/* What is there: in quarantine, and to be used by an intruder. */
#include "page.h"
#include "unitward/quantity.h"

#define FINDINGS_MAX 50u

/* ---- Quarantine ---------------------------------------------------------------------------------------------- */

static void put_item(struct html *html, const json_t *row)
{
        html_put(html, "<code>");
        page_bytes(html, row, "path");
        html_put(html, "</code><p class=\"soft\">");
        html_text(html, page_string(row, "id"));
        html_put(html, "</p>");
}

static void put_taken(struct html *html, const json_t *row)
{
        page_time(html, page_string(row, "taken"));
}

static void put_kind(struct html *html, const json_t *row)
{
        html_text(html, page_string(row, "kind"));
        if (*page_string(row, "target")) {
                html_put(html, " to <code>");
                page_bytes(html, row, "target");
                html_put(html, "</code>");
        }
}

static void put_size(struct html *html, const json_t *row)
{
        _cleanup_free_ char *text = format_bytes(page_number(row, "size"));

        html_text(html, text);
}

static void put_meaning(struct html *html, const json_t *row)
{
        page_bytes(html, row, "actor");
        html_put(html, "<p class=\"soft\">rule ");
        html_text(html, page_string(row, "rule"));
        html_put(html, "</p>");
}

void page_quarantine(struct html *html, const json_t *facts)
{
        static const struct page_column columns[] = {
                { "What", put_item, false }, { "Taken", put_taken, false }, { "Kind", put_kind, false },
                { "Size", put_size, true },  { "By", put_meaning, false },  { 0 },
        };
        const json_t *quarantine = json_object_get(facts, "quarantine"), *items = json_object_get(quarantine, "items");

        page_section(html, "quarantine", "Quarantine",
                     "What was brought without authority and taken away: evidence, out of every manager's reach.");
        if (!page_is_missing(html, quarantine)) {
                if (json_array_size(items) == 0)
                        html_put(html, "<p>Nothing is in quarantine.</p>\n");
                else
                        page_table(html, "In quarantine, the newest first", columns, items);
                if (page_number(quarantine, "more") > 0) {
                        html_put(html, "<p class=\"more\">");
                        html_count(html, page_number(quarantine, "more"));
                        html_put(html, " more; <code>unitward quarantine list</code> shows all of them.</p>\n");
                }
                page_next(html);
                html_put(html,
                         "<code>unitward quarantine show ID</code> has the evidence; <code>unitward quarantine restore "
                         "ID</code> puts back and authorises what belongs there; <code>unitward quarantine purge "
                         "--older-than 90</code> makes room.");
                page_next_end(html);
        }
        page_section_end(html);
}

/* ---- Posture ------------------------------------------------------------------------------------------------- */

static void put_severity(struct html *html, const json_t *row)
{
        const char *severity = page_string(row, "severity");
        bool is_bad = streq(severity, "critical") || streq(severity, "high");

        html_putf(html, "<span class=\"verdict%s\">",
                  is_bad                      ? " denied"
                  : streq(severity, "medium") ? " unprevented"
                                              : "");
        html_text(html, severity);
        html_put(html, "</span>");
        if (!json_is_null(json_object_get(row, "accepted")))
                html_put(html, json_is_true(json_object_get(row, "counts")) ? "<p class=\"soft\">was accepted</p>"
                                                                            : "<p class=\"soft\">accepted</p>");
}

static void put_finding(struct html *html, const json_t *row)
{
        html_put(html, "<code>");
        page_bytes(html, row, "path");
        html_put(html, "</code> ");
        page_bytes(html, row, "what");
        html_put(html, "<p class=\"soft\">");
        html_text(html, page_string(row, "check"));
        html_put(html, "</p>");
}

static void put_people(struct html *html, const json_t *row)
{
        const json_t *who = json_object_get(row, "who");

        page_bytes(html, who, "text");
}

static void put_mend(struct html *html, const json_t *row)
{
        const json_t *mend = json_object_get(row, "mend");

        if (*page_string(mend, "command")) {
                html_put(html, "<code>");
                page_bytes(html, mend, "command");
                html_put(html, "</code>");
        }
        if (*page_string(mend, "advice")) {
                html_put(html, "<p class=\"soft\">");
                html_text(html, page_string(mend, "advice"));
                html_put(html, "</p>");
        }
}

/* Whether all was seen is part of the answer. */
static void put_sums(struct html *html, const json_t *posture)
{
        size_t unseen = json_array_size(json_object_get(posture, "unseen"));

        html_put(html, "<p>");
        page_words(html, page_number(posture, "units"), "unit", "units");
        html_put(html, " and ");
        page_words(html, page_number(posture, "files"), "file or directory", "files and directories");
        html_put(html, " were looked at");
        if (unseen > 0) {
                html_put(html, "; ");
                page_words(html, unseen, "could not be", "could not be");
        }
        html_put(html,
                 json_array_size(json_object_get(posture, "findings")) == 0 ? "; nothing was found.</p>\n" : ".</p>\n");
}

/* The worst are first. */
static json_t *first_of(const json_t *findings)
{
        json_t *first = json_array();

        for (size_t i = 0; i < FINDINGS_MAX && i < json_array_size(findings); i++)
                (void)json_array_append(first, json_array_get(findings, i));
        return first;
}

void page_posture(struct html *html, const json_t *facts)
{
        static const struct page_column columns[] = {
                { "What", put_finding, false },
                { "Severity", put_severity, false },
                { "Who can use it", put_people, false },
                { "What mends it", put_mend, false },
                { 0 },
        };
        const json_t *posture = json_object_get(facts, "posture"), *findings = json_object_get(posture, "findings");
        json_t *first;

        page_section(html, "posture", "Posture", "What an intruder could use on this system without any new file.");
        if (!page_is_missing(html, posture)) {
                put_sums(html, posture);
                first = first_of(findings);
                if (json_array_size(first) > 0)
                        page_table(html, "Findings, the worst first", columns, first);
                if (json_array_size(findings) > json_array_size(first)) {
                        html_put(html, "<p class=\"more\">");
                        html_count(html, json_array_size(findings) - json_array_size(first));
                        html_put(html, " more; <code>unitward posture</code> shows all of them.</p>\n");
                }
                json_decref(first);
                page_next(html);
                html_put(html,
                         "<code>unitward posture --fix</code> mends what is safe, after asking; <code>unitward posture "
                         "--undo</code> takes that back. What has to stay is accepted in the policy, with a reason and "
                         "a "
                         "date.");
                page_next_end(html);
        }
        page_section_end(html);
}
