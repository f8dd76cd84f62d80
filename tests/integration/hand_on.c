/* What a service manager does with a descriptor that a command of a unit leaves with it, sd_pid_notify_with_fds(3).
 *
 *   hand_on SOCKET COMMAND [WORD...] -- PROGRAM [WORD...]    runs the command, which is told of the socket, and becomes
 * the program, which has what was left by its name, sd_listen_fds(3)
 *
 * Exit status: 1 the command failed, left nothing, or more than there is room for; 2 usage. */
#include <poll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

#include "unitward/util.h"

static int kept = -1;
static char name[64];

static int listen_at(const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        if (fd < 0 || !string_copy(address.sun_path, sizeof address.sun_path, path))
                return -EINVAL;
        (void)unlink(path);
        return bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 ? -errno : fd;
}

static void keep(const char *text, int fd)
{
        const char *named = strstr(text, "FDNAME=");

        if (!strstr(text, "FDSTORE=1") || !named || kept >= 0) {
                (void)close(fd); /* a barrier's, too: whoever waits for that goes on */
                return;
        }
        kept = fd;
        (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(named + 7, "\n"), named + 7);
}

static void take_message(int socket)
{
        char text[512], control[CMSG_SPACE(sizeof(int))];
        struct iovec part = { text, sizeof text - 1 };
        struct msghdr message = {
                .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
        };
        ssize_t n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
        struct cmsghdr *rights = n >= 0 ? CMSG_FIRSTHDR(&message) : NULL;
        int fd;

        if (!rights || rights->cmsg_type != SCM_RIGHTS)
                return;
        text[n] = '\0';
        memcpy(&fd, CMSG_DATA(rights), sizeof fd);
        keep(text, fd);
}

/* Until the command has ended, and all that it has said was heard. */
static bool listen_to(int socket, pid_t command)
{
        int process = pidfd_open(command, 0), status;
        struct pollfd polls[] = { { socket, POLLIN, 0 }, { process, POLLIN, 0 } };

        while (poll(polls, 2, -1) > 0 && (polls[0].revents || !polls[1].revents))
                if (polls[0].revents)
                        take_message(socket);
        return waitpid(command, &status, 0) == command && status == 0 && kept >= 0;
}

static int become(char **program)
{
        char pid[16];

        (void)snprintf(pid, sizeof pid, "%d", (int)getpid());
        (void)unsetenv("NOTIFY_SOCKET");
        if (dup2(kept, SD_LISTEN_FDS_START) < 0 || setenv("LISTEN_PID", pid, 1) < 0 ||
            setenv("LISTEN_FDS", "1", 1) < 0 || setenv("LISTEN_FDNAMES", name, 1) < 0)
                return 1;
        (void)execv(program[0], program);
        return 1;
}

int main(int argc, char *argv[])
{
        int socket, last = 2;
        pid_t command;

        while (last < argc && !streq(argv[last], "--"))
                last++;
        if (last == 2 || last + 1 >= argc)
                return 2;
        argv[last] = NULL;
        socket = listen_at(argv[1]);
        if (socket < 0 || setenv("NOTIFY_SOCKET", argv[1], 1) < 0)
                return 1;
        command = fork();
        if (command == 0) {
                (void)execv(argv[2], argv + 2);
                _exit(127);
        }
        if (command < 0 || !listen_to(socket, command))
                return 1;
        return become(argv + last + 1);
}
