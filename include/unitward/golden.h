/* Golden copies: the authorised contents of files, stored under their SHA-256 so that tampering can be
 * undone. DIRECTORY/ab/cdef... (mode 0700 and 0400). Equal contents are stored once. A copy is written
 * under a temporary name and renamed; whether it is whole its digest tells, so that many can be flushed
 * together before the ledger relies on them.
 *
 * golden_store, golden_flush and golden_collect may wait for the disk: the recorder calls them. golden_load only reads: the
 * housekeeper calls it when it restores. */
#pragma once

#include <stdint.h>

#include "unitward/digest.h"

/* Larger files are authorised but cannot be restored: unitwardd itself is 3 MiB with its symbols, a generator in Go is more. It is
 * read, and hashed, while managers may wait for that. */
#define GOLDEN_FILE_MAX (4u * 1024u * 1024u)

struct golden;

int golden_open(const char *directory, struct golden **ret); /* makes the directory; 0 or -errno */
struct golden *golden_close(struct golden *golden);          /* accepts NULL; returns NULL */

/* 0: stored, or was there already and whole; durable after golden_flush. -errno otherwise; nothing
 * half-written keeps a name. */
int golden_store(struct golden *golden, const struct digest *digest, const void *data, size_t size);

/* All that was stored so far is on the disk (syncfs(2)). 0 or -errno. */
int golden_flush(struct golden *golden);

#define GOLDEN_UNUSED_USEC (30ull * 24 * 3600 * 1000000u) /* a copy that nothing needed for so long goes */

/* Removes the copies that nothing has needed since then (CLOCK_REALTIME), and says of those that something needs that
 * they were needed now. needed: digests in ascending order, n of them. ret_n (may be NULL): removed. 0 or -errno. */
int golden_collect(struct golden *golden, const struct digest *needed, size_t n, uint64_t since_usec, unsigned *ret_n);

/* The contents (caller frees). -ENOENT: no copy. -EUCLEAN: the copy no longer has its digest. */
int golden_load(struct golden *golden, const struct digest *digest, char **ret, size_t *ret_size);
