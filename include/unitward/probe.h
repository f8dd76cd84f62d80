/* The trials behind capabilities.h. Each is 0 when the kernel did what was asked, otherwise -errno. */
#pragma once

#include <stdint.h>

/* A private directory with one empty file in it that belongs to another user. */
struct scratch {
        const char *directory;
        char path[64];
        char file[80];
};

int scratch_make(struct scratch *ret);
void scratch_remove(struct scratch *scratch);

int probe_privilege(void); /* -EPERM: no CAP_SYS_ADMIN */

/* A mark in a group of its own, gone again. On a directory, without FAN_ONDIR and FAN_EVENT_ON_CHILD, it raises
 * no event. flags are fanotify_init(2)'s. */
int probe_mark_quietly(const char *path, unsigned flags, uint64_t mask);

int probe_open_perm(const struct scratch *scratch);
int probe_names(const struct scratch *scratch);
int probe_exec_perm(const struct scratch *scratch);
int probe_report_tid(const struct scratch *scratch);
int probe_lease(const struct scratch *scratch);
int probe_syscall_flags(const struct scratch *scratch);
int probe_rename(const struct scratch *scratch);
int probe_pidfd(const struct scratch *scratch);
int probe_pre_access(const struct scratch *scratch);
int probe_unlimited(const struct scratch *scratch);
int probe_mount_events(const struct scratch *scratch);
