/* The control socket's server against real clients, friendly and hostile. */
#include <dirent.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "unitward/control.h"
#include "unitward/protocol.h"
#include "unitward/util.h"

#define PATIENCE_MS 30000
#define DROPPED_USEC (5u * 1000 * 1000) /* whoever has not taken his answer until then */
#define GROUP ((gid_t)4711)
#define NOBODY ((uid_t)65534)

struct server {
        char directory[32], path[64];
        gid_t group;
        bool is_public;
        pthread_t thread;
        pthread_barrier_t ready;
        int stop;
        int result;
};

static int handle_echo(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret)
{
        (void)userdata;
        ret->result =
                json_pack("{s:i, s:i, s:O?}", "pid", (int)peer->pid, "uid", (int)peer->uid, "arguments", arguments);
        return 0;
}

static int handle_fail(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret)
{
        (void)userdata, (void)peer;
        if (arguments) {
                ret->error = strdup("it is on fire");
                ret->hint = strdup("leave the building");
        }
        return -EIO;
}

static int handle_large(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret)
{
        (void)userdata, (void)peer;
        ret->result = json_sprintf("%0*d", (int)json_integer_value(json_object_get(arguments, "size")), 0);
        return 0;
}

/* What came along: how many, and the first one's contents. */
static int handle_files(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret)
{
        char text[32] = "";

        (void)userdata, (void)arguments;
        if (peer->n_files > 0 && pread(peer->files[0], text, sizeof text - 1, 0) < 0)
                return -errno;
        ret->result =
                json_pack("{s:I, s:s, s:b}", "n", (json_int_t)peer->n_files, "text", text, "pidfd", peer->pidfd >= 0);
        return 0;
}

static const struct control_command commands[] = {
        { "files", false, handle_files }, { "echo", false, handle_echo },   { "change", true, handle_echo },
        { "fail", false, handle_fail },   { "large", false, handle_large }, { NULL, false, NULL },
};

static int on_stop(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        (void)fd, (void)revents, (void)userdata;
        return sd_event_exit(sd_event_source_get_event(source), 0);
}

static void *server_run(void *userdata)
{
        struct server *server = userdata;
        struct control *control = NULL;
        sd_event *event = NULL;

        (void)sd_event_new(&event);
        (void)sd_event_add_io(event, NULL, server->stop, EPOLLIN, on_stop, NULL);
        server->result = server->is_public
                                 ? control_new_public(event, server->path, commands, server, &control)
                                 : control_new(event, server->path, server->group, commands, server, &control);
        (void)pthread_barrier_wait(&server->ready);
        if (server->result >= 0)
                (void)sd_event_loop(event);
        control_free(control);
        sd_event_unref(event);
        return NULL;
}

static void server_launch(struct server *server)
{
        server->stop = eventfd(0, EFD_CLOEXEC);
        assert_int_equal(pthread_barrier_init(&server->ready, NULL, 2), 0);
        assert_int_equal(pthread_create(&server->thread, NULL, server_run, server), 0);
        (void)pthread_barrier_wait(&server->ready);
}

static void server_finish(struct server *server)
{
        assert_int_equal(eventfd_write(server->stop, 1), 0);
        (void)pthread_join(server->thread, NULL);
        (void)pthread_barrier_destroy(&server->ready);
        (void)close(server->stop);
}

static int start(void **state, bool is_public)
{
        struct server *server = calloc(1, sizeof *server);

        assert_non_null(server);
        server->is_public = is_public;
        (void)string_copy(server->directory, sizeof server->directory, "/tmp/unitward-test-XXXXXX");
        assert_non_null(mkdtemp(server->directory));
        assert_int_equal(chmod(server->directory, 0755), 0);
        (void)snprintf(server->path, sizeof server->path, "%s/control", server->directory);
        server->group = geteuid() == 0 ? GROUP : (gid_t)-1;
        server_launch(server);
        assert_int_equal(server->result, 0);
        *state = server;
        return 0;
}

static int server_start(void **state)
{
        return start(state, false);
}

static int public_server_start(void **state)
{
        return start(state, true);
}

static int server_stop(void **state)
{
        struct server *server = *state;

        server_finish(server);
        assert_int_equal(access(server->path, F_OK), -1);
        assert_int_equal(rmdir(server->directory), 0);
        free(server);
        return 0;
}

