/* The directories of the inventory: by path, and those that are there by their identity and their handle. */
#include <limits.h>

#include "inventory_internal.h"
#include "unitward/util.h"

struct directory *inventory_directory(struct inventory *inventory, const char *path)
{
        struct directory *directory;

        HASH_FIND(hh_path, inventory->by_path, path, strlen(path), directory);
        return directory;
}

struct entry *inventory_entry_at(struct inventory *inventory, const char *path)
{
        char parent[PATH_MAX];
        const char *name = path_split(path, parent, sizeof parent);
        struct directory *directory = name ? inventory_directory(inventory, parent) : NULL;

        return directory ? inventory_entry(directory, name) : NULL;
}

static struct directory *parent_of(struct inventory *inventory, const char *path)
{
        const char *slash = strrchr(path, '/');
        struct directory *parent;

        if (!slash || streq(path, "/"))
                return NULL;
        if (slash == path)
                return inventory_directory(inventory, "/");
        HASH_FIND(hh_path, inventory->by_path, path, (size_t)(slash - path), parent);
        return parent;
}

struct directory *inventory_add_directory(struct inventory *inventory, const char *path)
{
        struct directory *directory = inventory_directory(inventory, path);

        if (directory)
                return directory;
        directory = calloc(1, sizeof *directory);
        if (!directory)
                return NULL;
        directory->path = strdup(path);
        if (!directory->path) {
                free(directory);
                return NULL;
        }
        directory->name = streq(path, "/") ? directory->path : strrchr(directory->path, '/') + 1;
        directory->place = PLACE_PARENT;
        directory->zone = ZONE_UNPLACED;
        directory->parent = parent_of(inventory, path);
        if (directory->parent && directory->parent->place != PLACE_PARENT)
                directory->depth = directory->parent->depth + 1;
        inventory_lock(inventory);
        HASH_ADD_KEYPTR(hh_path, inventory->by_path, directory->path, strlen(directory->path), directory);
        inventory->n_directories += HASH_ADDED(hh_path, directory);
        inventory_unlock(inventory);
        if (HASH_ADDED(hh_path, directory))
                return directory;
        free(directory->path);
        free(directory);
        return NULL;
}

void inventory_place_directory(struct inventory *inventory, struct directory *directory, int zone, enum place place)
{
        inventory_lock(inventory);
        directory->zone = zone;
        directory->place = place;
        inventory_unlock(inventory);
}

static void forget_identity(struct inventory *inventory, struct directory *directory)
{
        if (!directory->present)
                return;
        HASH_DELETE(hh_id, inventory->by_id, directory);
        HASH_DELETE(hh_handle, inventory->by_handle, directory);
        directory->present = directory->watched = false;
        directory->id = (struct file_id){ 0 };
}

/* Both identities, or none. */
static bool identify(struct inventory *inventory, struct directory *directory)
{
        HASH_ADD(hh_id, inventory->by_id, id, sizeof directory->id, directory);
        if (!HASH_ADDED(hh_id, directory))
                return false;
        HASH_ADD(hh_handle, inventory->by_handle, handle, sizeof directory->handle, directory);
        if (HASH_ADDED(hh_handle, directory))
                return true;
        HASH_DELETE(hh_id, inventory->by_id, directory);
        return false;
}

int inventory_directory_present(struct inventory *inventory, struct directory *directory, const struct stat *st,
                                const struct fan_handle *handle)
{
        bool present;

        inventory_lock(inventory);
        forget_identity(inventory, directory);
        directory->id = file_id_of(st);
        directory->handle = *handle;
        present = directory->present = identify(inventory, directory);
        if (!present)
                directory->id = (struct file_id){ 0 };
        inventory_unlock(inventory);
        return present ? 0 : -ENOMEM;
}

void inventory_directory_absent(struct inventory *inventory, struct directory *directory)
{
        inventory_lock(inventory);
        forget_identity(inventory, directory);
        inventory_unlock(inventory);
}

static void interests_free(struct directory *directory)
{
        while (directory->interests) {
                struct interest *next = directory->interests->next;

                free(directory->interests->pattern);
                free(directory->interests);
                directory->interests = next;
        }
}

void inventory_remove_directory(struct inventory *inventory, struct directory *directory)
{
        struct directory *other, *next;
        struct entry *entry, *following;

        HASH_ITER(hh, directory->entries, entry, following)
                inventory_drop(inventory, entry);
        HASH_ITER(hh_path, inventory->by_path, other, next)
                if (other->parent == directory)
                        other->parent = NULL;
        inventory_lock(inventory);
        forget_identity(inventory, directory);
        HASH_DELETE(hh_path, inventory->by_path, directory);
        inventory->n_directories--;
        inventory_unlock(inventory);
        interests_free(directory);
        free(directory->path);
        free(directory->attributes);
        free(directory);
}
