/* Where entries live: in blocks of their own. Between the letters that a first start writes they would keep every
 * page of the heap from being given back. */
#include <sanitizer/asan_interface.h> /* its macros are nothing where there is no sanitizer */

#include "inventory_internal.h"
#include "unitward/util.h"

#define BLOCK_SIZE 65536u
#define ENTRIES_PER_BLOCK ((BLOCK_SIZE - 64u) / sizeof(struct entry))

struct entry_block {
        struct entry_block *next;
        size_t n_used;
        struct entry entries[ENTRIES_PER_BLOCK];
};

static struct entry *entry_from_block(struct inventory *inventory)
{
        struct entry_block *block = inventory->blocks;

        if (!block || block->n_used == ENTRIES_PER_BLOCK) {
                block = malloc(sizeof *block);
                if (!block)
                        return NULL;
                block->n_used = 0;
                block->next = inventory->blocks;
                inventory->blocks = block;
        }
        return &block->entries[block->n_used++];
}

static struct entry *entry_allocate(struct inventory *inventory)
{
        struct entry *entry = inventory->spare;

        if (!entry)
                return entry_from_block(inventory);
        ASAN_UNPOISON_MEMORY_REGION(entry, sizeof *entry);
        inventory->spare = entry->next_same_inode;
        return entry;
}

struct entry *entry_new(struct inventory *inventory, const struct entry *facts)
{
        struct entry *entry = entry_allocate(inventory);

        if (!entry)
                return NULL;
        *entry = *facts;
        entry->next_same_inode = NULL;
        entry->name = entry->room;
        if (!string_copy(entry->room, sizeof entry->room, facts->name))
                entry->name = strdup(facts->name);
        entry->target = facts->target ? strdup(facts->target) : NULL;
        entry->attributes = bytes_duplicate(facts->attributes, facts->attributes_size);
        if (!entry->name || (facts->target && !entry->target) || (facts->attributes && !entry->attributes)) {
                entry_free(inventory, entry);
                return NULL;
        }
        return entry;
}

void entry_free(struct inventory *inventory, struct entry *entry)
{
        if (!entry)
                return;
        if (entry->name != entry->room)
                free(entry->name);
        free(entry->target);
        free(entry->attributes);
        entry->next_same_inode = inventory->spare;
        inventory->spare = entry;
        ASAN_POISON_MEMORY_REGION(entry, sizeof *entry);
}

void entries_done(struct inventory *inventory)
{
        while (inventory->blocks) {
                struct entry_block *next = inventory->blocks->next;

                ASAN_UNPOISON_MEMORY_REGION(inventory->blocks, sizeof *inventory->blocks);
                free(inventory->blocks);
                inventory->blocks = next;
        }
        inventory->spare = NULL;
}
