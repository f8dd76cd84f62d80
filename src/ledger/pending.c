#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "pending_frame.h"
#include "unitward/ledger_text.h"
#include "unitward/util.h"

#define NEW "pending"
#define OLD "pending.old"
#define ROTATE_SIZE (1024u * 1024u)

struct pending {
        pthread_mutex_t lock; /* held for a system call or two on a tmpfs */
        int directory, fd;
        uint64_t size;  /* of NEW */
        uint64_t n;     /* the number of the last change */
        uint64_t n_old; /* the last one in OLD; 0: there is no OLD */
        uint64_t n_unlogged;
        bool replaying;
};

static int new_open(int directory)
{
        int fd = openat(directory, NEW, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);

        return fd < 0 ? -errno : fd;
}

int pending_open(const char *directory, struct pending **ret)
{
        _cleanup_close_ int dir = -1, fd = -1;
        struct pending *pending;
        struct stat st;
        int r = make_directories(directory, 0755);

        if (r < 0)
                return r;
        dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0)
                return -errno;
        fd = new_open(dir);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        pending = calloc(1, sizeof *pending);
        if (!pending)
                return -ENOMEM;
        (void)pthread_mutex_init(&pending->lock, NULL);
        pending->directory = steal_fd(&dir);
        pending->fd = steal_fd(&fd);
        pending->size = (uint64_t)st.st_size;
        *ret = pending;
        return 0;
}

struct pending *pending_close(struct pending *pending)
{
        if (pending) {
                (void)close(pending->fd);
                (void)close(pending->directory);
                (void)pthread_mutex_destroy(&pending->lock);
                free(pending);
        }
        return NULL;
}

/* ---- Appending ------------------------------------------------------------------------------------- */

/* All of it or nothing: half a frame would hide those behind it. */
static bool write_frame(struct pending *pending, const struct frame *frame, const void *payload)
{
        const struct iovec parts[] = { { (void *)(uintptr_t)frame, sizeof *frame },
                                       { (void *)(uintptr_t)payload, frame->size } };
        uint64_t size = sizeof *frame + frame->size;
        ssize_t n;

        if (pending->fd < 0 || pending->size + size > PENDING_MAX)
                return false;
        n = writev(pending->fd, parts, ARRAY_SIZE(parts));
        if (n == (ssize_t)size) {
                pending->size += size;
                return true;
        }
        if (n > 0 && ftruncate(pending->fd, (off_t)pending->size) < 0)
                pending->size = PENDING_MAX; /* what follows could not be read: it counts as not logged */
        return false;
}

static uint64_t append(struct pending *pending, enum frame_kind kind, const void *payload, size_t size)
{
        struct frame frame = { .kind = kind, .size = (uint32_t)size };
        uint64_t n;

        if (payload && size <= PENDING_MAX)
                frame_digest(&frame, payload, &frame.digest);
        (void)pthread_mutex_lock(&pending->lock);
        if (!pending->replaying) {
                if (payload && size <= PENDING_MAX && write_frame(pending, &frame, payload))
                        pending->n++;
                else
                        pending->n_unlogged++;
        }
        n = pending->n;
        (void)pthread_mutex_unlock(&pending->lock);
        return n;
}

static char *entry_text(const struct ledger_entry *entry, size_t *ret_size)
{
        struct ledger_text_writer *writer = NULL;
        char *text = NULL;
        FILE *stream = open_memstream(&text, ret_size);
        int r;

        if (!stream)
                return NULL;
        r = ledger_text_begin(stream, true, &writer);
        if (r == 0) {
                (void)ledger_text_entry(writer, entry);
                r = ledger_text_end(writer, NULL);
        }
        if (fclose(stream) == EOF || r < 0) {
                free(text);
                return NULL;
        }
        return text;
}

