#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#include "unitward/exec_group.h"
#include "unitward/priority.h"
#include "unitward/sandbox.h"
#include "unitward/scout.h"
#include "unitward/util.h"

/* A machine that executes little is looked at at once; one that executes a lot, a hundred times a second. */
#define CREDIT 20u
#define CREDIT_USEC (1000u * 1000u)
#define QUIET_USEC (10u * 1000u)

struct scout {
        int group, guard;
        int mounts;      /* mountinfo, while it watches; -1 */
        bool lost;       /* since the last datagram */
        unsigned credit; /* wake-ups that it may have at once */
        uint64_t credit_usec, quiet_until_usec;
};

/* ---- What it is told ----------------------------------------------------------------------------------------- */

static void begin_watching(struct scout *scout)
{
        if (scout->mounts < 0)
                scout->mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
        exec_group_mark(scout->group);
}

static void rest(struct scout *scout)
{
        exec_group_forget(scout->group);
        close_pointer(&scout->mounts);
}

/* False: nobody is there any more. */
static bool obey(struct scout *scout)
{
        char word;
        ssize_t n;

        while ((n = recv(scout->guard, &word, 1, MSG_DONTWAIT)) > 0) {
                if (word == SCOUT_WATCH)
                        begin_watching(scout);
                else if (word == SCOUT_REST)
                        rest(scout);
        }
        return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* ---- What it tells ------------------------------------------------------------------------------------------- */

static void tell(struct scout *scout)
{
        pid_t processes[SCOUT_BATCH];
        bool lost;
        size_t n = exec_group_read(scout->group, processes, SCOUT_BATCH - 1, &lost);

        scout->lost |= lost;
        if (scout->lost)
                processes[n++] = 0;
        if (n > 0)
                scout->lost = send(scout->guard, processes, n * sizeof *processes, MSG_DONTWAIT | MSG_NOSIGNAL) < 0;
}

static void look(struct scout *scout)
{
        const uint64_t now = now_monotonic_usec();

        tell(scout);
        if (now > scout->credit_usec + CREDIT_USEC) {
                scout->credit_usec = now;
                scout->credit = CREDIT;
        }
        if (scout->credit > 0)
                scout->credit--;
        else
                scout->quiet_until_usec = now + QUIET_USEC;
}

static int work(struct scout *scout)
{
        for (;;) {
                const uint64_t now = now_monotonic_usec(), until = scout->quiet_until_usec;
                const bool quiet = now < until;
                const struct timespec rest_of_it = { .tv_nsec = (long)((until - now) * 1000u) };
                struct pollfd polls[] = { { scout->guard, POLLIN, 0 },
                                          { quiet ? -1 : scout->group, POLLIN, 0 },
                                          { scout->mounts, POLLPRI, 0 } };

                if (ppoll(polls, ARRAY_SIZE(polls), quiet ? &rest_of_it : NULL, NULL) < 0)
                        continue;
                if (polls[0].revents && !obey(scout))
                        return EXIT_SUCCESS;
                if (polls[2].revents && scout->mounts >= 0)
                        exec_group_mark(scout->group);
                if (polls[1].revents)
                        look(scout);
        }
}

/* ---- The process ----------------------------------------------------------------------------------------------- */

/* It ends when those whom it tells have ended, and not with a signal that is theirs. */
static void ignore_signals(void)
{
        static const int ignored[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGPIPE };

        for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
                (void)signal(ignored[i], SIG_IGN);
}

static int run(int group, int guard)
{
        struct scout scout = { .group = group, .guard = guard, .mounts = -1 };

        (void)prctl(PR_SET_NAME, "unitward-scout");
        ignore_signals();
        priority_of_work();
        if (sandbox_reduce(SANDBOX_SCOUT) < 0 || sandbox_enter(SANDBOX_SCOUT) < 0)
                return EXIT_FAILURE;
        return work(&scout);
}

int scout_start(void)
{
        _cleanup_close_ int group = exec_group_open(), guard = -1, own = -1;
        int ends[2];
        pid_t pid;

        if (group < 0)
                return group;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
                return -errno;
        own = ends[0];
        guard = ends[1];
        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0) {
                close_pointer(&own);
                _exit(run(group, guard));
        }
        return steal_fd(&own);
}
