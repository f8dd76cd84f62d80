#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "scratch.h"
#include "unitward/ledger.h"

static char directory[] = "/tmp/unitward-ledger-XXXXXX";
static char *path;

static int make_directory(void **state)
{
        (void)state;
        scratch_make(directory);
        path = format("%s/ledger.db", directory);
        return path ? 0 : -1;
}

static int remove_directory(void **state)
{
        (void)state;
        free(path);
        scratch_remove(directory);
        return 0;
}

static struct ledger *open_ledger(void)
{
        struct ledger *ledger = NULL;

        assert_int_equal(ledger_open(path, &ledger), 0);
        return ledger;
}

static struct ledger_entry file_entry(const char *name)
{
        struct ledger_entry entry = {
                .path = name,
                .kind = ENTRY_FILE,
                .mode = 0644,
                .uid = 1000,
                .gid = 4294967294u,
                .size = 123,
                .mtime_nsec = -1,
                .ctime_nsec = 1795425517123456789,
                .id = { UINT64_MAX - 1, 42 },
                .digest = { { 1, 0, 255 } },
                .source = "actor",
                .rule = "packages-own-units",
                .by = "/usr/bin/dpkg (pid 12, uid 0, no login)",
                .since_usec = 1795425517123456,
        };

        return entry;
}

static void put(struct ledger *ledger, const char *name)
{
        struct ledger_entry entry = file_entry(name);

        assert_int_equal(ledger_put(ledger, &entry), 0);
}

static int count_one(const struct ledger_entry *entry, void *userdata)
{
        (void)entry;
        ++*(uint64_t *)userdata;
        return 0;
}

static uint64_t count(struct ledger *ledger)
{
        uint64_t n = 0;

        assert_int_equal(ledger_each(ledger, count_one, &n), 0);
        return n;
}

/* ---- What is put comes back ------------------------------------------------------------------------ */

struct expectation {
        const struct ledger_entry *entries;
        size_t n;
};

static int expect_entry(const struct ledger_entry *entry, void *userdata)
{
        struct expectation *expected = userdata;
        const struct ledger_entry *e = expected->entries++;

        assert_true(expected->n-- > 0);
        assert_string_equal(entry->path, e->path);
        assert_int_equal(entry->kind, e->kind);
        assert_int_equal(entry->mode, e->mode);
        assert_int_equal(entry->uid, e->uid);
        assert_int_equal(entry->gid, e->gid);
        assert_int_equal(entry->bare, e->bare);
        assert_int_equal(entry->attributes_size, e->attributes_size);
        if (e->attributes)
                assert_memory_equal(entry->attributes, e->attributes, e->attributes_size);
        else
                assert_null(entry->attributes);
        assert_true(entry->size == e->size);
        assert_true(entry->mtime_nsec == e->mtime_nsec);
        assert_true(entry->ctime_nsec == e->ctime_nsec);
        assert_true(file_id_equal(entry->id, e->id));
        assert_memory_equal(&entry->digest, &e->digest, sizeof e->digest);
        if (e->target)
                assert_string_equal(entry->target, e->target);
        else
                assert_null(entry->target);
        assert_string_equal(entry->source, e->source);
        assert_string_equal(entry->rule, e->rule);
        assert_string_equal(entry->by, e->by);
        assert_true(entry->since_usec == e->since_usec);
        return 0;
}

static void test_round_trip(void **state)
{
        struct ledger_entry entries[] = { file_entry("/etc/a.service"), file_entry("/etc/b.service"),
                                          file_entry("/etc/c.service.d"), file_entry("/etc/\xff\xfe'\";--") };
        struct expectation expected = { entries, ARRAY_SIZE(entries) };
        struct ledger *ledger = open_ledger();

        (void)state;
        entries[1].kind = ENTRY_LINK;
        entries[1].target = "../\xff/x";
        entries[1].mode = 07777;
        entries[1].rule = entries[1].by = "";
        entries[2].kind = ENTRY_DIRECTORY;
        entries[2].attributes = "user.a\0\1\0\0\0x";
        entries[2].attributes_size = 12;
        entries[3].bare = true;
        /* Against the order in which they come back; each twice, which replaces. */
        for (unsigned twice = 0; twice < 2; twice++)
                for (size_t i = ARRAY_SIZE(entries); i > 0; i--)
                        assert_int_equal(ledger_put(ledger, &entries[i - 1]), 0);
        assert_int_equal(count(ledger), ARRAY_SIZE(entries));
        assert_int_equal(ledger_each(ledger, expect_entry, &expected), 0);
        assert_int_equal(expected.n, 0);
        ledger = ledger_close(ledger);

        ledger = open_ledger();
        expected = (struct expectation){ entries, ARRAY_SIZE(entries) };
        assert_int_equal(ledger_each(ledger, expect_entry, &expected), 0);
        assert_int_equal(expected.n, 0);
        ledger_close(ledger);
        assert_null(ledger_close(NULL));
}

