/* The kernel's process connector: a netlink socket that tells of every fork and exec of the machine, connector(4) of the
 * kernel's documentation, linux/cn_proc.h. A filter in the kernel lets through only what somebody waits for, so that
 * the others wake nobody.
 *
 * It is there only in the initial user and PID namespace, and the socket only in the initial network namespace. */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A socket that listens, close-on-exec and non-blocking, without a filter. -EOPNOTSUPP: none here, a namespace or the
 * kernel is in the way; -EPERM: it needs CAP_NET_ADMIN (kernels before 6.6); -errno. */
int connector_open(void);

/* The process is in the initial PID namespace, whose numbers it tells. */
bool connector_has_namespace(void);

enum connector_kind { CONNECTOR_FORK, CONNECTOR_EXEC };

struct connector_event {
        enum connector_kind kind;
        pid_t process;         /* that executes something, or was forked: a thread group */
        pid_t parent;          /* CONNECTOR_FORK: thread group; 0 otherwise */
};

/* One datagram. 1: *ret is set; 0: it tells of something else; -EBADMSG: it is not what the kernel sends. */
int connector_parse(const void *buffer, size_t size, struct connector_event *ret);

/* Takes the next datagram that is the kernel's. 1, 0 as above; -EAGAIN: there is none; -ENOBUFS: some were lost. */
int connector_read(int fd, struct connector_event *ret);

/* What is let through: forks of processes (not threads) by these, and execs of those. */
struct connector_interest {
        const pid_t *parents, *children;
        size_t n_parents, n_children;
};

#define CONNECTOR_INTEREST_MAX 512u /* both together; more are left out */
#define CONNECTOR_FILTER_MAX (2u * CONNECTOR_INTEREST_MAX + 16u)

/* The program for it, a classic BPF; returns how many instructions it has. */
size_t connector_filter(const struct connector_interest *interest, struct sock_filter ret[static CONNECTOR_FILTER_MAX]);

/* From now on, in place of the filter before: nothing falls in between. 0 or -errno. */
int connector_attach(int fd, const struct connector_interest *interest);
