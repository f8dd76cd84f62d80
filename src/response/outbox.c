#include <time.h>

#include "unitward/outbox.h"
#include "unitward/util.h"

int outbox_init(struct outbox *outbox)
{
        int r;

        memset(outbox, 0, sizeof *outbox);
        STAILQ_INIT(&outbox->list);
        r = pthread_mutex_init(&outbox->lock, NULL);
        if (r == 0)
                r = pthread_cond_init(&outbox->filled, NULL);
        return -r;
}

void outbox_done(struct outbox *outbox)
{
        struct letter *letter;

        while ((letter = STAILQ_FIRST(&outbox->list))) {
                STAILQ_REMOVE_HEAD(&outbox->list, next);
                letter_free(letter);
        }
        (void)pthread_cond_destroy(&outbox->filled);
        (void)pthread_mutex_destroy(&outbox->lock);
}

struct letter *letter_free(struct letter *letter)
{
        if (!letter)
                return NULL;
        if (letter->among) {
                (void)pthread_mutex_lock(&letter->among->lock);
                HASH_DEL(letter->among->copies, letter);
                (void)pthread_mutex_unlock(&letter->among->lock);
        }
        record_free(letter->record);
        start_free(letter->start);
        free(letter->data);
        for (size_t i = 0; i < ARRAY_SIZE(letter->text); i++)
                free(letter->text[i]);
        free(letter);
        return NULL;
}

static bool may_be_dropped(const struct letter *letter)
{
        return letter->kind == LETTER_RECORD || letter->kind == LETTER_START;
}

static void post(struct outbox *outbox, struct letter *letter)
{
        bool room;

        (void)pthread_mutex_lock(&outbox->lock);
        room = !may_be_dropped(letter) || (!outbox->closed && outbox->n_records < OUTBOX_RECORDS_MAX);
        if (room) {
                outbox->posted++;
                if (letter->kind == LETTER_GOLDEN) {
                        HASH_ADD(hh, outbox->copies, digest, sizeof letter->digest, letter);
                        letter->among = HASH_ADDED(hh, letter) ? outbox : NULL;
                }
                STAILQ_INSERT_TAIL(&outbox->list, letter, next);
                if (may_be_dropped(letter) && ++outbox->n_records > outbox->n_records_most)
                        outbox->n_records_most = outbox->n_records;
                (void)pthread_cond_signal(&outbox->filled);
        } else
                outbox->dropped++;
        (void)pthread_mutex_unlock(&outbox->lock);
        if (!room)
                letter_free(letter);
}

static void lose(struct outbox *outbox, uint64_t *counter)
{
        (void)pthread_mutex_lock(&outbox->lock);
        (*counter)++;
        (void)pthread_mutex_unlock(&outbox->lock);
}

void outbox_lost(struct outbox *outbox, uint64_t n)
{
        if (n == 0)
                return;
        (void)pthread_mutex_lock(&outbox->lock);
        outbox->lost += n;
        (void)pthread_mutex_unlock(&outbox->lock);
}

static struct letter *letter_new(enum letter_kind kind)
{
        struct letter *letter = calloc(1, sizeof *letter);

        if (letter)
                letter->kind = kind;
        return letter;
}

void outbox_record(struct outbox *outbox, struct record *record)
{
        struct letter *letter;

        if (!record)
                return lose(outbox, &outbox->dropped);
        letter = letter_new(LETTER_RECORD);
        if (!letter) {
                record_free(record);
                return lose(outbox, &outbox->dropped);
        }
        letter->record = record;
        post(outbox, letter);
}

void outbox_start(struct outbox *outbox, struct start *start)
{
        struct letter *letter = start ? letter_new(LETTER_START) : NULL;

        if (!letter) {
                start_free(start);
                return lose(outbox, &outbox->dropped);
        }
        letter->start = start;
        post(outbox, letter);
}

int outbox_golden(struct outbox *outbox, const struct digest *digest, char *data, size_t size)
{
        struct letter *letter = letter_new(LETTER_GOLDEN);

        if (!letter) {
                free(data);
                return -ENOMEM;
        }
        if (outbox->pending)
                letter->number = pending_contents(outbox->pending, data, size);
        letter->digest = *digest;
        letter->data = data;
        letter->size = size;
        post(outbox, letter);
        return 0;
}

int outbox_copy(struct outbox *outbox, const struct digest *digest, char **ret, size_t *ret_size)
{
        const struct letter *letter;
        char *copy = NULL;
        int r = -ENOENT;

        (void)pthread_mutex_lock(&outbox->lock);
        HASH_FIND(hh, outbox->copies, digest, sizeof *digest, letter);
        if (letter) {
                copy = malloc(letter->size + 1);
                r = copy ? 0 : -ENOMEM;
        }
        if (copy) {
                memcpy(copy, letter->data, letter->size);
                copy[letter->size] = '\0';
                *ret = copy;
                *ret_size = letter->size;
        }
        (void)pthread_mutex_unlock(&outbox->lock);
        return r;
}

static const char *keep(struct letter *letter, size_t slot, const char *text)
{
        letter->text[slot] = strdup(text ? text : "");
        return letter->text[slot];
}

