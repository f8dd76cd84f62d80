/* An entry of the ledger as a row of its table. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>

#include "unitward/ledger.h"

#define LEDGER_ROW_COLUMNS                                                      \
        "path, kind, mode, uid, gid, bare, size, mtime_nsec, ctime_nsec, device, inode, " \
        "digest, target, source, rule, actor, since_usec, attributes"
#define LEDGER_ROW_PARAMETERS "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"

/* A row of these columns. The strings are valid until the next step. -EUCLEAN: nothing that ledger_row_bind wrote. */
int ledger_row_read(sqlite3_stmt *row, struct ledger_entry *ret);

/* Binds an entry to these parameters; what it points to must stay until the statement is reset. False: see the
 * database's error. */
bool ledger_row_bind(sqlite3_stmt *statement, const struct ledger_entry *entry);
