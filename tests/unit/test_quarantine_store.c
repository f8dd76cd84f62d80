/* Keeping: limits, evidence, putting back, removing for good. */
#include <limits.h>
#include <pthread.h>
#include <sys/xattr.h>

#include "quarantine_fixture.h"
#include "unitward/text.h"

static const char unit[] = "[Timer]\nOnCalendar=daily\n";
static const char unknown_id[] = "20260101T000000.000000Z-0000";

static void plant(const struct fixture *fixture, const char *name)
{
        write_file_at(fixture->dir, name, unit, strlen(unit));
}

static void usage_is(struct fixture *fixture, uint64_t min, uint64_t max, uint64_t count)
{
        uint64_t bytes, n;

        quarantine_usage(fixture->quarantine, &bytes, &n);
        assert_int_equal(n, count);
        assert_in_range(bytes, min, max);
}

/* ---- Putting back ---------------------------------------------------------------------------------- */

static void restore_file(struct fixture *fixture)
{
        static const struct timespec times[] = { { 1000000000, 0 }, { 1000000001, 500 } };
        char id[QUARANTINE_ID_MAX], value[16];
        _cleanup_close_ int fd = -1;
        struct stat planted, st;

        plant(fixture, "evil.timer");
        fd = openat(fixture->dir, "evil.timer", O_RDONLY | O_CLOEXEC);
        (void)fsetxattr(fd, "trusted.note", "kept", 4, 0);
        if (geteuid() == 0)
                assert_int_equal(fchown(fd, 1000, 1001), 0);
        assert_int_equal(fchmod(fd, 04751), 0);
        assert_int_equal(futimens(fd, times), 0);
        assert_int_equal(fstat(fd, &planted), 0);
        (void)close(steal_fd(&fd));

        assert_int_equal(take(fixture, "evil.timer", id), 0);
        assert_int_equal(quarantine_restore(fixture->quarantine, id, fixture->dir, "evil.timer"), 0);
        assert_contents(fixture->dir, "evil.timer", unit);
        fd = openat(fixture->dir, "evil.timer", O_RDONLY | O_CLOEXEC);
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_mode, planted.st_mode);
        assert_int_equal(st.st_uid, planted.st_uid);
        assert_int_equal(st.st_gid, planted.st_gid);
        assert_int_equal(st.st_nlink, 1);
        assert_int_equal(st.st_mtim.tv_sec, planted.st_mtim.tv_sec);
        assert_int_equal(st.st_mtim.tv_nsec, planted.st_mtim.tv_nsec);
        if (geteuid() == 0) {
                assert_int_equal(fgetxattr(fd, "trusted.note", value, sizeof value), 4);
                assert_memory_equal(value, "kept", 4);
        }
        usage_is(fixture, 0, 0, 0);
        assert_int_equal(quarantine_restore(fixture->quarantine, id, fixture->dir, "again"), -ENOENT);
}

static void restore_link_and_tree(struct fixture *fixture)
{
        char link_id[QUARANTINE_ID_MAX], tree_id[QUARANTINE_ID_MAX], target[PATH_MAX] = "";
        struct stat st;

        assert_int_equal(symlinkat("/nowhere/\xff", fixture->dir, "link.timer"), 0);
        assert_int_equal(mkdirat(fixture->dir, "x.service.d", 0700), 0);
        assert_int_equal(fchmodat(fixture->dir, "x.service.d", 01775, 0), 0);
        plant(fixture, "x.service.d/a.conf");
        assert_int_equal(symlinkat("a.conf", fixture->dir, "x.service.d/b.conf"), 0);
        assert_int_equal(take(fixture, "link.timer", link_id), 0);
        assert_int_equal(take(fixture, "x.service.d", tree_id), 0);
        assert_int_equal(quarantine_seal(fixture->quarantine, tree_id), 0);
        assert_int_equal(quarantine_restore(fixture->quarantine, link_id, fixture->dir, "link.timer"), 0);
        assert_int_equal(quarantine_restore(fixture->quarantine, tree_id, fixture->dir, "x.service.d"), 0);
        assert_int_equal(readlinkat(fixture->dir, "link.timer", target, sizeof target), strlen("/nowhere/\xff"));
        assert_string_equal(target, "/nowhere/\xff");
        assert_int_equal(fstatat(fixture->dir, "x.service.d", &st, 0), 0);
        assert_int_equal(st.st_mode, S_IFDIR | 01775);
        assert_contents(fixture->dir, "x.service.d/b.conf", unit);
        usage_is(fixture, 0, 0, 0);
}

