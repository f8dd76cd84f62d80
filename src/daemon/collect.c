/* Golden copies that the ledger no longer names: the recorder looks once a day, so that it is known when each was
 * needed last, and lets go what was not for a month. */
#include "guard_internal.h"
#include "unitward/util.h"

#define DAY_USEC (24ull * 3600 * 1000000u)
#define FIRST_USEC (60u * 1000000u) /* after the start: there is more urgent work then */

struct needed {
        struct digest *digests;
        size_t n, room;
};

static int add(const struct ledger_entry *entry, void *userdata)
{
        struct needed *needed = userdata;

        if (entry->kind != ENTRY_FILE)
                return 0;
        if (needed->n == needed->room) {
                size_t room = needed->room ? 2 * needed->room : 256;
                struct digest *more = reallocarray(needed->digests, room, sizeof *more);

                if (!more)
                        return -ENOMEM;
                needed->digests = more;
                needed->room = room;
        }
        needed->digests[needed->n++] = entry->digest;
        return 0;
}

static int by_bytes(const void *a, const void *b)
{
        return memcmp(a, b, sizeof(struct digest));
}

int collect_copies(struct golden *golden, struct ledger *ledger)
{
        struct needed needed = { 0 };
        uint64_t now = now_realtime_usec();
        int r = ledger_each(ledger, add, &needed);

        if (r == 0 && needed.n > 0)
                qsort(needed.digests, needed.n, sizeof *needed.digests, by_bytes);
        if (r == 0)
                r = golden_collect(golden, needed.digests, needed.n,
                                   now > GOLDEN_UNUSED_USEC ? now - GOLDEN_UNUSED_USEC : 0, NULL);
        free(needed.digests);
        return r;
}

uint64_t collect_due_usec(struct guard *guard)
{
        if (!guard->collect_usec)
                guard->collect_usec = now_monotonic_usec() + FIRST_USEC;
        return guard->collect_usec;
}

/* Not while the ledger may name too little: when it was lost, or is behind. */
int collect_when_due(struct guard *guard)
{
        uint64_t now = now_monotonic_usec();

        if (now < collect_due_usec(guard))
                return 0;
        guard->collect_usec = now + DAY_USEC;
        if (__atomic_load_n(&guard->claims.unreviewed, __ATOMIC_RELAXED) || !STAILQ_EMPTY(&guard->backlog))
                return 0;
        return collect_copies(guard->settler.golden, guard->ledger);
}
