/* The daemon is knocked down again and again while others work; what each of them saw.
 *
 *   siege write DIRECTORY NAME     an allowed writer: makes NAME anew, and renames another over it, until SIGTERM
 *   siege load DIRECTORY...        a manager: lists and loads, until SIGTERM
 *   siege plant DIRECTORY OUTSIDE  an attacker: opens, renames and links units in, until SIGTERM
 *   siege kill SUPERVISOR KILL|STOP COUNT MAX_USEC   COUNT times: waits up to MAX_USEC, signals the guard, and waits
 * for another
 *
 * Each prints one line of NAME=VALUE; times in milliseconds. Exit status: 0 done, 1 it could not, 2 usage. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <time.h>

#include "unitward/util.h"

#define SERIES_MAX (1u << 21)

static struct {
        uint32_t usec[SERIES_MAX];
        size_t n;
} opens;

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
        (void)signal;
        stopped = 1;
}

static int ascending(const void *a, const void *b)
{
        uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

        return (x > y) - (x < y);
}

/* How long openers were blocked: of all that this process did. */
static void print_opens(void)
{
        qsort(opens.usec, opens.n, sizeof opens.usec[0], ascending);
        if (opens.n == 0)
                (void)printf(" opens=0 p50=0 p99=0 max=0\n");
        else
                (void)printf(" opens=%zu p50=%.3f p99=%.3f max=%.3f\n", opens.n, opens.usec[opens.n / 2] / 1e3,
                             opens.usec[opens.n - 1 - opens.n / 100] / 1e3, opens.usec[opens.n - 1] / 1e3);
}

static int open_timed(int directory, const char *name, int flags)
{
        uint64_t start = now_monotonic_usec();
        int fd = openat(directory, name, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644), error = errno;

        if (opens.n < SERIES_MAX)
                opens.usec[opens.n++] = (uint32_t)(now_monotonic_usec() - start);
        errno = error;
        return fd;
}

static int write_unit(int directory, const char *name, unsigned long round)
{
        _cleanup_close_ int fd = open_timed(directory, name, O_WRONLY | O_CREAT | O_TRUNC);
        char text[128];
        int n = snprintf(text, sizeof text, "[Service]\nExecStart=/bin/true\n# round %lu\n", round);

        return fd < 0 ? -errno : write_all(fd, text, (size_t)n);
}

/* A refusal counts, and is tried again, as whoever upgrades a package by hand would. */
static int work(const char *path, const char *name)
{
        _cleanup_close_ int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_free_ char *other = format("%s.dpkg-new", name);
        uint64_t failing_usec = 0, longest_usec = 0;
        unsigned long done = 0, failed = 0;
        int why = 0;

        if (directory < 0 || !other)
                return 1;
        while (!stopped) {
                bool renames = done % 2;
                int r = write_unit(directory, renames ? other : name, done);

                if (r == 0 && renames && renameat(directory, other, directory, name) < 0)
                        r = -errno;
                if (r == 0) {
                        done++;
                        failing_usec = 0;
                        continue;
                }
                failed++;
                why = -r;
                if (failing_usec == 0)
                        failing_usec = now_monotonic_usec();
                if (now_monotonic_usec() - failing_usec > longest_usec)
                        longest_usec = now_monotonic_usec() - failing_usec;
        }
        (void)printf("done=%lu failed=%lu why=%s failing=%.3f last=%lu", done, failed, strerrorname_np(why),
                     (double)longest_usec / 1e3, done - 1);
        print_opens();
        return 0;
}

struct loaded {
        unsigned long rounds, units, planted, refused;
};

static void load(int directory, const char *name, struct loaded *loaded)
{
        _cleanup_close_ int fd = open_timed(directory, name, O_RDONLY);
        char text[4096] = "";
        ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

        if (fd < 0 && errno == EPERM)
                loaded->refused += starts_with(name, "authorised");
        if (n <= 0)
                return;
        loaded->units++;
        loaded->planted += strstr(text, "planted") != NULL;
}

