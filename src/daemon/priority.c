/* On Linux policy and priority are a thread's, and those of the threads and processes that it makes:
 * SCHED_RESET_ON_FORK would take them from a guard too, which cannot get them again. */
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include "unitward/priority.h"

#define PRIORITY_SUPERVISOR 2 /* CPUSchedulingPriority= of the unit */
#define PRIORITY_VERDICTS 1
#define WORK_NICE (-15) /* Nice= of the unit: a manager waits for settling while somebody floods the directory */

void priority_take(void)
{
        const struct sched_param parameters = { .sched_priority = PRIORITY_SUPERVISOR };

        (void)setpriority(PRIO_PROCESS, 0, WORK_NICE);
        (void)sched_setscheduler(0, SCHED_RR, &parameters);
}

void priority_of_verdicts(void)
{
        const struct sched_param parameters = { .sched_priority = PRIORITY_VERDICTS };

        (void)sched_setparam(0, &parameters);
}

void priority_of_work(void)
{
        const struct sched_param parameters = { .sched_priority = 0 };

        (void)sched_setscheduler(0, SCHED_OTHER, &parameters);
}

int priority_start_work(pthread_t *thread, void *(*run)(void *), void *userdata)
{
        const struct sched_param parameters = { .sched_priority = 0 };
        pthread_attr_t attributes;
        int r = pthread_attr_init(&attributes);

        if (r != 0)
                return r;
        (void)pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
        (void)pthread_attr_setschedpolicy(&attributes, SCHED_OTHER);
        (void)pthread_attr_setschedparam(&attributes, &parameters);
        r = pthread_create(thread, &attributes, run, userdata);
        (void)pthread_attr_destroy(&attributes);
        return r;
}
