#include "scratch.h"
#include "unitward/golden.h"

static const char unit[] = "[Service]\nExecStart=/bin/true\n";
static char directory[] = "/tmp/unitward-golden-XXXXXX";

static int make_directory(void **state)
{
        scratch_make(directory);
        *state = directory;
        return 0;
}

static int remove_directory(void **state)
{
        scratch_remove(*state);
        return 0;
}

static struct golden *golden_in(const char *path)
{
        struct golden *golden = NULL;

        assert_int_equal(golden_open(path, &golden), 0);
        return golden;
}

static struct digest digest_of(const void *data, size_t size)
{
        struct digest digest;

        digest_buffer(data, size, &digest);
        return digest;
}

/* Where a copy lies. */
static char *copy_path(const struct digest *digest)
{
        char hex[DIGEST_HEX_SIZE];

        digest_to_hex(digest, hex);
        return format("%s/%.2s/%s", directory, hex, hex + 2);
}

static void assert_loads(struct golden *golden, const struct digest *digest, const void *data, size_t size)
{
        _cleanup_free_ char *loaded = NULL;
        size_t loaded_size;

        assert_int_equal(golden_load(golden, digest, &loaded, &loaded_size), 0);
        assert_int_equal(loaded_size, size);
        assert_memory_equal(loaded, data, size);
}

static void test_store_and_load(void **state)
{
        static char large[GOLDEN_FILE_MAX];
        static const struct {
                const void *data;
                size_t size;
        } cases[] = { { unit, sizeof unit - 1 }, { "", 0 }, { "\0\1", 2 }, { large, sizeof large } };
        struct golden *golden = golden_in(*state);

        memset(large, 'x', sizeof large);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct digest digest = digest_of(cases[i].data, cases[i].size);

                for (unsigned twice = 0; twice < 2; twice++) {
                        assert_int_equal(golden_store(golden, &digest, cases[i].data, cases[i].size), 0);
                        assert_loads(golden, &digest, cases[i].data, cases[i].size);
                }
        }
        golden = golden_close(golden);
        assert_null(golden_close(NULL));

        golden = golden_in(*state);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct digest digest = digest_of(cases[i].data, cases[i].size);

                assert_loads(golden, &digest, cases[i].data, cases[i].size);
        }
        golden_close(golden);
}

static void test_modes(void **state)
{
        struct golden *golden = golden_in(*state);
        struct digest digest = digest_of(unit, sizeof unit);
        _cleanup_free_ char *path = copy_path(&digest);
        struct stat st;

        assert_int_equal(golden_store(golden, &digest, unit, sizeof unit), 0);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0400);
        *strrchr(path, '/') = '\0';
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0700);
        golden_close(golden);
}

static void test_refused(void **state)
{
        static char larger[GOLDEN_FILE_MAX + 1];
        struct golden *golden = golden_in(*state);
        struct digest digest = digest_of(unit, sizeof unit), of_larger = digest_of(larger, sizeof larger);
        char *data = NULL;
        size_t size;

        assert_int_equal(golden_load(golden, &digest, &data, &size), -ENOENT);
        assert_int_equal(golden_store(golden, &digest, unit, sizeof unit - 1), -EINVAL);
        assert_int_equal(golden_store(golden, &of_larger, larger, sizeof larger), -EFBIG);
        assert_int_equal(golden_load(golden, &digest, &data, &size), -ENOENT);
        assert_null(data);
        golden_close(golden);
}

static void write_file(const char *path, const char *text)
{
        write_file_at(AT_FDCWD, path, text, strlen(text));
}

static void damage_contents(const char *path)
{
        write_file(path, "[Service]\nExecStart=/bin/evil\n");
}
static void damage_cut(const char *path)
{
        assert_int_equal(truncate(path, 3), 0);
}
static void damage_grown(const char *path)
{
        assert_int_equal(truncate(path, GOLDEN_FILE_MAX + 1), 0);
}
static void damage_link(const char *path)
{
        assert_int_equal(symlink("/etc/passwd", path), 0);
}
static void damage_fifo(const char *path)
{
        assert_int_equal(mkfifo(path, 0600), 0);
}
static void damage_directory(const char *path)
{
        assert_int_equal(mkdir(path, 0700), 0);
}

