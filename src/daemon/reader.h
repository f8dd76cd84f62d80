/* Reads what a caller of execve(2) has in its memory, on threads of its own: a page of that may belong to a file whose server
 * never answers (FUSE), or to a userfaultfd(2), and whoever reads it waits with it. Used by the verdict thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "unitward/arguments.h"

#define READERS_MAX 4          /* callers whose memory does not answer, until nobody's is read */

struct reader;

/* wake: eventfd, borrowed: woken when what was not there in time is. NULL: no memory. Threads are made when they are needed. */
struct reader *reader_new(int wake);
struct reader *reader_free(struct reader *reader); /* accepts NULL; returns NULL. Threads that are stuck are left behind */

/* Reads while the verdict thread does something else: then reader_read, by the same number, or reader_give_up. */
void reader_begin(struct reader *reader, uint64_t number, pid_t tid, const struct execute_call *call);

/* number: of the question, unique. What arguments_read_call says, within about a millisecond; or -EINPROGRESS: ask again by the
 * same number when reader_has_read it, or give it up; or -EBUSY: all threads are stuck. */
int reader_read(struct reader *reader, uint64_t number, pid_t tid, const struct execute_call *call,
                struct arguments **ret);
bool reader_has_read(const struct reader *reader, uint64_t number);
void reader_give_up(struct reader *reader, uint64_t number); /* what was never asked is fine */
