/* What a run of a gated command asks for, and whether who runs it may. */
#include <fcntl.h>

#include "execs.h"
#include "programs.h"
#include "reader.h"
#include "unitward/proc_text.h"
#include "unitward/util.h"

bool exec_is_traced(pid_t tid)
{
        char path[64], text[8192];
        struct proc_status status;
        gid_t groups[1];

        (void)snprintf(path, sizeof path, "/proc/%d/status", tid);
        return read_text_at(AT_FDCWD, path, text, sizeof text) < 0 ||
               proc_status_parse(text, groups, ARRAY_SIZE(groups), &status) < 0 || status.tracer != 0;
}

static const struct command_preset *preset_of(const struct policy *policy, const char *command)
{
        for (size_t i = 0; i < policy_n_commands(policy); i++)
                if (streq(policy_command_name(policy, i), command))
                        return policy_command_preset(policy, i);
        return NULL;
}

void exec_parse(const struct verdicts *verdicts, const struct exec *exec, const char *why, struct exec_look *look)
{
        const struct arguments *arguments = look->arguments;

        if (arguments && arguments->argc > 0) {
                command_parse(preset_of(verdicts->policy, exec->command), arguments->argc, arguments->argv,
                              arguments->envp, &look->request);
        } else {
                command_request_clear(&look->request);
                if (!why)
                        why = "it has no arguments, not even a name";
        }
        if (why) {
                look->request.unclear = true;
                look->request.why = why;
        }
}

static const char *why_unread(int error)
{
        switch (error) {
        case -E2BIG:
                return "its arguments and environment are too long";
        case -EBUSY:
        case -ETIMEDOUT:
                return "its memory does not answer";
        case -ENOENT:
        case -EAGAIN:
                return "its registers do not say where its arguments are";
        default:
                return "its arguments cannot be read";
        }
}

static int read_arguments(struct verdicts *verdicts, const struct question *question, struct exec *exec)
{
        uint64_t number = (uint64_t)question->fd;

        if (question->unread) {
                reader_give_up(verdicts->reader, number);
                return -ETIMEDOUT;
        }
        if (question->executes < 0)
                return question->executes;
        return reader_read(verdicts->reader, number, exec->tid, &question->call, &exec->arguments);
}

/* In its second look it could not be told from what it was before. */
static bool runs_itself(const struct verdicts *verdicts, const struct exec *exec)
{
        return exec->actor->n_ancestry > 0 && programs_command(verdicts->programs, exec->actor->ancestry[0].exe);
}

/* On another processor the reader is done by the time it is known who it is; not where it would be for nothing, which
 * is as it was with the one before. */
void exec_begin_to_read(struct verdicts *verdicts, const struct question *question)
{
        if (question->executes > 0 && !question->unread && !verdicts->left_unasked)
                reader_begin(verdicts->reader, (uint64_t)question->fd, question->tid, &question->call);
}

bool exec_may_ask_for_anything(struct verdicts *verdicts, const struct question *question, struct exec *exec,
                               struct exec_look *look)
{
        if (!runs_itself(verdicts, exec)) {
                look->arguments = NULL;
                exec_parse(verdicts, exec, "it was not asked", look);
                exec_decide(verdicts, exec, look);
                exec->unasked = look->verdict.outcome == OUTCOME_ALLOW;
        }
        verdicts->left_unasked = exec->unasked;
        if (exec->unasked)
                reader_give_up(verdicts->reader, (uint64_t)question->fd);
        return exec->unasked;
}

/* False: it is held until its memory is read. */
bool exec_read_request(struct verdicts *verdicts, const struct question *question, struct exec *exec,
                       struct exec_look *look)
{
        int r = read_arguments(verdicts, question, exec);
        const char *why = NULL;

        if (r == -EINPROGRESS && held_add(verdicts, question, UNTIL_READ))
                return false;
        if (r == -EINPROGRESS) {
                reader_give_up(verdicts->reader, (uint64_t)question->fd);
                r = -EBUSY;
        }
        if (r < 0)
                why = why_unread(r);
        else if (exec_is_traced(exec->tid))
                why = "it is traced";
        else if (runs_itself(verdicts, exec))
                why = "a gated command runs it in its own place";
        look->arguments = exec->arguments;
        exec_parse(verdicts, exec, why, look);
        return true;
}

void exec_decide(const struct verdicts *verdicts, const struct exec *exec, struct exec_look *look)
{
        look->access = (struct access){ .operation = OPERATION_EXEC,
                                        .actor = exec->actor,
                                        .zone = ZONE_UNPLACED,
                                        .place = PLACE_PROGRAMS,
                                        .path = look->path,
                                        .unit = "",
                                        .command = exec->command };
        look->verdict = policy_decide_command(verdicts->policy, &look->access, &look->request);
}
