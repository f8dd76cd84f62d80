/* specimens: prints a record of each kind, one a line, as the daemon writes them. What it takes a race, a broken
 * machine or a service manager to have is tried by these. */
#include <stdio.h>

#include "unitward/record_alert.h"
#include "unitward/util.h"

static int give_story(struct record *record, enum detect_outcome outcome)
{
        const struct detect_change change = { .happened = true, .created = true, .author = DETECT_AUTHOR_REFUSED };
        const struct detect_start start = { .parent = DETECT_PARENT_SYSTEM, .parent_pid = 1 };
        struct detect_unit unit = { .name = "evil.service", .unauthorised = true, .file = change, .trigger = change };
        struct detect_settings settings;
        struct detect_result result;

        unit.contents.interval_usec = 60000000;
        detect_settings_default(&settings);
        detect_judge(&settings, &start, &unit, 0, &result);
        result.outcome = outcome;
        record->start = record_alert_new(&result);
        if (!record->start)
                return -ENOMEM;
        alert_id_make(record->alert);
        record->start->done = outcome >= DETECT_DENY;
        record->start->interval_usec = unit.contents.interval_usec;
        record->start->starts = 1;
        (void)string_copy(record->start->timer, sizeof record->start->timer, "evil.timer");
        (void)string_copy(record->unit, sizeof record->unit, unit.name);
        return 0;
}

static int print_record(enum record_kind kind, enum detect_outcome outcome)
{
        struct record *record = record_new(kind);
        _cleanup_free_ char *text = NULL;
        json_t *json = NULL;
        int r = record ? 0 : -ENOMEM;

        if (r == 0 && (kind == RECORD_START || kind == RECORD_ALERT))
                r = give_story(record, outcome);
        if (r == 0) {
                json = record_to_json(record);
                text = json ? json_dumps(json, JSON_COMPACT) : NULL;
                r = text ? 0 : -ENOMEM;
        }
        if (text)
                (void)puts(text);
        json_decref(json);
        record_free(record);
        return r;
}

int main(void)
{
        int r = 0;

        for (enum record_kind kind = 0; r == 0 && kind < RECORD_KIND_COUNT_; kind++)
                r = print_record(kind, kind == RECORD_ALERT ? DETECT_ALERT : DETECT_RECORD);
        return r == 0 ? print_record(RECORD_ALERT, DETECT_STOP) < 0 : 1;
}
