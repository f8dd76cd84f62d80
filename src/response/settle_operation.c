/* Which operation a difference between the disk and the inventory is. */
#include <fcntl.h>

#include "settle_internal.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

static bool link_leads_to_authorised(struct settler *settler, const struct change *change)
{
        struct inventory_facts facts;
        struct signature signature;
        struct stat st;

        /* Follows the link; stat(2) raises no event. */
        if (fstatat(change->dir, change->name, &st, 0) < 0)
                return false;
        signature = signature_of(&st);
        inventory_find(&settler->inventory, &signature, &facts);
        return facts.found && facts.authorised;
}

static enum operation link_operation(struct settler *settler, const struct change *change)
{
        if (streq(change->seen->target, "/dev/null"))
                return OPERATION_MASK;
        if (change->place == PLACE_DEPENDENCIES || link_leads_to_authorised(settler, change))
                return OPERATION_ENABLE;
        return OPERATION_LINK;
}

static enum operation operation_of_difference(struct settler *settler, const struct change *change)
{
        const struct observed *seen = change->seen;
        const struct entry *entry = change->entry;
        uint64_t mask = change->cause->mask;

        if (!seen->exists)
                return OPERATION_REMOVE;
        if (S_ISLNK(seen->st.st_mode))
                return link_operation(settler, change);
        if (entry && entry->expected && file_id_equal(entry->signature.id, file_id_of(&seen->st)))
                return OPERATION_MODIFY;
        if (S_ISREG(seen->st.st_mode) && seen->st.st_size == 0 && change->place == PLACE_UNITS &&
            unit_name_is_valid(change->name) && !observe_is_being_written(seen))
                return OPERATION_MASK; /* systemd.unit(5): an empty unit file masks */
        if ((mask & FAN_MOVED_TO) || (entry && entry->expected))
                return OPERATION_RENAME;
        if (S_ISREG(seen->st.st_mode) && seen->st.st_nlink > 1)
                return OPERATION_LINK;
        return OPERATION_CREATE;
}

/* What a manager makes in its own place it makes for somebody; what it removes there mostly for nobody: a transient
 * unit ends with its run. */
static bool is_transient(const struct change *change)
{
        const struct actor *actor = change->cause->actor;

        return change->place == PLACE_TRANSIENT && change->seen->exists && actor &&
               (actor->manager || actor->user_manager);
}

enum operation change_operation(struct settler *settler, const struct change *change)
{
        return is_transient(change) ? OPERATION_TRANSIENT : operation_of_difference(settler, change);
}

enum operation change_operation_of_directory(const struct change *change)
{
        if (is_transient(change))
                return OPERATION_TRANSIENT;
        return change->cause->mask & FAN_MOVED_TO ? OPERATION_RENAME : OPERATION_CREATE;
}
