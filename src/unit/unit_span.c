/* Spans of time: systemd.time(7), "Parsing time spans". */
#include <stdlib.h>
#include <string.h>

#include "unitward/unit_schedule.h"
#include "unitward/util.h"

#define SECOND UINT64_C(1000000)
#define DIGITS_MAX 12u
#define SPAN_MAX (UINT64_MAX / 2)

static const struct {
        const char *name;
        uint64_t usec;
} time_units[] = {
        { "us", 1 },
        { "usec", 1 },
        { "ms", 1000 },
        { "msec", 1000 },
        { "s", SECOND },
        { "sec", SECOND },
        { "second", SECOND },
        { "seconds", SECOND },
        { "", SECOND },
        { "m", 60 * SECOND },
        { "min", 60 * SECOND },
        { "minute", 60 * SECOND },
        { "minutes", 60 * SECOND },
        { "h", 3600 * SECOND },
        { "hr", 3600 * SECOND },
        { "hour", 3600 * SECOND },
        { "hours", 3600 * SECOND },
        { "d", 86400 * SECOND },
        { "day", 86400 * SECOND },
        { "days", 86400 * SECOND },
        { "w", 604800 * SECOND },
        { "week", 604800 * SECOND },
        { "weeks", 604800 * SECOND },
        { "M", 2629800 * SECOND },
        { "month", 2629800 * SECOND },
        { "months", 2629800 * SECOND },
        { "y", 31557600 * SECOND },
        { "year", 31557600 * SECOND },
        { "years", 31557600 * SECOND },
};

static bool unit_usec(const char *name, size_t length, uint64_t *ret)
{
        for (size_t i = 0; i < ARRAY_SIZE(time_units); i++)
                if (strlen(time_units[i].name) == length && memcmp(name, time_units[i].name, length) == 0) {
                        *ret = time_units[i].usec;
                        return true;
                }
        return false;
}

/* ".25" of a unit, to the microsecond. */
static const char *parse_fraction(const char *text, uint64_t *ret_millionths)
{
        uint64_t value = 0, weight = SECOND;

        for (text++; *text >= '0' && *text <= '9'; text++) {
                weight /= 10;
                value += weight * (uint64_t)(*text - '0');
        }
        *ret_millionths = value;
        return text;
}

bool unit_parse_span(const char *text, uint64_t *ret_usec)
{
        uint64_t total = 0, usec;

        if (!*text)
                return false;
        while (*text) {
                size_t digits = strspn(text, "0123456789"), length;
                uint64_t number = strtoull(text, NULL, 10), millionths = 0;

                if (digits == 0 || digits > DIGITS_MAX)
                        return false;
                text += digits;
                if (*text == '.')
                        text = parse_fraction(text, &millionths);
                text += strspn(text, " \t");
                length = strspn(text, "Mabcdefghijklmnopqrstuvwxyz");
                if (!unit_usec(text, length, &usec) || number > SPAN_MAX / usec || total > SPAN_MAX - number * usec)
                        return false;
                total += number * usec;
                total += usec >= SECOND ? usec / SECOND * millionths : usec * millionths / SECOND;
                text += length + strspn(text + length, " \t");
        }
        *ret_usec = total;
        return true;
}