static int client_connect(const struct server *server)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        (void)string_copy(address.sun_path, sizeof address.sun_path, server->path);
        if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
                (void)close(fd);
                return -1;
        }
        return fd;
}

/* All that the server says until it closes; false when it does not close within the time. */
static bool client_listen(int fd, int timeout_ms, char *text, size_t size)
{
        size_t filled = 0;
        struct pollfd waiting = { .fd = fd, .events = POLLIN };

        while (poll(&waiting, 1, timeout_ms) > 0) {
                ssize_t n = recv(fd, text + filled, size - 1 - filled, 0);

                if (n <= 0) {
                        text[filled] = '\0';
                        return true;
                }
                filled += (size_t)n;
        }
        return false;
}

/* The server still serves. */
static void assert_alive(const struct server *server)
{
        json_t *result = NULL;

        assert_int_equal(protocol_call(server->path, "echo", NULL, PATIENCE_MS, &result), 0);
        assert_int_equal(json_integer_value(json_object_get(result, "pid")), getpid());
        assert_int_equal(json_integer_value(json_object_get(result, "uid")), getuid());
        json_decref(result);
}

static void assert_refused(const struct server *server, const char *command, const char *error, int number)
{
        json_t *reply = NULL;

        assert_int_equal(protocol_call(server->path, command, NULL, PATIENCE_MS, &reply), 1);
        assert_string_equal(json_string_value(json_object_get(reply, "error")), error);
        assert_int_equal(json_integer_value(json_object_get(reply, "errno")), number);
        json_decref(reply);
}

static int count_descriptors(void)
{
        DIR *listing = opendir("/proc/self/fd");
        int n = 0;

        assert_non_null(listing);
        while (readdir(listing))
                n++;
        (void)closedir(listing);
        return n;
}

static void test_answers(void **state)
{
        struct server *server = *state;
        json_t *result = NULL, *arguments = json_pack("{s:s}", "word", "g\u00fcnstig");

        assert_alive(server);
        assert_int_equal(protocol_call(server->path, "echo", arguments, PATIENCE_MS, &result), 0);
        assert_true(json_equal(json_object_get(result, "arguments"), arguments));
        json_decref(result);
        assert_int_equal(protocol_call(server->path, "fail", arguments, PATIENCE_MS, &result), 1);
        assert_string_equal(json_string_value(json_object_get(result, "error")), "it is on fire");
        assert_string_equal(json_string_value(json_object_get(result, "hint")), "leave the building");
        json_decref(result);
        json_decref(arguments);
        assert_refused(server, "fail", strerror(EIO), EIO);
        assert_refused(server, "nonsense", "the daemon does not know this command", EOPNOTSUPP);
}

/* Descriptors come along from root, not from others, and none stays open. */
static void test_files(void **state)
{
        struct server *server = *state;
        int files[PROTOCOL_FILES_MAX], before;

        assert_alive(
                server); /* the event loop has made its own descriptors then; the connection's may still be there */
        before = count_descriptors();
        for (size_t i = 0; i < PROTOCOL_FILES_MAX; i++) {
                files[i] = memfd_create("test", MFD_CLOEXEC);
                assert_true(files[i] >= 0);
                assert_int_equal(write_all(files[i], "contents", 8), 0);
        }
        for (size_t n = 0; n <= PROTOCOL_FILES_MAX; n += PROTOCOL_FILES_MAX / 2) {
                json_t *result = NULL;

                assert_int_equal(protocol_call_with(server->path, "files", NULL, &(struct protocol_files){ files, n },
                                                    PATIENCE_MS, &result),
                                 0);
                assert_int_equal(json_integer_value(json_object_get(result, "n")), geteuid() == 0 ? n : 0);
                assert_string_equal(json_string_value(json_object_get(result, "text")),
                                    n && geteuid() == 0 ? "contents" : "");
                assert_true(json_is_true(json_object_get(result, "pidfd")));
                json_decref(result);
        }
        assert_int_equal(protocol_call_with(server->path, "files", NULL,
                                            &(struct protocol_files){ files, PROTOCOL_FILES_MAX + 1 }, PATIENCE_MS,
                                            NULL),
                         -E2BIG);
        for (size_t i = 0; i < PROTOCOL_FILES_MAX; i++)
                (void)close(files[i]);
        for (int tries = 0; count_descriptors() > before && tries < 200; tries++)
                (void)usleep(10000); /* the server closes a moment after its reply */
        assert_true(count_descriptors() <= before);
}

