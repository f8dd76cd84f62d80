#include <fcntl.h>
#include <limits.h>

#include "unitward/attributes.h"
#include "unitward/observe.h"
#include "unitward/util.h"

static int read_target(int fd, char **ret)
{
        char target[PATH_MAX];
        ssize_t n = readlinkat(fd, "", target, sizeof target - 1);

        if (n < 0)
                return -errno;
        target[n] = '\0';
        *ret = strdup(target);
        return *ret ? 0 : -ENOMEM;
}

/* 0, also when there are more than anybody can want: those are known to be there, and not which. */
static int read_attributes(struct observed *seen)
{
        int r = attributes_read(seen->fd, &seen->attributes, &seen->attributes_size);

        seen->bare = r == 0 && !seen->attributes;
        return r == -E2BIG ? 0 : r;
}

int observe(int dir, const char *name, struct observed *ret)
{
        struct observed seen = OBSERVED_NOTHING;
        int r = 0;

        seen.fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (seen.fd < 0) {
                if (errno != ENOENT)
                        return -errno;
                *ret = seen;
                return 0;
        }
        seen.exists = true;
        if (fstat(seen.fd, &seen.st) < 0)
                r = -errno;
        else if (S_ISLNK(seen.st.st_mode))
                r = read_target(seen.fd, &seen.target);
        else
                r = read_attributes(&seen);
        if (r < 0) {
                observed_done(&seen);
                return r;
        }
        seen.bare |= S_ISLNK(seen.st.st_mode);
        *ret = seen;
        return 0;
}

void observed_done(struct observed *observed)
{
        close_pointer(&observed->fd);
        free(observed->target);
        free(observed->attributes);
        *observed = OBSERVED_NOTHING;
}

static int open_for_reading(const struct observed *observed)
{
        int fd = open(fd_path(observed->fd).text, O_RDONLY | O_NONBLOCK | O_NOATIME | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

int observe_contents(const struct observed *observed, size_t keep, struct digest *ret_digest, char **ret_data,
                     size_t *ret_size)
{
        _cleanup_close_ int fd = open_for_reading(observed);
        char *data = NULL;
        uint64_t length;
        size_t size = 0;
        int r;

        if (fd < 0)
                return fd;
        if (!ret_data || (uint64_t)observed->st.st_size > keep) {
                r = digest_fd(fd, OBSERVE_HASH_MAX, ret_digest, &length);
                if (r < 0)
                        return r;
        } else {
                r = read_fd(fd, keep, &data, &size);
                if (r < 0)
                        return r;
                digest_buffer(data, size, ret_digest);
        }
        if (ret_data) {
                *ret_data = data;
                *ret_size = size;
        }
        return 0;
}

bool observe_is_being_written(const struct observed *observed)
{
        _cleanup_close_ int fd = S_ISREG(observed->st.st_mode) ? open_for_reading(observed) : -1;

        if (fd < 0)
                return false;
        if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0)
                return false; /* closing gives the lease back */
        return errno == EAGAIN;
}