/* Found, and, but for a directory, healed by the next store. */
static void test_damage(void **state)
{
        static const struct {
                void (*damage)(const char *path);
                bool replace;
                int heals;
        } cases[] = {
                { damage_contents, false, 0 }, { damage_cut, false, 0 }, { damage_grown, false, 0 },
                { damage_link, true, 0 },      { damage_fifo, true, 0 }, { damage_directory, true, -EISDIR },
        };
        struct golden *golden = golden_in(*state);
        struct digest digest = digest_of(unit, sizeof unit);
        _cleanup_free_ char *path = copy_path(&digest);

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char *data = NULL;
                size_t size;

                assert_int_equal(golden_store(golden, &digest, unit, sizeof unit), 0);
                assert_int_equal(chmod(path, 0600), 0);
                if (cases[i].replace)
                        assert_int_equal(unlink(path), 0);
                cases[i].damage(path);
                assert_int_equal(golden_load(golden, &digest, &data, &size), -EUCLEAN);
                assert_null(data);
                assert_int_equal(golden_store(golden, &digest, unit, sizeof unit), cases[i].heals);
        }
        golden_close(golden);
}

static void test_sweeps_what_a_crash_left(void **state)
{
        struct golden *golden = golden_in(*state);
        _cleanup_free_ char *left = format("%s/incoming-1", (char *)*state);

        write_file(left, "half");
        golden_close(golden);
        golden = golden_in(*state);
        assert_int_equal(access(left, F_OK), -1);
        golden_close(golden);
}

static void test_no_directory(void **state)
{
        _cleanup_free_ char *file = format("%s/file", (char *)*state), *below = format("%s/a/b", (char *)*state);
        struct golden *golden = NULL;

        write_file(file, "");
        assert_int_equal(golden_open(file, &golden), -ENOTDIR);
        assert_null(golden);
        assert_null(golden_close(golden_in(below)));
}

static void set_age(const struct digest *digest, int days)
{
        _cleanup_free_ char *path = copy_path(digest);
        const struct timespec then = { (time_t)(now_realtime_usec() / 1000000u) - (time_t)days * 24 * 3600, 0 };
        const struct timespec times[2] = { then, then };

        assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static int by_bytes(const void *a, const void *b)
{
        return memcmp(a, b, sizeof(struct digest));
}

/* Only what nothing needs, and has not for long; when something needed it last is kept up. */
static void test_collect(void **state)
{
        static const char *const texts[] = { "needed, old",   "needed too",   "unneeded, young",
                                             "unneeded, old", "stored again", "unneeded, of tomorrow" };
        static const int ages[] = { 60, 0, 29, 31, 60, -40 };
        struct golden *golden = golden_in(directory);
        _cleanup_free_ char *foreign = format("%s/ab/not-a-copy", directory), *needed_path = NULL;
        struct digest digests[ARRAY_SIZE(texts)], needed[2];
        uint64_t now = now_realtime_usec();
        struct stat st;
        unsigned n = 0;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                digests[i] = digest_of(texts[i], strlen(texts[i]));
                assert_int_equal(golden_store(golden, &digests[i], texts[i], strlen(texts[i])), 0);
                set_age(&digests[i], ages[i]);
        }
        assert_int_equal(golden_store(golden, &digests[4], texts[4], strlen(texts[4])), 0);
        needed_path = format("%s/ab", directory);
        (void)mkdir(needed_path, 0700);
        write_file_at(AT_FDCWD, foreign, "", 0);
        memcpy(needed, digests, sizeof needed);
        qsort(needed, ARRAY_SIZE(needed), sizeof *needed, by_bytes);
        for (unsigned twice = 0; twice < 2; twice++) {
                assert_int_equal(golden_collect(golden, needed, ARRAY_SIZE(needed), now - GOLDEN_UNUSED_USEC, &n), 0);
                assert_int_equal(n, !twice);
        }
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                _cleanup_free_ char *path = copy_path(&digests[i]);

                assert_int_equal(access(path, F_OK), i == 3 ? -1 : 0);
        }
        free(needed_path);
        needed_path = copy_path(&digests[0]);
        assert_int_equal(stat(needed_path, &st), 0);
        assert_true((uint64_t)st.st_mtim.tv_sec + 60 > now / 1000000u);
        /* The clock was set back: what it was used at counts from now on. */
        free(needed_path);
        needed_path = copy_path(&digests[5]);
        assert_int_equal(stat(needed_path, &st), 0);
        assert_true((uint64_t)st.st_mtim.tv_sec < now / 1000000u + 60);
        assert_int_equal(access(foreign, F_OK), 0);
        golden_close(golden);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_store_and_load, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_modes, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_refused, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_damage, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_sweeps_what_a_crash_left, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_collect, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_no_directory, make_directory, remove_directory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
