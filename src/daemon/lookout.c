#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <time.h>

#include "guard_internal.h"
#include "lookout.h"
#include "unitward/priority.h"
#include "unitward/start.h"
#include "unitward/util.h"

#define FOLLOWED_MAX 64u

struct wishes {
        struct {
                pid_t pid;
                uint64_t until_usec;
        } followed[FOLLOWED_MAX];
        size_t n_followed;
        struct file_id exes[MANAGERS_MAX];
        size_t n_exes;
        bool look_again, enabled;
};

struct lookout {
        struct guard *guard;
        struct starts *starts;
        int wake;
        pthread_t thread;
        bool running, stopping; /* stopping: atomic */
        pthread_mutex_t lock;   /* for what others ask: */
        struct wishes wishes;
};

static void on_start(void *userdata, const struct started *started)
{
        struct lookout *lookout = userdata;

        outbox_start(&lookout->guard->outbox, start_gather(starts_managers(lookout->starts), started));
}

/* Who asks does not wait for it. */
static void do_what_is_asked(struct lookout *lookout)
{
        struct wishes wishes;

        (void)pthread_mutex_lock(&lookout->lock);
        wishes = lookout->wishes;
        lookout->wishes.n_followed = 0;
        lookout->wishes.look_again = false;
        (void)pthread_mutex_unlock(&lookout->lock);
        if (wishes.look_again) {
                starts_watch(lookout->starts, wishes.enabled);
                if (wishes.enabled)
                        starts_find_managers(lookout->starts, wishes.exes, wishes.n_exes);
        }
        for (size_t i = 0; i < wishes.n_followed; i++)
                starts_follow(lookout->starts, wishes.followed[i].pid, wishes.followed[i].until_usec);
}

static void wait_for_something(const struct lookout *lookout, struct pollfd polls[static 2])
{
        const uint64_t due = starts_due_usec(lookout->starts), now = now_monotonic_usec();
        const uint64_t left = due > now ? due - now : 0;
        const struct timespec timeout = { .tv_sec = (time_t)(left / 1000000u),
                                          .tv_nsec = (long)(left % 1000000u) * 1000 };

        polls[0] = (struct pollfd){ starts_fd(lookout->starts), POLLIN, 0 };
        polls[1] = (struct pollfd){ lookout->wake, POLLIN, 0 };
        if (ppoll(polls, 2, due == UINT64_MAX ? NULL : &timeout, NULL) < 0)
                polls[0].revents = polls[1].revents = 0;
}

static void *lookout_run(void *userdata)
{
        struct lookout *lookout = userdata;
        struct pollfd polls[2];

        (void)verdicts_trust_thread(lookout->guard->verdicts, gettid());
        do_what_is_asked(lookout);
        while (!__atomic_load_n(&lookout->stopping, __ATOMIC_ACQUIRE)) {
                wait_for_something(lookout, polls);
                if (polls[1].revents) {
                        event_drain(lookout->wake);
                        do_what_is_asked(lookout);
                }
                starts_work(lookout->starts);
        }
        return NULL;
}

int lookout_new(struct guard *guard, struct lookout **ret)
{
        struct lookout *lookout = calloc(1, sizeof *lookout);
        int r;

        if (!lookout)
                return -ENOMEM;
        *ret = lookout;
        lookout->guard = guard;
        lookout->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (lookout->wake < 0)
                return -errno;
        r = -pthread_mutex_init(&lookout->lock, NULL);
        if (r == 0)
                r = starts_new(&guard->options.starts, on_start, lookout, &lookout->starts);
        if (r < 0)
                return r;
        lookout_set_policy(lookout, guard->policy);
        r = priority_start_work(&lookout->thread, lookout_run, lookout);
        if (r != 0)
                return -r;
        lookout->running = true;
        (void)pthread_setname_np(lookout->thread, "lookout");
        return 0;
}

struct lookout *lookout_free(struct lookout *lookout)
{
        if (!lookout)
                return NULL;
        __atomic_store_n(&lookout->stopping, true, __ATOMIC_RELEASE);
        if (lookout->running) {
                event_wake(lookout->wake);
                (void)pthread_join(lookout->thread, NULL);
        }
        starts_free(lookout->starts);
        close_pointer(&lookout->wake);
        (void)pthread_mutex_destroy(&lookout->lock);
        free(lookout);
        return NULL;
}

void lookout_follow(struct lookout *lookout, pid_t pid, uint64_t until_usec)
{
        if (!lookout)
                return;
        (void)pthread_mutex_lock(&lookout->lock);
        if (lookout->wishes.n_followed < FOLLOWED_MAX) {
                lookout->wishes.followed[lookout->wishes.n_followed].pid = pid;
                lookout->wishes.followed[lookout->wishes.n_followed++].until_usec = until_usec;
        }
        (void)pthread_mutex_unlock(&lookout->lock);
        event_wake(lookout->wake);
}

void lookout_set_policy(struct lookout *lookout, const struct policy *policy)
{
        const struct file_id *exes;
        size_t n = policy_manager_exes(policy, &exes);

        if (!lookout)
                return;
        (void)pthread_mutex_lock(&lookout->lock);
        lookout->wishes.enabled = policy_settings(policy)->detection.enabled;
        lookout->wishes.n_exes = n < MANAGERS_MAX ? n : MANAGERS_MAX;
        if (lookout->wishes.n_exes > 0)
                memcpy(lookout->wishes.exes, exes, lookout->wishes.n_exes * sizeof *exes);
        lookout->wishes.look_again = true;
        (void)pthread_mutex_unlock(&lookout->lock);
        event_wake(lookout->wake);
}

enum starts_watcher lookout_watcher(const struct lookout *lookout)
{
        return lookout && lookout->starts ? starts_watcher_of(lookout->starts) : STARTS_NONE;
}

struct starts_counters lookout_counters(const struct lookout *lookout)
{
        const struct starts_counters *counters = lookout && lookout->starts ? starts_counters(lookout->starts) : NULL;

        if (!counters)
                return (struct starts_counters){ 0 };
        return (struct starts_counters){
                .seen = __atomic_load_n(&counters->seen, __ATOMIC_RELAXED),
                .followed = __atomic_load_n(&counters->followed, __ATOMIC_RELAXED),
                .missed = __atomic_load_n(&counters->missed, __ATOMIC_RELAXED),
                .lost = __atomic_load_n(&counters->lost, __ATOMIC_RELAXED),
                .wakeups = __atomic_load_n(&counters->wakeups, __ATOMIC_RELAXED),
        };
}
