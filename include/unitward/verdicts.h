/* The verdict thread: reads the kernel's events, decides, replies, and hands notes and records on.
 *
 * It never opens a protected path for reading, never waits for anything but the groups, and replies
 * before it records. Managers that must wait for settling are held with a deadline. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "unitward/fan_group.h"
#include "unitward/inventory.h"
#include "unitward/lifeline.h"
#include "unitward/notes.h"
#include "unitward/outbox.h"
#include "unitward/policy.h"

/* How long openers waited for their answers, from when their events were read: WAITS_COUNT counters. The first is of waits
 * up to a microsecond, each next one of those up to twice as long, the last of all others. */
#define WAITS_COUNT 25u        /* the last but one: up to 8.4 seconds */

/* Read by any thread; written by this one (atomically). Each member is an uint64_t, or an array of them. */
struct verdict_counters {
        uint64_t allowed, denied, quarantined; /* decided by the policy */
        uint64_t passed;                       /* let through at once: reads of what is authorised, unprotected names */
        uint64_t held, timeouts, overflows, changes;
        uint64_t starved;               /* denied by the kernel: there was no descriptor for the question */
        uint64_t evasions;              /* gated commands that were not run as they were let through */
        uint64_t pending, pending_most; /* held now; at most so far */
        uint64_t waits[WAITS_COUNT], waited_usec; /* answered; all their waits together */
};

struct verdicts;

struct verdicts_options {
        const struct fan_groups *groups;
        struct lifeline *lifeline;
        int left_openers; /* eventfd, see guard.h */
        struct inventory *inventory;
        struct notes *notes;
        struct outbox *outbox;
};

/* Takes a reference on the policy. 0 or -errno. The thread is not started yet. */
int verdicts_new(const struct verdicts_options *options, struct policy *policy, struct verdicts **ret);
struct verdicts *verdicts_free(struct verdicts *verdicts);

int verdicts_start(struct verdicts *verdicts);
void verdicts_stop(struct verdicts *verdicts); /* answers what is held, ends the thread, joins it */

/* From now on, between two events, this one decides. */
void verdicts_set_policy(struct verdicts *verdicts, struct policy *policy);

/* Soon it looks again where the programs of gated commands are, and marks them and their directories. From any thread.
 */
void verdicts_look_at_programs(struct verdicts *verdicts);
uint64_t verdicts_unwatched_programs(struct verdicts *verdicts); /* that could not be marked; any thread */

/* A guard that took over from another leaves notifications in the kernel's queue, until the housekeeper knows the
 * directories they are about and calls this. On return those that were there are published. */
void verdicts_listen(struct verdicts *verdicts);

/* Runs of gated commands that are there are known as clients from verdicts_set_ready on. Looks through /proc; once,
 * before that. */
void verdicts_find_runs(struct verdicts *verdicts);

/* The first settling is done: from now on the load gate denies, and whoever a former guard left waiting is answered. */
void verdicts_set_ready(struct verdicts *verdicts);

/* As mode_enforced_until of mode.h has it: MODE_AS_POLICY, as at first, or until when. From any thread. */
void verdicts_enforce_until(struct verdicts *verdicts, uint64_t until);

/* The threads whose own opens of protected paths are let through. From any thread. Its number for a thread that ends
 * before the daemon does, and must give its trust back: another process's may get its id. -1: there is no room for it.
 */
int verdicts_trust_thread(struct verdicts *verdicts, pid_t tid);
void verdicts_distrust_thread(struct verdicts *verdicts, int slot);

/* Managers may not execute the program for this unit (of a user's manager) from now on, while it enforces. Everybody
 * else may. From any thread; not for ever, and not too many: refusals.h. */
void verdicts_refuse_program(struct verdicts *verdicts, const char *program, const char *unit, bool user);
void verdicts_refuse_no_longer(struct verdicts *verdicts, const char *unit); /* NULL: of any */

struct verdict_counters verdicts_counters(struct verdicts *verdicts);

/* Asks the thread for a sign of life; true when it has answered the question before. */
bool verdicts_alive(struct verdicts *verdicts);
