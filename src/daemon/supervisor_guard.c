/* The guards: how one is started, what is left of one that died, and when it is reaped. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "supervisor_internal.h"
#include "unitward/closing.h"
#include "unitward/safe_mode.h"
#include "unitward/stop.h"

#define PATIENCE (500 * MSEC)         /* for a new guard to be ready, after one that died by itself */
#define PATIENCE_OVERDUE (250 * MSEC) /* after one that let openers wait already */
#define FAILURES_MAX 10u              /* guards in a row that died before they were ready */
#define SAFE_MODE (60 * SEC)          /* between tries after that */
#define DEAD_MAX 16u                  /* guards that are not reaped yet */

/* To the kernel's log; where the service manager keeps that away, to the socket that it reads. Neither is waited for.
 */
static void _printf_(2, 3) say(const struct supervisor *supervisor, const char *fmt, ...)
{
        char text[256] = "<2>unitwardd: ";
        size_t start = strlen(text);
        va_list arguments;
        int n;

        va_start(arguments, fmt);
        n = vsnprintf(text + start, sizeof text - start, fmt, arguments);
        va_end(arguments);
        if (n <= 0)
                return;
        if (supervisor->log < 0 || write(supervisor->log, text, strlen(text)) < 0)
                (void)send(STDERR_FILENO, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
}

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

void supervisor_start_guard(struct supervisor *supervisor, uint64_t now)
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
void supervisor_forget(struct supervisor *supervisor, const struct opener *opener)
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
                supervisor_forget(supervisor, &opener);
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

void supervisor_kill_guard(struct supervisor *supervisor, uint64_t now)
{
        (void)kill(supervisor->guard, SIGKILL);
        supervisor->overdue = true;
        if (lifeline_serves(supervisor->lifeline))
                supervisor->stand_in_usec = now + PATIENCE_OVERDUE;
}

/* Nobody stops a guard with good intentions, and while it is stopped nobody is answered. It is not reaped here: that
 * waits for whoever is looking into its /proc/PID, which on a crowded machine is a second. */
void supervisor_look_at_guard(struct supervisor *supervisor, uint64_t now)
{
        siginfo_t info = { 0 };

        if (!supervisor->guard ||
            waitid(P_PID, (id_t)supervisor->guard, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) < 0 || !info.si_pid)
                return;
        if (info.si_code == CLD_STOPPED) {
                supervisor->stopped = true;
                supervisor_kill_guard(supervisor, now);
                return;
        }
        supervisor->n_dead++;
        bury_guard(supervisor,
                   info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0) : W_EXITCODE(0, info.si_status), now);
}

/* Those who have died before this guard, and who kept open what they had. */
void supervisor_reap(struct supervisor *supervisor)
{
        siginfo_t info = { 0 };

        while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid &&
               info.si_pid != supervisor->guard) {
                (void)waitpid(info.si_pid, NULL, WNOHANG);
                info = (siginfo_t){ 0 };
        }
        supervisor->n_dead = 0;
}

void supervisor_reap_in_time(struct supervisor *supervisor)
{
        bool nobody = supervisor->quiet_ticks > 0 && lifeline_serves(supervisor->lifeline);

        if (supervisor->n_dead > 0 && (nobody || supervisor->n_dead > DEAD_MAX))
                supervisor_reap(supervisor);
}
