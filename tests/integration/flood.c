/* Many threads of one process ask at once, and how long others wait meanwhile.
 *
 *   flood write THREADS FILE   each opens FILE for writing, again and again, until SIGTERM
 *   flood read THREADS FILE    the same for reading
 *   flood time COUNT FILE      opens FILE for reading COUNT times, with a pause after each
 *
 * Prints one line of NAME=VALUE; times in milliseconds. Exit status: 0 done, 1 it could not, 2 usage. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "unitward/util.h"

#define THREADS_MAX 20000u
#define COUNT_MAX 100000u
#define STACK (64u * 1024u)
#define PAUSE_NSEC (2 * 1000 * 1000)

static bool stopped; /* atomic: by a signal, for all threads */

static void stop(int signal)
{
        (void)signal;
        __atomic_store_n(&stopped, true, __ATOMIC_RELAXED);
}

static struct {
        const char *file;
        int flags;
        uint64_t tries, opened; /* atomic */
} flood;

static void *ask(void *userdata)
{
        while (!__atomic_load_n(&stopped, __ATOMIC_RELAXED)) {
                int fd = open(flood.file, flood.flags | O_CLOEXEC);

                (void)__atomic_add_fetch(&flood.tries, 1, __ATOMIC_RELAXED);
                if (fd < 0)
                        continue;
                (void)__atomic_add_fetch(&flood.opened, 1, __ATOMIC_RELAXED);
                (void)close(fd);
        }
        return userdata;
}

static int flood_all(unsigned long n_threads)
{
        static pthread_t threads[THREADS_MAX];
        pthread_attr_t attributes;
        unsigned long n = 0;

        if (n_threads > THREADS_MAX || pthread_attr_init(&attributes) != 0 ||
            pthread_attr_setstacksize(&attributes, STACK) != 0)
                return 1;
        while (n < n_threads && pthread_create(&threads[n], &attributes, ask, NULL) == 0)
                n++;
        while (!__atomic_load_n(&stopped, __ATOMIC_RELAXED))
                (void)pause();
        for (unsigned long i = 0; i < n; i++)
                (void)pthread_join(threads[i], NULL);
        (void)printf("threads=%lu tries=%llu opened=%llu\n", n, (unsigned long long)flood.tries,
                     (unsigned long long)flood.opened);
        return n == n_threads ? 0 : 1;
}

static int ascending(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

        return (x > y) - (x < y);
}

static int time_opens(unsigned long count)
{
        static const struct timespec rest = { .tv_nsec = PAUSE_NSEC };
        static uint64_t usec[COUNT_MAX];

        if (count == 0 || count > COUNT_MAX)
                return 2;
        for (unsigned long i = 0; i < count; i++) {
                uint64_t start = now_monotonic_usec();
                int fd = open(flood.file, O_RDONLY | O_CLOEXEC);

                usec[i] = now_monotonic_usec() - start;
                if (fd < 0)
                        return 1;
                (void)close(fd);
                (void)nanosleep(&rest, NULL);
        }
        qsort(usec, count, sizeof *usec, ascending);
        (void)printf("opens=%lu p50=%.3f p99=%.3f max=%.3f\n", count, (double)usec[count / 2] / 1e3,
                     (double)usec[count - 1 - count / 100] / 1e3, (double)usec[count - 1] / 1e3);
        return 0;
}

int main(int argc, char **argv)
{
        unsigned long n = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;

        (void)signal(SIGTERM, stop);
        flood.file = argv[argc - 1];
        if (n > 0 && streq(argv[1], "time"))
                return time_opens(n);
        flood.flags = n > 0 && streq(argv[1], "write") ? O_WRONLY : O_RDONLY;
        if (n > 0 && (streq(argv[1], "write") || streq(argv[1], "read")))
                return flood_all(n);
        (void)fputs("usage: flood write|read THREADS FILE | flood time COUNT FILE\n", stderr);
        return 2;
}
