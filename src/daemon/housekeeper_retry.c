/* What could not be dealt with at once is looked at again, the more seldom the longer it lasts. */
#include "guard_internal.h"
#include "unitward/util.h"

#define RETRY_FIRST_SEC 1u
#define RETRY_LAST_SEC 60u

/* Not because of what was told: changes that are being told of meanwhile are left to their notes. */
static void look_around(struct guard *guard, const struct cause *nobody)
{
        guard->settler.patient = true;
        (void)territory_resolve(&guard->settler, nobody);
        settle_everything(&guard->settler, nobody);
        guard->settler.patient = false;
}

/* After a flood that there was no room for, looking at all of it lasts: then it is done the more seldom. */
#define RETRY_SHARE 20u

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
        uint64_t started = now_monotonic_usec(), least_sec;
        struct guard *guard = userdata;
        const struct cause cause = { .actor = NULL };

        (void)source;
        (void)usec;
        guard->settler.n_pending = 0;
        unsettled_try(guard);
        guard->settler.forced = true;
        look_around(guard, &cause);
        guard->settler.forced = false;
        least_sec = (now_monotonic_usec() - started) * RETRY_SHARE / 1000000u;
        if (least_sec > guard->retry_delay_sec)
                guard->retry_delay_sec = (unsigned)least_sec;
        if (guard->settler.n_pending)
                housekeeper_retry_later(guard);
        else
                guard->retry_delay_sec = RETRY_FIRST_SEC;
        return 0;
}

void housekeeper_retry_later(struct guard *guard)
{
        int enabled;

        if (guard->retry && sd_event_source_get_enabled(guard->retry, &enabled) >= 0 && enabled != SD_EVENT_OFF)
                return;
        guard->settler.n_pending = 0;
        if (guard->retry_delay_sec == 0)
                guard->retry_delay_sec = RETRY_FIRST_SEC;
        guard->retry = sd_event_source_unref(guard->retry);
        (void)sd_event_add_time_relative(guard->event, &guard->retry, CLOCK_MONOTONIC,
                                         (uint64_t)guard->retry_delay_sec * 1000000u, 0, on_retry, guard);
        if (guard->retry_delay_sec < RETRY_LAST_SEC)
                guard->retry_delay_sec *= 2;
}

void housekeeper_finish(struct guard *guard)
{
        const struct cause cause = { .actor = NULL };

        housekeeper_settle_notes(guard);
        if (guard->retry)
                look_around(guard, &cause);
        filer_work(guard, SIZE_MAX);
}
