#include "unitward/writers.h"
#include "unitward/inventory.h"

static size_t slot_of(const struct stat *st)
{
        return (size_t)st->st_ino % WRITERS_MAX;
}

void writers_note(struct writers *writers, const struct stat *st, struct actor *actor)
{
        const struct signature now = signature_of(st);
        size_t slot = slot_of(st);

        actor_unref(writers->slots[slot].actor);
        writers->slots[slot].id = now.id;
        writers->slots[slot].mtime_nsec = now.mtime_nsec;
        writers->slots[slot].actor = actor_ref(actor);
}

const struct actor *writers_recall(const struct writers *writers, const struct stat *st)
{
        const struct signature now = signature_of(st);
        size_t slot = slot_of(st);

        return writers->slots[slot].actor && file_id_equal(writers->slots[slot].id, now.id) &&
                               writers->slots[slot].mtime_nsec == now.mtime_nsec
                       ? writers->slots[slot].actor
                       : NULL;
}

void writers_done(struct writers *writers)
{
        for (size_t i = 0; i < WRITERS_MAX; i++)
                actor_unref(writers->slots[i].actor);
        *writers = (struct writers){ 0 };
}
