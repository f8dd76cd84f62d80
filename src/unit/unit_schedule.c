/* When timers, sockets and paths act: systemd.timer(5), systemd.socket(5), systemd.path(5), in words. */
#include <inttypes.h>
#include <strings.h>

#include "unit_internal.h"
#include "unitward/unit_schedule.h"
#include "unitward/util.h"

#define OCCASIONS_MAX 4 /* further ones are counted */

/* ---- Spans of time --------------------------------------------------------------------------------------- */

static const struct {
        const char *name;
        uint64_t usec;
} shown_units[] = {
        { "week", 604800000000u }, { "day", 86400000000u }, { "hour", 3600000000u },
        { "minute", 60000000 },    { "second", 1000000 },   { "millisecond", 1000 },
};

/* "minute" after "every", "1 minute" elsewhere. */
static void put_span(FILE *stream, const char *text, bool every)
{
        uint64_t usec;

        for (size_t i = 0; unit_parse_span(text, &usec) && i < ARRAY_SIZE(shown_units); i++) {
                uint64_t n = usec / shown_units[i].usec;

                if (n == 0 || usec % shown_units[i].usec != 0)
                        continue;
                if (n > 1 || !every)
                        (void)fprintf(stream, "%" PRIu64 " ", n);
                (void)fprintf(stream, "%s%s", shown_units[i].name, n > 1 ? "s" : "");
                return;
        }
        put_value(stream, text);
}

/* ---- The calendar ------------------------------------------------------------------------------------------- */

static const struct {
        const char *text, *meaning;
} calendars[] = {
        { "minutely", "every minute" },
        { "*:*", "every minute" },
        { "*:*:00", "every minute" },
        { "*:*:0", "every minute" },
        { "*-*-* *:*", "every minute" },
        { "*-*-* *:*:00", "every minute" },
        { "*:*:*", "every second" },
        { "*-*-* *:*:*", "every second" },
        { "hourly", "every hour" },
        { "*:0", "every hour" },
        { "*:00", "every hour" },
        { "*:00:00", "every hour" },
        { "*-*-* *:00:00", "every hour" },
        { "daily", "every day" },
        { "weekly", "every week" },
        { "monthly", "every month" },
        { "quarterly", "every quarter of a year" },
        { "semiannually", "every half year" },
        { "yearly", "every year" },
        { "annually", "every year" },
};

/* "*:0/5" and "*:*:0/10": every so many minutes or seconds, as far as they go evenly into the next larger unit. */
static bool put_repetition(FILE *stream, const char *text)
{
        bool seconds = starts_with(text, "*:*:");
        const char *from = text + (seconds ? 4 : 2), *step;
        size_t digits;
        int n;

        if (!starts_with(text, "*:"))
                return false;
        step = from + strspn(from, "0");
        digits = *step == '/' ? strspn(step + 1, "0123456789") : 0;
        if (step == from || digits == 0 || digits > 2)
                return false;
        n = atoi(step + 1);
        step += 1 + digits;
        if (n == 0 || 60 % n != 0 || (*step && (seconds || (!streq(step, ":00") && !streq(step, ":0")))))
                return false;
        if (n == 1)
                (void)fprintf(stream, "every %s", seconds ? "second" : "minute");
        else
                (void)fprintf(stream, "every %d %s", n, seconds ? "seconds" : "minutes");
        return true;
}

/* "03:30" and "*-*-* 03:30:00". */
static bool put_time_of_day(FILE *stream, const char *text)
{
        size_t length;

        if (starts_with(text, "*-*-* "))
                text += 6;
        length = strlen(text);
        if ((length != 5 && length != 8) || strspn(text, "0123456789:") != length || text[2] != ':' ||
            (length == 8 && text[5] != ':'))
                return false;
        (void)fprintf(stream, "every day at %.*s", length == 8 && streq(text + 5, ":00") ? 5 : (int)length, text);
        return true;
}

static void put_calendar(FILE *stream, const char *text)
{
        for (size_t i = 0; i < ARRAY_SIZE(calendars); i++)
                if (strcasecmp(text, calendars[i].text) == 0) {
                        (void)fputs(calendars[i].meaning, stream);
                        return;
                }
        if (put_time_of_day(stream, text) ||
            put_repetition(stream, starts_with(text, "*-*-* ") ? text + strlen("*-*-* ") : text))
                return;
        (void)fputs("at the times ", stream);
        put_value(stream, text);
}

/* ---- Settings that say when ---------------------------------------------------------------------------------- */

enum form {
        FORM_BEFORE,   /* text, then the value */
        FORM_AROUND,   /* text, the value, rest */
        FORM_SPAN,     /* the value as a span of time, then rest */
        FORM_REPEATED, /* text, then the value as a span */
        FORM_CALENDAR,
        FORM_SWITCH, /* text, when the value is true */
};

