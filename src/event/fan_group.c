#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/vfs.h>

#include "unitward/fan_group.h"
#include "unitward/util.h"

/* O_NONBLOCK: the kernel opens the object for us, and a FIFO that was planted must not hold the reader. */
#define EVENT_FLAGS (O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NOATIME | O_NONBLOCK)

#define CHANGES                                                                                                        \
        (FAN_CREATE | FAN_DELETE | FAN_MOVED_FROM | FAN_MOVED_TO | FAN_MODIFY | FAN_CLOSE_WRITE | FAN_ATTRIB |         \
         FAN_ONDIR | FAN_EVENT_ON_CHILD)
#define NAMES (FAN_CREATE | FAN_DELETE | FAN_MOVED_FROM | FAN_MOVED_TO | FAN_ATTRIB | FAN_ONDIR)

/* What each kind of mark asks of each group; 0: nothing. FAN_PRE_ACCESS must not be combined with FAN_ONDIR. */
static const struct {
        uint64_t permission, access, notification;
} masks[] = {
        [FAN_MARK_PROTECTED] = { FAN_OPEN_PERM | FAN_ONDIR | FAN_EVENT_ON_CHILD, FAN_PRE_ACCESS | FAN_EVENT_ON_CHILD,
                                 CHANGES },
        [FAN_MARK_STATE] = { FAN_OPEN_PERM | FAN_EVENT_ON_CHILD, 0, NAMES },
        [FAN_MARK_PARENT] = { 0, 0, NAMES },
        [FAN_MARK_UNIT] = { FAN_OPEN_PERM, FAN_PRE_ACCESS, 0 },
        [FAN_MARK_TAKEN] = { FAN_OPEN_PERM | FAN_EVENT_ON_CHILD, 0, 0 },
        [FAN_MARK_CONDEMNED] = { FAN_OPEN_PERM, 0, 0 },
        [FAN_MARK_WITNESS] = { 0, 0, FAN_OPEN_EXEC },
        [FAN_MARK_WITNESS_ASKING] = { FAN_OPEN_EXEC_PERM, 0, 0 },
        [FAN_MARK_REFUSED] = { FAN_OPEN_EXEC_PERM, 0, 0 },
        [FAN_MARK_SINGLE] = { FAN_OPEN_PERM, FAN_PRE_ACCESS, FAN_MODIFY | FAN_CLOSE_WRITE | FAN_ATTRIB },
        [FAN_MARK_COMMAND] = { 0, FAN_OPEN_PERM, 0 },
        [FAN_MARK_BARRIER] = { 0, FAN_OPEN_PERM, 0 },
};

/* Without FAN_UNLIMITED_QUEUE an open that finds the queue full is let through unasked: whoever can block
 * 16,384 openers could open the next file. The openers themselves bound the queue. Notifications stay
 * limited: what they lose is found by settling everything. */
#define ASKING (FAN_REPORT_TID | FAN_UNLIMITED_QUEUE | FAN_UNLIMITED_MARKS | FAN_CLOEXEC | FAN_NONBLOCK)
#define TELLING                                                                                                        \
        (FAN_REPORT_FID | FAN_REPORT_DFID_NAME | FAN_REPORT_PIDFD | FAN_UNLIMITED_MARKS | FAN_CLOEXEC | FAN_NONBLOCK)

/* Why there is no group; what is not about who asks or how many there are is about the kernel. */
static int no_group(void)
{
        return errno == EPERM || errno == EMFILE || errno == ENOMEM ? -errno : -EOPNOTSUPP;
}

/* Whatever is marked first decides what else a group can mark. A group without it would work until then. */
static void drop_anchor(struct fan_groups *groups)
{
        groups->anchor = memfd_create("unitward-anchor", MFD_CLOEXEC);
        if (groups->anchor >= 0)
                (void)fan_group_keep(groups->notification, groups->anchor);
}

/* As many as the limits allow: who has no such file systems needs none. */
static void open_weak(struct fan_groups *groups)
{
        groups->weak_told = epoll_create1(EPOLL_CLOEXEC);
        for (size_t i = 0; groups->weak_told >= 0 && i < FAN_WEAK_MAX; i++) {
                int group = fanotify_init(FAN_CLASS_NOTIF | TELLING, EVENT_FLAGS);
                struct epoll_event told = { .events = EPOLLIN, .data.fd = group };

                if (group < 0)
                        return;
                if (epoll_ctl(groups->weak_told, EPOLL_CTL_ADD, group, &told) < 0) {
                        (void)close(group);
                        return;
                }
                groups->weak[i] = group;
        }
}

int fan_groups_open(struct fan_groups *ret)
{
        struct fan_groups groups = FAN_GROUPS_NONE;

        groups.permission = fanotify_init(FAN_CLASS_CONTENT | ASKING, EVENT_FLAGS);
        if (groups.permission < 0)
                return no_group();
        groups.notification = fanotify_init(FAN_CLASS_NOTIF | TELLING, EVENT_FLAGS);
        if (groups.notification < 0) {
                int r = no_group();

                fan_groups_close(&groups);
                return r;
        }
        /* Optional: without it truncate(2) is undone by the arrival gate instead of denied, and no command is gated. */
        groups.access = fanotify_init(FAN_CLASS_PRE_CONTENT | ASKING, EVENT_FLAGS);
        drop_anchor(&groups);
        open_weak(&groups);
        *ret = groups;
        return 0;
}

