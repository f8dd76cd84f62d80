/* Told by fanotify, or by libmount's monitor of /proc/self/mountinfo where the kernel has no such events. */
#include <libmount.h>
#include <unistd.h>

#include "unitward/fanotify_compat.h"
#include "unitward/mount_watch.h"
#include "unitward/util.h"

#define NAMESPACE "/proc/self/ns/mnt"

static const struct mount_watch closed = { .fd = -1 };

int mount_watch_open_group(struct mount_watch *ret)
{
        struct mount_watch watch = closed;
        int r;

        watch.fd = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_MNT | FAN_REPORT_PIDFD | FAN_CLOEXEC | FAN_NONBLOCK, 0);
        if (watch.fd < 0)
                return -errno;
        if (fanotify_mark(watch.fd, FAN_MARK_ADD | FAN_MARK_MNTNS, FAN_MNT_ATTACH | FAN_MNT_DETACH, AT_FDCWD,
                          NAMESPACE) < 0) {
                r = -errno;
                mount_watch_close(&watch);
                return r;
        }
        *ret = watch;
        return 0;
}

int mount_watch_open_monitor(struct mount_watch *ret)
{
        struct mount_watch watch = closed;
        int r;

        watch.monitor = mnt_new_monitor();
        if (!watch.monitor)
                return -ENOMEM;
        r = mnt_monitor_enable_kernel(watch.monitor, 1);
        if (r == 0)
                r = mnt_monitor_get_fd(watch.monitor);
        if (r < 0) {
                mnt_unref_monitor(watch.monitor);
                return r;
        }
        watch.fd = r;
        *ret = watch;
        return 0;
}

int mount_watch_open(struct mount_watch *ret)
{
        return mount_watch_open_group(ret) == 0 ? 0 : mount_watch_open_monitor(ret);
}

void mount_watch_close(struct mount_watch *watch)
{
        if (watch->monitor)
                mnt_unref_monitor(watch->monitor); /* the descriptor is its own */
        else
                close_pointer(&watch->fd);
        *watch = closed;
}

/* ---- Taking what was told ------------------------------------------------------------------------- */

/* What follows the event: records, each with a type and a length. */
static int parse_details(const char *at, const char *end, struct mount_change *change)
{
        while (at < end) {
                struct fanotify_event_info_header header;
                struct fanotify_event_info_pidfd who;
                struct fanotify_event_info_mnt which;

                if (end - at < (ptrdiff_t)sizeof header)
                        return -EBADMSG;
                memcpy(&header, at, sizeof header);
                if (header.len < sizeof header || header.len > end - at)
                        return -EBADMSG;
                if (header.info_type == FAN_EVENT_INFO_TYPE_PIDFD && header.len >= sizeof who) {
                        memcpy(&who, at, sizeof who);
                        change->pidfd = who.pidfd >= 0 ? who.pidfd : -1;
                } else if (header.info_type == FAN_EVENT_INFO_TYPE_MNT && header.len >= sizeof which) {
                        memcpy(&which, at, sizeof which);
                        change->id = which.mnt_id;
                }
                at += header.len;
        }
        return 0;
}

int mount_change_next(const void *buffer, size_t size, size_t *offset, struct mount_change *ret)
{
        struct mount_change change = { .pidfd = -1 };
        const char *at = (const char *)buffer + *offset;
        struct fanotify_event_metadata event;

        if (*offset == size)
                return 0;
        if (size - *offset < sizeof event)
                return -EBADMSG;
        memcpy(&event, at, sizeof event);
        if (event.vers != FANOTIFY_METADATA_VERSION || event.metadata_len < sizeof event ||
            event.event_len < event.metadata_len || event.event_len > size - *offset)
                return -EBADMSG;
        if (parse_details(at + event.metadata_len, at + event.event_len, &change) < 0)
                return -EBADMSG;
        change.pid = event.mask & FAN_Q_OVERFLOW ? 0 : event.pid;
        *offset += event.event_len;
        *ret = change;
        return 1;
}

static bool fill(struct mount_watch *watch)
{
        ssize_t n = read(watch->fd, watch->buffer, sizeof watch->buffer);

        watch->size = n > 0 ? (size_t)n : 0;
        watch->offset = 0;
        return n > 0;
}

int mount_watch_next(struct mount_watch *watch, struct mount_change *ret)
{
        if (watch->monitor) {
                if (mnt_monitor_next_change(watch->monitor, NULL, NULL) != 0)
                        return 0;
                *ret = (struct mount_change){ .pidfd = -1 };
                return 1;
        }
        if (watch->offset == watch->size && !fill(watch))
                return 0;
        if (mount_change_next(watch->buffer, watch->size, &watch->offset, ret) > 0)
                return 1;
        watch->size = watch->offset = 0;
        *ret = (struct mount_change){ .pidfd = -1 };
        return 1;
}
