/* runner WAY PROGRAM ARGUMENT...: executes a program in another way than a shell does.
 * runner race-KIND TRIES PROGRAM: asks it for "status" and "enable" in turn while it is executed, so that what is
 * looked at and what is run may differ; prints how the tries ended. KIND: word, pointer, environment (PRELOAD is the
 * library), vfork. runner time ROUNDS PROGRAM ARGUMENT...: prints the shortest time from fork to end in microseconds.
 * Exit status 77: the machine cannot do that. */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "unitward/util.h"

extern char **environ;

static int refused(const char *what)
{
        (void)fprintf(stderr, "%s: %s\n", what, strerror(errno));
        return 126;
}

/* ---- Ways ---------------------------------------------------------------------------------------- */

static int by_descriptor(char **command)
{
        int fd = open(command[0], O_PATH | O_CLOEXEC);

        if (fd >= 0)
                (void)syscall(SYS_execveat, fd, "", command, environ, AT_EMPTY_PATH);
        return refused("execveat");
}

static int by_memory(char **command)
{
        int from = open(command[0], O_RDONLY | O_CLOEXEC), to = memfd_create("copy", MFD_CLOEXEC);
        char buffer[65536];
        ssize_t n;

        if (from < 0 || to < 0)
                return refused("open");
        while ((n = read(from, buffer, sizeof buffer)) > 0)
                if (write(to, buffer, (size_t)n) != n)
                        return refused("write");
        (void)fexecve(to, command, environ);
        return refused("fexecve");
}

static void *execute(void *command)
{
        char **words = command;

        (void)execv(words[0], words);
        exit(refused("execv"));
}

static int by_thread(char **command)
{
        pthread_t thread;

        (void)pthread_create(&thread, NULL, execute, command);
        (void)pause();
        return 126;
}

static int traced(char **command)
{
        pid_t child = fork();
        int status;

        if (child == 0) {
                (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
                (void)execv(command[0], command);
                _exit(refused("execv"));
        }
        while (waitpid(child, &status, 0) == child) {
                if (WIFEXITED(status))
                        return WEXITSTATUS(status);
                if (WIFSIGNALED(status))
                        return 128 + WTERMSIG(status);
                (void)ptrace(PTRACE_CONT, child, NULL, NULL);
        }
        return 126;
}

static int with_many_words(char **command)
{
        char **words = calloc(1024, sizeof *words);
        size_t n = 0;

        for (; words && command[n]; n++)
                words[n] = command[n];
        for (; words && n < 1000; n++)
                words[n] = (char *)(uintptr_t) "--no-pager";
        (void)execv(command[0], words);
        return refused("execv");
}

static int without_words(char **command)
{
        char *none[] = { NULL };

        (void)execv(command[0], none);
        return refused("execv");
}

/* On a terminal of its own; what is seen there is printed, until EXPECTED was seen, or nothing came for a while. */
static int on_terminal(char **command)
{
        static char seen[65536];
        const char *expected = getenv("EXPECTED");
        struct pollfd terminal = { .events = POLLIN };
        pid_t child = forkpty(&terminal.fd, NULL, NULL, NULL);
        size_t size = 0;

        if (child == 0) {
                /* The shell stays: with its last process the terminal would be gone. */
                (void)execl("/bin/sh", "sh", "-c", "\"$@\"; sleep 30", "sh", command[0], command[1], command[2], NULL);
                _exit(127);
        }
        while (child > 0 && size < sizeof seen - 1 && poll(&terminal, 1, expected ? 20000 : 3000) > 0) {
                ssize_t n = read(terminal.fd, seen + size, sizeof seen - 1 - size);

                if (n <= 0)
                        break;
                size += (size_t)n;
                if (expected && strstr(seen, expected))
                        break;
        }
        (void)fwrite(seen, 1, size, stdout);
        return 0;
}

/* The word that it asks for never comes: nobody serves the page where it lies. */
static int stuck(char **command)
{
        struct uffdio_api api = { .api = UFFD_API };
        struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING, .range.len = 4096 };
        int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

        range.range.start = (uintptr_t)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0 || ioctl(fd, UFFDIO_REGISTER, &range) < 0)
                return 77;
        command[1] = (char *)(uintptr_t)range.range.start;
        (void)execv(command[0], command);
        return refused("execv");
}

#ifdef __x86_64__
/* The 32-bit call: its vectors are of 32-bit pointers. */
static int narrow(char **command)
{
        uint32_t *low = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
        char *text = (char *)(low + 1024);
        uint32_t words = (uint32_t)(uintptr_t)low, path, environment, at = 0;
        long result;

        if (low == MAP_FAILED)
                return 77;
        path = (uint32_t)(uintptr_t)text;
        for (; command[at]; at++, text += strlen(text) + 1) {
                (void)strcpy(text, command[at]);
                low[at] = (uint32_t)(uintptr_t)text;
        }
        low[at++] = 0;
        environment = (uint32_t)(uintptr_t)(low + at);
        for (char **name = environ; *name; name++, text += strlen(text) + 1) {
                (void)strcpy(text, *name);
                low[at++] = (uint32_t)(uintptr_t)text;
        }
        __asm__ volatile("int $0x80" : "=a"(result) : "a"(11), "b"(path), "c"(words), "d"(environment) : "memory");
        errno = (int)-result;
        return result == -ENOSYS ? 77 : refused("execve");
}
#else
static int narrow(char **command)
{
        (void)command;
        return 77;
}
#endif

