#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "unitward/event_log.h"
#include "unitward/line_reader.h"
#include "unitward/util.h"

struct place {
        char directory[32], path[48], old[48];
};

static int place_make(void **state)
{
        struct place *place = calloc(1, sizeof *place);

        assert_non_null(place);
        (void)string_copy(place->directory, sizeof place->directory, "/tmp/unitward-test-XXXXXX");
        assert_non_null(mkdtemp(place->directory));
        (void)snprintf(place->path, sizeof place->path, "%s/events", place->directory);
        (void)snprintf(place->old, sizeof place->old, "%s/events.1", place->directory);
        *state = place;
        return 0;
}

static int place_remove(void **state)
{
        struct place *place = *state;

        (void)unlink(place->path);
        (void)unlink(place->old);
        (void)rmdir(place->directory);
        free(place);
        return 0;
}

static void append(const char *path, const char *text)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write_all(fd, text, strlen(text)), 0);
}

static void assert_line(struct event_log *log, const char *expected)
{
        char *line = NULL;
        int r = event_log_next(log, &line);

        assert_int_equal(r, expected ? 1 : 0);
        if (expected)
                assert_string_equal(line, expected);
}

/* Opens, follows or not; everything that could go wrong here has a test of its own. */
static struct event_log *log_of(const struct place *place, uint64_t since_usec, bool follow)
{
        struct event_log *log = NULL;

        assert_int_equal(event_log_open(place->path, since_usec, follow, &log), 0);
        return log;
}

static void test_whole(void **state)
{
        struct place *place = *state;
        struct event_log *log;

        append(place->path, "one\n\ntwo\ntorn");
        log = log_of(place, UINT64_MAX, false);
        assert_line(log, "one");
        assert_line(log, "");
        assert_line(log, "two");
        assert_line(log, "torn");
        assert_line(log, NULL);
        assert_line(log, NULL);
        event_log_close(log);
}

static void test_missing(void **state)
{
        struct place *place = *state;
        struct event_log *log = NULL;

        assert_int_equal(event_log_open(place->path, 0, false, &log), -ENOENT);
        assert_int_equal(event_log_open("/nonexistent/events", 0, true, &log), -ENOENT);
        assert_null(event_log_close(log));
}

static void test_predecessor(void **state)
{
        struct place *place = *state;
        uint64_t now = now_realtime_usec();
        struct event_log *log;

        append(place->old, "one\ntorn");
        append(place->path, "two\n");

        log = log_of(place, now - 60u * 1000000u, false);
        assert_line(log, "one");
        assert_line(log, "torn");
        assert_line(log, "two");
        assert_line(log, NULL);
        event_log_close(log);

        log = log_of(place, now + 60u * 1000000u, false);
        assert_line(log, "two");
        assert_line(log, NULL);
        event_log_close(log);
}

static void test_too_long(void **state)
{
        struct place *place = *state;
        _cleanup_free_ char *line = malloc(3 * LINE_MAX_SIZE);
        struct event_log *log;
        static const size_t sizes[] = { LINE_MAX_SIZE - 1, LINE_MAX_SIZE, LINE_MAX_SIZE + 1, 3 * LINE_MAX_SIZE - 2 };

        assert_non_null(line);
        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
                memset(line, 'a', sizes[i]);
                line[sizes[i]] = '\n';
                line[sizes[i] + 1] = '\0';
                append(place->path, line);
                append(place->path, "short\n");
        }
        log = log_of(place, UINT64_MAX, false);
        line[LINE_MAX_SIZE - 1] = '\0';
        assert_line(log, line);
        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
                assert_line(log, "short");
        assert_line(log, NULL);
        assert_int_equal(event_log_skipped(log), 3);
        event_log_close(log);
}

static void test_follow_growth(void **state)
{
        struct place *place = *state;
        struct event_log *log = log_of(place, UINT64_MAX, true);

        assert_line(log, NULL);
        append(place->path, "one\ntw");
        assert_int_equal(event_log_wait(log), 0);
        assert_line(log, "one");
        assert_line(log, NULL);
        append(place->path, "o\n");
        assert_int_equal(event_log_wait(log), 0);
        assert_line(log, "two");
        event_log_close(log);
}

/* The daemon writes to the old file until it has heard of the rotation; not a line of that is lost. */
static void test_follow_rotation(void **state)
{
        struct place *place = *state;
        struct event_log *log;

        append(place->path, "one\n");
        log = log_of(place, UINT64_MAX, true);
        assert_line(log, "one");
        assert_line(log, NULL);

        assert_int_equal(rename(place->path, place->old), 0);
        append(place->path, "");
        append(place->old, "two\n");
        assert_line(log, "two");
        assert_line(log, NULL);

        append(place->old, "three\n");
        append(place->path, "four\n");
        assert_line(log, "three");
        assert_line(log, "four");
        assert_line(log, NULL);
        append(place->path, "five\n");
        assert_line(log, "five");
        event_log_close(log);
}

static void test_follow_truncation(void **state)
{
        struct place *place = *state;
        struct event_log *log;

        append(place->path, "one\ntwo\n");
        log = log_of(place, UINT64_MAX, true);
        assert_line(log, "one");
        assert_line(log, "two");
        assert_line(log, NULL);
        assert_int_equal(truncate(place->path, 0), 0);
        assert_int_equal(event_log_wait(log), 0);
        append(place->path, "three\n");
        assert_line(log, "three");
        event_log_close(log);
}

static void test_follow_removed_directory(void **state)
{
        struct place *place = *state;
        struct event_log *log = log_of(place, UINT64_MAX, true);

        assert_int_equal(rmdir(place->directory), 0);
        assert_int_equal(event_log_wait(log), -ENOENT);
        event_log_close(log);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_make, place_remove)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                IN_PLACE(test_whole),
                IN_PLACE(test_missing),
                IN_PLACE(test_predecessor),
                IN_PLACE(test_too_long),
                IN_PLACE(test_follow_growth),
                IN_PLACE(test_follow_rotation),
                IN_PLACE(test_follow_truncation),
                IN_PLACE(test_follow_removed_directory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
