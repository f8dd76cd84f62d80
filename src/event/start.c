#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "actor_internal.h"
#include "unitward/start.h"
#include "unitward/util.h"

#define COMM_LENGTH 15 /* of a name the kernel keeps so much */

struct start *start_free(struct start *start)
{
        if (start) {
                (void)actor_unref(start->actor);
                free(start->arguments);
                free(start->script);
                free(start);
        }
        return NULL;
}

void start_unit_of(pid_t pid, bool user_manager, char ret[static UNIT_NAME_MAX])
{
        _cleanup_close_ int process = actor_open_process(pid);
        char text[4096];

        ret[0] = '\0';
        if (process >= 0 && read_text_at(process, "cgroup", text, sizeof text) > 0)
                (void)(user_manager ? proc_cgroup_parse_user : proc_cgroup_parse)(text, ret, UNIT_NAME_MAX);
}

/* ---- The program's file -------------------------------------------------------------------------------------- */

static uint64_t usec_of(const struct statx_timestamp *time)
{
        return (uint64_t)time->tv_sec * 1000000u + time->tv_nsec / 1000u;
}

static bool others_may_write(const struct stat *st, uid_t uid)
{
        return (st->st_uid != 0 && st->st_uid != uid) || (st->st_mode & S_IWOTH) ||
               ((st->st_mode & S_IWGRP) && st->st_gid != 0);
}

/* The file, and the directories above it as the path names them. */
static bool is_writable(const char *path, const struct stat *file, uid_t uid)
{
        char directory[PATH_MAX];
        struct stat st;

        if (others_may_write(file, uid))
                return true;
        if (*path != '/' || !string_copy(directory, sizeof directory, path))
                return false;
        for (char *slash; (slash = strrchr(directory, '/'));) {
                *slash = '\0';
                if (stat(*directory ? directory : "/", &st) < 0)
                        return false;
                if (others_may_write(&st, uid))
                        return true;
        }
        return false;
}

/* What a boot empties, but for what the manager itself puts there. */
static bool is_temporary(int fd, const char *path)
{
        struct statfs fs;

        return fstatfs(fd, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC) &&
               !starts_with(path, "/run/systemd/");
}

static void look_at_times(struct start *start, int fd)
{
        struct statx times;
        uint64_t changed;

        if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_CTIME | STATX_BTIME, &times) < 0 ||
            !(times.stx_mask & STATX_CTIME))
                return;
        changed = usec_of(&times.stx_ctime);
        if (changed <= start->changed_usec)
                return;
        start->changed_usec = changed;
        start->created = (times.stx_mask & STATX_BTIME) && usec_of(&times.stx_btime) + 1000000u >= changed;
}

/* path: as the kernel prints it. */
static void look_at_file(struct start *start, int fd, const char *path)
{
        struct stat st, named;

        if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
                return;
        look_at_times(start, fd);
        start->memfd |= starts_with(path, "/memfd:");
        start->deleted |= st.st_nlink == 0;
        if (start->memfd)
                return;
        start->temporary |= is_temporary(fd, path);
        /* In another mount namespace the same path may be another file's. */
        if (stat(path, &named) == 0 && file_id_equal(file_id_of(&named), file_id_of(&st)))
                start->writable |= is_writable(path, &st, start->actor->uid);
        else
                start->writable |= others_may_write(&st, start->actor->uid);
}

static void look_at_program(struct start *start, int process)
{
        _cleanup_close_ int fd = openat(process, "exe", O_PATH | O_CLOEXEC);

        if (fd >= 0 && start->actor->n_ancestry > 0)
                look_at_file(start, fd, start->actor->ancestry[0].exe_path);
}

/* The kernel puts an interpreter before a script, by whose path the manager named it, and the script's name is the
 * process's. */
static bool is_script(int process, const char *path)
{
        const char *name = strrchr(path, '/');
        char text[32];

        if (*path != '/' || read_text_at(process, "comm", text, sizeof text) <= 0)
                return false;
        text[strcspn(text, "\n")] = '\0';
        return *text && strncmp(name + 1, text, COMM_LENGTH) == 0;
}

static void look_at_script(struct start *start, int process)
{
        const char *second;
        struct stat st;

        if (!start->arguments)
                return;
        second = start->arguments + strlen(start->arguments) + 1;
        if (second >= start->arguments + start->arguments_size || !is_script(process, second))
                return;

        _cleanup_close_ int fd = open(second, O_PATH | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
                return;
        start->script = strdup(second);
        look_at_file(start, fd, second);
}

/* ---- The process --------------------------------------------------------------------------------------------- */

static void read_arguments(struct start *start, int process)
{
        char text[START_ARGUMENTS_MAX];
        ssize_t n = read_text_at(process, "cmdline", text, sizeof text);

        if (n <= 0)
                return;
        start->arguments = malloc((size_t)n + 1);
        if (!start->arguments)
                return;
        memcpy(start->arguments, text, (size_t)n);
        start->arguments[n] = '\0';
        start->arguments_size = (size_t)n;
}

static struct start *start_new(const struct managers *managers, pid_t pid, int pidfd)
{
        struct start *start = calloc(1, sizeof *start);

        if (!start)
                return NULL;
        start->time_usec = now_realtime_usec();
        start->actor = actor_gather(managers, pid, pidfd);
        return start->actor ? start : start_free(start);
}

struct start *start_gather(const struct managers *managers, const struct started *started)
{
        _cleanup_close_ int process = actor_open_process(started->pid);
        struct start *start = start_new(managers, started->pid, -1);

        if (!start)
                return NULL;
        start->parent = started->parent;
        start->user_manager = started->user_manager;
        start->followed = started->followed;
        start_unit_of(started->pid, started->user_manager, start->unit);
        if (process < 0)
                return start;
        read_arguments(start, process);
        look_at_program(start, process);
        look_at_script(start, process);
        return start;
}

struct start *start_gather_denied(const struct managers *managers, pid_t tid, int fd)
{
        struct start *start = start_new(managers, tid, -1);

        if (!start)
                return NULL;
        start->denied = true;
        start->parent = start->actor->parent;
        start->user_manager = start->actor->n_ancestry > 0 && start->actor->ancestry[0].unit &&
                              starts_with(start->actor->ancestry[0].unit, "user@");
        start_unit_of(start->actor->pid, start->user_manager, start->unit);
        if (actor_executes(start->actor, fd) == 0)
                look_at_file(start, fd, start->actor->ancestry[0].exe_path);
        return start;
}
