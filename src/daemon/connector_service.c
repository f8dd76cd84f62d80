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

int connector_leave(void)
{
        _cleanup_close_ int fd = -1;
        int r = connector_has_namespace() ? join_network() : -EOPNOTSUPP;

        if (r == 0)
                r = fd = connector_open();
        if (r < 0)
                return r == -EOPNOTSUPP ? 0 : r;
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

int connector_take(void)
{
        char **names = NULL;
        int n = sd_listen_fds_with_names(false, &names), found = -ENOENT;

        for (int i = 0; i < n; i++) {
                if (found < 0 && streq(names[i], NAME) && is_connector(SD_LISTEN_FDS_START + i))
                        found = SD_LISTEN_FDS_START + i;
                free(names[i]);
        }
        free(names);
        return found;
}
