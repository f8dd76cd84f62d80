/* A connection to a service manager's private socket, which is there without a bus and from early boot on. */
#pragma once

#include <stdint.h>
#include <systemd/sd-bus.h>

#include "unitward/managers.h"

#define MANAGER_NAME "org.freedesktop.systemd1"
#define MANAGER_OBJECT "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"
#define MANAGER_SOCKET "/run/systemd/private"

/* Does not wait for the manager; each call does, so long. 0; -EPERM: who listens there is no manager; -errno. */
int manager_bus_open(struct managers *known, const char *path, uint64_t patience_usec, sd_bus **ret);
void manager_bus_close(sd_bus **bus); /* for _cleanup_ */
