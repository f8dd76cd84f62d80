#include <time.h>

#include "note_bytes.h"
#include "unitward/note_log.h"
#include "unitward/util.h"

/* "unitward", and which form: another one is not read. */
#define MAGIC 0x32647261777470u

/* One writer of head, confirmed and dropped, one of tail and made_up: a record is there once head has passed it, and
 * gone once tail has. Positions only grow; a byte lies at its position modulo room. */
struct ring {
        uint64_t magic; /* written last when it is made */
        uint64_t room;
        uint64_t tail;      /* atomic */
        uint64_t confirmed; /* atomic */
        uint64_t head;      /* atomic */
        uint64_t dropped;   /* atomic: notes that were not kept */
        uint64_t made_up;   /* atomic: of these, settled nevertheless */
        unsigned char bytes[];
};

/* Behind the ring. */
struct batch {
        uint64_t usec;      /* when it was read, CLOCK_BOOTTIME */
        uint64_t looked_at; /* atomic: the events before became notes */
        unsigned char bytes[FAN_BUFFER_SIZE] __attribute__((aligned(8)));
};

struct record {
        uint64_t size; /* of the note's bytes behind it */
        uint64_t sum;  /* of them, the size and the position */
};

struct note_log {
        struct ring *ring;
        struct batch *batch;
        size_t filled; /* of the batch */
        uint64_t room;
        uint64_t left; /* where what the last guard left ends */
        bool whole;
        uint64_t n_unkept; /* atomic */
        unsigned char bytes[NOTE_BYTES_MAX] __attribute__((aligned(8)));
};

static uint64_t load(const uint64_t *position)
{
        return __atomic_load_n(position, __ATOMIC_ACQUIRE);
}

static void store(uint64_t *position, uint64_t value)
{
        __atomic_store_n(position, value, __ATOMIC_RELEASE);
}

/* ---- The ring ------------------------------------------------------------------------------------------- */

/* Finds damage, not forgery. Eight bytes at a time: a note is a kilobyte, and somebody may be waiting. */
static uint64_t sum_of(const unsigned char *bytes, size_t size, uint64_t position)
{
        uint64_t sum = 14695981039346656037u ^ position ^ (uint64_t)size << 32, word;

        for (; size > 0; bytes += sizeof word, size -= size < sizeof word ? size : sizeof word) {
                word = 0;
                memcpy(&word, bytes, size < sizeof word ? size : sizeof word);
                sum = (sum ^ word) * 1099511628211u;
                sum ^= sum >> 29;
        }
        return sum;
}

static void copy_in(const struct note_log *log, uint64_t position, const void *bytes, size_t size)
{
        size_t at = (size_t)(position % log->room), first = size < log->room - at ? size : (size_t)log->room - at;

        memcpy(log->ring->bytes + at, bytes, first);
        if (size > first)
                memcpy(log->ring->bytes, (const unsigned char *)bytes + first, size - first);
}

static void copy_out(const struct note_log *log, uint64_t position, void *bytes, size_t size)
{
        size_t at = (size_t)(position % log->room), first = size < log->room - at ? size : (size_t)log->room - at;

        memcpy(bytes, log->ring->bytes + at, first);
        if (size > first)
                memcpy((unsigned char *)bytes + first, log->ring->bytes, size - first);
}

static bool is_sound(const struct ring *ring, uint64_t room)
{
        return ring->magic == MAGIC && ring->room == room && ring->tail <= ring->head &&
               ring->confirmed <= ring->head && ring->head - ring->tail <= room;
}

static void empty(struct ring *ring, uint64_t room)
{
        store(&ring->magic, 0);
        ring->room = room;
        ring->tail = ring->confirmed = ring->head = ring->dropped = ring->made_up = 0;
        store(&ring->magic, MAGIC);
}

int note_log_new(void *memory, size_t size, bool all, struct note_log **ret)
{
        struct note_log *log;

        if (size < NOTE_LOG_SMALLEST)
                return -EINVAL;
        log = calloc(1, sizeof *log);
        if (!log)
                return -ENOMEM;
        log->ring = memory;
        log->room = size / 8 * 8 - sizeof *log->batch - sizeof *log->ring;
        log->batch = (void *)(log->ring->bytes + log->room);
        log->filled = sizeof log->batch->bytes;
        if (!is_sound(log->ring, log->room)) {
                empty(log->ring, log->room);
                memset(log->batch, 0, sizeof *log->batch);
        }
        log->whole = all && log->ring->dropped == log->ring->made_up;
        if (!all) /* the housekeeper may have been ahead */
                store(&log->ring->head,
                      log->ring->confirmed > log->ring->tail ? log->ring->confirmed : log->ring->tail);
        store(&log->ring->made_up, log->ring->dropped);
        log->left = log->ring->head;
        *ret = log;
        return 0;
}

