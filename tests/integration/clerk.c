/* A package manager's work that is interrupted again and again, and who checks it.
 *
 *   clerk work DIRECTORY JOURNAL DAEMON USEC MANAGER   changes units there, and kills the daemon after so long; MANAGER
 *                                                      is this program under a name that the policy takes for a manager
 *   clerk verify DIRECTORY JOURNAL                     is what it completed still there? Exit status 1: no, and says
 * what clerk vandal DIRECTORY OUTSIDE                     plants units beside it, until it is killed (100 s at most)
 *   clerk tamper DIRECTORY                             changes what it made, now that nobody watches
 *   clerk cut DIRECTORY                                the file system there forgets what is not on its disk
 *   clerk manager DIRECTORY                            looks there for every byte it reads, as PID 1 would
 *
 * A change is completed when a manager has looked: its look waits until all that was done before is settled. The
 * journal says what each name is to be, before it is done ('B') and when it is completed ('E'). */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "unitward/util.h"

#define UNITS 12u
#define WANTS "multi-user.target.wants"
#define NAMES (2 * UNITS) /* each unit, and the link that enables it */

struct thing {
        char kind; /* 'f', 'l', '-': nothing */
        mode_t mode;
        char text[64]; /* contents or target */
};

struct line {
        char phase;
        unsigned n;
        struct {
                unsigned name;
                struct thing to;
        } changes[2];
};

static struct thing things[NAMES]; /* completed */
static int directory = -1, journal = -1, to_manager = -1, from_manager = -1;
static volatile sig_atomic_t *killed; /* shared: set before the daemon is killed */

static _Noreturn void fail(const char *what, const char *name)
{
        (void)printf("%s %s: %s\n", what, name, strerrorname_np(errno));
        exit(1);
}

static void seed(void)
{
        unsigned random = 0;

        if (getrandom(&random, sizeof random, 0) != sizeof random)
                fail("random", "");
        srand(random);
}

static const char *name_of(unsigned name)
{
        static char names[4][64];
        static unsigned turn;
        char *buffer = names[turn++ % ARRAY_SIZE(names)];

        (void)snprintf(buffer, sizeof names[0], "%sclerk-%02u.service", name < UNITS ? "" : WANTS "/", name % UNITS);
        return buffer;
}

/* ---- What is there ------------------------------------------------------------------------------- */

static struct thing look(const char *name)
{
        struct thing thing = { .kind = '-' };
        struct stat st;
        ssize_t n = -1;
        int fd;

        if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return thing;
        thing.kind = S_ISLNK(st.st_mode) ? 'l' : S_ISREG(st.st_mode) ? 'f' : '?';
        if (thing.kind == 'l')
                n = readlinkat(directory, name, thing.text, sizeof thing.text - 1);
        if (thing.kind == 'f') {
                thing.mode = st.st_mode & 07777;
                fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
                n = fd < 0 ? -1 : read(fd, thing.text, sizeof thing.text - 1);
                close_pointer(&fd);
        }
        if (n < 0)
                thing.kind = '?';
        return thing;
}

static bool equal(const struct thing *a, const struct thing *b)
{
        return a->kind == b->kind && a->mode == b->mode && streq(a->text, b->text);
}

/* ---- The journal --------------------------------------------------------------------------------- */

static void note(struct line *line, char phase)
{
        line->phase = phase;
        if (write(journal, line, sizeof *line) != sizeof *line)
                fail("journal", "");
}

/* ret_open: what was begun and not completed; n is 0 when there is nothing. */
static void read_journal(struct line *ret_open)
{
        struct line line;

        for (unsigned i = 0; i < NAMES; i++)
                things[i].kind = '-';
        ret_open->n = 0;
        while (read(journal, &line, sizeof line) == sizeof line) {
                for (unsigned i = 0; line.phase == 'E' && i < line.n; i++)
                        things[line.changes[i].name] = line.changes[i].to;
                *ret_open = line;
                if (line.phase == 'E')
                        ret_open->n = 0;
        }
}

/* ---- Work ---------------------------------------------------------------------------------------- */

static int write_unit(const char *name, const struct thing *thing, int flags)
{
        _cleanup_close_ int fd = openat(directory, name, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);

        if (fd < 0 || write(fd, thing->text, strlen(thing->text)) < 0 || fchmod(fd, thing->mode) < 0)
                return -1;
        return 0;
}

static int replace(const char *name, const struct thing *thing)
{
        char new[80];

        (void)snprintf(new, sizeof new, "%s.dpkg-new", name);
        if (unlinkat(directory, new, 0) < 0 && errno != ENOENT)
                return -1; /* left by one that was cut off */
        return write_unit(new, thing, O_EXCL) < 0 ? -1 : renameat(directory, new, directory, name);
}

static struct thing new_unit(void)
{
        static unsigned serial;
        struct thing unit = { .kind = 'f', .mode = 0644 };

