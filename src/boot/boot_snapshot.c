/* What is authorised, in one block of memory and a table by path. */
#include <fcntl.h>

#include "boot_internal.h"
#include "unitward/glob.h"
#include "unitward/ledger_text.h"
#include "unitward/util.h"

/* Escaped text is never shorter than what it stands for, so that the block is never too small. */
static const char *keep(struct boot_snapshot *snapshot, const char *text)
{
        size_t size = strlen(text) + 1;
        char *copy = snapshot->memory + snapshot->used;

        if (snapshot->room - snapshot->used < size)
                return NULL;
        memcpy(copy, text, size);
        snapshot->used += size;
        return copy;
}

static int take_protected(struct boot_snapshot *snapshot, const char *pattern)
{
        const char **more = reallocarray(snapshot->protected, snapshot->n_protected + 1, sizeof *more);

        if (!more)
                return -ENOMEM;
        snapshot->protected = more;
        more[snapshot->n_protected] = keep(snapshot, pattern);
        if (!more[snapshot->n_protected])
                return -EBADMSG;
        snapshot->n_protected++;
        return 0;
}

static bool is_this_boot(const char *id)
{
        char now[64] = "";

        (void)read_text_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", now, sizeof now);
        now[strcspn(now, "\n")] = '\0';
        return *now && streq(now, id);
}

static int take_header(void *userdata, const char *key, const char *value)
{
        struct boot_snapshot *snapshot = userdata;

        if (streq(key, "mode"))
                snapshot->mode = streq(value, mode_name(MODE_ENFORCE)) ? MODE_ENFORCE : MODE_AUDIT;
        else if (streq(key, "boot-id"))
                snapshot->this_boot = is_this_boot(value);
        else if (streq(key, "protected"))
                return take_protected(snapshot, value);
        else if (streq(key, "review"))
                snapshot->unreviewed = streq(value, "pending");
        return 0;
}

static struct boot_entry *next_entry(struct boot_snapshot *snapshot)
{
        if (snapshot->n_entries == snapshot->entries_room) {
                size_t room = snapshot->entries_room ? 2 * snapshot->entries_room : 1024;
                struct boot_entry *more = reallocarray(snapshot->entries, room, sizeof *more);

                if (!more)
                        return NULL;
                snapshot->entries = more;
                snapshot->entries_room = room;
        }
        return &snapshot->entries[snapshot->n_entries];
}

static int take_entry(void *userdata, const struct ledger_entry *facts)
{
        struct boot_snapshot *snapshot = userdata;
        struct boot_entry *entry = next_entry(snapshot);

        if (!entry)
                return -ENOMEM;
        *entry = (struct boot_entry){
                .path = keep(snapshot, facts->path),
                .target = facts->target ? keep(snapshot, facts->target) : NULL,
                .kind = facts->kind,
                .mode = facts->mode,
                .uid = facts->uid,
                .gid = facts->gid,
                .signature = { { 0, facts->id.inode }, facts->size, facts->mtime_nsec, facts->ctime_nsec },
                .digest = facts->digest
        };
        if (!entry->path || !entry->target != !facts->target)
                return -EBADMSG;
        snapshot->n_entries++;
        return 0;
}

int boot_snapshot_read(const char *path, struct boot_snapshot *ret, char **ret_why)
{
        struct boot_snapshot snapshot = { .mode = MODE_AUDIT };
        const struct ledger_text_handler handler = { take_header, take_entry, &snapshot };
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r = read_file_at(AT_FDCWD, path, LEDGER_TEXT_MAX, &text, &size);

        if (r < 0)
                return r;
        snapshot.room = size + 1;
        snapshot.memory = malloc(snapshot.room);
        r = snapshot.memory ? ledger_text_read(text, size, &handler, ret_why) : -ENOMEM;
        if (r < 0) {
                boot_snapshot_done(&snapshot);
                return r;
        }
        *ret = snapshot;
        return 0;
}

void boot_snapshot_done(struct boot_snapshot *snapshot)
{
        free(snapshot->memory);
        free(snapshot->entries);
        free(snapshot->protected);
        *snapshot = (struct boot_snapshot){ 0 };
}

static int compare_path(const void *path, const void *entry)
{
        return strcmp(path, ((const struct boot_entry *)entry)->path);
}

struct boot_entry *boot_snapshot_find(const struct boot_snapshot *snapshot, const char *path)
{
        if (snapshot->n_entries == 0)
                return NULL;
        return bsearch(path, snapshot->entries, snapshot->n_entries, sizeof *snapshot->entries, compare_path);
}

bool boot_snapshot_protects(const struct boot_snapshot *snapshot, const char *directory)
{
        for (size_t i = 0; i < snapshot->n_protected; i++)
                if (glob_match_path(snapshot->protected[i], directory))
                        return true;
        return false;
}
