/* Which records are alike, and how many of them there were lately. */
#include <inttypes.h>

#include "unitward/hash.h"
#include "unitward/record_command.h"
#include "unitward/record_summary.h"
#include "unitward/text.h"
#include "unitward/util.h"

struct window {
        char *key;
        bool prevented;
        uint64_t ends_usec; /* CLOCK_MONOTONIC */
        unsigned n_written;
        struct record *last;                     /* of those counted; NULL: none was */
        struct record_summary *summary;          /* of them; NULL with last */
        uint64_t distinct[SUMMARY_DISTINCT_MAX]; /* targets, as fingerprints */
        UT_hash_handle hh;
};

struct record_limit {
        unsigned burst;
        uint64_t interval_usec;
        struct window *windows[2]; /* of what took effect, and of what was prevented; the oldest first */
        struct window *others;     /* of what was prevented, by those for whom there was no room */
        uint64_t counted, pending; /* atomic */
};

int record_limit_new(struct record_limit **ret)
{
        struct record_limit *limit = calloc(1, sizeof *limit);

        if (!limit)
                return -ENOMEM;
        *ret = limit;
        return 0;
}

static struct window *window_free(struct window *window)
{
        if (window) {
                record_free(window->last);
                record_summary_free(window->summary);
                free(window->key);
                free(window);
        }
        return NULL;
}

static void forget(struct record_limit *limit, struct window *window)
{
        if (window == limit->others)
                limit->others = NULL;
        else
                HASH_DEL(limit->windows[window->prevented], window);
        window_free(window);
}

struct record_limit *record_limit_free(struct record_limit *limit)
{
        struct window *window, *next;

        if (!limit)
                return NULL;
        for (size_t i = 0; i < ARRAY_SIZE(limit->windows); i++)
                HASH_ITER(hh, limit->windows[i], window, next)
                        forget(limit, window);
        window_free(limit->others);
        free(limit);
        return NULL;
}

void record_limit_set(struct record_limit *limit, unsigned burst, uint64_t interval_usec)
{
        limit->burst = burst;
        limit->interval_usec = interval_usec;
}

/* ---- What is alike ---------------------------------------------------------------------------------- */

static bool was_prevented(const struct record *record)
{
        return !record->decided || !record_came_to_pass(record);
}

/* Evidence and alerts are told one by one, and so is what nobody can repeat at will. */
static bool may_be_counted(const struct record *record)
{
        if (*record->quarantine_id || *record->alert || record->unkept.is)
                return false;
        return record->kind == RECORD_STOP_REFUSED ||
               (record->decided && (record->kind == RECORD_ACCESS || record->kind == RECORD_ARRIVAL ||
                                    record->kind == RECORD_RESTORED || record->kind == RECORD_TIMEOUT));
}

static const char *target_of(const struct record *record)
{
        if (record->command && record->command->line)
                return record->command->line;
        return record->path ? record->path : "";
}

static char *key_of(const struct record *record)
{
        const struct actor *actor = record->actor;
        const struct actor_process *process = actor && actor->n_ancestry > 0 ? &actor->ancestry[0] : NULL;

        return format("%d %d %d %d %d %d %lld %lld|%s|%s|%s|%s|%s|%s|%s", (int)record->kind, (int)record->operation,
                      (int)record->outcome, (int)record->mode, (int)record->place, record->decided,
                      actor && actor->known ? (long long)actor->uid : -2,
                      actor && actor->known ? (long long)actor->login_uid : -2, record->zone, record->rule,
                      record->client, record->command ? record->command->name : "",
                      process && process->unit ? process->unit : "", process ? process->exe_path : "",
                      was_prevented(record) ? "" : target_of(record));
}

/* ---- Counting ---------------------------------------------------------------------------------------- */

/* What has ended and counted nothing has nothing to tell. */
static void forget_idle(struct record_limit *limit, bool prevented, uint64_t now_usec)
{
        struct window *window, *next;

        HASH_ITER(hh, limit->windows[prevented], window, next)
                if (window->ends_usec <= now_usec && !window->last)
                        forget(limit, window);
        if (limit->others && limit->others->ends_usec <= now_usec && !limit->others->last)
                forget(limit, limit->others);
}

static struct window *window_new(const struct record_limit *limit, uint64_t now_usec)
{
        struct window *window = calloc(1, sizeof *window);

        if (window)
                window->ends_usec = now_usec + limit->interval_usec;
        return window;
}

/* Nobody fills the table to hide what took effect: that is written then. Of what was prevented the rest is counted
 * together. */
static struct window *without_room(struct record_limit *limit, bool prevented, uint64_t now_usec)
{
        if (prevented && !limit->others)
                limit->others = window_new(limit, now_usec);
        return prevented ? limit->others : NULL;
}

/* Takes the key. NULL: no memory, or no room. */
static struct window *open_window(struct record_limit *limit, char *key, bool prevented, uint64_t now_usec)
{
        struct window *window;

        if (HASH_COUNT(limit->windows[prevented]) >= RECORD_LIMIT_ACTORS)
                forget_idle(limit, prevented, now_usec);
        if (HASH_COUNT(limit->windows[prevented]) >= RECORD_LIMIT_ACTORS) {
                free(key);
                return without_room(limit, prevented, now_usec);
        }
        window = window_new(limit, now_usec);
        if (!window) {
                free(key);
                return NULL;
        }
        window->key = key;
        window->prevented = prevented;
        HASH_ADD_KEYPTR(hh, limit->windows[prevented], window->key, strlen(window->key), window);
        return HASH_ADDED(hh, window) ? window : window_free(window);
}

