/* Mounts over what is protected.
 *
 *   mounter bind SOURCE TARGET | tmpfs TARGET | overlay LAYERS TARGET | unmount TARGET
 *                                     once: LAYERS has lower/ and gets upper/ and work/
 *   mounter many DIRECTORY N          that many, each over a directory of its own in it
 *   mounter race SOURCE TARGET        binds and unmounts as fast as it can, until SIGTERM; prints how often
 *   mounter time SOURCE TARGET ROUNDS binds and waits until it is gone; prints the median and the longest time
 *
 * Exit status: 0 done, 1 refused (the errno's name is printed), 2 usage, 77 this kernel has no such file system. */
#include <limits.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include "unitward/util.h"

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
        (void)signal;
        stopped = 1;
}

static int bind_over(const char *source, const char *target)
{
        return mount(source, target, NULL, MS_BIND, NULL);
}

static int run_bind(char **paths)
{
        return bind_over(paths[0], paths[1]);
}

static int run_tmpfs(char **paths)
{
        return mount("planted", paths[0], "tmpfs", 0, "mode=0755");
}

static int run_overlay(char **paths)
{
        char upper[PATH_MAX], work[PATH_MAX], options[4 * PATH_MAX];

        (void)snprintf(upper, sizeof upper, "%s/upper", paths[0]);
        (void)snprintf(work, sizeof work, "%s/work", paths[0]);
        (void)snprintf(options, sizeof options, "lowerdir=%s/lower:%s,upperdir=%s,workdir=%s", paths[0], paths[1],
                       upper, work);
        (void)mkdir(upper, 0755);
        (void)mkdir(work, 0755);
        return mount("planted", paths[1], "overlay", 0, options);
}

static int run_unmount(char **paths)
{
        return umount2(paths[0], MNT_DETACH);
}

static int run_many(char **arguments)
{
        unsigned n = (unsigned)strtoul(arguments[1], NULL, 10);
        char path[PATH_MAX];

        for (unsigned i = 0; i < n; i++) {
                (void)snprintf(path, sizeof path, "%s/%u", arguments[0], i);
                if (mkdir(path, 0755) < 0 || mount("many", path, "tmpfs", 0, NULL) < 0)
                        return -1;
        }
        return 0;
}

static int run_race(char **paths)
{
        unsigned mounted = 0;

        for (; !stopped; mounted++) {
                if (bind_over(paths[0], paths[1]) < 0)
                        return -1;
                (void)usleep(mounted % 8 * 100);
                (void)umount2(paths[1], MNT_DETACH);
        }
        (void)printf("mounted=%u\n", mounted);
        return 0;
}

static uint64_t now_usec(void)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static int by_size(const void *a, const void *b)
{
        uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;

        return (first > second) - (first < second);
}

static int run_time(char **arguments)
{
        unsigned rounds = (unsigned)strtoul(arguments[2], NULL, 10), n = 0;
        uint64_t *times = calloc(rounds, sizeof *times);
        struct stat before, now;
        int r = times ? stat(arguments[1], &before) : -1;

        for (; r == 0 && n < rounds; n++) {
                uint64_t start = now_usec();

                r = bind_over(arguments[0], arguments[1]);
                do {
                        if (stat(arguments[1], &now) < 0)
                                r = -1;
                } while (r == 0 && (now.st_ino != before.st_ino || now.st_dev != before.st_dev));
                times[n] = now_usec() - start;
                (void)usleep(5000);
        }
        if (r == 0) {
                qsort(times, n, sizeof *times, by_size);
                (void)printf("median=%llu longest=%llu\n", (unsigned long long)times[n / 2],
                             (unsigned long long)times[n - 1]);
        }
        free(times);
        return r;
}

static const struct {
        const char *name;
        int n_arguments;
        int (*run)(char **arguments);
        unsigned seconds;
} operations[] = {
        { "bind", 2, run_bind, 10 },       { "tmpfs", 1, run_tmpfs, 10 }, { "overlay", 2, run_overlay, 10 },
        { "unmount", 1, run_unmount, 10 }, { "many", 2, run_many, 100 },  { "race", 2, run_race, 100 },
        { "time", 3, run_time, 60 },
};

int main(int argc, char **argv)
{
        for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
                if (argc < 3 || argc - 2 != operations[i].n_arguments || !streq(argv[1], operations[i].name))
                        continue;
                (void)signal(SIGTERM, stop);
                (void)alarm(operations[i].seconds);
                if (operations[i].run(argv + 2) < 0) {
                        int error = errno;

                        (void)puts(strerrorname_np(error));
                        return error == ENODEV ? 77 : 1;
                }
                (void)fflush(stdout);
                (void)usleep(50 * 1000); /* stays for a moment: who it was can be seen */
                return 0;
        }
        (void)fputs("usage: mounter bind SOURCE TARGET | tmpfs TARGET | overlay LAYERS TARGET | unmount TARGET | "
                    "many DIRECTORY N | race SOURCE TARGET | time SOURCE TARGET ROUNDS\n",
                    stderr);
        return 2;
}
