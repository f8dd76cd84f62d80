#include <fcntl.h>
#include <libgen.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "unitward/event_log.h"
#include "unitward/file_id.h"
#include "unitward/line_reader.h"
#include "unitward/util.h"

struct event_log {
        char *path;
        int predecessor; /* PATH.1 while that is being read, otherwise -1 */
        int current;     /* what PATH was when it was opened; -1: there is none yet */
        int changes;     /* inotify; -1: not followed */
        bool finished;   /* nobody writes any more to the file that is being read */
        struct line_reader reader;
};

static int open_log(const char *path)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

        return fd < 0 ? -errno : fd;
}

/* -1 when it is too old to matter, or is the current file itself, rotated this moment. */
static int open_predecessor(const struct event_log *log, uint64_t since_usec)
{
        _cleanup_free_ char *path = format("%s.1", log->path);
        _cleanup_close_ int fd = path ? open_log(path) : -1;
        struct stat old, new;

        if (fd < 0 || fstat(fd, &old) < 0 || (uint64_t)(old.st_mtim.tv_sec + 1) * 1000000u < since_usec)
                return -1;
        if (log->current >= 0 && fstat(log->current, &new) == 0 && file_id_equal(file_id_of(&old), file_id_of(&new)))
                return -1;
        return steal_fd(&fd);
}

static int watch_directory_of(const char *path)
{
        _cleanup_free_ char *copy = strdup(path);
        _cleanup_close_ int fd = inotify_init1(IN_CLOEXEC);

        if (!copy)
                return -ENOMEM;
        if (fd < 0 || inotify_add_watch(fd, dirname(copy), IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0)
                return -errno;
        return steal_fd(&fd);
}

static int event_log_start(struct event_log *log, uint64_t since_usec, bool follow)
{
        if (!log->path)
                return -ENOMEM;
        if (follow) { /* before anything is read, so that nothing falls in between */
                log->changes = watch_directory_of(log->path);
                if (log->changes < 0)
                        return log->changes;
        }
        log->current = open_log(log->path);
        if (log->current < 0 && !(follow && log->current == -ENOENT))
                return log->current;
        log->predecessor = open_predecessor(log, since_usec);
        return 0;
}

int event_log_open(const char *path, uint64_t since_usec, bool follow, struct event_log **ret)
{
        struct event_log *log = calloc(1, sizeof *log);
        int r;

        if (!log)
                return -ENOMEM;
        log->path = strdup(path);
        log->predecessor = log->current = log->changes = -1;
        r = event_log_start(log, since_usec, follow);
        if (r < 0) {
                event_log_close(log);
                return r;
        }
        *ret = log;
        return 0;
}

struct event_log *event_log_close(struct event_log *log)
{
        if (!log)
                return NULL;
        close_pointer(&log->predecessor);
        close_pointer(&log->current);
        close_pointer(&log->changes);
        free(log->path);
        free(log);
        return NULL;
}

/* A log that was rotated is still written to until the daemon has opened the new one: until there is something
 * in that. */
static bool file_is_finished(const struct event_log *log)
{
        struct stat now, then;

        if (log->predecessor >= 0 || log->changes < 0)
                return true;
        if (stat(log->path, &now) < 0)
                return false;
        if (log->current < 0 || fstat(log->current, &then) < 0)
                return true;
        return now.st_size > 0 && !file_id_equal(file_id_of(&now), file_id_of(&then));
}

/* Goes on with the next file; false when this was the last. */
static bool file_advance(struct event_log *log)
{
        if (log->predecessor >= 0) {
                (void)close(log->predecessor);
                log->predecessor = -1;
        } else if (log->changes >= 0) {
                close_pointer(&log->current);
                log->current = open_log(log->path);
        } else {
                return false;
        }
        log->finished = false;
        return true;
}

static int file_next(struct event_log *log, char **ret_line)
{
        int fd = log->predecessor >= 0 ? log->predecessor : log->current;

        return fd < 0 ? 0 : line_reader_next(&log->reader, fd, ret_line);
}

int event_log_next(struct event_log *log, char **ret_line)
{
        for (;;) {
                bool was_finished = log->finished;
                int r = file_next(log, ret_line);

                if (r != 0)
                        return r;
                log->finished = file_is_finished(log);
                if (!log->finished)
                        return 0;
                if (!was_finished)
                        continue; /* for what was written between the last look and its end */
                r = line_reader_rest(&log->reader, ret_line);
                if (r != 0)
                        return r;
                if (!file_advance(log))
                        return 0;
        }
}

/* Cut to nothing in place, as logrotate's copytruncate does. */
static void file_rewind_when_cut(struct event_log *log)
{
        struct stat st;

        if (log->current >= 0 && fstat(log->current, &st) == 0 && st.st_size < lseek(log->current, 0, SEEK_CUR))
                (void)lseek(log->current, 0, SEEK_SET);
}

int event_log_wait(struct event_log *log)
{
        _Alignas(struct inotify_event) char buffer[4096];
        ssize_t n = read(log->changes, buffer, sizeof buffer);

        if (n < 0)
                return errno == EINTR ? 0 : -errno;
        for (const char *at = buffer; at < buffer + n;) {
                const struct inotify_event *event = (const void *)at;

                if (event->mask & IN_IGNORED)
                        return -ENOENT;
                at += sizeof *event + event->len;
        }
        file_rewind_when_cut(log);
        return 0;
}

uint64_t event_log_skipped(const struct event_log *log)
{
        return log->reader.skipped;
}
