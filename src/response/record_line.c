#include <limits.h>
#include <time.h>

#include "record_private.h"
#include "unitward/record_alert.h"
#include "unitward/record_command.h"
#include "unitward/text.h"
#include "unitward/util.h"

#define ACTOR_TEXT_MAX (PATH_MAX + 512)

/* What a headline begins with. */
enum word {
        WORD_OF_OUTCOME, /* which one the outcome and the mode decide */
        WORD_ALLOW,
        WORD_DENY,
        WORD_WOULD_DENY,
        WORD_QUARANTINE,
        WORD_WOULD_QUARANTINE,
        WORD_RESTORED,
        WORD_BASELINE,
        WORD_STARTED,
        WORD_STOPPED,
        WORD_GAP,
        WORD_POLICY,
        WORD_OVERFLOW,
        WORD_PROBLEM,
        WORD_CONTROL,
        WORD_STOP_REFUSED,
        WORD_HELD,
        WORD_LOADED,
        WORD_SNAPSHOT,
        WORD_TAKEOVER,
        WORD_EVASION,
        WORD_TIMEOUT,
        WORD_START,
        WORD_ALERT,
        WORD_SUMMARY,
        WORD_COUNT_,
};

static const struct {
        const char *text, *colour;
} words[WORD_COUNT_] = {
        [WORD_OF_OUTCOME] = { "", "" },
        [WORD_ALLOW] = { "ALLOW", "32" },
        [WORD_DENY] = { "DENY", "1;31" },
        [WORD_WOULD_DENY] = { "WOULD DENY", "33" },
        [WORD_QUARANTINE] = { "QUARANTINE", "1;35" },
        [WORD_WOULD_QUARANTINE] = { "WOULD QUARANTINE", "33" },
        [WORD_RESTORED] = { "RESTORED", "36" },
        [WORD_BASELINE] = { "BASELINE", "1" },
        [WORD_STARTED] = { "STARTED", "1" },
        [WORD_STOPPED] = { "STOPPED", "1" },
        [WORD_GAP] = { "GAP", "33" },
        [WORD_POLICY] = { "POLICY", "1" },
        [WORD_OVERFLOW] = { "OVERFLOW", "1;31" },
        [WORD_PROBLEM] = { "PROBLEM", "1;31" },
        [WORD_CONTROL] = { "CONTROL", "1" },
        [WORD_STOP_REFUSED] = { "STOP REFUSED", "1;31" },
        [WORD_HELD] = { "HELD", "1;31" },
        [WORD_LOADED] = { "LOADED", "1;31" },
        [WORD_SNAPSHOT] = { "SNAPSHOT", "2" },
        [WORD_TAKEOVER] = { "TAKEOVER", "1;31" },
        [WORD_EVASION] = { "EVASION", "1;31" },
        [WORD_TIMEOUT] = { "TIMEOUT", "1;31" },
        [WORD_START] = { "START", "33" },
        [WORD_ALERT] = { "ALERT", "1;31" },
        [WORD_SUMMARY] = { "SUMMARY", "33" },
};

static const enum word outcome_words[OUTCOME_COUNT_][2] = {
        [OUTCOME_ALLOW] = { [MODE_AUDIT] = WORD_ALLOW, [MODE_ENFORCE] = WORD_ALLOW },
        [OUTCOME_DENY] = { [MODE_AUDIT] = WORD_WOULD_DENY, [MODE_ENFORCE] = WORD_DENY },
        [OUTCOME_QUARANTINE] = { [MODE_AUDIT] = WORD_WOULD_QUARANTINE, [MODE_ENFORCE] = WORD_QUARANTINE },
};

/* decided: how a record of a decision begins; otherwise: one that only tells something. remark: what is said
 * when the record has no message of its own. */
static const struct {
        enum word decided, otherwise;
        const char *remark;
} kind_words[RECORD_KIND_COUNT_] = {
        [RECORD_ACCESS] = { WORD_OF_OUTCOME, WORD_ALLOW, NULL },
        [RECORD_ARRIVAL] = { WORD_OF_OUTCOME, WORD_ALLOW, NULL },
        [RECORD_RESTORED] = { WORD_RESTORED, WORD_RESTORED, NULL },
        [RECORD_BASELINE] = { WORD_BASELINE, WORD_BASELINE, NULL },
        [RECORD_STARTED] = { WORD_STARTED, WORD_STARTED, NULL },
        [RECORD_STOPPED] = { WORD_STOPPED, WORD_STOPPED, NULL },
        [RECORD_GAP] = { WORD_OF_OUTCOME, WORD_GAP, "changed while nobody watched" },
        [RECORD_POLICY] = { WORD_POLICY, WORD_POLICY, NULL },
        [RECORD_TIMEOUT] = { WORD_OF_OUTCOME, WORD_TIMEOUT, "the deadline passed" },
        [RECORD_OVERFLOW] = { WORD_OVERFLOW, WORD_OVERFLOW, "events were lost" },
        [RECORD_PROBLEM] = { WORD_PROBLEM, WORD_PROBLEM, NULL },
        [RECORD_CONTROL] = { WORD_OF_OUTCOME, WORD_CONTROL, NULL },
        [RECORD_STOP_REFUSED] = { WORD_STOP_REFUSED, WORD_STOP_REFUSED, NULL },
        [RECORD_HELD] = { WORD_HELD, WORD_HELD, "held open for writing" },
        [RECORD_LOADED] = { WORD_LOADED, WORD_LOADED, "loaded while nobody watched" },
        [RECORD_SNAPSHOT] = { WORD_SNAPSHOT, WORD_SNAPSHOT, NULL },
        [RECORD_TAKEOVER] = { WORD_TAKEOVER, WORD_TAKEOVER, NULL },
        [RECORD_EVASION] = { WORD_EVASION, WORD_EVASION, NULL },
        [RECORD_START] = { WORD_START, WORD_START, NULL },
        [RECORD_ALERT] = { WORD_ALERT, WORD_ALERT, NULL },
        [RECORD_SUMMARY] = { WORD_OF_OUTCOME, WORD_SUMMARY, NULL },
};

