/* planter DIRECTORY OUTSIDE LINKS PAUSE [fresh]: plants units in DIRECTORY until it is killed (100 s at most), with a
 * pause of so many microseconds after each round: regular files by open and by rename, symbolic links to a file in
 * OUTSIDE, these under so many names by turns. The file is always the same one, or a fresh one for each link. What they
 * contain says which; how many could be made in place, it prints. */
#include <fcntl.h>
#include <signal.h>

#include "unitward/util.h"

#define AS_A_FILE "[Service]\nExecStart=/bin/true\n# planted as a file\n"
#define BEHIND_A_LINK "[Service]\nExecStart=/bin/true\n# planted behind a link\n"

struct names {
        char made[4096];   /* regular file, made in place */
        char stage[4096];  /* regular file, before its rename */
        char file[4096];   /* regular file, renamed in */
        char target[4096]; /* what the link points to */
        char last[4096];   /* what a link pointed to a while ago */
        char link[4096];   /* link, planted */
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
        (void)signal;
        stopped = 1;
}

static int write_unit(const char *path, const char *text)
{
        _cleanup_close_ int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);

        return fd < 0 || write(fd, text, strlen(text)) < 0 ? -1 : 0;
}

/* Files that links lead to, when each has its own: so many stay. */
#define TARGETS 1024u

static int renew_target(struct names *names, const char *outside, unsigned round)
{
        (void)snprintf(names->target, sizeof names->target, "%s/target-%u.service", outside, round);
        (void)snprintf(names->last, sizeof names->last, "%s/target-%u.service", outside, round - TARGETS);
        if (round >= TARGETS && unlink(names->last) < 0)
                return -1;
        return write_unit(names->target, BEHIND_A_LINK);
}

int main(int argc, char **argv)
{
        struct names names;
        unsigned rounds = 0, made = 0;
        bool fresh = argc == 6 && streq(argv[5], "fresh");

        if ((argc != 5 && !fresh) || strtoul(argv[3], NULL, 10) == 0) {
                (void)fputs("usage: planter DIRECTORY OUTSIDE LINKS PAUSE [fresh]\n", stderr);
                return 2;
        }
        (void)signal(SIGTERM, stop);
        (void)alarm(100);
        (void)snprintf(names.made, sizeof names.made, "%s/made.service", argv[1]);
        (void)snprintf(names.stage, sizeof names.stage, "%s/stage", argv[2]);
        (void)snprintf(names.file, sizeof names.file, "%s/planted.service", argv[1]);
        (void)snprintf(names.target, sizeof names.target, "%s/target.service", argv[2]);

        if (write_unit(names.target, BEHIND_A_LINK) < 0)
                return 1;
        for (; !stopped; rounds++) {
                made += write_unit(names.made, AS_A_FILE) == 0;
                if (write_unit(names.stage, AS_A_FILE) < 0 || rename(names.stage, names.file) < 0)
                        return 1;
                (void)snprintf(names.link, sizeof names.link, "%s/linked-%lu.service", argv[1],
                               rounds % strtoul(argv[3], NULL, 10));
                if (fresh && renew_target(&names, argv[2], rounds) < 0)
                        return 1;
                if (symlink(names.target, names.link) < 0 && errno != EEXIST)
                        return 1;
                (void)usleep((useconds_t)strtoul(argv[4], NULL, 10));
        }
        (void)printf("rounds=%u made=%u\n", rounds, made);
        return 0;
}
