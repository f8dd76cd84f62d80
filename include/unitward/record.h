/* Records: one schema for the journal, the JSON lines and the terminal.
 *
 * A record is made after the reply, owned by whoever holds it, and written by the recorder. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "unitward/access.h"
#include "unitward/digest.h"
#include "unitward/policy.h"
#include "unitward/quarantine.h"

enum record_kind {
        RECORD_ACCESS,         /* a permission event was decided (denials; allowed writes) */
        RECORD_ARRIVAL,        /* a change without a permission event was settled */
        RECORD_RESTORED,       /* a golden copy, link or directory was put back */
        RECORD_BASELINE,       /* what was there at the first start was authorised */
        RECORD_STARTED,        /* the daemon is ready: mode, kernel capabilities, counts */
        RECORD_STOPPED,
        RECORD_GAP,            /* changed while nobody watched */
        RECORD_POLICY,         /* loaded, reloaded or refused */
        RECORD_TIMEOUT,        /* a deadline passed and on_timeout answered */
        RECORD_OVERFLOW,       /* the kernel's queue or the record ring overflowed; what was done about it */
        RECORD_PROBLEM,        /* something could not be done: disk full, a directory without marks */
        RECORD_CONTROL,        /* an administrator's request over the control socket that changed something */
        RECORD_STOP_REFUSED,   /* somebody's SIGTERM was ignored */
        RECORD_HELD,           /* somebody has had a protected file open for writing since before the daemon watched it */
        RECORD_LOADED,         /* a manager had loaded an unauthorised unit while nobody watched */
        RECORD_SNAPSHOT,       /* the boot snapshot was written anew: its digest */
        RECORD_TAKEOVER,       /* the guard died, and another one took over: what happened in between */
        RECORD_EVASION,        /* a gated command runs with other arguments than it was let through with */
        RECORD_START,          /* what a manager started is suspicious, and not enough for an alert: record_alert.h */
        RECORD_ALERT,          /* ... and enough */
        RECORD_SUMMARY,        /* like records of one actor that were counted instead of written: record_summary.h */
        RECORD_KIND_COUNT_,
};

/* A stable name ("access") and a stable MESSAGE_ID (sd-id128, 32 hex digits) for each kind. */
const char *record_kind_name(enum record_kind kind);
const char *record_kind_message_id(enum record_kind kind);

#define ALERT_ID_MAX 20                /* 16 letters and digits and the NUL; rounded up */

/* Of what was removed and not kept: there was no room in quarantine. */
struct unkept {
        bool is;
        bool has_digest;               /* not of what is larger than a mebibyte */
        uint64_t size;
        struct digest digest;
        char *data;                    /* the contents, where they are short; or NULL */
        size_t data_size;
};

struct record {
        uint64_t time_usec;            /* CLOCK_REALTIME */
        enum record_kind kind;
        enum mode mode;
        bool decided;                  /* the fields down to rule hold */
        enum operation operation;
        enum outcome outcome;          /* what the policy says; in audit mode it was not done */
        enum place place;
        struct actor *actor;           /* owned reference, or NULL */
        char zone[POLICY_ID_MAX];      /* "" when not placed */
        char rule[POLICY_ID_MAX];
        char *path;                    /* owned; bytes, perhaps not UTF-8; NULL when none */
        char unit[256];
        char client[POLICY_ID_MAX];    /* access.h; "": none */
        struct {                       /* what was found under the path, when something was settled */
                bool known;
                uid_t uid;
                gid_t gid;
                mode_t mode;           /* permission bits */
                uint64_t mtime_usec, ctime_usec;
        } file;
        struct unkept unkept;          /* its data is owned */
        char *last_writer;             /* owned; actor_describe of who wrote it, where the actor is not known; or NULL */
        char *target;                  /* owned; of a symbolic link that was found, or is gone; NULL: none */
        struct digest before;          /* of the authorised contents; zero: none, or not known */
        bool attributes_only;          /* the contents are what they were */
        char *mount_source, *mount_type; /* owned; OPERATION_MOUNT: mount_table.h; otherwise NULL */
        char *meaning;                 /* owned; unit_meaning.h; NULL: none. Made by the recorder: record_meaning.h */
        char quarantine_id[QUARANTINE_ID_MAX]; /* "" when nothing was taken */
        char alert[ALERT_ID_MAX];      /* of the alert that this is, or that it follows; "": neither */
        struct record_alert *start;    /* owned; RECORD_START, RECORD_ALERT: record_alert.h; otherwise NULL */
        struct record_summary *summary; /* owned; RECORD_SUMMARY: record_summary.h; otherwise NULL */
        struct record_command *command; /* owned; a gated command's run: record_command.h; otherwise NULL */
        char *message;                 /* owned; one sentence for people, NULL: made from the fields */
        char *hint;                    /* owned; what to do next, NULL: made from the fields, or none needed */
};

