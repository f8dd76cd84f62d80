/* Event logs, one after the other, in bounded memory. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0, or a negative value that ends the reading; -EBADMSG: the line is malformed. */
typedef int (*recorded_log_function)(const json_t *event, void *userdata);

struct recorded_log {
        uint64_t n_lines, n_malformed;
        char *first_malformed; /* "FILE:LINE"; NULL: none. The caller frees */
};

/* Reads each FILE to its end ("-": standard input) and calls each for every line that is a JSON object. 0; or a negative value,
 * and why was printed. */
int recorded_log_read(struct recorded_log *log, char *const *files, size_t n, recorded_log_function each, void *userdata);

/* The event log in PATH and, where it reaches that far, what was rotated away of it (lines are counted from there). 0 or -errno:
 * nothing was printed. */
int recorded_log_read_since(struct recorded_log *log, const char *path, uint64_t since_usec, recorded_log_function each,
                            void *userdata);

/* On standard error, when there are such lines. */
void recorded_log_complain(const struct recorded_log *log);
