/* Lines from a descriptor, in bounded memory: a line that is too long is skipped and counted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_MAX_SIZE (64u * 1024u) /* with its newline */

/* All zero to begin with. */
struct line_reader {
        uint64_t skipped; /* lines that were too long */
        bool skipping;
        size_t start, end;
        char buffer[LINE_MAX_SIZE + 1];
};

/* The next line without its newline, valid until the next call. 1; 0: there is no whole line (yet); -errno. */
int line_reader_next(struct line_reader *reader, int fd, char **ret_line);

/* At the end of the file: what stands there without a newline. 1, or 0 when there is nothing. */
int line_reader_rest(struct line_reader *reader, char **ret_line);
