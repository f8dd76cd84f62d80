/* The housekeeper: the main thread's event loop. It settles what the verdict thread noticed. */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/epoll.h>

#include "guard_internal.h"
#include "unitward/util.h"

#define WORK_USEC (60u * 1000000u)
#define PULSE_USEC (10u * 1000000u) /* supervisor.c waits for six of them */

/* ---- Notes ---------------------------------------------------------------------------------------- */

/* The directory that the policy names, which this one is or lies in; NULL where the way to it is not watched. */
static struct directory *root_of(struct directory *directory)
{
        while (directory && !directory->is_root)
                directory = directory->parent;
        return directory;
}

static struct directory *directory_at(struct guard *guard, const struct note *note)
{
        char path[PATH_MAX];

        return path_join(path, sizeof path, note->directory, note->name)
                       ? inventory_directory(&guard->settler.inventory, path)
                       : NULL;
}

int housekeeper_settle_change(struct guard *guard, const struct note *note, bool *resolve, struct cause *resolve_cause)
{
        struct directory *directory = inventory_directory(&guard->settler.inventory, note->directory), *root;
        struct cause cause = { note->actor, note->mask, note->client };
        const struct interest *interest;
        int r;

        if (!directory)
                return 0;
        interest = inventory_interest(directory, note->name);
        if (directory->place == PLACE_STATE && interest) {
                *resolve = true; /* a directory of the daemon's own; what is found besides is nobody's doing */
                return 0;
        }
        if (interest && interest->kind == INTEREST_DIRECTORY && directory->place == PLACE_PARENT) {
                root = directory_at(guard, note);
                if (root && territory_resolve_root(&guard->settler, root, &cause))
                        return 0;
        }
        if (interest && interest->kind != INTEREST_FILE) {
                *resolve = true;
                *resolve_cause = cause;
        }
        if (directory->place == PLACE_PARENT && (!interest || interest->kind != INTEREST_FILE))
                return 0;
        r = settle_name(&guard->settler, directory, note->name, &cause);
        if (r != -ESTALE)
                return r;
        /* The directory itself is gone or another one: found from above. */
        root = root_of(directory);
        if (root && territory_resolve_root(&guard->settler, root, &cause))
                return 0;
        *resolve = true;
        *resolve_cause = cause;
        return 0;
}

static int settle_note(struct guard *guard, const struct note *note, bool *resolve, bool *everything,
                       struct cause *resolve_cause)
{
        switch (note->kind) {
        case NOTE_CHANGE:
        case NOTE_VERIFY:
                return housekeeper_settle_change(guard, note, resolve, resolve_cause);
        case NOTE_DECIDED: {
                char path[PATH_MAX];

                guard->settler.n_accepted += (enum outcome)note->mask == OUTCOME_ALLOW;
                if (path_join(path, sizeof path, note->directory, note->name))
                        (void)settle_was_reported(&guard->settler, path, note->actor, (enum outcome)note->mask);
                break;
        }
        case NOTE_FOREIGN:
                guard->settler.n_pending++;
                break;
        case NOTE_MOUNT:
        case NOTE_PROGRAMS:
                break; /* looked at before every batch */
        case NOTE_EVERYTHING:
                *everything = true;
                break;
        }
        return 0;
}

static void settle_all(struct guard *guard, const struct cause *cause)
{
        guard_record(guard, RECORD_OVERFLOW,
                     format("notifications were lost or could not be placed: everything is settled again"), NULL);
        (void)territory_resolve(&guard->settler, cause);
        settle_everything(&guard->settler, cause);
}

/* ---- Somebody allowed at work --------------------------------------------------------------------- */

static int on_work_ends(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct guard *guard = userdata;

        (void)source;
        (void)usec;
        witness_ask(&guard->witness, &guard->groups, false);
        return 0;
}

/* An allowed change was made, and more of its kind may follow: by programs too short-lived to be seen. */
static void work_goes_on(struct guard *guard)
{
        witness_ask(&guard->witness, &guard->groups, true);
        guard->work_ends = sd_event_source_unref(guard->work_ends);
        (void)sd_event_add_time_relative(guard->event, &guard->work_ends, CLOCK_MONOTONIC, WORK_USEC, 0, on_work_ends,
                                         guard);
}

static void settle_each(struct guard *guard, struct note_list *notes, bool *resolve, bool *everything,
                        struct cause *resolve_cause)
{
        struct note *note, *following;
        bool kept = false;

