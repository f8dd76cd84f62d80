/* Small helpers that every module uses: scope-bound cleanup, ownership hand-over, bounded reads.
 *
 * Results everywhere in unitward: 0 or positive is success (positive means "the caller has something
 * to handle"), a negative value is -errno. Output parameters are named ret_x and are untouched on
 * failure. Libraries never log; whoever handles an error logs it. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(printf, a, b)))

static inline void free_pointer(void *p) { free(*(void **)p); }
static inline void close_pointer(int *fd) { if (*fd >= 0) (void)close(*fd); }
static inline void fclose_pointer(FILE **f) { if (*f) (void)fclose(*f); }

#define _cleanup_free_ _cleanup_(free_pointer)
#define _cleanup_close_ _cleanup_(close_pointer)
#define _cleanup_fclose_ _cleanup_(fclose_pointer)

/* Hands a pointer or a descriptor over: returns it and clears the variable its scope would release. */
#define steal_pointer(p) ({ __typeof__(p) stolen_ = (p); (p) = NULL; stolen_; })
static inline int steal_fd(int *fd) { int stolen = *fd; *fd = -1; return stolen; }

static inline bool streq(const char *a, const char *b) { return strcmp(a, b) == 0; }
static inline bool starts_with(const char *s, const char *prefix) { return strncmp(s, prefix, strlen(prefix)) == 0; }
bool ends_with(const char *s, const char *suffix);

/* Copies at most size-1 bytes and always terminates. Returns false when something was cut off. */
bool string_copy(char *to, size_t size, const char *from);

/* DIRECTORY/NAME, with one slash below "/". False when something was cut off. */
bool path_join(char *path, size_t size, const char *directory, const char *name);

/* True for the directory itself and for what lies below it, by the paths alone. */
bool path_is_in(const char *path, const char *directory);

/* The directory of a path into the buffer ("/" for "/name"); returns the name, inside path. NULL, and the buffer
 * untouched, when there is no slash or no room. */
const char *path_split(const char *path, char *directory, size_t size);

/* A descriptor's name in /proc: for the calls that refuse O_PATH descriptors. */
struct fd_path {
        char text[32];
};
struct fd_path fd_path(int fd);

/* eventfd(2), non-blocking: wakes its reader; takes all wake-ups away. */
void event_wake(int fd);
void event_drain(int fd);

/* Reads a whole file of at most max bytes; *ret is NUL-terminated (the NUL is not counted in *ret_size)
 * and the caller's to free. -EFBIG when the file is longer, otherwise what open(2) or read(2) said.
 * dir may be AT_FDCWD. Works for /proc files, whose st_size is 0. */
int read_file_at(int dir, const char *path, size_t max, char **ret, size_t *ret_size);

/* The same from a descriptor, from its current offset. */
int read_fd(int fd, size_t max, char **ret, size_t *ret_size);

/* Like read_file_at for a small text into the caller's buffer; a longer file is cut. Returns the length. */
ssize_t read_text_at(int dir, const char *path, char *buffer, size_t size);

/* Writes everything or fails: 0 or -errno (a short write that cannot go on is -EIO). */
int write_all(int fd, const void *data, size_t size);

/* Makes the directory and its parents (mkdir -p) with the mode. 0 or -errno. */
int make_directories(const char *path, mode_t mode);

/* The directory that holds path is flushed, so that a rename in it is durable. */
int fsync_parent(const char *path);

/* The file has these bytes and this mode at once or is as it was, also after a crash. 0 or -errno. A name that ends in
 * six letters after a dot lies beside it meanwhile. */
int replace_file(const char *path, const void *data, size_t size, mode_t mode);

uint64_t now_realtime_usec(void);  /* CLOCK_REALTIME, microseconds since 1970 */
uint64_t now_monotonic_usec(void); /* CLOCK_MONOTONIC, microseconds */
uint64_t now_boottime_usec(void);  /* CLOCK_BOOTTIME, the same, but it goes on while the machine sleeps */

/* A copy on the heap; NULL: no memory, or bytes is NULL or size 0. The caller frees. */
void *bytes_duplicate(const void *bytes, size_t size);

/* asprintf that is checked by the compiler and returns NULL on failure. The caller frees. */
char *format(const char *fmt, ...) _printf_(1, 2);
