/* Settling a whole directory: all names on the disk, and all that are expected and not there. */
#include <dirent.h>
#include <fcntl.h>

#include "settle_internal.h"
#include "unitward/util.h"

static int settle_present_names(struct settler *settler, struct directory *directory, const struct cause *cause)
{
        _cleanup_close_ int fd = open(directory->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct dirent *item;
        DIR *listing;
        int r;

        if (fd < 0)
                return -errno;
        listing = fdopendir(fd);
        if (!listing)
                return -errno;
        (void)steal_fd(&fd);
        while ((errno = 0, item = readdir(listing))) {
                if (streq(item->d_name, ".") || streq(item->d_name, ".."))
                        continue;
                r = settle_name(settler, directory, item->d_name, cause);
                if (r < 0 && r != -ESTALE && r != -ENOENT && r != -EAGAIN &&
                    !((r == -EPERM || r == -ETXTBSY) && settler->authority))
                        report_problem(settler, directory->path,
                                       format("cannot settle a name in %s: %s", directory->path, strerror(-r)),
                                       format("see: unitward doctor"));
        }
        r = -errno;
        (void)closedir(listing);
        return r;
}

/* Names that are expected and not there. Dropping one leaves the others valid: HASH_ITER is safe for that. */
static void settle_missing_names(struct settler *settler, struct directory *directory, const struct cause *cause)
{
        _cleanup_close_ int dir = watch_open(directory);
        struct entry *entry, *following;
        struct stat st;

        if (dir < 0)
                return;
        HASH_ITER(hh, directory->entries, entry, following)
                if (fstatat(dir, entry->name, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
                        (void)settle_name(settler, directory, entry->name, cause);
}

static struct directory *missing_subdirectory(struct settler *settler, const struct directory *directory)
{
        struct directory *other, *next;
        struct stat st;

        HASH_ITER(hh_path, settler->inventory.by_path, other, next)
                if (other->parent == directory && other->place != PLACE_PARENT && !other->is_root &&
                    other->authorised && !other->given_up && lstat(other->path, &st) < 0 && errno == ENOENT)
                        return other;
        return NULL;
}

static void settle_missing_subdirectories(struct settler *settler, struct directory *directory,
                                          const struct cause *cause)
{
        struct directory *missing;

        while ((missing = missing_subdirectory(settler, directory))) {
                missing->given_up = true; /* one try a settling, whatever comes of it */
                settle_inherit(settler, missing, directory);
                (void)settle_missing_directory(settler, missing, cause);
        }
}

int settle_directory(struct settler *settler, struct directory *directory, const struct cause *cause)
{
        struct cause self = *cause;
        struct directory *other, *next;
        int r;

        if (directory->place == PLACE_PARENT || settle_is_closed(settler, directory->path))
                return 0;
        HASH_ITER(hh_path, settler->inventory.by_path, other, next)
                if (other->parent == directory)
                        other->given_up = false;
        r = settle_name(settler, directory, ".", &self);
        if (r < 0 || directory->place == PLACE_STATE)
                return r;
        r = settle_present_names(settler, directory, cause);
        if (r < 0)
                return r;
        settle_missing_names(settler, directory, cause);
        settle_missing_subdirectories(settler, directory, cause);
        return 0;
}

void settle_everything(struct settler *settler, const struct cause *cause)
{
        struct directory *directory, *next;
        size_t n = 0, i = 0;
        char **paths;

        /* By path: settling adds and removes directories. */
        paths = calloc(settler->inventory.n_directories + 1, sizeof *paths);
        if (!paths)
                return;
        HASH_ITER(hh_path, settler->inventory.by_path, directory, next)
                if (directory->present && directory->place != PLACE_PARENT)
                        paths[n++] = strdup(directory->path);
        for (i = 0; i < n; i++) {
                directory = paths[i] ? inventory_directory(&settler->inventory, paths[i]) : NULL;
                if (directory && directory->present)
                        (void)settle_directory(settler, directory, cause);
                free(paths[i]);
        }
        free(paths);
}
