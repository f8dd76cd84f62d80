/* What was set aside for a waiting manager becomes evidence (filing.h): some after each batch of notes, so that a flood
 * does not put it off for ever, and the rest when there is nothing else to do. */
#include "guard_internal.h"
#include "unitward/util.h"

#define FILINGS_WHEN_IDLE 4u
#define RETRY_USEC (1u * 1000000u)

static void complain(struct guard *guard, int error)
{
        struct settler *settler = &guard->settler;

        report_problem(
                settler, NULL,
                format("%zu things that were planted are out of the way, and cannot be written down as evidence: "
                       "%s",
                       settler->filings.n, strerror(-error)),
                format("make room: unitward quarantine list; unitward quarantine purge"));
}

void filer_work(struct guard *guard, size_t most)
{
        struct filings *filings = &guard->settler.filings;
        bool failed = filings->failed_usec != 0;
        int r;

        if (filings->n > 0 && most != SIZE_MAX && verdicts_counters(guard->verdicts).pending > 0 && !failed) {
                (void)sd_event_source_set_enabled(guard->filing_idle, SD_EVENT_ONESHOT);
                return; /* somebody waits for what is noticed next */
        }
        if (filings->n == 0 || (failed && most != SIZE_MAX && now_monotonic_usec() - filings->failed_usec < RETRY_USEC))
                return;
        r = filings_work(filings, guard->settler.quarantine, &guard->outbox, most);
        if (r < 0 && !failed)
                complain(guard, r);
        if (filings->n == 0)
                return;
        if (r < 0)
                (void)sd_event_source_set_time_relative(guard->filing_again, RETRY_USEC);
        (void)sd_event_source_set_enabled(r < 0 ? guard->filing_again : guard->filing_idle, SD_EVENT_ONESHOT);
}

static int on_idle(sd_event_source *source, void *userdata)
{
        (void)source;
        filer_work(userdata, FILINGS_WHEN_IDLE);
        return 0;
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata)
{
        (void)usec;
        return on_idle(source, userdata);
}

int filer_attach(struct guard *guard)
{
        int r = sd_event_add_defer(guard->event, &guard->filing_idle, on_idle, guard);

        if (r >= 0)
                r = sd_event_source_set_priority(guard->filing_idle, SD_EVENT_PRIORITY_IDLE);
        if (r >= 0)
                r = sd_event_add_time_relative(guard->event, &guard->filing_again, CLOCK_MONOTONIC, RETRY_USEC, 0,
                                               on_again, guard);
        return r < 0 ? r : 0;
}
