/* The filter of the connector's socket: classic BPF, because replacing it needs no privilege, and no map. */
#include <arpa/inet.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "unitward/connector.h"
#include "unitward/util.h"

#define EVENT (NLMSG_HDRLEN + sizeof(struct cn_msg))
#define AT(field) ((uint32_t)(EVENT + offsetof(struct proc_event, field)))
#define WHOLE 0xffffffffu

/* The kernel writes in its own byte order, the filter loads in the network's. */
#define WORD(value) htonl((uint32_t)(value))

struct program {
        struct sock_filter *at;
        size_t n;
};

static void add(struct program *program, uint16_t code, uint8_t if_true, uint8_t if_false, uint32_t value)
{
        program->at[program->n++] = (struct sock_filter){ code, if_true, if_false, value };
}

static void load(struct program *program, uint32_t offset)
{
        add(program, BPF_LD | BPF_W | BPF_ABS, 0, 0, offset);
}

static void finish(struct program *program, uint32_t take)
{
        add(program, BPF_RET | BPF_K, 0, 0, take);
}

static void take_any(struct program *program, const pid_t *pids, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                add(program, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, WORD(pids[i]));
                finish(program, WHOLE);
        }
        finish(program, 0);
}

size_t connector_filter(const struct connector_interest *interest, struct sock_filter ret[static CONNECTOR_FILTER_MAX])
{
        const size_t n_parents =
                interest->n_parents < CONNECTOR_INTEREST_MAX ? interest->n_parents : CONNECTOR_INTEREST_MAX;
        const size_t left = CONNECTOR_INTEREST_MAX - n_parents;
        const size_t n_children = interest->n_children < left ? interest->n_children : left;
        struct program program = { ret, 0 };

        load(&program, AT(what));
        add(&program, BPF_JMP | BPF_JEQ | BPF_K, 3, 0, WORD(PROC_EVENT_FORK));
        add(&program, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, WORD(PROC_EVENT_EXEC));
        finish(&program, 0);
        /* An exec: behind what is about forks. */
        add(&program, BPF_JMP | BPF_JA, 0, 0, (uint32_t)(7 + 2 * n_parents));
        /* A thread is no process: its number is not its group's. */
        load(&program, AT(event_data.fork.child_pid));
        add(&program, BPF_MISC | BPF_TAX, 0, 0, 0);
        load(&program, AT(event_data.fork.child_tgid));
        add(&program, BPF_JMP | BPF_JEQ | BPF_X, 1, 0, 0);
        finish(&program, 0);
        load(&program, AT(event_data.fork.parent_tgid));
        take_any(&program, interest->parents, n_parents);
        load(&program, AT(event_data.exec.process_tgid));
        take_any(&program, interest->children, n_children);
        return program.n;
}

int connector_attach(int fd, const struct connector_interest *interest)
{
        struct sock_filter instructions[CONNECTOR_FILTER_MAX];
        const struct sock_fprog program = { .len = (unsigned short)connector_filter(interest, instructions),
                                            .filter = instructions };

        return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0 ? -errno : 0;
}
