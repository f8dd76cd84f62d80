/* One loop: signals, the guard's signs of life, and answers in its place. It runs before everybody else (SCHED_RR,
 * above the guard's verdict thread), because what it has to end may be spinning. */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "unitward/closing.h"
#include "unitward/safe_mode.h"
#include "unitward/stop.h"
#include "unitward/supervisor.h"
#include "unitward/util.h"

#define MSEC UINT64_C(1000)
#define SEC (1000 * MSEC)

#define TICK (50 * MSEC)      /* while somebody waits, or did a moment ago */
#define TICK_START (2 * MSEC) /* while a new guard may wait for its own opens */
#define QUIET_TICKS 20        /* so many without anybody, and it sleeps until the next opener */
#define SLEEP (10 * SEC)
#define PATIENCE (500 * MSEC)         /* for a new guard to be ready, after one that died by itself */
#define PATIENCE_OVERDUE (250 * MSEC) /* after one that let openers wait already */
#define PATIENCE_WRITERS (10 * SEC)   /* of those who would be refused, but managers: PID 1 serves everybody */
#define START_MAX (20 * SEC)          /* a guard not ready by then is not going to be */
#define PULSE_MAX (60 * SEC)          /* the housekeeper's loop turns at least so often; see housekeeper.c */
#define STOP_MAX (8 * SEC)            /* less than TimeoutStopSec= of the unit */
#define FAILURES_MAX 10u              /* guards in a row that died before they were ready */
#define SAFE_MODE (60 * SEC)          /* between tries after that */
#define DEAD_MAX 16u                  /* guards that are not reaped yet */
#define PRIORITY 2                    /* above the verdict thread's */

struct supervisor {
        const struct guard_options *options;
        struct lifeline *lifeline;
        guard_main_t run_guard;
        int signals, log, notify;
        unsigned first_foreign; /* descriptors from here on are the guard's */
        pid_t guard;            /* 0: none */
        bool overdue;           /* it is being killed for that, or because it was stopped */
        bool stopped;
        unsigned failures;
        unsigned n_dead;             /* guards that are not reaped yet */
        uint64_t start_usec;         /* the next guard starts then; or this one was started then */
        uint64_t stand_in_usec;      /* from then on, openers are answered here while no guard serves */
        uint64_t stop_usec;          /* SIGTERM came: by then the guard is gone; 0: it did not */
        uint64_t beats_at_start;     /* while there are no more, its verdict thread does not run yet */
        uint64_t beats, beaten_usec; /* of the verdict thread, and when the last was seen, or nobody waited */
        unsigned quiet_ticks;
        bool ended;
        int status;
};

/* To the kernel's log, which nobody has to be waited for. */
static void _printf_(2, 3) say(const struct supervisor *supervisor, const char *fmt, ...)
{
        char text[256] = "<2>unitwardd: ";
        size_t start = strlen(text);
        va_list arguments;
        int n;

        va_start(arguments, fmt);
        n = vsnprintf(text + start, sizeof text - start, fmt, arguments);
        va_end(arguments);
        if (n > 0 && write(supervisor->log, text, strlen(text)) < 0)
                return;
}

/* ---- The guard's birth and death ------------------------------------------------------------------ */

/* fork(2), but for the table of descriptors. Memory is copied, so libc notices nothing: the supervisor has one thread.
 * By clone(2), whose flags a filter can look at, and not clone3(2). */
