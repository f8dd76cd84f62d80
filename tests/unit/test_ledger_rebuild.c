/* A ledger of an older schema, and one that was lost. */
#include <sqlite3.h>

#include "scratch.h"
#include "unitward/ledger.h"
#include "unitward/ledger_rebuild.h"
#include "unitward/ledger_text.h"

static char directory[] = "/tmp/unitward-rebuild-XXXXXX";
static char *path, *exported;

static int setup(void **state)
{
        (void)state;
        scratch_make(directory);
        path = format("%s/ledger.db", directory);
        exported = format("%s/ledger.export", directory);
        return path && exported ? 0 : -1;
}

static int teardown(void **state)
{
        (void)state;
        free(path);
        free(exported);
        scratch_remove(directory);
        return 0;
}

static void execute(const char *sql)
{
        sqlite3 *database;

        assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
        assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static int64_t query(const char *sql)
{
        sqlite3_stmt *statement;
        sqlite3 *database;
        int64_t value;

        assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
        value = sqlite3_column_int64(statement, 0);
        assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
        assert_int_equal(sqlite3_close(database), SQLITE_OK);
        return value;
}

static struct ledger *open_ledger(void)
{
        struct ledger *ledger = NULL;

        assert_int_equal(ledger_open(path, &ledger), 0);
        return ledger;
}

static int tell(const struct ledger_entry *entry, void *userdata)
{
        char *story = userdata;
        size_t length = strlen(story);

        (void)snprintf(story + length, 512 - length, "%s %o %s%s%s%s\n", entry->path, entry->mode, entry->source,
                       entry->bare ? " bare" : "", entry->attributes ? " with attributes" : "",
                       entry->target ? entry->target : "");
        return 0;
}

static void assert_ledger(const char *expected)
{
        struct ledger *ledger = open_ledger();
        char story[512] = "";

        assert_int_equal(ledger_each(ledger, tell, story), 0);
        assert_string_equal(story, expected);
        assert_int_equal(ledger_has_baseline(ledger), 1);
        ledger_close(ledger);
}

/* ---- Older schemas ---------------------------------------------------------------------------------- */

/* As version 1 made it. */
#define VERSION_1                                                                                                      \
        "CREATE TABLE entry(path BLOB NOT NULL PRIMARY KEY, kind INTEGER NOT NULL, mode INTEGER NOT NULL,"             \
        " uid INTEGER NOT NULL, gid INTEGER NOT NULL, bare INTEGER NOT NULL, size INTEGER NOT NULL, mtime_nsec "       \
        "INTEGER NOT NULL,"                                                                                            \
        " ctime_nsec INTEGER NOT NULL, device INTEGER NOT NULL, inode INTEGER NOT NULL, digest BLOB NOT NULL,"         \
        " target BLOB, source BLOB NOT NULL, rule BLOB NOT NULL, actor BLOB NOT NULL, since_usec INTEGER NOT NULL"     \
        ") STRICT, WITHOUT ROWID;"                                                                                     \
        "CREATE TABLE baseline(only INTEGER PRIMARY KEY CHECK (only = 1), since_usec INTEGER NOT NULL) STRICT;"        \
        "PRAGMA application_id = 1431786052; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;"                      \
        "INSERT INTO baseline VALUES (1, 5);"                                                                          \
        "INSERT INTO entry VALUES (CAST('/etc/a' AS BLOB), 0, 420, 0, 0, 1, 3, 4, 5, 6, 7, zeroblob(32), NULL,"        \
        " CAST('baseline' AS BLOB), x'', x'', 9);"                                                                     \
        "INSERT INTO entry VALUES (CAST('/etc/b' AS BLOB), 1, 511, 0, 0, 0, 3, 4, 5, 6, 7, zeroblob(32),"              \
        " CAST('/dev/null' AS BLOB), CAST('actor' AS BLOB), x'', x'', 9);"

static void test_from_version_1(void **state)
{
        static const char expected[] = "/etc/a 644 baseline bare\n/etc/b 777 actor/dev/null\n";
        struct ledger_entry entry = { .path = "/etc/c",
                                      .mode = 0600,
                                      .attributes = "user.a\0\1\0\0\0x",
                                      .attributes_size = 12,
                                      .source = "import",
                                      .rule = "",
                                      .by = "" };
        struct ledger *ledger;

        (void)state;
        execute(VERSION_1);
        assert_ledger(expected);
        assert_int_equal(query("PRAGMA user_version"), 2);
        assert_ledger(expected);
        ledger = open_ledger();
        assert_int_equal(ledger_put(ledger, &entry), 0);
        ledger_close(ledger);
        assert_ledger("/etc/a 644 baseline bare\n/etc/b 777 actor/dev/null\n/etc/c 600 import with attributes\n");
}

/* Half a migration is none: the number and the column come together. */
static void test_interrupted_migration(void **state)
{
        (void)state;
        execute(VERSION_1 "BEGIN; ALTER TABLE entry ADD COLUMN attributes BLOB; PRAGMA user_version = 2; ROLLBACK;");
        assert_int_equal(query("PRAGMA user_version"), 1);
        assert_ledger("/etc/a 644 baseline bare\n/etc/b 777 actor/dev/null\n");
}

/* A table that does not take it is not ours, and is left as it is. */
static void test_impossible_migration(void **state)
{
        struct ledger *ledger = NULL;

        (void)state;
        execute(VERSION_1 "ALTER TABLE entry ADD COLUMN attributes BLOB;");
        assert_int_equal(ledger_open(path, &ledger), -EUCLEAN);
        assert_null(ledger);
        assert_int_equal(query("PRAGMA user_version"), 1);
}

/* ---- Whether there was one ---------------------------------------------------------------------------- */

static void assert_lived_here_with(const char *name, bool is_directory)
{
        _cleanup_free_ char *full = format("%s/%s", directory, name);

        if (is_directory)
                assert_int_equal(make_directories(full, 0700), 0);
        else
                write_file_at(AT_FDCWD, full, "", 0);
        assert_true(ledger_lived_here(path));
        assert_int_equal(is_directory ? rmdir(full) : unlink(full), 0);
}

static void test_lived_here(void **state)
{
        _cleanup_free_ char *golden = format("%s/golden", directory), *quarantine = format("%s/quarantine", directory);

        (void)state;
        assert_false(ledger_lived_here(path));
        assert_int_equal(make_directories(golden, 0700), 0);
        assert_int_equal(make_directories(quarantine, 0700), 0);
        assert_false(ledger_lived_here(path)); /* as a start that came no further leaves them */
        assert_lived_here_with("golden/ab", true);
        assert_lived_here_with("quarantine/20261123T110611.207119Z-0000", true);
        assert_lived_here_with("boot-id", false);
        assert_lived_here_with("ledger.export", false);
        assert_lived_here_with("ledger.db.damaged-2026-11-23T09:18:37.123456Z", false);
        assert_false(ledger_lived_here(path));
}

/* ---- Rebuilding ----------------------------------------------------------------------------------------- */

static void write_export(void)
{
        const struct ledger_entry entries[] = {
                { .path = "/etc/a", .mode = 0640, .bare = true, .source = "actor", .rule = "r", .by = "b" },
                { .path = "/etc/d", .kind = ENTRY_DIRECTORY, .mode = 0755, .source = "baseline", .rule = "", .by = "" },
                { .path = "/etc/l",
                  .kind = ENTRY_LINK,
                  .mode = 0777,
                  .bare = true,
                  .target = "a",
                  .source = "package",
                  .rule = "",
                  .by = "" },
        };
        struct ledger_text_writer *writer;
        FILE *stream = fopen(exported, "we");

        assert_non_null(stream);
        assert_int_equal(ledger_text_begin(stream, false, &writer), 0);
        for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
                assert_int_equal(ledger_text_entry(writer, &entries[i]), 0);
        assert_int_equal(ledger_text_end(writer, NULL), 0);
        assert_int_equal(fclose(stream), 0);
}

static void test_rebuild(void **state)
{
        _cleanup_free_ char *aside = NULL, *wal = NULL, *kept = NULL, *fresh = format("%s.rebuilt", path);
        char *why = NULL;
        unsigned n = 0;
        size_t size;

        (void)state;
        write_export();
        write_file_at(AT_FDCWD, path, "damage", 6);
        wal = format("%s-wal", path);
        write_file_at(AT_FDCWD, wal, "log", 3);
        assert_int_equal(ledger_rebuild(path, exported, &n, &why), -EEXIST); /* never over one that is there */
        assert_int_equal(ledger_keep_aside(path, &aside), 0);
        assert_non_null(aside);
        assert_int_equal(access(path, F_OK), -1);
        assert_int_equal(access(wal, F_OK), -1);
        assert_int_equal(read_file_at(AT_FDCWD, aside, 100, &kept, &size), 0);
        assert_string_equal(kept, "damage");
        assert_int_equal(ledger_rebuild(path, exported, &n, &why), 0);
        assert_int_equal(n, 3);
        assert_int_equal(access(fresh, F_OK), -1);
        assert_ledger("/etc/a 640 actor bare\n/etc/d 755 baseline\n/etc/l 777 package barea\n");
}

static void test_nothing_to_keep(void **state)
{
        char *aside = path;

        (void)state;
        assert_int_equal(ledger_keep_aside(path, &aside), 0);
        assert_null(aside);
}

static void test_without_export(void **state)
{
        char *why = NULL;
        unsigned n = 1;

        (void)state;
        assert_int_equal(ledger_rebuild(path, exported, &n, &why), -ENOENT);
        assert_int_equal(access(path, F_OK), -1);
        assert_int_equal(ledger_rebuild(path, NULL, &n, &why), 0);
        assert_int_equal(n, 0);
        assert_ledger("");
}

static void test_damaged_export(void **state)
{
        _cleanup_free_ char *text = NULL, *fresh = format("%s.rebuilt", path);
        size_t size;

        (void)state;
        write_export();
        assert_int_equal(read_file_at(AT_FDCWD, exported, 1 << 20, &text, &size), 0);
        for (size_t i = 0; i < size; i++) {
                char *why = NULL;
                unsigned n;
                int r;

                text[i] ^= 1;
                write_file_at(AT_FDCWD, exported, text, size);
                text[i] ^= 1;
                r = ledger_rebuild(path, exported, &n, &why);
                assert_true(r == -EBADMSG || r == -EPROTO);
                assert_int_equal(access(path, F_OK), -1);
                assert_int_equal(access(fresh, F_OK), -1);
                free(why);
        }
}

#define in_scratch(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                in_scratch(test_from_version_1),
                in_scratch(test_interrupted_migration),
                in_scratch(test_impossible_migration),
                in_scratch(test_lived_here),
                in_scratch(test_rebuild),
                in_scratch(test_nothing_to_keep),
                in_scratch(test_without_export),
                in_scratch(test_damaged_export),
        };

        return cmocka_run_group_tests_name("ledger rebuild", tests, NULL, NULL);
}
