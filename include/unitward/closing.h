/* Closes what a guard that died had open, and does not wait for it.
 *
 * Whoever closes the last descriptor of a fanotify or inotify group waits until nobody on the machine is just being told of
 * an event: on a crowded one that is a second, in which nobody would be answered. So a child with a copy of the table is the
 * last. It holds the groups of the daemon too, for that moment, and never outlives its parent. */
#pragma once

#include "unitward/lifeline.h"

/* Everything from the descriptor `from` on, but what openers in flight wait on. */
void closing_close(const struct lifeline *lifeline, unsigned from);