static void test_large_replies(void **state)
{
        static const struct {
                int size, result;
        } cases[] = { { 1 << 20, 0 }, { (int)PROTOCOL_REPLY_MAX, 1 } };
        struct server *server = *state;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                json_t *result = NULL, *arguments = json_pack("{s:i}", "size", cases[i].size);

                assert_int_equal(protocol_call(server->path, "large", arguments, PATIENCE_MS, &result),
                                 cases[i].result);
                if (cases[i].result == 0)
                        assert_int_equal(json_string_length(result), cases[i].size);
                json_decref(result);
                json_decref(arguments);
        }
        assert_alive(server);
}

/* Asks for a large answer, and does not read it. */
static int client_ask(const struct server *server, int size)
{
        json_t *request = json_pack("{s:s, s:{s:i}}", "command", "large", "arguments", "size", size);
        _cleanup_free_ char *frame = NULL;
        int fd = client_connect(server);
        size_t length;

        assert_true(fd >= 0);
        assert_int_equal(protocol_frame(request, PROTOCOL_REQUEST_MAX, &frame, &length), 0);
        assert_int_equal(write_all(fd, frame, length), 0);
        json_decref(request);
        return fd;
}

/* Whoever has not taken his answer after five seconds is dropped. */
static bool is_dropped(int fd)
{
        struct pollfd waiting = { .fd = fd };

        return poll(&waiting, 1, 0) == 1 && waiting.revents & POLLHUP;
}

/* What nobody reads is bounded for all together: the fifth has to try again, and can when the others have gone; on a
 * busy machine one of them, or he himself, may have been dropped before it comes to that. */
static void test_many_large_replies(void **state)
{
        const int size = 15 << 20;
        struct server *server = *state;
        struct pollfd waiting = { .events = POLLIN };
        json_t *arguments = json_pack("{s:i}", "size", size), *result = NULL;
        uint64_t start = now_monotonic_usec();
        bool dropped = false;
        int fds[4], r;

        for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
                waiting.fd = fds[i] = client_ask(server, size);
                assert_int_equal(poll(&waiting, 1, PATIENCE_MS), 1); /* the answer is under way */
        }
        r = protocol_call(server->path, "large", arguments, PATIENCE_MS, &result);
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                dropped = dropped || is_dropped(fds[i]);
        if (now_monotonic_usec() - start < DROPPED_USEC && (r != 0 || !dropped)) {
                assert_int_equal(r, 1);
                assert_int_equal(json_integer_value(json_object_get(result, "errno")), EBUSY);
        }
        json_decref(result);
        assert_alive(server);
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                (void)close(fds[i]);
        assert_int_equal(protocol_call(server->path, "large", arguments, PATIENCE_MS, &result), 0);
        json_decref(result);
        json_decref(arguments);
}

static void test_garbage(void **state)
{
        static const struct {
                const char *bytes;
                size_t size;
                const char *answer; /* NULL: none, the connection just ends */
        } cases[] = {
                { "GET / HTTP/1.1\r\n\r\n", 18, "not a request" },
                { "UW\1\0\0\0\0\0", 8, "not a request" },
                { "UW\1\0\1\0\1\0", 8, "larger than 64 KiB" },
                { "UW\1\0\377\377\377\377", 8, "larger than 64 KiB" },
                { "UW\1\0\2\0\0\0{]", 10, "not a request" },
                { "UW\1\0\2\0\0\0{}", 10, "not a request" },
                { "UW\1\0\5\0\0\0\0\0\0\0\0", 13, "not a request" },
                { "UW\1", 3, NULL },
                { "", 0, NULL },
        };
        struct server *server = *state;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_close_ int fd = client_connect(server);
                char text[512] = "";

                assert_true(fd >= 0);
                assert_int_equal(write_all(fd, cases[i].bytes, cases[i].size), 0);
                assert_int_equal(shutdown(fd, SHUT_WR), 0);
                assert_true(client_listen(fd, PATIENCE_MS, text, sizeof text));
                if (cases[i].answer)
                        assert_non_null(strstr(text + PROTOCOL_HEADER_SIZE, cases[i].answer));
                else
                        assert_string_equal(text, "");
        }
        assert_alive(server);
}

