/* Who may end the daemon. As a service it ends by `unitward stop`, which the policy decides about, and when its manager
 * stops it, at shutdown above all. Root's SIGTERM is recorded and refused; SIGKILL remains root's. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* What `unitward stop` ends a service with, so that its manager does not start it again (the unit's
 * RestartPreventExitStatus=). */
#define STOP_EXIT_STATUS 10

/* Run by a service manager, and not by hand: there SIGTERM and Ctrl-C are anybody's who may send them. */
bool stop_is_service(bool foreground);

/* Whose SIGTERM or SIGINT counts for a service: its parent's, which is the manager (or the process that the manager
 * knows, which hands on what it obeys itself), its own, and the kernel's, which comes from nobody (0). Pure but for
 * getppid(2) and getpid(2). */
bool stop_counts(pid_t sender);
