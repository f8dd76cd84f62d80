#include <time.h>

#include "unitward/quantity.h"
#include "unitward/util.h"

#define USEC_PER_SEC UINT64_C(1000000)

struct scale {
        const char *name;
        uint64_t size;
};

char *format_bytes(uint64_t bytes)
{
        static const struct scale scales[] = {
                { "TiB", UINT64_C(1) << 40 },
                { "GiB", 1u << 30 },
                { "MiB", 1u << 20 },
                { "KiB", 1u << 10 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(scales); i++)
                if (bytes >= scales[i].size)
                        return format("%.1f %s", (double)bytes / (double)scales[i].size, scales[i].name);
        return format("%u B", (unsigned)bytes);
}

char *format_duration(uint64_t usec)
{
        static const struct scale scales[] = { { "d", 86400 }, { "h", 3600 }, { "min", 60 }, { "s", 1 } };
        const uint64_t seconds = usec / USEC_PER_SEC;

        for (size_t i = 0; i + 1 < ARRAY_SIZE(scales); i++) {
                const struct scale *whole = &scales[i], *rest = &scales[i + 1];

                if (seconds >= whole->size)
                        return format("%llu %s %llu %s", (unsigned long long)(seconds / whole->size), whole->name,
                                      (unsigned long long)(seconds % whole->size / rest->size), rest->name);
        }
        return format("%u s", (unsigned)seconds);
}

char *format_time(uint64_t realtime_usec)
{
        const time_t seconds = (time_t)(realtime_usec / USEC_PER_SEC);
        struct tm tm;
        char text[64];

        if (!localtime_r(&seconds, &tm) || strftime(text, sizeof text, "%F %T", &tm) == 0)
                return strdup("-");
        return strdup(text);
}

int duration_parse(const char *text, uint64_t *ret_usec)
{
        static const struct scale scales[] = { { "w", 604800 }, { "d", 86400 }, { "h", 3600 },
                                               { "m", 60 },     { "min", 60 },  { "s", 1 } };
        const size_t digits = strspn(text, "0123456789");
        unsigned long long count;

        if (digits == 0 || digits > 9)
                return -EINVAL;
        count = strtoull(text, NULL, 10);
        for (size_t i = 0; i < ARRAY_SIZE(scales); i++)
                if (streq(text + digits, scales[i].name)) {
                        *ret_usec = count * scales[i].size * USEC_PER_SEC;
                        return 0;
                }
        return -EINVAL;
}

/* A fraction of a second, if there is one; returns what follows it. */
static const char *parse_fraction(const char *text, uint64_t *ret_usec)
{
        uint64_t digit = USEC_PER_SEC;

        *ret_usec = 0;
        if (*text != '.' && *text != ',')
                return text;
        for (text++; *text >= '0' && *text <= '9'; text++) {
                digit /= 10;
                *ret_usec += digit * (uint64_t)(*text - '0');
        }
        return text;
}

/* The end of an ISO time: nothing is local time, "Z" or "+02:00" is what it says. */
static int parse_offset(const char *text, struct tm *tm, time_t *ret)
{
        if (!*text) {
                tm->tm_isdst = -1;
                *ret = mktime(tm);
        } else {
                struct tm offset = { 0 };
                const char *end = strptime(text, "%z", &offset);

                if (!end || *end)
                        return -EINVAL;
                *ret = timegm(tm) - offset.tm_gmtoff;
        }
        return *ret < 0 ? -EINVAL : 0;
}

static int parse_iso(const char *text, uint64_t *ret)
{
        static const char *const formats[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M",
                                               "%Y-%m-%d %H:%M", "%Y-%m-%d" };

        for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
                struct tm tm = { 0 };
                const char *rest = strptime(text, formats[i], &tm);
                uint64_t fraction;
                time_t seconds;

                if (rest && parse_offset(parse_fraction(rest, &fraction), &tm, &seconds) >= 0) {
                        *ret = (uint64_t)seconds * USEC_PER_SEC + fraction;
                        return 0;
                }
        }
        return -EINVAL;
}

int time_parse(const char *text, uint64_t now_usec, uint64_t *ret)
{
        uint64_t ago;

        if (duration_parse(text, &ago) < 0)
                return parse_iso(text, ret);
        *ret = ago < now_usec ? now_usec - ago : 0;
        return 0;
}
