#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "unitward/fanotify_compat.h"
#include "unitward/mount_watch.h"
#include "unitward/probe.h"
#include "unitward/util.h"

#define FLAGS_NAMES (FAN_CLASS_NOTIF | FAN_REPORT_FID | FAN_REPORT_DFID_NAME)
#define ANOTHER_USER ((uid_t)65534)

int scratch_make(struct scratch *ret)
{
        /* The last is all that a service manager may let the daemon write to. */
        static const char *const parents[] = { "/run", "/tmp", "/run/unitward" };
        struct scratch scratch = { 0 };
        int r = -ENOENT;

        for (size_t i = 0; i < ARRAY_SIZE(parents) && r < 0; i++) {
                (void)snprintf(scratch.path, sizeof scratch.path, "%s/unitward-probe-XXXXXX", parents[i]);
                r = mkdtemp(scratch.path) ? 0 : -errno;
        }
        if (r < 0)
                return r;
        (void)snprintf(scratch.file, sizeof scratch.file, "%s/file", scratch.path);

        _cleanup_close_ int fd = open(scratch.file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 || fchown(fd, ANOTHER_USER, (gid_t)-1) < 0) {
                r = -errno;
                scratch_remove(&scratch);
                return r;
        }
        *ret = scratch;
        ret->directory = ret->path;
        return 0;
}

void scratch_remove(struct scratch *scratch)
{
        (void)unlink(scratch->file);
        (void)rmdir(scratch->path);
}

int probe_mark_quietly(const char *path, unsigned flags, uint64_t mask)
{
        _cleanup_close_ int group = fanotify_init(flags | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_CLOEXEC);

        if (group < 0)
                return -errno;
        return fanotify_mark(group, FAN_MARK_ADD, mask, AT_FDCWD, path) < 0 ? -errno : 0;
}

int probe_privilege(void)
{
        _cleanup_close_ int group = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC);

        return group < 0 && (errno == EPERM || errno == EMFILE) ? -errno : 0;
}

int probe_open_perm(const struct scratch *scratch)
{
        return probe_mark_quietly(scratch->directory, FAN_CLASS_CONTENT,
                                  FAN_OPEN_PERM | FAN_EVENT_ON_CHILD | FAN_ONDIR);
}

int probe_names(const struct scratch *scratch)
{
        return probe_mark_quietly(scratch->directory, FLAGS_NAMES, FAN_CREATE | FAN_MOVED_TO | FAN_DELETE | FAN_ONDIR);
}

int probe_exec_perm(const struct scratch *scratch)
{
        return probe_mark_quietly(scratch->file, FAN_CLASS_CONTENT, FAN_OPEN_EXEC_PERM);
}

int probe_report_tid(const struct scratch *scratch)
{
        return probe_mark_quietly(scratch->file, FAN_CLASS_CONTENT | FAN_REPORT_TID, FAN_OPEN_PERM);
}

int probe_rename(const struct scratch *scratch)
{
        return probe_mark_quietly(scratch->directory, FLAGS_NAMES | FAN_REPORT_TARGET_FID, FAN_RENAME | FAN_ONDIR);
}

int probe_pidfd(const struct scratch *scratch)
{
        return probe_mark_quietly(scratch->directory, FLAGS_NAMES | FAN_REPORT_PIDFD, FAN_CREATE | FAN_ONDIR);
}

/* Where the scratch directory's file system cannot, a kernel that could says so in its own way. */
int probe_pre_access(const struct scratch *scratch)
{
        int r = probe_mark_quietly(scratch->file, FAN_CLASS_PRE_CONTENT, FAN_PRE_ACCESS);

        return r == -EOPNOTSUPP ? 0 : r;
}

int probe_unlimited(const struct scratch *scratch)
{
        return probe_mark_quietly(scratch->file, FAN_CLASS_CONTENT | FAN_UNLIMITED_QUEUE | FAN_UNLIMITED_MARKS,
                                  FAN_OPEN_PERM);
}

/* Granted while nobody writes, refused while somebody does. */
int probe_lease(const struct scratch *scratch)
{
        _cleanup_close_ int reader = open(scratch->file, O_RDONLY | O_CLOEXEC), writer = -1;

        if (reader < 0 || fcntl(reader, F_SETLEASE, F_RDLCK) < 0 || fcntl(reader, F_SETLEASE, F_UNLCK) < 0)
                return -errno;
        writer = open(scratch->file, O_WRONLY | O_CLOEXEC);
        if (writer < 0)
                return -errno;
        return fcntl(reader, F_SETLEASE, F_RDLCK) < 0 && errno == EAGAIN ? 0 : -EOPNOTSUPP;
}

/* The process to look at: like one of another user, only CAP_SYS_PTRACE opens it. Ends with the socket. */
static void subject_run(int fd)
{
        char byte = 0;

        _exit(prctl(PR_SET_DUMPABLE, 0) == 0 && write(fd, &byte, 1) == 1 && read(fd, &byte, 1) == 0 ? 0 : 1);
}

static int subject_look(int fd, pid_t subject)
{
        char path[64], text[128];

        if (read(fd, text, 1) != 1)
                return -ECHILD;
        (void)snprintf(path, sizeof path, "/proc/%d/syscall", (int)subject);
        return (int)read_text_at(AT_FDCWD, path, text, sizeof text);
}

int probe_syscall_flags(const struct scratch *scratch)
{
        int ends[2], r;
        pid_t subject;

        (void)scratch;
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
                return -errno;
        subject = fork();
        if (subject == 0) {
                (void)close(ends[0]);
                subject_run(ends[1]);
        }
        (void)close(ends[1]);
        r = subject < 0 ? -errno : subject_look(ends[0], subject);
        (void)close(ends[0]);
        if (subject > 0)
                (void)waitpid(subject, NULL, 0);
        return r;
}

int probe_mount_events(const struct scratch *scratch)
{
        struct mount_watch watch;
        int r = mount_watch_open_group(&watch);

        (void)scratch;
        if (r == 0)
                mount_watch_close(&watch);
        return r;
}
