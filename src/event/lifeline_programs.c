/* In the lifeline: who is a manager, which programs are gated, and which runs of these owe a second look. */
#include "lifeline_internal.h"
#include "unitward/util.h"

void lifeline_set_managers(struct lifeline *lifeline, const struct file_id *exes, size_t n)
{
        if (n > LIFELINE_MANAGERS_MAX)
                n = LIFELINE_MANAGERS_MAX;
        memcpy(lifeline->managers, exes, n * sizeof *exes);
        __atomic_store_n(&lifeline->n_managers, (uint32_t)n, __ATOMIC_RELEASE);
}

bool lifeline_is_manager(const struct lifeline *lifeline, struct file_id exe)
{
        uint32_t n = __atomic_load_n(&lifeline->n_managers, __ATOMIC_ACQUIRE);

        for (uint32_t i = 0; i < n && i < LIFELINE_MANAGERS_MAX; i++)
                if (file_id_equal(lifeline->managers[i], exe))
                        return true;
        return false;
}

void lifeline_set_programs(struct lifeline *lifeline, const struct gated_program *programs, size_t n)
{
        if (n > LIFELINE_PROGRAMS_MAX)
                n = LIFELINE_PROGRAMS_MAX;
        memcpy(lifeline->programs, programs, n * sizeof *programs);
        __atomic_store_n(&lifeline->n_programs, (uint32_t)n, __ATOMIC_RELEASE);
}

size_t lifeline_programs(const struct lifeline *lifeline, struct gated_program ret[static LIFELINE_PROGRAMS_MAX])
{
        size_t n = __atomic_load_n(&lifeline->n_programs, __ATOMIC_ACQUIRE);

        if (n > LIFELINE_PROGRAMS_MAX)
                n = LIFELINE_PROGRAMS_MAX;
        memcpy(ret, lifeline->programs, n * sizeof *ret);
        for (size_t i = 0; i < n; i++)
                ret[i].command[sizeof ret[i].command - 1] = '\0';
        return n;
}

bool lifeline_is_program(const struct lifeline *lifeline, struct file_id id)
{
        uint32_t n = __atomic_load_n(&lifeline->n_programs, __ATOMIC_ACQUIRE);

        for (uint32_t i = 0; i < n && i < LIFELINE_PROGRAMS_MAX; i++)
                if (file_id_equal(lifeline->programs[i].id, id))
                        return true;
        return false;
}

static void replace_run(struct lifeline *lifeline, pid_t former, pid_t pid)
{
        for (size_t i = 0; i < LIFELINE_RUNS_MAX; i++)
                if (__atomic_load_n(&lifeline->runs[i], __ATOMIC_RELAXED) == former) {
                        __atomic_store_n(&lifeline->runs[i], pid, __ATOMIC_RELEASE);
                        return;
                }
}

void lifeline_note_run(struct lifeline *lifeline, pid_t pid)
{
        replace_run(lifeline, 0, pid);
}

void lifeline_forget_run(struct lifeline *lifeline, pid_t pid)
{
        replace_run(lifeline, pid, 0);
}

size_t lifeline_runs(const struct lifeline *lifeline, pid_t ret[static LIFELINE_RUNS_MAX])
{
        size_t n = 0;

        for (size_t i = 0; i < LIFELINE_RUNS_MAX; i++) {
                pid_t pid = __atomic_load_n(&lifeline->runs[i], __ATOMIC_ACQUIRE);

                if (pid > 0)
                        ret[n++] = pid;
        }
        return n;
}
