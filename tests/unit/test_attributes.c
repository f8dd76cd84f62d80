/* Extended attributes as one block. Needs a file system that has user.*: others are skipped, and say so. */
#include <sys/xattr.h>

#include "scratch.h"
#include "unitward/attributes.h"

static char directory[] = "/tmp/unitward-attributes-XXXXXX";
static int file = -1;

static int setup(void **state)
{
        _cleanup_free_ char *path = NULL;

        (void)state;
        scratch_make(directory);
        path = format("%s/file", directory);
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        return file < 0 ? -1 : 0;
}

static int teardown(void **state)
{
        (void)state;
        (void)close(file);
        scratch_remove(directory);
        return 0;
}

static void set(const char *name, const char *value)
{
        if (fsetxattr(file, name, value, strlen(value), 0) == 0)
                return;
        print_message("skipped: no %s on %s: %s\n", name, directory, strerror(errno));
        skip();
}

static void assert_value(const char *name, const char *expected)
{
        char value[64];
        ssize_t n = fgetxattr(file, name, value, sizeof value);

        if (!expected) {
                assert_int_equal(n, -1);
                return;
        }
        assert_int_equal(n, strlen(expected));
        assert_memory_equal(value, expected, strlen(expected));
}

static void test_none(void **state)
{
        void *block = state;
        size_t size = 1;

        assert_int_equal(attributes_read(file, &block, &size), 0);
        assert_null(block);
        assert_int_equal(size, 0);
        assert_int_equal(attributes_write(file, NULL, 0), 0);
}

static void test_format(void **state)
{
        static const char expected[] = "user.a\0\1\0\0\0x"
                                       "user.b\0\0\0\0";
        void *block = NULL;
        size_t size;

        (void)state;
        set("user.b", "");
        set("user.a", "x");
        assert_int_equal(attributes_read(file, &block, &size), 0);
        /* The string's own NUL is the last byte of the last length. */
        assert_int_equal(size, sizeof expected);
        assert_memory_equal(block, expected, size);
        assert_true(attributes_are_valid(block, size));
        free(block);
}

/* By an O_PATH descriptor, as settling has them; what security.* there is stays. */
static void test_round_trip(void **state)
{
        _cleanup_free_ char *path = format("%s/file", directory);
        _cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);
        _cleanup_free_ void *block = NULL, *again = NULL;
        size_t size, size_again;

        (void)state;
        set("user.kept", "as it was");
        set("user.removed", "1");
        if (geteuid() == 0)
                (void)fsetxattr(file, "security.unitward-test", "s", 1, 0);
        assert_int_equal(attributes_read(fd, &block, &size), 0);
        set("user.kept", "changed");
        set("user.added", "1");
        assert_int_equal(fremovexattr(file, "user.removed"), 0);
        assert_int_equal(attributes_write(fd, block, size), 0);
        assert_value("user.kept", "as it was");
        assert_value("user.removed", "1");
        assert_value("user.added", NULL);
        assert_int_equal(attributes_read(fd, &again, &size_again), 0);
        assert_int_equal(size_again, size);
        assert_memory_equal(again, block, size);
        assert_int_equal(attributes_write(fd, NULL, 0), 0);
        assert_value("user.kept", NULL);
        if (geteuid() == 0)
                assert_value("security.unitward-test", "s");
}

/* What setfacl -m u:1:rw does, without libacl. */
static void test_access_list(void **state)
{
        static const unsigned char list[] = { 2,  0, 0, 0,                           /* version */
                                              1,  0, 6, 0, 0xff, 0xff, 0xff, 0xff,   /* owner rw */
                                              2,  0, 6, 0, 1,    0,    0,    0,      /* uid 1 rw */
                                              4,  0, 4, 0, 0xff, 0xff, 0xff, 0xff,   /* group r */
                                              16, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,   /* mask rw */
                                              32, 0, 4, 0, 0xff, 0xff, 0xff, 0xff }; /* others r */
        _cleanup_free_ void *block = NULL;
        struct stat st;
        size_t size;

        (void)state;
        if (fsetxattr(file, "system.posix_acl_access", list, sizeof list, 0) < 0) {
                print_message("skipped: no access lists on %s: %s\n", directory, strerror(errno));
                skip();
        }
        assert_int_equal(attributes_read(file, &block, &size), 0);
        assert_non_null(block);
        assert_int_equal(attributes_write(file, NULL, 0), 0);
        assert_int_equal(fgetxattr(file, "system.posix_acl_access", NULL, 0), -1);
        assert_int_equal(attributes_write(file, block, size), 0);
        assert_int_equal(fgetxattr(file, "system.posix_acl_access", NULL, 0), sizeof list);
        assert_int_equal(fstat(file, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0664);
}

/* Larger ones cannot be had on ext4, whose attributes share a block: tmpfs and xfs have room. */
static void test_too_many(void **state)
{
        static const char value[30000];
        void *block = NULL;
        size_t size;

        (void)state;
        for (unsigned i = 0; i < 3; i++) {
                char name[16];

                (void)snprintf(name, sizeof name, "user.%u", i);
                if (fsetxattr(file, name, value, sizeof value, 0) < 0) {
                        print_message("skipped: no large attributes on %s: %s\n", directory, strerror(errno));
                        skip();
                }
        }
        assert_int_equal(attributes_read(file, &block, &size), -E2BIG);
        assert_null(block);
}

#define BLOCK(text)                                                                                                    \
        {                                                                                                              \
                text, sizeof(text) - 1                                                                                 \
        }

static void test_malformed(void **state)
{
        static const struct {
                const char *bytes;
                size_t size;
        } cases[] = {
                BLOCK("user.a"),                           /* no end of the name */
                BLOCK("user.a\0"),                         /* no length */
                BLOCK("user.a\0\1\0\0"),                   /* half of one */
                BLOCK("user.a\0\1\0\0\0"),                 /* no value */
                BLOCK("user.a\0\2\0\0\0x"),                /* half of one */
                BLOCK("user.a\0\377\377\377\377x"),        /* longer than all */
                BLOCK("\0\1\0\0\0x"),                      /* no name */
                BLOCK("user.a\0\0\0\0\0x"),                /* something behind */
                BLOCK("user.b\0\0\0\0\0user.a\0\0\0\0\0"), /* not in order */
                BLOCK("user.a\0\0\0\0\0user.a\0\0\0\0\0"), /* twice */
                BLOCK("security.selinux\0\1\0\0\0x"),      /* not ours to set */
        };

        (void)state;
        set("user.kept", "1");
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                assert_false(attributes_are_valid(cases[i].bytes, cases[i].size));
                assert_int_equal(attributes_write(file, cases[i].bytes, cases[i].size), -EBADMSG);
        }
        assert_value("user.kept", "1");
        assert_true(attributes_are_valid(NULL, 0));
}

#define on_file(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                on_file(test_none),        on_file(test_format),   on_file(test_round_trip),
                on_file(test_access_list), on_file(test_too_many), on_file(test_malformed),
        };

        return cmocka_run_group_tests_name("attributes", tests, NULL, NULL);
}
