/* The schema: what a manager started, and why that is suspicious. */
#include <inttypes.h>
#include <sys/random.h>
#include <syslog.h>

#include "record_private.h"
#include "unitward/record_alert.h"
#include "unitward/text.h"
#include "unitward/util.h"

#define ACTOR_TEXT_MAX 512
#define SECOND_USEC UINT64_C(1000000)

struct record_alert *record_alert_new(const struct detect_result *result)
{
        struct record_alert *alert = calloc(1, sizeof *alert);

        if (alert) {
                alert->result = *result;
                alert->starts = 1;
        }
        return alert;
}

static void change_done(struct alert_change *change)
{
        (void)actor_unref(change->actor);
        free(change->path);
        free(change->meaning);
}

struct record_alert *record_alert_free(struct record_alert *alert)
{
        if (alert) {
                while (alert->n_changes > 0)
                        change_done(&alert->changes[--alert->n_changes]);
                free(alert->arguments);
                free(alert);
        }
        return NULL;
}

int record_alert_add(struct record_alert *alert, const struct alert_change *change)
{
        struct alert_change copy = *change;

        copy.path = change->path ? strdup(change->path) : NULL;
        copy.meaning = change->meaning ? strdup(change->meaning) : NULL;
        copy.actor = change->actor ? actor_ref(change->actor) : NULL;
        if ((change->path && !copy.path) || (change->meaning && !copy.meaning)) {
                change_done(&copy);
                return -ENOMEM;
        }
        if (alert->n_changes == ALERT_CHANGES_MAX) {
                change_done(&alert->changes[0]);
                memmove(alert->changes, alert->changes + 1, (ALERT_CHANGES_MAX - 1) * sizeof *alert->changes);
                alert->n_changes--;
                alert->more_changes++;
        }
        alert->changes[alert->n_changes++] = copy;
        return 0;
}

void alert_id_make(char ret[static ALERT_ID_MAX])
{
        uint32_t chance = 0;

        (void)!getrandom(&chance, sizeof chance, GRND_NONBLOCK);
        (void)snprintf(ret, ALERT_ID_MAX, "%08" PRIx32 "%08" PRIx32, (uint32_t)(now_realtime_usec() / SECOND_USEC),
                       chance);
}

/* ---- In words -------------------------------------------------------------------------------------------- */

static void put_arguments(FILE *stream, const struct record_alert *alert)
{
        const char *at = alert->arguments, *end = at + alert->arguments_size;

        for (size_t n = 0; at < end; n++, at += strnlen(at, (size_t)(end - at)) + 1)
                (void)fprintf(stream, "%s%.*s", n > 0 ? " " : "", (int)strnlen(at, (size_t)(end - at)), at);
}

static char *arguments_line(const struct record_alert *alert)
{
        char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        if (!stream)
                return NULL;
        if (alert->arguments)
                put_arguments(stream, alert);
        if (fclose(stream) < 0) {
                free(text);
                return NULL;
        }
        return text;
}

static const char *parent_of(const struct record *record)
{
        const struct actor *actor = record->actor;

        return actor && actor->n_ancestry > 1 ? actor->ancestry[1].exe_path : NULL;
}

static const struct alert_change *last_written(const struct record_alert *alert)
{
        for (unsigned i = alert->n_changes; i > 0; i--)
                if (alert->changes[i - 1].actor)
                        return &alert->changes[i - 1];
        return NULL;
}

void record_alert_put(FILE *stream, const struct record *record)
{
        const struct record_alert *alert = record->start;
        const struct alert_change *change = last_written(alert);
        char actor[ACTOR_TEXT_MAX];

        (void)fprintf(stream, " %s runs ", *record->unit ? record->unit : "a manager");
        if (record->actor)
                (void)fputs(actor_describe(record->actor, actor, sizeof actor), stream);
        if (alert->arguments) {
                (void)fputs(alert->by_unit ? ", by its unit: " : ": ", stream);
                put_arguments(stream, alert);
        }
        if (parent_of(record))
                (void)fprintf(stream, "; started by %s (pid %d)", parent_of(record),
                              (int)record->actor->ancestry[1].pid);
        if (*alert->timer)
                (void)fprintf(stream, "; triggered by %s", alert->timer);
        if (alert->interval_usec > 0)
                (void)fprintf(stream, " every %" PRIu64 " s", alert->interval_usec / SECOND_USEC);
        if (change)
                (void)fprintf(stream, "; %s was written by %s", change->path ? change->path : record->unit,
                              actor_describe(change->actor, actor, sizeof actor));
        if (alert->result.reasons)
                (void)fprintf(stream, "; score %u", alert->result.score);
        else if (*record->alert)
                (void)fprintf(stream, "; after alert %s", record->alert);
        if (alert->result.outcome >= DETECT_DENY)
                (void)fprintf(stream, "; %s%s", alert->done ? "" : "would be ",
                              alert->result.outcome == DETECT_DENY ? "refused" : "stopped");
}

const char *record_alert_technique(const struct record_alert *alert)
{
        return ends_with(alert->timer, ".timer") ? "T1053.006" : "T1543.002";
}

int record_alert_priority(const struct record_alert *alert, int least)
{
        static const int priorities[] = {
                [DETECT_LOW] = LOG_NOTICE,
                [DETECT_MEDIUM] = LOG_WARNING,
                [DETECT_HIGH] = LOG_ERR,
                [DETECT_CRITICAL] = LOG_ALERT,
        };

        return priorities[alert->result.severity] > least ? least : priorities[alert->result.severity];
}

/* ---- In fields ------------------------------------------------------------------------------------------- */

static bool get_id(const struct record *record, json_t **ret)
{
        return field_text(record->alert, ret);
}

