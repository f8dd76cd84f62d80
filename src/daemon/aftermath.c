/* The aftermath of a gap. Settling has put the files right; this is about who still has them open for writing, and what
 * of them a manager had loaded. It may take its time, and PID 1 may be waiting for the daemon: so after READY, on a
 * thread that nobody waits for. What there is to decide is the housekeeper's. */
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "aftermath.h"
#include "unitward/util.h"

/* A daemon that keeps dying does not look through everything each time. */
#define START_USEC (500u * 1000u)
#define AFTERMATH_NICE 5

bool aftermath_must_stop(const struct aftermath *aftermath)
{
        return __atomic_load_n(&aftermath->stopping, __ATOMIC_ACQUIRE);
}

static void *aftermath_run(void *userdata)
{
        struct aftermath *aftermath = userdata;
        int slot = verdicts_trust_thread(aftermath->guard->verdicts, gettid());

        (void)setpriority(PRIO_PROCESS, (id_t)gettid(), AFTERMATH_NICE);
        aftermath_find_held(aftermath);
        verdicts_distrust_thread(aftermath->guard->verdicts, slot);
        aftermath_ask_managers(aftermath);
        event_wake(aftermath->done);
        return NULL;
}

/* ---- What is done about it, on the housekeeper ------------------------------------------------------------ */

static const char *ways(const struct held_file *held, size_t holder)
{
        if (holder < held->n_holders && held->holders[holder].mapped)
                return held->holders[holder].open ? "open and mapped for writing" : "mapped for writing";
        return "open for writing";
}

/* holder: which one; the one after the last is who could not be found. */
static char *held_message(const struct held_file *held, size_t holder, const struct actor *actor, enum held_fate fate)
{
        char described[512] = "somebody who is not to be seen in /proc";

        if (actor)
                (void)actor_describe(actor, described, sizeof described);
        return format("%s has been %s since before it was watched, by %s%s", held->path, ways(held, holder), described,
                      fate == HELD_REPLACED ? "; what is authorised was put in its place as another file" : "");
}

static char *held_hint(const struct actor *actor, enum held_fate fate)
{
        if (fate == HELD_REPLACED)
                return format("he has the old file only; look at who he is, and end him if he is not yours");
        if (!actor)
                return format(
                        "put it there anew to be rid of him: cp -a PATH /root/copy, then: unitward install --force");
        return format("look at who he is, and end him if he is not yours: kill %d; a write through a mapping raises no "
                      "event",
                      actor->pid);
}

static void report_held(struct guard *guard, const struct held_file *held, size_t holder, const struct actor *actor,
                        enum held_fate fate)
{
        struct record *record = record_new(RECORD_HELD);

        if (record) {
                record->mode = guard_mode(guard);
                record->path = strdup(held->path);
                record->actor = actor ? actor_ref((struct actor *)(uintptr_t)actor) : NULL;
                record->message = held_message(held, holder, actor, fate);
                record->hint = held_hint(actor, fate);
        }
        outbox_record(&guard->outbox, record);
        guard->gap.n_held++;
}

static enum held_fate settle_held_path(struct guard *guard, const struct held_file *held, struct actor *actor)
{
        const struct cause cause = { .actor = actor };
        char parent[4096];
        const char *name = path_split(held->path, parent, sizeof parent);
        struct directory *directory = name ? inventory_directory(&guard->settler.inventory, parent) : NULL;

        return directory ? settle_held(&guard->settler, directory, name, &cause, held->id) : HELD_NO_MORE;
}

/* Each holder is decided about; the first who may not have it is told of with what was done, the others after him. */
static void deal_with_held(struct guard *guard, const struct held_file *held)
{
        enum held_fate fate = HELD_NO_MORE;

        for (size_t i = 0; i < held->n_holders; i++) {
                struct actor *actor = actor_gather(guard_managers(guard), held->holders[i].pid, -1);

                /* One who is gone, or came since and is through with it: whoever opens it now is asked about. */
                if (!actor || !actor->known) {
                        actor_unref(actor);
                        continue;
                }
                if (fate != HELD_REPLACED)
                        fate = settle_held_path(guard, held, actor);
                if (fate == HELD_LEFT || fate == HELD_REPLACED)
                        report_held(guard, held, i, actor, fate);
                actor_unref(actor);
        }
        if (held->n_holders > 0 || !held->hidden)
                return;
        fate = settle_held_path(guard, held, NULL);
        if (fate == HELD_LEFT || fate == HELD_REPLACED)
                report_held(guard, held, 0, NULL, fate);
}

