/* A service manager, as far as starting and stopping is concerned.
 *
 *   service_manager CGROUPS [SOCKET]       reads lines from standard input until it ends:
 *     start UNIT PROGRAM [WORD]...         its child executes that in the cgroup CGROUPS/UNIT; prints the child's pid
 *     stop UNIT                            what was started for it is killed
 *   With a SOCKET it answers StopUnit there too, as PID 1 does on its private one.
 *
 * Exit status: 0 end of input, 1 refused, 2 usage. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "unitward/util.h"

#define WORDS_MAX 32
#define RUNNING_MAX 64

static const char *cgroups;
static struct running {
        pid_t pid;
        char unit[256];
} running[RUNNING_MAX];

static int join_cgroup(const char *unit)
{
        _cleanup_free_ char *directory = format("%s/%s", cgroups, unit), *processes = NULL;
        _cleanup_close_ int fd = -1;

        if (!directory || (mkdir(directory, 0755) < 0 && errno != EEXIST))
                return -errno;
        processes = format("%s/cgroup.procs", directory);
        fd = processes ? open(processes, O_WRONLY | O_CLOEXEC) : -1;
        return fd < 0 ? -errno : write_all(fd, "0", 1);
}

/* systemd does much between fork(2) and execve(2), setsid(2) among it. */
static void become(char **words)
{
        const struct timespec work = { .tv_nsec = 2 * 1000 * 1000 };
        sigset_t none;

        if (join_cgroup(words[1]) < 0 || setsid() < 0)
                _exit(219);
        (void)sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        (void)nanosleep(&work, NULL);
        (void)execv(words[2], words + 2);
        _exit(203);
}

static void start(char **words)
{
        pid_t pid = fork();

        if (pid == 0)
                become(words);
        for (size_t i = 0; i < RUNNING_MAX; i++)
                if (running[i].pid == 0) {
                        running[i].pid = pid;
                        (void)string_copy(running[i].unit, sizeof running[i].unit, words[1]);
                        break;
                }
        printf("%d\n", pid);
        (void)fflush(stdout);
}

static void stop(const char *unit)
{
        for (size_t i = 0; i < RUNNING_MAX; i++)
                if (running[i].pid > 0 && streq(running[i].unit, unit))
                        (void)kill(-running[i].pid, SIGKILL);
}

static void obey(char *line)
{
        char *words[WORDS_MAX + 1] = { NULL }, *rest = line;
        size_t n = 0;

        /* The last word may have spaces in it: sh -c. */
        while (n < WORDS_MAX && (words[n] = strsep(&rest, "\t")))
                n++;
        if (n >= 3 && streq(words[0], "start"))
                start(words);
        else if (n == 2 && streq(words[0], "stop"))
                stop(words[1]);
}

/* ---- The loop -------------------------------------------------------------------------------------------------- */

static int on_input(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        static char buffer[8192];
        static size_t n;
        ssize_t got = read(fd, buffer + n, sizeof buffer - 1 - n);
        char *end;

        (void)events;
        (void)userdata;
        if (got <= 0)
                return sd_event_exit(sd_event_source_get_event(source), 0);
        n += (size_t)got;
        buffer[n] = '\0';
        while ((end = strchr(buffer, '\n'))) {
                *end = '\0';
                obey(buffer);
                n -= (size_t)(end + 1 - buffer);
                memmove(buffer, end + 1, n + 1);
        }
        return 0;
}

static int on_child(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        pid_t pid;

        (void)source;
        (void)info;
        (void)userdata;
        while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
                for (size_t i = 0; i < RUNNING_MAX; i++)
                        if (running[i].pid == pid)
                                running[i].pid = 0;
        return 0;
}

static int on_stop_unit(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
        const char *unit, *mode;
        int r = sd_bus_message_read(call, "ss", &unit, &mode);

        (void)userdata;
        (void)error;
        if (r < 0)
                return r;
        stop(unit);
        return sd_bus_reply_method_return(call, "o", "/org/freedesktop/systemd1/job/1");
}

static const sd_bus_vtable manager[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("StopUnit", "ss", "o", on_stop_unit, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        sd_bus *bus = NULL;
        sd_id128_t id = SD_ID128_MAKE(5d, 1b, 0a, 6c, 3f, 0f, 4f, 8e, 9a, 8e, 5e, 3b, 6d, 2c, 7a, 41);

        (void)events;
        (void)userdata;
        if (connection < 0 || sd_bus_new(&bus) < 0)
                return 0;
        (void)sd_bus_set_fd(bus, connection, connection);
        (void)sd_bus_set_server(bus, true, id);
        (void)sd_bus_set_anonymous(bus, true);
        (void)sd_bus_set_trusted(bus, true);
        (void)sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
                                       manager, NULL);
        if (sd_bus_start(bus) >= 0)
                (void)sd_bus_attach_event(bus, sd_event_source_get_event(source), 0);
        return 0; /* for as long as this lives */
}

static int serve(sd_event *event, const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0 || !string_copy(address.sun_path, sizeof address.sun_path, path) ||
            bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 16) < 0)
                return -errno;
        return sd_event_add_io(event, NULL, fd, POLLIN, on_connection, NULL);
}

int main(int argc, char *argv[])
{
        sd_event *event = NULL;
        sigset_t child;
        int r;

        if (argc < 2)
                return 2;
        cgroups = argv[1];
        (void)sigemptyset(&child);
        (void)sigaddset(&child, SIGCHLD);
        (void)sigprocmask(SIG_BLOCK, &child, NULL);
        r = sd_event_default(&event);
        if (r >= 0)
                r = sd_event_add_io(event, NULL, STDIN_FILENO, POLLIN, on_input, NULL);
        if (r >= 0)
                r = sd_event_add_signal(event, NULL, SIGCHLD, on_child, NULL);
        if (r >= 0 && argc > 2)
                r = serve(event, argv[2]);
        if (r >= 0)
                r = sd_event_loop(event);
        return r < 0;
}
