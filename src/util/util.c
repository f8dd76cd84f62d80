#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <time.h>

#include "unitward/util.h"

bool ends_with(const char *s, const char *suffix)
{
        size_t length = strlen(s), tail = strlen(suffix);

        return length >= tail && streq(s + length - tail, suffix);
}

bool string_copy(char *to, size_t size, const char *from)
{
        size_t length = strnlen(from, size);

        if (length == size) {
                memcpy(to, from, size - 1);
                to[size - 1] = '\0';
                return false;
        }
        memcpy(to, from, length + 1);
        return true;
}

bool path_join(char *path, size_t size, const char *directory, const char *name)
{
        int n = snprintf(path, size, "%s/%s", streq(directory, "/") ? "" : directory, name);

        return n >= 0 && (size_t)n < size;
}

bool path_is_in(const char *path, const char *directory)
{
        size_t length = strlen(directory);

        return strncmp(path, directory, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

const char *path_split(const char *path, char *directory, size_t size)
{
        const char *slash = strrchr(path, '/');
        size_t length = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;

        if (!slash || length >= size)
                return NULL;
        memcpy(directory, path, length);
        directory[length] = '\0';
        return slash + 1;
}

struct fd_path fd_path(int fd)
{
        struct fd_path path;

        (void)snprintf(path.text, sizeof path.text, "/proc/self/fd/%d", fd);
        return path;
}

void event_wake(int fd)
{
        static const uint64_t one = 1;

        /* A full counter means that the reader was told already. */
        if (write(fd, &one, sizeof one) < 0)
                return;
}

void event_drain(int fd)
{
        uint64_t n;

        while (read(fd, &n, sizeof n) > 0)
                ;
}

#define ROOM_LEAST 4096u

/* For a file as it is now, and to see that it ends there: each read(2) of a protected one is asked about. */
static size_t room_for(int fd, size_t max)
{
        struct stat st;

        if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < (off_t)ROOM_LEAST)
                return ROOM_LEAST;
        return (uint64_t)st.st_size < max ? (size_t)st.st_size + 1 : max + 1;
}

int read_fd(int fd, size_t max, char **ret, size_t *ret_size)
{
        _cleanup_free_ char *data = NULL;
        size_t size = 0, room = 0;

        for (;;) {
                ssize_t n;

                if (size == room) {
                        char *larger;

                        if (size > max)
                                return -EFBIG;
                        room = room ? room * 2 : room_for(fd, max);
                        if (room > max + 1)
                                room = max + 1;
                        larger = realloc(data, room + 1);
                        if (!larger)
                                return -ENOMEM;
                        data = larger;
                }
                n = read(fd, data + size, room - size);
                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                if (n == 0)
                        break;
                size += (size_t)n;
        }
        if (size > max)
                return -EFBIG;
        data[size] = '\0';
        *ret = steal_pointer(data);
        if (ret_size)
                *ret_size = size;
        return 0;
}

int read_file_at(int dir, const char *path, size_t max, char **ret, size_t *ret_size)
{
        _cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

        if (fd < 0)
                return -errno;
        return read_fd(fd, max, ret, ret_size);
}

ssize_t read_text_at(int dir, const char *path, char *buffer, size_t size)
{
        _cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        ssize_t n;

        if (fd < 0)
                return -errno;
        do
                n = read(fd, buffer, size - 1);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;
        buffer[n] = '\0';
        return n;
}

int write_all(int fd, const void *data, size_t size)
{
        const char *from = data;

        while (size > 0) {
                ssize_t n = write(fd, from, size);

                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                if (n == 0)
                        return -EIO;
                from += n;
                size -= (size_t)n;
        }
        return 0;
}

int make_directories(const char *path, mode_t mode)
{
        char partial[PATH_MAX];

        if (!string_copy(partial, sizeof partial, path))
                return -ENAMETOOLONG;
        for (char *slash = partial + 1;; slash++) {
                if (*slash != '/' && *slash != '\0')
                        continue;
                bool last = *slash == '\0';

                *slash = '\0';
                if (mkdir(partial, mode) < 0 && errno != EEXIST)
                        return -errno;
                if (last)
                        return 0;
                *slash = '/';
        }
}

int fsync_parent(const char *path)
{
        char parent[PATH_MAX] = ".";

        if (strchr(path, '/') && !path_split(path, parent, sizeof parent))
                return -ENAMETOOLONG;

        _cleanup_close_ int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        return fsync(fd) < 0 ? -errno : 0;
}

int replace_file(const char *path, const void *data, size_t size, mode_t mode)
{
        _cleanup_free_ char *fresh = format("%s.XXXXXX", path);
        _cleanup_close_ int fd = fresh ? mkostemp(fresh, O_CLOEXEC) : -1;
        int r;

        if (fd < 0)
                return fresh ? -errno : -ENOMEM;
        r = write_all(fd, data, size);
        if (r == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0 || rename(fresh, path) < 0))
                r = -errno;
        if (r < 0)
                (void)unlink(fresh);
        return r == 0 ? fsync_parent(path) : r;
}

static uint64_t now_usec(clockid_t clock)
{
        struct timespec now;

        (void)clock_gettime(clock, &now);
        return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

uint64_t now_realtime_usec(void)
{
        return now_usec(CLOCK_REALTIME);
}

uint64_t now_monotonic_usec(void)
{
        return now_usec(CLOCK_MONOTONIC);
}

uint64_t now_boottime_usec(void)
{
        return now_usec(CLOCK_BOOTTIME);
}

void *bytes_duplicate(const void *bytes, size_t size)
{
        void *copy = bytes && size > 0 ? malloc(size) : NULL;

        return copy ? memcpy(copy, bytes, size) : NULL;
}

char *format(const char *fmt, ...)
{
        char *text;
        va_list arguments;
        int n;

        va_start(arguments, fmt);
        n = vasprintf(&text, fmt, arguments);
        va_end(arguments);
        return n < 0 ? NULL : text;
}