        for (note = TAILQ_FIRST(notes); note; note = following) {
                int r = settle_note(guard, note, resolve, everything, resolve_cause);

                following = TAILQ_NEXT(note, next);
                if (r < 0)
                        unsettled_keep(guard, notes, note, r);
                kept |= r < 0;
        }
        if (kept)
                unsettled_try(guard); /* at once, before a manager is let go: most wants pass as quickly */
}

/* So many at a time: who waits for the first of them does not wait for all of them. */
#define NOTES_PER_BATCH 1024u

static uint64_t settle_batch(struct guard *guard)
{
        struct cause cause = { .actor = NULL }, resolve_cause = { .actor = NULL };
        bool resolve = false, everything = false;
        struct note_list notes;
        struct note *note;
        uint64_t ticket;

        if (policy_exes_changed(guard->policy))
                guard_refresh_programs(guard);
        ticket = notes_take(&guard->notes, NOTES_PER_BATCH, &notes);
        notes_coalesce(&notes);
        guard->settler.filings.open = true;
        TAILQ_FOREACH(note, &notes, next)
                if (note->kind == NOTE_MOUNT)
                        mounts_note(guard, note);
        mounts_settle(guard); /* nothing is put right in what does not stay */
        settle_each(guard, &notes, &resolve, &everything, &resolve_cause);
        if (everything)
                settle_all(guard, &cause);
        else if (resolve)
                (void)territory_resolve(&guard->settler, &resolve_cause);
        guard->settler.filings.open = false;
        if (guard->settler.inventory.n_unfinished == 0 && TAILQ_EMPTY(&guard->unsettled))
                notes_release(&guard->notes); /* what is still being written is in no log but this */
        notes_settle(&guard->notes, ticket);
        while ((note = TAILQ_FIRST(&notes))) {
                TAILQ_REMOVE(&notes, note, next);
                note_free(note);
        }
        return ticket;
}

/* What follows from what was settled; nobody waits for that. */
static void settle_after(struct guard *guard, uint64_t accepted_before)
{
        if (guard->settler.n_accepted != accepted_before)
                work_goes_on(guard);
        if (guard->settler.n_pending)
                housekeeper_retry_later(guard);
        witness_refresh(&guard->witness, &guard->groups);
        filer_work(guard, FILINGS_PER_BATCH);
}

void housekeeper_settle_notes(struct guard *guard)
{
        uint64_t accepted = guard->settler.n_accepted, noticed = notes_noticed(&guard->notes);

        while (settle_batch(guard) < noticed)
                ;
        settle_after(guard, accepted);
}

static int on_notes(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct guard *guard = userdata;
        uint64_t accepted = guard->settler.n_accepted;

        (void)source;
        (void)events;
        event_drain(fd);
        (void)settle_batch(guard);
        settle_after(guard, accepted);
        return 0;
}

/* ---- Signals, the pulse ------------------------------------------------------------------------------------ */

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        _cleanup_free_ char *why = NULL;

        (void)source;
        (void)info;
        (void)guard_reload(userdata, &why); /* recorded there, whatever came of it */
        return 0;
}

static int on_reopen(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        struct guard *guard = userdata;

        (void)source;
        (void)info;
        outbox_signal(&guard->outbox, LETTER_REOPEN);
        return 0;
}

/* Both threads that somebody may wait for have to be alive; the supervisor tells the service manager. */
static int on_pulse(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct guard *guard = userdata;

        if (verdicts_alive(guard->verdicts))
                lifeline_pulse(guard->options.lifeline);
        (void)sd_event_source_set_time(source, usec + PULSE_USEC);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int attach_pulse(struct guard *guard)
{
        return sd_event_add_time_relative(guard->event, NULL, CLOCK_MONOTONIC, PULSE_USEC, 0, on_pulse, guard);
}

int housekeeper_attach(struct guard *guard)
{
        static const struct {
                int signal;
                sd_event_signal_handler_t handler;
        } signals[] = {
                { SIGHUP, on_reload }, { SIGUSR1, on_reopen }, { SIGTERM, stop_on_signal }, { SIGINT, stop_on_signal }
        };
        int r;

        for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
                r = sd_event_add_signal(guard->event, NULL, signals[i].signal, signals[i].handler, guard);
                if (r < 0)
                        return r;
        }
        r = sd_event_add_io(guard->event, NULL, guard->notes.to_housekeeper, EPOLLIN, on_notes, guard);
        if (r < 0)
                return r;
        return attach_pulse(guard);
}
