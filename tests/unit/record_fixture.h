/* A record with everything that a record can have. */
#pragma once

#include "scratch.h"
#include "unitward/record.h"

#define FIXTURE_TIME 1606123117123456u /* 2020-11-23T09:18:37.123456Z: not today */

static inline void fixture_process(struct actor *actor, pid_t pid, const char *exe, const char *unit)
{
        struct actor_process *process = &actor->ancestry[actor->n_ancestry++];

        process->pid = pid;
        process->exe_path = strdup(exe);
        process->unit = unit ? strdup(unit) : NULL;
}

static inline struct actor *fixture_actor(void)
{
        struct actor *actor = actor_unknown(812);

        assert_non_null(actor);
        actor->known = true;
        actor->pid = 812;
        actor->uid = 0;
        actor->session = 700;
        actor->login_uid = 1000;
        actor->label = strdup("unconfined");
        fixture_process(actor, 812, "/usr/bin/bash", "session-3.scope");
        fixture_process(actor, 700, "/usr/sbin/sshd", "ssh.service");
        fixture_process(actor, 1, "/usr/lib/systemd/systemd", NULL);
        return actor;
}

static inline struct record *fixture_record(enum mode mode, enum operation operation, enum outcome outcome)
{
        struct record *record = record_new(RECORD_ACCESS);

        assert_non_null(record);
        record->time_usec = FIXTURE_TIME;
        record->mode = mode;
        record->decided = true;
        record->operation = operation;
        record->outcome = outcome;
        record->place = PLACE_UNITS;
        record->actor = fixture_actor();
        record->path = strdup("/etc/systemd/system/evil.timer");
        (void)string_copy(record->unit, sizeof record->unit, "evil.timer");
        (void)string_copy(record->zone, sizeof record->zone, "system-units");
        (void)string_copy(record->rule, sizeof record->rule, "default");
        return record;
}
