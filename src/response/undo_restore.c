/* Restoring: what was changed or removed comes back from its golden copy. */
#include <fcntl.h>
#include <inttypes.h>
#include <sys/random.h>

#include "settle_internal.h"
#include "unitward/attributes.h"
#include "unitward/util.h"

/* Not a unit's name, and systemd skips what begins with a dot. Nobody can have it ready. */
#define RESTORE_NAME_SIZE 48

static int restore_name(char name[static RESTORE_NAME_SIZE])
{
        uint64_t random;

        if (getrandom(&random, sizeof random, 0) != sizeof random)
                return -EIO;
        (void)snprintf(name, RESTORE_NAME_SIZE, ".unitward-restore-%016" PRIx64 ".tmp", random);
        return 0;
}

int undo_attributes(int fd, mode_t mode, uid_t uid, gid_t gid)
{
        const struct fd_path path = fd_path(fd);

        /* chown clears set-id bits, so the mode comes last. */
        if (chown(path.text, uid, gid) < 0 || chmod(path.text, mode) < 0)
                return -errno;
        return 0;
}

int undo_extended(int fd, const struct attributes_wanted *wanted)
{
        return wanted->bare || wanted->block ? attributes_write(fd, wanted->block, wanted->size) : 0;
}

static struct attributes_wanted wanted_by(const struct entry *entry)
{
        return (struct attributes_wanted){ entry->bare, entry->attributes, entry->attributes_size };
}

/* An ACL has its say in the mode, so both are set before that. */
static int write_attributes(const struct entry *entry, int fd)
{
        const struct attributes_wanted wanted = wanted_by(entry);
        int r = undo_extended(fd, &wanted);

        return r < 0 ? r : undo_attributes(fd, entry->mode, entry->uid, entry->gid);
}

/* Flushed before it gets the unit's name, under which a manager would take half of it, or none of it, for the unit
 * after a power failure. A manager may wait for that: until its deadline, as for all settling. */
static int write_file(const struct settler *settler, const struct entry *entry, int dir, const char *name,
                      struct file_id *ret_id)
{
        _cleanup_free_ char *data = NULL;
        _cleanup_close_ int fd = -1;
        struct stat st = { 0 };
        size_t size;
        int r;

        r = outbox_copy(settler->outbox, &entry->digest, &data, &size);
        if (r == -ENOENT)
                r = golden_load(settler->golden, &entry->digest, &data, &size);
        if (r < 0)
                return r;
        fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = write_all(fd, data, size);
        if (r == 0)
                r = write_attributes(entry, fd);
        if (r == 0 && fsync(fd) < 0)
                r = -errno;
        if (r == 0 && fstat(fd, &st) < 0)
                r = -errno;
        if (r < 0) {
                (void)unlinkat(dir, name, 0);
                return r;
        }
        *ret_id = file_id_of(&st);
        return 0;
}

/* Somebody may have put another object under the temporary name, or over the restored one. */
static bool is_what_was_restored(const struct entry *entry, const struct observed *back, struct file_id id)
{
        if (!back->exists)
                return false;
        return entry->kind == ENTRY_LINK ? back->target && streq(back->target, entry->target)
                                         : file_id_equal(file_id_of(&back->st), id);
}

/* Puts the authorised state back under a temporary name and renames it into place. */
int undo_replace(struct settler *settler, struct change *change)
{
        struct entry *entry = change->entry;
        _cleanup_(observed_done) struct observed back = OBSERVED_NOTHING;
        char name[RESTORE_NAME_SIZE];
        struct signature signature;
        struct file_id id = { 0 };
        int r = restore_name(name);

        if (r < 0)
                return r;
        if (entry->kind == ENTRY_LINK)
                r = symlinkat(entry->target, change->dir, name) < 0 ? -errno : 0;
        else
                r = write_file(settler, entry, change->dir, name, &id);
        if (r < 0)
                return r;
        if (renameat(change->dir, name, change->dir, change->name) < 0) {
                r = -errno;
                (void)unlinkat(change->dir, name, 0);
                return r;
        }
        r = observe(change->dir, change->name, &back);
        if (r < 0)
                return r;
        if (!is_what_was_restored(entry, &back, id))
                return -ESTALE;
        (void)watch_unit(settler, change->directory, &back);
        signature = signature_of(&back.st);
        inventory_resign(&settler->inventory, entry, &signature);
        settler->n_restored++;
        return 0;
}

static int drop_expectation(struct settler *settler, struct change *change)
{
        int r = outbox_remove(settler->outbox, change->path);

        if (r < 0)
                return r;
        inventory_drop(&settler->inventory, change->entry);
        change->entry = NULL;
        return 0;
}

bool undo_comes_back(const struct settler *settler, const struct change *change)
{
        return change->place != PLACE_TRANSIENT && change->place != PLACE_GENERATED && change->zone != ZONE_UNPLACED &&
               policy_zone(settler->policy, change->zone)->restore;
}

int undo_bring_back(struct settler *settler, struct change *change, const char *quarantine_id)
{
        int r;

        if (!undo_comes_back(settler, change)) {
                report_change(settler, change, RECORD_ARRIVAL, quarantine_id);
                return drop_expectation(settler, change);
        }
        r = undo_replace(settler, change);
        if (r < 0) {
                struct signature gone = { 0 };

                settler->n_pending++;
                inventory_resign(&settler->inventory, change->entry, &gone);
                report_problem(settler, change->path, format("%s cannot be restored: %s", change->path, strerror(-r)),
                               format("the authorised contents are under golden/ in the state directory, the changed "
                                      "ones in: unitward quarantine list"));
                return 0;
        }
        report_change(settler, change, RECORD_RESTORED, quarantine_id);
        return 0;
}

int undo_attribute_change(struct settler *settler, struct change *change)
{
        struct entry *entry = change->entry;
        struct signature signature;
        struct stat st;
        int r;

        r = write_attributes(entry, change->seen->fd);
        if (r == 0 && fstat(change->seen->fd, &st) < 0)
                r = -errno;
        if (r < 0) {
                report_problem(settler, change->path,
                               format("owner and mode of %s cannot be restored: %s", change->path, strerror(-r)),
                               format("set mode %04o, owner %d:%d by hand", (unsigned)entry->mode, (int)entry->uid,
                                      (int)entry->gid));
                return 0;
        }
        signature = signature_of(&st);
        inventory_resign(&settler->inventory, entry, &signature);
        settler->n_restored++;
        report_change(settler, change, RECORD_RESTORED, NULL);
        return 0;
}
