/* unitward-audit: takes what the daemon says to Linux audit, and says it. It may have to wait for the kernel; the daemon does not
 * wait for it. */
#pragma once

/* Receives datagrams of couriers.h on the socket, from root alone, until it is told to end. Each becomes a record of type TRUSTED_APP.
 * 0; -EOPNOTSUPP: this kernel has no audit for us (none, or a user namespace); other -errno: the socket cannot be read. */
int audit_relay_run(int fd);
