#include "page.h"

static const struct section {
        const char *id, *name;
        void (*put)(struct html *html, const json_t *facts);
} sections[] = {
        { "mode", "Mode and guarantees", page_mode },
        { "timeline", "Timeline", page_timeline },
        { "actors", "Who", page_actors },
        { "quarantine", "Quarantine", page_quarantine },
        { "posture", "Posture", page_posture },
        { "policy", "Policy", page_policy },
        { "coverage", "ATT&amp;CK", page_coverage },
};

static void put_title(struct html *html, const json_t *facts)
{
        html_put(html, "unitward on ");
        page_bytes(html, facts, "host");
}

/* Nothing but the style sheet above may be used, whatever is written below. */
static void put_head(struct html *html, const json_t *facts)
{
        char source[PAGE_STYLE_SOURCE_SIZE];

        html_put(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html_putf(html,
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '%s'; "
                  "base-uri 'none'; form-action 'none'\">\n",
                  page_style_source(source));
        html_put(html, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"color-scheme\" content=\"light dark\">\n"
                       "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
        put_title(html, facts);
        html_put(html, "</title>\n<style>");
        html_put(html, page_style);
        html_put(html, "</style>\n</head>\n");
}

static void put_header(struct html *html, const json_t *facts)
{
        html_put(html, "<body>\n<header>\n<h1>");
        put_title(html, facts);
        html_put(html, "</h1>\n<p class=\"soft\">Made ");
        page_time(html, page_string(facts, "made"));
        if (*page_string(facts, "since")) {
                html_put(html, ", about what was recorded since ");
                page_time(html, page_string(facts, "since"));
        } else {
                html_put(html, ", about all that the event log has");
        }
        html_put(html, ". Times are this machine's.</p>\n<nav aria-label=\"Sections\"><ul>");
        for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
                html_putf(html, "<li><a href=\"#%s\">%s</a></li>", sections[i].id, sections[i].name);
        html_put(html, "</ul></nav>\n</header>\n");
}

static void put_footer(struct html *html, const json_t *facts)
{
        html_put(html, "<footer><p>unitward ");
        html_text(html, page_string(facts, "version"));
        html_put(html, ". Events are from ");
        page_code(html, page_string(facts, "log"));
        html_put(
                html,
                ". This page is whole: it needs no network and no script. Bytes of names that cannot be shown stand as "
                "<code>\\xNN</code>; <code>unitward report --json</code> has them exactly, and all of these facts."
                "</p></footer>\n</body>\n</html>\n");
}

int report_page(FILE *stream, const json_t *facts)
{
        struct html html = { stream };

        put_head(&html, facts);
        put_header(&html, facts);
        html_put(&html, "<main>\n");
        page_summary(&html, facts);
        for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
                sections[i].put(&html, facts);
        html_put(&html, "</main>\n");
        put_footer(&html, facts);
        return ferror(stream) ? -EIO : 0;
}
