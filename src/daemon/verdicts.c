#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>

#include "programs.h"
#include "reader.h"
#include "verdicts_internal.h"
#include "unitward/clients.h"
#include "unitward/util.h"

enum {
        POLL_PERMISSION,
        POLL_NOTIFICATION,
        POLL_WEAK,
        POLL_SETTLED,
        POLL_WAKE,
        POLL_ACCESS,
        POLL_MOUNTS,
        POLL_LEFT,
        POLL_CLIENTS,
        POLL_COUNT
};

void verdicts_count(uint64_t *counter)
{
        (void)__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

/* Asked here too, and by the supervisor, so that neither a housekeeper that is held up nor a guard that does not come
 * back makes a trial longer. */
static uint64_t enforced_until(const struct verdicts *verdicts)
{
        uint64_t until = __atomic_load_n(&verdicts->enforce_until, __ATOMIC_RELAXED);

        if (until == MODE_AS_POLICY)
                return policy_settings(verdicts->policy)->mode == MODE_ENFORCE ? MODE_ALWAYS : MODE_NEVER;
        return until;
}

enum mode verdicts_mode(const struct verdicts *verdicts)
{
        uint64_t until = enforced_until(verdicts);

        return until == MODE_ALWAYS || now_boottime_usec() < until ? MODE_ENFORCE : MODE_AUDIT;
}

static void adopt_policy(struct verdicts *verdicts)
{
        struct policy *incoming = __atomic_exchange_n(&verdicts->incoming, NULL, __ATOMIC_ACQ_REL);
        const struct file_id *exes;
        size_t n;

        if (!incoming)
                return;
        policy_unref(verdicts->policy);
        verdicts->policy = incoming;
        n = policy_manager_exes(incoming, &exes);
        managers_set_named(&verdicts->managers, exes, n);
        programs_look(verdicts->programs, incoming);
}

void verdicts_find(struct verdicts *verdicts, const struct signature *signature, struct inventory_facts *ret)
{
        /* A policy is handed in under the inventory's lock, together with the zones' new numbers: where
         * none is waiting after the look-up, numbers and policy belong together. */
        do {
                adopt_policy(verdicts);
                inventory_find(verdicts->options.inventory, signature, ret);
        } while (__atomic_load_n(&verdicts->incoming, __ATOMIC_ACQUIRE));
}

/* poll(2) has no memory, or somebody lowered RLIMIT_NOFILE below it. Without this thread everybody waits for good: it
 * looks by itself, nothing that it reads from blocks. */
static void look_at_all(struct pollfd polls[static POLL_COUNT])
{
        const struct timespec pause = { .tv_nsec = 1000 * 1000 };

        if (errno != EINTR)
                (void)nanosleep(&pause, NULL);
        for (size_t i = 0; i < POLL_COUNT; i++)
                polls[i].revents = POLLIN;
}

static void tell_supervisor(struct verdicts *verdicts)
{
        const struct policy_settings *settings = policy_settings(verdicts->policy);
        struct file_id managers[2 * MANAGERS_MAX];

        lifeline_configure(verdicts->options.lifeline, enforced_until(verdicts), settings->on_crash == CRASH_ALLOW,
                           settings->deadman_ms);
        lifeline_set_managers(verdicts->options.lifeline, managers, managers_exes(&verdicts->managers, managers));
        lifeline_beat(verdicts->options.lifeline);
}

/* Once those are answered who have waited for it: from then on the supervisor expects an answer in time. */
static void serve(struct verdicts *verdicts)
{
        if (__atomic_load_n(&verdicts->ready, __ATOMIC_ACQUIRE) && !lifeline_serves(verdicts->options.lifeline))
                lifeline_serve(verdicts->options.lifeline);
}

/* Whoever waited for this guard to know what the one before knew. */
static void begin_to_know(struct verdicts *verdicts)
{
        if (verdicts->knows || !__atomic_load_n(&verdicts->ready, __ATOMIC_ACQUIRE))
                return;
        execs_adopt_found(verdicts);
        verdicts->knows = true;
        if (verdicts->inherits)
                opens_inherit(verdicts, true);
}

#define ROUNDS_TO_LISTEN 16 /* the longest queue, fanotify(7), many times over: a flood does not end by itself */

/* What the last guard had read comes first. */
static void begin_to_listen(struct verdicts *verdicts)
{
        verdicts->deaf = false;
        acquaintances_wait(verdicts->acquaintances, now_monotonic_usec() - verdicts->started_usec);
        changes_inherit(verdicts);
        verdicts->behind = true;
        for (int i = 0; verdicts->behind && i < ROUNDS_TO_LISTEN; i++)
                changes_read(verdicts);
        acquaintances_wait(verdicts->acquaintances, 0);
        changes_publish(verdicts);
        event_wake(verdicts->caught_up);
}

static int wait_for_something(const struct verdicts *verdicts, struct pollfd polls[static POLL_COUNT])
{
        uint64_t held = held_due_usec(verdicts), look = execs_due_usec(verdicts);
        uint64_t due = queue_length(verdicts->queue) > 0 ? 0 : held < look ? held : look;
        uint64_t now = due == UINT64_MAX ? 0 : now_monotonic_usec(), left = due > now ? due - now : 0;
        const struct timespec timeout = { .tv_sec = (time_t)(left / 1000000u),
                                          .tv_nsec = (long)(left % 1000000u) * 1000 };

        return ppoll(polls, POLL_COUNT, due == UINT64_MAX ? NULL : &timeout, NULL);
}

static void *verdicts_run(void *userdata)
{
        struct verdicts *verdicts = userdata;
        struct pollfd polls[POLL_COUNT] = {
                [POLL_PERMISSION] = { verdicts->options.groups->permission, POLLIN, 0 },
                [POLL_NOTIFICATION] = { verdicts->deaf ? -1 : verdicts->options.groups->notification, POLLIN, 0 },
                [POLL_WEAK] = { verdicts->deaf ? -1 : verdicts->options.groups->weak_told, POLLIN, 0 },
                [POLL_SETTLED] = { verdicts->options.notes->to_verdicts, POLLIN, 0 },
                [POLL_WAKE] = { verdicts->wake, POLLIN, 0 },
                [POLL_ACCESS] = { verdicts->options.groups->access, POLLIN, 0 },
                [POLL_MOUNTS] = { verdicts->mounts.fd, POLLIN, 0 },
                [POLL_LEFT] = { verdicts->options.left_openers, POLLIN, 0 },
                [POLL_CLIENTS] = { clients_fd(verdicts->clients), POLLIN, 0 },
        };

        verdicts_trust_thread(verdicts, gettid());
        execs_inherit(verdicts);
        opens_inherit(verdicts, true);
        while (!__atomic_load_n(&verdicts->stopping, __ATOMIC_ACQUIRE)) {
                if (wait_for_something(verdicts, polls) < 0)
                        look_at_all(polls);
                if (polls[POLL_WAKE].revents) {
                        event_drain(verdicts->wake);
                        __atomic_store_n(&verdicts->answered, __atomic_load_n(&verdicts->asked, __ATOMIC_ACQUIRE),
                                         __ATOMIC_RELEASE);
                }
                if (polls[POLL_SETTLED].revents)
                        event_drain(verdicts->options.notes->to_verdicts);
                if (polls[POLL_CLIENTS].revents)
                        clients_expire(verdicts->clients, now_monotonic_usec());
                adopt_policy(verdicts);
                if (__atomic_exchange_n(&verdicts->asked_to_look, false, __ATOMIC_ACQ_REL))
                        programs_look(verdicts->programs, verdicts->policy);
                tell_supervisor(verdicts);
                if (verdicts->deaf && __atomic_load_n(&verdicts->asked_to_listen, __ATOMIC_ACQUIRE)) {
                        begin_to_listen(verdicts);
                        polls[POLL_NOTIFICATION].fd = verdicts->options.groups->notification;
                        polls[POLL_WEAK].fd = verdicts->options.groups->weak_told;
                }
                begin_to_know(verdicts);
                if (polls[POLL_NOTIFICATION].revents || polls[POLL_WEAK].revents)
                        changes_read(verdicts);
                if (polls[POLL_MOUNTS].revents)
                        changes_read_mounts(verdicts);
                if (polls[POLL_PERMISSION].revents || polls[POLL_ACCESS].revents || queue_length(verdicts->queue) > 0)
                        opens_read(verdicts, polls[POLL_PERMISSION].revents, polls[POLL_ACCESS].revents);
                if (polls[POLL_LEFT].revents) {
                        event_drain(verdicts->options.left_openers);
                        opens_inherit(verdicts, false);
                }
                execs_look(verdicts);
                changes_publish(verdicts);
                held_release(verdicts);
                serve(verdicts);
        }
        opens_answer_queued(verdicts);
        held_release_all(verdicts);
        execs_drop(verdicts);
        return NULL;
}

int verdicts_new(const struct verdicts_options *options, struct policy *policy, struct verdicts **ret)
{
        struct verdicts *verdicts = calloc(1, sizeof *verdicts);
        int r;

        if (!verdicts)
                return -ENOMEM;
        verdicts->options = *options;
        verdicts->self = getpid();
        verdicts->started_usec = now_monotonic_usec();
        verdicts->inherits = verdicts->deaf = lifeline_is_inherited(options->lifeline);
        TAILQ_INIT(&verdicts->notes);
        TAILQ_INIT(&verdicts->held);
        TAILQ_INIT(&verdicts->execs);
        managers_init(&verdicts->managers);
        (void)refusals_init(&verdicts->refusals);
        verdicts->mounts.fd = verdicts->barrier = verdicts->wake = verdicts->caught_up = -1;
        verdicts->programs = programs_new(options->groups, options->lifeline);
        verdicts->clients = clients_new();
        if (!verdicts->programs || !verdicts->clients) {
                verdicts_free(verdicts);
                return -ENOMEM;
        }
        if (verdicts->inherits)
                execs_lower_barrier(verdicts);
        verdicts->incoming = policy_ref(policy);
        adopt_policy(verdicts);
        verdicts->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        verdicts->reader = verdicts->wake < 0 ? NULL : reader_new(verdicts->wake);
        verdicts->caught_up = verdicts->deaf ? eventfd(0, EFD_CLOEXEC) : -1;
        verdicts->acquaintances = acquaintances_new();
        verdicts->queue = queue_new();
        if (verdicts->wake < 0 || (verdicts->deaf && verdicts->caught_up < 0))
                r = -errno;
        else if (!verdicts->reader || !verdicts->acquaintances || !verdicts->queue)
                r = -ENOMEM;
        else
                r = intent_table_new(&verdicts->intents);
        if (r == 0)
                r = mount_watch_open(&verdicts->mounts);
        if (r < 0) {
                verdicts_free(verdicts);
                return r;
        }
        *ret = verdicts;
        return 0;
}

struct verdicts *verdicts_free(struct verdicts *verdicts)
{
        struct note *note;

        if (!verdicts)
                return NULL;
        verdicts_stop(verdicts);
        while ((note = TAILQ_FIRST(&verdicts->notes))) {
                TAILQ_REMOVE(&verdicts->notes, note, next);
                note_free(note);
        }
        execs_let_barrier_go(verdicts);
        clients_free(verdicts->clients);
        reader_free(verdicts->reader);
        programs_free(verdicts->programs);
        intent_table_free(verdicts->intents);
        acquaintances_free(verdicts->acquaintances);
        queue_free(verdicts->queue);
        mount_watch_close(&verdicts->mounts);
        close_pointer(&verdicts->wake);
        close_pointer(&verdicts->caught_up);
        policy_unref(verdicts->incoming);
        policy_unref(verdicts->policy);
        refusals_done(&verdicts->refusals);
        free(verdicts);
        return NULL;
}

int verdicts_start(struct verdicts *verdicts)
{
        int r = pthread_create(&verdicts->thread, NULL, verdicts_run, verdicts);

        if (r != 0)
                return -r;
        verdicts->started = true;
        (void)pthread_setname_np(verdicts->thread, "verdicts");
        return 0;
}

void verdicts_stop(struct verdicts *verdicts)
{
        if (!verdicts->started)
                return;
        __atomic_store_n(&verdicts->stopping, true, __ATOMIC_RELEASE);
        event_wake(verdicts->wake);
        (void)pthread_join(verdicts->thread, NULL);
        verdicts->started = false;
}
