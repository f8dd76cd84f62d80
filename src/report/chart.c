/* Bars along a time axis. Their height is in pixels, their width is what there is; words beside them are text, so that
 * they can be read on a phone. */
#include <time.h>

#include "page.h"
#include "unitward/quantity.h"

#define HEIGHT 180u
#define BAR 10u  /* of an axis that is stretched to its width */
#define LEAST 2u /* what there is can be seen */

static const char *const legends[REPORT_OUTCOME_COUNT_] = {
        [REPORT_DENIED] = "denied",
        [REPORT_QUARANTINED] = "undone, kept in quarantine",
        [REPORT_UNPREVENTED] = "not prevented (audit mode)",
        [REPORT_ALLOWED] = "allowed",
};

static uint64_t sum_of(const json_t *bar)
{
        uint64_t sum = 0;

        for (enum report_outcome i = 0; i < REPORT_OUTCOME_COUNT_; i++)
                sum += page_number(bar, report_outcome_name(i));
        return sum;
}

/* The next of 1, 2, 5, 10, 20, 50, ... that can be halved. */
static uint64_t top_of(uint64_t most)
{
        static const uint64_t steps[] = { 2, 4, 10 };
        uint64_t unit = 1;

        for (;; unit *= 10)
                for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
                        if (most <= steps[i] * unit || unit > UINT64_MAX / 1000)
                                return steps[i] * unit;
}

static uint64_t most_of(const json_t *bars)
{
        uint64_t most = 0;
        size_t i;
        json_t *bar;

        json_array_foreach(bars, i, bar)
                most = sum_of(bar) > most ? sum_of(bar) : most;
        return most;
}

static char *words_of(const json_t *bar)
{
        uint64_t usec = 0;
        char *text;

        (void)timestamp_parse(page_string(bar, "from"), &usec);
        text = format_time(usec);
        if (text && strlen(text) > 3)
                text[strlen(text) - 3] = '\0'; /* no bar begins within a minute */
        return text;
}

/* What a pointer over it is told. */
static void put_title(struct html *html, const json_t *bar)
{
        _cleanup_free_ char *from = words_of(bar);
        const char *comma = ": ";

        html_put(html, "<title>");
        html_text(html, from);
        for (enum report_outcome i = 0; i < REPORT_OUTCOME_COUNT_; i++)
                if (page_number(bar, report_outcome_name(i)) > 0) {
                        html_put(html, comma);
                        html_count(html, page_number(bar, report_outcome_name(i)));
                        html_putf(html, " %s", legends[i]);
                        comma = ", ";
                }
        html_put(html, "</title>");
}

static void put_bar(struct html *html, const json_t *bar, size_t index, uint64_t top)
{
        unsigned y = HEIGHT;

        if (sum_of(bar) == 0)
                return;
        html_put(html, "<g>");
        put_title(html, bar);
        for (enum report_outcome i = 0; i < REPORT_OUTCOME_COUNT_; i++) {
                uint64_t n = page_number(bar, report_outcome_name(i));
                unsigned height = (unsigned)((double)n * HEIGHT / (double)top + 0.5);

                if (n == 0)
                        continue;
                height = height < LEAST ? LEAST : height;
                height = height > y ? y : height;
                y -= height;
                html_putf(html, "<rect class=\"%s\" x=\"%zu\" y=\"%u\" width=\"%u\" height=\"%u\"/>",
                          report_outcome_name(i), index * BAR + 1, y, BAR - 2, height);
        }
        html_put(html, "</g>\n");
}

static void put_legend(struct html *html)
{
        html_put(html, "<ul class=\"legend\">");
        for (enum report_outcome i = 0; i < REPORT_OUTCOME_COUNT_; i++)
                html_putf(html,
                          "<li><svg viewBox=\"0 0 12 12\" aria-hidden=\"true\"><rect class=\"%s\" width=\"12\" "
                          "height=\"12\"/></svg>%s</li>",
                          report_outcome_name(i), legends[i]);
        html_put(html, "</ul>\n");
}

static void put_scale(struct html *html, uint64_t top)
{
        html_put(html, "<div class=\"scale\" aria-hidden=\"true\"><span>");
        html_count(html, top);
        html_put(html, "</span><span>");
        html_count(html, top / 2);
        html_put(html, "</span><span>0</span></div>\n");
}

static void put_axis(struct html *html, const json_t *axis)
{
        const json_t *bars = json_object_get(axis, "bars");
        _cleanup_free_ char *first = words_of(json_array_get(bars, 0)), *last = NULL;
        json_t *until = json_pack("{s:s}", "from", page_string(axis, "until"));

        last = words_of(until);
        html_put(html, "<div class=\"axis\"><span>");
        html_text(html, first);
        html_putf(html, "</span><span>each bar is %s</span><span>", page_string(axis, "bar"));
        html_text(html, last);
        html_put(html, "</span></div>\n");
        json_decref(until);
}

static void put_from(struct html *html, const json_t *row)
{
        _cleanup_free_ char *words = words_of(row);

        html_put(html, "<time datetime=\"");
        html_text(html, page_string(row, "from"));
        html_put(html, "\">");
        html_text(html, words);
        html_put(html, "</time>");
}

static void put_denied(struct html *html, const json_t *row)
{
        html_count(html, page_number(row, "denied"));
}

static void put_quarantined(struct html *html, const json_t *row)
{
        html_count(html, page_number(row, "quarantined"));
}

static void put_unprevented(struct html *html, const json_t *row)
{
        html_count(html, page_number(row, "unprevented"));
}

static void put_allowed(struct html *html, const json_t *row)
{
        html_count(html, page_number(row, "allowed"));
}

/* The same for who cannot see it: bars with something in them. */
static void put_numbers(struct html *html, const json_t *bars)
{
        static const struct page_column columns[] = {
                { "From", put_from, false },
                { "Denied", put_denied, true },
                { "Quarantined", put_quarantined, true },
                { "Not prevented", put_unprevented, true },
                { "Allowed", put_allowed, true },
                { 0 },
        };
        json_t *rows = json_array(), *bar;
        size_t i;

        json_array_foreach(bars, i, bar)
                if (sum_of(bar) > 0)
                        (void)json_array_append(rows, bar);
        html_put(html, "<details><summary>The same in numbers</summary>\n");
        page_table(html, "What was decided, by time", columns, rows);
        html_put(html, "</details>\n");
        json_decref(rows);
}

void page_chart(struct html *html, const json_t *axis)
{
        const json_t *bars = json_object_get(axis, "bars");
        uint64_t most = most_of(bars), top = top_of(most);
        size_t i;
        json_t *bar;

        if (most == 0)
                return;
        put_legend(html);
        html_put(html, "<div class=\"chart\">\n");
        put_scale(html, top);
        html_putf(html,
                  "<svg viewBox=\"0 0 %zu %u\" preserveAspectRatio=\"none\" role=\"img\" "
                  "aria-label=\"Decisions by time, in bars of %s; the numbers are in the table below\">\n",
                  json_array_size(bars) * BAR, HEIGHT, page_string(axis, "bar"));
        for (unsigned y = 0; y <= HEIGHT; y += HEIGHT / 2)
                html_putf(html, "<line class=\"grid\" x1=\"0\" x2=\"%zu\" y1=\"%u\" y2=\"%u\"/>\n",
                          json_array_size(bars) * BAR, y, y);
        json_array_foreach(bars, i, bar)
                put_bar(html, bar, i, top);
        html_put(html, "</svg>\n");
        put_axis(html, axis);
        html_put(html, "</div>\n");
        put_numbers(html, bars);
}
