/* tamper WAY PATIENCE STAGE UNIT...: changes each unit once, in one particular way, and measures how long it stays so.
 *
 * Prints a line of variables for the shell, times in milliseconds:
 *   rounds=   units that were tried, of which
 *   refused=  the change was denied
 *   lost=     the authorised state was not back, byte for byte, after PATIENCE milliseconds
 *   median= p99=  from the beginning of the call that changed it until the authorised state was back: whoever undoes
 *             it may be done before the call returns
 *   floor= unflushed=  medians of a bare copy of the same contents in STAGE: open, write, fsync, rename, and the
 *             same without fsync
 *
 * The way "held" opens all units first, says "held" and waits for a line on standard input. STAGE is a directory
 * on the same file system where nothing is protected. Exit status: 0 measured, 1 it could not be tried, 2 usage. */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>

#include "unitward/util.h"

#define PLANTED "[Service]\nExecStart=/bin/false\n# planted as a file\n"
#define ROUNDS_MAX 1024
#define PAUSE_USEC 5000 /* between two rounds: each is measured alone */
#define CONTENTS_MAX 4096

struct round {
        const char *unit;
        char target[PATH_MAX]; /* the name that changes */
        char stage[PATH_MAX];  /* what will be renamed to it */
        char contents[CONTENTS_MAX];
        size_t size;
        struct stat before; /* of the target; no links: it is not there */
        int held;
};

struct way {
        const char *name;
        const char *suffix; /* of the target, after the unit's name */
        int (*prepare)(struct round *round);
        int (*change)(struct round *round); /* a single call; 0, or -1 and errno */
};

static int64_t now_nsec(void)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- Ways ---------------------------------------------------------------------------------------- */

static int write_new(const char *path, const char *data, size_t size, bool flush)
{
        _cleanup_close_ int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);

        if (fd < 0 || write(fd, data, size) != (ssize_t)size)
                return -1;
        return flush ? fsync(fd) : 0;
}

static int nothing_to_prepare(struct round *round)
{
        (void)round;
        return 0;
}

static int prepare_file(struct round *round)
{
        return write_new(round->stage, PLANTED, strlen(PLANTED), false);
}

static int prepare_empty(struct round *round)
{
        return write_new(round->stage, "", 0, false);
}

static int prepare_mask(struct round *round)
{
        return symlink("/dev/null", round->stage);
}

static int prepare_drop_in(struct round *round)
{
        char file[PATH_MAX + 16];

        (void)snprintf(file, sizeof file, "%s/planted.conf", round->stage);
        return mkdir(round->stage, 0755) < 0 ? -1 : write_new(file, PLANTED, strlen(PLANTED), false);
}

static int change_append(struct round *round)
{
        _cleanup_close_ int fd = open(round->target, O_WRONLY | O_APPEND | O_CLOEXEC);

        return fd < 0 || write(fd, PLANTED, strlen(PLANTED)) < 0 ? -1 : 0;
}

static int change_held(struct round *round)
{
        return write(round->held, PLANTED, strlen(PLANTED)) < 0 ? -1 : 0;
}

static int change_truncate(struct round *round)
{
        return truncate(round->target, 0);
}

static int change_rename(struct round *round)
{
        return rename(round->stage, round->target);
}

static int change_remove(struct round *round)
{
        return unlink(round->target);
}

static int change_mode(struct round *round)
{
        return chmod(round->target, 0666);
}

static int change_alias(struct round *round)
{
        return symlink(strrchr(round->unit, '/') + 1, round->target);
}

static const struct way ways[] = {
        { "append", "", nothing_to_prepare, change_append },
        { "held", "", nothing_to_prepare, change_held },
        { "truncate", "", nothing_to_prepare, change_truncate },
        { "replace", "", prepare_file, change_rename },
        { "remove", "", nothing_to_prepare, change_remove },
        { "chmod", "", nothing_to_prepare, change_mode },
        { "mask", "", prepare_mask, change_rename },
        { "empty", "", prepare_empty, change_rename },
        { "alias", "-alias.service", nothing_to_prepare, change_alias },
        { "drop-in", ".d", prepare_drop_in, change_rename },
};

/* ---- Rounds -------------------------------------------------------------------------------------- */

static int begin(const struct way *way, const char *stage, const char *unit, struct round *round)
{
        _cleanup_close_ int fd = open(unit, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, round->contents, sizeof round->contents);

        if (n < 0)
                return -1;
        round->unit = unit;
        round->size = (size_t)n;
        (void)snprintf(round->target, sizeof round->target, "%s%s", unit, way->suffix);
        (void)snprintf(round->stage, sizeof round->stage, "%s/%s-staged", stage, strrchr(unit, '/') + 1);
        if (lstat(round->target, &round->before) < 0)
                round->before = (struct stat){ 0 };
        round->held = streq(way->name, "held") ? open(unit, O_RDWR | O_APPEND | O_CLOEXEC) : -1;
        return streq(way->name, "held") && round->held < 0 ? -1 : 0;
}

