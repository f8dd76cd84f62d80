/* rpm's database has several formats that only rpm itself reads well: it is asked, once, for everything. */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "packages_internal.h"
#include "unitward/text.h"
#include "unitward/util.h"

#define RPM_PROGRAM "/usr/bin/rpm"
#define RPM_USEC_MAX (20u * 1000000u)
#define RPM_LINE_MAX (64u << 10)

enum { RPM_FLAG_CONFIG = 1 << 0, RPM_FLAG_GHOST = 1 << 6 };
enum { RPM_ALGORITHM_MD5 = 1, RPM_ALGORITHM_SHA256 = 8 };

#define RPM_QUERY                                                                                                      \
        "[%{=NAME}.%{=ARCH}\\t%{=EVR}\\t%{=FILEDIGESTALGO}\\t%{FILEFLAGS}\\t%{FILEDIGESTS}\\t%{FILELINKTOS}\\t"        \
        "%{FILENAMES}\\n]"

enum field {
        FIELD_NAME,
        FIELD_VERSION,
        FIELD_ALGORITHM,
        FIELD_FLAGS,
        FIELD_DIGEST,
        FIELD_TARGET,
        FIELD_PATH,
        N_FIELDS
};

static struct slice slice_of(const char *text)
{
        return (struct slice){ text, strlen(text) };
}

static int set_digest(struct package_file *file, char *const fields[static N_FIELDS])
{
        long algorithm = strtol(fields[FIELD_ALGORITHM], NULL, 10);
        bool md5 = algorithm == RPM_ALGORITHM_MD5 || !*fields[FIELD_ALGORITHM] ||
                   streq(fields[FIELD_ALGORITHM], "(none)"); /* as packages of old have it */

        if (*fields[FIELD_TARGET]) {
                file->target = strdup(fields[FIELD_TARGET]);
                file->kind = PACKAGE_DIGEST_TARGET;
                return file->target ? 0 : -ENOMEM;
        }
        if (md5 && hex_decode(fields[FIELD_DIGEST], file->digest, 16) == 0)
                file->kind = PACKAGE_DIGEST_MD5;
        else if (algorithm == RPM_ALGORITHM_SHA256 && hex_decode(fields[FIELD_DIGEST], file->digest, 32) == 0)
                file->kind = PACKAGE_DIGEST_SHA256;
        return 0;
}

int rpm_take_line(struct packages *packages, const char *line)
{
        _cleanup_free_ char *copy = strdup(line);
        char *fields[N_FIELDS], *rest = copy;
        struct package_file *file;
        struct package *package;
        long flags;
        int r;

        if (!copy)
                return -ENOMEM;
        for (size_t i = 0; i < N_FIELDS; i++) {
                fields[i] = i < FIELD_PATH ? strsep(&rest, "\t") : rest;
                if (!fields[i])
                        return -EBADMSG;
        }
        package = packages_add(packages, "rpm", slice_of(fields[FIELD_NAME]), slice_of(fields[FIELD_VERSION]));
        if (!package)
                return -EBADMSG;
        package->there = package->whole = true;
        flags = strtol(fields[FIELD_FLAGS], NULL, 10);
        if (flags & RPM_FLAG_GHOST)
                return 0; /* its name is the package's, not its contents */
        r = packages_add_file(packages, package, slice_of(fields[FIELD_PATH]), &file);
        if (r <= 0 || file->package != package || file->kind != PACKAGE_DIGEST_NONE)
                return r < 0 ? r : 0;
        file->is_configuration = flags & RPM_FLAG_CONFIG;
        return set_digest(file, fields);
}

/* ---- Running it ---------------------------------------------------------------------------------------- */

struct query {
        pid_t pid;
        int fd;
        uint64_t until_usec;
        size_t n; /* bytes in the buffer */
        char buffer[RPM_LINE_MAX + 1];
};

/* Nothing of ours goes along: no descriptors, no environment, no blocked signals, no priority. */
static int spawn(char *const arguments[], int output, pid_t *ret)
{
        static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", language[] = "LC_ALL=C", home[] = "HOME=/";
        char *const environment[] = { path, language, home, NULL };
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t none, all;
        int r;

        (void)sigemptyset(&none);
        (void)sigfillset(&all);
        r = posix_spawn_file_actions_init(&actions);
        if (r != 0)
                return -r;
        r = posix_spawnattr_init(&attributes);
        if (r != 0) {
                (void)posix_spawn_file_actions_destroy(&actions);
                return -r;
        }
        r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
        if (r == 0)
                r = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        if (r == 0)
                r = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
        if (r == 0)
                r = posix_spawnattr_setsigmask(&attributes, &none);
        if (r == 0)
                r = posix_spawnattr_setsigdefault(&attributes, &all);
        if (r == 0)
                r = posix_spawnattr_setschedpolicy(&attributes, SCHED_OTHER);
        if (r == 0)
                r = posix_spawnattr_setflags(&attributes,
                                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSCHEDULER);
        if (r == 0)
                r = posix_spawn(ret, RPM_PROGRAM, &actions, &attributes, arguments, environment);
        (void)posix_spawnattr_destroy(&attributes);
        (void)posix_spawn_file_actions_destroy(&actions);
        return -r;
}

