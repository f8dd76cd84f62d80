/* The mount namespace of PID 1, in which managers read units: only there all mounts over what is protected are seen, and
 * only there they can be taken off, umount(2). A service manager that confines the daemon may start it in another one. */
#pragma once

#include <sys/types.h>

/* 1: *ret_fd is PID 1's; 0: the caller is there already; -errno. Needs CAP_SYS_PTRACE, proc(5). */
int mount_namespace_open(int *ret_fd);

/* The caller joins it, and knows afterwards that it is PID 1's. It has one thread, and shares its root and working
 * directory with nobody (CLONE_FS, clone(2)); they become the root of that namespace. Needs CAP_SYS_ADMIN and
 * CAP_SYS_CHROOT. 0; -EXDEV: it is not PID 1's any more; other -errno. */
int mount_namespace_join(int fd);

/* For messages when one of the two fails. */
#define MOUNT_NAMESPACE_ADVICE                                                                                         \
        "it needs CAP_SYS_ADMIN, CAP_SYS_CHROOT and CAP_SYS_PTRACE in CapabilityBoundingSet=, and RestrictNamespaces= "  \
        "that has mnt; or leave out --host-mounts, and all that gives the unit a mount namespace of its own"

/* Whether the process is where PID 1 is: 1 or 0; -errno: nobody may tell. */
int mount_namespace_is_host(pid_t pid);