static bool is_back(const struct round *round)
{
        const struct stat *before = &round->before;
        struct stat now;

        if (lstat(round->target, &now) < 0)
                return errno == ENOENT && before->st_nlink == 0;
        return now.st_mode == before->st_mode && now.st_size == before->st_size && now.st_uid == before->st_uid &&
               now.st_gid == before->st_gid;
}

static bool has_its_contents(const struct round *round)
{
        char contents[CONTENTS_MAX];
        _cleanup_close_ int fd = open(round->unit, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

        return fd >= 0 && read(fd, contents, sizeof contents) == (ssize_t)round->size &&
               memcmp(contents, round->contents, round->size) == 0;
}

/* How long since the start until it was back, in nanoseconds; -1: it was not. */
static int64_t wait_until_back(const struct round *round, int64_t start, int64_t patience)
{
        int64_t end;
        bool back;

        do {
                back = is_back(round);
                end = now_nsec();
        } while (!back && end - start < patience);
        return back && has_its_contents(round) ? end - start : -1;
}

static int64_t copy_nsec(const struct round *round, bool flush)
{
        char temporary[PATH_MAX + 16];
        int64_t start;

        (void)snprintf(temporary, sizeof temporary, "%s.new", round->stage);
        start = now_nsec();
        if (write_new(temporary, round->contents, round->size, flush) < 0 || rename(temporary, round->stage) < 0)
                return -1;
        return now_nsec() - start;
}

/* ---- The whole ----------------------------------------------------------------------------------- */

struct times {
        int64_t nsec[ROUNDS_MAX];
        size_t n;
};

static int ascending(const void *a, const void *b)
{
        int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

        return (x > y) - (x < y);
}

static double milliseconds(struct times *times, unsigned percent)
{
        if (times->n == 0)
                return 0;
        qsort(times->nsec, times->n, sizeof times->nsec[0], ascending);
        return (double)times->nsec[((times->n - 1) * percent + 99) / 100] / 1e6;
}

static int measure_floor(const struct round *round, struct times *flushed, struct times *unflushed)
{
        flushed->nsec[flushed->n] = copy_nsec(round, true);
        unflushed->nsec[unflushed->n] = copy_nsec(round, false);
        (void)unlink(round->stage);
        return flushed->nsec[flushed->n++] < 0 || unflushed->nsec[unflushed->n++] < 0 ? -1 : 0;
}

static int tamper(const struct way *way, int64_t patience, struct round *rounds, size_t n)
{
        static struct times times, flushed, unflushed;
        unsigned refused = 0, lost = 0;
        int64_t start;

        for (size_t i = 0; i < n; i++) {
                if (measure_floor(&rounds[i], &flushed, &unflushed) < 0 || way->prepare(&rounds[i]) < 0)
                        return -1;
                (void)usleep(PAUSE_USEC);
                start = now_nsec();
                if (way->change(&rounds[i]) < 0) {
                        if (errno != EPERM || !is_back(&rounds[i]))
                                return -1;
                        refused++;
                        continue;
                }
                times.nsec[times.n] = wait_until_back(&rounds[i], start, patience);
                lost += times.nsec[times.n] < 0;
                times.n += times.nsec[times.n] >= 0;
        }
        (void)printf("rounds=%zu refused=%u lost=%u median=%.3f p99=%.3f floor=%.3f unflushed=%.3f\n", n, refused, lost,
                     milliseconds(&times, 50), milliseconds(&times, 99), milliseconds(&flushed, 50),
                     milliseconds(&unflushed, 50));
        return 0;
}

static const struct way *way_find(const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
                if (streq(ways[i].name, name))
                        return &ways[i];
        return NULL;
}

int main(int argc, char **argv)
{
        static struct round rounds[ROUNDS_MAX];
        const struct way *way = argc > 4 && argc - 4 <= ROUNDS_MAX ? way_find(argv[1]) : NULL;
        size_t n = 0;

        if (!way) {
                (void)fputs("usage: tamper WAY PATIENCE STAGE UNIT...\n", stderr);
                return 2;
        }
        (void)alarm(100);
        for (; (int)n < argc - 4; n++)
                if (begin(way, argv[3], argv[4 + n], &rounds[n]) < 0) {
                        perror(argv[4 + n]);
                        return 1;
                }
        if (streq(way->name, "held")) {
                (void)puts("held");
                (void)fflush(stdout);
                (void)getchar();
        }
        if (tamper(way, strtol(argv[2], NULL, 10) * 1000000, rounds, n) < 0) {
                perror(way->name);
                return 1;
        }
        return 0;
}