        (void)snprintf(unit.text, sizeof unit.text, "[Service]\nExecStart=/bin/true %x %x\n", (unsigned)rand(),
                       ++serial);
        return unit;
}

static struct thing link_to(const char *name)
{
        struct thing link = { .kind = 'l' };

        (void)snprintf(link.text, sizeof link.text, "../%s", name);
        return link;
}

static int do_unit(unsigned name, struct line *line)
{
        const struct thing nothing = { .kind = '-' };
        const char *path = name_of(name);
        unsigned other = ((unsigned)rand() % UNITS + UNITS) % UNITS, way = (unsigned)rand() % 6;
        struct thing unit = new_unit();

        line->n = 1;
        line->changes[0].name = name;
        line->changes[0].to = unit;
        if (things[name].kind == '-') {
                note(line, 'B');
                return way % 2 ? replace(path, &unit) : write_unit(path, &unit, O_EXCL);
        }
        switch (way) {
        case 0:
                line->changes[0].to = nothing;
                note(line, 'B');
                return unlinkat(directory, path, 0);
        case 1:
                line->changes[0].to = things[name];
                line->changes[0].to.mode ^= 0040;
                note(line, 'B');
                return fchmodat(directory, path, line->changes[0].to.mode, 0);
        case 2:
                if (other == name)
                        break;
                line->n = 2;
                line->changes[0].to = nothing;
                line->changes[1].name = other;
                line->changes[1].to = things[name];
                note(line, 'B');
                return renameat(directory, path, directory, name_of(other));
        case 3:
                note(line, 'B');
                return write_unit(path, &unit, O_TRUNC);
        default:
                break;
        }
        note(line, 'B');
        return replace(path, &unit);
}

static int do_link(unsigned name, struct line *line)
{
        const char *path = name_of(name);

        line->n = 1;
        line->changes[0].name = name;
        line->changes[0].to = things[name].kind == '-' ? link_to(name_of(name - UNITS)) : (struct thing){ .kind = '-' };
        note(line, 'B');
        return things[name].kind == '-' ? symlinkat(line->changes[0].to.text, directory, path)
                                        : unlinkat(directory, path, 0);
}

/* A manager's look into the directories. */
static void wait_settled(void)
{
        char byte = 'x';

        if (write(to_manager, &byte, 1) != 1 || read(from_manager, &byte, 1) != 1)
                fail("manager", "");
}

static void do_one(void)
{
        unsigned name = (unsigned)rand() % NAMES;
        struct line line = { 0 };
        int r = name < UNITS ? do_unit(name, &line) : do_link(name, &line);

        if (r < 0 && !*killed)
                fail("refused", name_of(name));
        if (r == 0)
                wait_settled();
        /* Killed meanwhile: perhaps nobody held up the look. */
        if (*killed)
                return;
        note(&line, 'E');
        for (unsigned i = 0; i < line.n; i++)
                things[line.changes[i].name] = line.changes[i].to;
}

static pid_t start_manager(const char *program, const char *path)
{
        int there[2], back[2];
        pid_t pid;

        if (pipe2(there, O_CLOEXEC) < 0 || pipe2(back, O_CLOEXEC) < 0 || (pid = fork()) < 0)
                fail("fork", program);
        if (pid == 0) {
                (void)dup2(there[0], STDIN_FILENO);
                (void)dup2(back[1], STDOUT_FILENO);
                (void)execl(program, program, "manager", path, NULL);
                _exit(127);
        }
        (void)close(there[0]);
        (void)close(back[1]);
        to_manager = there[1];
        from_manager = back[0];
        return pid;
}

static pid_t start_killer(pid_t daemon, useconds_t usec)
{
        pid_t pid = fork();

        if (pid < 0)
                fail("fork", "");
        if (pid == 0) {
                (void)usleep(usec);
                *killed = 1;
                __sync_synchronize();
                _exit(kill(daemon, SIGKILL) < 0);
        }
        return pid;
}

