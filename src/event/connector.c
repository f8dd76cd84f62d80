#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "unitward/connector.h"
#include "unitward/util.h"

/* Bursts: a boot starts hundreds of services at once. */
#define RECEIVE_BUFFER (1024 * 1024)

#define PID_NAMESPACE_INITIAL 0xeffffffcu /* its inode, include/linux/proc_ns.h */

bool connector_has_namespace(void)
{
        struct stat st;

        return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == PID_NAMESPACE_INITIAL;
}

/* with_kinds: struct proc_input of Linux 6.6, only these kinds are made for this socket. Older kernels know its first
 * word alone. */
static int ask(int fd, bool with_kinds)
{
        const uint32_t input[] = { PROC_CN_MCAST_LISTEN, PROC_EVENT_FORK | PROC_EVENT_EXEC };
        const size_t size = with_kinds ? sizeof input : sizeof input[0];
        const struct cn_msg message = { .id = { CN_IDX_PROC, CN_VAL_PROC }, .len = (uint16_t)size };
        const struct nlmsghdr header = { .nlmsg_len = (uint32_t)NLMSG_LENGTH(sizeof message + size),
                                         .nlmsg_type = NLMSG_DONE };
        unsigned char request[NLMSG_LENGTH(sizeof message + sizeof input)] = { 0 };

        memcpy(request, &header, sizeof header);
        memcpy(request + NLMSG_HDRLEN, &message, sizeof message);
        memcpy(request + NLMSG_HDRLEN + sizeof message, input, size);
        return send(fd, request, header.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* The kernel has answered when send(2) returns; it does not answer what it does not know, nor who is in a namespace. */
static int acknowledged(int fd)
{
        unsigned char buffer[512];
        ssize_t n;

        while ((n = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
                struct proc_event event;

                if ((size_t)n < NLMSG_HDRLEN + sizeof(struct cn_msg) + sizeof event)
                        continue;
                memcpy(&event, buffer + NLMSG_HDRLEN + sizeof(struct cn_msg), sizeof event);
                if ((unsigned)event.what == PROC_EVENT_NONE)
                        return -(int)event.event_data.ack.err;
        }
        return -EOPNOTSUPP;
}

static int listen_on(int fd)
{
        int r = ask(fd, true);

        if (r == 0)
                r = acknowledged(fd);
        if (r != -EOPNOTSUPP)
                return r;
        r = ask(fd, false);
        return r == 0 ? acknowledged(fd) : r;
}

int connector_open(void)
{
        const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
        const int size = RECEIVE_BUFFER;
        _cleanup_close_ int fd = -1;
        int r;

        if (!connector_has_namespace())
                return -EOPNOTSUPP;
        fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
        if (fd < 0)
                return errno == EPERM || errno == EMFILE ? -errno : -EOPNOTSUPP;
        if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
                (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
                return errno == EPERM ? -EPERM : -EOPNOTSUPP;
        r = listen_on(fd);
        if (r == -ECONNREFUSED)
                return -EOPNOTSUPP; /* another network namespace: nobody is there */
        return r < 0 ? r : steal_fd(&fd);
}

int connector_parse(const void *buffer, size_t size, struct connector_event *ret)
{
        struct nlmsghdr header;
        struct cn_msg message;
        struct proc_event event = { 0 };
        const size_t before = NLMSG_HDRLEN + sizeof message, least = offsetof(struct proc_event, event_data);

        if (size < before + least)
                return -EBADMSG;
        memcpy(&header, buffer, sizeof header);
        memcpy(&message, (const char *)buffer + NLMSG_HDRLEN, sizeof message);
        if (header.nlmsg_len < before + least || header.nlmsg_len > size || message.len < least ||
            message.len > size - before)
                return -EBADMSG;
        if (message.id.idx != CN_IDX_PROC || message.id.val != CN_VAL_PROC)
                return 0;
        memcpy(&event, (const char *)buffer + before, message.len < sizeof event ? message.len : sizeof event);
        if ((unsigned)event.what == PROC_EVENT_EXEC && message.len >= least + sizeof event.event_data.exec) {
                *ret = (struct connector_event){ CONNECTOR_EXEC, event.event_data.exec.process_tgid, 0 };
                return 1;
        }
        if ((unsigned)event.what != PROC_EVENT_FORK || message.len < least + sizeof event.event_data.fork ||
            event.event_data.fork.child_pid != event.event_data.fork.child_tgid)
                return 0;
        *ret = (struct connector_event){ CONNECTOR_FORK, event.event_data.fork.child_tgid,
                                         event.event_data.fork.parent_tgid };
        return 1;
}

int connector_read(int fd, struct connector_event *ret)
{
        unsigned char buffer[512];
        struct sockaddr_nl from = { 0 };
        socklen_t size = sizeof from;
        ssize_t n;

        do
                n = recvfrom(fd, buffer, sizeof buffer, MSG_DONTWAIT, (struct sockaddr *)&from, &size);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return errno == EWOULDBLOCK ? -EAGAIN : -errno;
        /* Anybody with the right to may send to the socket. */
        return from.nl_pid == 0 ? connector_parse(buffer, (size_t)n, ret) : 0;
}
