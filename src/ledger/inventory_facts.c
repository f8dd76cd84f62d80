/* What the verdict thread asks of the inventory: copies, made under the lock. */
#include "inventory_internal.h"
#include "unitward/util.h"

static void facts_nothing(struct inventory_facts *facts)
{
        facts->found = facts->is_directory = facts->authorised = facts->whole_signature = false;
        facts->condemned = facts->taken = false;
        facts->zone = ZONE_UNPLACED;
        facts->place = PLACE_UNITS;
        facts->path[0] = facts->rule[0] = facts->name[0] = facts->directory_name[0] = '\0';
}

static void facts_name(struct inventory_facts *facts, const struct directory *directory, const char *name)
{
        (void)path_join(facts->path, sizeof facts->path, directory->path, name);
        (void)string_copy(facts->name, sizeof facts->name, name);
        (void)string_copy(facts->directory_name, sizeof facts->directory_name, directory->name);
}

static void facts_of_entry(struct inventory_facts *facts, const struct entry *entry, const struct signature *signature)
{
        facts->found = true;
        facts->zone = entry->zone;
        facts->place = entry->place;
        facts_name(facts, entry->directory, entry->name);
        facts->authorised = entry->state == ENTRY_AUTHORISED;
        facts->whole_signature = signature_equal(&entry->signature, signature);
}

static void facts_of_directory(struct inventory_facts *facts, const struct directory *directory)
{
        facts->found = facts->is_directory = facts->whole_signature = true;
        facts->authorised = directory->authorised;
        facts->zone = directory->zone;
        facts->place = directory->place;
        (void)string_copy(facts->path, sizeof facts->path, directory->path);
        (void)string_copy(facts->name, sizeof facts->name, directory->name);
        (void)string_copy(facts->directory_name, sizeof facts->directory_name, directory->name);
}

static void facts_of_condemned(struct inventory_facts *facts, const struct condemned *condemned)
{
        facts->condemned = !condemned->taken;
        facts->taken = condemned->taken;
        (void)string_copy(facts->path, sizeof facts->path, condemned->path);
        (void)string_copy(facts->rule, sizeof facts->rule, condemned->rule);
}

void inventory_find(struct inventory *inventory, const struct signature *signature, struct inventory_facts *ret)
{
        const struct condemned *condemned;
        const struct entry *first;
        struct directory *directory;

        facts_nothing(ret);
        inventory_lock(inventory);
        HASH_FIND(hh_inode, inventory->by_inode, &signature->id, sizeof signature->id, first);
        if (first) {
                const struct entry *best = first;

                for (const struct entry *e = best; e; e = e->next_same_inode)
                        if (e->state == ENTRY_AUTHORISED)
                                best = e;
                facts_of_entry(ret, best, signature);
        } else {
                HASH_FIND(hh_id, inventory->by_id, &signature->id, sizeof signature->id, directory);
                condemned = condemned_find(&inventory->condemned, signature->id);
                if (directory)
                        facts_of_directory(ret, directory);
                else if (condemned)
                        facts_of_condemned(ret, condemned);
        }
        inventory_unlock(inventory);
}

void inventory_place(struct inventory *inventory, struct file_id id, const char *name, struct inventory_facts *ret)
{
        const struct interest *interest = NULL;
        const struct condemned *taken;
        struct directory *directory;

        facts_nothing(ret);
        inventory_lock(inventory);
        HASH_FIND(hh_id, inventory->by_id, &id, sizeof id, directory);
        if (directory && directory->place == PLACE_PARENT)
                interest = inventory_interest(directory, name);
        if (directory && (directory->place != PLACE_PARENT || interest)) {
                ret->found = true;
                ret->zone = interest ? interest->zone : directory->zone;
                ret->place = interest ? interest->place : directory->place;
                facts_name(ret, directory, name);
        }
        taken = ret->found ? NULL : condemned_find(&inventory->taken, id);
        if (taken)
                facts_of_condemned(ret, taken);
        inventory_unlock(inventory);
}

bool inventory_has_state(struct inventory *inventory, const struct fan_handle *handle, const char *name)
{
        const struct interest *interest = NULL;
        struct directory *directory;
        bool has;

        inventory_lock(inventory);
        HASH_FIND(hh_handle, inventory->by_handle, handle, sizeof *handle, directory);
        if (directory && directory->place == PLACE_STATE)
                interest = inventory_interest(directory, name);
        has = interest && interest->kind == INTEREST_DIRECTORY;
        inventory_unlock(inventory);
        return has;
}

int inventory_change_matters(struct inventory *inventory, const struct fan_handle *handle, const char *name,
                             char ret_path[static 4096], enum place *ret_place)
{
        const struct interest *interest = NULL;
        struct directory *directory;
        int r = -ENOENT;

        inventory_lock(inventory);
        HASH_FIND(hh_handle, inventory->by_handle, handle, sizeof *handle, directory);
        if (directory) {
                if (directory->place == PLACE_PARENT)
                        interest = inventory_interest(directory, name);
                r = directory->place != PLACE_PARENT || interest;
                if (r) {
                        (void)string_copy(ret_path, 4096, directory->path);
                        *ret_place = interest ? interest->place : directory->place;
                }
        }
        inventory_unlock(inventory);
        return r;
}
