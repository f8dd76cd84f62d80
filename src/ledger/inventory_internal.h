/* Between the writer's half of the inventory (inventory.c, directories.c), the readers' (inventory_facts.c) and where entries live
 * (entries.c). */
#pragma once

#include "unitward/inventory.h"

static inline void inventory_lock(struct inventory *inventory)
{
        (void)pthread_mutex_lock(&inventory->lock);
}

static inline void inventory_unlock(struct inventory *inventory)
{
        (void)pthread_mutex_unlock(&inventory->lock);
}

/* A copy of the facts, with a name, target and attributes of its own; in no index yet. NULL: no memory. */
struct entry *entry_new(struct inventory *inventory, const struct entry *facts);
void entry_free(struct inventory *inventory, struct entry *entry); /* NULL is fine */
void entries_done(struct inventory *inventory);
