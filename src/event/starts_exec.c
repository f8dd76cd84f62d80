/* What managers start, by FAN_OPEN_EXEC: the scout (scout.h) tells of each process that executes something. Who that is
 * has to be asked of /proc, while it is there. */
#include <sys/socket.h>

#include "actor_internal.h"
#include "starts_internal.h"
#include "unitward/scout.h"
#include "unitward/util.h"

void starts_exec_watch(const struct starts *starts, bool watch)
{
        const char word = watch ? SCOUT_WATCH : SCOUT_REST;

        (void)send(starts->sources->scout, &word, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Once for each process: what a start executes in turn is its own affair. */
static bool is_known(struct starts *starts, pid_t pid, uint64_t since)
{
        for (size_t i = 0; i < STARTS_PENDING_MAX; i++)
                if (starts->recent[i].pid == pid && starts->recent[i].since == since)
                        return true;
        starts->recent[starts->n_recent++ % STARTS_PENDING_MAX] = (struct starts_recent){ pid, since };
        return false;
}

static void take(struct starts *starts, pid_t pid)
{
        _cleanup_close_ int process = pid > 0 ? actor_open_process(pid) : -ESRCH;
        const struct starts_parent *parent;
        struct starts_child *child;
        struct proc_stat status;

        if (process < 0 || actor_stat_of(process, &status) < 0)
                return;
        parent = starts_find_parent(starts, status.parent);
        /* Who is left over from somebody's session falls to a manager as its child; a unit's process leads its own. */
        if (!parent || (!parent->followed && status.session != pid))
                return;
        child = starts_find_child(starts, pid);
        if (!child && !is_known(starts, pid, status.start_time)) {
                starts_add_child(starts, pid, parent);
                child = starts_find_child(starts, pid);
        }
        if (child)
                child->executed = true;
}

void starts_exec_work(struct starts *starts)
{
        pid_t processes[SCOUT_BATCH];
        ssize_t size;

        while ((size = recv(starts->sources->scout, processes, sizeof processes, MSG_DONTWAIT)) > 0)
                for (size_t i = 0; i < (size_t)size / sizeof *processes; i++) {
                        if (processes[i] == 0)
                                starts_count(&starts->counters.lost);
                        else
                                take(starts, processes[i]);
                }
        if (size == 0) /* it has ended */
                __atomic_store_n(&starts->watcher, STARTS_NONE, __ATOMIC_RELAXED);
}
