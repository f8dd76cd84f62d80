/* Event logs as events; a rotated one may be compressed, which other programs undo. */
#include <fcntl.h>

#include "unitward/ctl.h"
#include "unitward/event_log.h"
#include "unitward/line_reader.h"

#include "recorded_log.h"

static int count_malformed(struct recorded_log *log, const char *file, uint64_t line)
{
        if (log->n_malformed++ == 0)
                log->first_malformed = format("%s:%llu", file, (unsigned long long)line);
        return 0;
}

static bool is_compressed(const char *line)
{
        static const unsigned char magics[][4] = { { 0x1f, 0x8b, 0x08 }, { 0x28, 0xb5, 0x2f, 0xfd } };

        return memcmp(line, magics[0], 3) == 0 || memcmp(line, magics[1], 4) == 0;
}

static int take_line(struct recorded_log *log, const char *file, uint64_t number, const char *line,
                     recorded_log_function each, void *userdata)
{
        json_t *event = json_loads(line, 0, NULL);
        int r = json_is_object(event) ? each(event, userdata) : -EBADMSG;

        json_decref(event);
        log->n_lines++;
        return r == -EBADMSG ? count_malformed(log, file, number) : r;
}

/* The reader's buffer is longer than the magic, and what lies behind a short line is zero or an older one. */
static int read_lines(struct recorded_log *log, const char *file, int fd, recorded_log_function each, void *userdata)
{
        struct line_reader *reader = calloc(1, sizeof *reader);
        uint64_t number = 0;
        char *line;
        int r = reader ? 0 : -ENOMEM;

        while (r == 0) {
                r = line_reader_next(reader, fd, &line);
                if (r == 0)
                        r = line_reader_rest(reader, &line);
                if (r <= 0)
                        break;
                number++;
                r = number == 1 && is_compressed(line) ? -ENOTSUP : take_line(log, file, number, line, each, userdata);
        }
        if (reader && reader->skipped > 0) {
                (void)count_malformed(log, file, number + 1);
                log->n_malformed += reader->skipped - 1;
        }
        free(reader);
        return r;
}

static int read_file(struct recorded_log *log, const char *file, recorded_log_function each, void *userdata)
{
        bool is_input = streq(file, "-");
        _cleanup_close_ int opened = is_input ? -1 : open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        int fd = is_input ? STDIN_FILENO : opened, r = fd < 0 ? -errno : 0;

        if (r == 0)
                r = read_lines(log, file, fd, each, userdata);
        if (r == -ENOTSUP)
                ctl_error("unpack it on the way: zcat FILE | unitward ... -", "%s is compressed", file);
        else if (r < 0)
                ctl_error(r == -EACCES ? "run it with sudo" : "name event logs of unitwardd, or - for standard input",
                          "%s cannot be read: %s", file, strerror(-r));
        return r;
}

int recorded_log_read(struct recorded_log *log, char *const *files, size_t n, recorded_log_function each,
                      void *userdata)
{
        int r = 0;

        for (size_t i = 0; i < n && r == 0; i++)
                r = read_file(log, files[i], each, userdata);
        return r;
}

static int read_from(struct recorded_log *log, const char *path, struct event_log *from, recorded_log_function each,
                     void *userdata)
{
        uint64_t number = 0;
        char *line;
        int r;

        while ((r = event_log_next(from, &line)) > 0) {
                r = take_line(log, path, ++number, line, each, userdata);
                if (r < 0)
                        break;
        }
        for (uint64_t i = event_log_skipped(from); i > 0; i--)
                (void)count_malformed(log, path, number + 1);
        return r;
}

int recorded_log_read_since(struct recorded_log *log, const char *path, uint64_t since_usec, recorded_log_function each,
                            void *userdata)
{
        struct event_log *from;
        int r = event_log_open(path, since_usec, false, &from);

        if (r < 0)
                return r;
        r = read_from(log, path, from, each, userdata);
        (void)event_log_close(from);
        return r;
}

void recorded_log_complain(const struct recorded_log *log)
{
        if (log->n_malformed > 0)
                ctl_error("a log was damaged or edited, or is none: compare it with journalctl -u unitward.service",
                          "%llu lines are not events, the first at %s", (unsigned long long)log->n_malformed,
                          log->first_malformed ? log->first_malformed : "?");
}
