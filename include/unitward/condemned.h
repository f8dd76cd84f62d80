/* Condemned files: what a symbolic link led to that appeared in a protected directory and was refused, or is not
 * decided yet. A manager that had read the link's name before it was removed opens the file behind it, which no zone
 * protects; for a while it may not load that. Everybody else may do with it what he could before.
 *
 * A second table is of directories in quarantine that something was moved to a moment ago: whoever had found it by its
 * name before opens it there, to load it or to write it.
 *
 * Whoever plants links fills this table, so it is small, the oldest goes first, and all of it goes in time. It is part
 * of the inventory and under its lock (inventory.h); only the test uses it by itself. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unitward/file_id.h"
#include "unitward/policy.h"

#define CONDEMNED_MAX 512u
#define CONDEMNED_USEC (10u * 1000000u)

struct condemned {
        struct file_id id;
        bool taken;            /* of the second table */
        int fd;                /* owned: the inode remains this file's, and can be unmarked by it */
        uint64_t until_usec;   /* CLOCK_MONOTONIC */
        char *path;            /* owned; for people: of what was taken, where it was */
        char rule[POLICY_ID_MAX]; /* that refused the link or the file; "": that is not decided yet */
};

struct condemned_table {
        struct condemned all[CONDEMNED_MAX]; /* oldest first */
        size_t n;
};

/* NULL: it is not condemned. */
const struct condemned *condemned_find(const struct condemned_table *table, struct file_id id);

/* Takes what *condemned owns, as the newest. A file that is there already is replaced, and its rule kept when
 * there is no new one. True: that, or the oldest when there was no room, is in *ret_gone. */
bool condemned_put(struct condemned_table *table, struct condemned *condemned, struct condemned *ret_gone);

/* Takes the oldest when its time has come. */
bool condemned_take(struct condemned_table *table, uint64_t now_usec, struct condemned *ret);

void condemned_done(struct condemned *condemned);