uint64_t pending_put(struct pending *pending, const struct ledger_entry *entry)
{
        size_t size = 0;
        _cleanup_free_ char *text = pending->replaying ? NULL : entry_text(entry, &size);

        return append(pending, FRAME_PUT, text, size);
}

uint64_t pending_remove(struct pending *pending, const char *path)
{
        return append(pending, FRAME_REMOVE, path, strlen(path) + 1);
}

uint64_t pending_contents(struct pending *pending, const void *data, size_t size)
{
        return append(pending, FRAME_CONTENTS, data, size);
}

/* ---- What is done ------------------------------------------------------------------------------------- */

/* So much that it will not soon be all done: what is done of it can go while more comes. */
static void rotate(struct pending *pending)
{
        if (renameat(pending->directory, NEW, pending->directory, OLD) < 0)
                return;
        (void)close(pending->fd);
        pending->fd = new_open(pending->directory);
        pending->n_old = pending->n;
        pending->size = 0;
}

static void clear(struct pending *pending)
{
        (void)unlinkat(pending->directory, OLD, 0);
        pending->n_old = 0;
        if (pending->fd >= 0 && ftruncate(pending->fd, 0) == 0)
                pending->size = 0;
}

void pending_done(struct pending *pending, uint64_t number)
{
        (void)pthread_mutex_lock(&pending->lock);
        if (number >= pending->n)
                clear(pending);
        else if (pending->n_old && number >= pending->n_old) {
                (void)unlinkat(pending->directory, OLD, 0);
                pending->n_old = 0;
        }
        if (!pending->n_old && pending->size > ROTATE_SIZE)
                rotate(pending);
        (void)pthread_mutex_unlock(&pending->lock);
}

void pending_discard(struct pending *pending)
{
        (void)pthread_mutex_lock(&pending->lock);
        clear(pending);
        (void)pthread_mutex_unlock(&pending->lock);
}

uint64_t pending_unlogged(struct pending *pending)
{
        uint64_t n;

        (void)pthread_mutex_lock(&pending->lock);
        n = pending->n_unlogged;
        (void)pthread_mutex_unlock(&pending->lock);
        return n;
}

/* ---- Replaying ------------------------------------------------------------------------------------- */

struct replay {
        struct pending *pending;
        const struct pending_handler *handler;
};

static int replay_put(void *userdata, const struct ledger_entry *entry)
{
        const struct replay *replay = userdata;

        replay->pending->n++;
        return replay->handler->put(replay->handler->userdata, entry);
}

static int replay_remove(void *userdata, const char *path)
{
        const struct replay *replay = userdata;

        replay->pending->n++;
        return replay->handler->remove(replay->handler->userdata, path);
}

static int replay_contents(void *userdata, const char *data, size_t size)
{
        const struct replay *replay = userdata;

        replay->pending->n++;
        return replay->handler->contents(replay->handler->userdata, data, size);
}

static int replay_file(const struct replay *replay, const char *name, size_t *ret_good)
{
        const struct pending_handler counted = { replay_put, replay_remove, replay_contents,
                                                 (void *)(uintptr_t)replay };
        _cleanup_free_ char *bytes = NULL;
        size_t size;
        int r = read_file_at(replay->pending->directory, name, PENDING_MAX, &bytes, &size);

        return r < 0 ? r : pending_read(bytes, size, &counted, ret_good);
}

int pending_replay(struct pending *pending, const struct pending_handler *handler)
{
        const struct replay replay = { pending, handler };
        size_t good = 0;
        int r;

        pending->replaying = true;
        r = replay_file(&replay, OLD, &good);
        if (r == 0)
                pending->n_old = pending->n;
        if (r == 0 || r == -ENOENT)
                r = replay_file(&replay, NEW, &good);
        pending->replaying = false;
        /* What a dying daemon cut off would hide what is written behind it. */
        if (r == 0 && ftruncate(pending->fd, (off_t)good) < 0)
                r = -errno;
        if (r == 0)
                pending->size = good;
        return r;
}
