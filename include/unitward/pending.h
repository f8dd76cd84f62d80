/* What was accepted and is not in the ledger yet: a log that survives the death of the daemon, not of the machine.
 *
 * The ledger is committed by the recorder, some milliseconds later and many changes at once; nobody waits for that. So
 * that `kill -9` loses nothing meanwhile, the housekeeper writes each change here first: one write(2) into the runtime
 * directory, a tmpfs, which waits for no disk. The next start replays it. It may replay what is in the ledger already:
 * the last change of each path is the one that counts.
 *
 * DIRECTORY/pending and DIRECTORY/pending.old, which is older: frames of kind, size, SHA-256 of all of it, payload. A
 * frame that was cut off ends the log. The housekeeper appends and replays; the recorder says what is done. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "unitward/ledger.h"

#define PENDING_MAX (16u * 1024u * 1024u) /* of each of the two files; what is beyond is not logged */

struct pending;

int pending_open(const char *directory, struct pending **ret); /* makes the directory; what is there stays */
struct pending *pending_close(struct pending *pending);        /* accepts NULL; returns NULL */

/* Each returns the number of the last change in the log: its own, or an older one where there was no room (see
 * pending_unlogged). Numbers count from 1. During pending_replay nothing is written again, and the number is that of
 * the change that is being replayed. */
uint64_t pending_put(struct pending *pending, const struct ledger_entry *entry);
uint64_t pending_remove(struct pending *pending, const char *path);
uint64_t pending_contents(struct pending *pending, const void *data, size_t size); /* of what is put next */

/* All up to this number are in the ledger, and flushed. Any thread. */
void pending_done(struct pending *pending, uint64_t number);

/* Changes that a crash of the daemon would lose, because they could not be written here. Any thread. */
uint64_t pending_unlogged(struct pending *pending);

struct pending_handler {
        /* A negative result ends the reading and is returned. Strings are valid during the call. */
        int (*put)(void *userdata, const struct ledger_entry *entry);
        int (*remove)(void *userdata, const char *path);
        int (*contents)(void *userdata, const char *data, size_t size);
        void *userdata;
};

/* Once, before the first change: what the last daemon left, in order. It stays until it is done. 0 or -errno. */
int pending_replay(struct pending *pending, const struct pending_handler *handler);

/* Forgets all of it: there is no ledger that it belongs to. */
void pending_discard(struct pending *pending);

/* The frames in these bytes up to the first that is not whole: so many bytes were good. 0, or what a handler said. */
int pending_read(const char *bytes, size_t size, const struct pending_handler *handler, size_t *ret_good);
