#include "ledger_row.h"
#include "unitward/attributes.h"
#include "unitward/util.h"

/* In the order of LEDGER_ROW_COLUMNS; bound parameters count from 1, columns from 0. */
enum column {
        COLUMN_PATH,
        COLUMN_KIND,
        COLUMN_MODE,
        COLUMN_UID,
        COLUMN_GID,
        COLUMN_BARE,
        COLUMN_SIZE,
        COLUMN_MTIME,
        COLUMN_CTIME,
        COLUMN_DEVICE,
        COLUMN_INODE,
        COLUMN_DIGEST,
        COLUMN_TARGET,
        COLUMN_SOURCE,
        COLUMN_RULE,
        COLUMN_BY,
        COLUMN_SINCE,
        COLUMN_ATTRIBUTES,
};

/* Bytes with a NUL among them are no path of ours; then, and for a value of the wrong type, false. */
static bool column_bytes(sqlite3_stmt *row, enum column column, const char **ret)
{
        const char *text = (const char *)sqlite3_column_text(row, (int)column);

        *ret = text;
        return text && strlen(text) == (size_t)sqlite3_column_bytes(row, (int)column);
}

static bool column_digest(sqlite3_stmt *row, enum column column, struct digest *ret)
{
        const void *bytes = sqlite3_column_blob(row, (int)column);

        if (!bytes || sqlite3_column_bytes(row, (int)column) != (int)sizeof *ret)
                return false;
        memcpy(ret, bytes, sizeof *ret);
        return true;
}

/* What is not such a block would be refused when it is put back: a damaged ledger had better say so now. */
static bool column_attributes(sqlite3_stmt *row, struct ledger_entry *entry)
{
        if (sqlite3_column_type(row, COLUMN_ATTRIBUTES) == SQLITE_NULL)
                return true;
        entry->attributes = sqlite3_column_blob(row, COLUMN_ATTRIBUTES);
        entry->attributes_size = (size_t)sqlite3_column_bytes(row, COLUMN_ATTRIBUTES);
        return entry->attributes && !entry->bare && attributes_are_valid(entry->attributes, entry->attributes_size);
}

static int64_t column_integer(sqlite3_stmt *row, enum column column)
{
        return sqlite3_column_int64(row, (int)column);
}

int ledger_row_read(sqlite3_stmt *row, struct ledger_entry *ret)
{
        struct ledger_entry entry = {
                .kind = (enum entry_kind)column_integer(row, COLUMN_KIND),
                .mode = (mode_t)column_integer(row, COLUMN_MODE),
                .uid = (uid_t)column_integer(row, COLUMN_UID),
                .gid = (gid_t)column_integer(row, COLUMN_GID),
                .size = (uint64_t)column_integer(row, COLUMN_SIZE),
                .bare = column_integer(row, COLUMN_BARE) != 0,
                .mtime_nsec = column_integer(row, COLUMN_MTIME),
                .ctime_nsec = column_integer(row, COLUMN_CTIME),
                .id.device = (dev_t)column_integer(row, COLUMN_DEVICE),
                .id.inode = (ino_t)column_integer(row, COLUMN_INODE),
                .since_usec = (uint64_t)column_integer(row, COLUMN_SINCE),
        };
        bool has_target = sqlite3_column_type(row, COLUMN_TARGET) != SQLITE_NULL;

        if (!column_bytes(row, COLUMN_PATH, &entry.path) || !column_bytes(row, COLUMN_SOURCE, &entry.source) ||
            !column_bytes(row, COLUMN_RULE, &entry.rule) || !column_bytes(row, COLUMN_BY, &entry.by) ||
            !column_digest(row, COLUMN_DIGEST, &entry.digest) || !column_attributes(row, &entry) ||
            (has_target && !column_bytes(row, COLUMN_TARGET, &entry.target)) || column_integer(row, COLUMN_KIND) < 0 ||
            column_integer(row, COLUMN_KIND) >= ENTRY_KIND_COUNT_ || has_target != (entry.kind == ENTRY_LINK))
                return -EUCLEAN;
        *ret = entry;
        return 0;
}

static bool bind_bytes(sqlite3_stmt *statement, enum column column, const void *bytes, size_t size)
{
        /* A NULL pointer would bind NULL, and so would an empty blob without an address. */
        return sqlite3_bind_blob64(statement, (int)column + 1, bytes, size, SQLITE_STATIC) == SQLITE_OK;
}

bool ledger_row_bind(sqlite3_stmt *statement, const struct ledger_entry *entry)
{
        const struct {
                enum column column;
                int64_t value;
        } integers[] = {
                { COLUMN_KIND, (int64_t)entry->kind },
                { COLUMN_MODE, entry->mode & 07777 },
                { COLUMN_UID, entry->uid },
                { COLUMN_GID, entry->gid },
                { COLUMN_SIZE, (int64_t)entry->size },
                { COLUMN_BARE, entry->bare },
                { COLUMN_MTIME, entry->mtime_nsec },
                { COLUMN_CTIME, entry->ctime_nsec },
                { COLUMN_DEVICE, (int64_t)entry->id.device },
                { COLUMN_INODE, (int64_t)entry->id.inode },
                { COLUMN_SINCE, (int64_t)entry->since_usec },
        };
        const struct {
                enum column column;
                const char *bytes;
        } strings[] = {
                { COLUMN_PATH, entry->path },     { COLUMN_TARGET, entry->kind == ENTRY_LINK ? entry->target : NULL },
                { COLUMN_SOURCE, entry->source }, { COLUMN_RULE, entry->rule },
                { COLUMN_BY, entry->by },
        };

        for (size_t i = 0; i < ARRAY_SIZE(integers); i++)
                if (sqlite3_bind_int64(statement, (int)integers[i].column + 1, integers[i].value) != SQLITE_OK)
                        return false;
        for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
                if (strings[i].bytes &&
                    !bind_bytes(statement, strings[i].column, strings[i].bytes, strlen(strings[i].bytes)))
                        return false;
        if (!entry->bare && entry->attributes &&
            !bind_bytes(statement, COLUMN_ATTRIBUTES, entry->attributes, entry->attributes_size))
                return false;
        return bind_bytes(statement, COLUMN_DIGEST, entry->digest.bytes, sizeof entry->digest.bytes);
}
