/* The lifeline: memory that the supervisor shares with its guards, and what a guard that dies leaves to the next.
 *
 * Openers in flight, what a manager may load, and the few numbers the supervisor needs to know whether the guard is alive.
 * Of fixed size, mapped before the first guard; nothing in it is a pointer. A guard that went mad may have written
 * anything here: whoever reads is bounded by the sizes below and asks the kernel for the rest. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "unitward/decided_mounts.h"
#include "unitward/inventory.h"
#include "unitward/known.h"
#include "unitward/policy.h"

#define LIFELINE_OPENERS_MAX 65536 /* event descriptors beyond are answered without being noted */
#define LIFELINE_BATCH 2048u       /* bytes of events that one read(2) takes */

/* A permission event that was read, and is not answered yet. */
struct opener {
        int fd;                /* the event's descriptor, in the table that supervisor and guard share */
        pid_t tid;
        bool access;           /* of the pre-content group, not of the permission group */
        bool truncates;        /* FAN_PRE_ACCESS: may be truncate(2) */
        bool goes_on;          /* FAN_PRE_ACCESS of a read or a write through a descriptor whose open was decided */
        bool executes;         /* FAN_OPEN_EXEC_PERM */
        bool gated;            /* of a gated command's program, or of what its dynamic linker opens */
        bool left;             /* read by the supervisor, and left to the guard */
        unsigned n_guards;     /* that had it and died, perhaps of it */
        uint64_t since_usec;   /* CLOCK_MONOTONIC: when it was read first */
        uint64_t due_usec;     /* likewise: not answered by then, the guard is stuck */
};

/* As it is read now; due_usec is left to the caller. */
struct opener opener_of(const struct fan_open *open, bool access);

/* How the last guard ended. */
struct outage {
        uint64_t died_usec;    /* CLOCK_MONOTONIC; 0: none has died */
        uint64_t n_deaths;
        int signal;            /* 0: it exited */
        bool overdue;          /* killed by the supervisor: an answer was overdue */
        uint64_t n_allowed, n_denied; /* answered by the supervisor since the last guard that served */
        uint64_t n_unsummed;   /* records that it had counted instead of writing them, and not told of in a summary */
};

struct lifeline;

struct lifeline *lifeline_new(void); /* NULL: no memory */
struct lifeline *lifeline_free(struct lifeline *lifeline);

/* ---- The guard's ------------------------------------------------------------------------------- */

/* What the policy says. enforces_until: CLOCK_BOOTTIME; after that, as in audit mode, everybody is let through.
 * deadman_ms: how long an answer may be overdue. */
void lifeline_configure(struct lifeline *lifeline, uint64_t enforces_until_usec, bool allows_on_crash,
                        unsigned deadman_ms);

/* The programs of service managers; more than LIFELINE_MANAGERS_MAX are ignored. */
#define LIFELINE_MANAGERS_MAX 32
void lifeline_set_managers(struct lifeline *lifeline, const struct file_id *exes, size_t n);

/* The programs of gated commands, former ones too: the next guard cannot know those, and their marks stay. */
#define LIFELINE_PROGRAMS_MAX 128u
struct gated_program {
        struct file_id id;
        char command[POLICY_ID_MAX];
};
void lifeline_set_programs(struct lifeline *lifeline, const struct gated_program *programs, size_t n);
size_t lifeline_programs(const struct lifeline *lifeline, struct gated_program ret[static LIFELINE_PROGRAMS_MAX]);

/* Runs of them that were let through, and not looked at again yet: the next guard does. More than LIFELINE_RUNS_MAX at once
 * are not noted. */
#define LIFELINE_RUNS_MAX 64u
void lifeline_note_run(struct lifeline *lifeline, pid_t pid);
void lifeline_forget_run(struct lifeline *lifeline, pid_t pid);
size_t lifeline_runs(const struct lifeline *lifeline, pid_t ret[static LIFELINE_RUNS_MAX]);

/* Where events of the group are read into, LIFELINE_BATCH bytes: a guard that is killed within read(2) leaves them there.
 * It comes cleared. An event is taken from where it begins in the buffer before anything is done for it. */
void *lifeline_buffer(struct lifeline *lifeline, bool access);
void lifeline_take(struct lifeline *lifeline, const struct opener *opener, size_t offset);
void lifeline_note(struct lifeline *lifeline, const struct opener *opener); /* one that was read elsewhere */
void lifeline_adopt(struct lifeline *lifeline, int fd, uint64_t due_usec); /* this guard's now, wherever it came from */
void lifeline_expect(struct lifeline *lifeline, int fd, uint64_t due_usec); /* it is held on purpose until then */
#define LIFELINE_IN_QUEUE UINT64_MAX /* due when it is its turn; while anybody is in the queue the beats go on */
void lifeline_set_queued(struct lifeline *lifeline, size_t n);
void lifeline_answered(struct lifeline *lifeline, int fd); /* after the reply, before close(2) */

/* A round of the verdict thread; the housekeeper's loop turns. */
void lifeline_beat(struct lifeline *lifeline);
void lifeline_pulse(struct lifeline *lifeline);

/* It decides from now on, and what a manager may load is complete. */
void lifeline_serve(struct lifeline *lifeline);

/* Records that are counted, and in no summary yet. The recorder's. */
void lifeline_set_unsummed(struct lifeline *lifeline, uint64_t n);

/* The files a manager may load, as this guard builds them up. */
struct known *lifeline_known(struct lifeline *lifeline);

/* The mounts that this guard has decided, over those of the one before. */
struct decided_mounts *lifeline_mounts(struct lifeline *lifeline);

/* True when a guard served before this one: openers may be in flight, and nobody expects to be let through. */
bool lifeline_is_inherited(const struct lifeline *lifeline);
struct outage lifeline_outage(const struct lifeline *lifeline);

/* ---- The supervisor's ----------------------------------------------------------------------- */

/* Before a guard starts; after one has ended. */
void lifeline_begin(struct lifeline *lifeline);
void lifeline_end(struct lifeline *lifeline, int signal, bool overdue);

/* Notes what the last read(2) left in the buffers; blame: any of the openers in flight may be what the guard died of. */
void lifeline_recover(struct lifeline *lifeline, bool blame);

/* The first opener in flight with a descriptor of at least fd: 1 and *ret; 0: none. */
int lifeline_next(const struct lifeline *lifeline, int fd, struct opener *ret);

/* He is in flight still, and it is he: a guard that lives may have answered him, and another has his number. */
bool lifeline_has(const struct lifeline *lifeline, const struct opener *opener);

bool lifeline_serves(const struct lifeline *lifeline);
bool lifeline_has_served(const struct lifeline *lifeline); /* any guard, ever */
size_t lifeline_queued(const struct lifeline *lifeline);
uint64_t lifeline_beats(const struct lifeline *lifeline);
uint64_t lifeline_pulse_usec(const struct lifeline *lifeline); /* of this guard; 0: none yet */
uint64_t lifeline_deadman_usec(const struct lifeline *lifeline);
bool lifeline_lets_through(const struct lifeline *lifeline);   /* audit mode, or on_crash = "allow" */
bool lifeline_knows(const struct lifeline *lifeline, const struct signature *signature);
bool lifeline_is_manager(const struct lifeline *lifeline, struct file_id exe);
bool lifeline_is_program(const struct lifeline *lifeline, struct file_id id); /* of a gated command */
void lifeline_stood_in(struct lifeline *lifeline, bool allowed);