static void test_remove(void **state)
{
        struct ledger *ledger = open_ledger();

        (void)state;
        put(ledger, "/etc/a");
        put(ledger, "/etc/b");
        assert_int_equal(ledger_remove(ledger, "/etc/a"), 0);
        assert_int_equal(ledger_remove(ledger, "/etc/a"), 0);
        assert_int_equal(ledger_remove(ledger, "/etc/%"), 0);
        assert_int_equal(count(ledger), 1);
        ledger_close(ledger);
}

static void test_refuses_half_an_entry(void **state)
{
        struct ledger_entry link = file_entry("/etc/a"), no_path = file_entry(NULL), no_rule = file_entry("/etc/a");
        struct ledger *ledger = open_ledger();

        (void)state;
        link.kind = ENTRY_LINK;
        no_rule.rule = NULL;
        assert_int_equal(ledger_put(ledger, &link), -EINVAL);
        assert_int_equal(ledger_put(ledger, &no_path), -EINVAL);
        assert_int_equal(ledger_put(ledger, &no_rule), -EINVAL);
        assert_int_equal(count(ledger), 0);
        ledger_close(ledger);
}

static int stop_at_second(const struct ledger_entry *entry, void *userdata)
{
        (void)entry;
        return ++*(unsigned *)userdata == 2 ? -ECANCELED : 0;
}

static void test_each_stops(void **state)
{
        struct ledger *ledger = open_ledger();
        unsigned seen = 0;

        (void)state;
        put(ledger, "/a");
        put(ledger, "/b");
        put(ledger, "/c");
        assert_int_equal(ledger_each(ledger, stop_at_second, &seen), -ECANCELED);
        assert_int_equal(seen, 2);
        put(ledger, "/d"); /* nothing is left locked */
        ledger_close(ledger);
}

static void test_baseline(void **state)
{
        struct ledger *ledger = open_ledger();

        (void)state;
        assert_int_equal(ledger_has_baseline(ledger), 0);
        assert_int_equal(ledger_begin(ledger), 0);
        assert_int_equal(ledger_set_baseline(ledger, 5), 0);
        ledger_close(ledger); /* without a commit */

        ledger = open_ledger();
        assert_int_equal(ledger_has_baseline(ledger), 0);
        assert_int_equal(ledger_set_baseline(ledger, 5), 0);
        assert_int_equal(ledger_set_baseline(ledger, 6), 0);
        ledger_close(ledger);

        ledger = open_ledger();
        assert_int_equal(ledger_has_baseline(ledger), 1);
        ledger_close(ledger);
}

static void test_transactions(void **state)
{
        struct ledger *ledger = open_ledger();

        (void)state;
        assert_true(ledger_commit(ledger) < 0); /* nothing was begun */
        assert_int_equal(ledger_begin(ledger), 0);
        assert_true(ledger_begin(ledger) < 0);
        put(ledger, "/a");
        assert_int_equal(ledger_commit(ledger), 0);
        assert_int_equal(ledger_begin(ledger), 0);
        assert_int_equal(ledger_commit(ledger), 0);
        assert_int_equal(count(ledger), 1);
        ledger_close(ledger);
}

