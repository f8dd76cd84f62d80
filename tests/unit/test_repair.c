/* One object's owner, mode, attributes, or a link: changed when it is what it was, and back. */
#include <sys/xattr.h>

#include "scratch.h"
#include "unitward/repair.h"

static char directory[] = "/tmp/unitward-repair-XXXXXX";
static char *file, *link_path;

static int setup(void **state)
{
        _cleanup_close_ int dir = -1;

        (void)state;
        scratch_make(directory);
        file = format("%s/file", directory);
        link_path = format("%s/link", directory);
        dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        write_file_at(dir, "file", "x", 1);
        assert_int_equal(chmod(file, 0666), 0);
        return symlink("/nowhere", link_path);
}

static int teardown(void **state)
{
        (void)state;
        scratch_remove(directory);
        free(file);
        free(link_path);
        return 0;
}

static mode_t mode_of(const char *path)
{
        struct stat st;

        assert_int_equal(lstat(path, &st), 0);
        return st.st_mode & 07777;
}

static struct repair begin(const char *path, int expected)
{
        struct repair repair = { 0 };

        assert_int_equal(repair_begin(path, &repair), expected);
        return repair;
}

static void test_mode(void **state)
{
        struct repair repair = begin(file, 0);

        (void)state;
        assert_false(repair_changes(&repair));
        repair.after.mode = 0644;
        assert_true(repair_changes(&repair));
        assert_int_equal(repair_apply(&repair), 0);
        assert_int_equal(mode_of(file), 0644);
        assert_int_equal(repair_apply(&repair), 0); /* it is so already */
        repair_reverse(&repair);
        assert_int_equal(repair_apply(&repair), 0);
        assert_int_equal(mode_of(file), 0666);
        repair_done(&repair);
}

static void test_what_changed_is_left(void **state)
{
        struct repair repair = begin(file, 0);
        _cleanup_free_ char *other = format("%s/other", directory);

        (void)state;
        repair.after.mode = 0644;
        assert_int_equal(chmod(file, 0600), 0);
        assert_int_equal(repair_apply(&repair), -ESTALE);
        assert_int_equal(mode_of(file), 0600);
        assert_int_equal(chmod(file, 0666), 0);

        /* Another file of the same looks. */
        assert_int_equal(rename(file, other), 0);
        assert_int_equal(close(open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0666)), 0);
        assert_int_equal(chmod(file, 0666), 0);
        assert_int_equal(repair_apply(&repair), -ESTALE);
        assert_int_equal(mode_of(file), 0666);

        /* A link in its place, and one in the place of its directory. */
        assert_int_equal(unlink(file), 0);
        assert_int_equal(symlink(other, file), 0);
        assert_int_equal(repair_apply(&repair), -ESTALE);
        assert_int_equal(mode_of(other), 0666);
        assert_int_equal(rename(other, file), 0);
        repair_done(&repair);
}

static void test_no_link_on_the_way(void **state)
{
        _cleanup_free_ char *way = format("%s-way", directory), *path = format("%s-way/file", directory);
        struct repair repair = begin(file, 0);

        (void)state;
        assert_int_equal(symlink(directory, way), 0);
        (void)begin(path, -ELOOP);
        free(repair.path);
        repair.path = strdup(path);
        repair.after.mode = 0644;
        assert_int_equal(repair_apply(&repair), -ESTALE);
        assert_int_equal(mode_of(file), 0666);
        assert_int_equal(unlink(way), 0);
        repair_done(&repair);
}

static void test_hard_links_are_left(void **state)
{
        _cleanup_free_ char *other = format("%s/other", directory);
        struct repair repair = begin(file, 0);

        (void)state;
        repair.after.mode = 0644;
        assert_int_equal(link(file, other), 0);
        (void)begin(file, -EMLINK);
        assert_int_equal(repair_apply(&repair), -ESTALE);
        assert_int_equal(unlink(other), 0);
        repair_done(&repair);
}

static void test_link(void **state)
{
        struct repair repair = begin(link_path, 0);
        struct stat st;

        (void)state;
        assert_string_equal(repair.before.target, "/nowhere");
        free(repair.after.target);
        repair.after = (struct repair_state){ 0 };
        assert_int_equal(repair_apply(&repair), 0);
        assert_int_equal(lstat(link_path, &st), -1);
        assert_int_equal(repair_apply(&repair), 0);
        repair_reverse(&repair);
        assert_int_equal(repair_apply(&repair), 0);
        assert_int_equal(lstat(link_path, &st), 0);
        assert_int_equal(repair_apply(&repair), 0);
        repair_reverse(&repair);
        assert_int_equal(unlink(link_path), 0);
        assert_int_equal(symlink("/elsewhere", link_path), 0);
        assert_int_equal(repair_apply(&repair), -ESTALE);
        repair_done(&repair);
}

/* user::rw- user:1000:rw- group::r-- mask::rw- other::r--, as the kernel stores it */
static const unsigned char access_list[] = { 2, 0,    0,   0,   1,   0,   6,  0, 255, 255, 255, 255, 2,   0,  6,
                                             0, 0xe8, 3,   0,   0,   4,   0,  4, 0,   255, 255, 255, 255, 16, 0,
                                             6, 0,    255, 255, 255, 255, 32, 0, 4,   0,   255, 255, 255, 255 };