static int work(char **argv)
{
        pid_t manager, killer;
        struct line open_line;
        unsigned n = 0;
        int status;

        killed = mmap(NULL, sizeof *killed, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (killed == MAP_FAILED)
                fail("mmap", "");
        read_journal(&open_line);
        manager = start_manager(argv[4], argv[0]);
        wait_settled();
        seed();
        killer = start_killer((pid_t)strtol(argv[2], NULL, 10), (useconds_t)strtoul(argv[3], NULL, 10));
        for (; !*killed; n++)
                do_one();
        (void)waitpid(killer, &status, 0);
        (void)close(to_manager);
        (void)waitpid(manager, NULL, 0);
        (void)printf("%u\n", n);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int be_manager(const char *path)
{
        char byte, wants[4096];

        (void)snprintf(wants, sizeof wants, "%s/" WANTS, path);
        while (read(STDIN_FILENO, &byte, 1) == 1) {
                DIR *units = opendir(path), *links = opendir(wants);

                if (!units || !links || write(STDOUT_FILENO, &byte, 1) != 1)
                        return 1;
                (void)closedir(units);
                (void)closedir(links);
        }
        return 0;
}

/* ---- Checking ------------------------------------------------------------------------------------- */

static bool may_be(const struct line *open_line, unsigned name, const struct thing *actual)
{
        for (unsigned i = 0; i < open_line->n; i++) {
                struct thing half = open_line->changes[i].to;

                if (open_line->changes[i].name != name)
                        continue;
                if (equal(&half, actual))
                        return true;
                /* Which is changed after the contents; a new file begins with that of write_unit. */
                half.mode = things[name].kind == 'f' ? things[name].mode : 0600;
                if (half.kind == 'f' && equal(&half, actual))
                        return true;
        }
        return equal(&things[name], actual);
}

/* What is there is what the next round starts from. */
static int verify(void)
{
        struct line open_line, line = { .n = 1 };
        unsigned wrong = 0;

        read_journal(&open_line);
        if (ftruncate(journal, 0) < 0)
                fail("journal", "");
        for (unsigned i = 0; i < NAMES; i++) {
                struct thing actual = look(name_of(i));

                if (!may_be(&open_line, i, &actual)) {
                        (void)printf("%s is %c %o %s instead of %c %o %s\n", name_of(i), actual.kind, actual.mode,
                                     actual.text, things[i].kind, things[i].mode, things[i].text);
                        wrong++;
                }
                line.changes[0].name = i;
                line.changes[0].to = actual;
                note(&line, 'E');
        }
        return wrong > 0;
}

/* ---- Attacks --------------------------------------------------------------------------------------- */

/* Most of it is refused or undone. */
static void attempt(int result)
{
        (void)result;
}

static _Noreturn void vandal(const char *outside)
{
        const struct timespec pause = { .tv_nsec = 4 * 1000 * 1000 };
        const struct thing evil = { .kind = 'f', .mode = 0644, .text = "[Service]\nExecStart=/evil\n" };
        char stage[4096];

        (void)alarm(100);
        (void)snprintf(stage, sizeof stage, "%s/stage", outside);
        for (unsigned i = 0;; i++) {
                char name[64];

                (void)snprintf(name, sizeof name, "evil-%u.service", i % 7);
                attempt(write_unit(name, &evil, O_TRUNC));
                attempt(write_unit(stage, &evil, O_TRUNC));
                attempt(renameat(AT_FDCWD, stage, directory, i % 5 ? name : "tampered.service"));
                attempt(symlinkat("/srv/evil.service", directory, WANTS "/evil.service"));
                if (i % 3 == 0)
                        attempt(unlinkat(directory, "removed.service", 0));
                attempt(fchmodat(directory, "authorised.service", i % 2 ? 0777 : 0644, 0));
                (void)nanosleep(&pause, NULL);
        }
}

static int tamper(void)
{
        const struct thing evil = { .kind = 'f', .mode = 0644, .text = "[Service]\nExecStart=/evil\n" };

        seed();
        for (unsigned i = 0; i < 3; i++) {
                const char *name = name_of((unsigned)rand() % UNITS);

                if (i == 0)
                        attempt(write_unit(name, &evil, O_TRUNC));
                else if (i == 1)
                        attempt(unlinkat(directory, name, 0));
                else
                        attempt(replace(name, &evil));
        }
        attempt(unlinkat(directory, name_of(UNITS + (unsigned)rand() % UNITS), 0));
        return 0;
}

/* ---- Power ------------------------------------------------------------------------------------------- */

#define SHUTDOWN _IOR('X', 125, uint32_t) /* ext4's, f2fs's and xfs's */
#define WITHOUT_LOG 2u

static int cut(void)
{
        uint32_t flags = WITHOUT_LOG;

        if (ioctl(directory, SHUTDOWN, &flags) < 0)
                fail("cut", "");
        return 0;
}

int main(int argc, char **argv)
{
        (void)alarm(20);
        if (argc >= 3)
                directory = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (argc >= 4 && !streq(argv[1], "vandal"))
                journal = open(argv[3], O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (argc == 7 && streq(argv[1], "work"))
                return work(argv + 2);
        if (argc == 4 && streq(argv[1], "verify"))
                return verify();
        if (argc == 4 && streq(argv[1], "vandal"))
                vandal(argv[3]);
        if (argc == 3 && streq(argv[1], "tamper"))
                return tamper();
        if (argc == 3 && streq(argv[1], "cut"))
                return cut();
        if (argc == 3 && streq(argv[1], "manager"))
                return be_manager(argv[2]);
        (void)fputs("usage: clerk work|verify|vandal|tamper|cut|manager ...\n", stderr);
        return 2;
}