/* NULL: no memory, or no room; then it is written. */
static struct window *find(struct record_limit *limit, const struct record *record, uint64_t now_usec)
{
        const bool prevented = was_prevented(record);
        char *key = key_of(record);
        struct window *window;

        if (!key)
                return NULL;
        HASH_FIND_STR(limit->windows[prevented], key, window);
        if (window && window->ends_usec <= now_usec && !window->last) {
                forget(limit, window);
                window = NULL;
        }
        if (!window)
                return open_window(limit, key, prevented, now_usec);
        free(key);
        return window;
}

/* A collision costs one in a number that is a lower bound. */
static void add_target(struct window *window, const char *target)
{
        struct record_summary *summary = window->summary;
        const uint64_t hash = text_hash(TEXT_HASH_START, target);

        for (unsigned i = 0; i < summary->n_distinct; i++)
                if (window->distinct[i] == hash)
                        return;
        if (summary->n_distinct == SUMMARY_DISTINCT_MAX) {
                summary->more_distinct = true;
                return;
        }
        window->distinct[summary->n_distinct++] = hash;
        if (summary->n_targets == SUMMARY_TARGETS_MAX)
                return;
        summary->targets[summary->n_targets] = strdup(target);
        summary->n_targets += summary->targets[summary->n_targets] != NULL;
}

static bool add(struct record_limit *limit, struct window *window, struct record *record)
{
        struct record_summary *summary = window->summary;

        if (!summary)
                summary = window->summary = calloc(1, sizeof *summary);
        if (!summary)
                return false;
        summary->kind = record->kind;
        summary->others = window == limit->others;
        summary->denied |= record_is_denial(record);
        if (summary->count++ == 0)
                summary->first_usec = record->time_usec;
        summary->last_usec = record->time_usec;
        add_target(window, target_of(record));
        record_free(window->last);
        window->last = record;
        (void)__atomic_add_fetch(&limit->counted, 1, __ATOMIC_RELAXED);
        (void)__atomic_add_fetch(&limit->pending, 1, __ATOMIC_RELAXED);
        return true;
}

bool record_limit_take(struct record_limit *limit, struct record *record, uint64_t now_usec)
{
        struct window *window;

        if (limit->burst == 0 || !may_be_counted(record))
                return false;
        window = find(limit, record, now_usec);
        if (!window || window->n_written < limit->burst) {
                if (window)
                        window->n_written++;
                return false;
        }
        return add(limit, window, record);
}

/* ---- Telling ----------------------------------------------------------------------------------------- */

uint64_t record_limit_due_usec(const struct record_limit *limit)
{
        uint64_t due = limit->others && limit->others->last ? limit->others->ends_usec : 0;

        for (size_t i = 0; i < ARRAY_SIZE(limit->windows); i++)
                for (const struct window *window = limit->windows[i]; window; window = window->hh.next)
                        if (window->last && (due == 0 || window->ends_usec < due))
                                due = window->ends_usec;
        return due;
}

/* Of many actors the last one says nothing. */
static struct record *make_anonymous(struct record *last)
{
        struct record *record = record_new(RECORD_SUMMARY);

        if (record)
                record->mode = last->mode;
        record_free(last);
        return record;
}

static struct record *sum_up(struct window *window)
{
        struct record_summary *summary = window->summary;
        struct record *record = steal_pointer(window->last);

        if (summary->others)
                record = make_anonymous(record);
        if (!record)
                return NULL;
        record->kind = RECORD_SUMMARY;
        record->time_usec = now_realtime_usec();
        record->summary = steal_pointer(window->summary);
        free(record->message);
        record->message = format("%" PRIu64 " times%s since the record limit was reached, within %" PRIu64
                                 " s, of %u%s different targets",
                                 summary->count, summary->others ? " by more actors than are told apart" : "",
                                 (summary->last_usec - summary->first_usec) / 1000000u + 1, summary->n_distinct,
                                 summary->more_distinct ? " or more" : "");
        return record;
}

static struct window *find_due(const struct record_limit *limit, uint64_t now_usec)
{
        if (limit->others && limit->others->last && limit->others->ends_usec <= now_usec)
                return limit->others;
        for (size_t i = 0; i < ARRAY_SIZE(limit->windows); i++)
                for (struct window *window = limit->windows[i]; window; window = window->hh.next)
                        if (window->last && window->ends_usec <= now_usec)
                                return window;
        return NULL;
}

struct record *record_limit_next(struct record_limit *limit, uint64_t now_usec)
{
        struct window *window = find_due(limit, now_usec);
        struct record *record;

        if (!window)
                return NULL;
        (void)__atomic_sub_fetch(&limit->pending, window->summary->count, __ATOMIC_RELAXED);
        record = sum_up(window);
        forget(limit, window);
        return record;
}

uint64_t record_limit_counted(const struct record_limit *limit)
{
        return __atomic_load_n(&limit->counted, __ATOMIC_RELAXED);
}

uint64_t record_limit_pending(const struct record_limit *limit)
{
        return __atomic_load_n(&limit->pending, __ATOMIC_RELAXED);
}
