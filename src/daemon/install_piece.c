#include <fcntl.h>
#include <inttypes.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "install.h"
#include "unitward/util.h"

/* systemd skips what begins with a dot, and nobody can have it ready. */
static int temporary_name(char *name, size_t size)
{
        uint64_t random;

        if (getrandom(&random, sizeof random, 0) != sizeof random)
                return -EIO;
        (void)snprintf(name, size, ".#unitward-install-%016" PRIx64, random);
        return 0;
}

static int write_contents(const struct piece *piece, int dir, const char *name)
{
        _cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        int r;

        if (fd < 0)
                return -errno;
        r = write_all(fd, piece->data, piece->size);
        if (r == 0 && (fchown(fd, 0, 0) < 0 || fchmod(fd, 0644) < 0 || fsync(fd) < 0))
                r = -errno;
        return r;
}

static int put(const struct piece *piece, int dir)
{
        char name[64];
        int r = temporary_name(name, sizeof name);

        if (r < 0)
                return r;
        if (piece->target)
                r = symlinkat(piece->target, dir, name) < 0 ? -errno : 0;
        else
                r = write_contents(piece, dir, name);
        if (r == 0 && renameat(dir, name, dir, piece->name) < 0)
                r = -errno;
        if (r < 0)
                (void)unlinkat(dir, name, 0);
        return r;
}

/* The directory of drop-ins or links, made and authorised where it is missing. */
static int enter_below(const struct install *install, const struct piece *piece, const struct authority *authority,
                       struct directory **ret)
{
        struct settler *settler = &install->guard->settler;
        _cleanup_free_ char *path = format("%s/%s", install->directory->path, piece->below);
        struct directory *directory;
        int r;

        if (!path)
                return -ENOMEM;
        directory = inventory_directory(&settler->inventory, path);
        if (!directory || !directory->present || !directory->authorised) {
                /* To authorise one that is there would authorise what is in it. */
                if (mkdir(path, 0755) < 0)
                        return errno == EEXIST ? -EPERM : -errno;
                r = settle_authorise(settler, install->directory, piece->below, authority);
                directory = inventory_directory(&settler->inventory, path);
                if (r < 0 || !directory)
                        return r < 0 ? r : -ENOTDIR;
        }
        *ret = directory;
        return 0;
}

int install_piece(const struct install *install, const struct piece *piece)
{
        struct digest digest;
        const struct authority authority = { .source = "install",
                                             .deed = "installed",
                                             .actor = install->actor,
                                             .verdict = piece->verdict,
                                             .digest = piece->target ? NULL : &digest,
                                             .target = piece->target };
        struct directory *directory = install->directory;
        _cleanup_close_ int dir = -1;
        int r = 0;

        digest_buffer(piece->data, piece->size, &digest);
        if (piece->below)
                r = enter_below(install, piece, &authority, &directory);
        if (r < 0)
                return r;
        dir = open(directory->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (dir < 0)
                return -errno;
        r = put(piece, dir);
        if (r == 0)
                r = settle_authorise(&install->guard->settler, directory, piece->name, &authority);
        return r == 0 && fsync(dir) < 0 ? -errno : r;
}
