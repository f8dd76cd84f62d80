/* Quarantine: what was planted is moved here as evidence, out of every manager's reach.
 *
 * DIRECTORY/ID/content is the object itself (file, link or directory tree; a file's mode becomes 0400),
 * DIRECTORY/ID/evidence.json says who, when, what. ID is UTC time and a counter and sorts by age:
 * "20261123T091837.123456Z-0007". Nothing is ever overwritten.
 *
 * Taking runs on the housekeeper while a manager may be waiting: rename(2) where the file system is the
 * same, a bounded copy where it is not, no fsync. quarantine_seal, on the recorder, hashes and flushes: it
 * and quarantine_content alone may run on another thread than the rest. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "unitward/policy.h"

#define QUARANTINE_ID_MAX 40

struct quarantine;

struct quarantine_limits {
        uint64_t max_bytes;     /* of all contents together; each item counts 8 KiB besides */
        uint64_t max_file;      /* a file copied across file systems is cut here (evidence says so) */
        enum quarantine_full when_full;
};

/* Makes the directory (0700) when it is missing. Counts what is there, files what was set aside. 0 or -errno. */
int quarantine_open(const char *directory, const struct quarantine_limits *limits, struct quarantine **ret);
struct quarantine *quarantine_close(struct quarantine *quarantine); /* accepts NULL; returns NULL */
void quarantine_set_limits(struct quarantine *quarantine, const struct quarantine_limits *limits);

/* Called with each item's new directory, its path and why (see quarantine_take) before anything is moved there. */
typedef void quarantine_prepare(void *userdata, int item, const char *path, const json_t *why);
void quarantine_prepare_items(struct quarantine *quarantine, quarantine_prepare *prepare, void *userdata);

/* Moves NAME in the directory dir (an O_PATH or readable descriptor) into quarantine. path is its full
 * name for the evidence, why the fields that the caller knows (actor, operation, rule...; merged into
 * evidence.json; borrowed). Adds: id, path (path_hex when it is not UTF-8), taken, kind, size, permissions,
 * owner, mtime, target of a link, xattrs, inode, nlink, "state": "taken", and where it is so: "cut",
 * "immutable" (it had chattr +i), "shared" (see below).
 * A file with further hard links, or open for writing, is replaced by a copy: the evidence must not change
 * under its other name. If that copy would be cut it stays as it is: "shared". A symbolic link is kept as its
 * target text. Of a FIFO, socket or device only the description is kept. Trees that have to be copied are
 * bounded: 10,000 objects, 32 deep.
 * 0: gone from dir, ret_id is set. -ENOENT: there was nothing. -EDQUOT: no room within the limits; that, -ENOSPC,
 * -EROFS, ...: it is still where it was (or, for a tree, part of it is; -E2BIG: call again, it was too much for one time). */
int quarantine_take(struct quarantine *quarantine, int dir, const char *name, const char *path,
                    json_t *why, char ret_id[static QUARANTINE_ID_MAX]);

/* The quick half of taking, while a manager waits: out of its directory at once, under DIRECTORY/incoming/ID, without
 * evidence. quarantine_file does the rest, as quarantine_take would have done it; path and why as there. What was set
 * aside and not filed when the daemon was killed is filed by quarantine_open, which knows neither path nor why.
 * set_aside: 0; -ENOENT; -EXDEV: neither a link nor on this file system; -EDQUOT, -ENOSPC, ...: it is still where it was.
 * file: 0; anything else: it stays set aside. */
int quarantine_set_aside(struct quarantine *quarantine, int dir, const char *name, char ret_id[static QUARANTINE_ID_MAX]);
int quarantine_file(struct quarantine *quarantine, const char *id, const char *path, json_t *why);

/* Adds the SHA-256 to the evidence; "state": "sealed". Durable after quarantine_flush. */
int quarantine_seal(struct quarantine *quarantine, const char *id);

/* The object itself, as an O_PATH descriptor, and what it is. May run where quarantine_seal does. -EINVAL: not an id;
 * -ENOENT: there is none, or only a description was kept. */
int quarantine_content(struct quarantine *quarantine, const char *id, struct stat *ret);

/* All that was taken and sealed so far is on the disk (syncfs(2)): once for many, because each flush holds up the
 * housekeeper's own renames on a journalling file system. 0 or -errno. */
int quarantine_flush(struct quarantine *quarantine);

/* The ids alone, without a look at the disk. */
void quarantine_each(const struct quarantine *quarantine, void (*tell)(void *userdata, const char *id), void *userdata);

int quarantine_list(struct quarantine *quarantine, json_t **ret);               /* array of evidence, oldest first */
int quarantine_show(struct quarantine *quarantine, const char *id, json_t **ret); /* -EINVAL: not an id; -ENOENT */

/* Puts the content back at its path, or under another directory: dir is the descriptor of the target directory,
 * which must exist, name the name in it. Never overwrites: -EEXIST. Restores owner, mode, mtime and xattrs, on a
 * new inode. -ENOTRECOVERABLE: it was cut, or only a description was kept. On 0 it is no longer in quarantine. */
int quarantine_restore(struct quarantine *quarantine, const char *id, int dir, const char *name);

int quarantine_purge(struct quarantine *quarantine, const char *id);            /* removes one for good */

/* For so many bytes, within its limits. What purges the oldest always has room. */
bool quarantine_has_room(const struct quarantine *quarantine, uint64_t bytes);

/* What there is no room for stays where it was. */
bool quarantine_keeps_all(const struct quarantine *quarantine);

void quarantine_usage(struct quarantine *quarantine, uint64_t *ret_bytes, uint64_t *ret_count);
