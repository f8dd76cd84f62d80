/* What a manager removed and may not comes back, and that it sees: systemd looks again for links to remove until it
 * finds none. What came back at once every time it would remove for ever, and do nothing else. So it finds nothing
 * once. */
#include "settle_internal.h"
#include "unitward/text.h"
#include "unitward/util.h"

#define INSIST_USEC (2u * 1000000u)

/* Of two paths with one hash, one is brought back two seconds later. */
bool insist_later(struct settler *settler, const struct change *change)
{
        const struct actor *actor = change->cause->actor;
        uint64_t key = text_hash(TEXT_HASH_START, change->path), now = now_monotonic_usec();
        size_t slot = (size_t)(key % SETTLE_INSISTED_MAX);

        if (change->operation != OPERATION_REMOVE || !actor || !(actor->manager || actor->user_manager))
                return false;
        if (settler->insisted[slot].key == key && now - settler->insisted[slot].when_usec < INSIST_USEC) {
                settler->n_pending++;
                return true;
        }
        settler->insisted[slot].key = key;
        settler->insisted[slot].when_usec = now;
        return false;
}

bool insist_now(const struct settler *settler, const struct change *change)
{
        uint64_t key = text_hash(TEXT_HASH_START, change->path), when = settler->insisted[key % SETTLE_INSISTED_MAX].when_usec;

        return settler->insisted[key % SETTLE_INSISTED_MAX].key == key && now_monotonic_usec() - when >= INSIST_USEC;
}
