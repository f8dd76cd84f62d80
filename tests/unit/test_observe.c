/* What is under a name: never followed, never waited for. */
#include <sys/xattr.h>

#include "scratch.h"
#include "unitward/attributes.h"
#include "unitward/observe.h"

static char root[] = "/tmp/unitward-observe-XXXXXX";
static int dir;

static int setup(void **state)
{
        (void)state;
        scratch_make(root);
        dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return dir < 0 ? -1 : 0;
}

static int teardown(void **state)
{
        (void)state;
        close_pointer(&dir);
        scratch_remove(root);
        return 0;
}

static struct observed seen(const char *name)
{
        struct observed observed = OBSERVED_NOTHING;

        assert_int_equal(observe(dir, name, &observed), 0);
        return observed;
}

static void test_kinds(void **state)
{
        static const struct {
                const char *name;
                mode_t type;
                const char *target;
        } cases[] = {
                { "file", S_IFREG, NULL }, { "link", S_IFLNK, "/dev/null" }, { "loop", S_IFLNK, "loop" },
                { "fifo", S_IFIFO, NULL }, { ".", S_IFDIR, NULL },           { "missing", 0, NULL },
        };

        (void)state;
        write_file_at(dir, "file", "abc", 3);
        assert_int_equal(symlinkat("/dev/null", dir, "link"), 0);
        assert_int_equal(symlinkat("loop", dir, "loop"), 0);
        assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct observed observed = seen(cases[i].name);

                assert_int_equal(observed.exists, cases[i].type != 0);
                assert_int_equal(observed.fd >= 0, observed.exists);
                if (observed.exists) {
                        assert_int_equal(observed.st.st_mode & S_IFMT, cases[i].type);
                        assert_true(observed.bare);
                }
                assert_int_equal(observed.target != NULL, cases[i].target != NULL);
                if (cases[i].target)
                        assert_string_equal(observed.target, cases[i].target);
                assert_false(observe_is_being_written(&observed));
                observed_done(&observed);
                assert_int_equal(observed.fd, -1);
                assert_null(observed.target);
        }
}

static void test_fails(void **state)
{
        char name[300];
        struct observed observed = OBSERVED_NOTHING;

        (void)state;
        memset(name, 'x', sizeof name - 1);
        name[sizeof name - 1] = '\0';
        assert_int_equal(observe(dir, name, &observed), -ENAMETOOLONG);
        assert_int_equal(observe(-1, "x", &observed), -EBADF);
        assert_int_equal(observed.fd, -1);
}

static void test_contents(void **state)
{
        static const char text[] = "[Service]\n";
        struct digest digest, expected;
        struct observed observed;
        char *data = NULL;
        size_t size;

        (void)state;
        write_file_at(dir, "file", text, strlen(text));
        digest_buffer(text, strlen(text), &expected);
        observed = seen("file");
        for (size_t keep = strlen(text) - 1; keep <= strlen(text) + 1; keep++) {
                assert_int_equal(observe_contents(&observed, keep, &digest, &data, &size), 0);
                assert_memory_equal(&digest, &expected, sizeof digest);
                if (keep < strlen(text))
                        assert_null(data);
                else {
                        assert_int_equal(size, strlen(text));
                        assert_memory_equal(data, text, size);
                }
                free(steal_pointer(data));
        }
        assert_int_equal(observe_contents(&observed, 0, &digest, NULL, NULL), 0);
        observed_done(&observed);

        assert_int_equal(truncate(root, 0), -1);
        write_file_at(dir, "large", "", 0);
        observed = seen("large");
        _cleanup_free_ char *large = format("%s/large", root);
        assert_int_equal(truncate(large, OBSERVE_HASH_MAX + 1), 0);
        assert_int_equal(observe_contents(&observed, 1, &digest, NULL, NULL), -EFBIG);
        observed_done(&observed);
}

static void test_being_written(void **state)
{
        int fd = openat(dir, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644), other;
        struct observed observed = seen("file");

        (void)state;
        assert_true(observe_is_being_written(&observed));
        other = openat(dir, "file", O_RDONLY | O_CLOEXEC);
        (void)close(fd);
        assert_false(observe_is_being_written(&observed)); /* readers do not count */
        (void)close(other);
        fd = openat(dir, "file", O_RDWR | O_CLOEXEC); /* the lease was given back: this does not wait */
        assert_true(observe_is_being_written(&observed));
        (void)close(fd);
        observed_done(&observed);
}

static void test_attributes(void **state)
{
        struct observed observed;
        int fd;
        char value;

        (void)state;
        write_file_at(dir, "file", "", 0);
        fd = openat(dir, "file", O_RDONLY | O_CLOEXEC);
        if (fsetxattr(fd, "user.a", "1", 1, 0) < 0) {
                print_message("skipped: no extended attributes here: %s\n", strerror(errno));
                (void)close(fd);
                skip();
        }
        assert_int_equal(fsetxattr(fd, "user.b", "", 0, 0), 0);
        (void)fsetxattr(fd, "security.kept", "1", 1, 0); /* root's */
        observed = seen("file");
        assert_false(observed.bare);
        assert_true(attributes_are_valid(observed.attributes, observed.attributes_size));
        assert_int_equal(attributes_write(observed.fd, NULL, 0), 0);
        assert_int_equal(fgetxattr(fd, "user.a", &value, 1), -1);
        assert_int_equal(fgetxattr(fd, "user.b", &value, 1), -1);
        if (geteuid() == 0)
                assert_int_equal(fgetxattr(fd, "security.kept", &value, 1), 1);
        observed_done(&observed);
        observed = seen("file");
        assert_true(observed.bare);
        observed_done(&observed);
        (void)close(fd);
}

#define test_in_scratch(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                test_in_scratch(test_kinds),         test_in_scratch(test_fails),      test_in_scratch(test_contents),
                test_in_scratch(test_being_written), test_in_scratch(test_attributes),
        };

        (void)alarm(30); /* whoever opens a FIFO waits for ever */
        return cmocka_run_group_tests_name("observe", tests, NULL, NULL);
}
