/* The log of notes: what the guard has noticed and not settled survives its death, with the actor who did it.
 *
 * Without it the next guard finds a change by nobody known, and undoes what a package manager was just doing. A ring
 * in memory that outlives the process: the verdict thread adds each change when it has found out whose it is, the
 * housekeeper releases what is settled, the next guard takes up what is left. Whoever is killed between any two
 * stores leaves a ring that is as it was before one of them.
 *
 * The memory is a file in the runtime directory, as the log of pending changes is, and trusted as that: root's.
 * Adding makes no system call and waits for nobody. Where there is no room for a change, it and those after it are not
 * kept until all of them are settled, and counted: what is kept is never without something that came before. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOTE_LOG_SIZE (4u * 1024u * 1024u) /* some thousands of changes at once */
#define NOTE_LOG_SMALLEST (128u * 1024u)

struct note;
struct note_list;
struct note_log;

/* Over memory that the caller keeps for as long; what is in it is checked before it is believed, and it is emptied
 * when it is not a log. all: what happened since then has been queued by the kernel and is still to be told (the
 * groups outlived the guard); otherwise only what note_log_confirm was called for counts. 0, -EINVAL: too small,
 * or -ENOMEM. */
int note_log_new(void *memory, size_t size, bool all, struct note_log **ret);
struct note_log *note_log_free(struct note_log *log); /* leaves the memory as it is; accepts NULL; returns NULL */

/* What the last guard left, oldest first, as NOTE_CHANGEs; before the first is added. It stays until it is released.
 * How many of its records could not be read (0: all could be), or -ENOMEM. */
int note_log_read(struct note_log *log, struct note_list *ret);

/* True when nothing that happened later is missing either: what the notes tell can be settled as if the last guard
 * still did. False: only as far as the disk is as note->seen says. */
bool note_log_is_whole(const struct note_log *log);

/* The verdict thread's. */
void note_log_add(struct note_log *log, const struct note *note);

/* All that was added so far. */
struct note_mark {
        uint64_t end, dropped;
};
struct note_mark note_log_mark(const struct note_log *log);

/* Nothing had happened that was not read when the notes added so far were looked at: their note->seen is their own
 * actor's, and not that of somebody whose note was still to come. */
void note_log_confirm(struct note_log *log);

/* Where the verdict thread reads notifications into, FAN_BUFFER_SIZE bytes: a guard that is killed on its way out of
 * read(2), or with some of them still to be looked at, leaves them here. Before each read; so many were read; all
 * before that offset became notes. */
void *note_log_buffer(struct note_log *log);
void note_log_reading(struct note_log *log);
void note_log_read_some(struct note_log *log, size_t size);
void note_log_looked_at(struct note_log *log, size_t offset);

/* What the last guard left there, FAN_BUFFER_SIZE bytes for the caller to free, zeros behind the last event; when they
 * were read (CLOCK_BOOTTIME). Before the first read. NULL: nothing, or no memory. */
unsigned char *note_log_unread(struct note_log *log, uint64_t *ret_usec);

/* The housekeeper's: all up to there is settled. */
void note_log_release(struct note_log *log, struct note_mark mark);

/* Changes that a death of the daemon would leave to nobody, since it started. Any thread. */
uint64_t note_log_unkept(const struct note_log *log);

/* The memory: DIRECTORY/notes, mapped; made when it is missing, root's alone. Where the directory is not on a tmpfs
 * (a store could wait for the disk) or has no room, memory that ends with the process, and *ret_lasts is false.
 * NULL: there is not even that. */
void *note_log_map(const char *directory, bool *ret_lasts);
void note_log_unmap(void *memory); /* accepts NULL */
