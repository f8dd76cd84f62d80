#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "golden_internal.h"
#include "unitward/util.h"

#define INCOMING "incoming-" /* what is not whole yet; no shard and no copy is called so */

/* The name of a copy: 256 shards keep every directory small. */
struct copy_name {
        char shard[3];
        char rest[DIGEST_HEX_SIZE - 2];
};

static struct copy_name copy_name_of(const struct digest *digest)
{
        char hex[DIGEST_HEX_SIZE];
        struct copy_name name;

        digest_to_hex(digest, hex);
        (void)string_copy(name.shard, sizeof name.shard, hex);
        (void)string_copy(name.rest, sizeof name.rest, hex + 2);
        return name;
}

/* What a crash left half-written. */
static int incoming_sweep(int directory)
{
        int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *stream = fd < 0 ? NULL : fdopendir(fd);

        if (!stream) {
                int r = -errno;

                close_pointer(&fd);
                return r;
        }
        for (struct dirent *entry; (entry = readdir(stream));)
                if (starts_with(entry->d_name, INCOMING))
                        (void)unlinkat(directory, entry->d_name, 0);
        (void)closedir(stream);
        return 0;
}

int golden_open(const char *directory, struct golden **ret)
{
        _cleanup_close_ int fd = -1;
        struct golden *golden;
        int r = make_directories(directory, 0700);

        if (r < 0)
                return r;
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = incoming_sweep(fd);
        if (r < 0)
                return r;
        golden = malloc(sizeof *golden);
        if (!golden)
                return -ENOMEM;
        golden->fd = steal_fd(&fd);
        *ret = golden;
        return 0;
}

struct golden *golden_close(struct golden *golden)
{
        if (golden) {
                (void)close(golden->fd);
                free(golden);
        }
        return NULL;
}

static int shard_open(struct golden *golden, const struct copy_name *name)
{
        int fd;

        if (mkdirat(golden->fd, name->shard, 0700) < 0 && errno != EEXIST)
                return -errno;
        fd = openat(golden->fd, name->shard, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int incoming_write(struct golden *golden, const char *name, const void *data, size_t size)
{
        _cleanup_close_ int fd = -1;

        (void)unlinkat(golden->fd, name, 0);
        fd = openat(golden->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
        return fd < 0 ? -errno : write_all(fd, data, size);
}

/* Renames over a copy that is there: it was asked before and is not what its name says. */
static int copy_write(struct golden *golden, const struct copy_name *name, const void *data, size_t size)
{
        _cleanup_close_ int shard = shard_open(golden, name);
        char incoming[32];
        int r;

        if (shard < 0)
                return shard;
        (void)snprintf(incoming, sizeof incoming, INCOMING "%d", (int)gettid());
        r = incoming_write(golden, incoming, data, size);
        if (r == 0 && renameat(golden->fd, incoming, shard, name->rest) < 0)
                r = -errno;
        if (r < 0)
                (void)unlinkat(golden->fd, incoming, 0);
        return r;
}

/* A copy's modification time is when something last needed it. */
static void copy_touch(struct golden *golden, const struct copy_name *name)
{
        char path[sizeof name->shard + sizeof name->rest];

        (void)snprintf(path, sizeof path, "%s/%s", name->shard, name->rest);
        (void)utimensat(golden->fd, path, NULL, AT_SYMLINK_NOFOLLOW);
}

int golden_store(struct golden *golden, const struct digest *digest, const void *data, size_t size)
{
        struct copy_name name = copy_name_of(digest);
        _cleanup_free_ char *present = NULL;
        struct digest actual;
        size_t present_size;

        if (size > GOLDEN_FILE_MAX)
                return -EFBIG;
        digest_buffer(data, size, &actual);
        if (memcmp(&actual, digest, sizeof actual) != 0)
                return -EINVAL;
        if (golden_load(golden, digest, &present, &present_size) == 0) {
                copy_touch(golden,
                           &name); /* it may have gone unneeded for long, and the ledger not say yet that it is */
                return 0;
        }
        return copy_write(golden, &name, data, size);
}

int golden_flush(struct golden *golden)
{
        return syncfs(golden->fd) < 0 ? -errno : 0;
}

/* Opens only what golden_store can have made; a link or a FIFO in its place is damage, and not waited for. */
static int copy_open(struct golden *golden, const struct copy_name *name)
{
        char path[sizeof name->shard + sizeof name->rest];
        _cleanup_close_ int fd = -1;
        struct stat st;

        (void)snprintf(path, sizeof path, "%s/%s", name->shard, name->rest);
        fd = openat(golden->fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return errno == ELOOP || errno == ENXIO || errno == ENOTDIR ? -EUCLEAN : -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        return S_ISREG(st.st_mode) ? steal_fd(&fd) : -EUCLEAN;
}

int golden_load(struct golden *golden, const struct digest *digest, char **ret, size_t *ret_size)
{
        struct copy_name name = copy_name_of(digest);
        _cleanup_close_ int fd = copy_open(golden, &name);
        _cleanup_free_ char *data = NULL;
        struct digest actual;
        size_t size;
        int r;

        if (fd < 0)
                return fd;
        r = read_fd(fd, GOLDEN_FILE_MAX, &data, &size);
        if (r < 0)
                return r == -EFBIG ? -EUCLEAN : r;
        digest_buffer(data, size, &actual);
        if (memcmp(&actual, digest, sizeof actual) != 0)
                return -EUCLEAN;
        *ret = steal_pointer(data);
        *ret_size = size;
        return 0;
}
