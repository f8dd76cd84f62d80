/* Between the parts of the guard: guard.c builds and runs it, housekeeper.c is its event loop, recorder.c
 * writes, reload.c exchanges policies, requests.c answers the control socket. */
#pragma once

#include <systemd/sd-event.h>

#include "unitward/capabilities.h"
#include "unitward/couriers.h"
#include "unitward/control.h"
#include "unitward/guard.h"
#include "unitward/ledger.h"
#include "unitward/managers.h"
#include "unitward/mode.h"
#include "unitward/notes.h"
#include "unitward/record.h"
#include "unitward/record_command.h"
#include "unitward/record_meaning.h"
#include "unitward/record_summary.h"
#include "unitward/settle.h"
#include "unitward/snapshots.h"
#include "unitward/tally.h"
#include "unitward/territory.h"
#include "unitward/verdicts.h"
#include "unitward/witness.h"

struct detection;
struct lookout;
struct mounts;
struct stopping;

struct guard {
        struct guard_options options;
        struct policy *policy;
        struct capabilities capabilities;
        struct fan_groups groups;
        struct witness witness;
        struct notes notes;
        struct outbox outbox;
        struct tally tally;            /* of what the recorder has written */
        struct settler settler;
        struct verdicts *verdicts;
        struct managers managers;      /* the housekeeper's own: verdicts has another */
        struct ledger *ledger;         /* the recorder's, once it runs */
        struct record_sinks *sinks;    /* the recorder's */
        struct meaning_sources meanings; /* the recorder's */
        struct terminal_manners manners; /* the recorder's */
        struct couriers couriers;      /* the recorder's, but for their counters */
        struct record_limit *record_limit; /* the recorder's, but for its counters */
        uint64_t told_dropped, told_dropped_usec; /* the recorder's: how many lost records have been told of, and when */
        struct snapshots *snapshots;   /* the recorder's */
        bool snapshots_failed;         /* the recorder's: they are still behind because of that */
        void *note_memory;             /* the log of notes lies there */
        struct note_log *note_log;     /* noticed, and not settled yet */
        bool note_log_lasts;           /* when this process is gone */
        struct pending *pending;       /* accepted, and not in the ledger yet */
        struct letter_list backlog;    /* the recorder's: for the ledger, until it is committed */
        uint64_t n_backlog;            /* atomic */
        uint64_t retry_ledger_usec;    /* the recorder's; CLOCK_MONOTONIC */
        uint64_t collect_usec;         /* the recorder's; CLOCK_MONOTONIC */
        bool ledger_failed;            /* atomic: the last commit failed */
        struct mode_claims claims;     /* which mode counts, and why */
        sd_event_source *trial;        /* when enforce mode ends unless it is confirmed */
        int state_lock;                /* one daemon for each state directory */
        sd_event *event;
        struct note_list unsettled;    /* unsettled.c */
        sd_event_source *retry;        /* looks again at what could not be dealt with */
        unsigned retry_delay_sec;
        struct mounts *mounts;         /* mounts.c */
        sd_event_source *pardon;       /* when the oldest condemned file is let go */
        sd_event_source *filing_idle, *filing_again; /* evidence of what was set aside */
        sd_event_source *work_ends;    /* when nobody allowed has been at work for a while */
        struct control *control, *boot_control;
        pthread_t recorder;
        bool recording;
        bool write_failed;             /* the recorder's: the last write failed, and it has been said */
        uint64_t started_usec, policy_loaded_usec; /* CLOCK_REALTIME, for people */
        uint64_t policy_generation;                /* how many policies this guard has put in force; 1: the first */
        uint64_t began_usec;           /* CLOCK_BOOTTIME */
        struct aftermath *aftermath;   /* what a gap left behind is being looked for; NULL: that is done */
        struct {                       /* what came of it */
                bool done, search_ended;
                unsigned n_held, n_asked, n_silent, n_loaded, n_stopped;
        } gap;
        enum mode mode_now;            /* atomic: what guard_mode said last */
        struct detection *detection;   /* the recorder's, but for its counters */
        struct lookout *lookout;       /* lookout.h */
        struct stopping *stopping;     /* stopping.h */
        bool is_service;               /* run by a service manager: stop.h */
        int exit_status;               /* when it is told to end */
        char *policy_error;            /* why the last reload was refused; NULL: it was not */
};

/* guard_state.c: opens all of it. Both explain on standard error; guard_refuse returns error. */
int guard_open_state(struct guard *guard);
int guard_open_ledger(struct guard *guard); /* guard_ledger.c */
int guard_refuse(const char *what, const char *path, int error, const char *advice);

struct quarantine_limits guard_quarantine_limits(const struct policy_settings *settings);

/* guard_start.c: marks and settles everything; the recorder runs afterwards. Explains on standard error. */
int guard_occupy(struct guard *guard);

/* guard_ledger.c: somebody has said what is authorised; what was lost with the ledger no longer matters. */
void guard_reviewed(struct guard *guard);

/* guard_mode.c: after each change of the claims: publish, so that everybody acts by them; then, when nothing else has
 * changed, settle what audit mode let pass. */
enum mode guard_mode(const struct guard *guard);
int guard_mode_open(struct guard *guard);
void guard_mode_publish(struct guard *guard);
void guard_mode_settle(struct guard *guard, enum mode before);
bool guard_mode_follow(struct guard *guard); /* the policy is another; true: what was said before has ended */
void guard_mode_expire(struct guard *guard); /* if it is time */
char *guard_snapshot_headers(const struct guard *guard); /* NULL: no memory */

