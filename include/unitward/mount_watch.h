/* Mounts as they come and go: that there was one and, where the kernel tells (Linux 6.15), which and whose. What is
 * mounted where is for mount_table.h to find out. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct libmnt_monitor;

struct mount_watch {
        int fd;                /* to poll: readable when something changed; not to be read by others */
        struct libmnt_monitor *monitor; /* of mountinfo; NULL: fd is a fanotify group, which tells who */
        size_t size, offset;   /* of what was read from the group and not taken yet */
        unsigned char buffer[4096] __attribute__((aligned(8)));
};

struct mount_change {
        uint64_t id;           /* of the mount that was attached or detached, unique since boot; 0: not told */
        pid_t pid;             /* 0: not told */
        int pidfd;             /* owned by the caller; -1: not told, or gone */
};

/* Of the caller's mount namespace. 0 or -errno. mount_watch_open takes the first that works. */
int mount_watch_open(struct mount_watch *ret);
int mount_watch_open_group(struct mount_watch *ret); /* -EINVAL: the kernel has no such events */
int mount_watch_open_monitor(struct mount_watch *ret);
void mount_watch_close(struct mount_watch *watch);

/* Takes the next change out of a buffer that was read from the group. *offset starts at 0. 1: *ret is set; 0: the buffer is
 * used up; -EBADMSG: it is not what the kernel writes. */
int mount_change_next(const void *buffer, size_t size, size_t *offset, struct mount_change *ret);

/* 1: something changed, *ret says what is known of it; 0: nothing more. Changes may be told of together: the table is
 * to be read after the last. Never waits. */
int mount_watch_next(struct mount_watch *watch, struct mount_change *ret);
