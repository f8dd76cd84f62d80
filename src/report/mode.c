/* Mode and guarantees: what unitward says of itself, and what `unitward doctor` found when it tried. */
#include "page.h"
#include "unitward/quantity.h"

static void put_term(struct html *html, const char *term)
{
        html_putf(html, "<tr><th scope=\"row\">%s</th><td data-label=\"\"><div>", term);
}

static void put_term_end(struct html *html)
{
        html_put(html, "</div></td></tr>\n");
}

static void put_policy(struct html *html, const json_t *status)
{
        _cleanup_free_ char *loaded = format_time(page_number(status, "policy.loaded_usec"));

        put_term(html, "Policy");
        page_code(html, page_string(status, "policy.path"));
        html_putf(html, ", %llu rules, %llu zones, loaded ", (unsigned long long)page_number(status, "policy.rules"),
                  (unsigned long long)page_number(status, "policy.zones"));
        html_text(html, loaded);
        html_put(html, "<br><span class=\"soft\">SHA-256 </span>");
        page_code(html, page_string(status, "policy.digest"));
        put_term_end(html);
}

static void put_status(struct html *html, const json_t *status)
{
        _cleanup_free_ char *uptime = format_duration(page_number(status, "uptime_usec"));

        html_put(html, "<table>\n<caption>The daemon</caption>\n<tbody>\n");
        put_term(html, "Mode");
        html_text(html, page_string(status, "mode"));
        html_put(html, ": ");
        page_bytes(html, json_object_get(status, "mode_ruling"), "why");
        put_term_end(html);
        put_term(html, "Running");
        html_put(html, "unitwardd ");
        html_text(html, page_string(status, "version"));
        html_put(html, " for ");
        html_text(html, uptime);
        html_put(html, ", on kernel ");
        html_text(html, page_string(status, "kernel"));
        put_term_end(html);
        put_policy(html, status);
        put_term(html, "Guarded");
        page_words(html, page_number(status, "marks.directories"), "directory", "directories");
        html_put(html, " and ");
        page_words(html, page_number(status, "marks.files"), "file", "files");
        html_put(html, "; ");
        page_words(html, page_number(status, "ledger.entries"), "authorisation", "authorisations");
        html_put(html, " in the ledger");
        put_term_end(html);
        put_term(html, "Records lost");
        html_count(html, page_number(status, "queue.records_dropped"));
        put_term_end(html);
        html_put(html, "</tbody>\n</table>\n");
}

/* ---- Guarantees ---------------------------------------------------------------------------------------------- */

static void put_verdict(struct html *html, bool holds)
{
        html_put(html, holds ? "<span class=\"verdict good\">holds</span>"
                             : "<span class=\"verdict unprevented\">does not hold</span>");
}

static void put_place_heading(struct html *html, const json_t *place)
{
        html_put(html, "Guarantees on ");
        html_text(html, page_string(place, "file_system"));
        html_put(html, " <small>as at ");
        html_text(html, page_string(place, "path"));
        html_put(html, ", ");
        page_words(html, page_number(place, "places"), "protected place", "protected places");
        html_put(html, "</small>");
}

static void put_guarantees(struct html *html, const json_t *place, const json_t *words)
{
        const char *name;
        json_t *holds;

        html_put(html, "<table>\n<caption>");
        put_place_heading(html, place);
        html_put(html, "</caption>\n<thead><tr><th scope=\"col\">What somebody may try</th><th scope=\"col\">Now</th>"
                       "</tr></thead>\n<tbody>\n");
        json_object_foreach(json_object_get(place, "guarantees"), name, holds) {
                html_put(html, "<tr><th scope=\"row\">");
                html_text(html, *page_string(words, name) ? page_string(words, name) : name);
                html_put(html, "</th><td data-label=\"Now\"><div>");
                put_verdict(html, json_is_true(holds));
                html_put(html, "</div></td></tr>\n");
        }
        html_put(html, "</tbody>\n</table>\n");
}

/* What is not as it should be; what is in order is counted. */
static void put_findings(struct html *html, const json_t *findings)
{
        uint64_t sound = 0;
        bool any = false;
        size_t i;
        json_t *finding;

        json_array_foreach(findings, i, finding) {
                bool fails = streq(page_string(finding, "level"), "fail");

                if (streq(page_string(finding, "level"), "ok")) {
                        sound++;
                        continue;
                }
                html_put(html, any ? "<li>" : "<h3>What does not hold</h3>\n<ul>\n<li>");
                any = true;
                html_put(html, fails ? "<b class=\"denied\">Fails:</b> " : "<b class=\"unprevented\">Weaker:</b> ");
                html_text(html, page_string(finding, "what"));
                if (*page_string(finding, "consequence"))
                        html_put(html, " &#8212; ");
                html_text(html, page_string(finding, "consequence"));
                if (*page_string(finding, "remedy"))
                        html_put(html, "; ");
                html_text(html, page_string(finding, "remedy"));
                html_put(html, "</li>\n");
        }
        html_put(html, any ? "</ul>\n<p>" : "<p>");
        page_words(html, sound, "check found", "checks found");
        html_put(html, " nothing wrong.</p>\n");
}

void page_mode(struct html *html, const json_t *facts)
{
        const json_t *status = json_at(facts, "daemon.status");
        size_t i;
        json_t *finding;

        page_section(html, "mode", "Mode and guarantees",
                     "What counts now, and what holds on this kernel and these file systems: tried when this page was "
                     "made.");
        if (status)
                put_status(html, status);
        else
                (void)page_is_missing(html, json_object_get(facts, "daemon"));
        put_findings(html, json_object_get(facts, "doctor"));
        json_array_foreach(json_object_get(facts, "doctor"), i, finding)
                if (json_object_get(finding, "guarantees"))
                        put_guarantees(html, finding, json_object_get(facts, "guarantees"));
        page_next(html);
        html_put(html,
                 "<code>unitward doctor</code> tries all of this again, <code>unitward status</code> has the rest.");
        page_next_end(html);
        page_section_end(html);
}
