#include <fcntl.h>
#include <sys/stat.h>

#include "ledger_file.h"
#include "unitward/util.h"

#define APPLICATION_ID 1431786052 /* "UWLD" */
#define SCHEMA_VERSION 2

static const char schema[] =
        "CREATE TABLE entry(path BLOB NOT NULL PRIMARY KEY, kind INTEGER NOT NULL, mode INTEGER NOT NULL,"
        " uid INTEGER NOT NULL, gid INTEGER NOT NULL, bare INTEGER NOT NULL, size INTEGER NOT NULL, mtime_nsec INTEGER "
        "NOT NULL,"
        " ctime_nsec INTEGER NOT NULL, device INTEGER NOT NULL, inode INTEGER NOT NULL, digest BLOB NOT NULL,"
        " target BLOB, source BLOB NOT NULL, rule BLOB NOT NULL, actor BLOB NOT NULL, since_usec INTEGER NOT NULL,"
        " attributes BLOB"
        ") STRICT, WITHOUT ROWID;"
        "CREATE TABLE baseline(only INTEGER PRIMARY KEY CHECK (only = 1), since_usec INTEGER NOT NULL) STRICT;";

/* From version i + 1 to the next. Each is one transaction, with the number in it: a crash leaves the one or the other,
 * so that no copy has to be kept. */
static const char *const migrations[SCHEMA_VERSION - 1] = {
        "BEGIN IMMEDIATE; ALTER TABLE entry ADD COLUMN attributes BLOB; PRAGMA user_version = 2; COMMIT;",
};

/* The file is the root user's own, but what a damaged one says must not lead anywhere. The cache, 256 KiB, is small:
 * the ledger is read once, and its pages would stay. */
static const char settings[] = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA synchronous = FULL;"
                               "PRAGMA cache_size = -256;";

/* SQLite's primary result codes; what is not here is -EIO. */
static const struct {
        int code, error;
} errors[] = {
        { SQLITE_CORRUPT, EUCLEAN }, { SQLITE_NOTADB, EUCLEAN },    { SQLITE_FULL, ENOSPC },
        { SQLITE_NOMEM, ENOMEM },    { SQLITE_BUSY, EBUSY },        { SQLITE_LOCKED, EBUSY },
        { SQLITE_READONLY, EROFS },  { SQLITE_PERM, EACCES },       { SQLITE_AUTH, EACCES },
        { SQLITE_TOOBIG, EMSGSIZE }, { SQLITE_MISUSE, EINVAL },     { SQLITE_RANGE, EINVAL },
        { SQLITE_MISMATCH, EINVAL }, { SQLITE_CONSTRAINT, EINVAL }, { SQLITE_INTERRUPT, EINTR },
};

static void database_close(sqlite3 **database)
{
        (void)sqlite3_close(*database);
}

int ledger_file_error(sqlite3 *database)
{
        int code = sqlite3_errcode(database) & 0xff, system_error = sqlite3_system_errno(database);

        if ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN) && system_error > 0)
                return -system_error;
        for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
                if (errors[i].code == code)
                        return -errors[i].error;
        return -EIO;
}

/* Never creates. What is damaged stays as it is: no checkpoint when a connection that found damage closes. */
static int database_open(const char *path, sqlite3 **ret)
{
        _cleanup_(database_close) sqlite3 *database = NULL;

        if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, NULL) != SQLITE_OK)
                return database ? ledger_file_error(database) : -ENOMEM;
        (void)sqlite3_extended_result_codes(database, 1);
        (void)sqlite3_busy_timeout(database, 5000);
        (void)sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        (void)sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        if (sqlite3_exec(database, settings, NULL, NULL, NULL) != SQLITE_OK)
                return ledger_file_error(database);
        *ret = steal_pointer(database);
        return 0;
}

static int64_t to_integer(sqlite3_stmt *row)
{
        return sqlite3_column_int64(row, 0);
}

static int64_t is_ok(sqlite3_stmt *row)
{
        const char *text = (const char *)sqlite3_column_text(row, 0);

        return text && streq(text, "ok");
}

/* What the first row says that the statement returns. */
static int query(sqlite3 *database, const char *sql, int64_t (*read_row)(sqlite3_stmt *row), int64_t *ret)
{
        sqlite3_stmt *statement;
        int r = 0;

        if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
                return ledger_file_error(database);
        if (sqlite3_step(statement) == SQLITE_ROW)
                *ret = read_row(statement);
        else
                r = ledger_file_error(database);
        (void)sqlite3_finalize(statement);
        return r;
}

/* Returns the version. */
static int check_version(sqlite3 *database)
{
        int64_t application = 0, version = 0;
        int r = query(database, "PRAGMA application_id", to_integer, &application);

        if (r == 0)
                r = query(database, "PRAGMA user_version", to_integer, &version);
        if (r < 0)
                return r;
        if (application != APPLICATION_ID || version < 1)
                return -EUCLEAN;
        return version > SCHEMA_VERSION ? -EPROTO : (int)version;
}

/* A table that does not take the change is not ours, whatever the number says. */
static int migrate(sqlite3 *database, int version)
{
        for (; version < SCHEMA_VERSION; version++)
                if (sqlite3_exec(database, migrations[version - 1], NULL, NULL, NULL) != SQLITE_OK) {
                        bool unfit = (sqlite3_errcode(database) & 0xff) == SQLITE_ERROR;
                        int r = unfit ? -EUCLEAN : ledger_file_error(database);

                        (void)sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
                        return r;
                }
        return 0;
}

