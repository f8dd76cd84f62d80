#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "unitward/protocol.h"
#include "unitward/util.h"

static void test_header(void **state)
{
        static const struct {
                const char *bytes;
                size_t size;
                uint32_t max;
                int result;
                uint32_t length;
        } cases[] = {
                { "UW\1\0\0\0\0\0", 8, 0, 0, 0 },
                { "UW\1\0\5\0\0\0", 8, 5, 0, 5 },
                { "UW\1\0\0\0\1\0", 8, PROTOCOL_REQUEST_MAX, 0, 65536 },
                { "UW\1\0\1\0\1\0", 8, PROTOCOL_REQUEST_MAX, -EMSGSIZE, 0 },
                { "UW\1\0\377\377\377\377", 8, PROTOCOL_REPLY_MAX, -EMSGSIZE, 0 },
                { "", 0, 5, -EAGAIN, 0 },
                { "UW\1\0\5\0\0", 7, 5, -EAGAIN, 0 },
                { "UX", 2, 5, -EBADMSG, 0 },
                { "UW\2\0\0\0\0\0", 8, 5, -EBADMSG, 0 },
                { "UW\1\1\0\0\0\0", 8, 5, -EBADMSG, 0 },
                { "GET / HTTP/1.1", 14, 5, -EBADMSG, 0 },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                uint32_t length = 0;

                assert_int_equal(protocol_header_parse(cases[i].bytes, cases[i].size, cases[i].max, &length),
                                 cases[i].result);
                assert_int_equal(length, cases[i].length);
        }
}

static void test_frame(void **state)
{
        static const char expected[] = "UW\1\0\7\0\0\0{\"a\":1}";
        json_t *json = json_pack("{s:i}", "a", 1);
        _cleanup_free_ char *frame = NULL;
        size_t size = 0;

        (void)state;
        assert_int_equal(protocol_frame(json, 7, &frame, &size), 0);
        assert_int_equal(size, sizeof expected - 1);
        assert_memory_equal(frame, expected, size);
        assert_int_equal(protocol_frame(json, 6, &frame, &size), -EMSGSIZE);
        assert_int_equal(protocol_frame(NULL, 6, &frame, &size), -EINVAL);
        json_decref(json);
}

static void test_request(void **state)
{
        static const struct {
                const char *text;
                int result;
                const char *command;
                bool arguments;
        } cases[] = {
                { "{\"command\":\"status\"}", 0, "status", false },
                { "{\"command\":\"quarantine-list\",\"arguments\":{}}", 0, "quarantine-list", true },
                { "{\"command\":\"abcdefghijklmnopqrstuvwxyz-abcde\"}", 0, "abcdefghijklmnopqrstuvwxyz-abcde", false },
                { "{\"command\":\"abcdefghijklmnopqrstuvwxyz-abcdef\"}", -EBADMSG, NULL, false },
                { "{\"command\":\"\"}", -EBADMSG, NULL, false },
                { "{\"command\":\"Status\"}", -EBADMSG, NULL, false },
                { "{\"command\":\"a/b\"}", -EBADMSG, NULL, false },
                { "{\"command\":\"a\\u0000b\"}", -EBADMSG, NULL, false },
                { "{\"command\":7}", -EBADMSG, NULL, false },
                { "{\"command\":\"a\",\"command\":\"b\"}", -EBADMSG, NULL, false },
                { "{\"command\":\"a\",\"arguments\":[]}", -EBADMSG, NULL, false },
                { "{\"command\":\"a\",\"arguments\":null}", -EBADMSG, NULL, false },
                { "[\"command\",\"a\"]", -EBADMSG, NULL, false },
                { "{\"command\":\"a\"} {}", -EBADMSG, NULL, false },
                { "\"command\"", -EBADMSG, NULL, false },
                { "", -EBADMSG, NULL, false },
                { "{\"command\":\"a\",\"x\":\"\xff\"}", -EBADMSG, NULL, false },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                json_t *request = NULL, *arguments = NULL;
                const char *command = NULL;

                assert_int_equal(
                        protocol_request_parse(cases[i].text, strlen(cases[i].text), &request, &command, &arguments),
                        cases[i].result);
                assert_int_equal(arguments != NULL, cases[i].arguments);
                if (cases[i].command)
                        assert_string_equal(command, cases[i].command);
                json_decref(request);
        }
}

/* A request whose brackets nest as deep as its size allows is refused, not followed. */
static void test_request_deep(void **state)
{
        _cleanup_free_ char *text = malloc(PROTOCOL_REQUEST_MAX);
        json_t *request, *arguments;
        const char *command;

        (void)state;
        assert_non_null(text);
        memset(text, '[', PROTOCOL_REQUEST_MAX);
        assert_int_equal(protocol_request_parse(text, PROTOCOL_REQUEST_MAX, &request, &command, &arguments), -EBADMSG);
}

