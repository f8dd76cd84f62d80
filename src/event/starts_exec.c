/* What managers start, by FAN_OPEN_EXEC: every file system that programs can lie on tells of each that is opened to be
 * executed. Notifications: nobody waits. Who it is has to be asked of /proc, while he is there. */
#include <fcntl.h>

#include "actor_internal.h"
#include "starts_internal.h"
#include "unitward/fan_group.h"
#include "unitward/mount_table.h"
#include "unitward/util.h"

/* A machine that executes little is looked at at once; one that executes a lot, a hundred times a second. */
#define CREDIT 20u
#define CREDIT_USEC (1000u * 1000u)
#define QUIET_USEC (10u * 1000u)

int starts_exec_open(void)
{
        return fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK,
                             O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NOATIME | O_NONBLOCK);
}

/* Programs come from elsewhere too; but nobody waits for a server here. */
static bool is_asked(const struct mount *mount)
{
        return !mount_is_served_by_others(mount) && !starts_with(mount->type, "fuse");
}

void starts_exec_mark(struct starts *starts)
{
        struct mount_table table = { 0 };

        if (mount_table_read(NULL, NULL, &table) < 0)
                return;
        for (size_t i = 0; i < table.n; i++)
                if (is_asked(&table.mounts[i]))
                        (void)fanotify_mark(starts->sources->group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_EXEC,
                                            AT_FDCWD, table.mounts[i].target);
        mount_table_done(&table);
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

static void read_events(struct starts *starts)
{
        union {
                struct fanotify_event_metadata first;
                unsigned char bytes[4096];
        } buffer;
        ssize_t size;

        while ((size = read(starts->sources->group, &buffer, sizeof buffer)) > 0) {
                size_t offset = 0;
                struct fan_open open;

                while (fan_open_next(&buffer, (size_t)size, &offset, &open) > 0) {
                        if (open.fd < 0)
                                starts_count(&starts->counters.lost);
                        else
                                (void)close(open.fd);
                        if (!(open.mask & FAN_Q_OVERFLOW))
                                take(starts, open.tid);
                }
        }
        if (size < 0 && (errno == EMFILE || errno == ENFILE))
                starts_count(&starts->counters.lost);
}

void starts_exec_work(struct starts *starts)
{
        const uint64_t now = now_monotonic_usec();

        if (now < starts->quiet_until_usec)
                return;
        read_events(starts);
        if (now > starts->credit_usec + CREDIT_USEC) {
                starts->credit_usec = now;
                starts->credit = CREDIT;
        }
        if (starts->credit > 0)
                starts->credit--;
        else
                starts->quiet_until_usec = now + QUIET_USEC;
}