static int check_integrity(sqlite3 *database)
{
        int64_t is_whole = 0;
        /* As a table-valued function it takes the number for the name of a table, from SQLite 3.46 on. */
        int r = query(database, "PRAGMA integrity_check(1)", is_ok, &is_whole);

        if (r < 0)
                return r;
        return is_whole ? 0 : -EUCLEAN;
}

/* The log comes last: until then everything is in the one file that gets its name. */
static int build(const char *path)
{
        _cleanup_(database_close) sqlite3 *database = NULL;
        _cleanup_free_ char *sql = format("%s PRAGMA application_id = %d; PRAGMA user_version = %d;"
                                          "PRAGMA journal_mode = WAL;",
                                          schema, APPLICATION_ID, SCHEMA_VERSION);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        int r;

        if (fd < 0)
                return -errno;
        (void)close(fd);
        r = sql ? database_open(path, &database) : -ENOMEM;
        if (r < 0)
                return r;
        return sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : ledger_file_error(database);
}

/* Built beside its place and then renamed, so that a ledger is never seen empty: an empty one is damage, and
 * must not be taken for the first start, when whatever is there gets authorised. */
static int create(const char *path)
{
        _cleanup_free_ char *fresh = format("%s.new", path), *fresh_wal = format("%s.new-wal", path);
        int r;

        if (!fresh || !fresh_wal)
                return -ENOMEM;
        (void)unlink(fresh);
        (void)unlink(fresh_wal);
        r = build(fresh);
        if (r < 0)
                return r;
        if (renameat2(AT_FDCWD, fresh, AT_FDCWD, path, RENAME_NOREPLACE) < 0)
                return -errno;
        return fsync_parent(path);
}

/* 1: nothing of a ledger is there. A log without its database, or an empty file, is a ledger that was lost. */
static int is_missing(const char *path)
{
        _cleanup_free_ char *wal = format("%s-wal", path);
        struct stat st;

        if (!wal)
                return -ENOMEM;
        if (stat(path, &st) == 0)
                return S_ISREG(st.st_mode) && st.st_size > 0 ? 0 : -EUCLEAN;
        if (errno != ENOENT)
                return -errno;
        return stat(wal, &st) == 0 && st.st_size > 0 ? -EUCLEAN : 1;
}

int ledger_file_open(const char *path, sqlite3 **ret)
{
        _cleanup_(database_close) sqlite3 *database = NULL;
        int r = is_missing(path), version;

        if (r > 0)
                r = create(path);
        if (r < 0)
                return r;
        r = database_open(path, &database);
        if (r < 0)
                return r;
        version = check_version(database);
        if (version < 0)
                return version;
        r = check_integrity(database);
        if (r == 0)
                r = migrate(database, version);
        if (r < 0)
                return r;
        (void)sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
        *ret = steal_pointer(database);
        return 0;
}

/* As sqlite.org/uri.html has it. Caller frees. */
static char *uri_of(const char *path, const char *query)
{
        char *uri = malloc(3 * strlen(path) + strlen(query) + sizeof "file:"), *to = uri;

        if (!uri)
                return NULL;
        to = stpcpy(to, "file:");
        for (; *path; path++)
                to += strchr("?#%", *path) ? sprintf(to, "%%%02X", (unsigned)*path) : sprintf(to, "%c", *path);
        memcpy(to, query, strlen(query) + 1);
        return uri;
}

/* Readers of a write-ahead log open it and its index for writing where they may. In a zone of unitward's own only the
 * daemon may, and to be refused is told of. */
static int open_log_for_reading(sqlite3_vfs *self, sqlite3_filename name, sqlite3_file *file, int flags, int *ret_flags)
{
        sqlite3_vfs *usual = sqlite3_vfs_find(NULL);

        (void)self;
        if (flags & SQLITE_OPEN_WAL)
                flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
        return usual->xOpen(usual, name, file, flags, ret_flags);
}

/* NULL: the usual one will do. */
static const char *vfs_for_reading(void)
{
        static sqlite3_vfs reader;

        if (!reader.zName && sqlite3_vfs_find(NULL)) {
                reader = *sqlite3_vfs_find(NULL);
                reader.zName = "unitward-reader";
                reader.xOpen = open_log_for_reading;
                (void)sqlite3_vfs_register(&reader, 0);
        }
        return reader.zName;
}

/* Where there is no index nobody has the database open, and it has to be made. */
static char *uri_for_reading(const char *path, bool *ret_beside)
{
        _cleanup_free_ char *index = format("%s-shm", path);

        *ret_beside = index && access(index, F_OK) == 0;
        return index ? uri_of(path, *ret_beside ? "?readonly_shm=1" : "") : NULL;
}

int ledger_file_open_read(const char *path, sqlite3 **ret)
{
        _cleanup_(database_close) sqlite3 *database = NULL;
        _cleanup_free_ char *uri = NULL;
        bool beside;
        int version;

        if (access(path, F_OK) < 0)
                return -errno;
        uri = uri_for_reading(path, &beside);
        if (!uri)
                return -ENOMEM;
        if (sqlite3_open_v2(uri, &database, SQLITE_OPEN_READONLY | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_URI,
                            beside ? vfs_for_reading() : NULL) != SQLITE_OK)
                return database ? ledger_file_error(database) : -ENOMEM;
        (void)sqlite3_extended_result_codes(database, 1);
        (void)sqlite3_busy_timeout(database, 5000);
        version = check_version(database);
        if (version < 0)
                return version;
        if (version < SCHEMA_VERSION)
                return -ESTALE;
        *ret = steal_pointer(database);
        return 0;
}