void fan_groups_close(struct fan_groups *groups)
{
        /* The notification group first: closing the others lets blocked openers through, and what they
         * then do should not be queued for nobody. */
        close_pointer(&groups->notification);
        for (size_t i = 0; i < FAN_WEAK_MAX; i++)
                close_pointer(&groups->weak[i]);
        close_pointer(&groups->weak_told);
        close_pointer(&groups->anchor);
        close_pointer(&groups->access);
        close_pointer(&groups->permission);
        *groups = FAN_GROUPS_NONE;
}

static int mark(int group, unsigned action, uint64_t mask, int fd)
{
        const struct fd_path path = fd_path(fd);

        if (group < 0 || mask == 0)
                return 0;
        /* An O_PATH descriptor itself is refused by fanotify_mark(2); its name in /proc is not. */
        return fanotify_mark(group, action, mask, AT_FDCWD, path.text) < 0 ? -errno : 0;
}

/* The kernel knows which group has room for it. */
static int mark_told(const struct fan_groups *groups, uint64_t mask, int fd)
{
        int r = mark(groups->notification, FAN_MARK_ADD, mask, fd);

        for (size_t i = 0; r == -EXDEV && i < FAN_WEAK_MAX && groups->weak[i] >= 0; i++)
                r = mark(groups->weak[i], FAN_MARK_ADD, mask, fd);
        return r;
}

int fan_groups_mark(const struct fan_groups *groups, enum fan_mark_kind kind, int fd)
{
        int r;

        r = mark_told(groups, masks[kind].notification, fd);
        if (r < 0)
                return r;
        r = mark(groups->permission, FAN_MARK_ADD, masks[kind].permission, fd);
        if (r < 0)
                return r;
        r = mark(groups->access, FAN_MARK_ADD, masks[kind].access, fd);
        /* tmpfs and overlayfs have no pre-content events (EOPNOTSUPP, EINVAL): an additional guarantee only. */
        if (masks[kind].access & FAN_PRE_ACCESS)
                return 0;
        return groups->access < 0 && masks[kind].access ? -EOPNOTSUPP : r;
}

void fan_groups_unmark(const struct fan_groups *groups, enum fan_mark_kind kind, int fd)
{
        (void)mark(groups->permission, FAN_MARK_REMOVE, masks[kind].permission, fd);
        (void)mark(groups->access, FAN_MARK_REMOVE, masks[kind].access, fd);
        if (mark(groups->notification, FAN_MARK_REMOVE, masks[kind].notification, fd) < 0)
                for (size_t i = 0; i < FAN_WEAK_MAX; i++)
                        (void)mark(groups->weak[i], FAN_MARK_REMOVE, masks[kind].notification, fd);
}

size_t fan_groups_weak_told(const struct fan_groups *groups, int ret[static FAN_WEAK_MAX])
{
        struct epoll_event told[FAN_WEAK_MAX];
        int n = groups->weak_told < 0 ? 0 : epoll_wait(groups->weak_told, told, FAN_WEAK_MAX, 0);

        for (int i = 0; i < n; i++)
                ret[i] = told[i].data.fd;
        return n < 0 ? 0 : (size_t)n;
}

/* That a change is not told of, which nobody has asked for: a mark, and the object is looked at as if it had none. */
#define KEPT FAN_MODIFY

int fan_group_keep(int group, int fd)
{
        return mark(group, FAN_MARK_ADD | FAN_MARK_IGNORED_MASK | FAN_MARK_IGNORED_SURV_MODIFY, KEPT, fd);
}

void fan_group_let_go(int group, int fd)
{
        (void)mark(group, FAN_MARK_REMOVE | FAN_MARK_IGNORED_MASK, KEPT, fd);
}

#define DESCRIPTORS_PLENTY 4096u
#define ONE_EVENT 64u /* bytes; too few for two with a range */

size_t fan_waiting_max(void)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
                return DESCRIPTORS_PLENTY / 2;
        return limit.rlim_cur < DESCRIPTORS_PLENTY ? 0 : (size_t)limit.rlim_cur / 2;
}

size_t fan_read_size(size_t waiting_max, size_t whole)
{
        return waiting_max > 0 ? whole : ONE_EVENT;
}

int fan_group_reply(int group, int event_fd, uint32_t response)
{
        struct fanotify_response reply = { .fd = event_fd, .response = response };
        ssize_t n;

        do
                n = write(group, &reply, sizeof reply);
        while (n < 0 && errno == EINTR);
        return n < 0 ? -errno : 0;
}

int fan_handle_of(int fd, struct fan_handle *ret)
{
        /* AT_HANDLE_FID (Linux 6.5) asks for an identity alone, which file systems that cannot be
         * exported over NFS have too; overlayfs for one. */
        static const int flags[] = { AT_EMPTY_PATH, AT_EMPTY_PATH | AT_HANDLE_FID };
        union {
                struct file_handle handle;
                unsigned char room[sizeof(struct file_handle) + FAN_HANDLE_MAX];
        } u;
        struct statfs fs;
        int mount;

        if (fstatfs(fd, &fs) < 0)
                return -errno;
        for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
                u.handle.handle_bytes = FAN_HANDLE_MAX;
                if (name_to_handle_at(fd, "", &u.handle, &mount, flags[i]) < 0)
                        continue;
                memset(ret, 0, sizeof *ret);
                memcpy(ret->fsid, &fs.f_fsid, sizeof ret->fsid);
                ret->type = u.handle.handle_type;
                ret->size = u.handle.handle_bytes;
                memcpy(ret->bytes, u.room + offsetof(struct file_handle, f_handle), ret->size);
                return 0;
        }
        return -EOPNOTSUPP;
}
