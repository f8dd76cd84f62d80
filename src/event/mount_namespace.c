/* By number, as namespaces(7) has it: two links of /proc/PID/ns that lead to one inode are one namespace. */
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include "unitward/file_id.h"
#include "unitward/mount_namespace.h"
#include "unitward/util.h"

#define HOST "/proc/1/ns/mnt"
#define OWN "/proc/self/ns/mnt"

static int compare(const char *path)
{
        struct stat host, other;

        if (stat(HOST, &host) < 0 || stat(path, &other) < 0)
                return -errno;
        return file_id_equal(file_id_of(&host), file_id_of(&other));
}

int mount_namespace_is_host(pid_t pid)
{
        char path[64];

        (void)snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)pid);
        return compare(path);
}

int mount_namespace_open(int *ret_fd)
{
        int r = compare(OWN), fd;

        if (r != 0)
                return r < 0 ? r : 0;
        fd = open(HOST, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        *ret_fd = fd;
        return 1;
}

int mount_namespace_join(int fd)
{
        int r;

        if (setns(fd, CLONE_NEWNS) < 0)
                return -errno;
        r = compare(OWN);
        if (r < 0)
                return r;
        return r ? 0 : -EXDEV;
}
