/* latency ROUNDS DIRECTORY DIRECTORY: how long an open of unit-N.service takes, N below 100, in the one directory and
 * in the other by turns. Prints medians in microseconds: read_a= read_b= write_a= write_b=; an open for writing is to
 * be denied. Exit status: 0 measured, 1 it could not be, 2 usage. */
#include <fcntl.h>
#include <limits.h>
#include <time.h>

#include "unitward/util.h"

#define ROUNDS_MAX 20000u
#define UNITS 100u
#define READS_A_WRITE 10u /* a denial is recorded; the disk is not to be measured */

struct series {
        int64_t nsec[ROUNDS_MAX];
        size_t n;
};

static int64_t now_nsec(void)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int measure(const char *directory, unsigned unit, int flags, struct series *series)
{
        char path[PATH_MAX];
        int64_t start;
        int fd;

        (void)snprintf(path, sizeof path, "%s/unit-%u.service", directory, unit);
        start = now_nsec();
        fd = open(path, flags | O_CLOEXEC);
        series->nsec[series->n++] = now_nsec() - start;
        if (fd >= 0)
                (void)close(fd);
        return (fd >= 0) == (flags == O_RDONLY) && (fd >= 0 || errno == EPERM) ? 0 : -1;
}

static int ascending(const void *a, const void *b)
{
        int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

        return (x > y) - (x < y);
}

static double median(struct series *series)
{
        qsort(series->nsec, series->n, sizeof series->nsec[0], ascending);
        return series->n ? (double)series->nsec[series->n / 2] / 1e3 : 0;
}

int main(int argc, char **argv)
{
        static struct series reads[2], writes[2];
        unsigned long rounds = argc == 4 ? strtoul(argv[1], NULL, 10) : 0;

        if (rounds == 0 || rounds > ROUNDS_MAX) {
                (void)fputs("usage: latency ROUNDS DIRECTORY DIRECTORY\n", stderr);
                return 2;
        }
        (void)alarm(60);
        for (unsigned i = 0; i < rounds; i++)
                for (unsigned turn = 0; turn < 2; turn++) {
                        unsigned which = (i + turn) % 2; /* nobody is always the first */

                        if (measure(argv[2 + which], i % UNITS, O_RDONLY, &reads[which]) < 0 ||
                            (i % READS_A_WRITE == 0 &&
                             measure(argv[2 + which], i % UNITS, O_WRONLY, &writes[which]) < 0)) {
                                perror(argv[2 + which]);
                                return 1;
                        }
                }
        (void)printf("read_a=%.2f read_b=%.2f write_a=%.2f write_b=%.2f\n", median(&reads[0]), median(&reads[1]),
                     median(&writes[0]), median(&writes[1]));
        return 0;
}
