#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <time.h>

#include "reader.h"
#include "unitward/util.h"

#define PATIENCE_NSEC (2L * 1000 * 1000) /* the verdict thread's own: everybody else waits as long */

#define YIELDS 50

enum job_state {
        JOB_NONE,
        JOB_READING,
        JOB_AWAITED, /* likewise; the verdict thread looks after others meanwhile, and is to be woken */
        JOB_READ,
        JOB_GIVEN_UP,
};

struct job {
        struct reader *reader;
        enum job_state state; /* atomic; the thread owns what follows until it is JOB_READ or JOB_NONE */
        uint64_t number;      /* the verdict thread's */
        pid_t tid;
        struct execute_call call;
        struct arguments *arguments;
        int result;
        pthread_t thread;
        bool started;
        sem_t go, done;
};

struct reader {
        int wake;
        bool stopping; /* atomic */
        struct job jobs[READERS_MAX];
};

struct reader *reader_new(int wake)
{
        struct reader *reader = calloc(1, sizeof *reader);

        if (!reader)
                return NULL;
        reader->wake = wake;
        for (size_t i = 0; i < READERS_MAX; i++) {
                reader->jobs[i].reader = reader;
                (void)sem_init(&reader->jobs[i].go, 0, 0);
                (void)sem_init(&reader->jobs[i].done, 0, 0);
        }
        return reader;
}

static enum job_state state_of(const struct job *job)
{
        return __atomic_load_n(&job->state, __ATOMIC_ACQUIRE);
}

static void set_state(struct job *job, enum job_state state)
{
        __atomic_store_n(&job->state, state, __ATOMIC_RELEASE);
}

static bool change_state(struct job *job, enum job_state from, enum job_state to)
{
        return __atomic_compare_exchange_n(&job->state, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static bool give_up(struct job *job)
{
        return change_state(job, JOB_READING, JOB_GIVEN_UP) || change_state(job, JOB_AWAITED, JOB_GIVEN_UP);
}

/* ---- The threads --------------------------------------------------------------------------------- */

static void *reader_run(void *userdata)
{
        struct job *job = userdata;

        for (;;) {
                while (sem_wait(&job->go) < 0)
                        ; /* EINTR */
                if (__atomic_load_n(&job->reader->stopping, __ATOMIC_ACQUIRE))
                        return NULL;
                job->arguments = NULL;
                job->result = arguments_read_call(job->tid, &job->call, &job->arguments);
                if (change_state(job, JOB_READING, JOB_READ)) {
                        (void)sem_post(&job->done);
                        continue;
                }
                if (change_state(job, JOB_AWAITED, JOB_READ)) {
                        (void)sem_post(&job->done);
                        event_wake(job->reader->wake);
                        continue;
                }
                job->arguments = arguments_free(job->arguments);
                set_state(job, JOB_NONE);
        }
}

static bool start(struct job *job)
{
        if (job->started)
                return true;
        job->started = pthread_create(&job->thread, NULL, reader_run, job) == 0;
        if (job->started)
                (void)pthread_setname_np(job->thread, "reader");
        return job->started;
}

struct reader *reader_free(struct reader *reader)
{
        bool stuck = false;

        if (!reader)
                return NULL;
        __atomic_store_n(&reader->stopping, true, __ATOMIC_RELEASE);
        for (size_t i = 0; i < READERS_MAX; i++) {
                struct job *job = &reader->jobs[i];
                enum job_state state;

                (void)give_up(job); /* nobody is woken any more */
                state = state_of(job);
                if (state == JOB_GIVEN_UP) {
                        stuck = true;
                        (void)pthread_detach(job->thread);
                        continue;
                }
                (void)sem_post(&job->go);
                if (job->started)
                        (void)pthread_join(job->thread, NULL);
                arguments_free(state == JOB_READ ? job->arguments : NULL);
        }
        if (!stuck)
                free(reader);
        return NULL;
}

/* ---- The verdict thread ---------------------------------------------------------------------------- */

static struct job *job_of(const struct reader *reader, uint64_t number)
{
        for (size_t i = 0; i < READERS_MAX; i++) {
                const struct job *job = &reader->jobs[i];
                enum job_state state = state_of(job);

                if ((state == JOB_READING || state == JOB_AWAITED || state == JOB_READ) && job->number == number)
                        return (struct job *)(uintptr_t)job;
        }
        return NULL;
}

static struct job *begin(struct reader *reader, uint64_t number, pid_t tid, const struct execute_call *call)
{
        for (size_t i = 0; i < READERS_MAX; i++) {
                struct job *job = &reader->jobs[i];

                if (state_of(job) != JOB_NONE || !start(job))
                        continue;
                job->number = number;
                job->tid = tid;
                job->call = *call;
                set_state(job, JOB_READING);
                (void)sem_post(&job->go);
                return job;
        }
        return NULL;
}

/* A reader of the same priority on the same processor is done before sched_yield(2) comes back; to be woken from
 * another one would take longer than the reading. */
static bool is_done_at_once(struct job *job)
{
        for (int i = 0; i < YIELDS; i++) {
                if (sem_trywait(&job->done) == 0)
                        return true;
                (void)sched_yield();
        }
        return false;
}

static bool is_done(struct job *job)
{
        struct timespec until;

        if (is_done_at_once(job))
                return true;
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += PATIENCE_NSEC;
        if (until.tv_nsec >= 1000000000L) {
                until.tv_nsec -= 1000000000L;
                until.tv_sec++;
        }
        while (sem_clockwait(&job->done, CLOCK_MONOTONIC, &until) < 0)
                if (errno != EINTR)
                        return false;
        return true;
}

/* Unless it is done after all. */
static bool leave_to_wake(struct job *job)
{
        if (change_state(job, JOB_READING, JOB_AWAITED))
                return true;
        while (sem_wait(&job->done) < 0)
                ; /* it is posted, or will be at once */
        return false;
}

static int finish(struct job *job, struct arguments **ret)
{
        int result;

        if (state_of(job) != JOB_READ) /* and all that the thread wrote before it said so is seen */
                return -EINPROGRESS;
        result = job->result;
        if (result == 0)
                *ret = steal_pointer(job->arguments);
        set_state(job, JOB_NONE);
        return result;
}

void reader_begin(struct reader *reader, uint64_t number, pid_t tid, const struct execute_call *call)
{
        if (!job_of(reader, number))
                (void)begin(reader, number, tid, call);
}

int reader_read(struct reader *reader, uint64_t number, pid_t tid, const struct execute_call *call,
                struct arguments **ret)
{
        struct job *job = job_of(reader, number);

        if (!job)
                job = begin(reader, number, tid, call);
        if (!job)
                return -EBUSY;
        if (state_of(job) == JOB_AWAITED)
                return -EINPROGRESS;
        return is_done(job) || !leave_to_wake(job) ? finish(job, ret) : -EINPROGRESS;
}

bool reader_has_read(const struct reader *reader, uint64_t number)
{
        const struct job *job = job_of(reader, number);

        return job && state_of(job) == JOB_READ;
}

void reader_give_up(struct reader *reader, uint64_t number)
{
        struct job *job = job_of(reader, number);

        if (!job || give_up(job))
                return;
        while (sem_wait(&job->done) < 0)
                ;
        (void)state_of(job); /* as in finish */
        job->arguments = arguments_free(job->arguments);
        set_state(job, JOB_NONE);
}