static void restore_never_overwrites(struct fixture *fixture)
{
        char id[QUARANTINE_ID_MAX];
        _cleanup_free_ char *content = NULL;
        struct stat st;

        plant(fixture, "evil.timer");
        assert_int_equal(take(fixture, "evil.timer", id), 0);
        write_file_at(fixture->dir, "evil.timer", "other", 5);
        assert_int_equal(symlinkat("nowhere", fixture->dir, "dangling"), 0);
        assert_int_equal(mkdirat(fixture->dir, "directory", 0700), 0);
        assert_int_equal(quarantine_restore(fixture->quarantine, id, fixture->dir, "evil.timer"), -EEXIST);
        assert_int_equal(quarantine_restore(fixture->quarantine, id, fixture->dir, "dangling"), -EEXIST);
        assert_int_equal(quarantine_restore(fixture->quarantine, id, fixture->dir, "directory"), -EEXIST);
        assert_contents(fixture->dir, "evil.timer", "other");
        assert_false(is_there(fixture->dir, "nowhere"));
        content = content_path(fixture, id);
        assert_int_equal(stat(content, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0400); /* put away again */
        assert_int_equal(quarantine_restore(fixture->quarantine, id, fixture->dir, "elsewhere.timer"), 0);
        assert_contents(fixture->dir, "elsewhere.timer", unit);
}

/* ---- IDs and evidence ------------------------------------------------------------------------------- */

static void test_ids(void **state)
{
        static const char *const wrong[] = {
                "",
                ".",
                "..",
                "/",
                "../quarantine",
                "20260101T000000.000000Z-0000/",
                "20260101T000000.000000Z-000",
                "20260101T000000.000000Z-00000",
                "20260101T000000.000000Z-000/",
                "20260101t000000.000000Z-0000",
                "20260101T000000/000000Z-0000",
                "2026010\377T000000.000000Z-0000",
                " 20260101T000000.000000Z-0000",
        };
        struct fixture *fixture = *state;
        struct quarantine *quarantine = fixture->quarantine;
        json_t *json = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
                assert_int_equal(quarantine_show(quarantine, wrong[i], &json), -EINVAL);
                assert_int_equal(quarantine_seal(quarantine, wrong[i]), -EINVAL);
                assert_int_equal(quarantine_restore(quarantine, wrong[i], AT_FDCWD, "x"), -EINVAL);
                assert_int_equal(quarantine_purge(quarantine, wrong[i]), -EINVAL);
        }
        assert_int_equal(quarantine_show(quarantine, unknown_id, &json), -ENOENT);
        assert_int_equal(quarantine_seal(quarantine, unknown_id), -ENOENT);
        assert_int_equal(quarantine_restore(quarantine, unknown_id, AT_FDCWD, "x"), -ENOENT);
        assert_int_equal(quarantine_purge(quarantine, unknown_id), -ENOENT);
        assert_null(json);
}

/* One at a time, from good evidence. */
static void replace_evidence(struct fixture *fixture, const char *id, const char *key, json_t *value)
{
        _cleanup_free_ char *path = format("%s/%s/evidence.json", fixture->directory, id);
        json_t *evidence = json_load_file(path, 0, NULL);

        assert_int_equal(json_object_set_new(evidence, key, value), 0);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(json_dump_file(evidence, path, 0), 0);
        json_decref(evidence);
}

static void assert_damaged(struct fixture *fixture, const char *id, int error)
{
        json_t *list = NULL, *evidence = NULL;

        assert_int_equal(quarantine_show(fixture->quarantine, id, &evidence), error);
        assert_int_equal(quarantine_list(fixture->quarantine, &list), 0);
        assert_int_equal(json_array_size(list), 1);
        evidence = json_array_get(list, 0);
        assert_string_equal(json_string_value(json_object_get(evidence, "id")), id);
        assert_string_equal(json_string_value(json_object_get(evidence, "state")), "damaged");
        json_decref(list);
        assert_true(quarantine_restore(fixture->quarantine, id, fixture->dir, "restored") < 0);
        assert_false(is_there(fixture->dir, "restored"));
        assert_int_equal(quarantine_purge(fixture->quarantine, id), 0);
}

static void test_damaged_evidence(void **state)
{
        const struct {
                const char *key;
                json_t *value;
        } cases[] = {
                { "id", json_string(unknown_id) },
                { "id", json_integer(1) },
                { "path", json_null() },
                { "path_hex", json_string("0") },
                { "kind", json_string("spoon") },
                { "kind", json_true() },
                { "permissions", json_string("4") },
                { "permissions", json_string("77777") },
                { "permissions", json_string("0x8") },
                { "permissions", json_integer(420) },
                { "owner", json_null() },
                { "owner", json_pack("{s:i, s:i}", "uid", -1, "gid", 0) },
                { "owner", json_pack("{s:i, s:I}", "uid", 0, "gid", (json_int_t)UINT32_MAX) },
                { "owner", json_pack("{s:s, s:i}", "uid", "0", "gid", 0) },
        };
        struct fixture *fixture = *state;
        char id[QUARANTINE_ID_MAX];

        fixture->dir = fixture->sources[0].dir;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                plant(fixture, "evil.timer");
                assert_int_equal(take(fixture, "evil.timer", id), 0);
                replace_evidence(fixture, id, cases[i].key, cases[i].value);
                assert_damaged(fixture, id, -EBADMSG);
        }
}

