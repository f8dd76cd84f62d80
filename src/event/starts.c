#include <fcntl.h>
#include <limits.h>

#include "actor_internal.h"
#include "starts_internal.h"
#include "unitward/connector.h"
#include "unitward/util.h"

#define PATIENCE_USEC (30u * 1000000u) /* Type=idle waits for five seconds */
#define PAUSE_FIRST_USEC 300u
#define PAUSE_MOST_USEC (500u * 1000u)
#define PAUSE_TOLD_USEC (5u * 1000000u) /* of its exec somebody will tell */
#define EXEC_USEC (20u * 1000u)         /* from the open of the program until it is executed */

void starts_count(uint64_t *counter)
{
        (void)__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

const char *starts_watcher_name(enum starts_watcher watcher)
{
        static const char *const names[] = {
                [STARTS_BY_CONNECTOR] = "connector",
                [STARTS_BY_FANOTIFY] = "fanotify",
                [STARTS_NONE] = "none",
        };

        return names[watcher];
}

/* ---- Children ------------------------------------------------------------------------------------------------ */

struct starts_child *starts_find_child(struct starts *starts, pid_t pid)
{
        for (size_t i = 0; i < starts->n_children; i++)
                if (starts->children[i].pid == pid)
                        return &starts->children[i];
        return NULL;
}

static void drop_child(struct starts *starts, const struct starts_child *child)
{
        const size_t i = (size_t)(child - starts->children);

        memmove(&starts->children[i], &starts->children[i + 1], (--starts->n_children - i) * sizeof *starts->children);
}

void starts_add_child(struct starts *starts, pid_t pid, const struct starts_parent *parent)
{
        const uint64_t now = now_monotonic_usec();
        struct starts_child *same = starts_find_child(starts, pid);

        if (same)
                drop_child(starts, same);
        if (starts->n_children == STARTS_PENDING_MAX) {
                drop_child(starts, starts->children);
                starts_count(&starts->counters.missed);
        }
        starts->children[starts->n_children++] = (struct starts_child){ .pid = pid,
                                                                        .parent = *parent,
                                                                        .since_usec = now,
                                                                        .look_usec = now + PAUSE_FIRST_USEC,
                                                                        .pause_usec = PAUSE_FIRST_USEC };
}

/* systemd 254 and later: a program of its own between the manager and the unit's. */
static bool is_executor(pid_t pid)
{
        char link[32], path[PATH_MAX];
        ssize_t n;

        (void)snprintf(link, sizeof link, "/proc/%d/exe", pid);
        n = readlink(link, path, sizeof path - 1);
        if (n < 0)
                return false;
        path[n] = '\0';
        return ends_with(path, "/systemd-executor") || ends_with(path, "/systemd-executor (deleted)");
}

static void tell(struct starts *starts, const struct starts_child *child, struct file_id exe)
{
        const struct started started = { .pid = child->pid,
                                         .parent = child->parent.pid,
                                         .user_manager = child->parent.user,
                                         .followed = child->parent.followed,
                                         .exe = exe };

        starts_count(started.followed ? &starts->counters.followed : &starts->counters.seen);
        starts->on_start(starts->userdata, &started);
        /* What it forks in turn is followed as it is. */
        if (started.followed)
                starts_follow(starts, started.pid, child->parent.until_usec);
}

/* Is this the program that counts? Before it there are the manager's own, and systemd's executor. */
static bool has_become(const struct starts *starts, const struct starts_child *child, struct file_id exe, uint64_t now)
{
        if (!child->parent.followed)
                return !managers_know_exe(&starts->managers, exe) && !is_executor(child->pid);
        return !file_id_equal(exe, child->parent.exe) ||
               (child->executed && (starts->watcher == STARTS_BY_CONNECTOR || now > child->since_usec + EXEC_USEC));
}

/* It has ended. Until it is reaped there still is whose it was, and that is enough to judge its unit. */
static void tell_late(struct starts *starts, const struct starts_child *child)
{
        _cleanup_close_ int process = actor_open_process(child->pid);
        struct proc_stat status;

        if (child->executed && process >= 0 && actor_stat_of(process, &status) == 0 &&
            status.parent == child->parent.pid)
                tell(starts, child, (struct file_id){ 0 });
        else
                starts_count(&starts->counters.missed);
}

void starts_look_at(struct starts *starts, struct starts_child *child)
{
        const uint64_t now = now_monotonic_usec();
        struct starts_child copy = *child;
        struct starts_parent seen;

        if (!starts_look_up(child->pid, &seen)) {
                drop_child(starts, child);
                tell_late(starts, &copy);
                return;
        }
        if (has_become(starts, child, seen.exe, now)) {
                drop_child(starts, child);
                tell(starts, &copy, seen.exe);
                return;
        }
        if (starts_is_user_manager(starts, child->pid, seen.exe) &&
            (child->executed || now > child->since_usec + 1000000u)) {
                drop_child(starts, child);
                tell(starts, &copy, seen.exe);
                starts_consider_manager(starts, copy.pid);
                if (starts->watcher == STARTS_BY_CONNECTOR)
                        starts_connector_attach(starts);
                return;
        }
        if (now > child->since_usec + PATIENCE_USEC) {
                drop_child(starts, child);
                return;
        }
        child->pause_usec = child->pause_usec * 2 < PAUSE_MOST_USEC ? child->pause_usec * 2 : PAUSE_MOST_USEC;
        child->look_usec = now + (starts->watcher == STARTS_BY_CONNECTOR ? PAUSE_TOLD_USEC : child->pause_usec);
}

/* ---- Its life ------------------------------------------------------------------------------------------------- */

int starts_new(const struct starts_sources *sources, started_fn *on_start, void *userdata, struct starts **ret)
{
        struct starts *starts = calloc(1, sizeof *starts);

        if (!starts)
                return -ENOMEM;
        starts->sources = sources;
        starts->watcher = sources->connector >= 0 ? STARTS_BY_CONNECTOR
                          : sources->scout >= 0   ? STARTS_BY_FANOTIFY
                                                  : STARTS_NONE;
        starts->on_start = on_start;
        starts->userdata = userdata;
        managers_init(&starts->managers);
        *ret = starts;
        return 0;
}

/* The sources stay open, in the supervisor and perhaps with the service manager: they are to wake nobody. */
struct starts *starts_free(struct starts *starts)
{
        if (starts)
                starts_watch(starts, false);
        free(starts);
        return NULL;
}

void starts_watch(struct starts *starts, bool watch)
{
        const struct connector_interest nothing = { 0 };

        if (starts->watcher == STARTS_BY_FANOTIFY)
                starts_exec_watch(starts, watch);
        else if (starts->watcher == STARTS_BY_CONNECTOR && !watch)
                (void)connector_attach(starts->sources->connector, &nothing);
        if (!watch)
                starts->n_parents = starts->n_children = 0;
        starts->watching = watch;
}

const struct managers *starts_managers(const struct starts *starts)
{
        return &starts->managers;
}

enum starts_watcher starts_watcher_of(const struct starts *starts)
{
        return __atomic_load_n(&starts->watcher, __ATOMIC_RELAXED);
}

const struct starts_counters *starts_counters(const struct starts *starts)
{
        return &starts->counters;
}

int starts_fd(const struct starts *starts)
{
        switch (starts->watching ? starts->watcher : STARTS_NONE) {
        case STARTS_BY_CONNECTOR:
                return starts->sources->connector;
        case STARTS_BY_FANOTIFY:
                return starts->sources->scout;
        default:
                return -1;
        }
}

uint64_t starts_due_usec(const struct starts *starts)
{
        uint64_t first = UINT64_MAX;

        for (size_t i = 0; i < starts->n_children; i++)
                if (starts->children[i].look_usec < first)
                        first = starts->children[i].look_usec;
        return first;
}

void starts_work(struct starts *starts)
{
        const uint64_t now = now_monotonic_usec();

        starts_count(&starts->counters.wakeups);
        if (starts->watcher == STARTS_BY_CONNECTOR)
                starts_connector_work(starts);
        else if (starts->watcher == STARTS_BY_FANOTIFY)
                starts_exec_work(starts);
        for (size_t i = starts->n_children; i-- > 0;)
                if (i < starts->n_children && starts->children[i].look_usec <= now)
                        starts_look_at(starts, &starts->children[i]);
}
