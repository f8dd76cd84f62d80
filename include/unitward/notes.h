/* Notes: what the verdict thread noticed and the housekeeper has to settle.
 *
 * The verdict thread reads the notification group itself, so that it knows, when a manager opens a
 * directory, whether anything noticed before is still unsettled: every note has a ticket, and an opener
 * waits until its ticket is settled. It gathers the actor at once, because a short mv(1) is gone soon. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "unitward/access.h"
#include "unitward/actor.h"
#include "unitward/inventory.h"
#include "unitward/note_log.h"
#include "unitward/policy.h"

#define NOTES_MAX 65536u       /* more at once become one NOTE_EVERYTHING */

enum note_kind {
        NOTE_CHANGE,           /* something happened to name in directory */
        NOTE_VERIFY,           /* look at name in directory; nobody is known to have changed it */
        NOTE_DECIDED,          /* a permission event on it was decided and recorded; only remembered */
        NOTE_FOREIGN,          /* of a directory that is not known by its handle (any more): look around soon */
        NOTE_PROGRAMS,         /* the policy's programs were replaced on the disk */
        NOTE_MOUNT,            /* something was mounted or unmounted, somewhere */
        NOTE_EVERYTHING,       /* notes were lost (queue overflow), or a change could not be placed */
};

struct note {
        enum note_kind kind;
        uint64_t mask;         /* NOTE_CHANGE: fanotify's mask; NOTE_MOUNT: the mount's unique id, 0: not told */
        struct actor *actor;   /* owned; NULL: nobody known */
        char *directory;       /* owned path; NULL for NOTE_EVERYTHING */
        char *name;            /* owned */
        char *client;          /* owned; NOTE_CHANGE: the gated command whose permitted run did it, access.h; NULL: none */
        unsigned tries;        /* to settle it, that failed */
        uint64_t ticket;       /* from notes_publish on */
        struct signature seen; /* NOTE_CHANGE: what was there when it was noticed; no inode: nothing */
        struct note_mark kept; /* NOTE_CHANGE: the log of notes with this one in it */
        TAILQ_ENTRY(note) next;
};
TAILQ_HEAD(note_list, note);

struct notes {
        pthread_mutex_t lock;
        struct note_list list;
        size_t n, n_most;      /* now, at most so far; n_most is written by the verdict thread */
        uint64_t lost;         /* for want of room: each time everything is settled instead */
        uint64_t noticed;      /* atomic: tickets handed out; written under the lock */
        uint64_t settled;      /* atomic: tickets settled; written by the housekeeper */
        struct note_log *log;  /* borrowed; NULL: nothing is kept for another guard */
        struct note_mark published, taken; /* in it */
        int to_housekeeper;    /* eventfd */
        int to_verdicts;       /* eventfd */
};

int notes_init(struct notes *notes);
void notes_done(struct notes *notes);

/* From now on what is published is in this log as well, until it is released; so is what is left there. */
void notes_keep(struct notes *notes, struct note_log *log);

/* Strings are copied, the actor's reference is handed over. NULL: no memory. */
struct note *note_new(enum note_kind kind, const char *directory, const char *name, struct actor *actor);
struct note *note_free(struct note *note); /* accepts NULL; returns NULL */
void note_list_free(struct note_list *list); /* all that is in it; the list is empty afterwards */

/* Hands the list over and wakes the housekeeper; the list is empty afterwards. */
void notes_publish(struct notes *notes, struct note_list *list);

/* The housekeeper: takes the oldest, at most so many; returns the ticket to settle when they are done. When more are
 * left it is woken again. */
uint64_t notes_take(struct notes *notes, size_t most, struct note_list *ret);

struct notes_usage {
        uint64_t unsettled;    /* notes published and not settled */
        uint64_t most;         /* that ever waited to be taken */
        uint64_t lost;
};
struct notes_usage notes_usage(struct notes *notes); /* any thread */

/* Of all changes of one name by one actor, for one client, only the last is left, with the masks of all: a flood on few names is
 * settled as often as there are names. Without memory for it nothing is left out. */
void notes_coalesce(struct note_list *list);
void notes_settle(struct notes *notes, uint64_t ticket);
/* All that was taken so far is settled, and has left its trace elsewhere. */
void notes_release(struct notes *notes);

/* Any thread: the last ticket handed out, and the last settled. */
uint64_t notes_noticed(struct notes *notes);
uint64_t notes_settled(struct notes *notes);