static pid_t fork_sharing_descriptors(void)
{
        return (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
}

static void become_guard(const struct supervisor *supervisor, pid_t parent)
{
        /* Alone, a guard that died would let everybody through. */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
                _exit(EXIT_FAILURE);
        exit(supervisor->run_guard(supervisor->options));
}

static void start_guard(struct supervisor *supervisor, uint64_t now)
{
        pid_t self = getpid(), pid;

        lifeline_begin(supervisor->lifeline);
        supervisor->beats_at_start = lifeline_beats(supervisor->lifeline);
        pid = fork_sharing_descriptors();
        if (pid == 0)
                become_guard(supervisor, self);
        supervisor->start_usec = pid > 0 ? now : now + SEC;
        supervisor->guard = pid > 0 ? pid : 0;
        supervisor->overdue = supervisor->stopped = false;
        if (pid < 0)
                say(supervisor, "cannot start a guard: %s; in safe mode, will try again", strerror(errno));
}

/* Answered while there is no guard that would close him. What is ours is closed for nobody's word. */
static void forget(struct supervisor *supervisor, const struct opener *opener)
{
        lifeline_answered(supervisor->lifeline, opener->fd);
        if ((unsigned)opener->fd >= supervisor->first_foreign)
                (void)close(opener->fd);
}

/* Nobody gets a third guard who may be what kills them, and nobody waits whose descriptor the next guard needs. */
static void give_up_on_some(struct supervisor *supervisor)
{
        size_t n_waiting = 0, waiting_max = fan_waiting_max();
        struct opener opener;

        for (int fd = 0; lifeline_next(supervisor->lifeline, fd, &opener); fd = opener.fd + 1) {
                if (opener.n_guards < 2 && n_waiting++ < waiting_max)
                        continue;
                (void)safe_mode_answer(supervisor->lifeline, &supervisor->options->groups, &opener, 0, false);
                forget(supervisor, &opener);
        }
}

static uint64_t delay_after(unsigned failures)
{
        if (failures >= FAILURES_MAX)
                return SAFE_MODE;
        return failures < 2 ? 0 : (UINT64_C(10) * MSEC) << failures;
}

/* It was told to end, or what is wrong would be wrong for the next one as well. */
static bool ends_all(const struct supervisor *supervisor, int status)
{
        return status == EXIT_SUCCESS || status == STOP_EXIT_STATUS || !lifeline_has_served(supervisor->lifeline);
}

static void bury_guard(struct supervisor *supervisor, int status, uint64_t now)
{
        bool served = lifeline_serves(supervisor->lifeline), exited = WIFEXITED(status);
        int signal = exited ? 0 : WTERMSIG(status);

        supervisor->guard = 0;
        if (supervisor->stop_usec || (exited && ends_all(supervisor, WEXITSTATUS(status)))) {
                supervisor->ended = true;
                supervisor->status = exited ? WEXITSTATUS(status) : EXIT_FAILURE;
                return;
        }
        supervisor->failures = served ? 0 : supervisor->failures + 1;
        if (!served)
                say(supervisor, "a guard ended while it started, by %s %d; see the journal of unitward.service",
                    exited ? "exit status" : "signal", exited ? WEXITSTATUS(status) : signal);
        lifeline_end(supervisor->lifeline, signal, supervisor->overdue);
        lifeline_recover(supervisor->lifeline, signal != SIGKILL || (supervisor->overdue && !supervisor->stopped));
        give_up_on_some(supervisor);
        closing_close(supervisor->lifeline, supervisor->first_foreign);
        supervisor->start_usec = now + delay_after(supervisor->failures);
        if (served && !supervisor->overdue)
                supervisor->stand_in_usec = now + PATIENCE;
        if (supervisor->failures == FAILURES_MAX)
                say(supervisor,
                    "%u guards in a row died while they started: in safe mode, nothing can be changed, one more "
                    "is tried every minute; see the journal of unitward.service",
                    FAILURES_MAX);
}

/* ---- Is it alive? -------------------------------------------------------------------------------------- */

static bool somebody_is_unread(const struct supervisor *supervisor)
{
        struct pollfd polls[] = { { supervisor->options->groups.permission, POLLIN, 0 },
                                  { supervisor->options->groups.access, POLLIN, 0 } };

        return poll(polls, ARRAY_SIZE(polls), 0) > 0;
}

static bool somebody_is_overdue(const struct supervisor *supervisor, uint64_t now)
{
        struct opener opener;

        for (int fd = 0; lifeline_next(supervisor->lifeline, fd, &opener); fd = opener.fd + 1)
                if (opener.due_usec < now)
                        return true;
        return false;
}

static bool somebody_waits(const struct supervisor *supervisor)
{
        struct opener opener;

        return somebody_is_unread(supervisor) || lifeline_next(supervisor->lifeline, 0, &opener);
}

/* Stopped, spinning or stuck, it comes to the same. */
static bool is_overdue(struct supervisor *supervisor, uint64_t now)
{
        uint64_t beats = lifeline_beats(supervisor->lifeline);

        if (beats != supervisor->beats ||
            (!somebody_is_unread(supervisor) && lifeline_queued(supervisor->lifeline) == 0)) {
                supervisor->beats = beats;
                supervisor->beaten_usec = now;
        }
        return now - supervisor->beaten_usec > lifeline_deadman_usec(supervisor->lifeline) ||
               somebody_is_overdue(supervisor, now);
}

static bool is_hopeless(const struct supervisor *supervisor, uint64_t now)
{
        uint64_t pulse = lifeline_pulse_usec(supervisor->lifeline);

        if (!lifeline_serves(supervisor->lifeline))
                return lifeline_has_served(supervisor->lifeline) && now > supervisor->start_usec + START_MAX;
        return pulse && now > pulse + PULSE_MAX;
}

static void kill_guard(struct supervisor *supervisor, uint64_t now)
{
        (void)kill(supervisor->guard, SIGKILL);
        supervisor->overdue = true;
        if (lifeline_serves(supervisor->lifeline))
                supervisor->stand_in_usec = now + PATIENCE_OVERDUE;
}

/* Nobody stops a guard with good intentions, and while it is stopped nobody is answered. It is not reaped here: that
 * waits for whoever is looking into its /proc/PID, which on a crowded machine is a second. */
static void look_at_guard(struct supervisor *supervisor, uint64_t now)
{
        siginfo_t info = { 0 };

        if (!supervisor->guard ||
            waitid(P_PID, (id_t)supervisor->guard, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) < 0 || !info.si_pid)
                return;
        if (info.si_code == CLD_STOPPED) {
                supervisor->stopped = true;
                kill_guard(supervisor, now);
                return;
        }
        supervisor->n_dead++;
        bury_guard(supervisor,
                   info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0) : W_EXITCODE(0, info.si_status), now);
}

