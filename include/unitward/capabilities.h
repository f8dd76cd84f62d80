/* What this kernel can do for unitward, found out by trying; never by version. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct capabilities {
        bool open_perm;     /* FAN_OPEN_PERM */
        bool names;         /* FAN_REPORT_FID and FAN_REPORT_DFID_NAME */
        bool exec_perm;     /* FAN_OPEN_EXEC_PERM */
        bool report_tid;    /* FAN_REPORT_TID in the permission group */
        bool lease;         /* F_SETLEASE tells whether somebody has a file of another user open for writing */
        bool syscall_flags; /* /proc/TID/syscall of others can be read */
        bool rename;        /* FAN_RENAME with FAN_REPORT_TARGET_FID */
        bool pidfd;         /* FAN_REPORT_PIDFD in the notification group */
        bool pre_access;    /* FAN_PRE_ACCESS; only for ext4, xfs, btrfs and the like: see capability_on_directory */
        bool unlimited;     /* FAN_UNLIMITED_QUEUE and FAN_UNLIMITED_MARKS */
        bool mount_events;  /* FAN_MNT_ATTACH: who mounted what */
};

/* Tries everything in a private scratch directory under /run or /tmp, which is removed again. Touches nothing
 * protected. Takes some milliseconds and forks once, so call it before there are threads. 0; -EPERM without
 * CAP_SYS_ADMIN; -errno when there can be no scratch directory. */
int capabilities_probe(struct capabilities *ret);

/* The fields, for people and programs. */
struct capability {
        const char *name;    /* the field's */
        const char *gives;   /* "who acted in a change that raises no permission event" */
        const char *without; /* what does not hold when it is missing */
        const char *remedy;
        bool required;       /* without it there is nothing to start */
};

size_t capability_count(void);
const struct capability *capability_at(size_t index);
bool capability_is_held(const struct capabilities *capabilities, size_t index);

/* The first required one that is missing, or NULL. */
const struct capability *capabilities_missing(const struct capabilities *capabilities);

/* {"open_perm": true, ...}; NULL: no memory. */
json_t *capabilities_to_json(const struct capabilities *capabilities);

/* What the file system of a directory can carry. The directory is marked for a moment, with marks that raise no
 * event. */
struct directory_capabilities {
        bool open_perm;
        bool names;      /* it has file handles */
        bool pre_access;
};
int capabilities_probe_directory(const char *path, struct directory_capabilities *ret);
