#include <libaudit.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "unitward/audit_relay.h"
#include "unitward/couriers.h"
#include "unitward/record_text.h"
#include "unitward/util.h"

#define RELAY_MAX (AUDIT_MESSAGE_MAX + 2u) /* the result and the NUL */

/* A record is a line of its own in audit's log, whoever sent it. */
static void make_plain(char *text)
{
        for (; *text; text++)
                if ((unsigned char)*text < ' ' || *text == 0x7f)
                        *text = '?';
}

static bool is_from_root(struct msghdr *header)
{
        for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control; control = CMSG_NXTHDR(header, control))
                if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_CREDENTIALS) {
                        struct ucred peer;

                        memcpy(&peer, CMSG_DATA(control), sizeof peer);
                        return peer.uid == 0;
                }
        return false;
}

/* 1: there is one in the buffer; 0: it is no message of the daemon's; -errno. */
static int receive(int fd, char buffer[static RELAY_MAX])
{
        union {
                char bytes[CMSG_SPACE(sizeof(struct ucred))];
                struct cmsghdr align;
        } control;
        struct iovec data = { buffer, RELAY_MAX - 1 };
        struct msghdr header = {
                .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
        };
        ssize_t n = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);

        if (n < 0)
                return -errno;
        buffer[n] = '\0';
        return n > 1 && !(header.msg_flags & MSG_TRUNC) && is_from_root(&header) &&
               (buffer[0] == RELAY_SUCCESS || buffer[0] == RELAY_FAILURE);
}

/* 0 or -errno. */
static int say(int audit, char *buffer)
{
        int r;

        make_plain(buffer);
        r = audit_log_user_message(audit, AUDIT_TRUSTED_APP, buffer + 1, NULL, NULL, NULL, buffer[0] == RELAY_SUCCESS);
        if (r > 0)
                return 0;
        return r == 0 ? -ECONNREFUSED : r; /* 0 is what libaudit says where there is no audit */
}

static bool is_hopeless(int error)
{
        return error == -EPERM || error == -ECONNREFUSED || error == -EPROTONOSUPPORT || error == -EINVAL;
}

static int relay_all(int fd, int audit)
{
        char buffer[RELAY_MAX];
        int r;

        for (;;) {
                r = receive(fd, buffer);
                if (r == 0 || r == -EINTR)
                        continue;
                if (r < 0)
                        return r;
                r = say(audit, buffer);
                if (is_hopeless(r))
                        return -EOPNOTSUPP;
                if (r < 0) /* the service manager's log has it instead */
                        (void)fprintf(stderr, "unitward-audit: not recorded, %s: %s\n", strerror(-r), buffer + 1);
        }
}

int audit_relay_run(int fd)
{
        const int on = 1;
        _cleanup_close_ int audit = -1;

        if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
                return -errno;
        audit = audit_open();
        return audit < 0 ? -EOPNOTSUPP : relay_all(fd, audit);
}
