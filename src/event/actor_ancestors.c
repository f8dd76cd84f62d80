/* What is asked of a process and of all those above it. */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "actor_internal.h"
#include "unitward/proc_text.h"
#include "unitward/util.h"

int actor_open_process(pid_t pid)
{
        char path[32];
        int fd;

        (void)snprintf(path, sizeof path, "/proc/%d", pid);
        fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static char *exe_path(int process)
{
        char path[PATH_MAX];
        ssize_t n = readlinkat(process, "exe", path, sizeof path - 1);

        if (n < 0)
                n = 0;
        path[n] = '\0';
        return strdup(path);
}

static char *unit_of(int process)
{
        char text[4096], unit[ACTOR_UNIT_MAX];

        if (read_text_at(process, "cgroup", text, sizeof text) < 0 || proc_cgroup_parse(text, unit, sizeof unit) < 0)
                return NULL;
        return strdup(unit);
}

int actor_describe_process(int process, pid_t pid, struct actor_process *ret)
{
        struct stat st;

        ret->pid = pid;
        if (fstatat(process, "exe", &st, 0) == 0)
                ret->exe = file_id_of(&st);
        ret->exe_path = exe_path(process);
        ret->unit = unit_of(process);
        return ret->exe_path ? 0 : -ENOMEM;
}

int actor_stat_of(int process, struct proc_stat *ret)
{
        char text[1024];
        ssize_t n = read_text_at(process, "stat", text, sizeof text);

        return n < 0 ? (int)n : proc_stat_parse(text, ret);
}

/* The chain upwards. It ends at PID 1, at a process that is gone, or at the limit; a cut chain only makes
 * fewer rules match. */
int actor_gather_ancestors(struct actor *actor, pid_t parent)
{
        uint64_t parent_start_time = 0;

        while (parent > 0 && actor->n_ancestry < ACTOR_ANCESTORS_MAX) {
                _cleanup_close_ int process = actor_open_process(parent);
                struct proc_stat stat;
                int r;

                if (process < 0)
                        return 0;
                r = actor_describe_process(process, parent, &actor->ancestry[actor->n_ancestry]);
                actor->n_ancestry++;
                if (r < 0)
                        return r;
                if (actor_stat_of(process, &stat) < 0)
                        return 0;
                if (parent == actor->parent)
                        parent_start_time = stat.start_time;
                parent = stat.parent;
        }
        actor->parent_start_time = parent_start_time;
        return 0;
}

/* Whoever is above the parent may have executed another program meanwhile; what the parent descends from it still does.
 */
static bool is_same_parent(const struct actor *sibling, pid_t parent)
{
        _cleanup_close_ int process = actor_open_process(parent);
        const struct actor_process *known = &sibling->ancestry[1];
        struct proc_stat now;
        struct stat exe;

        return process >= 0 && sibling->parent_start_time && sibling->n_ancestry > 1 && known->pid == parent &&
               fstatat(process, "exe", &exe, 0) == 0 && file_id_equal(file_id_of(&exe), known->exe) &&
               actor_stat_of(process, &now) == 0 && now.start_time == sibling->parent_start_time &&
               now.parent == (sibling->n_ancestry > 2 ? sibling->ancestry[2].pid : 0);
}

static int process_copy(const struct actor_process *process, struct actor_process *ret)
{
        ret->pid = process->pid;
        ret->exe = process->exe;
        ret->exe_path = strdup(process->exe_path);
        ret->unit = process->unit ? strdup(process->unit) : NULL;
        return ret->exe_path && (ret->unit || !process->unit) ? 0 : -ENOMEM;
}

int actor_share_ancestors(struct actor *actor, const struct actor *sibling)
{
        int r = 0;

        if (!sibling || !is_same_parent(sibling, actor->parent))
                return actor_gather_ancestors(actor, actor->parent);
        for (size_t i = 1; r == 0 && i < sibling->n_ancestry; i++) {
                r = process_copy(&sibling->ancestry[i], &actor->ancestry[i]);
                actor->n_ancestry++;
        }
        return r;
}