static void test_access_list(void **state)
{
        struct repair repair;

        (void)state;
        if (setxattr(file, "system.posix_acl_access", access_list, sizeof access_list, 0) < 0) {
                print_message("skipped: no access lists here: %s\n", strerror(errno));
                skip();
        }
        (void)setxattr(file, "user.note", "kept", 4, 0);
        repair = begin(file, 0);
        assert_int_equal(repair.before.mode, 0664); /* the mask */
        assert_int_equal(repair_drop_access_list(&repair.after), 0);
        assert_int_equal(repair.after.mode, 0644);
        assert_int_equal(repair_apply(&repair), 0);
        assert_int_equal(mode_of(file), 0644);
        assert_int_equal(getxattr(file, "system.posix_acl_access", NULL, 0), -1);
        repair_reverse(&repair);
        assert_int_equal(repair_apply(&repair), 0);
        assert_int_equal(getxattr(file, "system.posix_acl_access", NULL, 0), sizeof access_list);
        assert_int_equal(mode_of(file), 0664);
        (void)removexattr(file, "user.note");
        assert_int_equal(removexattr(file, "system.posix_acl_access"), 0);
        repair_done(&repair);
        assert_int_equal(chmod(file, 0666), 0);
}

/* ---- Written down ------------------------------------------------------------------------------------------ */

static void test_log(void **state)
{
        _cleanup_free_ char *logs = format("%s/state/posture", directory), *path = NULL;
        struct repair both[2] = { begin(file, 0), begin(link_path, 0) }, *back;
        char id[REPAIR_ID_SIZE], last[REPAIR_ID_SIZE];
        size_t n;

        (void)state;
        both[0].after.mode = 0600;
        free(both[1].after.target);
        both[1].after = (struct repair_state){ 0 };
        repair_id_new(id);
        assert_true(repair_id_is_valid(id));
        assert_int_equal(repair_log_last(logs, last), -ENOENT);
        assert_int_equal(repair_log_write(logs, id, both, 2), 0);
        assert_int_equal(repair_log_write(logs, id, both, 2), -EEXIST);
        assert_int_equal(repair_log_last(logs, last), 0);
        assert_string_equal(last, id);
        assert_int_equal(repair_log_read(logs, id, &back, &n), 0);
        assert_int_equal(n, 2);
        for (size_t i = 0; i < n; i++) {
                assert_string_equal(back[i].path, both[i].path);
                assert_int_equal(back[i].inode, both[i].inode);
                assert_int_equal(repair_apply(&back[i]), 0);
                repair_reverse(&back[i]);
                assert_int_equal(repair_apply(&back[i]), 0);
        }
        repairs_free(back, n);
        path = format("%s/%s.json", logs, id);
        assert_int_equal(chmod(path, 0666), 0);
        assert_int_equal(repair_log_read(logs, id, &back, &n), -EPERM);
        assert_int_equal(repair_log_undone(logs, id), 0);
        assert_int_equal(repair_log_read(logs, id, &back, &n), -ENOENT);
        assert_int_equal(repair_log_last(logs, last), -ENOENT);
        assert_int_equal(repair_log_read(logs, "../x", &back, &n), -ENOENT);
        repair_done(&both[0]);
        repair_done(&both[1]);
}

static void test_damaged(void **state)
{
#define STATE "{\"mode\": 420, \"uid\": 0, \"gid\": 0}"
        static const char *const texts[] = {
                "",
                "{}",
                "[]",
                "[1]",
                "[{}]",
                "[{\"path\": \"x\", \"inode\": 1, \"before\": " STATE ", \"after\": " STATE "}]",
                "[{\"path\": \"/x\", \"inode\": -1, \"before\": " STATE ", \"after\": " STATE "}]",
                "[{\"path\": \"/x\", \"inode\": 1, \"before\": null, \"after\": " STATE "}]",
                "[{\"path\": \"/x\", \"inode\": 1, \"before\": null, \"after\": null}]",
                "[{\"path\": \"/x\", \"inode\": 1, \"before\": {\"mode\": 8192, \"uid\": 0, \"gid\": 0}, \"after\": "
                "null}]",
                "[{\"path\": \"/x\", \"inode\": 1, \"before\": {\"mode\": 0, \"uid\": 0, \"gid\": 0, \"target\": "
                "\"a\"}, "
                "\"after\": {\"mode\": 0, \"uid\": 0, \"gid\": 0, \"target\": \"b\"}}]",
                "[{\"path\": \"/x\", \"inode\": 1, \"before\": {\"mode\": 0, \"uid\": 0, \"gid\": 0, \"attributes\": "
                "\"0x\"}, \"after\": " STATE "}]",
        };
        struct repair *repairs;
        size_t n;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                if (repairs_parse(texts[i], strlen(texts[i]), &repairs, &n) != -EBADMSG)
                        fail_msg("taken: %s", texts[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_mode),
                cmocka_unit_test(test_what_changed_is_left),
                cmocka_unit_test(test_no_link_on_the_way),
                cmocka_unit_test(test_hard_links_are_left),
                cmocka_unit_test(test_link),
                cmocka_unit_test(test_access_list),
                cmocka_unit_test(test_log),
                cmocka_unit_test(test_damaged),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
