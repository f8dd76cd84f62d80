#include <fcntl.h>

#include "refusals.h"
#include "unitward/start.h"
#include "unitward/util.h"

int refusals_init(struct refusals *refusals)
{
        memset(refusals, 0, sizeof *refusals);
        return -pthread_mutex_init(&refusals->lock, NULL);
}

void refusals_done(struct refusals *refusals)
{
        (void)pthread_mutex_destroy(&refusals->lock);
}

static struct refusal *place_for(struct refusals *refusals, struct file_id program, const char *unit, bool user)
{
        struct refusal *oldest = &refusals->all[0];

        for (size_t i = 0; i < refusals->n; i++) {
                struct refusal *refusal = &refusals->all[i];

                if (file_id_equal(refusal->program, program) && refusal->user == user && streq(refusal->unit, unit))
                        return refusal;
                if (refusal->until_usec < oldest->until_usec)
                        oldest = refusal;
        }
        if (refusals->n == REFUSALS_MAX)
                return oldest;
        (void)__atomic_add_fetch(&refusals->n, 1, __ATOMIC_RELAXED);
        return &refusals->all[refusals->n - 1];
}

void refusals_add(struct refusals *refusals, const struct fan_groups *groups, const char *program, const char *unit,
                  bool user)
{
        _cleanup_close_ int fd = open(program, O_PATH | O_CLOEXEC);
        struct refusal *refusal;
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
                return;
        (void)pthread_mutex_lock(&refusals->lock);
        refusal = place_for(refusals, file_id_of(&st), unit, user);
        *refusal = (struct refusal){ .program = file_id_of(&st),
                                     .user = user,
                                     .until_usec = now_monotonic_usec() + REFUSALS_USEC };
        (void)string_copy(refusal->unit, sizeof refusal->unit, unit);
        (void)pthread_mutex_unlock(&refusals->lock);
        (void)fan_groups_mark(groups, FAN_MARK_REFUSED, fd);
}

void refusals_forget(struct refusals *refusals, const char *unit)
{
        (void)pthread_mutex_lock(&refusals->lock);
        for (size_t i = 0; i < refusals->n; i++)
                if (!unit || streq(refusals->all[i].unit, unit))
                        refusals->all[i].until_usec = 0;
        (void)pthread_mutex_unlock(&refusals->lock);
}

static enum refusal_answer find(struct refusals *refusals, struct file_id program, const char *unit, bool user)
{
        const uint64_t now = now_monotonic_usec();
        enum refusal_answer answer = REFUSALS_UNKNOWN;

        (void)pthread_mutex_lock(&refusals->lock);
        for (size_t i = 0; i < refusals->n && answer != REFUSALS_REFUSED; i++) {
                const struct refusal *refusal = &refusals->all[i];

                if (!file_id_equal(refusal->program, program))
                        continue;
                if (refusal->until_usec < now)
                        answer = answer == REFUSALS_UNKNOWN ? REFUSALS_LATE : answer;
                else
                        answer = unit && refusal->user == user && streq(refusal->unit, unit) ? REFUSALS_REFUSED
                                                                                             : REFUSALS_OTHER;
        }
        (void)pthread_mutex_unlock(&refusals->lock);
        return answer;
}

enum refusal_answer refusals_ask(struct refusals *refusals, struct file_id program, pid_t tid)
{
        enum refusal_answer answer;
        char unit[UNIT_NAME_MAX];

        if (__atomic_load_n(&refusals->n, __ATOMIC_RELAXED) == 0)
                return REFUSALS_UNKNOWN;
        answer = find(refusals, program, NULL, false);
        for (int user = 0; user < 2 && answer == REFUSALS_OTHER; user++) {
                start_unit_of(tid, user, unit);
                if (*unit)
                        answer = find(refusals, program, unit, user);
        }
        return answer;
}
