/* The second look: the program is there, and its arguments are its own. They cannot be changed any more from outside,
 * and it has not done anything yet: its dynamic linker waits to open its cache, which is marked as long as somebody is
 * between two looks. A program without a dynamic linker, or in a mount namespace with another cache, is found by
 * looking at it again and again, for a moment. */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/syscall.h>

#include "execs.h"
#include "unitward/clients.h"
#include "unitward/util.h"

#define BARRIER "/etc/ld.so.cache"
/* Most are there by then, and far from their dynamic linker's cache: nobody waits for the look. */
#define FIRST_USEC 150u
#define PAUSE_FIRST_USEC 50u
#define PAUSE_LAST_USEC 20000u
#define PATIENCE_USEC (1000u * 1000u) /* an execution that has not come to pass by then has failed */
#define LOOKS_PER_ROUND 16

/* ---- The barrier --------------------------------------------------------------------------------- */

void execs_let_barrier_go(struct verdicts *verdicts)
{
        const struct fan_groups *groups = verdicts->options.groups;

        if (verdicts->barrier >= 0) {
                fan_groups_unmark(groups, FAN_MARK_BARRIER, verdicts->barrier);
                fan_group_let_go(groups->access, verdicts->barrier);
        }
        close_pointer(&verdicts->barrier);
        verdicts->barrier = -1;
}

/* ldconfig(8) replaces it. True: it is another one than before. */
static bool barrier_follow(struct verdicts *verdicts)
{
        struct stat st;

        if (stat(BARRIER, &st) == 0 && verdicts->barrier >= 0 && file_id_equal(file_id_of(&st), verdicts->barrier_id))
                return false;
        execs_let_barrier_go(verdicts);
        verdicts->barrier = open(BARRIER, O_PATH | O_CLOEXEC);
        if (verdicts->barrier < 0 || fstat(verdicts->barrier, &st) < 0)
                return false;
        verdicts->barrier_id = file_id_of(&st);
        (void)fan_group_keep(verdicts->options.groups->access, verdicts->barrier);
        return true;
}

static void barrier_raise(struct verdicts *verdicts)
{
        bool other = barrier_follow(verdicts);

        if (verdicts->barrier >= 0 && (other || TAILQ_EMPTY(&verdicts->execs)))
                (void)fan_groups_mark(verdicts->options.groups, FAN_MARK_BARRIER, verdicts->barrier);
}

void execs_lower_barrier(struct verdicts *verdicts)
{
        if (verdicts->barrier < 0)
                (void)barrier_follow(verdicts); /* what the last guard left */
        if (verdicts->barrier >= 0)
                fan_groups_unmark(verdicts->options.groups, FAN_MARK_BARRIER, verdicts->barrier);
}

/* ---- Between two looks --------------------------------------------------------------------------- */

struct exec *execs_find(const struct verdicts *verdicts, pid_t tid)
{
        struct exec *exec;

        TAILQ_FOREACH(exec, &verdicts->execs, next)
                if (exec->tid == tid || exec->pid == tid)
                        return exec;
        return NULL;
}

static void forget(struct verdicts *verdicts, struct exec *exec)
{
        TAILQ_REMOVE(&verdicts->execs, exec, next);
        verdicts->n_execs--;
        lifeline_forget_run(verdicts->options.lifeline, exec->pid);
        exec_free(exec);
        if (TAILQ_EMPTY(&verdicts->execs))
                execs_lower_barrier(verdicts);
}

/* For what a manager does for it. What is permitted without being clear may ask for anything. */
bool exec_keep_client(struct verdicts *verdicts, const struct exec *exec, const struct command_request *request)
{
        struct command_request asked;

        if (!request->unclear && !request->effects)
                return false;
        asked = *request;
        if (asked.unclear) {
                asked.effects = COMMAND_WRITES_ANYTHING;
                asked.units_unknown = true;
        }
        return clients_add(verdicts->clients, exec->actor, exec->pidfd, exec->command, &asked) == 0;
}

bool execs_expect(struct verdicts *verdicts, struct exec *exec, const struct command_request *request)
{
        struct exec *former = execs_find(verdicts, exec->tid);

        if (former)
                forget(verdicts, former); /* that one has failed: a thread does one thing at a time */
        if (verdicts->n_execs >= EXECS_MAX)
                return false;
        barrier_raise(verdicts);
        exec->pause_usec = PAUSE_FIRST_USEC;
        exec->look_usec = exec->found ? exec->began_usec : now_monotonic_usec() + FIRST_USEC;
        if (request)
                exec->kept = exec_keep_client(verdicts, exec, request);
        if (!exec->found || exec->owes_look)
                lifeline_note_run(verdicts->options.lifeline, exec->pid);
        TAILQ_INSERT_TAIL(&verdicts->execs, exec, next);
        verdicts->n_execs++;
        return true;
}

/* ---- The second look ------------------------------------------------------------------------------- */

static bool is_there(const struct verdicts *verdicts, struct exec *exec)
{
        struct stat st;

        if (exec->found)
                return exec_recognise(verdicts, exec);
        return fstatat(exec->process, "exe", &st, 0) == 0 && file_id_equal(file_id_of(&st), exec->program);
}

static bool is_same(const struct exec *exec, const struct arguments *arguments)
{
        return exec->arguments && exec->arguments->argc == arguments->argc &&
               exec->arguments->size == arguments->size &&
               memcmp(exec->arguments->text, arguments->text, arguments->size) == 0;
}

