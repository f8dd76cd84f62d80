/* Whose children count: service managers, and for a time processes of units that there is an alert about. */
#include <dirent.h>

#include "actor_internal.h"
#include "starts_internal.h"
#include "unitward/util.h"

const struct starts_parent *starts_find_parent(const struct starts *starts, pid_t pid)
{
        for (size_t i = 0; i < starts->n_parents; i++)
                if (starts->parents[i].pid == pid)
                        return &starts->parents[i];
        return NULL;
}

bool starts_look_up(pid_t pid, struct starts_parent *ret)
{
        _cleanup_close_ int process = actor_open_process(pid);
        struct proc_stat status;
        struct stat st;

        if (process < 0 || actor_stat_of(process, &status) < 0 || fstatat(process, "exe", &st, 0) < 0)
                return false;
        *ret = (struct starts_parent){ .pid = pid, .since = status.start_time, .exe = file_id_of(&st) };
        return true;
}

static void drop_parent(struct starts *starts, size_t i)
{
        memmove(&starts->parents[i], &starts->parents[i + 1], (--starts->n_parents - i) * sizeof *starts->parents);
}

/* Those that are gone, and others that have got their number. A manager may be replaced by a newer one: daemon-reexec.
 */
static void forget_parents(struct starts *starts)
{
        const uint64_t now = now_monotonic_usec();

        for (size_t i = starts->n_parents; i-- > 0;) {
                struct starts_parent *parent = &starts->parents[i], seen;

                if (!starts_look_up(parent->pid, &seen) || seen.since != parent->since ||
                    (parent->followed && parent->until_usec < now))
                        drop_parent(starts, i);
                else
                        parent->exe = seen.exe;
        }
}

static void add_parent(struct starts *starts, const struct starts_parent *parent)
{
        size_t n = 0, first = starts->n_parents;

        for (size_t i = 0; i < starts->n_parents; i++) {
                if (starts->parents[i].pid == parent->pid) {
                        starts->parents[i] = *parent;
                        return;
                }
                if (starts->parents[i].followed != parent->followed)
                        continue;
                if (n++ == 0)
                        first = i;
        }
        if (n >= (parent->followed ? STARTS_FOLLOWED_MAX : STARTS_PARENTS_MAX))
                drop_parent(starts, first);
        starts->parents[starts->n_parents++] = *parent;
}

void starts_follow(struct starts *starts, pid_t pid, uint64_t until_usec)
{
        struct starts_parent parent;

        if (starts_find_parent(starts, pid) || !starts_look_up(pid, &parent))
                return;
        parent.followed = true;
        parent.until_usec = until_usec;
        add_parent(starts, &parent);
        if (starts->watcher == STARTS_BY_CONNECTOR)
                starts_connector_attach(starts);
}

bool starts_is_user_manager(const struct starts *starts, pid_t pid, struct file_id exe)
{
        _cleanup_close_ int process = -1;
        char text[4096], unit[ACTOR_UNIT_MAX];

        if (pid == 1 || !managers_know_exe(&starts->managers, exe) || managers_named_exe(&starts->managers, exe))
                return false;
        process = actor_open_process(pid);
        return process >= 0 && read_text_at(process, "cgroup", text, sizeof text) > 0 &&
               proc_cgroup_parse(text, unit, sizeof unit) == 0 && starts_with(unit, "user@") &&
               ends_with(unit, ".service");
}

/* Of PID 1's executable are also helpers that it has just forked: a user's manager has executed it itself. */
void starts_consider_manager(struct starts *starts, pid_t pid)
{
        struct starts_parent parent;

        if (!starts_look_up(pid, &parent))
                return;
        parent.user = starts_is_user_manager(starts, pid, parent.exe);
        if (parent.user || (pid == 1 && starts->managers.systemd_is_pid1) ||
            managers_named_exe(&starts->managers, parent.exe))
                add_parent(starts, &parent);
}

void starts_find_managers(struct starts *starts, const struct file_id *exes, size_t n)
{
        DIR *processes = opendir("/proc");
        const struct dirent *entry;

        managers_set_named(&starts->managers, exes, n);
        managers_refresh(&starts->managers);
        forget_parents(starts);
        while (processes && (entry = readdir(processes))) {
                pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

                if (pid > 0 && managers_recognise(&starts->managers, pid))
                        starts_consider_manager(starts, pid);
        }
        if (processes)
                (void)closedir(processes);
        if (starts->watcher == STARTS_BY_CONNECTOR)
                starts_connector_attach(starts);
}
