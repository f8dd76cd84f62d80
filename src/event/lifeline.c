#include <sys/mman.h>

#include "lifeline_internal.h"
#include "unitward/util.h"

enum {
        OPENER_ACCESS = 1 << 0,
        OPENER_TRUNCATES = 1 << 1,
        OPENER_GOES_ON = 1 << 2,
        OPENER_EXECUTES = 1 << 3,
        OPENER_LEFT = 1 << 4,
        OPENER_GATED = 1 << 5
};

#define DEADMAN_DEFAULT_USEC (500u * 1000u)

struct lifeline *lifeline_new(void)
{
        struct lifeline *lifeline =
                mmap(NULL, sizeof *lifeline, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (lifeline == MAP_FAILED)
                return NULL;
        lifeline->deadman_usec = DEADMAN_DEFAULT_USEC;
        decided_mounts_clear(&lifeline->mounts);
        lifeline->enforces_until_usec = UINT64_MAX;
        known_clear(&lifeline->known[0]);
        known_clear(&lifeline->known[1]);
        return lifeline;
}

struct lifeline *lifeline_free(struct lifeline *lifeline)
{
        if (lifeline)
                (void)munmap(lifeline, sizeof *lifeline);
        return NULL;
}

struct opener opener_of(const struct fan_open *open, bool access)
{
        bool before_access = open->mask & FAN_PRE_ACCESS;

        return (struct opener){ .fd = open->fd,
                                .tid = open->tid,
                                .access = access,
                                .truncates = before_access && !open->has_length,
                                .goes_on = before_access && open->has_length,
                                .executes = (open->mask & FAN_OPEN_EXEC_PERM) != 0,
                                .gated = access && !before_access,
                                .since_usec = now_monotonic_usec() };
}

/* ---- The guard's -------------------------------------------------------------------------------- */

void lifeline_configure(struct lifeline *lifeline, uint64_t enforces_until_usec, bool allows_on_crash,
                        unsigned deadman_ms)
{
        __atomic_store_n(&lifeline->enforces_until_usec, enforces_until_usec, __ATOMIC_RELAXED);
        __atomic_store_n(&lifeline->allows_on_crash, allows_on_crash, __ATOMIC_RELAXED);
        __atomic_store_n(&lifeline->deadman_usec, (uint64_t)deadman_ms * 1000u, __ATOMIC_RELAXED);
}

void *lifeline_buffer(struct lifeline *lifeline, bool access)
{
        return memset(lifeline->buffers[access ? GROUP_ACCESS : GROUP_PERMISSION], 0, LIFELINE_BATCH);
}

void lifeline_take(struct lifeline *lifeline, const struct opener *opener, size_t offset)
{
        static const uint64_t taken = 0;

        lifeline_note(lifeline, opener);
        memcpy(&lifeline->buffers[opener->access ? GROUP_ACCESS : GROUP_PERMISSION]
                                 [offset + offsetof(struct fanotify_event_metadata, mask)],
               &taken, sizeof taken);
}

static struct slot *slot_of(struct lifeline *lifeline, int fd)
{
        return fd >= 0 && fd < LIFELINE_OPENERS_MAX ? &lifeline->slots[fd] : NULL;
}

void lifeline_note(struct lifeline *lifeline, const struct opener *opener)
{
        struct slot *slot = slot_of(lifeline, opener->fd);

        if (!slot)
                return;
        slot->since_usec = opener->since_usec;
        slot->tid = opener->tid;
        slot->flags = (uint16_t)((opener->access ? OPENER_ACCESS : 0) | (opener->truncates ? OPENER_TRUNCATES : 0) |
                                 (opener->goes_on ? OPENER_GOES_ON : 0) | (opener->executes ? OPENER_EXECUTES : 0) |
                                 (opener->left ? OPENER_LEFT : 0) | (opener->gated ? OPENER_GATED : 0));
        slot->n_guards = 0;
        if (opener->fd > __atomic_load_n(&lifeline->last_fd, __ATOMIC_RELAXED))
                __atomic_store_n(&lifeline->last_fd, opener->fd, __ATOMIC_RELAXED);
        __atomic_store_n(&slot->due_usec, opener->due_usec, __ATOMIC_RELEASE);
}

void lifeline_adopt(struct lifeline *lifeline, int fd, uint64_t due_usec)
{
        struct slot *slot = slot_of(lifeline, fd);

        if (slot)
                slot->flags &= (uint16_t)~OPENER_LEFT;
        lifeline_expect(lifeline, fd, due_usec);
}

void lifeline_expect(struct lifeline *lifeline, int fd, uint64_t due_usec)
{
        struct slot *slot = slot_of(lifeline, fd);

        if (slot)
                __atomic_store_n(&slot->due_usec, due_usec, __ATOMIC_RELEASE);
}

void lifeline_answered(struct lifeline *lifeline, int fd)
{
        lifeline_expect(lifeline, fd, 0);
}

void lifeline_set_queued(struct lifeline *lifeline, size_t n)
{
        __atomic_store_n(&lifeline->n_queued, n, __ATOMIC_RELAXED);
}

void lifeline_beat(struct lifeline *lifeline)
{
        (void)__atomic_add_fetch(&lifeline->beats, 1, __ATOMIC_RELAXED);
}

void lifeline_pulse(struct lifeline *lifeline)
{
        __atomic_store_n(&lifeline->pulse_usec, now_monotonic_usec(), __ATOMIC_RELAXED);
}

static uint32_t known_now(const struct lifeline *lifeline)
{
        return __atomic_load_n(&lifeline->known_now, __ATOMIC_ACQUIRE) & 1u;
}

/* A guard that took over from another builds up its own, while what the other knew still counts. */
struct known *lifeline_known(struct lifeline *lifeline)
{
        bool builds = lifeline_is_inherited(lifeline) && !lifeline_serves(lifeline);

