/* The first look at a run of a gated command, before the kernel goes on; other opens of its program. */
#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>

#include "execs.h"
#include "programs.h"
#include "reader.h"
#include "unitward/record_command.h"
#include "unitward/util.h"

struct exec *exec_free(struct exec *exec)
{
        if (exec) {
                close_pointer(&exec->pidfd);
                close_pointer(&exec->process);
                arguments_free(exec->arguments);
                actor_unref(exec->actor);
                free(exec);
        }
        return NULL;
}

/* ---- Records ------------------------------------------------------------------------------------------ */

void exec_record(struct verdicts *verdicts, enum record_kind kind, const struct exec *exec,
                 const struct exec_look *look, char *message)
{
        struct record *record = record_new_decided(kind, verdicts->policy, &look->access, look->verdict);

        if (!record) {
                free(message);
                return;
        }
        record->mode = verdicts_mode(verdicts);
        record->message = message;
        record->command = record_command_new(exec->command, &look->request, look->arguments);
        if (record->command)
                (void)string_copy(record->command->terminal, sizeof record->command->terminal, exec->terminal);
        outbox_record(verdicts->options.outbox, record);
}

static void path_of(const struct question *question, char path[static PATH_MAX])
{
        ssize_t n = readlink(fd_path(question->fd).text, path, PATH_MAX - 1);

        path[n > 0 ? n : 0] = '\0';
}

/* ---- The first look --------------------------------------------------------------------------------- */

void exec_hold_process(struct exec *exec)
{
        char path[32];

        (void)snprintf(path, sizeof path, "/proc/%d", exec->pid);
        exec->pidfd = exec->pid > 0 ? (int)syscall(SYS_pidfd_open, exec->pid, 0) : -1;
        exec->process = exec->pidfd >= 0 ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
}

static struct exec *exec_new(struct verdicts *verdicts, const struct question *question, const char *command)
{
        struct exec *exec = calloc(1, sizeof *exec);

        if (!exec)
                return NULL;
        exec->tid = question->tid;
        exec->pidfd = exec->process = -1;
        exec->program = file_id_of(&question->st);
        exec->began_usec = now_monotonic_usec();
        (void)string_copy(exec->command, sizeof exec->command, command);
        exec->actor = acquaintances_receive(verdicts->acquaintances, &verdicts->managers, question->tid);
        if (!exec->actor)
                return exec_free(exec);
        exec->pid = exec->actor->pid;
        /* Now, while it waits and cannot be another one. */
        exec_hold_process(exec);
        return exec;
}

/* What it was let through for is not known when it cannot be looked at again. */
static bool can_be_met(const struct exec *exec)
{
        return exec->pidfd >= 0 && exec->process >= 0;
}

/* By the name alone: whatever else it is, it is not touched. */
void exec_find_terminal(const struct verdicts *verdicts, struct exec *exec, pid_t tid)
{
        static const char prefix[] = "/dev/pts/";
        char link[64], target[sizeof exec->terminal];
        ssize_t n;

        if (!policy_settings(verdicts->policy)->tell_terminal)
                return;
        (void)snprintf(link, sizeof link, "/proc/%d/fd/%d", tid, STDERR_FILENO);
        n = readlink(link, target, sizeof target - 1);
        if (n <= (ssize_t)sizeof prefix - 1)
                return;
        target[n] = '\0';
        if (starts_with(target, prefix) &&
            target[strspn(target + sizeof prefix - 1, "0123456789") + sizeof prefix - 1] == '\0')
                (void)string_copy(exec->terminal, sizeof exec->terminal, target);
}

/* Nothing is known but that it is one. */
static void refuse(struct verdicts *verdicts, const struct question *question, const char *command)
{
        struct exec exec = { .tid = question->tid };
        struct exec_look *look = calloc(1, sizeof *look);

        opens_reply(verdicts, question, verdicts_mode(verdicts) == MODE_AUDIT);
        opens_count(verdicts, OUTCOME_DENY);
        if (!look)
                return;
        (void)string_copy(exec.command, sizeof exec.command, command);
        look->request.unclear = true;
        look->request.why = "too many are run at once";
        exec_decide(verdicts, &exec, look);
        look->verdict = (struct verdict){ OUTCOME_DENY, "default" };
        exec_record(verdicts, RECORD_ACCESS, &exec, look, NULL);
        free(look);
}

