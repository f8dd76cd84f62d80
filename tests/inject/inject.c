/* --wrap=NAME of ld(1) makes each call of NAME in the objects that are linked one of __wrap_NAME, and the function
 * itself __real_NAME. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inject.h"

static struct inject_state own;
struct inject_state *inject = &own;

void __sanitizer_print_stack_trace(void) __attribute__((weak));

void inject_arm(uint64_t n)
{
        memset(inject->failed, 0, sizeof inject->failed);
        __atomic_store_n(&inject->left, n, __ATOMIC_SEQ_CST);
}

const char *inject_disarm(void)
{
        __atomic_store_n(&inject->left, 0, __ATOMIC_SEQ_CST);
        return *inject->failed ? inject->failed : NULL;
}

/* The one that takes the last is the one. */
static bool fails(const char *function)
{
        uint64_t left = __atomic_load_n(&inject->left, __ATOMIC_RELAXED);

        while (left > 0)
                if (__atomic_compare_exchange_n(&inject->left, &left, left - 1, false, __ATOMIC_SEQ_CST,
                                                __ATOMIC_RELAXED)) {
                        if (left > 1)
                                return false;
                        strncpy(inject->failed, function, sizeof inject->failed - 1);
                        if (getenv("UNITWARD_INJECT_TRACE") && __sanitizer_print_stack_trace)
                                __sanitizer_print_stack_trace();
                        return true;
                }
        return false;
}

#define FAIL(name, error, value)                                                                                       \
        if (fails(#name)) {                                                                                            \
                errno = (error);                                                                                       \
                return (value);                                                                                        \
        }

/* WRAP(RESULT, NAME, ERROR, VALUE, (PARAMETERS), (ARGUMENTS)) */
#define WRAP(result, name, error, value, parameters, arguments)                                                        \
        result __real_##name parameters;                                                                               \
        result __wrap_##name parameters;                                                                               \
        result __wrap_##name parameters                                                                                \
        {                                                                                                              \
                FAIL(name, error, value)                                                                               \
                return __real_##name arguments;                                                                        \
        }

/* ---- Memory ---------------------------------------------------------------------------------------------- */

WRAP(void *, malloc, ENOMEM, NULL, (size_t size), (size))
WRAP(void *, calloc, ENOMEM, NULL, (size_t n, size_t size), (n, size))
WRAP(void *, realloc, ENOMEM, NULL, (void *old, size_t size), (old, size))
WRAP(void *, reallocarray, ENOMEM, NULL, (void *old, size_t n, size_t size), (old, n, size))
WRAP(char *, strdup, ENOMEM, NULL, (const char *text), (text))
WRAP(char *, strndup, ENOMEM, NULL, (const char *text, size_t size), (text, size))
WRAP(int, vasprintf, ENOMEM, -1, (char **text, const char *format, va_list list), (text, format, list))
WRAP(FILE *, open_memstream, ENOMEM, NULL, (char **text, size_t *size), (text, size))
WRAP(void *, mmap64, ENOMEM, MAP_FAILED, (void *at, size_t size, int protection, int flags, int fd, off64_t offset),
     (at, size, protection, flags, fd, offset))

/* ---- Files ------------------------------------------------------------------------------------------------ */

WRAP(ssize_t, pread64, EIO, -1, (int fd, void *data, size_t size, off64_t offset), (fd, data, size, offset))
WRAP(size_t, fwrite, ENOSPC, 0, (const void *data, size_t size, size_t n, FILE *stream), (data, size, n, stream))
WRAP(int, fflush, ENOSPC, EOF, (FILE * stream), (stream))
WRAP(int, fsync, EIO, -1, (int fd), (fd))
WRAP(int, syncfs, EIO, -1, (int fd), (fd))
WRAP(int, ftruncate64, EIO, -1, (int fd, off64_t size), (fd, size))
WRAP(int, fstat64, EIO, -1, (int fd, struct stat64 *st), (fd, st))
WRAP(int, fstatat64, EIO, -1, (int dir, const char *path, struct stat64 *st, int flags), (dir, path, st, flags))
WRAP(int, stat64, EIO, -1, (const char *path, struct stat64 *st), (path, st))
WRAP(ssize_t, readlinkat, EIO, -1, (int dir, const char *path, char *text, size_t size), (dir, path, text, size))
WRAP(ssize_t, readlink, EIO, -1, (const char *path, char *text, size_t size), (path, text, size))
WRAP(int, fchmod, EIO, -1, (int fd, mode_t mode), (fd, mode))
WRAP(int, fchown, EIO, -1, (int fd, uid_t uid, gid_t gid), (fd, uid, gid))
WRAP(int, chmod, EIO, -1, (const char *path, mode_t mode), (path, mode))
WRAP(int, chown, EIO, -1, (const char *path, uid_t uid, gid_t gid), (path, uid, gid))
WRAP(void *, fdopen, ENOMEM, NULL, (int fd, const char *mode), (fd, mode))
WRAP(void *, fdopendir, ENOMEM, NULL, (int fd), (fd))
WRAP(ssize_t, getrandom, EIO, -1, (void *data, size_t size, unsigned flags), (data, size, flags))

/* ---- Directories ------------------------------------------------------------------------------------------ */

WRAP(int, rename, ENOSPC, -1, (const char *from, const char *to), (from, to))
WRAP(int, renameat, ENOSPC, -1, (int from_dir, const char *from, int to_dir, const char *to),
     (from_dir, from, to_dir, to))
WRAP(int, renameat2, ENOSPC, -1, (int from_dir, const char *from, int to_dir, const char *to, unsigned flags),
     (from_dir, from, to_dir, to, flags))
WRAP(int, linkat, ENOSPC, -1, (int from_dir, const char *from, int to_dir, const char *to, int flags),
     (from_dir, from, to_dir, to, flags))
WRAP(int, symlinkat, ENOSPC, -1, (const char *target, int dir, const char *path), (target, dir, path))
WRAP(int, unlink, EIO, -1, (const char *path), (path))
WRAP(int, unlinkat, EIO, -1, (int dir, const char *path, int flags), (dir, path, flags))
WRAP(int, mkdir, ENOSPC, -1, (const char *path, mode_t mode), (path, mode))
WRAP(int, mkdirat, ENOSPC, -1, (int dir, const char *path, mode_t mode), (dir, path, mode))

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...)
{
        va_list list;
        mode_t mode = 0;

        FAIL(open, EMFILE, -1)
        va_start(list, flags);
        if (flags & (O_CREAT | O_TMPFILE))
                mode = va_arg(list, mode_t);
        va_end(list);
        return __real_open64(path, flags, mode);
}

