/* Whoever looks a name up opens what he found a moment later. A file that was taken to quarantine meanwhile has left
 * its directory, whose marks no longer tell of it: it gets one of its own before it goes. A link is removed at once,
 * and what a manager may already have read of it is the target's path: so the target is marked before the link goes.
 * Who may have which targets condemned is the point of most of this: a denied load is a unit that does not start. */
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "unitward/condemn.h"
#include "unitward/fanotify_compat.h"
#include "unitward/util.h"

/* The target may lie on a network file system whose server is gone: only what is cached is followed. Somebody who has
 * just made a file has it cached. */
static int open_cached(int dir, const char *path, uint64_t flags)
{
        const struct open_how how = { .flags = O_PATH | O_CLOEXEC | flags, .resolve = RESOLVE_CACHED };

        return (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
}

static bool look_cached(int fd, struct statx *ret)
{
        const unsigned wanted = STATX_TYPE | STATX_UID | STATX_INO;

        return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, wanted, ret) == 0 &&
               (ret->stx_mask & wanted) == wanted;
}

/* Whoever reads the event of a marked file opens it. On FUSE its server may never answer that; on an overlay the file
 * beneath is opened too, and may be marked. The kind of handle tells, without asking a server; the same overlay as the
 * directory's is no other than is marked already. */
#define HANDLE_OVERLAY 0xf8
#define HANDLE_OVERLAY_OLD 0xfb
#define HANDLE_FUSE 0x81
#define HANDLE_FUSE_PARENT 0x82

static int handle_type(int fd)
{
        static const int flags[] = { AT_EMPTY_PATH, AT_EMPTY_PATH | AT_HANDLE_FID };
        union {
                struct file_handle handle;
                unsigned char room[sizeof(struct file_handle) + FAN_HANDLE_MAX];
        } u;
        int mount;

        for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
                u.handle.handle_bytes = FAN_HANDLE_MAX;
                if (name_to_handle_at(fd, "", &u.handle, &mount, flags[i]) == 0)
                        return u.handle.handle_type;
        }
        return -errno;
}

static bool is_same_overlay(int fd, int dir)
{
        struct statfs file, directory;

        return dir >= 0 && fstatfs(fd, &file) == 0 && fstatfs(dir, &directory) == 0 &&
               file.f_type == directory.f_type && memcmp(&file.f_fsid, &directory.f_fsid, sizeof file.f_fsid) == 0;
}

/* The numbers of FUSE are those of XFS with 64-bit inodes too, which lies on a block device. */
static bool may_be_marked(int fd, int dir, const struct statx *st)
{
        switch (handle_type(fd)) {
        case HANDLE_OVERLAY:
        case HANDLE_OVERLAY_OLD:
                return is_same_overlay(fd, dir);
        case HANDLE_FUSE:
        case HANDLE_FUSE_PARENT:
                return st->stx_dev_major != 0;
        default:
                return true;
        }
}

static bool is_program_of(const char *exe, struct file_id id)
{
        struct stat st;

        return stat(exe, &st) == 0 && file_id_equal(file_id_of(&st), id);
}

static bool is_spared(struct inventory *inventory, struct file_id id)
{
        const struct signature signature = { .id = id };
        struct inventory_facts facts;

        inventory_find(inventory, &signature, &facts);
        return facts.found || is_program_of("/proc/1/exe", id) || is_program_of("/proc/self/exe", id);
}

static char *path_of(int fd)
{
        char path[PATH_MAX];
        ssize_t n = readlink(fd_path(fd).text, path, sizeof path);

        return n > 0 ? strndup(path, (size_t)n) : NULL;
}

/* It may have become somebody's protected file, or have been condemned again. */
static void let_go(const struct fan_groups *groups, struct inventory *inventory, struct condemned *condemned)
{
        const struct signature signature = { .id = condemned->id };
        struct inventory_facts facts;

        inventory_find(inventory, &signature, &facts);
        if (condemned->taken)
                fan_groups_unmark(groups, FAN_MARK_TAKEN, condemned->fd);
        else if (!facts.found && !facts.condemned)
                fan_groups_unmark(groups, FAN_MARK_CONDEMNED, condemned->fd);
        condemned_done(condemned);
}

/* Takes condemned->path, which may be NULL for want of memory. Listed first: what is asked about and not known would be
 * decided as a new unit. */
static void condemn_by(const struct fan_groups *groups, struct inventory *inventory, int fd,
                       struct condemned *condemned, const char *rule)
{
        struct condemned gone;

        condemned->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        condemned->until_usec = now_monotonic_usec() + CONDEMNED_USEC;
        if (!condemned->path || condemned->fd < 0) {
                condemned_done(condemned);
                return;
        }
        (void)string_copy(condemned->rule, sizeof condemned->rule, rule);
        if (inventory_condemn(inventory, condemned, &gone)) {
                if (file_id_equal(gone.id, condemned->id))
                        condemned_done(&gone); /* the same one again, and its mark stays */
                else
                        let_go(groups, inventory, &gone);
        }
        (void)fan_groups_mark(groups, condemned->taken ? FAN_MARK_TAKEN : FAN_MARK_CONDEMNED, fd);
}

void condemn(const struct fan_groups *groups, struct inventory *inventory, const struct planted *planted)
{
        _cleanup_close_ int fd = open_cached(planted->dir, planted->target, 0);
        struct condemned condemned = { .taken = false };
        struct statx st;

        if (fd < 0 || !look_cached(fd, &st) || !S_ISREG(st.stx_mode) ||
            (planted->owner != 0 && planted->owner != st.stx_uid) || !may_be_marked(fd, planted->dir, &st))
                return;
        condemned.id = (struct file_id){ makedev(st.stx_dev_major, st.stx_dev_minor), st.stx_ino };
        if (is_spared(inventory, condemned.id))
                return;
        condemned.path = path_of(fd);
        condemn_by(groups, inventory, fd, &condemned, planted->rule);
}

void condemn_taken(const struct fan_groups *groups, struct inventory *inventory, int directory, const char *path,
                   const char *rule)
{
        struct condemned condemned = { .taken = true };
        struct stat st;

        if (fstat(directory, &st) < 0)
                return;
        condemned.id = file_id_of(&st);
        condemned.path = strdup(path);
        condemn_by(groups, inventory, directory, &condemned, rule);
}

void condemn_suspect(const struct fan_groups *groups, struct inventory *inventory, const char *directory,
                     const char *name)
{
        _cleanup_close_ int dir = open_cached(AT_FDCWD, directory, O_DIRECTORY | O_NOFOLLOW);
        _cleanup_close_ int link = dir < 0 ? -1 : open_cached(dir, name, O_NOFOLLOW);
        char target[PATH_MAX];
        struct statx st;
        ssize_t n;

        if (link < 0 || !look_cached(link, &st) || !S_ISLNK(st.stx_mode))
                return;
        n = readlinkat(link, "", target, sizeof target - 1);
        if (n < 0)
                return;
        target[n] = '\0';
        condemn(groups, inventory, &(struct planted){ dir, target, st.stx_uid, "" });
}

void condemn_pardon(const struct fan_groups *groups, struct inventory *inventory)
{
        struct condemned gone;

        while (inventory_pardon(inventory, now_monotonic_usec(), &gone))
                let_go(groups, inventory, &gone);
}