/* ---- The race ------------------------------------------------------------------------------------- */

static struct {
        char word[8];
        char *words[4];
        char *environment[4];
        char preload[4096];
} * shared;

static const char *kind;

static void flip(unsigned i)
{
        static char harmless[] = "status", refused_verb[] = "enable";

        if (streq(kind, "pointer"))
                __atomic_store_n(&shared->words[1], i & 1 ? refused_verb : harmless, __ATOMIC_SEQ_CST);
        else if (streq(kind, "environment"))
                (void)memcpy(shared->preload, i & 1 ? "LD" : "XX", 2);
        else
                (void)memcpy(shared->word, i & 1 ? refused_verb : harmless, 6);
}

static void *flip_for_ever(void *unused)
{
        (void)unused;
        for (unsigned i = 0;; i++) {
                flip(i);
                for (volatile unsigned j = 0; j < i % 4096; j++)
                        ;
        }
        return NULL;
}

static void prepare(char *program)
{
        static char markers[4096];

        (void)snprintf(markers, sizeof markers, "MARKERS=%s", getenv("MARKERS"));
        (void)snprintf(shared->preload, sizeof shared->preload, "XX_PRELOAD=%s",
                       getenv("PRELOAD") ? getenv("PRELOAD") : "");
        (void)strcpy(shared->word, "status");
        shared->words[0] = program;
        shared->words[1] = shared->word;
        shared->words[2] = (char *)(uintptr_t) "x.service";
        shared->words[3] = NULL;
        shared->environment[0] = markers;
        shared->environment[1] = streq(kind, "environment") ? shared->preload : NULL;
        shared->environment[2] = NULL;
}

/* Forked: the flipping goes on in a thread of the same process. */
static void try_thread(char *program)
{
        pthread_t thread;

        (void)pthread_create(&thread, NULL, flip_for_ever, NULL);
        for (volatile unsigned i = 0; i < (unsigned)rand() % 65536; i++)
                ;
        (void)execve(program, shared->words, shared->environment);
        _exit(errno == EPERM ? 126 : 125);
}

static pid_t start_one(char *program)
{
        pid_t child;

        prepare(program);
        if (!streq(kind, "vfork")) {
                child = fork();
                if (child == 0)
                        try_thread(program);
                return child;
        }
        child = vfork(); /* a thread of the parent flips what both have */
        if (child == 0) {
                (void)execve(program, shared->words, shared->environment);
                _exit(errno == EPERM ? 126 : 125);
        }
        return child;
}

static int race(int tries, char *program)
{
        unsigned denied = 0, killed = 0, ran = 0, other = 0;
        pthread_t thread;

        shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        prepare(program);
        if (streq(kind, "vfork"))
                (void)pthread_create(&thread, NULL, flip_for_ever, NULL);
        for (int i = 0; i < tries; i++) {
                pid_t child = start_one(program);
                int status = 0;

                srand((unsigned)i);
                (void)waitpid(child, &status, 0);
                if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
                        killed++;
                else if (WIFEXITED(status) && WEXITSTATUS(status) == 126)
                        denied++;
                else if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
                        ran++;
                else
                        other++;
        }
        printf("denied %u killed %u ran %u other %u\n", denied, killed, ran, other);
        return 0;
}

/* ---- Time ---------------------------------------------------------------------------------------------- */

static uint64_t once(char **command)
{
        uint64_t started = now_monotonic_usec();
        pid_t child = vfork();
        int status;

        if (child == 0) {
                (void)execv(command[0], command);
                _exit(127);
        }
        (void)waitpid(child, &status, 0);
        return status == 0 ? now_monotonic_usec() - started : UINT64_MAX;
}

static int measure(int rounds, char **command)
{
        uint64_t least = UINT64_MAX;

        for (int i = 0; i < rounds; i++) {
                uint64_t usec = once(command);

                if (usec < least)
                        least = usec;
        }
        printf("%llu\n", (unsigned long long)least);
        return 0;
}

int main(int argc, char **argv)
{
        static const struct {
                const char *name;
                int (*run)(char **command);
        } ways[] = {
                { "descriptor", by_descriptor },
                { "memory", by_memory },
                { "thread", by_thread },
                { "traced", traced },
                { "many-words", with_many_words },
                { "no-words", without_words },
                { "narrow", narrow },
                { "terminal", on_terminal },
                { "stuck", stuck },
        };

        if (argc == 4 && starts_with(argv[1], "race-")) {
                kind = argv[1] + strlen("race-");
                return race(atoi(argv[2]), argv[3]);
        }
        if (argc >= 4 && streq(argv[1], "time"))
                return measure(atoi(argv[2]), argv + 3);
        for (size_t i = 0; argc >= 3 && i < ARRAY_SIZE(ways); i++)
                if (streq(argv[1], ways[i].name))
                        return ways[i].run(argv + 2);
        (void)fputs(
                "usage: runner WAY PROGRAM ARGUMENT... | race-KIND TRIES PROGRAM | time ROUNDS PROGRAM ARGUMENT...\n",
                stderr);
        return 2;
}
