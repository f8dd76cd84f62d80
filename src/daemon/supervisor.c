/* One loop: signals, the guard's signs of life, and answers in its place. It runs before everybody else
 * (priority.h), because what it has to end may be spinning. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "supervisor_internal.h"
#include "unitward/stop.h"

#define TICK (50 * MSEC)      /* while somebody waits, or did a moment ago */
#define TICK_START (2 * MSEC) /* while a new guard may wait for its own opens */
#define QUIET_TICKS 20        /* so many without anybody, and it sleeps until the next opener */
#define SLEEP (10 * SEC)
#define STOP_MAX (8 * SEC) /* less than TimeoutStopSec= of the unit */

/* As sd_notify(3), which would wait where PID 1 does not read; and PID 1 may wait for us. */
static int open_notify(void)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        const char *path = getenv("NOTIFY_SOCKET");
        int fd;

        if (!path || !getenv("WATCHDOG_USEC") || !string_copy(address.sun_path, sizeof address.sun_path, path))
                return -1;
        if (*path == '@')
                address.sun_path[0] = '\0';
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd >= 0 && connect(fd, (const struct sockaddr *)&address,
                               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))) < 0)
                close_pointer(&fd);
        return fd;
}

static void feed_watchdog(const struct supervisor *supervisor)
{
        static const char alive[] = "WATCHDOG=1";

        if (supervisor->notify >= 0)
                (void)send(supervisor->notify, alive, sizeof alive - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void hand_on(const struct supervisor *supervisor, uint32_t signal, pid_t sender)
{
        const union sigval value = { .sival_int = sender };

        if (supervisor->guard)
                (void)sigqueue(supervisor->guard, (int)signal, value);
}

/* Whose does not count, of him the guard is told, who records it. */
static void stop(struct supervisor *supervisor, uint32_t signal, pid_t sender, uint64_t now)
{
        bool counts = !stop_is_service(supervisor->options->foreground) || stop_counts(sender);

        if (counts && !supervisor->stop_usec)
                supervisor->stop_usec = now + STOP_MAX;
        supervisor->ended |= counts && supervisor->guard == 0;
        hand_on(supervisor, signal, counts ? 0 : sender);
}

static void take_signals(struct supervisor *supervisor, uint64_t now)
{
        struct signalfd_siginfo info;

        while (read(supervisor->signals, &info, sizeof info) == sizeof info)
                switch (info.ssi_signo) {
                case SIGCHLD:
                        supervisor_look_at_guard(supervisor, now);
                        break;
                case SIGTERM:
                case SIGINT:
                        stop(supervisor, info.ssi_signo, (pid_t)info.ssi_pid, now);
                        break;
                default:
                        hand_on(supervisor, info.ssi_signo, 0);
                }
}

/* Idle, it is woken by the first opener; from then on it looks by the clock, whoever else comes. */
static void wait_for_something(struct supervisor *supervisor)
{
        bool asleep = supervisor->quiet_ticks >= QUIET_TICKS && lifeline_serves(supervisor->lifeline);
        uint64_t tick = supervisor_starts_behind_marks(supervisor) ? TICK_START : TICK;
        struct pollfd polls[] = { { supervisor->signals, POLLIN, 0 },
                                  { asleep ? supervisor->options->groups.permission : -1, POLLIN, 0 },
                                  { asleep ? supervisor->options->groups.access : -1, POLLIN, 0 } };

        (void)poll(polls, ARRAY_SIZE(polls), (int)((asleep ? SLEEP : tick) / MSEC));
        if (polls[1].revents || polls[2].revents)
                supervisor->beaten_usec = now_monotonic_usec();
        supervisor->quiet_ticks = supervisor_somebody_waits(supervisor) ? 0 : supervisor->quiet_ticks + 1;
}

static int run(struct supervisor *supervisor)
{
        uint64_t now = now_monotonic_usec(), fed_usec = 0;

        supervisor_start_guard(supervisor, now);
        if (!supervisor->guard)
                return -errno;
        while (!supervisor->ended) {
                wait_for_something(supervisor);
                now = now_monotonic_usec();
                take_signals(supervisor, now);
                if (supervisor->guard)
                        supervisor_look_after_guard(supervisor, now);
                else if (!supervisor->ended && now >= supervisor->start_usec)
                        supervisor_start_guard(supervisor, now);
                supervisor_stand_in(supervisor, now);
                supervisor_reap_in_time(supervisor);
                if (now - fed_usec >= SLEEP / 2) {
                        feed_watchdog(supervisor);
                        fed_usec = now;
                }
        }
        supervisor_reap(supervisor);
        return supervisor->status;
}

static int catch_signals(void)
{
        static const int caught[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
        sigset_t signals;

        (void)sigemptyset(&signals);
        for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
                (void)sigaddset(&signals, caught[i]);
        (void)signal(SIGPIPE, SIG_IGN);
        (void)signal(SIGIO, SIG_IGN); /* of a lease that somebody breaks, fcntl(2) */
        if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
                return -errno;
        return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int supervise(const struct guard_options *options, guard_main_t run_guard)
{
        struct supervisor supervisor = { .options = options,
                                         .lifeline = options->lifeline,
                                         .run_guard = run_guard,
                                         .signals = catch_signals(),
                                         .log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NONBLOCK),
                                         .notify = open_notify() };
        int last;

        if (supervisor.signals < 0)
                return -errno;
        last = fcntl(supervisor.signals, F_DUPFD_CLOEXEC, 0); /* the lowest that is free: the guard's begin here */
        if (last < 0)
                return -errno;
        (void)close(last);
        supervisor.first_foreign = (unsigned)last;
        return run(&supervisor);
}
