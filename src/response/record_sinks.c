#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "record_private.h"
#include "unitward/util.h"

struct record_sinks {
        char *json_path; /* NULL: off */
        int json;        /* -1: could not be opened */
        bool has_journal;
        struct journal journal;
        FILE *terminal;
        bool colour;
};

static void record_sinks_close_pointer(struct record_sinks **sinks)
{
        (void)record_sinks_close(*sinks);
}

/* The modes are what they are called, whatever the umask; what an administrator made stays as he made it. */
static int make_log_directory(const char *path)
{
        char directory[PATH_MAX];
        int r;

        if (strlen(path) >= sizeof directory)
                return -ENAMETOOLONG;
        if (!path_split(path, directory, sizeof directory))
                return 0;
        if (access(directory, F_OK) == 0)
                return 0;
        r = make_directories(directory, 0750);
        return r == 0 && chmod(directory, 0750) < 0 ? -errno : r;
}

static int make_log(const char *path)
{
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640);

        if (fd >= 0 && fchmod(fd, 0640) == 0)
                return fd;
        if (fd >= 0)
                (void)close(fd);
        else if (errno == EEXIST)
                fd = open(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* A crash may have left half a line; it must not spoil the next one. */
static int finish_last_line(int fd)
{
        off_t end = lseek(fd, 0, SEEK_END);
        char last;

        if (end <= 0 || pread(fd, &last, 1, end - 1) != 1 || last == '\n')
                return 0;
        return write_all(fd, "\n", 1);
}

int record_sinks_reopen(struct record_sinks *sinks)
{
        _cleanup_close_ int fd = -1;
        int r;

        if (!sinks->json_path)
                return 0;
        r = make_log_directory(sinks->json_path);
        if (r < 0)
                return r;
        fd = make_log(sinks->json_path);
        if (fd < 0)
                return fd;
        r = finish_last_line(fd);
        if (r < 0)
                return r;
        close_pointer(&sinks->json);
        sinks->json = steal_fd(&fd);
        return 0;
}

int record_sinks_open(const struct record_sinks_options *options, struct record_sinks **ret)
{
        _cleanup_(record_sinks_close_pointer) struct record_sinks *sinks = calloc(1, sizeof *sinks);
        int r;

        if (!sinks)
                return -ENOMEM;
        sinks->json = -1;
        sinks->has_journal = options->journal;
        sinks->terminal = options->terminal;
        sinks->colour = options->colour;
        journal_init(&sinks->journal);
        if (options->json_path) {
                sinks->json_path = strdup(options->json_path);
                if (!sinks->json_path)
                        return -ENOMEM;
        }
        r = record_sinks_reopen(sinks);
        if (r < 0)
                return r;
        *ret = steal_pointer(sinks);
        return 0;
}

struct record_sinks *record_sinks_close(struct record_sinks *sinks)
{
        if (sinks) {
                close_pointer(&sinks->json);
                free(sinks->json_path);
                free(sinks);
        }
        return NULL;
}

/* One write, so that readers and other writers never see half a line; and none stays when the disk is full. */
static int append_line(int fd, const char *line, size_t size)
{
        ssize_t n;

        do
                n = write(fd, line, size);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;
        if ((size_t)n == size)
                return 0;
        return ftruncate(fd, lseek(fd, 0, SEEK_CUR) - n) < 0 ? -errno : -ENOSPC;
}

static int write_json(struct record_sinks *sinks, const struct record *record)
{
        json_t *json = record_to_json(record);
        /* ASCII: people look at this file on terminals. */
        _cleanup_free_ char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
        _cleanup_free_ char *line = text ? format("%s\n", text) : NULL;

        json_decref(json);
        return line ? append_line(sinks->json, line, strlen(line)) : -ENOMEM;
}

static int write_terminal(struct record_sinks *sinks, const struct record *record)
{
        _cleanup_free_ char *line = NULL;
        int r = record_to_line(record, sinks->colour, &line);

        if (r < 0)
                return r;
        return fprintf(sinks->terminal, "%s\n", line) < 0 || fflush(sinks->terminal) == EOF ? -errno : 0;
}

static int first_error(int r, int next)
{
        return r < 0 ? r : next;
}

int record_sinks_write(struct record_sinks *sinks, const struct record *record)
{
        int r = 0;

        if (sinks->json_path)
                r = first_error(r, write_json(sinks, record));
        if (sinks->has_journal)
                r = first_error(r, journal_write(&sinks->journal, record));
        if (sinks->terminal)
                r = first_error(r, write_terminal(sinks, record));
        return r;
}
