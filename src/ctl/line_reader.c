#include "unitward/line_reader.h"
#include "unitward/util.h"

/* A line out of the buffer, or NULL. */
static char *take_line(struct line_reader *reader)
{
        char *line = reader->buffer + reader->start, *end = memchr(line, '\n', reader->end - reader->start);

        if (!end)
                return NULL;
        *end = '\0';
        reader->start += (size_t)(end - line) + 1;
        return line;
}

static void make_room(struct line_reader *reader)
{
        reader->end -= reader->start;
        memmove(reader->buffer, reader->buffer + reader->start, reader->end);
        reader->start = 0;
        if (reader->end < LINE_MAX_SIZE)
                return;
        reader->skipped += !reader->skipping;
        reader->skipping = true;
        reader->end = 0;
}

int line_reader_next(struct line_reader *reader, int fd, char **ret_line)
{
        for (;;) {
                for (char *line; (line = take_line(reader)); reader->skipping = false)
                        if (!reader->skipping) {
                                *ret_line = line;
                                return 1;
                        }
                make_room(reader);

                ssize_t n = read(fd, reader->buffer + reader->end, LINE_MAX_SIZE - reader->end);
                if (n == 0)
                        return 0;
                if (n > 0)
                        reader->end += (size_t)n;
                else if (errno != EINTR)
                        return -errno;
        }
}

int line_reader_rest(struct line_reader *reader, char **ret_line)
{
        bool any = reader->end > reader->start && !reader->skipping;

        reader->buffer[reader->end] = '\0';
        if (any)
                *ret_line = reader->buffer + reader->start;
        reader->start = reader->end = 0;
        reader->skipping = false;
        return any;
}
