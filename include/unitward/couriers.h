/* Datagrams to other loggers: a syslog's socket, and the relay to Linux audit. The recorder's; nobody is ever waited for, and what
 * cannot be sent at once is counted as lost.
 *
 * The daemon does not speak to Linux audit itself. Where the kernel's backlog of audit records is full, it has who sends one wait, up
 * to a minute, uninterruptibly and whatever the flags (audit_receive() in kernel/audit.c, Linux 5.17): a recorder that waits
 * loses records, and a guard with such a thread cannot end. For the same reason no response carries FAN_AUDIT: there it is
 * the denied opener who waits, PID 1 as well, and the group cannot be closed meanwhile. And CAP_AUDIT_WRITE stays where
 * it is used: unitward-audit, which has nothing else. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "unitward/record.h"
#include "unitward/record_settings.h"

struct courier {
        char path[SYSLOG_SOCKET_MAX];  /* "": none */
        enum record_choice choice;
        uint64_t sent, lost;           /* atomic */
        bool failing;                  /* atomic: the last one was lost */
};

struct couriers {
        int fd;                        /* -1: not open yet */
        struct courier syslog, audit;
};

/* A datagram to unitward-audit: RELAY_SUCCESS or RELAY_FAILURE, and what record_to_audit() says. */
#define RELAY_SUCCESS '+'
#define RELAY_FAILURE '-'

/* audit_path: of the relay's socket. -ENAMETOOLONG. */
int couriers_init(struct couriers *couriers, const char *audit_path);
void couriers_done(struct couriers *couriers);
void couriers_configure(struct couriers *couriers, const struct record_settings *settings);

/* No relay (ENOENT) is no loss: then there is nobody who wants it. */
void couriers_send(struct couriers *couriers, const struct record *record);