/* Those who have died before this guard, and who kept open what they had. */
static void reap(struct supervisor *supervisor)
{
        siginfo_t info = { 0 };

        while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid &&
               info.si_pid != supervisor->guard) {
                (void)waitpid(info.si_pid, NULL, WNOHANG);
                info = (siginfo_t){ 0 };
        }
        supervisor->n_dead = 0;
}

static void reap_in_time(struct supervisor *supervisor)
{
        bool nobody = supervisor->quiet_ticks > 0 && lifeline_serves(supervisor->lifeline);

        if (supervisor->n_dead > 0 && (nobody || supervisor->n_dead > DEAD_MAX))
                reap(supervisor);
}

static void look_after_guard(struct supervisor *supervisor, uint64_t now)
{
        if (supervisor->stop_usec) {
                if (now >= supervisor->stop_usec)
                        (void)kill(supervisor->guard, SIGKILL);
        } else if (!supervisor->overdue && ((lifeline_serves(supervisor->lifeline) && is_overdue(supervisor, now)) ||
                                            is_hopeless(supervisor, now)))
                kill_guard(supervisor, now);
}

/* The kernel's name for where its only thread waits: fanotify_handle_event, fanotify_get_response. */
static bool is_asked_about(pid_t guard)
{
        char path[32], place[64];
        ssize_t n;
        int fd;

        (void)snprintf(path, sizeof path, "/proc/%d/wchan", (int)guard);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? -1 : read(fd, place, sizeof place - 1);
        close_pointer(&fd);
        if (n <= 0)
                return false;
        place[n] = '\0';
        return starts_with(place, "fanotify_");
}

/* The marks of the last guard are on what a new one opens first: its policy, its ledger. Its verdict thread does not
 * run yet to say that it may. */
