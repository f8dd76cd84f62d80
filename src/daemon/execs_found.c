/* Runs of gated commands that another guard let through, or that were there before there was one: who is still at work
 * is a client as much as before. What the last guard had let through a moment before it died owes its second look. */
#include <dirent.h>

#include "execs.h"
#include "programs.h"
#include "unitward/util.h"

bool exec_recognise(const struct verdicts *verdicts, struct exec *exec)
{
        const char *command;
        struct stat st;

        if (fstatat(exec->process, "exe", &st, 0) < 0)
                return false;
        command = programs_command(verdicts->programs, file_id_of(&st));
        if (!command)
                return false;
        exec->program = file_id_of(&st);
        (void)string_copy(exec->command, sizeof exec->command, command);
        return true;
}

/* Who ran it is gone: the process has become the command. It was its parent's doing, or a copy of its parent's. */
void exec_decide_found(const struct verdicts *verdicts, const struct exec *exec, struct exec_look *look)
{
        struct exec parent = *exec;
        struct verdict own;

        exec_decide(verdicts, exec, look);
        own = look->verdict;
        if (own.outcome == OUTCOME_ALLOW)
                return;
        parent.actor = actor_gather(&verdicts->managers, exec->actor->parent, -1);
        if (parent.actor)
                exec_decide(verdicts, &parent, look);
        actor_unref(parent.actor);
        look->access.actor = exec->actor;
        look->access.command = exec->command;
        if (look->verdict.outcome != OUTCOME_ALLOW)
                look->verdict = own;
}

static void adopt(struct verdicts *verdicts, pid_t pid, bool owes_look)
{
        struct exec *exec = execs_find(verdicts, pid) ? NULL : calloc(1, sizeof *exec);

        if (!exec)
                return;
        exec->pid = exec->tid = pid;
        exec->found = true;
        exec->owes_look = owes_look;
        exec->began_usec = now_monotonic_usec();
        exec_hold_process(exec);
        exec->actor = exec->process >= 0 ? actor_gather(&verdicts->managers, pid, exec->pidfd) : NULL;
        if (!exec->actor || !execs_expect(verdicts, exec, NULL))
                exec_free(exec);
}

void execs_inherit(struct verdicts *verdicts)
{
        pid_t runs[LIFELINE_RUNS_MAX];
        size_t n = lifeline_runs(verdicts->options.lifeline, runs);

        for (size_t i = 0; i < n; i++) {
                lifeline_forget_run(verdicts->options.lifeline, runs[i]);
                adopt(verdicts, runs[i], true);
        }
}

void execs_adopt_found(struct verdicts *verdicts)
{
        for (size_t i = 0; i < FOUND_MAX; i++) {
                pid_t pid = __atomic_exchange_n(&verdicts->found[i], 0, __ATOMIC_ACQ_REL);

                if (pid > 0)
                        adopt(verdicts, pid, false);
        }
        execs_look(verdicts); /* a manager's question may be the next */
}

/* ---- Any thread ------------------------------------------------------------------------------------- */

static bool runs_command(const struct lifeline *lifeline, int proc, const char *name)
{
        char path[300];
        struct stat st;

        (void)snprintf(path, sizeof path, "%s/exe", name);
        return fstatat(proc, path, &st, 0) == 0 && lifeline_is_program(lifeline, file_id_of(&st));
}

void verdicts_find_runs(struct verdicts *verdicts)
{
        DIR *proc = opendir("/proc");
        const struct dirent *entry;
        size_t n = 0;

        while (proc && n < FOUND_MAX && (entry = readdir(proc)))
                if (*entry->d_name >= '1' && *entry->d_name <= '9' &&
                    runs_command(verdicts->options.lifeline, dirfd(proc), entry->d_name))
                        __atomic_store_n(&verdicts->found[n++], (pid_t)strtol(entry->d_name, NULL, 10),
                                         __ATOMIC_RELEASE);
        if (proc)
                (void)closedir(proc);
        event_wake(verdicts->wake);
}