/* What an administrator says. -errno: it could not be written down; one that enforces does not count then. */
int guard_mode_override(struct guard *guard, const struct mode_override *override);

/* recorder.c */
int recorder_start(struct guard *guard);
void recorder_deliver(struct guard *guard); /* before that: what was posted, which is at least something */
void recorder_stop(struct guard *guard); /* after everything posted is written */

/* recorder_limit.c: on the recorder. What the policy says of records; takes one that is only counted (true: it is no longer
 * the caller's); tells of what was counted and is due, of records that were lost, or (UINT64_MAX) of all. */
void recorder_configure(struct guard *guard, const struct record_settings *settings);
bool recorder_counts(struct guard *guard, struct record *record);
void recorder_sum_up(struct guard *guard, uint64_t now_usec);
uint64_t recorder_dropped_due_usec(struct guard *guard); /* when lost ones are to be told of: CLOCK_MONOTONIC; 0: not */

/* On the recorder: at once, before what comes next. The record stays the caller's. */
void recorder_write(struct guard *guard, const struct record *record);

/* detection.c: what managers start, together with what was changed. On the recorder, in order; the rest from any thread. */
struct detection_counters {
        uint64_t alerts, unsaid, refused, stopped; /* atomic */
};
int detection_new(struct guard *guard, struct detection **ret); /* 0 or -ENOMEM */
struct detection *detection_free(struct detection *detection);  /* accepts NULL; returns NULL */
/* NULL for the first two: nothing is judged. */
void detection_record(struct detection *detection, struct record *record);
void detection_settled(struct detection *detection, const char *path); /* it is authorised as it is now, in full */
void detection_start(struct detection *detection, struct start *start);
void detection_set_policy(struct detection *detection, struct policy *policy);
void detection_count_stopped(struct detection *detection);
struct detection_counters detection_counters(const struct detection *detection);

/* backlog.c: the recorder's */
void backlog_add(struct guard *guard, struct letter *letter);
int backlog_write(struct guard *guard, const char **ret_what); /* 0, or what stands in the way of which: all is kept */
void backlog_drop(struct guard *guard);

/* collect.c: the recorder's */
uint64_t collect_due_usec(struct guard *guard);
int collect_when_due(struct guard *guard);
int collect_copies(struct golden *golden, struct ledger *ledger);

/* housekeeper.c */
int housekeeper_attach(struct guard *guard);
void housekeeper_settle_notes(struct guard *guard);
/* 0, or -errno: it is as it was, by all that is known. */
int housekeeper_settle_change(struct guard *guard, const struct note *note, bool *resolve, struct cause *resolve_cause);
void housekeeper_retry_later(struct guard *guard);
void housekeeper_finish(struct guard *guard); /* before the end: nothing is left for later */

/* unsettled.c: takes the note out of that list; tries all of them again */
void unsettled_keep(struct guard *guard, struct note_list *from, struct note *note, int error);
void unsettled_try(struct guard *guard);
void unsettled_drop(struct guard *guard);

/* stop.c: what ends the loop. stop_soon: once who asked has his answer; restart: the manager starts it again. */
int stop_on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata);
int stop_soon(struct guard *guard, bool restart);

/* leftovers.c: what the last guard had noticed; before anything is settled as nobody's. 1: there was something, and the
 * territory is marked; 0: there was nothing; -errno. */
int leftovers_settle(struct guard *guard);

/* aftermath.c: who holds protected files, what managers have loaded; once the daemon is ready. */
int aftermath_attach(struct guard *guard);
struct aftermath *aftermath_free(struct aftermath *aftermath); /* accepts NULL; returns NULL; waits a second at most */

/* mounts.c: mounts over what is protected, from before the first walk on; what was noted of one; after the other notes */
int mounts_begin(struct guard *guard);
void mounts_note(struct guard *guard, const struct note *note);
void mounts_settle(struct guard *guard);
void mounts_end(struct guard *guard); /* also when it never began */

/* pardon.c: condemned files are let go in time */
int pardon_attach(struct guard *guard);

/* filer.c: evidence of what was set aside; SIZE_MAX: all of it, though the last one failed */
#define FILINGS_PER_BATCH 2u
int filer_attach(struct guard *guard);
void filer_work(struct guard *guard, size_t most);

/* own_policy.c: the policy's own files, where a zone protects them. own_policy_load: by load, but not what a stranger has
 * slipped in; -EAGAIN: he goes on with it. */
int own_policy_init(struct guard *guard);
bool own_policy_is_guarded(struct guard *guard);
void own_policy_settle(struct guard *guard);
int own_policy_load(struct guard *guard, int (*load)(struct guard *guard, struct policy **ret, char **ret_why),
                    struct policy **ret, char **ret_why);

/* reload.c: 0; -errno with the reasons in *ret_why (caller frees). The old policy stays in force then. */
int guard_reload(struct guard *guard, char **ret_why);

/* new_places.c: what is there where only the new policy protects anything, for people. *ret: caller frees; NULL: nothing is.
 * 0 or -ENOMEM. */
int new_places(const struct policy *before, const struct policy *after, char **ret);

char *policy_report_text(const struct policy_report *report);

/* The same programs by new inodes: no record, no settling. */
void guard_refresh_programs(struct guard *guard);

/* requests.c */
extern const struct control_command guard_commands[];

/* requests_boot.c: for everybody */
extern const struct control_command guard_boot_commands[];

/* guard.c */
void guard_record(struct guard *guard, enum record_kind kind, char *message, char *hint); /* takes both */
const struct managers *guard_managers(struct guard *guard); /* as of now; the housekeeper's */
