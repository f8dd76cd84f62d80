/* Open addressing. A table that fills up is copied into one of another size, which has a place of its own, and from
 * then on that one is in use. */
#include <sys/mman.h>
#include <sys/random.h>

#include "unitward/inventory.h"
#include "unitward/known.h"
#include "unitward/util.h"

enum { EMPTY = 0, REMOVED = 1, FIRST_FINGERPRINT = 2 };

static uint64_t load(const uint64_t *slot)
{
        return __atomic_load_n(slot, __ATOMIC_ACQUIRE);
}

static void store(uint64_t *slot, uint64_t value)
{
        __atomic_store_n(slot, value, __ATOMIC_RELEASE);
}

/* The finaliser of MurmurHash3: every bit of the value changes half of the result's. */
static uint64_t mix(uint64_t value)
{
        value ^= value >> 33;
        value *= UINT64_C(0xff51afd7ed558ccd);
        value ^= value >> 33;
        value *= UINT64_C(0xc4ceb9fe1a85ec53);
        return value ^ (value >> 33);
}

static uint64_t fingerprint_of(const struct known *known, const struct signature *signature)
{
        const uint64_t words[] = { signature->id.device, signature->id.inode, signature->size,
                                   (uint64_t)signature->mtime_nsec, (uint64_t)signature->ctime_nsec };
        uint64_t hash = known->key[0];

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                hash = mix(hash ^ words[i]) + known->key[1];
        return hash < FIRST_FINGERPRINT ? hash + FIRST_FINGERPRINT : hash;
}

static uint64_t *area(struct known *known, uint32_t room)
{
        return &known->fingerprints[room - KNOWN_SMALLEST];
}

/* Of a size that a writer gone mad cannot make larger than the memory. */
static uint64_t *table_of(const struct known *known, uint32_t *ret_room)
{
        uint32_t room = __atomic_load_n(&known->room, __ATOMIC_ACQUIRE);

        if (room < KNOWN_SMALLEST || room > KNOWN_LARGEST || (room & (room - 1)) != 0)
                return NULL;
        *ret_room = room;
        return area((struct known *)(uintptr_t)known, room);
}

static uint64_t *slot_of(const struct known *known, uint64_t fingerprint)
{
        uint32_t room, tries;
        uint64_t *table = table_of(known, &room);

        if (!table)
                return NULL;
        for (tries = 0; tries < room; tries++) {
                uint64_t *slot = &table[(fingerprint + tries) & (room - 1)], value = load(slot);

                if (value == fingerprint)
                        return slot;
                if (value == EMPTY)
                        return NULL;
        }
        return NULL;
}

/* True when it took a slot that was never used. */
static bool insert(uint64_t *table, uint32_t room, uint64_t fingerprint)
{
        uint32_t at = (uint32_t)fingerprint & (room - 1);
        bool fresh;

        while (load(&table[at]) > REMOVED)
                at = (at + 1) & (room - 1);
        fresh = load(&table[at]) == EMPTY;
        store(&table[at], fingerprint);
        return fresh;
}

/* Memory that is shared is given back with its contents, madvise(2); in other memory they stay, and are not looked at
 * again. */
static void give_back(uint64_t *table, uint32_t room)
{
        if (madvise(table, room * sizeof *table, MADV_REMOVE) < 0)
                memset(table, 0, room * sizeof *table);
}

/* The largest is looked through for removed ones now and then only. */
#define RETRY_EVERY 65536u

/* At most half of the new table is used; it is never the one that is copied. */
static bool rebuild(struct known *known, uint64_t *table, uint32_t room)
{
        uint32_t n = 0, fresh = KNOWN_SMALLEST;

        if (room == KNOWN_LARGEST && known->n_unknown % RETRY_EVERY != 0)
                return false;
        for (uint32_t i = 0; i < room; i++)
                n += table[i] > REMOVED;
        while (fresh < 2 * n)
                fresh *= 2;
        if (fresh == room)
                fresh *= 2;
        if (fresh > KNOWN_LARGEST)
                return false;
        for (uint32_t i = 0; i < room; i++)
                if (table[i] > REMOVED)
                        (void)insert(area(known, fresh), fresh, table[i]);
        known->n_used = n;
        __atomic_store_n(&known->room, fresh, __ATOMIC_RELEASE);
        give_back(table, room);
        return true;
}

void known_clear(struct known *known)
{
        uint32_t room;
        uint64_t *table = table_of(known, &room);

        if (table)
                give_back(table, room);
        known->n_used = 0;
        known->n_unknown = 0;
        /* Without randomness right after boot the key is that of the clock: nobody could have prepared for it. */
        if (getrandom(known->key, sizeof known->key, GRND_NONBLOCK) != sizeof known->key)
                known->key[0] = now_monotonic_usec();
        __atomic_store_n(&known->room, KNOWN_SMALLEST, __ATOMIC_RELEASE);
}

void known_add(struct known *known, const struct signature *signature)
{
        uint32_t room;
        uint64_t *table = table_of(known, &room);

        if (!table)
                return;
        if (known->n_used >= room / 4 * 3) {
                if (!rebuild(known, table, room)) {
                        known->n_unknown++;
                        return;
                }
                table = table_of(known, &room);
        }
        known->n_used += insert(table, room, fingerprint_of(known, signature));
}

void known_remove(struct known *known, const struct signature *signature)
{
        uint64_t *slot = slot_of(known, fingerprint_of(known, signature));

        if (slot)
                store(slot, REMOVED);
}

bool known_has(const struct known *known, const struct signature *signature)
{
        return slot_of(known, fingerprint_of(known, signature)) != NULL;
}
