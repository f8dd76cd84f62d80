#include "unitward/report.h"
#include "unitward/text.h"
#include "unitward/util.h"

#define USEC_PER_SEC 1000000u

/* Bars that a clock or a calendar begins anew with. */
static const struct width {
        const char *words;
        unsigned seconds, days; /* one of them */
} widths[] = {
        { "1 minute", 60, 0 }, { "5 minutes", 300, 0 }, { "15 minutes", 900, 0 },
        { "1 hour", 3600, 0 }, { "6 hours", 21600, 0 }, { "1 day", 0, 1 },
        { "1 week", 0, 7 },    { "4 weeks", 0, 28 },    { "1 year", 0, 365 },
};

static time_t next_edge(const struct width *width, time_t edge)
{
        struct tm tm;

        if (width->seconds)
                return edge + width->seconds;
        if (!localtime_r(&edge, &tm))
                return edge + (time_t)width->days * 86400;
        tm.tm_mday += (int)width->days;
        tm.tm_isdst = -1; /* a day may have 23 hours */
        return mktime(&tm);
}

static time_t first_edge(const struct width *width, time_t from)
{
        struct tm tm;

        if (!localtime_r(&from, &tm))
                return from;
        if (width->seconds) {
                time_t local = from + tm.tm_gmtoff;

                return from - local % (time_t)width->seconds;
        }
        tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
        tm.tm_isdst = -1;
        return mktime(&tm);
}

/* False: it takes more bars than there are. */
static bool lay_out(struct report_axis *axis, const struct width *width, time_t from, time_t until)
{
        axis->bar = width->words;
        axis->edges[0] = first_edge(width, from);
        for (axis->n = 0; axis->n < REPORT_BARS_MAX; axis->n++) {
                if (axis->n > 0 && axis->edges[axis->n] > until)
                        return true;
                axis->edges[axis->n + 1] = next_edge(width, axis->edges[axis->n]);
        }
        return axis->edges[axis->n] > until;
}

void report_axis_begin(struct report_axis *axis, uint64_t from_usec, uint64_t until_usec)
{
        time_t from = (time_t)(from_usec / USEC_PER_SEC), until = (time_t)(until_usec / USEC_PER_SEC);

        for (size_t i = 0; i < ARRAY_SIZE(widths); i++)
                if (lay_out(axis, &widths[i], from, until))
                        return;
}

/* What is outside counts where it is nearest. */
static size_t bar_of(const struct report_axis *axis, time_t time)
{
        size_t low = 0, high = axis->n;

        while (high - low > 1) {
                size_t middle = (low + high) / 2;

                if (time < axis->edges[middle])
                        high = middle;
                else
                        low = middle;
        }
        return low;
}

void report_axis_add(struct report_axis *axis, uint64_t usec, enum report_outcome outcome, uint64_t times)
{
        time_t time = (time_t)(usec / USEC_PER_SEC);

        if (axis->n == 0)
                return;
        axis->outside += time < axis->edges[0] || time >= axis->edges[axis->n] ? times : 0;
        axis->counts[bar_of(axis, time)][outcome] += times;
}

static json_t *edge_to_json(time_t edge)
{
        char text[TIMESTAMP_SIZE];

        return json_string(timestamp_format((uint64_t)edge * USEC_PER_SEC, text));
}

json_t *report_axis_to_json(const struct report_axis *axis)
{
        json_t *bars = json_array();

        for (size_t i = 0; bars && i < axis->n; i++) {
                json_t *bar = json_object();

                (void)json_object_set_new(bar, "from", edge_to_json(axis->edges[i]));
                for (enum report_outcome j = 0; j < REPORT_OUTCOME_COUNT_; j++)
                        (void)json_object_set_new(bar, report_outcome_name(j),
                                                  json_integer((json_int_t)axis->counts[i][j]));
                (void)json_array_append_new(bars, bar);
        }
        return json_pack("{s:s?, s:o?, s:I, s:o}", "bar", axis->bar, "until",
                         axis->n ? edge_to_json(axis->edges[axis->n]) : NULL, "outside", (json_int_t)axis->outside,
                         "bars", bars);
}