static bool is_whole(const struct letter *letter, const struct ledger_entry *entry)
{
        for (size_t i = 0; i < ARRAY_SIZE(letter->text); i++)
                if (!letter->text[i])
                        return false;
        return letter->data || !entry->attributes;
}

int outbox_put(struct outbox *outbox, const struct ledger_entry *entry)
{
        struct letter *letter = letter_new(LETTER_PUT);

        if (!letter)
                return -ENOMEM;
        letter->entry = *entry;
        letter->entry.path = keep(letter, 0, entry->path);
        letter->entry.target = keep(letter, 1, entry->target);
        letter->entry.source = keep(letter, 2, entry->source);
        letter->entry.rule = keep(letter, 3, entry->rule);
        letter->entry.by = keep(letter, 4, entry->by);
        letter->entry.attributes = letter->data = bytes_duplicate(entry->attributes, entry->attributes_size);
        if (!is_whole(letter, entry)) {
                letter_free(letter);
                return -ENOMEM;
        }
        if (!entry->target)
                letter->entry.target = NULL;
        if (outbox->pending)
                letter->number = pending_put(outbox->pending, entry);
        post(outbox, letter);
        return 0;
}

int outbox_remove(struct outbox *outbox, const char *path)
{
        struct letter *letter = letter_new(LETTER_REMOVE);

        if (letter)
                letter->data = strdup(path);
        if (!letter || !letter->data) {
                letter_free(letter);
                return -ENOMEM;
        }
        if (outbox->pending)
                letter->number = pending_remove(outbox->pending, path);
        post(outbox, letter);
        return 0;
}

void outbox_seal(struct outbox *outbox, const char *quarantine_id)
{
        struct letter *letter = letter_new(LETTER_SEAL);

        if (!letter)
                return lose(outbox, &outbox->lost);
        (void)string_copy(letter->quarantine_id, sizeof letter->quarantine_id, quarantine_id);
        post(outbox, letter);
}

void outbox_settings(struct outbox *outbox, const struct record_settings *settings)
{
        struct letter *letter = letter_new(LETTER_SETTINGS);

        if (!letter)
                return lose(outbox, &outbox->lost);
        letter->settings = *settings;
        post(outbox, letter);
}

void outbox_signal(struct outbox *outbox, enum letter_kind kind)
{
        struct letter *letter = letter_new(kind);

        if (!letter)
                return lose(outbox, &outbox->lost);
        post(outbox, letter);
}

void outbox_close(struct outbox *outbox)
{
        (void)pthread_mutex_lock(&outbox->lock);
        __atomic_store_n(&outbox->closed, true, __ATOMIC_RELAXED);
        (void)pthread_cond_signal(&outbox->filled);
        (void)pthread_mutex_unlock(&outbox->lock);
}

void outbox_snapshot(struct outbox *outbox, char *headers)
{
        struct letter *letter = letter_new(LETTER_SNAPSHOT);

        if (!letter) {
                free(headers);
                return lose(outbox, &outbox->lost);
        }
        letter->data = headers;
        post(outbox, letter);
}

bool outbox_wait_until(struct outbox *outbox, uint64_t deadline_usec, struct letter_list *ret)
{
        const struct timespec deadline = { .tv_sec = (time_t)(deadline_usec / 1000000u),
                                           .tv_nsec = (long)(deadline_usec % 1000000u) * 1000 };
        int r = 0;
        bool more;

        STAILQ_INIT(ret);
        (void)pthread_mutex_lock(&outbox->lock);
        while (STAILQ_EMPTY(&outbox->list) && !outbox->closed && r != ETIMEDOUT) {
                if (deadline_usec == 0)
                        (void)pthread_cond_wait(&outbox->filled, &outbox->lock);
                else
                        r = pthread_cond_clockwait(&outbox->filled, &outbox->lock, CLOCK_MONOTONIC, &deadline);
        }
        STAILQ_CONCAT(ret, &outbox->list);
        outbox->n_records = 0;
        outbox->taken = outbox->posted;
        more = !STAILQ_EMPTY(ret) || !outbox->closed;
        (void)pthread_mutex_unlock(&outbox->lock);
        return more;
}

struct outbox_progress outbox_progress(struct outbox *outbox)
{
        struct outbox_progress progress;

        (void)pthread_mutex_lock(&outbox->lock);
        progress = (struct outbox_progress){ .posted = outbox->posted,
                                             .written = outbox->written,
                                             .dropped = outbox->dropped,
                                             .lost = outbox->lost,
                                             .records = outbox->n_records,
                                             .records_most = outbox->n_records_most };
        (void)pthread_mutex_unlock(&outbox->lock);
        return progress;
}

void outbox_reached(struct outbox *outbox)
{
        (void)pthread_mutex_lock(&outbox->lock);
        outbox->written = outbox->taken;
        (void)pthread_mutex_unlock(&outbox->lock);
}

bool outbox_wait(struct outbox *outbox, struct letter_list *ret)
{
        return outbox_wait_until(outbox, 0, ret);
}
