/* The scout: a process of its own that tells the guard who executes programs, where the kernel has no process connector
 * for it. It alone has the group of exec_group.h: nobody waits for the scout, and who answers openers never closes that
 * group, whether he stops, crashes or is killed.
 *
 * What it tells are datagrams of pids, each of a process that has executed something a moment ago; 0: some were lost.
 * What it is told is one of the words below. When nobody is left at the other end it ends. */
#pragma once

#include <sys/types.h>

#define SCOUT_WATCH 'w' /* from now on; before that it has no marks and says nothing */
#define SCOUT_REST 'r'
#define SCOUT_BATCH 256u /* pids in a datagram, at most */

/* Forks it, confined; call it before anything is open that may not outlive this process, above all a group of
 * permission events, and before there are threads. A socket, close-on-exec and non-blocking; -errno: there is none. */
int scout_start(void);
