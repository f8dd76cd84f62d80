#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "unitward/connector.h"
#include "unitward/connector_service.h"
#include "unitward/util.h"

#define NAME "connector"
#define LEAVE "FDSTORE=1\nFDNAME=" NAME "\nFDPOLL=0"
#define FORGET "FDSTOREREMOVE=1\nFDNAME=" NAME
#define PATIENCE_USEC (5u * 1000000u)

/* systemd gives the network of the service to such a command too; the kernel tells of processes in the first one alone.
 */
static int join_network(void)
{
        _cleanup_close_ int fd = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);

        return fd < 0 || setns(fd, CLONE_NEWNET) < 0 ? -errno : 0;
}

static int open_anywhere(void)
{
        int fd = connector_open(), r;

        if (fd != -EOPNOTSUPP || !connector_has_namespace())
                return fd;
        r = join_network();
        return r < 0 ? r : connector_open();
}

int connector_leave(void)
{
        _cleanup_close_ int fd = open_anywhere();
        int r;

        if (fd < 0)
                return fd == -EOPNOTSUPP ? 0 : fd;
        (void)sd_notify(false, FORGET); /* of the start before: there is room for one */
        r = sd_pid_notify_with_fds(0, false, LEAVE, &fd, 1);
        if (r == 0)
                return -ENOTCONN; /* nobody has started us who would keep it */
        /* Who sent it is known while he is there. */
        return r < 0 ? r : sd_notify_barrier(false, PATIENCE_USEC) < 0 ? -ETIMEDOUT : 0;
}

static bool is_connector(int fd)
{
        int domain, protocol;
        socklen_t size = sizeof domain;

        return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_NETLINK &&
               getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 && protocol == NETLINK_CONNECTOR;
}

/* As sd_listen_fds_with_names(3), which remembers the process that calls it: the guard, which libsystemd does not see
 * forked, would then send its notifications as itself and not as the process that the service manager knows. */
int connector_take(void)
{
        const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS"), *name = getenv("LISTEN_FDNAMES");
        const long n = count ? strtol(count, NULL, 10) : 0;
        int fd = SD_LISTEN_FDS_START;

        if (!pid || strtol(pid, NULL, 10) != getpid() || !name)
                return -ENOENT;
        for (; fd < SD_LISTEN_FDS_START + n && *name; fd++) {
                const size_t length = strcspn(name, ":");

                if (length == strlen(NAME) && strncmp(name, NAME, length) == 0 && is_connector(fd))
                        return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : fd;
                name += length + (name[length] == ':');
        }
        return -ENOENT;
}
