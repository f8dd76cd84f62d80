/* Condemned files are let go when their time has come. Both verdicts and settling condemn, and neither has an event
 * loop to say so: after whatever the housekeeper did it looks whether there are any. */
#include "guard_internal.h"
#include "unitward/condemn.h"

static int on_pardon(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct guard *guard = userdata;

        (void)source;
        (void)usec;
        condemn_pardon(&guard->groups, &guard->settler.inventory);
        return 0;
}

static int on_anything(sd_event_source *source, void *userdata)
{
        struct guard *guard = userdata;
        uint64_t usec = inventory_pardon_usec(&guard->settler.inventory);
        int r;

        (void)source;
        if (usec == 0)
                return 0;
        r = sd_event_source_set_time(guard->pardon, usec);
        return r < 0 ? r : sd_event_source_set_enabled(guard->pardon, SD_EVENT_ONESHOT);
}

int pardon_attach(struct guard *guard)
{
        int r;

        /* For what was condemned at the start. */
        r = sd_event_add_time_relative(guard->event, &guard->pardon, CLOCK_MONOTONIC, CONDEMNED_USEC, 0, on_pardon,
                                       guard);
        return r < 0 ? r : sd_event_add_post(guard->event, NULL, on_anything, guard);
}
