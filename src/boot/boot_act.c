/* Writes into the generator's early directory. */
#include <fcntl.h>

#include "boot_internal.h"

#define HOLD_NAME "zzz-unitward.conf"

static const char hold_text[] = "# Written by unitward-generator(8): something about this unit is not authorised, see\n"
                                "# journalctl -t unitward-generator\n"
                                "[Unit]\n"
                                "ConditionPathExists=!/\n";

/* The subdirectory of the early one, made when it is missing. */
static int open_subdirectory(int early, const char *name)
{
        int fd;

        if (!*name)
                name = ".";
        else if (mkdirat(early, name, 0755) < 0 && errno != EEXIST)
                return -errno;
        fd = openat(early, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* Another generator may have put the name there; what is said here counts. */
static int put_link(int dir, const char *name, const char *target)
{
        if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
                return -errno;
        return symlinkat(target, dir, name) < 0 ? -errno : 0;
}

static int put_file(int dir, const char *name, const char *data, size_t size)
{
        _cleanup_close_ int fd = -1;

        if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
                return -errno;
        fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        return fd < 0 ? -errno : write_all(fd, data, size);
}

/* A condition can be taken back by a drop-in whose name sorts behind: this one is the last of all. */
static int hold_name(const struct boot_walk *walk, char name[static NAME_MAX + 1])
{
        size_t stem = strlen(walk->last_drop_in) - strlen(".conf");

        if (strcmp(walk->last_drop_in, HOLD_NAME) < 0) {
                (void)string_copy(name, NAME_MAX + 1, HOLD_NAME);
                return 0;
        }
        if (stem + strlen("~.conf") > NAME_MAX)
                return -ENAMETOOLONG;
        (void)snprintf(name, NAME_MAX + 1, "%.*s~.conf", (int)stem, walk->last_drop_in);
        return 0;
}

static int put_hold(const struct boot_walk *walk, int early, const char *unit)
{
        char directory[UNIT_NAME_MAX + 2], name[NAME_MAX + 1];
        _cleanup_close_ int dir = -1;
        int r = hold_name(walk, name);

        if (r < 0)
                return r;
        (void)snprintf(directory, sizeof directory, "%s.d", unit);
        dir = open_subdirectory(early, directory);
        return dir < 0 ? dir : put_file(dir, name, hold_text, sizeof hold_text - 1);
}

int boot_act(const struct boot_walk *walk, const struct boot_finding *finding, const struct boot_remedy *remedy,
             int early)
{
        char subdirectory[PATH_MAX] = "";
        const char *name = path_split(finding->below, subdirectory, sizeof subdirectory);
        _cleanup_close_ int dir = -1;

        if (remedy->action == BOOT_NOTHING || remedy->action == BOOT_HELPLESS)
                return 0;
        if (remedy->action == BOOT_HOLD)
                return put_hold(walk, early, finding->unit);
        if (!name)
                name = finding->below;
        dir = open_subdirectory(early, subdirectory);
        if (dir < 0)
                return dir;
        if (remedy->action == BOOT_CONTENTS)
                return put_file(dir, name, remedy->data, remedy->size);
        return put_link(dir, name, remedy->action == BOOT_LINK ? remedy->data : "/dev/null");
}
