/* The kernel's log is there before any other, and journald collects it. A container has none. */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <syslog.h>

#include "boot_internal.h"

static unsigned listed, left_out;

/* Where to, and in which form. */
struct sink {
        int fd;
        bool has_priority;
};

static int open_kernel_log(void)
{
        int fd = open("/dev/kmsg", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        struct stat st;

        if (fd < 0 || (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode)))
                return fd;
        (void)close(fd); /* a container's, which nobody reads */
        return -1;
}

static int open_syslog(void)
{
        static const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/dev-log" };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
                return fd;
        close_pointer(&fd);
        return -1;
}

/* As PID 1 leaves it to those it starts. */
static bool goes_nowhere(int fd)
{
        struct stat st;

        return fstat(fd, &st) < 0 || (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
}

static struct sink find_sink(void)
{
        struct sink sink = { STDERR_FILENO, false };

        /* By hand: a manager says that it is one, and where it does not, it leaves no standard error. */
        if (!getenv("SYSTEMD_SCOPE") && !goes_nowhere(STDERR_FILENO))
                return sink;
        sink = (struct sink){ open_kernel_log(), true };
        if (sink.fd < 0)
                sink.fd = open_syslog();
        if (sink.fd >= 0)
                return sink;
        sink = (struct sink){ STDERR_FILENO, false };
        if (goes_nowhere(STDERR_FILENO))
                sink.fd = open("/dev/console", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        return sink;
}

/* One for the life of the process; looked for by the first who has something to say. */
static const struct sink *the_sink(void)
{
        static struct sink sink;
        static bool found;

        if (!found)
                sink = find_sink();
        found = true;
        return &sink;
}

#define TEXT_MAX 800

static void say(int priority, const char *text)
{
        const struct sink *sink = the_sink();
        char line[TEXT_MAX + 64];
        int n = sink->has_priority ? snprintf(line, sizeof line, "<%d>unitward-generator[%d]: %s\n",
                                              priority | LOG_DAEMON, (int)getpid(), text)
                                   : snprintf(line, sizeof line, "unitward-generator: %s\n", text);

        if (n > 0 && write(sink->fd, line, (size_t)n) < 0)
                left_out++;
}

void boot_report(int priority, const char *fmt, ...)
{
        char text[TEXT_MAX];
        va_list arguments;

        va_start(arguments, fmt);
        (void)vsnprintf(text, sizeof text, fmt, arguments);
        va_end(arguments);
        say(priority, text);
}

void boot_report_list(int priority, const char *fmt, ...)
{
        char text[TEXT_MAX];
        va_list arguments;

        if (listed == BOOT_REPORT_MAX) {
                left_out++;
                return;
        }
        listed++;
        va_start(arguments, fmt);
        (void)vsnprintf(text, sizeof text, fmt, arguments);
        va_end(arguments);
        say(priority, text);
}

unsigned boot_report_left_out(void)
{
        return left_out;
}

static void on_deadline(int signal)
{
        static const char text[] = "<3>unitward-generator: gave up after its time was over, what is not authorised may "
                                   "be loaded; see: unitward diff\n";
        (void)signal;
        if (write(the_sink()->fd, text, sizeof text - 1) < 0)
                _exit(EXIT_SUCCESS);
        _exit(EXIT_SUCCESS);
}

void boot_deadline(unsigned seconds)
{
        if (seconds == 0)
                return;
        (void)the_sink(); /* found now: the handler only writes */
        (void)signal(SIGALRM, on_deadline);
        (void)alarm(seconds);
}
