/* The event log as lines: read to its end, or followed through growth, rotation and truncation. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define EVENT_LOG_PATH "/var/log/unitward/events.jsonl"

struct event_log;

/* Opens PATH and, where it was still written to after since_usec, the file that PATH was before it was rotated
 * (PATH.1), which is read first. 0; -ENOENT: there is no log (with follow: not even its directory). */
int event_log_open(const char *path, uint64_t since_usec, bool follow, struct event_log **ret);
struct event_log *event_log_close(struct event_log *log); /* accepts NULL; returns NULL */

/* The next line, valid until the next call. 1; 0: there is no more (with follow: for now); -errno. */
int event_log_next(struct event_log *log, char **ret_line);

/* With follow: waits until there may be more. 0; -ENOENT: the log's directory is gone; -errno. */
int event_log_wait(struct event_log *log);

/* Lines that were too long to be events. */
uint64_t event_log_skipped(const struct event_log *log);