static void test_is_for_root_alone(void **state)
{
        struct ledger *ledger = open_ledger();
        _cleanup_free_ char *wal = format("%s-wal", path), *fresh = format("%s.new", path);
        struct stat st;

        (void)state;
        put(ledger, "/a");
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(stat(wal, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(access(fresh, F_OK), -1);
        ledger_close(ledger);
}

/* ---- Durability ------------------------------------------------------------------------------------ */

/* Says after each commit that it is done, then goes on with what is never committed. */
static _Noreturn void write_until_killed(int out)
{
        struct ledger *ledger = open_ledger();

        for (uint64_t i = 0; i < 20; i++) {
                _cleanup_free_ char *name = format("/committed/%u", (unsigned)i);

                if (ledger_begin(ledger) < 0)
                        _exit(1);
                put(ledger, name);
                if (ledger_commit(ledger) < 0)
                        _exit(1);
        }
        (void)ledger_begin(ledger);
        put(ledger, "/not/committed");
        (void)write_all(out, "x", 1);
        for (;;)
                (void)pause();
}

static int is_committed(const struct ledger_entry *entry, void *userdata)
{
        (void)userdata;
        assert_true(starts_with(entry->path, "/committed/"));
        return 0;
}

static void test_survives_sigkill(void **state)
{
        struct ledger *ledger;
        int pipes[2], status;
        char done;
        pid_t child;

        (void)state;
        assert_int_equal(pipe(pipes), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0)
                write_until_killed(pipes[1]);
        (void)close(pipes[1]);
        assert_int_equal(read(pipes[0], &done, 1), 1);
        (void)close(pipes[0]);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);

        ledger = open_ledger();
        assert_int_equal(count(ledger), 20);
        assert_int_equal(ledger_each(ledger, is_committed, NULL), 0);
        ledger_close(ledger);
}

/* What did not fit is said, what was committed stays, and afterwards it goes on. */
static void test_full_disk(void **state)
{
        struct ledger *ledger;
        uint64_t committed = 0;
        int r = 0;

        (void)state;
        if (!scratch_mount(directory, 512))
                skip();
        ledger = open_ledger();
        for (unsigned i = 0; r == 0; i++) {
                _cleanup_free_ char *name = format("/etc/%u", i);
                struct ledger_entry entry = file_entry(name);

                r = ledger_put(ledger, &entry);
                committed += r == 0;
        }
        assert_int_equal(r, -ENOSPC);
        assert_true(committed > 10);
        assert_int_equal(count(ledger), committed);
        ledger_close(ledger);
        ledger = open_ledger();
        assert_int_equal(count(ledger), committed);
        ledger_close(ledger);
        assert_int_equal(mount("none", directory, "tmpfs", MS_REMOUNT, "size=2m"), 0);
        ledger = open_ledger();
        put(ledger, "/etc/more");
        assert_int_equal(count(ledger), committed + 1);
        ledger_close(ledger);
        scratch_unmount(directory);
}

/* ---- Damage ---------------------------------------------------------------------------------------- */

static void assert_refused(int error)
{
        _cleanup_free_ char *before = NULL, *after = NULL;
        size_t size_before, size_after;
        struct ledger *ledger = NULL;

        assert_int_equal(read_file_at(AT_FDCWD, path, 1 << 24, &before, &size_before), 0);
        for (unsigned twice = 0; twice < 2; twice++) {
                assert_int_equal(ledger_open(path, &ledger), error);
                assert_null(ledger);
        }
        assert_int_equal(read_file_at(AT_FDCWD, path, 1 << 24, &after, &size_after), 0);
        assert_int_equal(size_after, size_before);
        assert_memory_equal(after, before, size_before);
}

static void fill(unsigned n)
{
        struct ledger *ledger = open_ledger();

        assert_int_equal(ledger_begin(ledger), 0);
        for (unsigned i = 0; i < n; i++) {
                _cleanup_free_ char *name = format("/etc/systemd/system/%06u.service", i);

                put(ledger, name);
        }
        assert_int_equal(ledger_commit(ledger), 0);
        ledger_close(ledger);
}

static void test_not_a_ledger(void **state)
{
        static const char text[] = "this is not a database; it is long enough to have a header of one, though: "
                                   "a header of SQLite takes a hundred bytes";

        (void)state;
        write_file_at(AT_FDCWD, path, "", 0);
        assert_refused(-EUCLEAN);
        write_file_at(AT_FDCWD, path, "x", 1);
        assert_refused(-EUCLEAN);
        write_file_at(AT_FDCWD, path, text, sizeof text);
        assert_refused(-EUCLEAN);
}

static void test_truncated(void **state)
{
        static const off_t sizes[] = { 0, 1, 99, 100, 512, 4096, 5000, 8192, 20000 };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
                fill(500);
                assert_int_equal(truncate(path, sizes[i]), 0);
                assert_refused(-EUCLEAN);
                assert_int_equal(unlink(path), 0);
        }
}

