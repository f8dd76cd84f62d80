/* A service manager, as far as unit files are concerned.
 *
 *   fake_manager list DIRECTORY            opens it as PID 1 does and prints what it finds
 *   fake_manager load FILE                 prints its contents
 *   fake_manager run PROGRAM               becomes it
 *   fake_manager race ROUNDS DIRECTORY...  lists all and then loads all, until SIGTERM or for 30 s; counts what was
 *                                          planted (planter.c, tamper.c), and how long the opens took
 *   fake_manager notified SOCKET           waits for READY=1 there, as for a service of Type=notify
 *
 * Exit status: 0 done, 1 refused (the errno's name is printed), 2 usage. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "unitward/util.h"

static int refused(void)
{
        (void)puts(strerrorname_np(errno));
        return 1;
}

/* ---- How long opens take ------------------------------------------------------------------------- */

#define TIMES_MAX (1u << 20) /* more are not counted */

static struct {
        unsigned usec[TIMES_MAX];
        size_t n;
} times;

static int shorter_first(const void *a, const void *b)
{
        const unsigned *one = a, *other = b;

        return *one < *other ? -1 : *one > *other;
}

static uint64_t now_usec(void)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static int timed_open(int directory, const char *name, int flags)
{
        uint64_t started = now_usec();
        int fd = openat(directory, name, flags);

        if (times.n < TIMES_MAX)
                times.usec[times.n++] = (unsigned)(now_usec() - started);
        return fd;
}

static unsigned percentile(unsigned percent)
{
        return times.n ? times.usec[(times.n - 1) * percent / 100] : 0;
}

/* Reads the start of a unit file by its name in a directory; its length, or -1 and errno. */
static ssize_t load_at(int directory, const char *name, char *buffer, size_t size)
{
        _cleanup_close_ int fd = timed_open(directory, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        ssize_t n = fd < 0 ? -1 : read(fd, buffer, size - 1);

        if (n >= 0)
                buffer[n] = '\0';
        return n;
}

static int load(const char *file)
{
        char buffer[65536];
        ssize_t n = load_at(AT_FDCWD, file, buffer, sizeof buffer);

        if (n < 0)
                return refused();
        (void)fwrite(buffer, 1, (size_t)n, stdout);
        return 0;
}

static int run(char **command)
{
        (void)execv(*command, command);
        return refused();
}

static int list(const char *directory)
{
        DIR *names = opendir(directory);

        if (!names)
                return refused();
        for (struct dirent *entry; (entry = readdir(names));)
                if (entry->d_name[0] != '.')
                        (void)puts(entry->d_name);
        return closedir(names) < 0 ? refused() : 0;
}

/* ---- The race ---------------------------------------------------------------------------------- */

#define NAMES_MAX 8192

struct tally {
        unsigned files; /* loaded though planted as a regular file */
        unsigned links; /* loaded through a planted symbolic link */
        unsigned empty; /* loaded as masked */
        unsigned units; /* everything that was loaded */
};

struct names {
        char *path[NAMES_MAX];
        size_t n;
};

/* As systemd does it: every directory of the search path is read, and only then a file. */
static int add_names(const char *directory, struct names *names)
{
        int fd = timed_open(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
        DIR *listing = fd < 0 ? NULL : fdopendir(fd);

        if (!listing)
                return -1;
        for (struct dirent *entry; (entry = readdir(listing));) {
                if (entry->d_name[0] == '.' || entry->d_type == DT_DIR || names->n == NAMES_MAX)
                        continue;
                if (asprintf(&names->path[names->n], "%s/%s", directory, entry->d_name) < 0)
                        return -1;
                names->n++;
        }
        return closedir(listing);
}

static void load_names(struct names *names, struct tally *tally)
{
        char buffer[4096];

        for (size_t i = 0; i < names->n; i++) {
                ssize_t n = load_at(AT_FDCWD, names->path[i], buffer, sizeof buffer);

                free(names->path[i]);
                if (n < 0)
                        continue;
                tally->units++;
                tally->empty += n == 0;
                tally->files += strstr(buffer, "planted as a file") != NULL;
                tally->links += strstr(buffer, "planted behind a link") != NULL;
        }
        names->n = 0;
}

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
        (void)signal;
        stopped = 1;
}

static int race(unsigned rounds_wanted, char **directories)
{
        static struct names names;
        struct tally tally = { 0 };
        time_t end = time(NULL) + 30;
        unsigned rounds = 0;

        (void)signal(SIGTERM, stop);
        (void)alarm(45);
        for (; !stopped && rounds < rounds_wanted && time(NULL) < end; rounds++) {
                for (char **directory = directories; *directory; directory++)
                        if (add_names(*directory, &names) < 0)
                                return refused();
                load_names(&names, &tally);
        }
        qsort(times.usec, times.n, sizeof *times.usec, shorter_first);
        (void)printf("rounds=%u units=%u files=%u links=%u empty=%u p50=%u p99=%u max=%u\n", rounds, tally.units,
                     tally.files, tally.links, tally.empty, percentile(50), percentile(99), percentile(100));
        return 0;
}

static int notified(const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        char message[4096];

        (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
        if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
                return refused();
        for (;;) {
                ssize_t n = recv(fd, message, sizeof message - 1, 0);

                if (n < 0)
                        return refused();
                message[n] = '\0';
                (void)puts(message);
                if (strstr(message, "READY=1"))
                        return 0;
        }
}

int main(int argc, char **argv)
{
        (void)alarm(10);
        if (argc == 3 && streq(argv[1], "list"))
                return list(argv[2]);
        if (argc == 3 && streq(argv[1], "load"))
                return load(argv[2]);
        if (argc == 3 && streq(argv[1], "run"))
                return run(argv + 2);
        if (argc >= 4 && streq(argv[1], "race"))
                return race((unsigned)strtoul(argv[2], NULL, 10), argv + 3);
        if (argc == 3 && streq(argv[1], "notified"))
                return notified(argv[2]);
        (void)fputs("usage: fake_manager list DIRECTORY | load FILE | run PROGRAM | race ROUNDS DIRECTORY... | "
                    "notified SOCKET\n",
                    stderr);
        return 2;
}
