/* What is on the disk under a name, looked at without following links, opening devices or raising events. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "unitward/digest.h"

#define OBSERVE_HASH_MAX (16u * 1024u * 1024u) /* a larger file is known by its signature alone */

struct observed {
        bool exists;
        int fd;                /* O_PATH; -1 when it does not exist */
        struct stat st;
        char *target;          /* of a symbolic link, otherwise NULL */
        bool bare;             /* no extended attributes but security.* (always true for links) */
        void *attributes;      /* those of an object that is not bare (attributes.h); NULL: too many to keep */
        size_t attributes_size;
};

#define OBSERVED_NOTHING ((struct observed){ .fd = -1 })

/* dir: a descriptor of the directory (O_PATH will do). 0, also when there is nothing; -errno otherwise. */
int observe(int dir, const char *name, struct observed *ret);
void observed_done(struct observed *observed);

/* The contents of a regular file: its digest and, when ret_data is not NULL and the file is at most keep
 * bytes long, the bytes (otherwise *ret_data is NULL; caller frees). Raises an open event of this process.
 * -EFBIG: longer than OBSERVE_HASH_MAX. */
int observe_contents(const struct observed *observed, size_t keep, struct digest *ret_digest, char **ret_data,
                     size_t *ret_size);

/* True while some process has the regular file open for writing (F_SETLEASE). */
bool observe_is_being_written(const struct observed *observed);