static const char *headline_word(const struct record *record)
{
        enum word word = record->decided ? kind_words[record->kind].decided : kind_words[record->kind].otherwise;

        if (word == WORD_OF_OUTCOME)
                word = outcome_words[record->outcome][record->mode];
        return words[word].text;
}

const char *headline_colour(const char *headline, size_t *ret_length)
{
        for (size_t i = 0; i < WORD_COUNT_; i++) {
                size_t length = strlen(words[i].text);

                if (length > 0 && starts_with(headline, words[i].text) &&
                    (headline[length] == ' ' || headline[length] == '\0')) {
                        *ret_length = length;
                        return words[i].colour;
                }
        }
        return NULL;
}

static void put_access(FILE *stream, const struct record *record)
{
        char actor[ACTOR_TEXT_MAX];

        if (record->decided)
                (void)fprintf(stream, " %s", operation_name(record->operation));
        if (record->command && record->command->line)
                (void)fprintf(stream, " %s", record->command->line);
        else if (record->path)
                (void)fprintf(stream, " %s", record->path);
        if (record->actor)
                (void)fprintf(stream, " by %s", actor_describe(record->actor, actor, sizeof actor));
        if (*record->client)
                (void)fprintf(stream, " for a run of %s", record->client);
        if (record->last_writer)
                (void)fprintf(stream, ", last written by %s", record->last_writer);
        if (record->decided && *record->rule)
                (void)fprintf(stream, " rule %s", record->rule);
}

/* A stream in memory knows itself whether it had enough of it. */
char *record_headline(const struct record *record)
{
        const char *remark = record->message ? record->message : kind_words[record->kind].remark;
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        if (!stream)
                return NULL;
        (void)fputs(headline_word(record), stream);
        if (record->start)
                record_alert_put(stream, record);
        else
                put_access(stream, record);
        if (remark)
                (void)fprintf(stream, "%s %s", record->decided || record->path || record->actor ? ":" : "", remark);
        if (record->meaning)
                (void)fprintf(stream, "%s %s", remark ? ";" : ":", record->meaning);
        return fclose(stream) < 0 ? NULL : text_escape(text);
}

/* The wall clock's time; with the date when that is another day. */
static void print_time(FILE *stream, uint64_t usec)
{
        time_t then = (time_t)(usec / 1000000u), now = time(NULL);
        struct tm local_then = { 0 }, local_now = { 0 };
        char text[32];
        bool today;

        (void)localtime_r(&then, &local_then);
        (void)localtime_r(&now, &local_now);
        today = local_then.tm_year == local_now.tm_year && local_then.tm_yday == local_now.tm_yday;
        if (strftime(text, sizeof text, today ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &local_then) > 0)
                (void)fputs(text, stream);
}

static void print_headline(FILE *stream, const char *headline, bool colour)
{
        size_t length = 0;
        const char *sgr = colour ? headline_colour(headline, &length) : NULL;

        if (sgr)
                (void)fprintf(stream, " \x1b[%sm%.*s\x1b[0m%s", sgr, (int)length, headline, headline + length);
        else
                (void)fprintf(stream, " %s", headline);
}

static const char *text_at(const json_t *json, const char *object, const char *key)
{
        return json_string_value(json_object_get(json_object_get(json, object), key));
}

static const char *technique_of(const json_t *json)
{
        const json_t *ids = json_object_get(json_object_get(json_object_get(json, "threat"), "technique"), "id");

        return json_string_value(json_array_get(ids, 0));
}

static char *line_of(const json_t *json, uint64_t usec, bool colour)
{
        const char *message = json_string_value(json_object_get(json, "message")), *technique = technique_of(json);
        const char *hint = text_at(json, "unitward", "hint");
        /* It may come from a file: whoever wrote that, it cannot command the terminal. */
        _cleanup_free_ char *headline = text_escape(message), *technique_text = text_escape(technique ? technique : ""),
                            *hint_text = text_escape(hint ? hint : ""), *line = NULL;
        size_t size;
        FILE *stream = headline && technique_text && hint_text ? open_memstream(&line, &size) : NULL;

        if (!stream)
                return NULL;
        print_time(stream, usec);
        print_headline(stream, headline, colour);
        if (technique)
                (void)fprintf(stream, " [%s]", technique_text);
        if (hint)
                (void)fprintf(stream, " -> %s", hint_text);
        return fclose(stream) < 0 ? NULL : steal_pointer(line);
}

int record_line_from_json(const json_t *json, bool colour, char **ret)
{
        const char *time_text = json_string_value(json_object_get(json, "@timestamp"));
        uint64_t usec;
        char *line;

        if (!time_text || timestamp_parse(time_text, &usec) < 0 || !json_is_string(json_object_get(json, "message")))
                return -EBADMSG;
        line = line_of(json, usec, colour);
        if (!line)
                return -ENOMEM;
        *ret = line;
        return 0;
}

int record_to_line(const struct record *record, bool colour, char **ret)
{
        json_t *json = record_to_json(record);
        int r = json ? record_line_from_json(json, colour, ret) : -ENOMEM;

        json_decref(json);
        return r;
}
