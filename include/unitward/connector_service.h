/* The connector of a service that itself may not open one: its network is its own, and it has no CAP_NET_ADMIN. Before
 * it is started, a command of its unit with all rights opens one and leaves it with the service manager, which hands it
 * on; sd_pid_notify_with_fds(3), FileDescriptorStoreMax= in systemd.service(5). */
#pragma once

/* For that command. 0, also where the kernel has none for us; -errno. */
int connector_leave(void);

/* The one that was handed to this process: a descriptor; -ENOENT. */
int connector_take(void);