static int on_finished(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct guard *guard = userdata;
        struct aftermath *aftermath = guard->aftermath;

        (void)source;
        (void)events;
        event_drain(fd);                 /* all that the thread has found out is there before its wake-up is read */
        housekeeper_settle_notes(guard); /* what is known of the files is as they are */
        for (size_t i = 0; i < aftermath->n_held; i++)
                deal_with_held(guard, &aftermath->held[i]);
        guard->gap.search_ended = aftermath->search_ended;
        guard->gap.n_asked = aftermath->n_asked;
        guard->gap.n_silent = aftermath->n_silent;
        guard->gap.n_loaded = aftermath->n_loaded;
        guard->gap.n_stopped = aftermath->n_stopped;
        guard->gap.done = true;
        guard->aftermath = aftermath_free(aftermath);
        (void)malloc_trim(0); /* the list of all files was its own, and so was the arena it lay in */
        if (guard->settler.n_pending)
                housekeeper_retry_later(guard);
        return 0;
}

/* ---- Its life --------------------------------------------------------------------------------------------- */

static int list_files(struct aftermath *aftermath)
{
        struct inventory *inventory = &aftermath->guard->settler.inventory;
        struct directory *directory, *next;
        struct entry *entry, *following;
        size_t n = inventory->n_authorised;
        char path[4096];

        aftermath->files = calloc(n + 1, sizeof *aftermath->files);
        if (!aftermath->files)
                return -ENOMEM;
        HASH_ITER(hh_path, inventory->by_path, directory, next)
                HASH_ITER(hh, directory->entries, entry, following)
                        if (entry->kind == ENTRY_FILE && entry->state == ENTRY_AUTHORISED && aftermath->n_files < n &&
                            path_join(path, sizeof path, directory->path, entry->name) &&
                            (aftermath->files[aftermath->n_files] = strdup(path)))
                                aftermath->n_files++;
        return 0;
}

static int take_gap(struct aftermath *aftermath)
{
        struct settler *settler = &aftermath->guard->settler;

        aftermath->in_gap = calloc(settler->in_gap.n + 1, sizeof *aftermath->in_gap);
        if (!aftermath->in_gap)
                return -ENOMEM;
        while (settler->in_gap.n > 0)
                aftermath->in_gap[aftermath->n_in_gap++] = settler->in_gap.paths[--settler->in_gap.n];
        return 0;
}

static int on_start(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct guard *guard = userdata;
        struct aftermath *aftermath = guard->aftermath;
        int r = list_files(aftermath);

        (void)source;
        (void)usec;
        if (r == 0)
                r = take_gap(aftermath);
        aftermath->mode = guard_mode(guard);
        aftermath->stop_loaded = policy_settings(guard->policy)->gap_stop_loaded;
        if (r == 0)
                r = -pthread_create(&aftermath->thread, NULL, aftermath_run, aftermath);
        aftermath->running = r == 0;
        if (r == 0)
                (void)pthread_setname_np(aftermath->thread, "aftermath");
        else
                guard_record(guard, RECORD_PROBLEM,
                             format("who holds protected files open, and what managers have loaded, cannot be looked "
                                    "for: %s",
                                    strerror(-r)),
                             strdup("it is looked for at the next start: unitward stop --restart"));
        return 0;
}

int aftermath_attach(struct guard *guard)
{
        struct aftermath *aftermath;
        int r;

        /* The supervisor has kept the groups: there was no gap, and who writes has been asked about. */
        guard->gap.done = lifeline_is_inherited(guard->options.lifeline);
        if (guard->gap.done)
                return 0;
        aftermath = calloc(1, sizeof *aftermath);
        if (!aftermath)
                return -ENOMEM;
        guard->aftermath = aftermath;
        aftermath->guard = guard;
        aftermath->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (aftermath->done < 0)
                return -errno;
        r = sd_event_add_io(guard->event, &aftermath->finish, aftermath->done, EPOLLIN, on_finished, guard);
        return r < 0 ? r
                     : sd_event_add_time_relative(guard->event, &aftermath->start, CLOCK_MONOTONIC, START_USEC, 0,
                                                  on_start, guard);
}

static void paths_free(char **paths, size_t n)
{
        for (size_t i = 0; i < n; i++)
                free(paths[i]);
        free(paths);
}

struct aftermath *aftermath_free(struct aftermath *aftermath)
{
        if (!aftermath)
                return NULL;
        __atomic_store_n(&aftermath->stopping, true, __ATOMIC_RELEASE);
        if (aftermath->running)
                (void)pthread_join(aftermath->thread, NULL);
        sd_event_source_disable_unref(aftermath->start);
        sd_event_source_disable_unref(aftermath->finish);
        close_pointer(&aftermath->done);
        for (size_t i = 0; i < aftermath->n_held; i++)
                free(aftermath->held[i].path);
        free(aftermath->held);
        paths_free(aftermath->files, aftermath->n_files);
        paths_free(aftermath->in_gap, aftermath->n_in_gap);
        free(aftermath);
        return NULL;
}
