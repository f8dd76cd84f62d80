#include <fcntl.h>
#include <limits.h>
#include <sys/xattr.h>

#include "unitward/tree.h"
#include "unitward/util.h"

struct copy {
        const struct tree_limits *limits;
        struct tree_usage usage;
        unsigned depth;
        int to; /* directory that is being filled */
};

/* What is being copied: the descriptor is O_PATH. */
struct object {
        int fd;
        struct stat st;
};

static int copy_object(struct copy *copy, struct tree_place from, struct tree_place to);

/* As far as the other file system takes them. */
static void copy_xattrs(int from, int to)
{
        char names[XATTR_LIST_MAX], value[XATTR_SIZE_MAX];
        ssize_t size = flistxattr(from, names, sizeof names);

        for (const char *name = names; size > 0 && name < names + size; name += strlen(name) + 1) {
                ssize_t n = fgetxattr(from, name, value, sizeof value);

                if (n >= 0)
                        (void)fsetxattr(to, name, value, (size_t)n, 0);
        }
}

/* In this order: a change of owner takes away set-id bits, and an access list is cut down by the mode. */
static int copy_metadata(const struct copy *copy, const struct object *object, int from, int to)
{
        const struct timespec times[] = { object->st.st_atim, object->st.st_mtim };
        bool kept = fchown(to, object->st.st_uid, object->st.st_gid) == 0;

        copy_xattrs(from, to);
        kept = fchmod(to, object->st.st_mode & 07777) == 0 && kept;
        (void)futimens(to, times);
        return kept || !copy->limits->exact ? 0 : -EPERM;
}

/* Whoever planted a file must not keep it from being taken by making it unreadable (a lease, a bad disk). */
static int unreadable(struct copy *copy, int error)
{
        if (copy->limits->exact)
                return error;
        copy->usage.cut = true;
        return 0;
}

static int copy_bytes(struct copy *copy, int from, int to)
{
        char buffer[65536];
        uint64_t left = copy->limits->max_file;

        for (;;) {
                ssize_t n = read(from, buffer, left < sizeof buffer ? (size_t)left : sizeof buffer);
                int r;

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return unreadable(copy, -errno);
                if (n == 0)
                        break;
                r = write_all(to, buffer, (size_t)n);
                if (r < 0)
                        return r;
                left -= (uint64_t)n;
                copy->usage.bytes += (uint64_t)n;
        }
        if (left == 0 && read(from, buffer, 1) > 0)
                copy->usage.cut = true;
        return 0;
}

static int fill_file(struct copy *copy, const struct object *object, int to)
{
        _cleanup_close_ int from = object_reopen(object->fd, O_RDONLY);
        int r = from < 0 ? unreadable(copy, from) : copy_bytes(copy, from, to);

        if (r == 0)
                r = copy_metadata(copy, object, from, to);
        if (r == 0 && copy->limits->exact && fsync(to) < 0)
                r = -errno;
        return r;
}

static int name_file(int fd, struct tree_place to)
{
        return linkat(AT_FDCWD, fd_path(fd).text, to.dir, to.name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

/* For file systems without O_TMPFILE: here the name is there before the contents. */
static int copy_named_file(struct copy *copy, const struct object *object, struct tree_place to)
{
        _cleanup_close_ int fd = openat(to.dir, to.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        int r;

        if (fd < 0)
                return -errno;
        r = fill_file(copy, object, fd);
        if (r < 0)
                (void)unlinkat(to.dir, to.name, 0);
        return r;
}

static int copy_file(struct copy *copy, const struct object *object, struct tree_place to)
{
        _cleanup_close_ int fd = openat(to.dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
        int r;

        if (fd < 0)
                return errno == EOPNOTSUPP || errno == EISDIR ? copy_named_file(copy, object, to) : -errno;
        r = fill_file(copy, object, fd);
        return r < 0 ? r : name_file(fd, to);
}

static int copy_link(struct copy *copy, const struct object *object, struct tree_place to)
{
        const struct timespec times[] = { object->st.st_atim, object->st.st_mtim };
        char target[PATH_MAX];
        int r = object_target(object->fd, target);

        if (r < 0)
                return r;
        if (symlinkat(target, to.dir, to.name) < 0)
                return -errno;
        (void)utimensat(to.dir, to.name, times, AT_SYMLINK_NOFOLLOW);
        if (fchownat(to.dir, to.name, object->st.st_uid, object->st.st_gid, AT_SYMLINK_NOFOLLOW) == 0 ||
            !copy->limits->exact)
                return 0;
        (void)unlinkat(to.dir, to.name, 0);
        return -EPERM;
}

enum { COPY_ENOUGH = 1 };

static int copy_entry(int dir, const char *name, void *userdata)
{
        struct copy *copy = userdata;
        int r;

        if (copy->usage.objects == copy->limits->max_objects) {
                copy->usage.cut = true;
                return COPY_ENOUGH;
        }
        r = copy_object(copy, (struct tree_place){ dir, name }, (struct tree_place){ copy->to, name });
        /* What vanished meanwhile is missing from the copy as well. */
        return r == -ENOENT ? 0 : r;
}

static int fill_directory(struct copy *copy, const struct object *object, struct tree_place to)
{
        _cleanup_close_ int from = object_reopen(object->fd, O_RDONLY | O_DIRECTORY);
        _cleanup_close_ int fd = openat(to.dir, to.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int outer = copy->to, r = 0;

        if (fd < 0)
                return -errno;
        if (from < 0)
                return from;
        if (copy->depth == copy->limits->max_depth) {
                copy->usage.cut = true;
        } else {
                copy->depth++;
                copy->to = fd;
                r = directory_each(from, copy_entry, copy);
                copy->to = outer;
                copy->depth--;
        }
        return r < 0 ? r : copy_metadata(copy, object, from, fd);
}

static int copy_directory(struct copy *copy, const struct object *object, struct tree_place to)
{
        int r;

        if (mkdirat(to.dir, to.name, 0700) < 0)
                return -errno;
        r = fill_directory(copy, object, to);
        if (r < 0)
                (void)tree_remove(to, UINT32_MAX);
        return r;
}

static int copy_object(struct copy *copy, struct tree_place from, struct tree_place to)
{
        static const struct {
                mode_t type;
                int (*copy)(struct copy *copy, const struct object *object, struct tree_place to);
        } kinds[] = {
                { S_IFREG, copy_file },
                { S_IFDIR, copy_directory },
                { S_IFLNK, copy_link },
        };
        struct object object;
        _cleanup_close_ int fd = object_open(from, &object.st);

        if (fd < 0)
                return fd;
        object.fd = fd;
        copy->usage.objects++;
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if ((object.st.st_mode & S_IFMT) == kinds[i].type)
                        return kinds[i].copy(copy, &object, to);
        copy->usage.cut = true;
        return 0;
}

int tree_copy(struct tree_place from, struct tree_place to, const struct tree_limits *limits, struct tree_usage *ret)
{
        struct copy copy = { .limits = limits, .to = -1 };
        int r = copy_object(&copy, from, to);

        if (r < 0)
                return r;
        *ret = copy.usage;
        return 0;
}
