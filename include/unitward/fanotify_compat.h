/* <sys/fanotify.h> and what headers older than the running kernel do not know yet. The values are
 * kernel ABI; whether the kernel has the feature is for capabilities.h to find out. */
#pragma once

#include <fcntl.h>
#include <linux/types.h>
#include <sys/fanotify.h>

#ifndef FAN_PRE_ACCESS                  /* Linux 6.14: before contents are read or changed */
#define FAN_PRE_ACCESS 0x00100000
#endif

#ifndef FAN_REPORT_TARGET_FID           /* Linux 5.17: identity of what a directory entry names */
#define FAN_REPORT_TARGET_FID 0x00001000
#endif

#ifndef FAN_RENAME                      /* Linux 5.17: both names of a rename in one event */
#define FAN_RENAME 0x10000000
#endif

#ifndef FAN_EVENT_INFO_TYPE_RANGE       /* Linux 6.14: comes with FAN_PRE_ACCESS */
#define FAN_EVENT_INFO_TYPE_RANGE 6
struct fanotify_event_info_range {
        struct fanotify_event_info_header hdr;
        __u32 pad;
        __u64 offset;
        __u64 count;
};
#endif

#ifndef FAN_REPORT_MNT                  /* Linux 6.15: mounts of a mount namespace */
#define FAN_REPORT_MNT 0x00004000
#define FAN_MARK_MNTNS 0x00000110
#define FAN_MNT_ATTACH 0x01000000
#define FAN_MNT_DETACH 0x02000000
#endif

#ifndef FAN_EVENT_INFO_TYPE_MNT
#define FAN_EVENT_INFO_TYPE_MNT 7
struct fanotify_event_info_mnt {
        struct fanotify_event_info_header hdr;
        __u64 mnt_id;
};
#endif

#ifndef AT_HANDLE_FID                   /* Linux 6.5: a handle to compare, not to open by */
#define AT_HANDLE_FID 0x200
#endif
