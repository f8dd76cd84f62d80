/* fanotify groups, fanotify(7): the permission group, the pre-content group where the kernel has it
 * (Linux 6.14), and the notification group. Descriptors are close-on-exec and non-blocking.
 *
 * The functions that mark may be called from another thread than the one that reads. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/fanotify.h>
#include <sys/stat.h>

#include "unitward/fanotify_compat.h"

#define FAN_BUFFER_SIZE (64u * 1024u)

/* Notifications name a file system by its fsid, statfs(2). Where it has none (an overlay of several file systems, as of
 * systemd-sysext), or each part of it another one (btrfs subvolumes), that is "weak" for the kernel: since Linux 6.8 such a
 * one can be marked by a group that has marks nowhere else, before that not at all. */
#define FAN_WEAK_MAX 8u

struct fan_groups {
        int permission;        /* FAN_CLASS_CONTENT, FAN_REPORT_TID */
        int access;            /* FAN_CLASS_PRE_CONTENT, for truncate(2) and for gated commands; -1: there is none */
        int notification;      /* names, file handles, pidfds */
        int anchor;            /* a memfd that it marks: what is weak cannot be the first, and keep the others out */
        int weak[FAN_WEAK_MAX]; /* the same for a weak file system or subvolume each; -1: there are no more */
        int weak_told;         /* epoll(7) of these; -1: there are none */
};

#define FAN_GROUPS_NONE                                                                                                \
        ((struct fan_groups){ .permission = -1, .access = -1, .notification = -1, .anchor = -1,                        \
                              .weak = { [0 ... FAN_WEAK_MAX - 1] = -1 }, .weak_told = -1 })

/* 0; -EPERM without CAP_SYS_ADMIN; -EOPNOTSUPP when the kernel has no permission events or names. */
int fan_groups_open(struct fan_groups *ret);
void fan_groups_close(struct fan_groups *groups);

/* What a mark is for. */
enum fan_mark_kind {
        FAN_MARK_PROTECTED,    /* a directory whose contents are protected: all gates */
        FAN_MARK_STATE,        /* the daemon's own directory: opens of what is in it, and names */
        FAN_MARK_PARENT,       /* a directory above one: names only, never a permission event */
        FAN_MARK_UNIT,         /* a file itself: reaches opens through other hard links */
        FAN_MARK_TAKEN,        /* a directory of the quarantine: opens of what was just moved there */
        FAN_MARK_CONDEMNED,    /* a file that managers may not load for a while */
        FAN_MARK_WITNESS,      /* a program: tells when it is executed */
        FAN_MARK_WITNESS_ASKING, /* a program: its execution waits until it was looked at */
        FAN_MARK_REFUSED,      /* a program that managers may not execute for some unit: its execution waits */
        FAN_MARK_SINGLE,       /* the same for a file whose directory is not protected: its changes too */
        FAN_MARK_COMMAND,      /* a gated command's program: asked about on the access group, so that what zones want of
                                * the same file comes and goes beside it */
        FAN_MARK_BARRIER,      /* what every program opens when it starts: likewise */
};

/* fd: a descriptor of the object, O_PATH will do. 0; -ENOSPC: fs.fanotify.max_user_marks is used up;
 * -ENODEV, -EOPNOTSUPP: the file system cannot be watched; -EXDEV: it is weak, and the kernel too old, or it is one weak
 * file system too many. */
int fan_groups_mark(const struct fan_groups *groups, enum fan_mark_kind kind, int fd);

/* Takes a mark away again; what was never marked is fine. */
void fan_groups_unmark(const struct fan_groups *groups, enum fan_mark_kind kind, int fd);

/* A mark that comes and goes all the time: kept, it is an entry in its mask that does so, and not a mark that the kernel makes,
 * and destroys by workers after two grace periods. It means nothing by itself. 0 or -errno. */
int fan_group_keep(int group, int fd);
void fan_group_let_go(int group, int fd);

/* Each permission event takes a descriptor when it is read, and an open for whose event there is none is denied by the
 * kernel, without a word when the event is not the first of those that are read. How many may be kept waiting, so that
 * whoever has to answer them can still open something: 0 where RLIMIT_NOFILE is low. Events are then taken one by one, an
 * answer gives one back: fan_read_size is how many bytes to read where there is room for a whole buffer. */
size_t fan_waiting_max(void);
size_t fan_read_size(size_t waiting_max, size_t whole);

/* Which of the weak groups have something to tell, at most all of them; does not wait. */
size_t fan_groups_weak_told(const struct fan_groups *groups, int ret[static FAN_WEAK_MAX]);

/* Answers a permission event. FAN_ALLOW or FAN_DENY. 0; -ENOENT: nobody waits for it any more. */
int fan_group_reply(int group, int event_fd, uint32_t response);

/* A directory's identity in notification events: file system and file handle, name_to_handle_at(2). */
#define FAN_HANDLE_MAX 128u
struct fan_handle {
        int fsid[2];
        int type;
        unsigned size;
        unsigned char bytes[FAN_HANDLE_MAX];
};

/* Of the object behind fd (O_PATH will do). -EOPNOTSUPP where the file system has no handles. */
int fan_handle_of(int fd, struct fan_handle *ret);

/* One change, as the notification group told it. */
struct fan_change {
        uint64_t mask;         /* FAN_CREATE, FAN_MOVED_TO, ... and FAN_ONDIR */
        pid_t pid;             /* thread group; 0: in another PID namespace */
        int pidfd;             /* owned by the caller; -1: gone when the event was read */
        bool has_directory;
        struct fan_handle directory;
        char name[256];        /* NAME_MAX and the NUL; "." is the directory itself; any bytes */
};

/* Takes the next change out of a buffer that read(2) filled. *offset starts at 0. 1: *ret is set; 0: the
 * buffer is used up; -EBADMSG: it is not what the kernel writes (nothing more can be read from it). */
int fan_change_next(const void *buffer, size_t size, size_t *offset, struct fan_change *ret);

/* One open, or a truncation, that waits for an answer. */
struct fan_open {
        uint64_t mask;         /* FAN_OPEN_PERM, FAN_OPEN_EXEC_PERM, FAN_PRE_ACCESS, FAN_ONDIR */
        int fd;                /* owned by the caller, who answers by its number; negative: the queue overflowed */
        pid_t tid;             /* thread; 0: in another PID namespace */
        bool has_length;       /* FAN_PRE_ACCESS: for a range that is not empty */
};

/* The same for a buffer of the permission or the access group. */
int fan_open_next(const void *buffer, size_t size, size_t *offset, struct fan_open *ret);