static void evade(struct verdicts *verdicts, struct exec *exec, const struct exec_look *look)
{
        bool enforces = verdicts_mode(verdicts) == MODE_ENFORCE, killed = false;
        const char *what = exec->found     ? "the guard that let it run died before it was looked at again"
                           : exec->unclear ? "what it asked for was not clear when it was run"
                                           : "it was run with other arguments than it has now";

        exec_find_terminal(verdicts, exec, exec->pid);
        if (enforces) {
                killed = syscall(SYS_pidfd_send_signal, exec->pidfd, SIGKILL, NULL, 0) == 0;
                clients_remove(verdicts->clients, exec->pid);
        }
        verdicts_count(&verdicts->counters.evasions);
        exec_record(verdicts, RECORD_EVASION, exec, look,
                    format("%s%s", what,
                           killed     ? ", and was killed"
                           : enforces ? "; it could not be killed"
                                      : ""));
}

static void confirm(struct verdicts *verdicts, struct exec *exec, const struct exec_look *look)
{
        if (!look->arguments || !is_same(exec, look->arguments)) {
                if (exec->kept)
                        clients_remove(verdicts->clients, exec->pid);
                exec->kept = exec_keep_client(verdicts, exec, &look->request);
        }
        if (look->request.unclear || !command_only_reads(&look->request))
                exec_record(verdicts, RECORD_ACCESS, exec, look, NULL);
}

/* By who ran it: the thread has slept since, and what it has become by the program's setuid bit counts for nothing. */
static bool judge(struct verdicts *verdicts, struct exec *exec, const struct arguments *arguments, const char *why)
{
        struct exec_look look;
        ssize_t n = readlinkat(exec->process, "exe", look.path, sizeof look.path - 1);
        bool permitted;

        look.path[n > 0 ? n : 0] = '\0';
        look.arguments = arguments;
        exec_parse(verdicts, exec, why, &look);
        (exec->found ? exec_decide_found : exec_decide)(verdicts, exec, &look);
        permitted = look.verdict.outcome == OUTCOME_ALLOW;
        if (exec->found && !exec->owes_look) {
                if (permitted)
                        (void)exec_keep_client(verdicts, exec, &look.request);
                return true; /* it may have been let through under another policy, or before there was a daemon */
        }
        if (permitted)
                confirm(verdicts, exec, &look);
        else
                evade(verdicts, exec, &look);
        return permitted || verdicts_mode(verdicts) == MODE_AUDIT;
}

/* -EAGAIN: later. 0: judged, and must not go on; 1: it may. */
static int look_again(struct verdicts *verdicts, struct exec *exec)
{
        struct arguments *arguments = NULL;
        const char *why = NULL;
        bool permitted;
        int r;

        if (!is_there(verdicts, exec))
                return -EAGAIN;
        r = arguments_read_final(exec->process, &arguments);
        if (r == -EAGAIN)
                return r;
        if (r < 0)
                why = r == -E2BIG ? "its arguments and environment are too long" : "its arguments cannot be read";
        else if (exec_is_traced(exec->pid))
                why = "it is traced";
        permitted = judge(verdicts, exec, arguments, why);
        arguments_free(arguments);
        return permitted;
}

bool execs_meet(struct verdicts *verdicts, pid_t tid)
{
        struct exec *exec = execs_find(verdicts, tid);
        int r = exec ? look_again(verdicts, exec) : 1;

        if (r >= 0 && exec)
                forget(verdicts, exec);
        return r != 0;
}

void execs_look(struct verdicts *verdicts)
{
        uint64_t now = now_monotonic_usec();
        struct exec *exec, *following;
        int n = 0;

        for (exec = TAILQ_FIRST(&verdicts->execs); exec && n < LOOKS_PER_ROUND; exec = following) {
                following = TAILQ_NEXT(exec, next);
                if (exec->look_usec > now)
                        continue;
                n++;
                if (look_again(verdicts, exec) >= 0 || now > exec->began_usec + PATIENCE_USEC) {
                        forget(verdicts, exec);
                        continue;
                }
                exec->pause_usec = exec->pause_usec * 2 < PAUSE_LAST_USEC ? exec->pause_usec * 2 : PAUSE_LAST_USEC;
                exec->look_usec = now + exec->pause_usec;
        }
}

static void look_at_unasked(struct verdicts *verdicts)
{
        struct exec *exec, *following;
        int n = 0;

        for (exec = TAILQ_FIRST(&verdicts->execs); exec && n < LOOKS_PER_ROUND; exec = following) {
                following = TAILQ_NEXT(exec, next);
                if (!exec->unasked)
                        continue;
                n++;
                if (look_again(verdicts, exec) >= 0)
                        forget(verdicts, exec);
        }
}

const char *execs_client(struct verdicts *verdicts, const struct access *access, bool alive_only)
{
        look_at_unasked(verdicts);
        return clients_find(verdicts->clients, access, alive_only, now_monotonic_usec());
}

uint64_t execs_due_usec(const struct verdicts *verdicts)
{
        uint64_t due = UINT64_MAX;
        const struct exec *exec;

        TAILQ_FOREACH(exec, &verdicts->execs, next)
                if (exec->look_usec < due)
                        due = exec->look_usec;
        return due;
}

void execs_drop(struct verdicts *verdicts)
{
        while (!TAILQ_EMPTY(&verdicts->execs))
                forget(verdicts, TAILQ_FIRST(&verdicts->execs));
}
