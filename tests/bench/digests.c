/* digests hash|look DIRECTORY: SHA-256 of all regular files in it, as the daemon computes it, or a statx(2) of each.
 * Prints usec=N files=N bytes=N. Exit status: 0 done, 1 it could not be, 2 usage. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "../integration/series.h"
#include "unitward/digest.h"
#include "unitward/util.h"

/* Bytes; -errno. */
static int64_t take_digest(int directory, const char *name)
{
        _cleanup_close_ int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        struct digest digest;
        uint64_t size;
        int r;

        if (fd < 0)
                return -errno;
        r = digest_fd(fd, UINT64_MAX, &digest, &size);
        return r < 0 ? r : (int64_t)size;
}

static int64_t look(int directory, const char *name)
{
        struct statx st;

        if (statx(directory, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &st) < 0)
                return -errno;
        return (int64_t)st.stx_size;
}

int main(int argc, char **argv)
{
        bool hashes = argc == 3 && streq(argv[1], "hash");
        int64_t start = now_nsec(), bytes = 0, size;
        unsigned long files = 0;
        DIR *names;

        if (!hashes && (argc != 3 || !streq(argv[1], "look"))) {
                (void)fputs("usage: digests hash|look DIRECTORY\n", stderr);
                return 2;
        }
        names = opendir(argv[2]);
        if (!names) {
                perror(argv[2]);
                return 1;
        }
        for (struct dirent *entry; (entry = readdir(names));) {
                if (entry->d_type != DT_REG)
                        continue;
                size = hashes ? take_digest(dirfd(names), entry->d_name) : look(dirfd(names), entry->d_name);
                if (size < 0) {
                        (void)fprintf(stderr, "%s: %s\n", entry->d_name, strerror((int)-size));
                        (void)closedir(names);
                        return 1;
                }
                bytes += size;
                files++;
        }
        (void)closedir(names);
        (void)printf("usec=%lld files=%lu bytes=%lld\n", (long long)((now_nsec() - start) / 1000), files,
                     (long long)bytes);
        return 0;
}
