#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "actor_internal.h"
#include "unitward/managers.h"
#include "unitward/proc_text.h"
#include "unitward/util.h"

#define STATUS_MAX 8192 /* a full Groups: line of 64 groups fits many times over */

struct actor *actor_unknown(pid_t pid)
{
        struct actor *actor = calloc(1, sizeof *actor);

        if (!actor)
                return NULL;
        actor->references = 1;
        actor->pid = pid;
        actor->uid = (uid_t)-1;
        actor->gid = (gid_t)-1;
        actor->login_uid = (uid_t)-1;
        return actor;
}

struct actor *actor_ref(struct actor *actor)
{
        (void)__atomic_add_fetch(&actor->references, 1, __ATOMIC_RELAXED);
        return actor;
}

struct actor *actor_unref(struct actor *actor)
{
        if (!actor || __atomic_sub_fetch(&actor->references, 1, __ATOMIC_ACQ_REL) > 0)
                return NULL;
        for (size_t i = 0; i < actor->n_ancestry; i++) {
                free(actor->ancestry[i].exe_path);
                free(actor->ancestry[i].unit);
        }
        free(actor->label);
        free(actor);
        return NULL;
}

static int identity_gather(struct actor *actor, int process)
{
        char text[STATUS_MAX];
        struct proc_status status;
        ssize_t n = read_text_at(process, "status", text, sizeof text);
        int r = n < 0 ? (int)n : proc_status_parse(text, actor->groups, ACTOR_GROUPS_MAX, &status);

        if (r < 0)
                return r;
        actor->pid = status.thread_group;
        actor->uid = status.uid;
        actor->gid = status.gid;
        actor->n_groups = status.n_groups;
        actor->parent = status.parent;
        return 0;
}

static void login_gather(struct actor *actor, int process)
{
        char text[256];
        unsigned login_uid;

        if (read_text_at(process, "loginuid", text, sizeof text) > 0 && sscanf(text, "%u", &login_uid) == 1)
                actor->login_uid = login_uid;
}

/* Without a security module that has labels nobody has one, until the next boot: it is asked for once. */
static bool no_labels; /* atomic */

static int label_gather(struct actor *actor, int process)
{
        char text[256];
        ssize_t n;

        if (__atomic_load_n(&no_labels, __ATOMIC_RELAXED))
                return 0;
        n = read_text_at(process, "attr/current", text, sizeof text);
        if (n == -EINVAL)
                __atomic_store_n(&no_labels, true, __ATOMIC_RELAXED);
        if (n <= 0)
                return 0;
        text[strcspn(text, "\n")] = '\0';
        actor->label = strdup(text);
        return actor->label ? 0 : -ENOMEM;
}

static bool is_user_manager_unit(const char *unit)
{
        return unit && starts_with(unit, "user@") && ends_with(unit, ".service");
}

/* A manager's helpers (its generators above all) are known by their session: it is inherited by fork(2),
 * left by setsid(2), and nobody can enter one. Whatever a manager starts as a service has left it. */
static void managership_gather(struct actor *actor, const struct managers *managers)
{
        const struct actor_process *self = &actor->ancestry[0];
        struct actor_process leader = { 0 };

        if (managers->systemd_is_pid1 && (actor->pid == 1 || actor->session == 1)) {
                actor->manager = true;
                return;
        }
        if (managers_named_exe(managers, self->exe)) {
                actor->manager = true;
                return;
        }
        for (size_t i = 0; i < actor->n_ancestry; i++)
                if (actor->ancestry[i].pid == actor->session)
                        leader = actor->ancestry[i];
        if (actor->pid == actor->session)
                leader = *self;
        if (managers_know_exe(managers, leader.exe))
                actor->user_manager = !managers_named_exe(managers, leader.exe) && is_user_manager_unit(leader.unit);
}

int actor_executes(struct actor *actor, int fd)
{
        char path[PATH_MAX];
        struct stat st;
        ssize_t n;
        char *copy;

        if (actor->n_ancestry == 0)
                return -ESRCH;
        n = readlink(fd_path(fd).text, path, sizeof path - 1);
        if (n < 0 || fstat(fd, &st) < 0)
                return -errno;
        path[n] = '\0';
        copy = strdup(path);
        if (!copy)
                return -ENOMEM;
        free(actor->ancestry[0].exe_path);
        actor->ancestry[0].exe_path = copy;
        actor->ancestry[0].exe = file_id_of(&st);
        return 0;
}

