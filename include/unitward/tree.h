/* Objects of a file system with all that lies below them: opened, measured, copied and removed without ever
 * following a link, opening a FIFO or a device, or trusting a name to mean the same thing twice. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct tree_place {
        int dir;               /* an O_PATH or readable descriptor */
        const char *name;      /* one component in it */
};

struct tree_limits {
        uint64_t max_file;     /* the copy of a file is cut after so many bytes */
        unsigned max_objects;  /* what is beyond is neither counted nor copied */
        unsigned max_depth;    /* at most 100; a descriptor or two are open for each level */
        bool exact;            /* copy: fail when contents cannot be read, owner or mode not kept; flush each file */
};

struct tree_usage {
        uint64_t bytes;        /* allocated on the disk; copied */
        unsigned objects;
        bool cut;              /* not all of it: a limit, an unreadable file, a FIFO, a socket or a device */
};

/* An O_PATH descriptor and what it is; a link is opened itself. -errno. Raises no event, waits for nobody. */
int object_open(struct tree_place place, struct stat *ret);

/* Opens for real what object_open found (that inode, whatever its name means by now). Regular files and
 * directories only. Never blocks: -EAGAIN when somebody holds a lease on the file. */
int object_reopen(int object, int flags);

/* Where a link points, in PATH_MAX bytes; -errno. */
int object_target(int object, char *target);

/* Takes away the immutable and append-only flags (chattr +i, +a), which stop even root from moving a file.
 * True when there was one and it is gone. */
bool object_unlock(struct tree_place place);

/* Calls each for every name in the directory but "." and ".."; stops at and returns what is not 0.
 * A name may be gone by the time of the call. */
int directory_each(int dir, int (*each)(int dir, const char *name, void *userdata), void *userdata);

int tree_measure(struct tree_place place, const struct tree_limits *limits, struct tree_usage *ret);

/* Copies with owner, mode, times and extended attributes (the last two as far as possible). Never overwrites:
 * -EEXIST. A file has its name only when it is complete. On failure nothing new is left behind. */
int tree_copy(struct tree_place from, struct tree_place to, const struct tree_limits *limits, struct tree_usage *ret);

/* Removes an object and all below it, however deep. -E2BIG: there were more than max_objects; so many are gone. */
int tree_remove(struct tree_place place, unsigned max_objects);