static void test_replaced_evidence(void **state)
{
        struct fixture *fixture = *state;
        char id[QUARANTINE_ID_MAX];

        fixture->dir = fixture->sources[0].dir;
        for (unsigned i = 0; i < 4; i++) {
                _cleanup_free_ char *path = NULL;

                plant(fixture, "evil.timer");
                assert_int_equal(take(fixture, "evil.timer", id), 0);
                path = format("%s/%s/evidence.json", fixture->directory, id);
                assert_int_equal(unlink(path), 0);
                if (i == 1)
                        assert_int_equal(symlink("/etc/passwd", path), 0);
                if (i == 2)
                        assert_int_equal(mkfifo(path, 0600), 0);
                if (i == 3)
                        assert_int_equal(mknod(path, S_IFREG | 0600, 0) || truncate(path, 1 << 30), 0);
                assert_damaged(fixture, id, ((const int[]){ -ENOENT, -ELOOP, -EBADMSG, -EFBIG })[i]);
        }
}

/* The evidence says a file, and it is a directory: nothing is made of that. */
static void test_evidence_of_something_else(void **state)
{
        struct fixture *fixture = *state;
        char id[QUARANTINE_ID_MAX];

        fixture->dir = fixture->sources[0].dir;
        assert_int_equal(mkdirat(fixture->dir, "evil", 0755), 0);
        assert_int_equal(take(fixture, "evil", id), 0);
        replace_evidence(fixture, id, "kind", json_string("file"));
        assert_int_equal(quarantine_restore(fixture->quarantine, id, fixture->dir, "restored"), -EBADMSG);
}

static void test_list_is_kept(void **state)
{
        struct fixture *fixture = *state;
        char ids[20][QUARANTINE_ID_MAX];
        uint64_t bytes, count;
        json_t *list = NULL;

        fixture->dir = fixture->sources[0].dir;
        for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
                plant(fixture, "evil.timer");
                assert_int_equal(take(fixture, "evil.timer", ids[i]), 0);
        }
        quarantine_usage(fixture->quarantine, &bytes, &count);
        for (unsigned reopened = 0; reopened < 2; reopened++) {
                usage_is(fixture, bytes, bytes, ARRAY_SIZE(ids));
                assert_int_equal(quarantine_list(fixture->quarantine, &list), 0);
                assert_int_equal(json_array_size(list), ARRAY_SIZE(ids));
                for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
                        assert_string_equal(json_string_value(json_object_get(json_array_get(list, i), "id")), ids[i]);
                json_decref(list);
                quarantine_close(fixture->quarantine);
                assert_int_equal(quarantine_open(fixture->directory, &fixture_limits, &fixture->quarantine), 0);
        }
        assert_null(quarantine_close(NULL));
}

/* ---- Limits ----------------------------------------------------------------------------------------- */

static void plant_large(const struct fixture *fixture, const char *name, size_t size)
{
        _cleanup_free_ char *data = malloc(size);

        memset(data, '#', size);
        write_file_at(fixture->dir, name, data, size);
}

static void full_keeps(struct fixture *fixture)
{
        static const struct quarantine_limits limits = { .max_bytes = 1 << 20, .max_file = 1 << 20 };
        char id[QUARANTINE_ID_MAX] = "untouched";
        char first[QUARANTINE_ID_MAX];

        quarantine_set_limits(fixture->quarantine, &limits);
        plant_large(fixture, "first", 600000);
        plant_large(fixture, "second", 600000);
        assert_int_equal(take(fixture, "first", first), 0);
        assert_int_equal(take(fixture, "second", id), -EDQUOT);
        assert_string_equal(id, "untouched");
        assert_true(is_there(fixture->dir, "second"));
        usage_is(fixture, 600000, 700000, 1);
        assert_int_equal(quarantine_purge(fixture->quarantine, first), 0);
        assert_int_equal(take(fixture, "second", id), 0);
        assert_int_equal(quarantine_purge(fixture->quarantine, id), 0);
}

