/* Which names in a parent directory matter, and why. */
#include <fnmatch.h>

#include "inventory_internal.h"
#include "unitward/util.h"

int inventory_add_interest(struct inventory *inventory, struct directory *directory, const struct interest *interest)
{
        struct interest *copy;

        for (struct interest *i = directory->interests; i; i = i->next)
                if (i->kind == interest->kind && i->zone == interest->zone && streq(i->pattern, interest->pattern)) {
                        i->aged = false;
                        return 0;
                }
        copy = malloc(sizeof *copy);
        if (!copy)
                return -ENOMEM;
        *copy = *interest;
        copy->pattern = strdup(interest->pattern);
        if (!copy->pattern) {
                free(copy);
                return -ENOMEM;
        }
        inventory_lock(inventory);
        copy->next = directory->interests;
        directory->interests = copy;
        inventory_unlock(inventory);
        return 0;
}

const struct interest *inventory_interest(const struct directory *directory, const char *name)
{
        for (const struct interest *i = directory->interests; i; i = i->next)
                if (fnmatch(i->pattern, name, FNM_NOESCAPE | FNM_PERIOD) == 0)
                        return i;
        return NULL;
}

void inventory_age_interests(struct inventory *inventory)
{
        struct directory *directory, *next;

        HASH_ITER(hh_path, inventory->by_path, directory, next)
                for (struct interest *i = directory->interests; i; i = i->next)
                        i->aged = !i->linked;
}

static void drop_aged(struct directory *directory)
{
        for (struct interest **at = &directory->interests; *at;) {
                struct interest *interest = *at;

                if (!interest->aged) {
                        at = &interest->next;
                        continue;
                }
                *at = interest->next;
                free(interest->pattern);
                free(interest);
        }
}

void inventory_drop_aged_interests(struct inventory *inventory)
{
        struct directory *directory, *next;

        inventory_lock(inventory);
        HASH_ITER(hh_path, inventory->by_path, directory, next)
                drop_aged(directory);
        inventory_unlock(inventory);
}
