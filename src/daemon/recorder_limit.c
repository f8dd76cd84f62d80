/* The recorder: what is counted instead of written, and what was lost; both are told of. */
#include <inttypes.h>

#include "guard_internal.h"
#include "unitward/util.h"

#define TELL_DROPPED_USEC UINT64_C(10000000) /* not more often: records are lost by thousands */

void recorder_configure(struct guard *guard, const struct record_settings *settings)
{
        record_limit_set(guard->record_limit, settings->limit_burst, settings->limit_interval_usec);
        couriers_configure(&guard->couriers, settings);
}

bool recorder_counts(struct guard *guard, struct record *record)
{
        return record_limit_take(guard->record_limit, record, now_monotonic_usec());
}

static void tell_dropped(struct guard *guard, uint64_t now_usec)
{
        const uint64_t dropped = outbox_progress(&guard->outbox).dropped;
        struct record *record;

        if (dropped == guard->told_dropped || now_usec - guard->told_dropped_usec < TELL_DROPPED_USEC)
                return;
        record = record_new(RECORD_OVERFLOW);
        if (!record)
                return;
        record->mode = __atomic_load_n(&guard->mode_now, __ATOMIC_RELAXED);
        record->message = format("%" PRIu64 " records were lost: more than %u waited, or the daemon was being stopped",
                                 dropped - guard->told_dropped, OUTBOX_RECORDS_MAX);
        guard->told_dropped = dropped;
        guard->told_dropped_usec = now_usec;
        recorder_write(guard, record);
        record_free(record);
}

void recorder_sum_up(struct guard *guard, uint64_t now_usec)
{
        struct record *record;

        while ((record = record_limit_next(guard->record_limit, now_usec))) {
                recorder_write(guard, record);
                record_free(record);
        }
        lifeline_set_unsummed(guard->options.lifeline, record_limit_pending(guard->record_limit));
        tell_dropped(guard, now_usec);
}

uint64_t recorder_dropped_due_usec(struct guard *guard)
{
        return outbox_progress(&guard->outbox).dropped == guard->told_dropped
                       ? 0
                       : guard->told_dropped_usec + TELL_DROPPED_USEC;
}