static const struct occasion {
        const char *type, *section, *key;
        enum form form;
        const char *text, *rest;
} occasions[] = {
        { ".timer", "Timer", "OnCalendar", FORM_CALENDAR, "", "" },
        { ".timer", "Timer", "OnBootSec", FORM_SPAN, "", " after boot" },
        { ".timer", "Timer", "OnStartupSec", FORM_SPAN, "", " after its manager starts" },
        { ".timer", "Timer", "OnActiveSec", FORM_SPAN, "", " after the timer starts" },
        { ".timer", "Timer", "OnUnitActiveSec", FORM_REPEATED, "every ", "" },
        { ".timer", "Timer", "OnUnitInactiveSec", FORM_SPAN, "", " after each run" },
        { ".timer", "Timer", "OnClockChange", FORM_SWITCH, "whenever the clock is set", "" },
        { ".timer", "Timer", "OnTimezoneChange", FORM_SWITCH, "whenever the time zone is set", "" },
        { ".socket", "Socket", "ListenStream", FORM_BEFORE, "when somebody connects to ", "" },
        { ".socket", "Socket", "ListenSequentialPacket", FORM_BEFORE, "when somebody connects to ", "" },
        { ".socket", "Socket", "ListenDatagram", FORM_BEFORE, "when somebody sends to ", "" },
        { ".socket", "Socket", "ListenFIFO", FORM_BEFORE, "when somebody writes to ", "" },
        { ".socket", "Socket", "ListenSpecial", FORM_BEFORE, "when there is something to read from ", "" },
        { ".socket", "Socket", "ListenNetlink", FORM_BEFORE, "when the kernel tells of ", "" },
        { ".socket", "Socket", "ListenMessageQueue", FORM_BEFORE, "when somebody sends to ", "" },
        { ".socket", "Socket", "ListenUSBFunction", FORM_BEFORE, "when a USB host connects to ", "" },
        { ".path", "Path", "PathExists", FORM_AROUND, "whenever ", " exists" },
        { ".path", "Path", "PathExistsGlob", FORM_AROUND, "whenever there is something called ", "" },
        { ".path", "Path", "PathChanged", FORM_AROUND, "whenever ", " is changed" },
        { ".path", "Path", "PathModified", FORM_AROUND, "whenever ", " is written to" },
        { ".path", "Path", "DirectoryNotEmpty", FORM_AROUND, "whenever ", " is not empty" },
};

static const struct occasion *find_occasion(const struct unit_setting *setting, const char *type)
{
        for (size_t i = 0; i < ARRAY_SIZE(occasions); i++)
                if (streq(occasions[i].key, setting->key) && streq(occasions[i].section, setting->section) &&
                    streq(occasions[i].type, type))
                        return &occasions[i];
        return NULL;
}

bool unit_is_true(const char *value)
{
        static const char *const words[] = { "1", "yes", "y", "true", "t", "on" };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (strcasecmp(value, words[i]) == 0)
                        return true;
        return false;
}

static void put_one(FILE *stream, const struct occasion *occasion, const char *value)
{
        switch (occasion->form) {
        case FORM_CALENDAR:
                put_calendar(stream, value);
                return;
        case FORM_SPAN:
                put_span(stream, value, false);
                break;
        case FORM_REPEATED:
                (void)fputs(occasion->text, stream);
                put_span(stream, value, true);
                break;
        case FORM_BEFORE:
        case FORM_AROUND:
                (void)fputs(occasion->text, stream);
                put_value(stream, value);
                break;
        case FORM_SWITCH:
                (void)fputs(occasion->text, stream);
                return;
        }
        (void)fputs(occasion->rest, stream);
}

/* An empty value takes back all that was said before, of whatever kind. */
static size_t first_that_counts(const struct unit_file *file, const char *type)
{
        for (size_t i = unit_file_n_settings(file); i > 0; i--) {
                const struct unit_setting *setting = unit_file_setting(file, i - 1);
                const struct occasion *occasion = *setting->value ? NULL : find_occasion(setting, type);

                if (occasion && occasion->form != FORM_SWITCH)
                        return i;
        }
        return 0;
}

bool put_occasion(FILE *stream, const struct unit_file *file, const char *type)
{
        size_t n = 0;

        for (size_t i = first_that_counts(file, type); i < unit_file_n_settings(file); i++) {
                const struct unit_setting *setting = unit_file_setting(file, i);
                const struct occasion *occasion = find_occasion(setting, type);

                if (!occasion || (occasion->form == FORM_SWITCH && !unit_is_true(setting->value)))
                        continue;
                if (n++ >= OCCASIONS_MAX)
                        continue;
                if (n > 1)
                        (void)fputs(" and ", stream);
                put_one(stream, occasion, setting->value);
        }
        if (n > OCCASIONS_MAX)
                (void)fprintf(stream, " and on %zu more occasions", n - OCCASIONS_MAX);
        return n > 0;
}
