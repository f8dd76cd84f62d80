#include <dirent.h>
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

void starts_sources_open(struct starts_sources *ret, int handed)
{
        int connector = handed >= 0 ? handed : connector_open();

        *ret = (struct starts_sources){ .connector = connector >= 0 ? connector : -1,
                                        .connector_error = connector >= 0 ? 0 : connector,
                                        .group = connector >= 0 ? -1 : starts_exec_open() };
}

void starts_sources_close(struct starts_sources *sources)
{
        close_pointer(&sources->connector);
        close_pointer(&sources->group);
        *sources = (struct starts_sources){ -1, 0, -1 };
}

/* ---- Whose children count --------------------------------------------------------------------------------- */

const struct starts_parent *starts_find_parent(const struct starts *starts, pid_t pid)
{
        for (size_t i = 0; i < starts->n_parents; i++)
                if (starts->parents[i].pid == pid)
                        return &starts->parents[i];
        return NULL;
}

static bool look_up(pid_t pid, struct starts_parent *ret)
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

/* Those that are gone, and others that have got their number. A manager may be replaced by a newer one: daemon-reexec. */
static void forget_parents(struct starts *starts)
{
        const uint64_t now = now_monotonic_usec();

        for (size_t i = starts->n_parents; i-- > 0;) {
                struct starts_parent *parent = &starts->parents[i], seen;

                if (!look_up(parent->pid, &seen) || seen.since != parent->since ||
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

        if (starts_find_parent(starts, pid) || !look_up(pid, &parent))
                return;
        parent.followed = true;
        parent.until_usec = until_usec;
        add_parent(starts, &parent);
        if (starts->watcher == STARTS_BY_CONNECTOR)
                starts_connector_attach(starts);
}

static bool is_user_manager(const struct starts *starts, pid_t pid, struct file_id exe)
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
static void consider_manager(struct starts *starts, pid_t pid)
{
        struct starts_parent parent;

        if (!look_up(pid, &parent))
                return;
        parent.user = is_user_manager(starts, pid, parent.exe);
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
                        consider_manager(starts, pid);
        }
        if (processes)
                (void)closedir(processes);
        if (starts->watcher == STARTS_BY_CONNECTOR)
                starts_connector_attach(starts);
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
        starts->children[starts->n_children++] =
                (struct starts_child){ .pid = pid,
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

void starts_look_at(struct starts *starts, struct starts_child *child)
{
        const uint64_t now = now_monotonic_usec();
        struct starts_child copy = *child;
        struct starts_parent seen;

        if (!look_up(child->pid, &seen)) {
                if (child->executed)
                        starts_count(&starts->counters.missed);
                drop_child(starts, child);
                return;
        }
        if (has_become(starts, child, seen.exe, now)) {
                drop_child(starts, child);
                tell(starts, &copy, seen.exe);
                return;
        }
        if (is_user_manager(starts, child->pid, seen.exe) && (child->executed || now > child->since_usec + 1000000u)) {
                drop_child(starts, child);
                tell(starts, &copy, seen.exe);
                consider_manager(starts, copy.pid);
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
                          : sources->group >= 0   ? STARTS_BY_FANOTIFY
                                                  : STARTS_NONE;
        starts->on_start = on_start;
        starts->userdata = userdata;
        managers_init(&starts->managers);
        starts_look_at_mounts(starts);
        *ret = starts;
        return 0;
}

/* The socket stays open, in the supervisor and perhaps with the service manager: it is to wake nobody. */
struct starts *starts_free(struct starts *starts)
{
        const struct connector_interest nothing = { 0 };

        if (starts && starts->watcher == STARTS_BY_CONNECTOR)
                (void)connector_attach(starts->sources->connector, &nothing);
        free(starts);
        return NULL;
}

enum starts_watcher starts_watcher_of(const struct starts *starts)
{
        return starts->watcher;
}

const struct starts_counters *starts_counters(const struct starts *starts)
{
        return &starts->counters;
}

int starts_fd(const struct starts *starts)
{
        if (starts->quiet_until_usec > now_monotonic_usec())
                return -1;
        return starts->watcher == STARTS_BY_CONNECTOR ? starts->sources->connector : starts->sources->group;
}

void starts_look_at_mounts(struct starts *starts)
{
        if (starts->watcher == STARTS_BY_FANOTIFY)
                starts_exec_mark(starts);
}

uint64_t starts_due_usec(const struct starts *starts)
{
        uint64_t first = UINT64_MAX;

        if (starts->quiet_until_usec > now_monotonic_usec())
                first = starts->quiet_until_usec;
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
