#include <syslog.h>

#include "record_private.h"
#include "unitward/record_alert.h"
#include "unitward/record_command.h"
#include "unitward/record_summary.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

/* message_id is for good: people search and match by it. */
static const struct {
        const char *name, *message_id;
        int priority;
        bool alarming; /* somebody should look, whatever was decided */
        bool attack;   /* may be about one */
} kinds[RECORD_KIND_COUNT_] = {
        [RECORD_ACCESS] = { "access", "7b4f88c7017b4359a7f0935d613687b1", LOG_INFO, false, true },
        [RECORD_ARRIVAL] = { "arrival", "8f88668e07a144229cda5f42fbb2db19", LOG_INFO, false, true },
        [RECORD_RESTORED] = { "restored", "7d7ff4f13f1f46639e0a1fd53c1574b6", LOG_WARNING, false, true },
        [RECORD_BASELINE] = { "baseline", "78313d12751f4e73bf3993b3285e77dc", LOG_NOTICE, false, false },
        [RECORD_STARTED] = { "started", "2330801794b847059414a733ae9bbae8", LOG_NOTICE, false, false },
        [RECORD_STOPPED] = { "stopped", "f8096bcc2e014928a7322ba231fa1b37", LOG_NOTICE, false, false },
        [RECORD_GAP] = { "gap", "fb6b1fa037a043d2b20e78c417fec0a5", LOG_NOTICE, false, true },
        [RECORD_POLICY] = { "policy", "130f48fc0721412c83cf4baa7968ab14", LOG_NOTICE, false, false },
        [RECORD_TIMEOUT] = { "timeout", "671c6bfe5dec42c2aafa8888eb418a80", LOG_ERR, true, true },
        [RECORD_OVERFLOW] = { "overflow", "cfdc51286b1748c7ba0151f82afec2bf", LOG_ERR, true, false },
        [RECORD_PROBLEM] = { "problem", "0550b7ca98e446169e6bd825ee7f36d9", LOG_ERR, true, false },
        [RECORD_CONTROL] = { "control", "e9eab8bce03c42899cc6f058708fea25", LOG_NOTICE, false, false },
        [RECORD_STOP_REFUSED] = { "stop-refused", "0b6d1f0c8a3e4d4b9c55e1c7d0a7f2e3", LOG_WARNING, true, false },
        [RECORD_HELD] = { "held", "b1f3a2d94c7e4f0f8d26a7e95b3c6480", LOG_WARNING, true, false },
        [RECORD_LOADED] = { "loaded", "7c5e90d2a6b84e13b7f40d6a2c91e8f5", LOG_WARNING, true, true },
        [RECORD_SNAPSHOT] = { "snapshot", "5d1b0a6c3f0f4f8e9a8e5e3b6d2c7a41", LOG_INFO, false, false },
        [RECORD_TAKEOVER] = { "takeover", "3f0d9f6f6d1b4c0c9a53f2c1b7a8e6d4", LOG_ERR, true, false },
        [RECORD_EVASION] = { "evasion", "c4e1b79d02a54b6e8f3d5a7160c98e2b", LOG_ERR, true, true },
        [RECORD_START] = { "start", "2c9e4f7b81d64a0fb3a5d1e06c7f9a28", LOG_NOTICE, false, true },
        [RECORD_ALERT] = { "alert", "e7a30b5d94c1482fa6f8207c3b9d15e4", LOG_ALERT, true, true },
        [RECORD_SUMMARY] = { "summary", "94d2f6b0a7c84e51b3690f8d2e7a1c5b", LOG_NOTICE, false, true },
};

/* Persistence that is not systemd's own; the first prefix that fits. */
static const struct {
        const char *prefix, *technique;
} foreign_places[] = {
        { "/etc/init.d", "T1037.004" },         { "/etc/rc", "T1037.004" },        { "/etc/udev/", "T1546.017" },
        { "/run/udev/", "T1546.017" },          { "/usr/lib/udev/", "T1546.017" }, { "/lib/udev/", "T1546.017" },
        { "/etc/xdg/autostart/", "T1547.013" }, { "/etc/cron", "T1053.003" },      { "/var/spool/cron", "T1053.003" },
};

const char *record_kind_name(enum record_kind kind)
{
        return kinds[kind].name;
}

const char *record_kind_message_id(enum record_kind kind)
{
        return kinds[kind].message_id;
}

struct record *record_new(enum record_kind kind)
{
        struct record *record = calloc(1, sizeof *record);

        if (record) {
                record->time_usec = now_realtime_usec();
                record->kind = kind;
        }
        return record;
}

struct record *record_new_decided(enum record_kind kind, const struct policy *policy, const struct access *access,
                                  struct verdict verdict)
{
        struct record *record = record_new(kind);

        if (!record)
                return NULL;
        record->decided = true;
        record->operation = access->operation;
        record->outcome = verdict.outcome;
        record->place = access->place;
        record->actor = access->actor ? actor_ref((struct actor *)(uintptr_t)access->actor) : NULL;
        record->path = strdup(access->path);
        (void)string_copy(record->unit, sizeof record->unit, access->unit);
        (void)string_copy(record->client, sizeof record->client, access->client ? access->client : "");
        (void)string_copy(record->rule, sizeof record->rule, verdict.rule);
        if (access->zone != ZONE_UNPLACED)
                (void)string_copy(record->zone, sizeof record->zone, policy_zone(policy, access->zone)->name);
        return record;
}

struct record *record_free(struct record *record)
{
        if (record) {
                (void)actor_unref(record->actor);
                free(record->path);
                free(record->last_writer);
                free(record->target);
                free(record->unkept.data);
                free(record->meaning);
                free(record->mount_source);
                free(record->mount_type);
                record_alert_free(record->start);
                record_summary_free(record->summary);
                record_command_free(record->command);
                free(record->message);
                free(record->hint);
                free(record);
        }
        return NULL;
}

bool record_is_denial(const struct record *record)
{
        if (record->summary)
                return record->summary->denied;
        return kinds[record->kind].alarming || (record->decided && record->outcome != OUTCOME_ALLOW);
}

bool record_came_to_pass(const struct record *record)
{
        if (record->start && record->start->done)
                return false;
        return !record->decided || record->mode != MODE_ENFORCE || record->outcome == OUTCOME_ALLOW;
}

int record_priority(const struct record *record)
{
        if (record->start)
                return record_alert_priority(record->start, kinds[record->kind].priority);
        if (record->summary && !record->decided)
                return record->summary->denied ? LOG_WARNING : LOG_NOTICE;
        if (!record->decided || kinds[record->kind].alarming)
                return kinds[record->kind].priority;
        if (record->outcome == OUTCOME_ALLOW)
                return LOG_INFO;
        /* A drop-in that a manager does not get is skipped without a word: a wrong denial must be loud. */
        return record->operation == OPERATION_LOAD ? LOG_ERR : LOG_WARNING;
}

const char *record_technique(const struct record *record)
{
        const char *type = unit_name_type(record->unit);

        if (record->start)
                return record_alert_technique(record->start);
        if (!kinds[record->kind].attack || !record->decided)
                return NULL;
        if (record->command)
                return record_command_technique(record->command);
        for (size_t i = 0; record->path && i < ARRAY_SIZE(foreign_places); i++)
                if (starts_with(record->path, foreign_places[i].prefix))
                        return foreign_places[i].technique;
        if (record->path && strstr(record->path, "/.config/autostart/")) /* in any home */
                return "T1547.013";
        return type && streq(type, ".timer") ? "T1053.006" : "T1543.002";
}
