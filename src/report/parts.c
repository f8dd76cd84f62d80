/* What the page's sections are made of. */
#include "page.h"
#include "unitward/event_log.h"
#include "unitward/quantity.h"

/* ---- Values -------------------------------------------------------------------------------------------------- */

const char *page_string(const json_t *json, const char *path)
{
        const char *text = json_string_value(json_at(json, path));

        return text ? text : "";
}

uint64_t page_number(const json_t *json, const char *path)
{
        return (uint64_t)json_integer_value(json_at(json, path));
}

void page_bytes(struct html *html, const json_t *row, const char *key)
{
        _cleanup_free_ char *bytes = NULL;

        html_text(html, json_get_bytes(row, key, &bytes) == 0 ? bytes : page_string(row, key));
}

void page_code(struct html *html, const char *text)
{
        html_put(html, "<code>");
        html_text(html, text);
        html_put(html, "</code>");
}

void page_time(struct html *html, const char *timestamp)
{
        _cleanup_free_ char *text = NULL;
        uint64_t usec;

        if (timestamp_parse(timestamp, &usec) < 0) {
                html_text(html, timestamp);
                return;
        }
        text = format_time(usec);
        html_put(html, "<time datetime=\"");
        html_text(html, timestamp);
        html_put(html, "\">");
        html_text(html, text);
        html_put(html, "</time>");
}

void page_words(struct html *html, uint64_t n, const char *one, const char *many)
{
        html_count(html, n);
        html_put(html, " ");
        html_put(html, n == 1 ? one : many);
}

/* ---- Parts of a section -------------------------------------------------------------------------------------- */

void page_section(struct html *html, const char *id, const char *heading, const char *lead)
{
        html_putf(html, "<section id=\"%s\" aria-labelledby=\"%s-heading\">\n<h2 id=\"%s-heading\">%s</h2>\n", id, id,
                  id, heading);
        if (lead)
                html_putf(html, "<p class=\"lead\">%s</p>\n", lead);
}

void page_section_end(struct html *html)
{
        html_put(html, "</section>\n");
}

void page_next(struct html *html)
{
        html_put(html, "<p class=\"next\"><b>Next.</b> ");
}

void page_next_end(struct html *html)
{
        html_put(html, "</p>\n");
}

bool page_is_missing(struct html *html, const json_t *facts)
{
        const json_t *error = json_object_get(facts, "error");

        if (facts && !error)
                return false;
        html_put(html, "<p class=\"unprevented\">This is not known: ");
        page_bytes(html, facts, "error");
        html_put(html, ".</p>\n");
        page_next(html);
        if (json_object_get(facts, "hint"))
                page_bytes(html, facts, "hint");
        else
                html_put(html, "<code>unitward doctor</code> says what is wrong here");
        html_put(html, ".");
        page_next_end(html);
        return true;
}

void page_events_command(struct html *html, const json_t *facts, const char *options)
{
        const char *since = page_string(facts, "since_words"), *log = page_string(facts, "log");

        html_putf(html, "<code>unitward events%s", options);
        if (*since) {
                bool is_quoted = strchr(since, ' ');

                html_put(html, is_quoted ? " --since '" : " --since ");
                html_text(html, since);
                html_put(html, is_quoted ? "'" : "");
        }
        if (!streq(log, EVENT_LOG_PATH)) {
                html_put(html, " --log ");
                html_text(html, log);
        }
        html_put(html, "</code>");
}

/* ---- Tables -------------------------------------------------------------------------------------------------- */

static void put_head(struct html *html, const struct page_column *columns)
{
        html_put(html, "<thead><tr>");
        for (; columns->heading; columns++)
                html_putf(html, "<th scope=\"col\"%s>%s</th>", columns->is_number ? " class=\"n\"" : "",
                          columns->heading);
        html_put(html, "</tr></thead>\n<tbody>\n");
}

static void put_row(struct html *html, const struct page_column *columns, const json_t *row)
{
        html_put(html, "<tr>");
        for (const struct page_column *column = columns; column->heading; column++) {
                const char *class = column->is_number ? " class=\"n\"" : "";

                if (column == columns)
                        html_putf(html, "<th scope=\"row\"%s>", class);
                else
                        html_putf(html, "<td data-label=\"%s\"%s><div>", column->heading, class);
                column->cell(html, row);
                html_put(html, column == columns ? "</th>" : "</div></td>");
        }
        html_put(html, "</tr>\n");
}

void page_table(struct html *html, const char *caption, const struct page_column *columns, const json_t *rows)
{
        size_t i;
        json_t *row;

        html_putf(html, "<table>\n<caption>%s</caption>\n", caption);
        put_head(html, columns);
        json_array_foreach(rows, i, row)
                put_row(html, columns, row);
        html_put(html, "</tbody>\n</table>\n");
}