        return &lifeline->known[known_now(lifeline) ^ (builds ? 1u : 0u)];
}

void lifeline_serve(struct lifeline *lifeline)
{
        if (lifeline_is_inherited(lifeline)) {
                known_clear(&lifeline->known[known_now(lifeline)]);
                __atomic_store_n(&lifeline->known_now, known_now(lifeline) ^ 1u, __ATOMIC_RELEASE);
        }
        __atomic_store_n(&lifeline->has_served, true, __ATOMIC_RELEASE);
        __atomic_store_n(&lifeline->serves, true, __ATOMIC_RELEASE);
}

bool lifeline_is_inherited(const struct lifeline *lifeline)
{
        return lifeline->outage.n_deaths > 0 && lifeline_has_served(lifeline);
}

struct decided_mounts *lifeline_mounts(struct lifeline *lifeline)
{
        return &lifeline->mounts;
}

/* A guard's own verdict thread may stand in as well: for whom it has no descriptor left. */
struct outage lifeline_outage(const struct lifeline *lifeline)
{
        const struct outage *outage = &lifeline->outage;

        return (struct outage){ .n_deaths = outage->n_deaths,
                                .died_usec = outage->died_usec,
                                .signal = outage->signal,
                                .overdue = outage->overdue,
                                .n_allowed = __atomic_load_n(&outage->n_allowed, __ATOMIC_RELAXED),
                                .n_denied = __atomic_load_n(&outage->n_denied, __ATOMIC_RELAXED),
                                .n_unsummed = outage->n_unsummed };
}

/* ---- The supervisor's ---------------------------------------------------------------------------- */

void lifeline_begin(struct lifeline *lifeline)
{
        __atomic_store_n(&lifeline->serves, false, __ATOMIC_RELEASE);
        __atomic_store_n(&lifeline->pulse_usec, 0, __ATOMIC_RELAXED);
        lifeline_set_queued(lifeline, 0);
        known_clear(lifeline_known(lifeline));
}

void lifeline_end(struct lifeline *lifeline, int signal, bool overdue)
{
        struct outage *outage = &lifeline->outage;

        if (lifeline_serves(lifeline)) {
                outage->n_allowed = outage->n_denied = outage->n_unsummed = 0;
                outage->died_usec = now_monotonic_usec();
                outage->signal = signal;
                outage->overdue = overdue;
        }
        outage->n_unsummed += __atomic_exchange_n(&lifeline->unsummed, 0, __ATOMIC_RELAXED);
        outage->n_deaths++;
        __atomic_store_n(&lifeline->serves, false, __ATOMIC_RELEASE);
}

/* What follows the last event is zero, which is no event. */
static void recover(struct lifeline *lifeline, bool access)
{
        const unsigned char *buffer = lifeline->buffers[access ? GROUP_ACCESS : GROUP_PERMISSION];
        size_t offset = 0, at = 0;
        struct fan_open open;

        for (; fan_open_next(buffer, LIFELINE_BATCH, &offset, &open) > 0; at = offset) {
                struct opener opener = opener_of(&open, access);

                opener.due_usec = opener.since_usec;
                if (open.mask && open.fd >= 0)
                        lifeline_take(lifeline, &opener, at);
        }
}

void lifeline_recover(struct lifeline *lifeline, bool blame)
{
        struct opener opener;

        recover(lifeline, false);
        recover(lifeline, true);
        for (int fd = 0; blame && lifeline_next(lifeline, fd, &opener); fd = opener.fd + 1)
                lifeline->slots[opener.fd].n_guards++;
}

int lifeline_next(const struct lifeline *lifeline, int fd, struct opener *ret)
{
        int last = __atomic_load_n(&lifeline->last_fd, __ATOMIC_RELAXED);

        for (fd = fd < 0 ? 0 : fd; fd <= last && fd < LIFELINE_OPENERS_MAX; fd++) {
                const struct slot *slot = &lifeline->slots[fd];
                uint64_t due_usec = __atomic_load_n(&slot->due_usec, __ATOMIC_ACQUIRE);

                if (due_usec == 0)
                        continue;
                *ret = (struct opener){ .fd = fd,
                                        .tid = slot->tid,
                                        .access = slot->flags & OPENER_ACCESS,
                                        .truncates = slot->flags & OPENER_TRUNCATES,
                                        .goes_on = slot->flags & OPENER_GOES_ON,
                                        .executes = slot->flags & OPENER_EXECUTES,
                                        .left = slot->flags & OPENER_LEFT,
                                        .gated = slot->flags & OPENER_GATED,
                                        .n_guards = slot->n_guards,
                                        .since_usec = slot->since_usec,
                                        .due_usec = due_usec };
                return 1;
        }
        return 0;
}

bool lifeline_has(const struct lifeline *lifeline, const struct opener *opener)
{
        struct opener now;

        return lifeline_next(lifeline, opener->fd, &now) && now.fd == opener->fd && now.tid == opener->tid &&
               now.since_usec == opener->since_usec;
}

bool lifeline_serves(const struct lifeline *lifeline)
{
        return __atomic_load_n(&lifeline->serves, __ATOMIC_ACQUIRE);
}

bool lifeline_has_served(const struct lifeline *lifeline)
{
        return __atomic_load_n(&lifeline->has_served, __ATOMIC_ACQUIRE);
}

size_t lifeline_queued(const struct lifeline *lifeline)
{
        return __atomic_load_n(&lifeline->n_queued, __ATOMIC_RELAXED);
}

uint64_t lifeline_beats(const struct lifeline *lifeline)
{
        return __atomic_load_n(&lifeline->beats, __ATOMIC_RELAXED);
}

uint64_t lifeline_pulse_usec(const struct lifeline *lifeline)
{
        return __atomic_load_n(&lifeline->pulse_usec, __ATOMIC_RELAXED);
}

uint64_t lifeline_deadman_usec(const struct lifeline *lifeline)
{
        return __atomic_load_n(&lifeline->deadman_usec, __ATOMIC_RELAXED);
}

bool lifeline_lets_through(const struct lifeline *lifeline)
{
        return now_boottime_usec() >= __atomic_load_n(&lifeline->enforces_until_usec, __ATOMIC_RELAXED) ||
               __atomic_load_n(&lifeline->allows_on_crash, __ATOMIC_RELAXED);
}

bool lifeline_knows(const struct lifeline *lifeline, const struct signature *signature)
{
        return known_has(&lifeline->known[0], signature) || known_has(&lifeline->known[1], signature);
}

void lifeline_set_unsummed(struct lifeline *lifeline, uint64_t n)
{
        __atomic_store_n(&lifeline->unsummed, n, __ATOMIC_RELAXED);
}

void lifeline_stood_in(struct lifeline *lifeline, bool allowed)
{
        uint64_t *counter = allowed ? &lifeline->outage.n_allowed : &lifeline->outage.n_denied;

        (void)__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}
