/* listing ROUNDS DIRECTORY DIRECTORY: how long it takes a manager to list the first one, by turns with listing the
 * second one and a statx(2) of each name in it, which is the least that anybody does who compares it with something.
 * Prints p50=A/B p99=A/B in microseconds. Exit status: 0 measured, 1 it could not be, 2 usage. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "../integration/series.h"
#include "unitward/util.h"

#define ROUNDS_MAX 100000u
#define LIMIT 150u /* seconds */

/* How many names; -1. */
static long list(const char *directory, bool looks)
{
        DIR *names = opendir(directory);
        long n = 0;

        if (!names)
                return -1;
        for (struct dirent *entry; (entry = readdir(names)); n++) {
                struct statx st;

                if (looks && statx(dirfd(names), entry->d_name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &st) < 0)
                        n = -2;
        }
        (void)closedir(names);
        return n;
}

int main(int argc, char **argv)
{
        unsigned long rounds = argc == 4 ? strtoul(argv[1], NULL, 10) : 0;
        struct series series[2];

        if (rounds == 0 || rounds > ROUNDS_MAX) {
                (void)fputs("usage: listing ROUNDS DIRECTORY DIRECTORY\n", stderr);
                return 2;
        }
        (void)alarm(LIMIT);
        for (unsigned which = 0; which < 2; which++)
                series_init(&series[which], rounds);
        for (unsigned long i = 0; i < rounds; i++)
                for (unsigned turn = 0; turn < 2; turn++) {
                        unsigned which = (i + turn) % 2;
                        int64_t start = now_nsec();

                        if (list(argv[2 + which], which == 1) < 0) {
                                perror(argv[2 + which]);
                                return 1;
                        }
                        series_add(&series[which], now_nsec() - start);
                }
        (void)printf("p50=%.2f/%.2f p99=%.2f/%.2f\n", series_percentile(&series[0], 50),
                     series_percentile(&series[1], 50), series_percentile(&series[0], 99),
                     series_percentile(&series[1], 99));
        return 0;
}
