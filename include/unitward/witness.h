/* Programs that change directories and are gone before anybody can look: ln, mv, rm, chmod and their like
 * raise no permission event and live for a fraction of a millisecond. The notification group is told
 * when one of them is executed, so that it is met while it still starts; its descent then is known when
 * the notification of what it did is read.
 *
 * That can come too late on a busy machine, and an upgrade must not fail for it: while somebody whom the
 * policy allows is at work (a package being installed), their execution waits until they were met. At
 * all other times nobody waits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "unitward/fan_group.h"
#include "unitward/file_id.h"

#define WITNESS_PROGRAMS_MAX 32u

struct witness {
        struct file_id marked[WITNESS_PROGRAMS_MAX]; /* the inode that was marked last, for each program */
        bool asking;
};

/* Marks those that exist, and again those that a package upgrade has replaced since. Cheap when nothing
 * changed: one stat(2) each. */
void witness_refresh(struct witness *witness, const struct fan_groups *groups);

/* Executions wait to be looked at from now on, or no longer. */
void witness_ask(struct witness *witness, const struct fan_groups *groups, bool asking);
