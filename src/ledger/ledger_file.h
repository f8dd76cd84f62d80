/* The ledger's file: made whole or not at all, opened without changing what is damaged. */
#pragma once

#include <sqlite3.h>

/* 0 and an open, checked database of the current schema; errors as ledger_open has them. */
int ledger_file_open(const char *path, sqlite3 **ret);
int ledger_file_open_read(const char *path, sqlite3 **ret);

/* The errno that says best why the last call on the database failed; negative. */
int ledger_file_error(sqlite3 *database);
