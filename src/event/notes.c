#include <sys/eventfd.h>

#include "unitward/hash.h"
#include "unitward/notes.h"
#include "unitward/util.h"

int notes_init(struct notes *notes)
{
        memset(notes, 0, sizeof *notes);
        TAILQ_INIT(&notes->list);
        notes->to_housekeeper = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        notes->to_verdicts = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (notes->to_housekeeper < 0 || notes->to_verdicts < 0)
                return -errno;
        return -pthread_mutex_init(&notes->lock, NULL);
}

void note_list_free(struct note_list *list)
{
        struct note *note;

        while ((note = TAILQ_FIRST(list))) {
                TAILQ_REMOVE(list, note, next);
                note_free(note);
        }
}

void notes_done(struct notes *notes)
{
        note_list_free(&notes->list);
        close_pointer(&notes->to_housekeeper);
        close_pointer(&notes->to_verdicts);
        (void)pthread_mutex_destroy(&notes->lock);
}

void notes_keep(struct notes *notes, struct note_log *log)
{
        notes->log = log;
        notes->published = notes->taken = note_log_mark(log);
}

/* Without its note, what an allowed actor did would be nobody's, and undone: worth a second try. */
static char *copy(const char *text)
{
        char *copied = strdup(text);

        return copied ? copied : strdup(text);
}

struct note *note_new(enum note_kind kind, const char *directory, const char *name, struct actor *actor)
{
        struct note *note = calloc(1, sizeof *note);

        if (!note) {
                actor_unref(actor);
                return NULL;
        }
        note->kind = kind;
        note->actor = actor;
        note->directory = directory ? copy(directory) : NULL;
        note->name = name ? copy(name) : NULL;
        if ((directory && !note->directory) || (name && !note->name))
                return note_free(note);
        return note;
}

struct note *note_free(struct note *note)
{
        if (!note)
                return NULL;
        actor_unref(note->actor);
        free(note->directory);
        free(note->name);
        free(note->client);
        free(note);
        return NULL;
}

void notes_publish(struct notes *notes, struct note_list *list)
{
        struct note *note;

        if (TAILQ_EMPTY(list))
                return;
        (void)pthread_mutex_lock(&notes->lock);
        while ((note = TAILQ_FIRST(list))) {
                TAILQ_REMOVE(list, note, next);
                note->ticket = __atomic_add_fetch(&notes->noticed, 1, __ATOMIC_RELEASE);
                if (notes->n >= NOTES_MAX && note->kind != NOTE_EVERYTHING) {
                        /* The last one in the list becomes the order to look at everything. */
                        TAILQ_LAST(&notes->list, note_list)->kind = NOTE_EVERYTHING;
                        notes->lost++;
                        note_free(note);
                        continue;
                }
                TAILQ_INSERT_TAIL(&notes->list, note, next);
                if (++notes->n > notes->n_most)
                        notes->n_most = notes->n;
        }
        if (notes->log)
                notes->published = note_log_mark(notes->log);
        (void)pthread_mutex_unlock(&notes->lock);
        event_wake(notes->to_housekeeper);
}

uint64_t notes_take(struct notes *notes, size_t most, struct note_list *ret)
{
        uint64_t ticket = 0;
        struct note *note;
        bool left;

        TAILQ_INIT(ret);
        (void)pthread_mutex_lock(&notes->lock);
        for (; most > 0 && (note = TAILQ_FIRST(&notes->list)); most--) {
                TAILQ_REMOVE(&notes->list, note, next);
                TAILQ_INSERT_TAIL(ret, note, next);
                notes->n--;
                ticket = note->ticket;
                if (note->kind == NOTE_CHANGE)
                        notes->taken = note->kept;
        }
        left = !TAILQ_EMPTY(&notes->list);
        if (!left) {
                ticket = notes->noticed; /* with those that there was no room for */
                notes->taken = notes->published;
        }
        (void)pthread_mutex_unlock(&notes->lock);
        if (left)
                event_wake(notes->to_housekeeper);
        return ticket;
}

struct notes_usage notes_usage(struct notes *notes)
{
        struct notes_usage usage;

        (void)pthread_mutex_lock(&notes->lock);
        usage = (struct notes_usage){ .unsettled = notes->noticed - notes_settled(notes),
                                      .most = notes->n_most,
                                      .lost = notes->lost };
        (void)pthread_mutex_unlock(&notes->lock);
        return usage;
}

/* The last note about a name by an actor, found from the end of the list. */
struct last {
        char *key;
        struct note *note;
        UT_hash_handle hh;
};

static void last_free(struct last *all)
{
        struct last *last, *following;

        HASH_ITER(hh, all, last, following) {
                HASH_DEL(all, last);
                free(last->key);
                free(last);
        }
}

/* True when it was added; false when there is a later one, which now carries this one's mask, or no memory. */
static bool remember_last(struct last **all, struct note *note, bool *ret_later)
{
        char *key = format("%p %s %s/%s", (void *)note->actor, note->client ? note->client : "-", note->directory,
                           note->name);
        struct last *last = NULL;

        *ret_later = false;
        if (!key)
                return false;
        HASH_FIND_STR(*all, key, last);
        if (last) {
                last->note->mask |= note->mask;
                free(key);
                *ret_later = true;
                return false;
        }
        last = malloc(sizeof *last);
        if (!last) {
                free(key);
                return false;
        }
        last->key = key;
        last->note = note;
        HASH_ADD_KEYPTR(hh, *all, last->key, strlen(last->key), last);
        if (HASH_ADDED(hh, last))
                return true;
        free(key);
        free(last);
        return false;
}

void notes_coalesce(struct note_list *list)
{
        struct note *note, *before;
        struct last *all = NULL;
        bool later;

        for (note = TAILQ_LAST(list, note_list); note; note = before) {
                before = TAILQ_PREV(note, note_list, next);
                if (note->kind != NOTE_CHANGE || remember_last(&all, note, &later) || !later)
                        continue;
                TAILQ_REMOVE(list, note, next);
                note_free(note);
        }
        last_free(all);
}

void notes_release(struct notes *notes)
{
        if (notes->log)
                note_log_release(notes->log, notes->taken);
}

void notes_settle(struct notes *notes, uint64_t ticket)
{
        __atomic_store_n(&notes->settled, ticket, __ATOMIC_RELEASE);
        event_wake(notes->to_verdicts);
}

uint64_t notes_noticed(struct notes *notes)
{
        return __atomic_load_n(&notes->noticed, __ATOMIC_ACQUIRE);
}

uint64_t notes_settled(struct notes *notes)
{
        return __atomic_load_n(&notes->settled, __ATOMIC_ACQUIRE);
}
