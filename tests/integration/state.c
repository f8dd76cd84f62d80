/* state PATH: everything about a file or tree that an attack could change, as text; "absent" when there is none.
 * A line for each object, by name: kind, mode, owner, size, checksum of the contents, link target, attributes. */
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "unitward/util.h"

/* FNV-1a: tells contents apart; it need not resist anybody. */
static uint64_t checksum_add(uint64_t sum, const void *data, size_t size)
{
        for (const unsigned char *p = data, *end = p + size; p < end; p++)
                sum = (sum ^ *p) * UINT64_C(0x100000001b3);
        return sum;
}

static uint64_t checksum_file(const char *path)
{
        uint64_t sum = UINT64_C(0xcbf29ce484222325);
        char buffer[65536];
        ssize_t n;
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

        while (fd >= 0 && (n = read(fd, buffer, sizeof buffer)) > 0)
                sum = checksum_add(sum, buffer, (size_t)n);
        return sum;
}

static void print_attributes(const char *path)
{
        char names[4096], value[4096];
        ssize_t size = llistxattr(path, names, sizeof names);

        for (const char *name = names; size > 0 && name < names + size; name += strlen(name) + 1) {
                ssize_t length = lgetxattr(path, name, value, sizeof value);

                if (length >= 0 && (starts_with(name, "user.") || starts_with(name, "system.")))
                        (void)printf(" %s=%016lx", name, checksum_add(0, value, (size_t)length));
        }
}

static void print_object(const FTSENT *entry)
{
        const struct stat *st = entry->fts_statp;
        char target[PATH_MAX];
        ssize_t length;

        (void)printf("%s %o %u:%u", entry->fts_path, st->st_mode, st->st_uid, st->st_gid);
        if (S_ISREG(st->st_mode))
                (void)printf(" %ld %016lx", st->st_size, checksum_file(entry->fts_accpath));
        if (S_ISLNK(st->st_mode) && (length = readlink(entry->fts_accpath, target, sizeof target)) > 0)
                (void)printf(" -> %.*s", (int)length, target);
        print_attributes(entry->fts_accpath);
        (void)putchar('\n');
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
        return strcmp((*a)->fts_name, (*b)->fts_name);
}

int main(int argc, char **argv)
{
        struct stat st;

        (void)alarm(10);
        if (argc != 2) {
                (void)fputs("usage: state PATH\n", stderr);
                return 2;
        }
        if (lstat(argv[1], &st) < 0) {
                (void)puts("absent");
                return 0;
        }
        FTS *tree = fts_open((char *[]){ argv[1], NULL }, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
        for (FTSENT *entry; tree && (entry = fts_read(tree));)
                if (entry->fts_info != FTS_DP)
                        print_object(entry);
        return tree ? fts_close(tree) : 1;
}