/* A daemon that reads nothing, says what it was told to say, and closes or waits. */
struct daemon {
        char directory[32], path[64];
        int listener;
        pthread_t thread;
        const char *answer;
        size_t size;
        bool waits;
};

static void *daemon_run(void *userdata)
{
        struct daemon *daemon = userdata;
        int fd = accept(daemon->listener, NULL, NULL);
        char byte;

        (void)write_all(fd, daemon->answer, daemon->size);
        if (daemon->waits)
                while (read(fd, &byte, 1) > 0)
                        continue;
        (void)close(fd);
        return NULL;
}

static void daemon_start(struct daemon *daemon)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        (void)strcpy(daemon->directory, "/tmp/unitward-test-XXXXXX");
        assert_non_null(mkdtemp(daemon->directory));
        (void)snprintf(daemon->path, sizeof daemon->path, "%s/control", daemon->directory);
        (void)string_copy(address.sun_path, sizeof address.sun_path, daemon->path);
        daemon->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(daemon->listener, (const struct sockaddr *)&address, sizeof address), 0);
        assert_int_equal(listen(daemon->listener, 1), 0);
        assert_int_equal(pthread_create(&daemon->thread, NULL, daemon_run, daemon), 0);
}

static void daemon_stop(struct daemon *daemon)
{
        (void)pthread_join(daemon->thread, NULL);
        (void)close(daemon->listener);
        (void)unlink(daemon->path);
        (void)rmdir(daemon->directory);
}

#define REPLY(header, text) header text, sizeof header text - 1

static void test_call(void **state)
{
        static const struct {
                const char *answer;
                size_t size;
                bool waits;
                int result;
        } cases[] = {
                { REPLY("UW\1\0\17\0\0\0", "{\"result\":[17]}"), false, 0 },
                { REPLY("UW\1\0\17\0\0\0", "{\"result\":[17]}"), true, 0 },
                { REPLY("UW\1\0\17\0\0\0", "{\"result\":null}"), true, 0 },
                { REPLY("UW\1\0\16\0\0\0", "{\"error\":\"no\"}"), true, 1 },
                { REPLY("UW\1\0\2\0\0\0", "{}"), true, -EBADMSG },
                { REPLY("UW\1\0\2\0\0\0", "[]"), true, -EBADMSG },
                { REPLY("UW\1\0\3\0\0\0", "{\"x"), true, -EBADMSG },
                { REPLY("UW\1\0\0\0\0\0", ""), true, -EBADMSG },
                { REPLY("UW\1\0\0\0\0\2", ""), true, -EMSGSIZE },
                { REPLY("HTTP/1.1", " 400"), true, -EBADMSG },
                { REPLY("UW\1\0\17\0\0\0", "{\"resu"), false, -ECONNRESET },
                { REPLY("", ""), true, -ETIMEDOUT },
                { REPLY("UW\1\0\17\0\0\0", "{\"resu"), true, -ETIMEDOUT },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct daemon daemon = { .answer = cases[i].answer, .size = cases[i].size, .waits = cases[i].waits };
                json_t *result = NULL;

                daemon_start(&daemon);
                assert_int_equal(protocol_call(daemon.path, "status", NULL, 200, &result), cases[i].result);
                assert_int_equal(result != NULL, cases[i].result >= 0);
                json_decref(result);
                daemon_stop(&daemon);
        }
}

static void test_call_nobody(void **state)
{
        char directory[] = "/tmp/unitward-test-XXXXXX", path[sizeof directory + 8], longer[200];
        json_t *result = NULL, *large = json_object();

        (void)state;
        assert_non_null(mkdtemp(directory));
        (void)snprintf(path, sizeof path, "%s/control", directory);
        memset(longer, 'a', sizeof longer - 1);
        longer[sizeof longer - 1] = '\0';
        assert_int_equal(protocol_call(path, "status", NULL, 200, &result), -ENOENT);
        assert_int_equal(protocol_call(longer, "status", NULL, 200, &result), -ENAMETOOLONG);
        for (char key[16] = "a"; strlen(key) < 15; (void)strcat(key, "a"))
                (void)json_object_set_new(large, key, json_sprintf("%0*d", (int)PROTOCOL_REQUEST_MAX / 8, 7));
        assert_int_equal(protocol_call(path, "status", large, 200, &result), -EMSGSIZE);
        assert_null(result);
        json_decref(large);
        (void)rmdir(directory);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_header),       cmocka_unit_test(test_frame), cmocka_unit_test(test_request),
                cmocka_unit_test(test_request_deep), cmocka_unit_test(test_call),  cmocka_unit_test(test_call_nobody),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