static void full_purges_oldest(struct fixture *fixture)
{
        static const struct quarantine_limits limits = { .max_bytes = 1 << 20,
                                                         .max_file = 1 << 20,
                                                         .when_full = QUARANTINE_FULL_PURGE_OLDEST };
        char ids[4][QUARANTINE_ID_MAX];
        json_t *json = NULL;

        quarantine_set_limits(fixture->quarantine, &limits);
        for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
                plant_large(fixture, "evil", 400000);
                assert_int_equal(take(fixture, "evil", ids[i]), 0);
        }
        assert_int_equal(quarantine_show(fixture->quarantine, ids[1], &json), -ENOENT);
        usage_is(fixture, 800000, 900000, 2);
        /* What cannot fit at all costs nothing of what is there. */
        assert_int_equal(mkdirat(fixture->dir, "huge", 0755), 0);
        plant_large(fixture, "huge/1", 900000);
        plant_large(fixture, "huge/2", 900000);
        assert_int_equal(take(fixture, "huge", ids[0]), -EDQUOT);
        assert_true(is_there(fixture->dir, "huge/2"));
        usage_is(fixture, 800000, 900000, 2);
        assert_int_equal(quarantine_purge(fixture->quarantine, ids[2]), 0);
        assert_int_equal(quarantine_purge(fixture->quarantine, ids[3]), 0);
}

static void test_full_disk(void **state)
{
        struct fixture *fixture = *state;
        char id[QUARANTINE_ID_MAX];
        struct quarantine *small = NULL;
        json_t *list;

        if (!scratch_mount(fixture->directory, 256))
                skip();
        quarantine_close(fixture->quarantine);
        assert_int_equal(quarantine_open(fixture->directory, &fixture_limits, &small), 0);
        fixture->quarantine = small;
        fixture->dir = fixture->sources[0].dir;
        plant_large(fixture, "large", 600000);
        assert_int_equal(mkdirat(fixture->dir, "tree", 0755), 0);
        plant(fixture, "tree/small");
        plant_large(fixture, "tree/zlarge", 600000);
        assert_int_equal(take(fixture, "large", id), -ENOSPC);
        assert_int_equal(take(fixture, "tree", id), -ENOSPC);
        assert_true(is_there(fixture->dir, "large"));
        assert_true(is_there(fixture->dir, "tree/small"));
        assert_true(is_there(fixture->dir, "tree/zlarge"));
        usage_is(fixture, 0, 0, 0);
        assert_int_equal(quarantine_list(small, &list), 0);
        assert_int_equal(json_array_size(list), 0);
        json_decref(list);
        plant(fixture, "small"); /* nothing half-taken fills it */
        assert_int_equal(take(fixture, "small", id), 0);
        fixture->quarantine = quarantine_close(small);
        scratch_unmount(fixture->directory);
}

/* ---- Two threads ------------------------------------------------------------------------------------ */

struct sealer {
        struct quarantine *quarantine;
        char id[QUARANTINE_ID_MAX];
        int result;
};

static void *seal(void *userdata)
{
        struct sealer *sealer = userdata;

        sealer->result = quarantine_seal(sealer->quarantine, sealer->id);
        return NULL;
}

/* The recorder seals what the housekeeper, meanwhile, removes: one or the other comes first. */
static void test_seal_while_purged(void **state)
{
        struct fixture *fixture = *state;

        fixture->dir = fixture->sources[0].dir;
        for (unsigned i = 0; i < 100; i++) {
                struct sealer sealer = { .quarantine = fixture->quarantine };
                pthread_t thread;
                int r;

                plant(fixture, "evil.timer");
                assert_int_equal(take(fixture, "evil.timer", sealer.id), 0);
                assert_int_equal(pthread_create(&thread, NULL, seal, &sealer), 0);
                r = quarantine_purge(fixture->quarantine, sealer.id);
                assert_int_equal(pthread_join(thread, NULL), 0);
                assert_true(sealer.result == 0 || sealer.result == -ENOENT);
                assert_int_equal(r, 0);
        }
        usage_is(fixture, 0, 0, 0);
}

#define SOURCES_TEST(name)                                                                                             \
        static void test_##name(void **state)                                                                          \
        {                                                                                                              \
                each_source(*state, name);                                                                             \
        }
SOURCES_TEST(restore_file)
SOURCES_TEST(restore_link_and_tree)
SOURCES_TEST(restore_never_overwrites)
SOURCES_TEST(full_keeps)
SOURCES_TEST(full_purges_oldest)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_restore_file, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_restore_link_and_tree, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_restore_never_overwrites, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_ids, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_damaged_evidence, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_replaced_evidence, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_evidence_of_something_else, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_list_is_kept, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_full_keeps, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_full_purges_oldest, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_seal_while_purged, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_full_disk, fixture_setup, fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
