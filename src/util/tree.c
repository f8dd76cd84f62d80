#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "unitward/tree.h"
#include "unitward/util.h"

#define STAT_BLOCK 512u /* the unit of st_blocks, whatever the file system's own is */

int object_open(struct tree_place place, struct stat *ret)
{
        _cleanup_close_ int fd = openat(place.dir, place.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        *ret = st;
        return steal_fd(&fd);
}

int object_reopen(int object, int flags)
{
        struct stat st;
        int fd;

        if (fstat(object, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
                return -EINVAL;
        fd = open(fd_path(object).text, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int object_target(int object, char *target)
{
        ssize_t n = readlinkat(object, "", target, PATH_MAX - 1);

        if (n < 0)
                return -errno;
        target[n] = '\0';
        return 0;
}

/* The file system says of itself that there is neither flag: opening the object to ask it would raise an event. */
static bool is_unlocked(struct tree_place place)
{
        const uint64_t flags = STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND;
        struct statx st;

        return statx(place.dir, place.name, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &st) == 0 &&
               (st.stx_attributes_mask & flags) == flags && !(st.stx_attributes & flags);
}

bool object_unlock(struct tree_place place)
{
        if (is_unlocked(place))
                return false;

        struct stat st;
        _cleanup_close_ int object = object_open(place, &st);
        _cleanup_close_ int fd = object < 0 ? -1 : object_reopen(object, O_RDONLY);
        int flags;

        if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 || !(flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)))
                return false;
        flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
        return ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
}

static void closedir_pointer(DIR **stream)
{
        if (*stream)
                (void)closedir(*stream);
}

int directory_each(int dir, int (*each)(int dir, const char *name, void *userdata), void *userdata)
{
        int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(closedir_pointer) DIR *stream = fd < 0 ? NULL : fdopendir(fd);
        int r = 0;

        if (!stream) {
                r = -errno;
                close_pointer(&fd);
                return r;
        }
        while (r == 0) {
                struct dirent *entry;

                errno = 0;
                entry = readdir(stream);
                if (!entry)
                        return -errno;
                if (!streq(entry->d_name, ".") && !streq(entry->d_name, ".."))
                        r = each(dirfd(stream), entry->d_name, userdata);
        }
        return r;
}

struct measure {
        const struct tree_limits *limits;
        struct tree_usage usage;
        unsigned depth;
};

enum { MEASURE_ENOUGH = 1 };

static int measure_object(int dir, const char *name, void *userdata)
{
        struct measure *measure = userdata;
        _cleanup_close_ int object = -1;
        struct stat st = { 0 };
        int r = 0;

        if (measure->usage.objects == measure->limits->max_objects) {
                measure->usage.cut = true;
                return MEASURE_ENOUGH;
        }
        object = object_open((struct tree_place){ dir, name }, &st);
        if (object < 0)
                /* Below the top, what vanished meanwhile is no reason to give up. */
                return object == -ENOENT && measure->depth > 0 ? 0 : object;
        measure->usage.objects++;
        measure->usage.bytes += (uint64_t)st.st_blocks * STAT_BLOCK;
        if (!S_ISDIR(st.st_mode))
                return 0;
        if (measure->depth == measure->limits->max_depth) {
                measure->usage.cut = true;
                return 0;
        }
        measure->depth++;
        r = directory_each(object, measure_object, measure);
        measure->depth--;
        return r;
}

int tree_measure(struct tree_place place, const struct tree_limits *limits, struct tree_usage *ret)
{
        struct measure measure = { .limits = limits };
        int r = measure_object(place.dir, place.name, &measure);

        if (r < 0)
                return r;
        *ret = measure.usage;
        return 0;
}
