/* The process connector's datagrams, as the kernel writes them and cut at every length; its filter, by the kernel's own
 * interpreter on messages that are made up; the real one, where this machine lets us have it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "unitward/connector.h"
#include "unitward/util.h"

struct datagram {
        struct nlmsghdr header;
        struct cn_msg message;
        struct proc_event event;
} __attribute__((packed));

static struct datagram datagram(unsigned what)
{
        struct datagram made = { .header = { .nlmsg_len = sizeof made, .nlmsg_type = NLMSG_DONE },
                                 .message = { .id = { CN_IDX_PROC, CN_VAL_PROC }, .len = sizeof made.event } };

        memcpy(&made.event.what, &what, sizeof what);
        return made;
}

static struct datagram forked(pid_t parent, pid_t child, pid_t thread)
{
        struct datagram made = datagram(PROC_EVENT_FORK);

        made.event.event_data.fork.parent_pid = parent;
        made.event.event_data.fork.parent_tgid = parent;
        made.event.event_data.fork.child_pid = thread;
        made.event.event_data.fork.child_tgid = child;
        return made;
}

static struct datagram executed(pid_t pid, pid_t thread)
{
        struct datagram made = datagram(PROC_EVENT_EXEC);

        made.event.event_data.exec.process_pid = thread;
        made.event.event_data.exec.process_tgid = pid;
        return made;
}

/* On the heap and exactly as long, so that a sanitizer sees every byte too many that is read. */
static int parse(const struct datagram *made, size_t size, struct connector_event *ret)
{
        _cleanup_free_ unsigned char *exact = malloc(size ? size : 1);

        assert_non_null(exact);
        memcpy(exact, made, size);
        return connector_parse(exact, size, ret);
}

static void test_parse(void **state)
{
        const struct datagram fork_made = forked(1, 77, 77), exec_made = executed(77, 78), thread = forked(1, 1, 79);
        struct connector_event event;

        (void)state;
        assert_int_equal(parse(&fork_made, sizeof fork_made, &event), 1);
        assert_int_equal(event.kind, CONNECTOR_FORK);
        assert_int_equal(event.parent, 1);
        assert_int_equal(event.process, 77);
        assert_int_equal(parse(&exec_made, sizeof exec_made, &event), 1);
        assert_int_equal(event.kind, CONNECTOR_EXEC);
        assert_int_equal(event.process, 77);
        assert_int_equal(parse(&thread, sizeof thread, &event), 0);
}

static void test_others(void **state)
{
        struct datagram made = datagram(PROC_EVENT_EXIT), other = executed(77, 77), longer = executed(77, 77);
        struct connector_event event;

        (void)state;
        assert_int_equal(parse(&made, sizeof made, &event), 0);
        other.message.id.idx++;
        assert_int_equal(parse(&other, sizeof other, &event), 0);
        longer.message.len++;
        assert_int_equal(parse(&longer, sizeof longer, &event), -EBADMSG);
        longer = executed(77, 77);
        longer.header.nlmsg_len++;
        assert_int_equal(parse(&longer, sizeof longer, &event), -EBADMSG);
}

static void test_cut(void **state)
{
        const struct datagram made = forked(1, 77, 77);
        struct connector_event event;

        (void)state;
        for (size_t size = 0; size < sizeof made; size++)
                assert_int_equal(parse(&made, size, &event), -EBADMSG);
}

/* ---- The filter, attached to a socket of our own --------------------------------------------------------- */

struct channel {
        int ends[2];
};

static void channel_open(struct channel *channel, const struct connector_interest *interest)
{
        assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, channel->ends), 0);
        assert_int_equal(connector_attach(channel->ends[1], interest), 0);
}

static void channel_close(struct channel *channel)
{
        close_pointer(&channel->ends[0]);
        close_pointer(&channel->ends[1]);
}

/* What a filter drops, AF_UNIX drops without a word. */
static bool passes(const struct channel *channel, const struct datagram *made, size_t size)
{
        struct datagram got;

        assert_int_equal(send(channel->ends[0], made, size, 0), (ssize_t)size);
        return recv(channel->ends[1], &got, sizeof got, MSG_DONTWAIT) == (ssize_t)size;
}

