/* Detection (ATT&CK DET0231, AN0645): how suspicious is what a manager starts? Facts in, a score with its reasons out.
 * No I/O: the daemon gathers the facts, and does what the outcome says.
 *
 * Each fact that counts is a reason: a bit, with an id for machines, words for people and a weight, all in one table
 * (detect_table.c). The score is the sum of the weights, of related reasons the heaviest alone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "unitward/unit_name.h"

/* What the policy says: "detection". The lists belong to the policy. */
enum detect_parent {
        DETECT_PARENT_SYSTEM = 1 << 0, /* PID 1 */
        DETECT_PARENT_USER   = 1 << 1, /* a user's manager */
};

enum detect_users {
        DETECT_USERS_ANY,
        DETECT_USERS_SYSTEM,   /* root and uids below 1000 */
        DETECT_USERS_ROOT,
};

struct detect_settings {
        bool enabled;
        uint64_t window_usec;              /* how long a change counts: the correlation window */
        uint64_t timer_interval_usec;      /* TimerIntervalThreshold: what runs more often than that */
        unsigned parents;                  /* ParentProcessID: whose children are judged, bits of enum detect_parent */
        enum detect_users users;           /* UserContext: as whom a program must run to be judged */
        size_t n_creation_paths;           /* TimerCreationPath: where changes count; none: everywhere. glob_match_path */
        char **creation_paths;
        size_t n_ignored;                  /* units that are never judged. glob_match */
        char **ignored;
        unsigned record_score, alert_score, deny_score, stop_score; /* from this score on; 0: never */
};

/* Who made a change, as far as that explains it. */
enum detect_author {
        DETECT_AUTHOR_NONE,    /* nobody knows, or nobody was watching */
        DETECT_AUTHOR_REFUSED, /* somebody whom the policy refuses it: audit mode, or it came while nobody watched */
        DETECT_AUTHOR_ALLOWED, /* a rule allows it, an administrator has approved it, the policy lists it */
        DETECT_AUTHOR_PACKAGE, /* a package manager or what it runs; or the file is what its package shipped */
        DETECT_AUTHOR_COUNT_,
};

const char *detect_author_name(enum detect_author author); /* "unknown", "refused", "allowed", "package" */

/* The last change of something. */
struct detect_change {
        bool happened;         /* false: as long as anybody knows it has been as it is */
        bool created;          /* it was not there before */
        uint64_t age_usec;     /* how long ago; UINT64_MAX: not known */
        enum detect_author author;
        const char *path;      /* what was changed; NULL: not known */
};

/* What a unit's files say: gathered once whenever one of them changes, then kept. Start from zero, and add the unit,
 * its drop-ins, its timer and the timer's drop-ins in any order. */
struct detect_contents {
        uint64_t reasons;
        uint64_t interval_usec; /* how often a timer fires when it does most often; 0: no timer, or only once */
};

/* unit: "x.service" or "x.timer", whose text (or whose drop-in's) it is. user: a unit of user managers. Bounded by
 * UNIT_FILE_MAX; allocates. -ENOMEM: nothing was added. */
int detect_contents_add(struct detect_contents *contents, const char *unit, const char *text, size_t size, bool user);

/* The unit that something was started for. */
struct detect_unit {
        const char *name;      /* "evil.service", from the cgroup; "" when none */
        const char *path;      /* of its file; NULL: none, or not known */
        bool user;             /* a user manager's */
        bool transient;        /* made through the bus, in transient/ */
        bool owned;            /* its file belongs to a package, and is what that shipped */
        bool unauthorised;     /* the file, a drop-in, a link or its timer is not authorised as it is now */
        bool loaded_unseen;    /* ... and a manager had it loaded before this daemon was up */
        struct detect_change file, drop_in, trigger; /* trigger: its timer, path or socket unit, or that one's drop-in */
        struct detect_contents contents;
};

/* What was started. */
struct detect_start {
        enum detect_parent parent;
        pid_t parent_pid, pid;
        uid_t uid;             /* effective, of the program */
        const char *program;   /* /proc/PID/exe as the kernel prints it, " (deleted)" included; NULL: not known */
        const char *arguments; /* each with its NUL, as in /proc/PID/cmdline; NULL: not known */
        size_t arguments_size;
        bool deleted;          /* no name leads to the program's inode (st_nlink 0) */
        bool memfd;            /* ... and there never was one */
        bool writable;         /* the program, or a directory above it, may be written by others than root and this uid */
        bool temporary;        /* it lies on a file system that a boot empties (tmpfs, ramfs) other than /run/systemd */
        bool package_unknown;  /* no package owns the program; false too where nobody has looked */
        bool package_differs;  /* a package owns it, and shipped something else */
        bool not_named;        /* its unit's Exec settings, as they are on the disk now, name no such program */
        struct detect_change program_change;
};

/* In the order of weight; detect_outcome_of: what a score is worth. DENY: the program is not to be executed (where it
 * already is, STOP's half is not done for that). STOP: that, and its unit is stopped. Both only while enforcing; an
 * alert is told of either way. */
enum detect_outcome {
        DETECT_NOTHING,
        DETECT_RECORD,
        DETECT_ALERT,
        DETECT_DENY,
        DETECT_STOP,
        DETECT_OUTCOME_COUNT_,
};

enum detect_severity { DETECT_LOW, DETECT_MEDIUM, DETECT_HIGH, DETECT_CRITICAL };

const char *detect_outcome_name(enum detect_outcome outcome); /* "nothing", "record", "alert", "deny", "stop" */
const char *detect_severity_name(enum detect_severity severity);

struct detect_result {
        unsigned score;
        enum detect_severity severity;
        enum detect_outcome outcome;
        uint64_t reasons;      /* all that were found, those that a heavier one outdoes too */
};

/* What the process itself shows: the program's path, its arguments. Allocates, bounded by arguments_size. */
uint64_t detect_process(const struct detect_start *start);

/* The decision, with detect_process's reasons in process. Pure, allocates nothing, bounded: fit for the verdict path, where
 * process may be what it was the last time that this unit started this program, or 0. */
void detect_judge(const struct detect_settings *settings, const struct detect_start *start, const struct detect_unit *unit,
                  uint64_t process, struct detect_result *ret);

/* The table: reasons are numbered from 0, reason n is bit n. */
#define DETECT_REASONS_MAX 64
size_t detect_n_reasons(void);
const char *detect_reason_id(size_t reason);    /* "unit-unauthorised" */
const char *detect_reason_text(size_t reason);  /* "nothing authorises its unit as it is" */
unsigned detect_reason_weight(size_t reason);

/* "id, id, ..." and "words; words; ...", the heaviest first. Caller frees; NULL: no memory. */
char *detect_reasons_text(uint64_t reasons);

/* Fills in what counts when the policy says nothing. */
void detect_settings_default(struct detect_settings *settings);
