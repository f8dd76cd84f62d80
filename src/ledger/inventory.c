#include "inventory_internal.h"
#include "unitward/known.h"
#include "unitward/util.h"

static int64_t nanoseconds(struct timespec t)
{
        return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct signature signature_of(const struct stat *st)
{
        return (struct signature){ file_id_of(st), (uint64_t)st->st_size, nanoseconds(st->st_mtim),
                                   nanoseconds(st->st_ctim) };
}

bool signature_equal(const struct signature *a, const struct signature *b)
{
        return file_id_equal(a->id, b->id) && a->size == b->size && a->mtime_nsec == b->mtime_nsec &&
               a->ctime_nsec == b->ctime_nsec;
}

int inventory_init(struct inventory *inventory)
{
        memset(inventory, 0, sizeof *inventory);
        return -pthread_mutex_init(&inventory->lock, NULL);
}

/* ---- Entries, by name and by inode --------------------------------------------------------------- */

static struct entry *first_of_inode(const struct inventory *inventory, const struct entry *entry)
{
        struct entry *first;

        HASH_FIND(hh_inode, inventory->by_inode, &entry->signature.id, sizeof entry->signature.id, first);
        return first;
}

/* Without memory for it they are as if never seen: the next look at each finds another signature, and tries again. */
static void become_first(struct inventory *inventory, struct entry *entry)
{
        HASH_ADD(hh_inode, inventory->by_inode, signature.id, sizeof entry->signature.id, entry);
        if (HASH_ADDED(hh_inode, entry))
                return;
        while (entry) {
                struct entry *next = entry->next_same_inode;

                entry->signature = (struct signature){ 0 };
                entry->next_same_inode = NULL;
                entry = next;
        }
}

static bool may_be_loaded(const struct entry *entry)
{
        return entry->state == ENTRY_AUTHORISED && file_id_is_set(entry->signature.id);
}

static void become_known(struct inventory *inventory, const struct entry *entry)
{
        if (inventory->known && may_be_loaded(entry))
                known_add(inventory->known, &entry->signature);
}

static void become_unknown(struct inventory *inventory, const struct entry *entry)
{
        if (inventory->known && may_be_loaded(entry))
                known_remove(inventory->known, &entry->signature);
}

static void inode_link(struct inventory *inventory, struct entry *entry)
{
        struct entry *first;

        entry->next_same_inode = NULL;
        if (!file_id_is_set(entry->signature.id))
                return;
        become_known(inventory, entry);
        first = first_of_inode(inventory, entry);
        if (!first) {
                become_first(inventory, entry);
                return;
        }
        entry->next_same_inode = first->next_same_inode;
        first->next_same_inode = entry;
}

static void inode_unlink(struct inventory *inventory, struct entry *entry)
{
        struct entry *at = first_of_inode(inventory, entry);

        become_unknown(inventory, entry);
        if (at == entry) {
                HASH_DELETE(hh_inode, inventory->by_inode, entry);
                if (entry->next_same_inode)
                        become_first(inventory, entry->next_same_inode);
        } else {
                while (at && at->next_same_inode != entry)
                        at = at->next_same_inode;
                if (at)
                        at->next_same_inode = entry->next_same_inode;
        }
        entry->next_same_inode = NULL;
}

static uint64_t *state_counter(struct inventory *inventory, enum entry_state state)
{
        return state == ENTRY_AUTHORISED ? &inventory->n_authorised : &inventory->n_tolerated;
}

static void detach(struct inventory *inventory, struct entry *entry)
{
        inode_unlink(inventory, entry);
        HASH_DEL(entry->directory->entries, entry);
        (*state_counter(inventory, entry->state))--;
        inventory->n_unfinished -= entry->unfinished;
}

struct entry *inventory_entry(struct directory *directory, const char *name)
{
        struct entry *entry;

        HASH_FIND(hh, directory->entries, name, strlen(name), entry);
        return entry;
}

struct entry *inventory_put(struct inventory *inventory, struct directory *directory, const struct entry *facts)
{
        struct entry *entry = entry_new(inventory, facts), *old;

        if (!entry)
                return NULL;
        entry->directory = directory;
        old = inventory_entry(directory, facts->name);
        inventory_lock(inventory);
        /* Both have the name for a moment, under the lock: what is known stays known when there is no memory. */
        HASH_ADD_KEYPTR(hh, directory->entries, entry->name, strlen(entry->name), entry);
        if (!HASH_ADDED(hh, entry)) {
                inventory_unlock(inventory);
                entry_free(inventory, entry);
                return NULL;
        }
        if (old)
                detach(inventory, old);
        inode_link(inventory, entry);
        (*state_counter(inventory, entry->state))++;
        inventory->n_unfinished += entry->unfinished;
        inventory_unlock(inventory);
        entry_free(inventory, old);
        return entry;
}

void inventory_drop(struct inventory *inventory, struct entry *entry)
{
        inventory_lock(inventory);
        detach(inventory, entry);
        inventory_unlock(inventory);
        entry_free(inventory, entry);
}

void inventory_resign(struct inventory *inventory, struct entry *entry, const struct signature *signature)
{
        inventory_lock(inventory);
        inode_unlink(inventory, entry);
        (*state_counter(inventory, entry->state))--;
        entry->signature = *signature;
        entry->state = ENTRY_AUTHORISED;
        (*state_counter(inventory, entry->state))++;
        inode_link(inventory, entry);
        inventory_unlock(inventory);
}

void inventory_disown(struct inventory *inventory, struct entry *entry)
{
        inventory_lock(inventory);
        (*state_counter(inventory, entry->state))--;
        become_unknown(inventory, entry);
        entry->state = ENTRY_TOLERATED;
        inventory->n_unfinished -= entry->unfinished;
        entry->expected = entry->unfinished = false;
        (*state_counter(inventory, entry->state))++;
        inventory_unlock(inventory);
}

void inventory_rezone(struct inventory *inventory, struct entry *entry, int zone, enum place place)
{
        if (entry->zone == zone && entry->place == place)
                return;
        inventory_lock(inventory);
        entry->zone = zone;
        entry->place = place;
        inventory_unlock(inventory);
}

static void renumber(int *zone, const int *to, size_t n)
{
        if (*zone != ZONE_UNPLACED)
                *zone = (size_t)*zone < n ? to[*zone] : ZONE_UNPLACED;
}

void inventory_renumber(struct inventory *inventory, const int *to, size_t n, void (*publish)(void *), void *userdata)
{
        struct directory *directory, *next;
        struct entry *entry, *following;

        inventory_lock(inventory);
        HASH_ITER(hh_path, inventory->by_path, directory, next) {
                renumber(&directory->zone, to, n);
                for (struct interest *i = directory->interests; i; i = i->next)
                        renumber(&i->zone, to, n);
                HASH_ITER(hh, directory->entries, entry, following)
                        renumber(&entry->zone, to, n);
        }
        publish(userdata);
        inventory_unlock(inventory);
}

/* ---- Condemned files --------------------------------------------------------------------------- */

bool inventory_condemn(struct inventory *inventory, struct condemned *condemned, struct condemned *ret_gone)
{
        bool gone;

        inventory_lock(inventory);
        gone = condemned_put(condemned->taken ? &inventory->taken : &inventory->condemned, condemned, ret_gone);
        inventory_unlock(inventory);
        return gone;
}

bool inventory_pardon(struct inventory *inventory, uint64_t now_usec, struct condemned *ret)
{
        bool gone;

        inventory_lock(inventory);
        gone = condemned_take(&inventory->condemned, now_usec, ret) || condemned_take(&inventory->taken, now_usec, ret);
        inventory_unlock(inventory);
        return gone;
}

static uint64_t oldest_usec(const struct condemned_table *table)
{
        return table->n ? table->all[0].until_usec : UINT64_MAX;
}

uint64_t inventory_pardon_usec(struct inventory *inventory)
{
        uint64_t condemned, taken;

        inventory_lock(inventory);
        condemned = oldest_usec(&inventory->condemned);
        taken = oldest_usec(&inventory->taken);
        inventory_unlock(inventory);
        if (taken < condemned)
                condemned = taken;
        return condemned == UINT64_MAX ? 0 : condemned;
}

void inventory_done(struct inventory *inventory)
{
        struct directory *directory, *next;
        struct condemned condemned;

        while (inventory_pardon(inventory, UINT64_MAX, &condemned))
                condemned_done(&condemned);
        HASH_ITER(hh_path, inventory->by_path, directory, next)
                inventory_remove_directory(inventory, directory);
        entries_done(inventory);
        (void)pthread_mutex_destroy(&inventory->lock);
}
