/* What the ledger expects, before the territory is walked for the first time. */
#include <limits.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "unitward/territory.h"
#include "unitward/util.h"

static int load_directory(struct settler *settler, const struct ledger_entry *facts)
{
        struct directory *directory = inventory_add_directory(&settler->inventory, facts->path);

        if (!directory)
                return -ENOMEM;
        if (directory->place == PLACE_PARENT)
                directory->place = PLACE_UNITS; /* its own place comes with its parent's zone */
        directory->authorised = true;
        directory->bare = facts->bare;
        directory->mode = facts->mode;
        directory->uid = facts->uid;
        directory->gid = facts->gid;
        free(directory->attributes);
        directory->attributes = bytes_duplicate(facts->attributes, facts->attributes_size);
        directory->attributes_size = facts->attributes_size;
        return !directory->attributes && facts->attributes ? -ENOMEM : 0;
}

/* After a reboot nothing can be expected on a file system that it emptied: asked of what is left of the path. */
static bool was_volatile(const char *path)
{
        _cleanup_free_ char *rest = strdup(path);
        struct statfs fs;

        while (rest && *rest) {
                /* Its directory: the name itself may be a link, and lead to /dev/null. */
                *strrchr(rest, '/') = '\0';
                if (statfs(*rest ? rest : "/", &fs) == 0)
                        return fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC;
        }
        return false;
}

static int load_entry(const struct ledger_entry *facts, void *userdata)
{
        struct settler *settler = userdata;
        struct entry entry = {
                .kind = facts->kind,
                .state = ENTRY_AUTHORISED,
                .expected = true,
                .unmarked = true,
                .bare = facts->bare,
                .zone = ZONE_UNPLACED,
                .place = PLACE_UNITS,
                .size = facts->size,
                .mode = facts->mode,
                .uid = facts->uid,
                .gid = facts->gid,
                .digest = facts->digest,
                .signature = { facts->id, facts->size, facts->mtime_nsec, facts->ctime_nsec },
                .target = (char *)(uintptr_t)facts->target, /* these are copied by inventory_put */
                .attributes = (void *)(uintptr_t)facts->attributes,
                .attributes_size = (uint32_t)facts->attributes_size,
        };
        struct directory *directory;
        char parent[PATH_MAX];
        const char *name;

        if (settler->new_boot && was_volatile(facts->path))
                return outbox_remove(settler->outbox, facts->path);
        if (vouching_remember(settler->vouching, facts) < 0)
                return -ENOMEM;
        if (facts->kind == ENTRY_DIRECTORY)
                return load_directory(settler, facts);
        name = path_split(facts->path, parent, sizeof parent);
        if (!name || !*name)
                return 0;
        directory = inventory_add_directory(&settler->inventory, parent);
        entry.name = (char *)(uintptr_t)name;
        return directory && inventory_put(&settler->inventory, directory, &entry) ? 0 : -ENOMEM;
}

int territory_expect(struct settler *settler, const struct ledger_entry *facts)
{
        return load_entry(facts, settler);
}

int territory_load(struct settler *settler, struct ledger *ledger)
{
        return ledger_each(ledger, load_entry, settler);
}

/* ---- What the last daemon accepted and had not committed ------------------------------------------------- */

struct replay {
        struct settler *settler;
        uint64_t n;
};

static int replay_put(void *userdata, const struct ledger_entry *entry)
{
        struct replay *replay = userdata;
        int r = outbox_put(replay->settler->outbox, entry);

        replay->n++;
        return r < 0 ? r : load_entry(entry, replay->settler);
}

static int replay_remove(void *userdata, const char *path)
{
        struct replay *replay = userdata;
        struct inventory *inventory = &replay->settler->inventory;
        struct directory *directory = inventory_directory(inventory, path);
        struct entry *entry = inventory_entry_at(inventory, path);

        replay->n++;
        if (directory)
                directory->authorised = false;
        if (entry)
                inventory_drop(inventory, entry);
        return outbox_remove(replay->settler->outbox, path);
}

static int replay_contents(void *userdata, const char *data, size_t size)
{
        struct replay *replay = userdata;
        char *copy = malloc(size + 1);
        struct digest digest;

        if (!copy)
                return -ENOMEM;
        memcpy(copy, data, size);
        digest_buffer(copy, size, &digest);
        return outbox_golden(replay->settler->outbox, &digest, copy, size);
}

int territory_replay(struct settler *settler, struct pending *pending, uint64_t *ret_n)
{
        struct replay replay = { settler, 0 };
        const struct pending_handler handler = { replay_put, replay_remove, replay_contents, &replay };
        int r = pending_replay(pending, &handler);

        *ret_n = replay.n;
        return r;
}
