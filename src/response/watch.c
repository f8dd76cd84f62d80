/* Marks: a directory is watched before it is looked at, so that nothing can slip in between. */
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "settle_internal.h"
#include "unitward/unit_path.h"
#include "unitward/util.h"

#ifndef RAMFS_MAGIC
#define RAMFS_MAGIC 0x858458f6
#endif

static int open_directory(const char *path)
{
        int fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

int watch_open(const struct directory *directory)
{
        _cleanup_close_ int fd = open_directory(directory->path);
        struct stat st;

        /* For want of descriptors or memory it is not gone, and what somebody did in it is not to be forgotten. */
        if (fd < 0)
                return fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP ? -ESTALE : fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!directory->present || !file_id_equal(file_id_of(&st), directory->id))
                return -ESTALE;
        return steal_fd(&fd);
}

/* By the path and not by the place alone: /etc/systemd/system.control is a place of transient units as well, and
 * outlives the boot. */
static bool is_volatile(int fd, const struct directory *directory)
{
        bool made_at_run_time = directory->place == PLACE_TRANSIENT || directory->place == PLACE_GENERATED;
        struct statfs fs;

        if (made_at_run_time && unit_path_is_volatile(directory->path))
                return true;
        return fstatfs(fd, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

bool watch_may_enter(const struct settler *settler, int fd)
{
        return !settler->knows_mount || settler->knows_mount(fd, settler->mounts);
}

static enum fan_mark_kind mark_of(const struct directory *directory)
{
        return directory->place == PLACE_PARENT  ? FAN_MARK_PARENT
               : directory->place == PLACE_STATE ? FAN_MARK_STATE
                                                 : FAN_MARK_PROTECTED;
}

int watch_directory(struct settler *settler, struct directory *directory)
{
        _cleanup_close_ int fd = open_directory(directory->path);
        struct fan_handle handle;
        struct stat st;
        int r, known;

        if (fd < 0)
                return fd;
        if (!watch_may_enter(settler, fd)) {
                settler->n_undecided++;
                return -ESTALE;
        }
        if (fstat(fd, &st) < 0)
                return -errno;
        r = fan_handle_of(fd, &handle);
        if (r < 0)
                memset(&handle, 0, sizeof handle);
        /* Known before the first event can come. */
        known = inventory_directory_present(&settler->inventory, directory, &st, &handle);
        if (known < 0)
                return known;
        if (r == 0)
                r = fan_groups_mark(settler->groups, mark_of(directory), fd);
        directory->watched = r == 0;
        directory->missed = false;
        directory->is_volatile = is_volatile(fd, directory);
        if (r < 0)
                report_problem(settler, directory->path,
                               format("%s is not protected: %s", directory->path, strerror(-r)),
                               format("see: unitward doctor"));
        return 0;
}

int watch_unit(struct settler *settler, const struct directory *directory, const struct observed *seen)
{
        if (!S_ISREG(seen->st.st_mode))
                return 0;
        return fan_groups_mark(settler->groups, directory->place == PLACE_PARENT ? FAN_MARK_SINGLE : FAN_MARK_UNIT,
                               seen->fd);
}

void unwatch_directory(struct settler *settler, struct directory *directory)
{
        _cleanup_close_ int fd = watch_open(directory);
        struct entry *entry, *following;

        if (fd < 0)
                return;
        HASH_ITER(hh, directory->entries, entry, following) {
                _cleanup_(observed_done) struct observed seen = OBSERVED_NOTHING;

                if (observe(fd, entry->name, &seen) == 0 && seen.exists && S_ISREG(seen.st.st_mode))
                        fan_groups_unmark(settler->groups, FAN_MARK_UNIT, seen.fd);
        }
        fan_groups_unmark(settler->groups, mark_of(directory), fd);
}
