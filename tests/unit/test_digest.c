#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "unitward/digest.h"
#include "unitward/util.h"

/* FIPS 180-4 examples. */
static const struct {
        const char *text, *hex;
} known[] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

static int memory_file(const void *data, size_t size)
{
        int fd = memfd_create("digest", MFD_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(write_all(fd, data, size), 0);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        return fd;
}

static void test_known(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
                _cleanup_close_ int fd = memory_file(known[i].text, strlen(known[i].text));
                struct digest digest, of_file;
                char hex[DIGEST_HEX_SIZE];
                uint64_t size = 99;

                digest_buffer(known[i].text, strlen(known[i].text), &digest);
                assert_string_equal(digest_to_hex(&digest, hex), known[i].hex);
                assert_int_equal(digest_fd(fd, 100, &of_file, &size), 0);
                assert_int_equal(size, strlen(known[i].text));
                assert_memory_equal(&digest, &of_file, sizeof digest);
        }
}

static void test_limit(void **state)
{
        static const char zeros[200000];
        _cleanup_close_ int fd = memory_file(zeros, sizeof zeros);
        struct digest digest, of_file, untouched = { "untouched" };

        (void)state;
        digest_buffer(zeros, sizeof zeros, &digest);
        assert_int_equal(digest_fd(fd, sizeof zeros, &of_file, NULL), 0);
        assert_memory_equal(&digest, &of_file, sizeof digest);

        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        of_file = untouched;
        assert_int_equal(digest_fd(fd, sizeof zeros - 1, &of_file, NULL), -EFBIG);
        assert_memory_equal(&untouched, &of_file, sizeof untouched);
}

static void test_from_offset(void **state)
{
        _cleanup_close_ int fd = memory_file("xxabc", 5);
        struct digest digest;
        char hex[DIGEST_HEX_SIZE];

        (void)state;
        assert_int_equal(lseek(fd, 2, SEEK_SET), 2);
        assert_int_equal(digest_fd(fd, 3, &digest, NULL), 0);
        assert_string_equal(digest_to_hex(&digest, hex), known[1].hex);
}

static void test_not_readable(void **state)
{
        _cleanup_close_ int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct digest digest;

        (void)state;
        assert_int_equal(digest_fd(fd, 100, &digest, NULL), -EISDIR);
        assert_int_equal(digest_fd(-1, 100, &digest, NULL), -EBADF);
}

static void test_hex(void **state)
{
        static const char *const wrong[] = {
                "",
                "ba78",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ag",
                " a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        };
        struct digest digest, upper;
        char hex[DIGEST_HEX_SIZE];

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
                assert_int_equal(digest_from_hex(wrong[i], &digest), -EINVAL);
        for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
                assert_int_equal(digest_from_hex(known[i].hex, &digest), 0);
                assert_string_equal(digest_to_hex(&digest, hex), known[i].hex);
        }
        assert_int_equal(digest_from_hex("248D6A61D20638B8E5C026930C3E6039A33CE45964FF2167F6ECEDD419DB06C1", &upper),
                         0);
        assert_memory_equal(&digest, &upper, sizeof digest);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_known),        cmocka_unit_test(test_limit), cmocka_unit_test(test_from_offset),
                cmocka_unit_test(test_not_readable), cmocka_unit_test(test_hex),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
