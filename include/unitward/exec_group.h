/* A fanotify group that tells of each program that is opened to be executed, whatever file system it lies on:
 * FAN_OPEN_EXEC, notifications, nobody waits.
 *
 * Its marks are on whole file systems, and so each opener who waits there for anybody's answer holds it: who closes it
 * for good waits, and cannot be killed, until all of them are answered. That must be nobody who answers; see scout.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Without marks. A descriptor or -errno. */
int exec_group_open(void);

/* Marks what is mounted in this namespace and not marked yet; nothing that is asked of a server. */
void exec_group_mark(int group);

/* No mark is left. */
void exec_group_forget(int group);

/* Takes what has been told, at most so much. Returns how many: processes, each as often as it was told of in a row.
 * *ret_lost: there was no room for all, in the kernel or for descriptors. */
size_t exec_group_read(int group, pid_t *processes, size_t max, bool *ret_lost);