/* Random bytes after a good header or none, cut anywhere; clients that leave without reading. */
static void test_noise(void **state)
{
        struct server *server = *state;
        unsigned seed = 20261123;

        for (int round = 0; round < 300; round++) {
                char noise[256] = "UW\1";
                size_t size = (size_t)rand_r(&seed) % sizeof noise;
                int fd = client_connect(server);

                for (size_t i = round % 2 ? 0 : 4; i < sizeof noise; i++)
                        noise[i] = (char)(rand_r(&seed) & (i > 4 && i < 8 ? 0 : 0x7f));
                if (fd < 0)
                        continue;
                (void)send(fd, noise, size, MSG_NOSIGNAL);
                (void)close(fd);
        }
        (void)usleep(1100 * 1000); /* past the limit on connections in a second */
        assert_alive(server);
}

/* Sixteen who say nothing, or one byte a second: the seventeenth is told so, and all places are free again
 * after five seconds. */
static void test_slow_and_many(void **state)
{
        struct server *server = *state;
        uint64_t start = now_monotonic_usec();
        char text[512];
        int fds[16];

        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                assert_true((fds[i] = client_connect(server)) >= 0);
        assert_refused(server, "echo", "too many clients at the same time", EBUSY);
        for (int i = 0; i < 4; i++) {
                assert_int_equal(send(fds[0], &"UW\1"[i], 1, MSG_NOSIGNAL), 1);
                (void)usleep(1000 * 1000);
        }
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                assert_true(client_listen(fds[i], 2500, text, sizeof text));
        assert_in_range(now_monotonic_usec() - start, 4900 * 1000, 15000 * 1000);
        assert_alive(server);
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                (void)close(fds[i]);
}