struct record *record_new(enum record_kind kind);  /* time is now; NULL: no memory */

/* With all that was decided; the mode is left to the caller. Takes a reference on the actor. */
struct record *record_new_decided(enum record_kind kind, const struct policy *policy, const struct access *access,
                                  struct verdict verdict);
struct record *record_free(struct record *record); /* accepts NULL; returns NULL */

/* True for what somebody should look at: a denial, a quarantine, a problem. */
bool record_is_denial(const struct record *record);

/* What was tried was neither refused nor undone, and what was started not stopped. */
bool record_came_to_pass(const struct record *record);

/* ATT&CK technique from the place, the unit's type and the operation: "T1053.006" for timers, "T1543.002"
 * for services and the rest, "T1037.004" for sysv, "T1053.003" for cron; NULL for kinds that are not about an attack. */
const char *record_technique(const struct record *record);

/* ECS: {"@timestamp", "message", "event": {kind: "event" or "alert", category, type, action, outcome: "success" or
 * "failure" of what was tried, provider, code: MESSAGE_ID}, "log": {syslog: {severity: {code}}}, "process": {pid,
 * executable, parent: {pid, executable}}, "user": {id: effective, group: {id: effective}}, "file": {path, name, directory, target_path, uid, gid, mode, mtime, ctime,
 * and of what was not kept size, hash.sha256},
 * "rule": {name}, "threat": {technique: {id}} for denials, "host": {hostname}, "ecs": {version},
 * "unitward": {kind, mode, verdict, enforced, operation, zone, place, target_unit, actor_unit, actor_label,
 * actor_groups: supplementary, actor_manager: "system" (PID 1), "user" or null, actor_known, client, last_writer, login_uid: null when not from a login, session, ancestry: [{pid, executable, unit}],
 * quarantine_id, alert_id, meaning, mount_source, mount_type, hint, path_hex}}. What a record does not have is left out. Bytes that are not UTF-8 are written
 * as U+FFFD in file.path and exactly, as hex, in unitward.path_hex. The tables in record_fields.c,
 * record_subject.c, record_object.c, record_command.c, record_alert.c and record_summary.c are the schema, with the journal's names beside these. NULL: no memory. */
json_t *record_to_json(const struct record *record);

/* One readable line without a newline; colour adds SGR sequences. Control bytes are escaped as \xNN. */
int record_to_line(const struct record *record, bool colour, char **ret);

/* The same line from a JSON record (unitward events reads them back). */
int record_line_from_json(const json_t *json, bool colour, char **ret);

/* Where records go. Any may be off. */
struct record_sinks;
struct record_sinks_options {
        const char *json_path;         /* /var/log/unitward/events.jsonl, or NULL */
        bool journal;                  /* sd_journal_sendv; quiet when there is no journald */
        FILE *terminal;                /* stderr when run by hand, or NULL */
        bool colour;
};
int record_sinks_open(const struct record_sinks_options *options, struct record_sinks **ret); /* makes the log's directory 0750, the file 0640 */
struct record_sinks *record_sinks_close(struct record_sinks *sinks);
int record_sinks_reopen(struct record_sinks *sinks); /* SIGUSR1, after log rotation */

/* Writes to every sink; 0, or the first -errno after trying them all. */
int record_sinks_write(struct record_sinks *sinks, const struct record *record);
