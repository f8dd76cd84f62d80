/* Files that decide what is allowed are believed only when nobody but root can change or replace them. */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "policy_internal.h"

static int check_owner(const struct stat *st, const char *path, char **ret_why)
{
        char *why;

        if (st->st_uid == 0 && (st->st_mode & (S_IWGRP | S_IWOTH)) == 0)
                return 0;
        why = format("%s belongs to uid %u and has mode %04o; expected owner root, writable by nobody else", path,
                     (unsigned)st->st_uid, (unsigned)(st->st_mode & 07777));
        if (!why)
                return -ENOMEM;
        *ret_why = why;
        return -EPERM;
}

/* Every directory above, also the sticky ones: there anyone may put a file where none is yet. */
static int check_parents(const char *path, char **ret_why)
{
        char parent[PATH_MAX];
        struct stat st;

        if (!string_copy(parent, sizeof parent, path))
                return -ENAMETOOLONG;
        for (char *slash = strrchr(parent, '/'); slash; slash = strrchr(parent, '/')) {
                int r;

                slash[slash == parent ? 1 : 0] = '\0';
                if (stat(parent, &st) < 0)
                        return -errno;
                r = check_owner(&st, parent, ret_why);
                if (r < 0 || slash == parent)
                        return r;
        }
        return 0;
}

static int make_absolute(const char *path, char ret[static PATH_MAX])
{
        size_t length;

        if (*path == '/')
                return string_copy(ret, PATH_MAX, path) ? 0 : -ENAMETOOLONG;
        if (!getcwd(ret, PATH_MAX))
                return -errno;
        length = strlen(ret);
        return snprintf(ret + length, PATH_MAX - length, "/%s", path) < (int)(PATH_MAX - length) ? 0 : -ENAMETOOLONG;
}

/* The parents of the name that was given can put another file there, those of the file itself (links
 * followed) can replace it: both must be root's. */
int trusted_file_check(int fd, const char *path, char **ret_why)
{
        char name[PATH_MAX], link[sizeof "/proc/self/fd/" + 3 * sizeof fd], target[PATH_MAX];
        ssize_t length;
        struct stat st;
        int r;

        if (fstat(fd, &st) < 0)
                return -errno;
        r = check_owner(&st, path, ret_why);
        if (r < 0)
                return r;
        r = make_absolute(path, name);
        if (r < 0)
                return r;
        r = check_parents(name, ret_why);
        if (r < 0)
                return r;
        (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        length = readlink(link, target, sizeof target - 1);
        if (length < 0)
                return -errno;
        target[length] = '\0';
        return check_parents(target, ret_why);
}

/* O_NONBLOCK: a FIFO in the file's place must not hold the reader. */
int trusted_file_read(const char *path, size_t max, char **ret, size_t *ret_size, char **ret_why)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        struct stat st;
        int r;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return S_ISDIR(st.st_mode) ? -EISDIR : -ENOTSUP;
        r = ret_why ? trusted_file_check(fd, path, ret_why) : 0;
        return r < 0 ? r : read_fd(fd, max, ret, ret_size);
}
