/* What other threads ask of the verdict thread. */
#include <limits.h>

#include "programs.h"
#include "verdicts_internal.h"
#include "unitward/util.h"

void verdicts_set_policy(struct verdicts *verdicts, struct policy *policy)
{
        policy_unref(__atomic_exchange_n(&verdicts->incoming, policy_ref(policy), __ATOMIC_ACQ_REL));
        event_wake(verdicts->wake);
}

void verdicts_look_at_programs(struct verdicts *verdicts)
{
        __atomic_store_n(&verdicts->asked_to_look, true, __ATOMIC_RELEASE);
        event_wake(verdicts->wake);
}

uint64_t verdicts_unwatched_programs(struct verdicts *verdicts)
{
        return programs_unwatched(verdicts->programs);
}

void verdicts_listen(struct verdicts *verdicts)
{
        uint64_t n;

        if (verdicts->caught_up < 0)
                return;
        __atomic_store_n(&verdicts->asked_to_listen, true, __ATOMIC_RELEASE);
        event_wake(verdicts->wake);
        while (read(verdicts->caught_up, &n, sizeof n) < 0 && errno == EINTR)
                ; /* waits for it: it is not O_NONBLOCK */
        close_pointer(&verdicts->caught_up);
        verdicts->caught_up = -1;
}

void verdicts_set_ready(struct verdicts *verdicts)
{
        __atomic_store_n(&verdicts->ready, true, __ATOMIC_RELEASE);
        event_wake(verdicts->wake);
}

void verdicts_enforce_until(struct verdicts *verdicts, uint64_t until)
{
        __atomic_store_n(&verdicts->enforce_until, until, __ATOMIC_RELAXED);
        event_wake(verdicts->wake); /* the supervisor hears of it */
}

int verdicts_trust_thread(struct verdicts *verdicts, pid_t tid)
{
        size_t slot = __atomic_fetch_add(&verdicts->n_trusted, 1, __ATOMIC_RELAXED);

        if (slot >= TRUSTED_MAX)
                return -1;
        __atomic_store_n(&verdicts->trusted[slot], tid, __ATOMIC_RELEASE);
        return (int)slot;
}

void verdicts_distrust_thread(struct verdicts *verdicts, int slot)
{
        if (slot >= 0)
                __atomic_store_n(&verdicts->trusted[slot], 0, __ATOMIC_RELEASE);
}

void verdicts_refuse_program(struct verdicts *verdicts, const char *program, const char *unit, bool user)
{
        refusals_add(&verdicts->refusals, verdicts->options.groups, program, unit, user);
}

void verdicts_refuse_no_longer(struct verdicts *verdicts, const char *unit)
{
        refusals_forget(&verdicts->refusals, unit);
}

struct verdict_counters verdicts_counters(struct verdicts *verdicts)
{
        struct verdict_counters copy;
        uint64_t *to = (uint64_t *)&copy, *from = (uint64_t *)&verdicts->counters;

        for (size_t i = 0; i < sizeof copy / sizeof *to; i++)
                to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
        return copy;
}

bool verdicts_alive(struct verdicts *verdicts)
{
        uint64_t asked = __atomic_load_n(&verdicts->asked, __ATOMIC_ACQUIRE);
        bool alive = __atomic_load_n(&verdicts->answered, __ATOMIC_ACQUIRE) == asked;

        __atomic_store_n(&verdicts->asked, asked + 1, __ATOMIC_RELEASE);
        event_wake(verdicts->wake);
        return alive;
}