/* A directory in /proc belongs to the process, not to its number: where the process was still there after
 * it was opened, all that is read through it is of that process. */
static bool is_the_process(int pidfd)
{
        return pidfd < 0 || syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) == 0 || errno != ESRCH;
}

/* The process's directory, or -errno when it is not there, or not the one meant. */
static int process_open_as(pid_t pid, int pidfd)
{
        _cleanup_close_ int process = pid > 0 ? actor_open_process(pid) : -ESRCH;

        if (process < 0)
                return process;
        return is_the_process(pidfd) ? steal_fd(&process) : -ESRCH;
}

static struct actor *gather(const struct managers *managers, pid_t pid, int process, actor_find_sibling find,
                            void *userdata)
{
        struct actor *actor = actor_unknown(pid);
        struct proc_stat stat;

        if (!actor || process < 0 || identity_gather(actor, process) < 0)
                return actor;
        actor->n_ancestry = 1;
        if (actor_describe_process(process, actor->pid, &actor->ancestry[0]) < 0 || label_gather(actor, process) < 0)
                return actor;
        login_gather(actor, process);
        if (actor_stat_of(process, &stat) == 0) {
                actor->start_time = stat.start_time;
                actor->session = stat.session;
        }
        if (actor_share_ancestors(actor, find ? find(userdata, actor->parent) : NULL) < 0)
                return actor;
        actor->known = true;
        managership_gather(actor, managers);
        return actor;
}

struct actor *actor_gather(const struct managers *managers, pid_t pid, int pidfd)
{
        _cleanup_close_ int process = process_open_as(pid, pidfd);

        return gather(managers, pid, process, NULL, NULL);
}

struct actor *actor_gather_beside(const struct managers *managers, pid_t tid, actor_find_sibling find, void *userdata)
{
        _cleanup_close_ int process = process_open_as(tid, -1);

        return gather(managers, tid, process, find, userdata);
}

int actor_open(pid_t pid, uint64_t usec)
{
        _cleanup_close_ int pidfd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
        _cleanup_close_ int process = pidfd >= 0 ? process_open_as(pid, pidfd) : -ESRCH;
        struct proc_stat stat;

        if (process < 0 || actor_stat_of(process, &stat) < 0 ||
            stat.start_time * 1000000u / (uint64_t)sysconf(_SC_CLK_TCK) > usec)
                return -ESRCH;
        return steal_fd(&pidfd);
}

bool actor_is_current(const struct actor *actor, int pidfd)
{
        _cleanup_close_ int process = process_open_as(actor->pid, pidfd);
        struct proc_stat now;
        struct stat st, exe;

        return process >= 0 && actor->known && actor->start_time && fstat(process, &st) == 0 &&
               st.st_uid == actor->uid && fstatat(process, "exe", &exe, 0) == 0 &&
               file_id_equal(file_id_of(&exe), actor->ancestry[0].exe) && actor_stat_of(process, &now) == 0 &&
               now.start_time == actor->start_time && now.parent == actor->parent && now.session == actor->session;
}

struct actor *actor_glimpse(pid_t pid, int pidfd)
{
        _cleanup_close_ int process = process_open_as(pid, pidfd);
        struct actor *actor = actor_unknown(pid);

        if (actor && process >= 0)
                (void)identity_gather(actor, process);
        return actor;
}

void actor_complete(const struct managers *managers, struct actor *actor)
{
        if (actor->n_ancestry > 0 || actor->parent <= 0)
                return;
        actor->ancestry[0].pid = actor->pid;
        actor->ancestry[0].exe_path = strdup("");
        actor->n_ancestry = 1;
        if (!actor->ancestry[0].exe_path || actor_gather_ancestors(actor, actor->parent) < 0)
                return;
        actor->known = actor->n_ancestry > 1;
        managership_gather(actor, managers);
}

const char *actor_describe(const struct actor *actor, char *buffer, size_t size)
{
        const struct actor_process *self = &actor->ancestry[0];
        char login[32] = "no login";

        if (actor->n_ancestry == 0) {
                (void)snprintf(buffer, size, "unknown (pid %d)", actor->pid);
                return buffer;
        }
        if (actor->login_uid != (uid_t)-1)
                (void)snprintf(login, sizeof login, "login %u", actor->login_uid);
        (void)snprintf(buffer, size, "%s (pid %d, uid %d, %s%s%s)", *self->exe_path ? self->exe_path : "unknown",
                       actor->pid, (int)actor->uid, login, self->unit ? ", " : "", self->unit ? self->unit : "");
        return buffer;
}
