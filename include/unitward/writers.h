/* Who wrote a file last, as far as notifications told: for a change whose own actor was gone before he could be
 * looked at. Housekeeper only. */
#pragma once

#include <sys/stat.h>

#include "unitward/actor.h"
#include "unitward/file_id.h"

#define WRITERS_MAX 256u

struct writers {
        struct {
                struct file_id id;
                int64_t mtime_nsec;    /* a later write than his, or another file under the same inode, has another */
                struct actor *actor;
        } slots[WRITERS_MAX];
};

/* He wrote the file, which looks like this now. Takes a reference of its own. */
void writers_note(struct writers *writers, const struct stat *st, struct actor *actor);

/* Whoever wrote what the file is now; NULL: not known. Borrowed until the next note. */
const struct actor *writers_recall(const struct writers *writers, const struct stat *st);

void writers_done(struct writers *writers);
