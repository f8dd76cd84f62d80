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

/* What follows the event: records, each with a type and a length. A pidfd stands for somebody who has to be closed. */
static void parse_details(const struct fanotify_event_metadata *event, struct mount_change *change)
{
        const char *at = (const char *)event + event->metadata_len, *end = (const char *)event + event->event_len;
        struct fanotify_event_info_header header;

        for (; end - at >= (ptrdiff_t)sizeof header; at += header.len) {
                struct fanotify_event_info_pidfd who;
                struct fanotify_event_info_mnt which;

                memcpy(&header, at, sizeof header);
                if (header.len < sizeof header || header.len > end - at)
                        return;
                if (header.info_type == FAN_EVENT_INFO_TYPE_PIDFD && header.len >= sizeof who) {
                        memcpy(&who, at, sizeof who);
                        change->pidfd = who.pidfd >= 0 ? who.pidfd : -1;
                } else if (header.info_type == FAN_EVENT_INFO_TYPE_MNT && header.len >= sizeof which &&
                           (event->mask & FAN_MNT_ATTACH)) {
                        memcpy(&which, at, sizeof which);
                        change->id = which.mnt_id;
                }
        }
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
        struct mount_change change = { .pidfd = -1 };
        const struct fanotify_event_metadata *event;

        if (watch->monitor) {
                if (mnt_monitor_next_change(watch->monitor, NULL, NULL) != 0)
                        return 0;
                *ret = change;
                return 1;
        }
        if (watch->size - watch->offset < sizeof *event && !fill(watch))
                return 0;
        event = (const void *)(watch->buffer + watch->offset);
        if (!FAN_EVENT_OK(event, (long)(watch->size - watch->offset))) {
                watch->size = watch->offset = 0;
                return 0;
        }
        watch->offset += event->event_len;
        if (!(event->mask & FAN_Q_OVERFLOW)) {
                change.pid = event->pid;
                parse_details(event, &change);
        }
        *ret = change;
        return 1;
}
