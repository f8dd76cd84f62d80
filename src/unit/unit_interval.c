/* How often a timer fires: systemd.timer(5); calendar events as in systemd.time(7). Dates are left aside, so that what
 * fires on Mondays counts as every day: the shortest time between two runs is all that is asked. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "unitward/unit_schedule.h"
#include "unitward/util.h"

#define SECOND UINT64_C(1000000)
#define DAY 86400u
#define CALENDAR_MAX 256u /* longer expressions are none */

/* ---- A set of numbers below 60 ------------------------------------------------------------------------------ */

/* "5", "1..5", "0/10", "*", "1..30/5", with commas between; of "5.5" the 5. False: none of these. */
static bool parse_item(const char *item, unsigned limit, uint64_t *set)
{
        unsigned long from = 0, to = limit - 1, step = 1;
        char *end = NULL;

        if (*item == '*')
                end = (char *)(uintptr_t)item + 1;
        else
                from = to = strtoul(item, &end, 10);
        if (end == item)
                return false;
        if (starts_with(end, ".."))
                to = strtoul(end + 2, &end, 10);
        else if (*end == '.')
                end += 1 + strspn(end + 1, "0123456789");
        if (*end == '/') {
                step = strtoul(end + 1, &end, 10);
                if (!strstr(item, "..") && *item != '*')
                        to = limit - 1;
                if (*end == '.') /* parts of a second */
                        end += 1 + strspn(end + 1, "0123456789");
                step += step == 0;
        }
        if (*end || from >= limit)
                return false;
        for (unsigned long i = from; i <= to && i < limit; i += step)
                *set |= UINT64_C(1) << i;
        return true;
}

static bool parse_set(char *text, unsigned limit, uint64_t *ret)
{
        char *item, *rest = text;

        *ret = 0;
        while ((item = strsep(&rest, ",")))
                if (!parse_item(item, limit, ret))
                        return false;
        return *ret != 0;
}

/* ---- A day -------------------------------------------------------------------------------------------------- */

struct times {
        uint64_t hours, minutes, seconds;
};

/* A set's first and last element, and the shortest way from one to the next; 0: there is but one. */
struct spread {
        unsigned first, last, gap;
};

static struct spread spread_of(uint64_t set)
{
        struct spread spread = { .first = 64 };

        for (unsigned i = 0; i < 64; i++) {
                if (!(set >> i & 1))
                        continue;
                if (spread.first == 64)
                        spread.first = i;
                else if (spread.gap == 0 || i - spread.last < spread.gap)
                        spread.gap = i - spread.last;
                spread.last = i;
        }
        return spread;
}

/* From one second to the next; from the last of a minute to the first of the next one; from the last of an hour, or of
 * a day, likewise. */
static uint64_t shortest_gap(const struct times *times)
{
        struct spread h = spread_of(times->hours), m = spread_of(times->minutes), s = spread_of(times->seconds);
        unsigned around = 24 - (h.last - h.first), hours = h.gap > 0 && h.gap < around ? h.gap : around;
        unsigned shortest = hours * 3600 - (m.last * 60 + s.last) + (m.first * 60 + s.first);

        if (m.gap > 0 && m.gap * 60 - (s.last - s.first) < shortest)
                shortest = m.gap * 60 - (s.last - s.first);
        if (s.gap > 0 && s.gap < shortest)
                shortest = s.gap;
        return shortest * SECOND;
}

/* "HH:MM" or "HH:MM:SS". */
static bool parse_time(char *text, struct times *ret)
{
        char *rest = text, *hours = strsep(&rest, ":"), *minutes = strsep(&rest, ":"), *seconds = rest;

        *ret = (struct times){ .seconds = 1 };
        return minutes && parse_set(hours, 24, &ret->hours) && parse_set(minutes, 60, &ret->minutes) &&
               (!seconds || parse_set(seconds, 60, &ret->seconds));
}

static uint64_t interval_of_word(const char *text)
{
        static const struct {
                const char *word;
                uint64_t seconds;
        } words[] = {
                { "minutely", 60 },      { "hourly", 3600 },    { "daily", DAY },       { "weekly", DAY },
                { "monthly", DAY },      { "yearly", DAY },     { "annually", DAY },    { "quarterly", DAY },
                { "semiannually", DAY }, { "biannually", DAY }, { "bi-annually", DAY }, { "semi-annually", DAY },
                { "anually", DAY },
        };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (strcasecmp(text, words[i].word) == 0)
                        return words[i].seconds * SECOND;
        return 0;
}

/* A date, or a day of the week; a time zone. */
static bool is_date(const char *word)
{
        return isalpha((unsigned char)*word) ||
               (strpbrk(word, "-~") && strspn(word, "0123456789*-~,./") == strlen(word));
}

uint64_t unit_calendar_interval(const char *text)
{
        struct times times = { 1, 1, 1 };
        char copy[CALENDAR_MAX], *rest = copy, *word;
        uint64_t interval = interval_of_word(text);
        bool understood = false;

        if (interval > 0 || !string_copy(copy, sizeof copy, text))
                return interval;
        while ((word = strsep(&rest, " \t"))) {
                if (strchr(word, ':')) {
                        if (!parse_time(word, &times))
                                return 0;
                } else if (*word && !is_date(word)) {
                        return 0;
                }
                understood |= *word;
        }
        return understood ? shortest_gap(&times) : 0;
}

/* ---- A timer ------------------------------------------------------------------------------------------------ */

static uint64_t interval_of_setting(const struct unit_setting *setting)
{
        uint64_t usec;

        if (streq(setting->key, "OnCalendar"))
                return unit_calendar_interval(setting->value);
        if (!streq(setting->key, "OnUnitActiveSec") && !streq(setting->key, "OnUnitInactiveSec"))
                return 0;
        return unit_parse_span(setting->value, &usec) ? (usec < SECOND ? SECOND : usec) : 0;
}

/* An empty value takes back all that was said before, of whatever kind. */
uint64_t unit_timer_interval(const struct unit_file *file)
{
        uint64_t shortest = 0;

        for (size_t i = 0; i < unit_file_n_settings(file); i++) {
                const struct unit_setting *setting = unit_file_setting(file, i);
                uint64_t interval;

                if (!streq(setting->section, "Timer") || !starts_with(setting->key, "On"))
                        continue;
                interval = interval_of_setting(setting);
                if (!*setting->value)
                        shortest = 0;
                else if (interval > 0 && (shortest == 0 || interval < shortest))
                        shortest = interval;
        }
        return shortest;
}