static void check_filter(const struct connector_interest *interest, const pid_t *parents, size_t n_parents,
                         const pid_t *children, size_t n_children, bool expected)
{
        struct channel channel;

        channel_open(&channel, interest);
        for (size_t i = 0; i < n_parents; i++) {
                const struct datagram made = forked(parents[i], 5000, 5000), thread = forked(parents[i], 5000, 5001);

                assert_int_equal(passes(&channel, &made, sizeof made), expected);
                assert_false(passes(&channel, &thread, sizeof thread));
        }
        for (size_t i = 0; i < n_children; i++) {
                const struct datagram made = executed(children[i], children[i]), thread = executed(children[i], 9);

                assert_int_equal(passes(&channel, &made, sizeof made), expected);
                assert_int_equal(passes(&channel, &thread, sizeof thread), expected);
        }
        channel_close(&channel);
}

static void test_filter(void **state)
{
        const pid_t parents[] = { 1, 300, 70000 }, children[] = { 4001, 4194303 };
        const pid_t strangers[] = { 2, 301, 4002, 0, 16777216 };
        const struct connector_interest interest = { parents, children, ARRAY_SIZE(parents), ARRAY_SIZE(children) };

        (void)state;
        check_filter(&interest, parents, ARRAY_SIZE(parents), children, ARRAY_SIZE(children), true);
        check_filter(&interest, strangers, ARRAY_SIZE(strangers), strangers, ARRAY_SIZE(strangers), false);
        check_filter(&interest, children, ARRAY_SIZE(children), parents, ARRAY_SIZE(parents), false);
}

static void test_filter_of_nobody(void **state)
{
        const pid_t strangers[] = { 1, 2 };
        const struct connector_interest nobody = { 0 };

        (void)state;
        check_filter(&nobody, strangers, ARRAY_SIZE(strangers), strangers, ARRAY_SIZE(strangers), false);
}

/* As many as there may be, and more: the first of them count, and the kernel takes it. */
static void test_filter_full(void **state)
{
        pid_t pids[CONNECTOR_INTEREST_MAX + 8];
        const struct connector_interest crowd = { pids, pids, ARRAY_SIZE(pids), ARRAY_SIZE(pids) };
        struct sock_filter program[CONNECTOR_FILTER_MAX];
        const size_t last = CONNECTOR_INTEREST_MAX - 1;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
                pids[i] = (pid_t)(100 + i);
        assert_true(connector_filter(&crowd, program) <= CONNECTOR_FILTER_MAX);
        check_filter(&crowd, &pids[last], 1, NULL, 0, true);
        check_filter(&crowd, &pids[last + 1], 1, pids, 1, false);
}

static void test_filter_others(void **state)
{
        const pid_t one[] = { 1 };
        const struct connector_interest interest = { one, one, 1, 1 };
        const struct datagram ended = datagram(PROC_EVENT_EXIT), made = forked(1, 77, 77);
        struct channel channel;

        (void)state;
        channel_open(&channel, &interest);
        assert_false(passes(&channel, &ended, sizeof ended));
        for (size_t size = 0; size < offsetof(struct datagram, event.event_data.fork) + 16; size++)
                assert_false(passes(&channel, &made, size));
        channel_close(&channel);
}

/* ---- The kernel's ---------------------------------------------------------------------------------------- */

static pid_t run_true(void)
{
        pid_t pid = fork();
        int status;

        if (pid == 0) {
                (void)execl("/bin/true", "true", NULL);
                _exit(1);
        }
        assert_true(pid > 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return pid;
}

static void test_real(void **state)
{
        const pid_t self[] = { getpid() };
        const struct connector_interest own = { self, NULL, 1, 0 }, nobody = { 0 };
        struct connector_event event;
        int fd = connector_open();
        pid_t child;

        (void)state;
        if (fd < 0)
                skip(); /* not root, or in a container */
        assert_int_equal(connector_attach(fd, &own), 0);
        while (connector_read(fd, &event) != -EAGAIN)
                ; /* from before the filter */
        child = run_true();
        assert_int_equal(connector_read(fd, &event), 1);
        assert_int_equal(event.kind, CONNECTOR_FORK);
        assert_int_equal(event.process, child);
        assert_int_equal(event.parent, getpid());
        assert_int_equal(connector_read(fd, &event), -EAGAIN);
        assert_int_equal(connector_attach(fd, &nobody), 0);
        (void)run_true();
        assert_int_equal(connector_read(fd, &event), -EAGAIN);
        close_pointer(&fd);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),         cmocka_unit_test(test_others),
                cmocka_unit_test(test_cut),           cmocka_unit_test(test_filter),
                cmocka_unit_test(test_filter_of_nobody), cmocka_unit_test(test_filter_full),
                cmocka_unit_test(test_filter_others), cmocka_unit_test(test_real),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