int __real_openat64(int dir, const char *path, int flags, ...);
int __wrap_openat64(int dir, const char *path, int flags, ...);
int __wrap_openat64(int dir, const char *path, int flags, ...)
{
        va_list list;
        mode_t mode = 0;

        FAIL(openat, EMFILE, -1)
        va_start(list, flags);
        if (flags & (O_CREAT | O_TMPFILE))
                mode = va_arg(list, mode_t);
        va_end(list);
        return __real_openat64(dir, path, flags, mode);
}

/* An eventfd takes every wake-up, and a fanotify group every answer that somebody waits for: no disk is behind them. */
int __real_fstat64(int fd, struct stat64 *st);
static bool is_of_kernel(int fd)
{
        struct stat64 st;

        return __real_fstat64(fd, &st) == 0 && (st.st_mode & S_IFMT) == 0;
}

ssize_t __real_read(int fd, void *data, size_t size);
ssize_t __wrap_read(int fd, void *data, size_t size);
ssize_t __wrap_read(int fd, void *data, size_t size)
{
        if (inject->left > 0 && !is_of_kernel(fd))
                FAIL(read, EIO, -1)
        return __real_read(fd, data, size);
}

ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size)
{
        if (inject->left > 0 && !is_of_kernel(fd))
                FAIL(write, ENOSPC, -1)
        return __real_write(fd, data, size);
}

/* ---- SQLite ----------------------------------------------------------------------------------------------- */

WRAP(int, sqlite3_step, EIO, SQLITE_IOERR, (sqlite3_stmt * statement), (statement))
WRAP(int, sqlite3_exec, EIO, SQLITE_IOERR,
     (sqlite3 * database, const char *sql, int (*each)(void *, int, char **, char **), void *userdata, char **error),
     (database, sql, each, userdata, error))
WRAP(int, sqlite3_prepare_v2, EIO, SQLITE_IOERR,
     (sqlite3 * database, const char *sql, int size, sqlite3_stmt **ret, const char **rest),
     (database, sql, size, ret, rest))
WRAP(int, sqlite3_prepare_v3, EIO, SQLITE_IOERR,
     (sqlite3 * database, const char *sql, int size, unsigned flags, sqlite3_stmt **ret, const char **rest),
     (database, sql, size, flags, ret, rest))

/* ---- From outside ----------------------------------------------------------------------------------------- */

static void __attribute__((constructor)) inject_map(void)
{
        const char *path = getenv("UNITWARD_INJECT");
        int fd = path ? __real_open64(path, O_RDWR | O_CLOEXEC) : -1;
        void *there;

        if (fd < 0)
                return;
        there = __real_mmap64(NULL, sizeof *inject, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        (void)close(fd);
        if (there != MAP_FAILED)
                inject = there;
}