/* Takes the exec. */
static void answer(struct verdicts *verdicts, const struct question *question, struct exec *exec,
                   const struct exec_look *look)
{
        bool permitted = look->verdict.outcome == OUTCOME_ALLOW;

        exec->unclear = look->request.unclear;
        if (permitted && (!can_be_met(exec) || !execs_expect(verdicts, exec, exec->unasked ? NULL : &look->request))) {
                refuse(verdicts, question, exec->command);
                exec_free(exec);
                return;
        }
        if (!permitted)
                exec_find_terminal(verdicts, exec, exec->tid);
        opens_reply(verdicts, question, permitted || verdicts_mode(verdicts) == MODE_AUDIT);
        opens_count(verdicts, look->verdict.outcome);
        if (permitted)
                return; /* recorded when it is met */
        exec_record(verdicts, RECORD_ACCESS, exec, look, NULL);
        exec_free(exec);
}

static void first_look(struct verdicts *verdicts, const struct question *question, const char *command, bool may_wait)
{
        struct exec *exec;
        struct exec_look look;

        exec_begin_to_read(verdicts, question);
        exec = exec_new(verdicts, question, command);
        if (!exec) {
                reader_give_up(verdicts->reader, (uint64_t)question->fd);
                refuse(verdicts, question, command);
                return;
        }
        path_of(question, look.path);
        if (!exec_may_ask_for_anything(verdicts, question, exec, &look)) {
                if (!exec_read_request(verdicts, question, exec, &look)) {
                        exec_free(exec);
                        return;
                }
                exec_decide(verdicts, exec, &look);
        }
        if (may_wait && opens_wait_for_programs(verdicts, question, look.verdict.outcome))
                exec_free(exec);
        else
                answer(verdicts, question, exec, &look);
}

/* ---- Otherwise than to execute it -------------------------------------------------------------------- */

/* A copy, or what the dynamic linker is told to run, would be a command that nobody gates. */
static void decide_read(struct verdicts *verdicts, const struct question *question, const char *command, bool may_wait)
{
        struct actor *actor = acquaintances_receive(verdicts->acquaintances, &verdicts->managers, question->tid);
        char path[PATH_MAX], name[POLICY_ID_MAX];
        struct access access = { .operation = OPERATION_READ,
                                 .actor = actor,
                                 .zone = ZONE_UNPLACED,
                                 .place = PLACE_PROGRAMS,
                                 .path = path,
                                 .unit = "",
                                 .command = name };
        struct verdict verdict = { OUTCOME_DENY, "default" };

        path_of(question, path);
        (void)string_copy(name, sizeof name, command);
        if (actor)
                verdict = policy_decide(verdicts->policy, &access);
        if (may_wait && opens_wait_for_programs(verdicts, question, verdict.outcome)) {
                actor_unref(actor);
                return;
        }
        opens_reply(verdicts, question, verdict.outcome == OUTCOME_ALLOW || verdicts_mode(verdicts) == MODE_AUDIT);
        opens_count(verdicts, verdict.outcome);
        if (verdict.outcome != OUTCOME_ALLOW)
                opens_record(verdicts, &access, verdict, RECORD_ACCESS);
        actor_unref(actor);
}

/* ---- The event --------------------------------------------------------------------------------------- */

bool execs_concern(const struct verdicts *verdicts, int fd)
{
        struct stat st;

        return fstat(fd, &st) < 0 || programs_command(verdicts->programs, file_id_of(&st));
}

void execs_answer(struct verdicts *verdicts, struct question *question, bool may_wait)
{
        const char *command;

        if (fstat(question->fd, &question->st) < 0) {
                opens_reply(verdicts, question, verdicts_mode(verdicts) == MODE_AUDIT);
                return;
        }
        command = programs_command(verdicts->programs, file_id_of(&question->st));
        if (!command) {
                /* What every program opens first; or a mark that was left behind. */
                opens_reply(verdicts, question, execs_meet(verdicts, question->tid));
                return;
        }
        question->executes = intent_program_call(verdicts->intents, question->tid, &question->call);
        if (question->executes == -EAGAIN && !question->unseen && held_add(verdicts, question, UNTIL_SEEN))
                return;
        if (question->executes == 0)
                decide_read(verdicts, question, command, may_wait);
        else
                first_look(verdicts, question, command, may_wait);
}