static bool starts_behind_marks(const struct supervisor *supervisor)
{
        return supervisor->guard && !supervisor->overdue && !lifeline_serves(supervisor->lifeline) &&
               lifeline_has_served(supervisor->lifeline) &&
               lifeline_beats(supervisor->lifeline) == supervisor->beats_at_start;
}

/* No guard, or one that is not ready yet, or one that SIGKILL does not end because a disk does not answer. What is in
 * flight is a guard's to close while there is one. */
static void stand_in(struct supervisor *supervisor, uint64_t now)
{
        bool serves = lifeline_serves(supervisor->lifeline) && !supervisor->overdue;
        bool patient = now < supervisor->stand_in_usec + PATIENCE_WRITERS && fan_waiting_max() > 0;
        const struct fan_groups *groups = &supervisor->options->groups;
        struct opener opener;

        if (serves || !lifeline_has_served(supervisor->lifeline))
                return;
        if (now < supervisor->stand_in_usec) {
                if (starts_behind_marks(supervisor) && is_asked_about(supervisor->guard) &&
                    safe_mode_read_own(supervisor->lifeline, groups, supervisor->guard))
                        event_wake(supervisor->options->left_openers);
                return;
        }
        for (int fd = 0; lifeline_next(supervisor->lifeline, fd, &opener); fd = opener.fd + 1)
                if (safe_mode_answer_noted(supervisor->lifeline, groups, &opener, supervisor->guard, patient) &&
                    !supervisor->guard)
                        forget(supervisor, &opener);
        if (safe_mode_read(supervisor->lifeline, groups, supervisor->guard, patient))
                event_wake(supervisor->options->left_openers);
}

/* ---- The loop ----------------------------------------------------------------------------------------------- */

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
                        look_at_guard(supervisor, now);
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
        uint64_t tick = starts_behind_marks(supervisor) ? TICK_START : TICK;
        struct pollfd polls[] = { { supervisor->signals, POLLIN, 0 },
                                  { asleep ? supervisor->options->groups.permission : -1, POLLIN, 0 },
                                  { asleep ? supervisor->options->groups.access : -1, POLLIN, 0 } };

        (void)poll(polls, ARRAY_SIZE(polls), (int)((asleep ? SLEEP : tick) / MSEC));
        if (polls[1].revents || polls[2].revents)
                supervisor->beaten_usec = now_monotonic_usec();
        supervisor->quiet_ticks = somebody_waits(supervisor) ? 0 : supervisor->quiet_ticks + 1;
}

static int run(struct supervisor *supervisor)
{
        uint64_t now = now_monotonic_usec(), fed_usec = 0;

        start_guard(supervisor, now);
        if (!supervisor->guard)
                return -errno;
        while (!supervisor->ended) {
                wait_for_something(supervisor);
                now = now_monotonic_usec();
                take_signals(supervisor, now);
                if (supervisor->guard)
                        look_after_guard(supervisor, now);
                else if (!supervisor->ended && now >= supervisor->start_usec)
                        start_guard(supervisor, now);
                stand_in(supervisor, now);
                reap_in_time(supervisor);
                if (now - fed_usec >= SLEEP / 2) {
                        feed_watchdog(supervisor);
                        fed_usec = now;
                }
        }
        reap(supervisor);
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
        const struct sched_param parameters = { .sched_priority = PRIORITY };
        struct supervisor supervisor = { .options = options,
                                         .lifeline = options->lifeline,
                                         .run_guard = run_guard,
                                         .signals = catch_signals(),
                                         .log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NONBLOCK),
                                         .notify = open_notify() };
        int last;

        if (supervisor.signals < 0)
                return -errno;
        (void)sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameters);
        last = fcntl(supervisor.signals, F_DUPFD_CLOEXEC, 0); /* the lowest that is free: the guard's begin here */
        if (last < 0)
                return -errno;
        (void)close(last);
        supervisor.first_foreign = (unsigned)last;
        return run(&supervisor);
}