/* Runs test as that user; its result is the number of things that were wrong. */
static void as_user(struct server *server, gid_t group, int (*test)(const struct server *server))
{
        int status;
        pid_t child;

        if (geteuid() != 0)
                skip();
        child = fork();
        if (child == 0) {
                if (setgroups(group == (gid_t)-1 ? 0 : 1, &group) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
                    setresuid(NOBODY, NOBODY, NOBODY) < 0)
                        _exit(100);
                _exit(test(server));
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        assert_alive(server);
}

static bool is_refused(const struct server *server, const char *command, int number)
{
        json_t *reply = NULL;
        int r = protocol_call(server->path, command, NULL, PATIENCE_MS, &reply);
        bool refused = r == 1 && json_integer_value(json_object_get(reply, "errno")) == number;

        json_decref(reply);
        return refused;
}

static bool is_answered(const struct server *server, const char *command)
{
        json_t *reply = NULL;
        int r = protocol_call(server->path, command, NULL, PATIENCE_MS, &reply);

        json_decref(reply);
        return r == 0;
}

static int stranger_is_kept_out(const struct server *server)
{
        json_t *reply = NULL;

        return protocol_call(server->path, "echo", NULL, PATIENCE_MS, &reply) == -EACCES ? 0 : 1;
}

static int stranger_is_refused(const struct server *server)
{
        return !is_refused(server, "echo", EPERM) + !is_refused(server, "change", EPERM);
}

static int member_may_ask(const struct server *server)
{
        return !is_answered(server, "echo") + !is_refused(server, "change", EPERM);
}

static int members_leave_room_for_root(const struct server *server)
{
        int wrong = 0;

        for (int i = 0; i < 12; i++)
                wrong += client_connect(server) < 0;
        wrong += !is_refused(server, "echo", EBUSY);
        if (fork() == 0) /* holds the twelve while root is served */
                usleep(500 * 1000), _exit(0);
        return wrong;
}

static void test_wrong_user(void **state)
{
        struct server *server = *state;

        as_user(server, (gid_t)-1, stranger_is_kept_out);
        assert_int_equal(chmod(server->path, 0666), 0);
        as_user(server, (gid_t)-1, stranger_is_refused);
}

static void test_group(void **state)
{
        struct server *server = *state;

        as_user(server, GROUP, member_may_ask);
        as_user(server, GROUP, members_leave_room_for_root);
}

/* Connects so often, and counts how many are not told that there is no room. */
static int served_of(const struct server *server, int n)
{
        int served = 0;

        for (int i = 0; i < n; i++) {
                struct pollfd waiting = { .fd = client_connect(server), .events = POLLIN };

                served += waiting.fd >= 0 && poll(&waiting, 1, 100) == 0;
        }
        if (fork() == 0) /* holds them while somebody else is served */
                usleep(500 * 1000), _exit(0);
        return served;
}

static int one_member_has_eight(const struct server *server)
{
        return served_of(server, 10) != 8;
}

static int one_stranger_has_two(const struct server *server)
{
        return served_of(server, 4) != 2;
}

static void test_one_user(void **state)
{
        as_user(*state, GROUP, one_member_has_eight);
}

static void test_public(void **state)
{
        as_user(*state, (gid_t)-1, one_stranger_has_two);
}

static void test_root_may_change(void **state)
{
        if (geteuid() != 0)
                skip();
        assert_true(is_answered(*state, "change"));
}

static mode_t mode_of(const char *path)
{
        struct stat st;

        return lstat(path, &st) == 0 ? st.st_mode : 0;
}

static void test_socket_file(void **state)
{
        struct server *server = *state, second = { .group = (gid_t)-1 };

        assert_int_equal(mode_of(server->path), S_IFSOCK | (server->group == GROUP ? 0660 : 0600));
        /* somebody answers there: it is not taken from him */
        (void)string_copy(second.path, sizeof second.path, server->path);
        server_launch(&second);
        assert_int_equal(second.result, -EADDRINUSE);
        server_finish(&second);
        assert_alive(server);
}

static void test_leftover_socket(void **state)
{
        struct server *server = *state, second = { .group = (gid_t)-1 };
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        (void)snprintf(second.path, sizeof second.path, "%s/second", server->directory);
        (void)string_copy(address.sun_path, sizeof address.sun_path, second.path);
        assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
        (void)close(fd);
        server_launch(&second);
        assert_int_equal(second.result, 0);
        assert_int_equal(mode_of(second.path), S_IFSOCK | 0600);
        assert_alive(&second);
        server_finish(&second);
}

static void test_occupied_path(void **state)
{
        struct server *server = *state, second = { .group = (gid_t)-1 };
        FILE *file;

        (void)snprintf(second.path, sizeof second.path, "%s/second", server->directory);
        file = fopen(second.path, "we");
        assert_non_null(file);
        (void)fclose(file);
        server_launch(&second);
        assert_int_equal(second.result, -EEXIST);
        server_finish(&second);
        assert_int_equal(unlink(second.path), 0); /* what was there was left alone */
}

/* A socket that systemd listens on is used and outlives the server. */
static int inherits(const struct server *server)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        struct server second = { .group = (gid_t)-1 };
        int wrong;

        (void)snprintf(second.path, sizeof second.path, "%s/passed", server->directory);
        (void)string_copy(address.sun_path, sizeof address.sun_path, second.path);
        if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 4) < 0 || dup2(fd, 3) < 0)
                return 101;
        (void)setenv("LISTEN_FDS", "1", 1);
        _cleanup_free_ char *pid = format("%d", (int)getpid());
        (void)setenv("LISTEN_PID", pid, 1);
        server_launch(&second);
        wrong = (second.result != 0) + !is_answered(&second, "echo");
        server_finish(&second);
        return wrong + (unlink(second.path) < 0);
}

static void test_passed_socket(void **state)
{
        int status;
        pid_t child;

#ifdef __SANITIZE_THREAD__
        skip(); /* it follows no threads of a process that was forked beside others */
#endif
        child = fork();
        if (child == 0)
                _exit(inherits(*state));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, server_start, server_stop)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                SERVED(test_answers),
                SERVED(test_files),
                SERVED(test_large_replies),
                SERVED(test_garbage),
                SERVED(test_noise),
                SERVED(test_slow_and_many),
                SERVED(test_wrong_user),
                SERVED(test_group),
                SERVED(test_root_may_change),
                SERVED(test_socket_file),
                SERVED(test_leftover_socket),
                SERVED(test_occupied_path),
                SERVED(test_passed_socket),
                SERVED(test_many_large_replies),
                SERVED(test_one_user),
                cmocka_unit_test_setup_teardown(test_public, public_server_start, server_stop),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
