#include <sys/socket.h>
#include <sys/un.h>

#include "manager_bus.h"
#include "unitward/util.h"

void manager_bus_close(sd_bus **bus)
{
        if (*bus)
                sd_bus_close(*bus);
        (void)sd_bus_unref(*bus);
}

/* A user may put anything at his manager's path: only a process that runs systemd is talked to. Connecting does not
 * wait: where the socket's queue is full, -EAGAIN. */
static int connect_to(struct managers *known, const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct ucred peer;
        socklen_t size = sizeof peer;

        if (fd < 0)
                return -errno;
        if (!string_copy(address.sun_path, sizeof address.sun_path, path))
                return -ENAMETOOLONG;
        if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
            getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
                return -errno;
        return managers_include(known, peer.pid) ? steal_fd(&fd) : -EPERM;
}

int manager_bus_open(struct managers *known, const char *path, uint64_t patience_usec, sd_bus **ret)
{
        _cleanup_(manager_bus_close) sd_bus *bus = NULL;
        int fd = connect_to(known, path), r;

        if (fd < 0)
                return fd;
        r = sd_bus_new(&bus);
        if (r < 0) {
                (void)close(fd);
                return r;
        }
        r = sd_bus_set_fd(bus, fd, fd);
        if (r < 0) {
                (void)close(fd);
                return r;
        }
        r = sd_bus_set_method_call_timeout(bus, patience_usec);
        if (r >= 0)
                r = sd_bus_start(bus);
        if (r < 0)
                return r;
        *ret = steal_pointer(bus);
        return 0;
}
