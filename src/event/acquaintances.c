#include "unitward/acquaintances.h"
#include "unitward/managers.h"
#include "unitward/util.h"

#define PARENTS_MAX 64u

struct acquaintances {
        struct {
                struct actor *actor;
                uint64_t met_usec;
        } slots[ACQUAINTANCES_MAX];
        struct {
                struct actor *child; /* whose ancestors were looked at, not taken from another one's */
                uint64_t met_usec;
        } parents[PARENTS_MAX];
        uint64_t late_usec;
};

struct acquaintances *acquaintances_new(void)
{
        return calloc(1, sizeof(struct acquaintances));
}

struct acquaintances *acquaintances_free(struct acquaintances *acquaintances)
{
        if (!acquaintances)
                return NULL;
        for (size_t i = 0; i < ACQUAINTANCES_MAX; i++)
                actor_unref(acquaintances->slots[i].actor);
        for (size_t i = 0; i < PARENTS_MAX; i++)
                actor_unref(acquaintances->parents[i].child);
        free(acquaintances);
        return NULL;
}

static struct actor *recall(const struct acquaintances *acquaintances, pid_t pid)
{
        size_t slot = (size_t)pid % ACQUAINTANCES_MAX;
        struct actor *actor = acquaintances->slots[slot].actor;

        if (pid <= 0 || !actor || actor->pid != pid ||
            now_monotonic_usec() - acquaintances->slots[slot].met_usec > ACQUAINTANCE_USEC + acquaintances->late_usec)
                return NULL;
        return actor;
}

void acquaintances_wait(struct acquaintances *acquaintances, uint64_t usec)
{
        acquaintances->late_usec = usec;
}

/* Takes the reference. */
static void keep(struct acquaintances *acquaintances, struct actor *actor)
{
        size_t slot = (size_t)actor->pid % ACQUAINTANCES_MAX;

        actor_unref(acquaintances->slots[slot].actor);
        acquaintances->slots[slot].actor = actor;
        acquaintances->slots[slot].met_usec = now_monotonic_usec();
}

void acquaintances_meet(struct acquaintances *acquaintances, struct actor *actor)
{
        if (actor->known)
                keep(acquaintances, actor_ref(actor));
}

void acquaintances_glimpse(struct acquaintances *acquaintances, pid_t pid, int pidfd)
{
        const struct actor *then = recall(acquaintances, pid);
        struct actor *actor;

        if (then && then->known)
                return;
        actor = actor_glimpse(pid, pidfd);
        if (actor && actor->parent > 0)
                keep(acquaintances, actor);
        else
                actor_unref(actor);
}

bool acquaintances_know(const struct acquaintances *acquaintances, pid_t pid)
{
        return recall(acquaintances, pid) != NULL;
}

struct actor *acquaintances_identify(struct acquaintances *acquaintances, const struct managers *managers, pid_t pid,
                                     int pidfd)
{
        struct actor *then = recall(acquaintances, pid), *now = NULL;

        if (then && pidfd >= 0 && actor_is_current(then, pidfd))
                return actor_ref(then);
        if (pidfd >= 0)
                now = actor_gather(managers, pid, pidfd);
        if (now && now->known && file_id_is_set(now->ancestry[0].exe)) {
                acquaintances_meet(acquaintances, now);
                return now;
        }
        /* A zombie still has its parents and its start time: those decide whether it is the one we met. */
        if (then && (!now || !now->known || !now->start_time || then->start_time == now->start_time)) {
                actor_unref(now);
                actor_complete(managers, then);
                return actor_ref(then);
        }
        return now ? now : actor_unknown(pid);
}

static const struct actor *find_sibling(void *userdata, pid_t parent)
{
        const struct acquaintances *acquaintances = userdata;
        size_t slot = (size_t)parent % PARENTS_MAX;
        const struct actor *child = acquaintances->parents[slot].child;

        if (parent <= 0 || !child || child->parent != parent ||
            now_monotonic_usec() - acquaintances->parents[slot].met_usec > ACQUAINTANCE_USEC)
                return NULL;
        return child;
}

static void keep_as_sibling(struct acquaintances *acquaintances, struct actor *actor)
{
        size_t slot = (size_t)actor->parent % PARENTS_MAX;

        if (!actor->known || actor->parent <= 0 || !actor->parent_start_time)
                return;
        actor_unref(acquaintances->parents[slot].child);
        acquaintances->parents[slot].child = actor_ref(actor);
        acquaintances->parents[slot].met_usec = now_monotonic_usec();
}

struct actor *acquaintances_receive(struct acquaintances *acquaintances, const struct managers *managers, pid_t tid)
{
        struct actor *then = recall(acquaintances, tid), *now;

        if (then && actor_is_current(then, -1))
                return actor_ref(then);
        now = actor_gather_beside(managers, tid, find_sibling, acquaintances);
        if (now) {
                acquaintances_meet(acquaintances, now);
                keep_as_sibling(acquaintances, now);
        }
        return now;
}