static int query_start(struct query *query, const char *database)
{
        static char program[] = RPM_PROGRAM, all[] = "-qa", no_digest[] = "--nodigest",
                    no_signature[] = "--nosignature", where[] = "--dbpath", how[] = "--queryformat", what[] = RPM_QUERY;
        char *const arguments[] = { program, all,  no_digest, no_signature, where, (char *)(uintptr_t)database,
                                    how,     what, NULL };
        _cleanup_close_ int output = -1;
        int ends[2], r;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        output = ends[1];
        query->n = 0;
        query->until_usec = now_monotonic_usec() + RPM_USEC_MAX;
        r = spawn(arguments, output, &query->pid);
        if (r < 0)
                (void)close(ends[0]);
        else
                query->fd = ends[0];
        return r;
}

/* All whole lines of what has come; the beginning of the next one stays. */
static int take_lines(struct packages *packages, struct query *query)
{
        char *at = query->buffer, *end;

        query->buffer[query->n] = '\0';
        while ((end = memchr(at, '\n', (size_t)(query->buffer + query->n - at)))) {
                *end = '\0';
                if (rpm_take_line(packages, at) == -ENOMEM)
                        return -ENOMEM;
                at = end + 1;
        }
        query->n -= (size_t)(at - query->buffer);
        memmove(query->buffer, at, query->n);
        return query->n == RPM_LINE_MAX ? -EBADMSG : 0;
}

/* 1: there is more to come; 0: it is at its end. */
static int query_read(struct packages *packages, struct query *query)
{
        struct pollfd poll_fd = { .fd = query->fd, .events = POLLIN };
        uint64_t now = now_monotonic_usec();
        ssize_t n;
        int r;

        if (now >= query->until_usec)
                return -ETIMEDOUT;
        r = poll(&poll_fd, 1, (int)((query->until_usec - now) / 1000u) + 1);
        if (r <= 0)
                return r == 0 ? -ETIMEDOUT : errno == EINTR ? 1 : -errno;
        n = read(query->fd, query->buffer + query->n, RPM_LINE_MAX - query->n);
        if (n <= 0)
                return n == 0 ? 0 : errno == EINTR ? 1 : -errno;
        query->n += (size_t)n;
        r = take_lines(packages, query);
        return r < 0 ? r : 1;
}

/* 0 when it ended well by itself. */
static int query_end(struct query *query, bool early)
{
        _cleanup_close_ int process = (int)syscall(SYS_pidfd_open, query->pid, 0);
        struct pollfd poll_fd = { .fd = process, .events = POLLIN };
        uint64_t now = now_monotonic_usec();
        int left = now < query->until_usec ? (int)((query->until_usec - now) / 1000u) : 0, status = 0;
        pid_t pid;

        (void)close(query->fd);
        if (early || process < 0 || poll(&poll_fd, 1, left) <= 0)
                (void)kill(query->pid, SIGKILL);
        do
                pid = waitpid(query->pid, &status, 0);
        while (pid < 0 && errno == EINTR);
        return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

/* The database's directory, NULL when there is none. */
static char *find_database(const struct packages *packages)
{
        static const char *const directories[] = { "usr/lib/sysimage/rpm", "var/lib/rpm" };
        static const char *const names[] = { "rpmdb.sqlite", "Packages.db", "Packages" };

        for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
                for (size_t j = 0; j < ARRAY_SIZE(names); j++) {
                        _cleanup_free_ char *path = format("%s/%s", directories[i], names[j]);

                        if (path && faccessat(packages->root_fd, path, F_OK, 0) == 0)
                                return format("%s/%s", packages->root, directories[i]);
                }
        return NULL;
}

int packages_read_rpm(struct packages *packages)
{
        _cleanup_free_ char *database = find_database(packages);
        _cleanup_free_ struct query *query = NULL;
        int r, end;

        if (!database || access(RPM_PROGRAM, X_OK) < 0)
                return 0;
        query = calloc(1, sizeof *query);
        if (!query)
                return -ENOMEM;
        r = query_start(query, database);
        if (r < 0)
                return r;
        do
                r = query_read(packages, query);
        while (r > 0);
        end = query_end(query, r < 0);
        return r < 0 ? r : end;
}
