/* latency ROUNDS DIRECTORY DIRECTORY: how long an open of unit-N.service takes, N below 100, in the one directory and
 * in the other by turns. Prints medians in microseconds: read_a= read_b= write_a= write_b=; an open for writing is to
 * be denied. Exit status: 0 measured, 1 it could not be, 2 usage. */
#include <fcntl.h>
#include <limits.h>

#include "series.h"
#include "unitward/util.h"

#define ROUNDS_MAX 20000u
#define UNITS 100u
#define READS_A_WRITE 10u /* a denial is recorded; the disk is not to be measured */

static int measure(const char *directory, unsigned unit, int flags, struct series *series)
{
        char path[PATH_MAX];
        int64_t start;
        int fd;

        (void)snprintf(path, sizeof path, "%s/unit-%u.service", directory, unit);
        start = now_nsec();
        fd = open(path, flags | O_CLOEXEC);
        series_add(series, now_nsec() - start);
        if (fd >= 0)
                (void)close(fd);
        return (fd >= 0) == (flags == O_RDONLY) && (fd >= 0 || errno == EPERM) ? 0 : -1;
}

int main(int argc, char **argv)
{
        static struct series reads[2], writes[2];
        unsigned long rounds = argc == 4 ? strtoul(argv[1], NULL, 10) : 0;

        if (rounds == 0 || rounds > ROUNDS_MAX) {
                (void)fputs("usage: latency ROUNDS DIRECTORY DIRECTORY\n", stderr);
                return 2;
        }
        for (unsigned which = 0; which < 2; which++) {
                series_init(&reads[which], rounds);
                series_init(&writes[which], rounds);
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
        (void)printf("read_a=%.2f read_b=%.2f write_a=%.2f write_b=%.2f\n", series_percentile(&reads[0], 50),
                     series_percentile(&reads[1], 50), series_percentile(&writes[0], 50),
                     series_percentile(&writes[1], 50));
        return 0;
}
