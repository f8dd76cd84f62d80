/* Openers that wait: a manager before a directory that is not settled, or before a file that is being
 * looked at. Each has a deadline; nobody waits for good. */
#include "reader.h"
#include "verdicts_internal.h"
#include "unitward/util.h"

/* However many guards he has seen die, no manager waits longer than this: PID 1 may be asked by everybody. */
#define LONGEST_USEC (900u * 1000u)

/* Between two looks at whoever is still on his way to sleep. */
#define LOOK_USEC (5u * 1000u)

static uint64_t earlier(uint64_t a, uint64_t b)
{
        return a < b ? a : b;
}

static uint64_t deadline_of(const struct verdicts *verdicts, const struct question *question, enum held_until until)
{
        const struct policy_settings *settings = policy_settings(verdicts->policy);
        uint64_t now = now_monotonic_usec();

        if (until == UNTIL_SEEN)
                return question->since_usec + (uint64_t)settings->other_deadline_ms * 1000u;
        if (until != UNTIL_SETTLED)
                return now + (uint64_t)settings->other_deadline_ms * 1000u;
        return earlier(now + (uint64_t)settings->manager_deadline_ms * 1000u, question->since_usec + LONGEST_USEC);
}

bool held_add(struct verdicts *verdicts, const struct question *question, enum held_until until)
{
        struct lifeline *lifeline = verdicts->options.lifeline;
        struct held *held;

        if (verdicts->n_held >= HELD_MAX)
                return false;
        held = malloc(sizeof *held);
        if (!held)
                return false;
        held->group = question->group;
        held->fd = question->fd;
        held->tid = question->tid;
        held->since_usec = question->since_usec;
        held->truncates = question->truncates;
        held->gated = question->gated;
        held->until = until;
        held->ticket = verdicts->behind ? TICKET_UNKNOWN : notes_noticed(verdicts->options.notes);
        held->deadline_usec = deadline_of(verdicts, question, until);
        held->look_usec = until == UNTIL_SEEN ? now_monotonic_usec() + LOOK_USEC : UINT64_MAX;
        lifeline_expect(lifeline, held->fd, held->deadline_usec + lifeline_deadman_usec(lifeline));
        TAILQ_INSERT_TAIL(&verdicts->held, held, next);
        verdicts->n_held++;
        verdicts_count(&verdicts->counters.held);
        if (verdicts->n_held > verdicts->counters.pending_most)
                __atomic_store_n(&verdicts->counters.pending_most, verdicts->n_held, __ATOMIC_RELAXED);
        __atomic_store_n(&verdicts->counters.pending, verdicts->n_held, __ATOMIC_RELAXED);
        return true;
}

static void release(struct verdicts *verdicts, struct held *held, bool late)
{
        TAILQ_REMOVE(&verdicts->held, held, next);
        verdicts->n_held--;
        __atomic_store_n(&verdicts->counters.pending, verdicts->n_held, __ATOMIC_RELAXED);
        opens_answer_held(verdicts, held, late);
        free(held);
}

static bool can_be_seen(const struct verdicts *verdicts, struct held *held, uint64_t now)
{
        if (now < held->look_usec)
                return false;
        held->look_usec = now + LOOK_USEC;
        return intent_can_be_seen(verdicts->intents, held->tid);
}

static bool is_over(const struct verdicts *verdicts, struct held *held, uint64_t settled, uint64_t now)
{
        switch (held->until) {
        case UNTIL_READ:
                return reader_has_read(verdicts->reader, (uint64_t)held->fd);
        case UNTIL_SEEN:
                return can_be_seen(verdicts, held, now);
        case UNTIL_SETTLED:
        case UNTIL_PROGRAMS:
                break;
        }
        return settled >= held->ticket;
}

void held_release(struct verdicts *verdicts)
{
        uint64_t settled = notes_settled(verdicts->options.notes), now;
        struct held *held, *following;

        if (TAILQ_EMPTY(&verdicts->held))
                return;
        now = now_monotonic_usec();
        for (held = TAILQ_FIRST(&verdicts->held); held; held = following) {
                following = TAILQ_NEXT(held, next);
                if (held->ticket == TICKET_UNKNOWN && !verdicts->behind)
                        held->ticket = notes_noticed(verdicts->options.notes);
                if (is_over(verdicts, held, settled, now))
                        release(verdicts, held, false);
                else if (now >= held->deadline_usec)
                        release(verdicts, held, true);
        }
}

void held_release_all(struct verdicts *verdicts)
{
        struct held *held;

        while ((held = TAILQ_FIRST(&verdicts->held)))
                release(verdicts, held, true);
}

uint64_t held_due_usec(const struct verdicts *verdicts)
{
        uint64_t due = UINT64_MAX;
        const struct held *held;

        TAILQ_FOREACH(held, &verdicts->held, next)
                due = earlier(due, earlier(held->deadline_usec, held->look_usec));
        return due;
}