static void load_all(const char *path, struct loaded *loaded)
{
        int fd = open_timed(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
        DIR *listing = fd < 0 ? NULL : fdopendir(fd);

        if (!listing)
                return;
        for (struct dirent *entry; (entry = readdir(listing));)
                if (entry->d_name[0] != '.' && entry->d_type != DT_DIR)
                        load(dirfd(listing), entry->d_name, loaded);
        (void)closedir(listing);
}

static int manage(char **directories)
{
        struct loaded loaded = { 0 };

        for (; !stopped; loaded.rounds++)
                for (char **directory = directories; *directory; directory++)
                        load_all(*directory, &loaded);
        (void)printf("rounds=%lu units=%lu planted=%lu refused=%lu", loaded.rounds, loaded.units, loaded.planted,
                     loaded.refused);
        print_opens();
        return 0;
}

static void plant(int directory, int outside, unsigned long n, unsigned long *opened)
{
        static const char text[] = "[Service]\nExecStart=/bin/sh -c id\n# planted\n";
        _cleanup_free_ char *name = format("planted-%d-%lu.service", (int)getpid(), n % 16);
        _cleanup_close_ int staged = -1, made = -1;

        if (!name)
                return;
        switch (n % 3) {
        case 0:
                made = open_timed(directory, name, O_WRONLY | O_CREAT);
                *opened += made >= 0;
                if (made >= 0)
                        (void)write_all(made, text, strlen(text));
                break;
        case 1:
                staged = openat(outside, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
                if (staged >= 0 && write_all(staged, text, strlen(text)) == 0)
                        (void)renameat(outside, name, directory, name);
                break;
        default:
                (void)unlinkat(directory, "authorised.service", 0);
        }
}

/* Paced, so that the machine has something left for the others. */
static int attack(const char *path, const char *aside)
{
        _cleanup_close_ int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC),
                            outside = open(aside, O_PATH | O_DIRECTORY | O_CLOEXEC);
        const struct timespec pace = { .tv_nsec = 2 * 1000 * 1000 };
        unsigned long n = 0, opened = 0;

        if (directory < 0 || outside < 0)
                return 1;
        for (; !stopped; n++) {
                plant(directory, outside, n, &opened);
                (void)nanosleep(&pace, NULL);
        }
        (void)printf("tries=%lu opened=%lu", n, opened);
        print_opens();
        return 0;
}

/* ---- The killer --------------------------------------------------------------------------------- */

/* The latest of its children: those who are dead may not be reaped yet. */
static pid_t guard_of(pid_t supervisor)
{
        char path[64], text[4096], *end = text;
        pid_t guard = 0;

        (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)supervisor, (int)supervisor);
        if (read_text_at(AT_FDCWD, path, text, sizeof text) <= 0)
                return 0;
        for (long pid; (pid = strtol(end, &end, 10)) > 0;)
                guard = (pid_t)pid;
        return guard;
}

static void nap(useconds_t usec)
{
        const struct timespec time = { usec / 1000000, (long)(usec % 1000000) * 1000 };

        (void)nanosleep(&time, NULL);
}

static int knock_down(pid_t supervisor, int signal, unsigned long count, unsigned long max_usec)
{
        unsigned long n = 0;
        pid_t last = 0;

        for (uint64_t start = now_monotonic_usec(); n < count && !stopped;) {
                pid_t guard = guard_of(supervisor);

                if (kill(supervisor, 0) < 0 || now_monotonic_usec() - start > 20u * 1000000u)
                        break; /* the supervisor is gone, or no other guard came */
                if (guard == 0 || guard == last) {
                        nap(1000);
                        continue;
                }
                nap((useconds_t)((unsigned long)random() % (max_usec + 1)));
                if (kill(guard, signal) < 0)
                        continue;
                last = guard;
                start = now_monotonic_usec();
                n++;
        }
        (void)printf("killed=%lu\n", n);
        return n == count ? 0 : 1;
}

static int signal_of(const char *name)
{
        return streq(name, "STOP") ? SIGSTOP : SIGKILL;
}

int main(int argc, char **argv)
{
        (void)signal(SIGTERM, stop);
        srandom((unsigned)now_monotonic_usec());
        if (argc == 4 && streq(argv[1], "write"))
                return work(argv[2], argv[3]);
        if (argc >= 3 && streq(argv[1], "load"))
                return manage(argv + 2);
        if (argc == 4 && streq(argv[1], "plant"))
                return attack(argv[2], argv[3]);
        if (argc == 6 && streq(argv[1], "kill"))
                return knock_down((pid_t)strtol(argv[2], NULL, 10), signal_of(argv[3]), strtoul(argv[4], NULL, 10),
                                  strtoul(argv[5], NULL, 10));
        (void)fputs("usage: siege write DIRECTORY NAME | load DIRECTORY... | plant DIRECTORY OUTSIDE | "
                    "kill SUPERVISOR KILL|STOP COUNT MAX_USEC\n",
                    stderr);
        return 2;
}