static void test_overwritten_pages(void **state)
{
        _cleanup_free_ char *garbage = malloc(4096);
        _cleanup_close_ int fd = -1;

        (void)state;
        fill(500);
        memset(garbage, 0xa5, 4096);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        assert_int_equal(pwrite(fd, garbage, 4096, 4 * 4096), 4096);
        assert_refused(-EUCLEAN);
}

/* As another program would change it. */
static void execute(const char *sql)
{
        sqlite3 *database;

        assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
        assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static void test_foreign_schemas(void **state)
{
        static const struct {
                const char *sql;
                int error;
        } cases[] = {
                { "PRAGMA user_version = 3", -EPROTO },
                { "PRAGMA user_version = 0", -EUCLEAN },
                { "PRAGMA application_id = 5", -EUCLEAN },
                { "DROP TABLE entry", -EUCLEAN },
                { "ALTER TABLE entry DROP COLUMN digest", -EUCLEAN },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                fill(5);
                execute(cases[i].sql);
                assert_refused(cases[i].error);
                assert_int_equal(unlink(path), 0);
        }
}

static int accept_entry(const struct ledger_entry *entry, void *userdata)
{
        (void)entry;
        (void)userdata;
        return 0;
}

static void test_impossible_rows(void **state)
{
        static const char *const cases[] = {
                "UPDATE entry SET kind = 3",
                "UPDATE entry SET kind = -1",
                "UPDATE entry SET kind = 1", /* a link without a target */
                "UPDATE entry SET target = x'41'",
                "UPDATE entry SET digest = x'00'",
                "UPDATE entry SET path = x'2f610062'",
                "UPDATE entry SET attributes = x'41'",
                "UPDATE entry SET attributes = x'', bare = 1",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct ledger *ledger;

                fill(1);
                execute(cases[i]);
                ledger = open_ledger();
                assert_int_equal(ledger_each(ledger, accept_entry, NULL), -EUCLEAN);
                ledger_close(ledger);
                assert_int_equal(unlink(path), 0);
        }
}

/* A database that is gone while its log is there was lost: that must not look like the first start. */
static void test_log_without_database(void **state)
{
        _cleanup_free_ char *wal = format("%s-wal", path);
        struct ledger *ledger = NULL;

        (void)state;
        write_file_at(AT_FDCWD, wal, "log", 3);
        assert_int_equal(ledger_open(path, &ledger), -EUCLEAN);
        assert_null(ledger);
}

static void test_cannot_be_opened(void **state)
{
        struct ledger *ledger = NULL;

        (void)state;
        assert_int_equal(ledger_open("/nonexistent/ledger.db", &ledger), -ENOENT);
        assert_int_equal(ledger_open("/tmp", &ledger), -EUCLEAN);
        assert_null(ledger);
}

/* What an interrupted creation left is no obstacle. */
static void test_interrupted_creation(void **state)
{
        _cleanup_free_ char *fresh = format("%s.new", path), *wal = format("%s.new-wal", path);
        struct ledger *ledger;

        (void)state;
        write_file_at(AT_FDCWD, fresh, "half", 4);
        write_file_at(AT_FDCWD, wal, "half", 4);
        ledger = open_ledger();
        assert_int_equal(count(ledger), 0);
        ledger_close(ledger);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_round_trip, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_remove, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_refuses_half_an_entry, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_each_stops, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_baseline, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_transactions, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_is_for_root_alone, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_survives_sigkill, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_full_disk, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_not_a_ledger, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_truncated, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_overwritten_pages, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_foreign_schemas, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_impossible_rows, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_log_without_database, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_cannot_be_opened, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_interrupted_creation, make_directory, remove_directory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
