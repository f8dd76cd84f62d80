/* rude_client KIND SOCKET: does to the control socket what no client should, until SIGTERM or for 20 s.
 *
 *   garbage      bytes that are no frame, as fast as they are taken
 *   idle         as many connections as there are to be had, on which nothing is said
 *   slow         the same, a byte of a valid request every 200 ms
 *   half         a header that announces 64 KiB, and nothing behind it
 *   endless      a header that announces 4 GiB, and bytes behind it
 *   descriptors  a request with more descriptors than it may have, in every message; pipes nobody reads
 *
 * Prints how often it connected. Exit status: 0, 1 when it never could. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "unitward/util.h"

#define CONNECTIONS 64
#define FILES 253 /* the kernel's most */

static const char *socket_path;
static volatile sig_atomic_t stopped;
static unsigned connected;

static void stop(int signal)
{
        (void)signal;
        stopped = 1;
}

static void rest(unsigned milliseconds)
{
        const struct timespec pause = { milliseconds / 1000, (long)(milliseconds % 1000) * 1000000 };

        (void)nanosleep(&pause, NULL);
}

static int dial(void)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
        if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
                if (fd >= 0)
                        (void)close(fd);
                return -1;
        }
        connected++;
        return fd;
}

static void say(int fd, const void *data, size_t size)
{
        (void)!send(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static bool is_over(int fd)
{
        struct pollfd polled = { fd, 0, 0 };

        return poll(&polled, 1, 0) > 0;
}

static const unsigned char half[] = { 'U', 'W', 1, 0, 0, 0, 1, 0 };
static const unsigned char endless[] = { 'U', 'W', 1, 0, 0xff, 0xff, 0xff, 0xff };
static const unsigned char request[] = "UW\1\0\24\0\0\0{\"command\":\"status\"}";

/* Each connection says its bytes from the start, one at a time or all at once, and is replaced when it is closed. */
static void crowd(const void *data, size_t size, bool slowly)
{
        struct {
                int fd;
                size_t said;
        } all[CONNECTIONS];

        for (size_t i = 0; i < CONNECTIONS; i++)
                all[i].fd = -1;
        while (!stopped) {
                for (size_t i = 0; i < CONNECTIONS; i++) {
                        if (all[i].fd >= 0 && is_over(all[i].fd)) {
                                (void)close(all[i].fd);
                                all[i].fd = -1;
                        }
                        if (all[i].fd < 0) {
                                all[i].fd = dial();
                                all[i].said = 0;
                        }
                        if (all[i].fd >= 0 && all[i].said < size) {
                                size_t n = slowly ? 1 : size;

                                say(all[i].fd, (const char *)data + all[i].said, n);
                                all[i].said += n;
                        }
                }
                rest(slowly ? 200 : 5);
        }
}

static void garbage(size_t header_size)
{
        static unsigned char bytes[64 * 1024];

        for (size_t i = 0; i < sizeof bytes; i++)
                bytes[i] = (unsigned char)(i * 167u + (i >> 8));
        memcpy(bytes, endless, header_size);
        while (!stopped) {
                int fd = dial();

                if (fd < 0) {
                        rest(1);
                        continue;
                }
                for (int i = 0; i < 16 && !is_over(fd); i++)
                        say(fd, bytes, sizeof bytes);
                (void)close(fd);
        }
}

static void send_files(int fd, const int *files)
{
        union {
                struct cmsghdr header;
                char room[CMSG_SPACE(FILES * sizeof(int))];
        } control;
        struct iovec data = { (void *)(uintptr_t)request, 12 };
        struct msghdr message = {
                .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room
        };

        memset(&control, 0, sizeof control);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(FILES * sizeof(int));
        memcpy(CMSG_DATA(&control.header), files, FILES * sizeof(int));
        (void)!sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void descriptors(void)
{
        int files[FILES], ends[2];

        if (pipe2(ends, O_CLOEXEC) < 0)
                return;
        for (size_t i = 0; i < FILES; i++)
                files[i] = ends[i % 2];
        while (!stopped) {
                int fd = dial();

                if (fd < 0) {
                        rest(1);
                        continue;
                }
                for (int i = 0; i < 8; i++)
                        send_files(fd, files);
                rest(20);
                (void)close(fd);
        }
}

int main(int argc, char **argv)
{
        if (argc != 3)
                return 2;
        socket_path = argv[2];
        (void)signal(SIGTERM, stop);
        (void)signal(SIGALRM, stop);
        (void)alarm(20);
        if (streq(argv[1], "garbage"))
                garbage(0);
        else if (streq(argv[1], "endless"))
                garbage(sizeof endless);
        else if (streq(argv[1], "idle"))
                crowd(half, 0, false);
        else if (streq(argv[1], "half"))
                crowd(half, sizeof half, false);
        else if (streq(argv[1], "slow"))
                crowd(request, sizeof request - 1, true);
        else if (streq(argv[1], "descriptors"))
                descriptors();
        else
                return 2;
        (void)printf("%u\n", connected);
        return connected ? 0 : 1;
}