struct note_log *note_log_free(struct note_log *log)
{
        free(log);
        return NULL;
}

/* ---- Adding and releasing -------------------------------------------------------------------------------- */

void note_log_add(struct note_log *log, const struct note *note)
{
        uint64_t head = log->ring->head, used = head - load(&log->ring->tail);
        struct record record = { .size = note_encode(note, log->bytes, sizeof log->bytes) };

        if (log->ring->dropped != load(&log->ring->made_up) || record.size == 0 || used > log->room ||
            sizeof record + record.size > log->room - used) {
                store(&log->ring->dropped, log->ring->dropped + 1);
                (void)__atomic_add_fetch(&log->n_unkept, 1, __ATOMIC_RELAXED);
                return;
        }
        record.sum = sum_of(log->bytes, record.size, head);
        copy_in(log, head, &record, sizeof record);
        copy_in(log, head + sizeof record, log->bytes, record.size);
        store(&log->ring->head, head + sizeof record + record.size);
}

struct note_mark note_log_mark(const struct note_log *log)
{
        return (struct note_mark){ log->ring->head, log->ring->dropped };
}

void note_log_confirm(struct note_log *log)
{
        store(&log->ring->confirmed, log->ring->head);
}

void note_log_release(struct note_log *log, struct note_mark mark)
{
        store(&log->ring->tail, mark.end);
        store(&log->ring->made_up, mark.dropped);
}

/* ---- Notifications ----------------------------------------------------------------------------------------- */

void *note_log_buffer(struct note_log *log)
{
        return log->batch->bytes;
}

void note_log_reading(struct note_log *log)
{
        struct timespec now;

        memset(log->batch->bytes, 0, log->filled);
        log->filled = sizeof log->batch->bytes; /* until it is known how much */
        (void)clock_gettime(CLOCK_BOOTTIME, &now);
        log->batch->usec = (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
        store(&log->batch->looked_at, 0);
}

void note_log_read_some(struct note_log *log, size_t size)
{
        log->filled = size;
}

void note_log_looked_at(struct note_log *log, size_t offset)
{
        store(&log->batch->looked_at, offset);
}

unsigned char *note_log_unread(struct note_log *log, uint64_t *ret_usec)
{
        uint64_t from = load(&log->batch->looked_at);
        unsigned char *copy;

        if (from >= sizeof log->batch->bytes)
                return NULL;
        copy = calloc(1, sizeof log->batch->bytes);
        if (!copy)
                return NULL;
        memcpy(copy, log->batch->bytes + from, sizeof log->batch->bytes - from);
        *ret_usec = log->batch->usec;
        return copy;
}

uint64_t note_log_unkept(const struct note_log *log)
{
        return __atomic_load_n(&log->n_unkept, __ATOMIC_RELAXED);
}

bool note_log_is_whole(const struct note_log *log)
{
        return log->whole;
}

/* ---- What the last guard left ----------------------------------------------------------------------------- */

/* 0, -EBADMSG or -ENOMEM; *position is behind it unless its size cannot be believed. */
static int read_record(struct note_log *log, uint64_t *position, struct note **ret)
{
        struct record record;
        uint64_t at = *position;

        if (log->left - at < sizeof record)
                return -EBADMSG;
        copy_out(log, at, &record, sizeof record);
        if (record.size > NOTE_BYTES_MAX || record.size > log->left - at - sizeof record)
                return -EBADMSG;
        *position = at + sizeof record + record.size;
        copy_out(log, at + sizeof record, log->bytes, record.size);
        if (record.sum != sum_of(log->bytes, record.size, at))
                return -EBADMSG;
        return note_decode(log->bytes, record.size, ret);
}

int note_log_read(struct note_log *log, struct note_list *ret)
{
        uint64_t position = load(&log->ring->tail), before;
        int n_bad = 0;

        TAILQ_INIT(ret);
        while (position < log->left) {
                struct note *note = NULL;
                int r;

                before = position;
                r = read_record(log, &position, &note);
                if (r == -ENOMEM)
                        return r;
                if (note)
                        TAILQ_INSERT_TAIL(ret, note, next);
                n_bad += r < 0;
                if (position == before)
                        break; /* nobody knows where the next one begins */
        }
        return n_bad;
}
