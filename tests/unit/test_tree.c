#include <limits.h>
#include <signal.h>

#include "scratch.h"

static char directory[] = "/tmp/unitward-tree-XXXXXX";
static int dir;

static int make_directory(void **state)
{
        (void)state;
        scratch_make(directory);
        dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return dir < 0 ? -1 : 0;
}

static int remove_directory(void **state)
{
        (void)state;
        (void)close(dir);
        scratch_remove(directory);
        return 0;
}

static bool exists(const char *name)
{
        return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void make_deep(const char *name, unsigned depth)
{
        int at;

        assert_int_equal(mkdirat(dir, name, 0700), 0);
        at = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (unsigned i = 0; i < depth; i++) {
                int next;

                write_file_at(at, "file", "x", 1);
                assert_int_equal(mkdirat(at, "d", 0700), 0);
                next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                assert_true(next >= 0);
                (void)close(at);
                at = next;
        }
        (void)close(at);
}

static void make_wide(const char *name, unsigned n)
{
        _cleanup_close_ int at = -1;

        assert_int_equal(mkdirat(dir, name, 0700), 0);
        at = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (unsigned i = 0; i < n; i++) {
                char file[16];

                (void)snprintf(file, sizeof file, "%u", i);
                write_file_at(at, file, "", 0);
        }
}

static void test_remove_deep(void **state)
{
        (void)state;
        make_deep("deep", 3000);
        assert_int_equal(tree_remove((struct tree_place){ dir, "deep" }, UINT32_MAX), 0);
        assert_false(exists("deep"));
}

/* A bit each time, and at last all of it. */
static void test_remove_is_bounded(void **state)
{
        int r;

        (void)state;
        make_wide("wide", 1000);
        make_deep("wide/deep", 100);
        for (unsigned calls = 1; (r = tree_remove((struct tree_place){ dir, "wide" }, 200)) != 0; calls++) {
                assert_int_equal(r, -E2BIG);
                assert_true(calls < 12);
        }
        assert_false(exists("wide"));
        assert_int_equal(tree_remove((struct tree_place){ dir, "wide" }, 1), 0); /* gone already is fine */
}

static void test_remove_follows_nothing(void **state)
{
        (void)state;
        make_wide("outside", 3);
        assert_int_equal(mkdirat(dir, "tree", 0700), 0);
        assert_int_equal(symlinkat("../outside", dir, "tree/link"), 0);
        assert_int_equal(symlinkat("outside", dir, "link"), 0);
        assert_int_equal(tree_remove((struct tree_place){ dir, "tree" }, UINT32_MAX), 0);
        assert_int_equal(tree_remove((struct tree_place){ dir, "link" }, UINT32_MAX), 0);
        assert_true(exists("outside/2"));
        assert_false(exists("link"));
}

static const struct tree_limits limits = { .max_file = 1 << 20, .max_objects = 100, .max_depth = 5 };

static void test_measure(void **state)
{
        static const struct {
                const char *name;
                unsigned objects;
                bool cut;
        } cases[] = { { "file", 1, false }, { "wide", 51, false }, { "wider", 100, true }, { "deep", 11, true } };
        struct tree_usage usage;

        (void)state;
        write_file_at(dir, "file", "x", 1);
        make_wide("wide", 50);
        make_wide("wider", 150);
        make_deep("deep", 10);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                assert_int_equal(tree_measure((struct tree_place){ dir, cases[i].name }, &limits, &usage), 0);
                assert_int_equal(usage.objects, cases[i].objects);
                assert_int_equal(usage.cut, cases[i].cut);
        }
        assert_int_equal(tree_measure((struct tree_place){ dir, "none" }, &limits, &usage), -ENOENT);
}

static void test_copy_limits(void **state)
{
        static const struct {
                const char *name, *copy;
                unsigned objects;
                bool cut;
        } cases[] = { { "wide", "wide2", 51, false }, { "wider", "wider2", 100, true }, { "deep", "deep2", 11, true } };
        struct tree_usage usage;

        (void)state;
        make_wide("wide", 50);
        make_wide("wider", 150);
        make_deep("deep", 10);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct tree_place from = { dir, cases[i].name }, to = { dir, cases[i].copy };

                assert_int_equal(tree_copy(from, to, &limits, &usage), 0);
                assert_int_equal(usage.objects, cases[i].objects);
                assert_int_equal(usage.cut, cases[i].cut);
                assert_int_equal(tree_copy(from, to, &limits, &usage), -EEXIST);
        }
        assert_true(exists("deep2/d/d/d/d/d"));
        assert_false(exists("deep2/d/d/d/d/d/d"));
}

static void test_copy_failure_leaves_nothing(void **state)
{
        static const struct tree_limits exact = {
                .max_file = 1 << 20, .max_objects = 100, .max_depth = 5, .exact = true
        };
        char lease_holder[] = "tree/leased";
        _cleanup_close_ int leased = -1;
        struct tree_usage usage;

        (void)state;
        (void)signal(SIGIO, SIG_IGN); /* "somebody wants to read it", to the holder of the lease: us */
        make_wide("tree", 3);
        write_file_at(dir, lease_holder, "x", 1);
        leased = openat(dir, lease_holder, O_RDWR | O_CLOEXEC);
        assert_int_equal(fcntl(leased, F_SETLEASE, F_WRLCK), 0);
        assert_int_equal(
                tree_copy((struct tree_place){ dir, "tree" }, (struct tree_place){ dir, "copy" }, &exact, &usage),
                -EAGAIN);
        assert_false(exists("copy"));
        /* Evidence is taken as far as it can be read. */
        assert_int_equal(
                tree_copy((struct tree_place){ dir, "tree" }, (struct tree_place){ dir, "copy" }, &limits, &usage), 0);
        assert_true(usage.cut);
        assert_true(exists("copy/leased"));
}

static void test_objects_are_not_followed(void **state)
{
        struct stat st;
        _cleanup_close_ int link = -1, fifo = -1, file = -1, opened = -1;
        char target[PATH_MAX];

        (void)state;
        write_file_at(dir, "file", "x", 1);
        assert_int_equal(symlinkat("file", dir, "link"), 0);
        assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
        link = object_open((struct tree_place){ dir, "link" }, &st);
        assert_true(S_ISLNK(st.st_mode));
        assert_int_equal(object_reopen(link, O_RDONLY), -EINVAL);
        assert_int_equal(object_target(link, target), 0);
        assert_string_equal(target, "file");
        fifo = object_open((struct tree_place){ dir, "fifo" }, &st);
        assert_int_equal(object_reopen(fifo, O_RDONLY), -EINVAL);
        file = object_open((struct tree_place){ dir, "file" }, &st);
        assert_int_equal(unlinkat(dir, "file", 0), 0);
        opened = object_reopen(file, O_RDONLY);
        assert_true(opened >= 0); /* that inode, name or not */
        assert_int_equal(object_target(file, target) < 0, 1);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_remove_deep, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_remove_is_bounded, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_remove_follows_nothing, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_measure, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_copy_limits, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_copy_failure_leaves_nothing, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_objects_are_not_followed, make_directory, remove_directory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