static bool get_score(const struct record *record, json_t **ret)
{
        return record->start && field_integer(record->start->result.score, ret);
}

static bool get_severity(const struct record *record, json_t **ret)
{
        return record->start && field_text(detect_severity_name(record->start->result.severity), ret);
}

static bool get_reasons(const struct record *record, json_t **ret)
{
        json_t *list;

        if (!record->start)
                return false;
        list = json_array();
        for (size_t i = 0; list && i < detect_n_reasons(); i++)
                if (record->start->result.reasons >> i & 1 &&
                    json_array_append_new(list, json_string(detect_reason_id(i))) < 0) {
                        json_decref(list);
                        list = NULL;
                }
        *ret = list;
        return true;
}

static bool get_why(const struct record *record, json_t **ret)
{
        _cleanup_free_ char *text = NULL;

        if (!record->start)
                return false;
        text = detect_reasons_text(record->start->result.reasons);
        *ret = text ? json_string(text) : NULL;
        return true;
}

static bool get_response(const struct record *record, json_t **ret)
{
        return record->start && field_text(detect_outcome_name(record->start->result.outcome), ret);
}

static bool get_done(const struct record *record, json_t **ret)
{
        if (!record->start || record->start->result.outcome < DETECT_DENY)
                return false;
        *ret = json_boolean(record->start->done);
        return true;
}

static bool get_timer(const struct record *record, json_t **ret)
{
        return record->start && field_bytes(record->start->timer, ret);
}

static bool get_interval(const struct record *record, json_t **ret)
{
        return record->start && record->start->interval_usec > 0 &&
               field_integer((json_int_t)(record->start->interval_usec / SECOND_USEC), ret);
}

static bool get_loaded(const struct record *record, json_t **ret)
{
        char text[TIMESTAMP_SIZE];

        return record->start && record->start->loaded_usec > 0 &&
               field_text(timestamp_format(record->start->loaded_usec, text), ret);
}

static bool get_starts(const struct record *record, json_t **ret)
{
        return record->start && field_integer(record->start->starts, ret);
}

static bool get_line(const struct record *record, json_t **ret)
{
        _cleanup_free_ char *line = NULL;

        if (!record->start || !record->start->arguments)
                return false;
        line = arguments_line(record->start);
        if (line)
                return field_bytes(line, ret);
        *ret = NULL;
        return true;
}

static bool get_line_source(const struct record *record, json_t **ret)
{
        return record->start && record->start->arguments &&
               field_text(record->start->by_unit ? "unit" : "process", ret);
}

static json_t *json_bytes(const char *bytes)
{
        _cleanup_free_ char *text = bytes ? text_to_utf8(bytes) : NULL;

        return text ? json_string(text) : json_null();
}

static json_t *writer_to_json(const struct actor *actor)
{
        json_t *writer;

        if (!actor || !actor->known)
                return json_null();
        writer = json_pack("{s:i, s:o, s:o, s:o}", "pid", actor->pid, "executable",
                           json_bytes(actor->ancestry[0].exe_path), "unit", json_bytes(actor->ancestry[0].unit),
                           "ancestry", record_ancestry(actor));
        if (writer)
                (void)json_object_set_new(writer, "uid", json_integer(actor->uid));
        if (writer)
                (void)json_object_set_new(writer, "login_uid",
                                          actor->login_uid == (uid_t)-1 ? json_null() : json_integer(actor->login_uid));
        return writer;
}

static json_t *change_to_json(const struct alert_change *change)
{
        char time[TIMESTAMP_SIZE];

        return json_pack("{s:s, s:o, s:o, s:s, s:s, s:s, s:o}", "time", timestamp_format(change->time_usec, time),
                         "path", json_bytes(change->path), "meaning", json_bytes(change->meaning), "operation",
                         operation_name(change->operation), "author", detect_author_name(change->author), "rule",
                         change->rule, "by", writer_to_json(change->actor));
}

static bool get_changes(const struct record *record, json_t **ret)
{
        json_t *list;

        if (!record->start || record->start->n_changes == 0)
                return false;
        list = json_array();
        for (unsigned i = 0; list && i < record->start->n_changes; i++)
                if (json_array_append_new(list, change_to_json(&record->start->changes[i])) < 0) {
                        json_decref(list);
                        list = NULL;
                }
        *ret = list;
        return true;
}

static bool get_more_changes(const struct record *record, json_t **ret)
{
        return record->start && record->start->more_changes > 0 && field_integer(record->start->more_changes, ret);
}

const struct record_field record_alert_fields[] = {
        { "event.risk_score", NULL, get_score },
        { "unitward.alert_id", "UNITWARD_ALERT_ID", get_id },
        { "unitward.score", "UNITWARD_SCORE", get_score },
        { "unitward.severity", "UNITWARD_SEVERITY", get_severity },
        { "unitward.reasons", "UNITWARD_REASON", get_reasons },
        { "unitward.why", "UNITWARD_WHY", get_why },
        { "unitward.response", "UNITWARD_RESPONSE", get_response },
        { "unitward.response_done", "UNITWARD_RESPONSE_DONE", get_done },
        { "unitward.timer", "UNITWARD_TIMER", get_timer },
        { "unitward.timer_interval", "UNITWARD_TIMER_INTERVAL", get_interval },
        { "unitward.loaded", "UNITWARD_LOADED", get_loaded },
        { "unitward.starts", "UNITWARD_STARTS", get_starts },
        { "process.command_line", "UNITWARD_COMMAND_LINE", get_line },
        { "unitward.command_source", "UNITWARD_COMMAND_SOURCE", get_line_source },
        { "unitward.changes", "UNITWARD_CHANGE", get_changes },
        { "unitward.more_changes", "UNITWARD_MORE_CHANGES", get_more_changes },
        { NULL, NULL, NULL },
};
