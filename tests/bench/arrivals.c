/* arrivals ROUNDS FROM DIRECTORY DIRECTORY: how long a file that is moved in stays, in the one directory and in the
 * other by turns. FROM is on their file system. Prints p50=A/B p99=A/B in microseconds, from before the rename until it
 * is told of that the name is gone. Exit status: 0 measured, 1 it could not be, 2 usage. */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/inotify.h>

#include "../integration/series.h"
#include "unitward/util.h"

#define ROUNDS_MAX 100000u
#define PATIENCE 5000 /* ms, for one to go */
#define PAUSE 2000    /* us, between two: what follows a removal is not to delay the next one */
#define LIMIT 150u    /* seconds */

static int fail(const char *what)
{
        perror(what);
        return 1;
}

/* Empty ones would be masks. */
static int make_unit(const char *path)
{
        static const char text[] = "[Service]\nExecStart=/bin/true\n";
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

        return fd < 0 ? -errno : write_all(fd, text, sizeof text - 1);
}

static int await_gone(int told, const char *path)
{
        struct pollfd poll_told = { .fd = told, .events = POLLIN };
        char buffer[4096];

        while (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
                if (poll(&poll_told, 1, PATIENCE) <= 0)
                        return -ETIMEDOUT;
                (void)!read(told, buffer, sizeof buffer);
        }
        return 0;
}

static int measure(int told, const char *from, const char *directory, unsigned long round, struct series *series)
{
        char source[PATH_MAX], target[PATH_MAX];
        int64_t start;
        int r;

        (void)snprintf(source, sizeof source, "%s/arrival-%d-%lu.service", from, (int)getpid(), round);
        (void)snprintf(target, sizeof target, "%s/arrival-%d-%lu.service", directory, (int)getpid(), round);
        r = make_unit(source);
        if (r < 0)
                return r;
        start = now_nsec();
        if (rename(source, target) < 0)
                return -errno;
        r = await_gone(told, target);
        series_add(series, now_nsec() - start);
        (void)usleep(PAUSE);
        return r;
}

int main(int argc, char **argv)
{
        unsigned long rounds = argc == 5 ? strtoul(argv[1], NULL, 10) : 0;
        struct series series[2];
        int told[2], r;

        if (rounds == 0 || rounds > ROUNDS_MAX) {
                (void)fputs("usage: arrivals ROUNDS FROM DIRECTORY DIRECTORY\n", stderr);
                return 2;
        }
        (void)alarm(LIMIT);
        for (unsigned which = 0; which < 2; which++) {
                series_init(&series[which], rounds);
                told[which] = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
                if (told[which] < 0 || inotify_add_watch(told[which], argv[3 + which], IN_MOVED_FROM | IN_DELETE) < 0)
                        return fail(argv[3 + which]);
        }
        for (unsigned long i = 0; i < rounds; i++)
                for (unsigned turn = 0; turn < 2; turn++) {
                        unsigned which = (i + turn) % 2;

                        r = measure(told[which], argv[2], argv[3 + which], i, &series[which]);
                        if (r < 0) {
                                errno = -r;
                                return fail(argv[3 + which]);
                        }
                }
        (void)printf("p50=%.2f/%.2f p99=%.2f/%.2f\n", series_percentile(&series[0], 50),
                     series_percentile(&series[1], 50), series_percentile(&series[0], 99),
                     series_percentile(&series[1], 99));
        return 0;
}
