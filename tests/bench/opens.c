/* How long opens of unit-N.service take, N below 100, in two directories by turns: in the first one those that are
 * measured, in the second one those that they are compared with.
 *
 *   opens pair read|allowed|denied ROUNDS DIRECTORY DIRECTORY   one open after the other; a write that is allowed, or
 * denied in the first one. Prints p50=A/B p99=A/B in microseconds opens many OPENERS ROUNDS DIRECTORY DIRECTORY so many
 * processes at once, all in one directory, then all in the other one; prints per_second=A/B opens file ROUNDS FILE one
 * file again and again; prints nsec=N for each open with its close
 *
 * Exit status: 0 measured, 1 it could not be, 2 usage. */
#include <fcntl.h>
#include <limits.h>
#include <sys/wait.h>

#include "../integration/series.h"
#include "unitward/util.h"

#define ROUNDS_MAX 10000000u
#define OPENERS_MAX 64u
#define UNITS 100u
#define LIMIT 150u /* seconds */

static const struct kind {
        const char *name;
        int flags;
        bool denied[2]; /* in which directory */
} kinds[] = {
        { "read", O_RDONLY, { false, false } },
        { "allowed", O_WRONLY, { false, false } },
        { "denied", O_WRONLY, { true, false } },
        { "refused", O_WRONLY, { true, true } },
};

static int fail(const char *what)
{
        perror(what);
        return 1;
}

static int open_unit(const char *directory, unsigned long round, int flags)
{
        char path[PATH_MAX];

        (void)snprintf(path, sizeof path, "%s/unit-%lu.service", directory, round % UNITS);
        return open(path, flags | O_CLOEXEC);
}

/* 0; -1: it was allowed and should not have been, or the other way round. */
static int measure(const char *directory, unsigned long round, int flags, bool denied, struct series *series)
{
        int64_t start = now_nsec();
        int fd = open_unit(directory, round, flags);

        series_add(series, now_nsec() - start);
        if (fd >= 0)
                (void)close(fd);
        else if (errno != EPERM)
                return -1;
        return (fd < 0) == denied ? 0 : -1;
}

static int pair(const struct kind *kind, unsigned long rounds, char **directories)
{
        struct series series[2];

        for (unsigned which = 0; which < 2; which++)
                series_init(&series[which], rounds);
        for (unsigned long i = 0; i < rounds; i++)
                for (unsigned turn = 0; turn < 2; turn++) {
                        unsigned which = (i + turn) % 2; /* nobody is always the first */

                        if (measure(directories[which], i, kind->flags, kind->denied[which], &series[which]) < 0)
                                return fail(directories[which]);
                }
        (void)printf("p50=%.2f/%.2f p99=%.2f/%.2f\n", series_percentile(&series[0], 50),
                     series_percentile(&series[1], 50), series_percentile(&series[0], 99),
                     series_percentile(&series[1], 99));
        for (unsigned which = 0; which < 2; which++)
                series_done(&series[which]);
        return 0;
}

/* One of many: waits until all are there. */
static int take_part(const char *directory, unsigned long rounds, int start)
{
        char byte;

        (void)!read(start, &byte, 1);
        for (unsigned long i = 0; i < rounds; i++) {
                int fd = open_unit(directory, i, O_RDONLY);

                if (fd < 0)
                        return fail(directory);
                (void)close(fd);
        }
        return 0;
}

/* Opens in a second; 0: somebody could not. */
static double all_at_once(const char *directory, unsigned openers, unsigned long rounds)
{
        int start[2], status;
        bool failed = false;
        int64_t since;

        if (pipe(start) < 0)
                return 0;
        for (unsigned i = 0; i < openers; i++)
                if (fork() == 0) {
                        (void)close(start[1]);
                        _exit(take_part(directory, rounds, start[0]));
                }
        (void)close(start[0]);
        since = now_nsec();
        (void)close(start[1]);
        for (unsigned i = 0; i < openers; i++)
                failed |= wait(&status) < 0 || status != 0;
        return failed ? 0 : (double)(openers * rounds) * 1e9 / (double)(now_nsec() - since);
}

static int many(unsigned openers, unsigned long rounds, char **directories)
{
        double a = all_at_once(directories[0], openers, rounds), b = all_at_once(directories[1], openers, rounds);

        if (a <= 0 || b <= 0)
                return 1;
        (void)printf("per_second=%.0f/%.0f\n", a, b);
        return 0;
}

static int same_file(unsigned long rounds, const char *path)
{
        int64_t start = now_nsec();

        for (unsigned long i = 0; i < rounds; i++) {
                int fd = open(path, O_RDONLY | O_CLOEXEC);

                if (fd < 0)
                        return fail(path);
                (void)close(fd);
        }
        (void)printf("nsec=%.1f\n", (double)(now_nsec() - start) / (double)rounds);
        return 0;
}

/* 0: not a number that can be meant. */
static unsigned long number(const char *text, unsigned long max)
{
        unsigned long n = strtoul(text, NULL, 10);

        return n <= max ? n : 0;
}

static int usage(void)
{
        (void)fputs("usage: opens pair read|allowed|denied|refused ROUNDS DIRECTORY DIRECTORY\n"
                    "       opens many OPENERS ROUNDS DIRECTORY DIRECTORY\n"
                    "       opens file ROUNDS FILE\n",
                    stderr);
        return 2;
}

int main(int argc, char **argv)
{
        (void)alarm(LIMIT);
        if (argc == 6 && streq(argv[1], "pair") && number(argv[3], ROUNDS_MAX))
                for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                        if (streq(argv[2], kinds[i].name))
                                return pair(&kinds[i], number(argv[3], ROUNDS_MAX), argv + 4);
        if (argc == 6 && streq(argv[1], "many") && number(argv[2], OPENERS_MAX) && number(argv[3], ROUNDS_MAX))
                return many((unsigned)number(argv[2], OPENERS_MAX), number(argv[3], ROUNDS_MAX), argv + 4);
        if (argc == 4 && streq(argv[1], "file") && number(argv[2], ROUNDS_MAX))
                return same_file(number(argv[2], ROUNDS_MAX), argv[3]);
        return usage();
}
