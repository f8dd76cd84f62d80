#include <sqlite3.h>

#include "ledger_file.h"
#include "ledger_row.h"
#include "unitward/ledger.h"
#include "unitward/util.h"

enum statement {
        STATEMENT_EACH,
        STATEMENT_PUT,
        STATEMENT_REMOVE,
        STATEMENT_HAS_BASELINE,
        STATEMENT_SET_BASELINE,
        STATEMENT_BEGIN,
        STATEMENT_COMMIT,
        STATEMENT_ROLLBACK,
        STATEMENT_COUNT_,
};

static const char *const statement_texts[STATEMENT_COUNT_] = {
        [STATEMENT_EACH] = "SELECT " LEDGER_ROW_COLUMNS " FROM entry ORDER BY path",
        [STATEMENT_PUT] = "INSERT OR REPLACE INTO entry (" LEDGER_ROW_COLUMNS ")"
                          " VALUES (" LEDGER_ROW_PARAMETERS ")",
        [STATEMENT_REMOVE] = "DELETE FROM entry WHERE path = ?",
        [STATEMENT_HAS_BASELINE] = "SELECT count(*) FROM baseline",
        [STATEMENT_SET_BASELINE] = "INSERT OR REPLACE INTO baseline (only, since_usec) VALUES (1, ?)",
        [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
        [STATEMENT_COMMIT] = "COMMIT",
        [STATEMENT_ROLLBACK] = "ROLLBACK",
};

struct ledger {
        sqlite3 *database;
        sqlite3_stmt *statements[STATEMENT_COUNT_];
};

static void ledger_close_pointer(struct ledger **ledger)
{
        (void)ledger_close(*ledger);
}

/* The version is ours: a statement that does not fit means that the tables are not. One that could not be looked at
 * means nothing of that kind: the ledger would be put aside, and nothing prevented until somebody looked. */
static int statement_error(sqlite3 *database)
{
        return (sqlite3_errcode(database) & 0xff) == SQLITE_ERROR ? -EUCLEAN : ledger_file_error(database);
}

static int open_with(const char *path, int (*open_file)(const char *path, sqlite3 **ret), struct ledger **ret)
{
        _cleanup_(ledger_close_pointer) struct ledger *ledger = calloc(1, sizeof *ledger);
        int r;

        if (!ledger)
                return -ENOMEM;
        r = open_file(path, &ledger->database);
        if (r < 0)
                return r;
        for (size_t i = 0; i < STATEMENT_COUNT_; i++) {
                if (sqlite3_prepare_v3(ledger->database, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                       &ledger->statements[i], NULL) != SQLITE_OK)
                        return statement_error(ledger->database);
        }
        *ret = steal_pointer(ledger);
        return 0;
}

int ledger_open(const char *path, struct ledger **ret)
{
        return open_with(path, ledger_file_open, ret);
}

int ledger_open_read(const char *path, struct ledger **ret)
{
        return open_with(path, ledger_file_open_read, ret);
}

struct ledger *ledger_close(struct ledger *ledger)
{
        if (ledger) {
                for (size_t i = 0; i < STATEMENT_COUNT_; i++)
                        (void)sqlite3_finalize(ledger->statements[i]);
                (void)sqlite3_close(ledger->database);
                free(ledger);
        }
        return NULL;
}

/* Ready for the next use; what was bound belongs to the caller and must not be kept. */
static void statement_reset(sqlite3_stmt *statement)
{
        (void)sqlite3_reset(statement);
        (void)sqlite3_clear_bindings(statement);
}

/* Runs a statement that returns nothing. */
static int statement_run(struct ledger *ledger, enum statement which)
{
        sqlite3_stmt *statement = ledger->statements[which];
        int r = sqlite3_step(statement) == SQLITE_DONE ? 0 : ledger_file_error(ledger->database);

        statement_reset(statement);
        return r;
}

int ledger_has_baseline(struct ledger *ledger)
{
        sqlite3_stmt *statement = ledger->statements[STATEMENT_HAS_BASELINE];
        int r = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) > 0
                                                      : ledger_file_error(ledger->database);

        statement_reset(statement);
        return r;
}

int ledger_set_baseline(struct ledger *ledger, uint64_t when_usec)
{
        (void)sqlite3_bind_int64(ledger->statements[STATEMENT_SET_BASELINE], 1, (int64_t)when_usec);
        return statement_run(ledger, STATEMENT_SET_BASELINE);
}

int ledger_each(struct ledger *ledger, int (*each)(const struct ledger_entry *entry, void *userdata), void *userdata)
{
        sqlite3_stmt *statement = ledger->statements[STATEMENT_EACH];
        struct ledger_entry entry;
        int r = 0, step = SQLITE_DONE;

        while (r >= 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
                r = ledger_row_read(statement, &entry);
                if (r == 0)
                        r = each(&entry, userdata);
        }
        if (r >= 0)
                r = step == SQLITE_DONE ? 0 : ledger_file_error(ledger->database);
        statement_reset(statement);
        return r;
}

int ledger_put(struct ledger *ledger, const struct ledger_entry *entry)
{
        sqlite3_stmt *statement = ledger->statements[STATEMENT_PUT];

        if (entry->kind == ENTRY_LINK && !entry->target)
                return -EINVAL;
        if (!ledger_row_bind(statement, entry)) {
                statement_reset(statement);
                return ledger_file_error(ledger->database);
        }
        return statement_run(ledger, STATEMENT_PUT);
}

int ledger_remove(struct ledger *ledger, const char *path)
{
        sqlite3_stmt *statement = ledger->statements[STATEMENT_REMOVE];

        if (sqlite3_bind_blob64(statement, 1, path, strlen(path), SQLITE_STATIC) != SQLITE_OK)
                return ledger_file_error(ledger->database);
        return statement_run(ledger, STATEMENT_REMOVE);
}

int ledger_begin(struct ledger *ledger)
{
        return statement_run(ledger, STATEMENT_BEGIN);
}

void ledger_rollback(struct ledger *ledger)
{
        /* SQLite may have done it already, as for a full disk. */
        if (!sqlite3_get_autocommit(ledger->database))
                (void)statement_run(ledger, STATEMENT_ROLLBACK);
}

int ledger_commit(struct ledger *ledger)
{
        int r = statement_run(ledger, STATEMENT_COMMIT);

        /* All or nothing, and ready for the next begin. */
        if (r < 0)
                ledger_rollback(ledger);
        return r;
}
