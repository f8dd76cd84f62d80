/* The recorder: all that may block on a disk or on journald. Nobody ever waits for it. */
#include <malloc.h>
#include <time.h>

#include "guard_internal.h"
#include "unitward/priority.h"
#include "unitward/record_command.h"
#include "unitward/util.h"

/* Said once until it works again: a full disk would otherwise be a record for every record. */
static void complain(struct guard *guard, const char *what, int error)
{
        if (guard->write_failed)
                return;
        guard->write_failed = true;
        (void)fprintf(stderr,
                      "unitward: cannot write %s: %s; free some space or check its permissions, nothing is "
                      "decided differently meanwhile\n",
                      what, strerror(-error));
}

/* Where others look, too; those are never waited for. */
static int write_everywhere(struct guard *guard, const struct record *record)
{
        couriers_send(&guard->couriers, record);
        return record_sinks_write(guard->sinks, record);
}

static int deliver(struct guard *guard, struct letter *letter)
{
        switch (letter->kind) {
        case LETTER_RECORD:
                (void)terminal_tell(&guard->manners, letter->record);
                record_find_meaning(&guard->meanings, letter->record);
                (void)tally_add(&guard->tally, letter->record);
                detection_record(guard->detection, letter->record);
                if (recorder_counts(guard, letter->record)) {
                        letter->record = NULL;
                        return 0;
                }
                return write_everywhere(guard, letter->record);
        case LETTER_GOLDEN:
        case LETTER_PUT:
        case LETTER_REMOVE:
        case LETTER_BASELINE:
                break; /* backlog.c's */
        case LETTER_SEAL: {
                if (__atomic_load_n(&guard->outbox.closed, __ATOMIC_RELAXED))
                        return 0; /* the next start seals what was left */

                int r = quarantine_seal(guard->settler.quarantine, letter->quarantine_id);

                return r == -ENOENT ? 0 : r; /* restored or purged already */
        }
        case LETTER_START:
                detection_start(guard->detection, letter->start);
                return 0;
        case LETTER_SETTINGS:
                recorder_configure(guard, &letter->settings);
                return 0;
        case LETTER_REOPEN:
                return record_sinks_reopen(guard->sinks);
        case LETTER_SNAPSHOT:
                snapshots_behind(guard->snapshots, steal_pointer(letter->data));
                return 0;
        }
        return -EINVAL;
}

static const char *const targets[] = {
        [LETTER_RECORD] = "a record", [LETTER_START] = "a record",    [LETTER_SEAL] = "evidence",
        [LETTER_REOPEN] = "the log",  [LETTER_SETTINGS] = "settings", [LETTER_SNAPSHOT] = "the boot snapshot",
};

static size_t count_kinds(const struct letter_list *letters, unsigned kinds)
{
        const struct letter *letter;
        size_t n = 0;

        STAILQ_FOREACH(letter, letters, next)
                n += (1u << letter->kind & kinds) != 0;
        return n;
}

#define LEDGER_KINDS (1u << LETTER_GOLDEN | 1u << LETTER_PUT | 1u << LETTER_REMOVE | 1u << LETTER_BASELINE)

#define RETRY_LEDGER_USEC (1u * 1000000u)

/* A flood leaves megabytes behind, and so does a snapshot, that nobody will ask for again. */
#define TRIM_LETTERS 64

static bool check(struct guard *guard, const char *what, int r)
{
        if (r < 0)
                complain(guard, what, r);
        return r >= 0;
}

void recorder_write(struct guard *guard, const struct record *record)
{
        (void)tally_add(&guard->tally, record);
        (void)check(guard, targets[LETTER_RECORD], write_everywhere(guard, record));
}

static bool write_backlog(struct guard *guard)
{
        const char *what;
        int r = backlog_write(guard, &what);

        __atomic_store_n(&guard->ledger_failed, r < 0, __ATOMIC_RELAXED);
        if (r < 0)
                guard->retry_ledger_usec = now_monotonic_usec() + RETRY_LEDGER_USEC;
        else
                snapshots_behind(guard->snapshots, NULL);
        return check(guard, what, r);
}

/* One flush and one transaction for all that has come together. */
static bool deliver_all(struct guard *guard, struct letter_list *letters)
{
        bool seals = count_kinds(letters, 1u << LETTER_SEAL) > 0;
        struct letter *letter;
        bool good = true;

        while ((letter = STAILQ_FIRST(letters))) {
                STAILQ_REMOVE_HEAD(letters, next);
                if (letter->kind == LETTER_PUT)
                        detection_settled(guard->detection, letter->entry.path);
                if (1u << letter->kind & LEDGER_KINDS) {
                        backlog_add(guard, letter);
                        continue;
                }
                good &= check(guard, targets[letter->kind], deliver(guard, letter));
                letter_free(letter);
        }
        if (seals)
                good &= check(guard, targets[LETTER_SEAL], quarantine_flush(guard->settler.quarantine));
        return !STAILQ_EMPTY(&guard->backlog) ? write_backlog(guard) && good : good;
}

/* In a flood: more is flushed together, and the housekeeper's renames do not wait for the disk all the time. */
static void rest(const struct guard *guard)
{
        const struct timespec pause = { .tv_nsec = 200 * 1000 * 1000 };

        if (!__atomic_load_n(&guard->outbox.closed, __ATOMIC_RELAXED))
                (void)nanosleep(&pause, NULL);
}

/* The digest goes where an intruder cannot take it back, so that a snapshot that was rewritten while the daemon was
 * down can be told from this one. */
static void record_snapshot(struct guard *guard, const struct digest *digest)
{
        struct record *record = record_new(RECORD_SNAPSHOT);
        char hex[DIGEST_HEX_SIZE];

        if (record) {
                record->mode = snapshots_mode(guard->snapshots);
                record->path = strdup(guard->options.snapshot_path);
                record->message = format("the boot snapshot is now sha256 %s", digest_to_hex(digest, hex));
                (void)check(guard, targets[LETTER_RECORD], write_everywhere(guard, record));
        }
        record_free(record);
}

static bool write_snapshots(struct guard *guard)
{
        struct digest digest;
        int r = snapshots_write(guard->snapshots, guard->ledger, &digest);

        if (r > 0)
                record_snapshot(guard, &digest);
        return check(guard, guard->options.snapshot_path, r);
}

static bool snapshots_are_due(const struct guard *guard, bool quiet)
{
        uint64_t due = snapshots_due_usec(guard->snapshots, quiet);

        return due && due <= now_monotonic_usec();
}

/* When there is something to do though no letter comes; CLOCK_MONOTONIC. */
static uint64_t due_usec(struct guard *guard)
{
        const uint64_t dues[] = { snapshots_due_usec(guard->snapshots, true),
                                  STAILQ_EMPTY(&guard->backlog) ? 0 : guard->retry_ledger_usec,
                                  record_limit_due_usec(guard->record_limit), recorder_dropped_due_usec(guard) };
        uint64_t first = collect_due_usec(guard);

        for (size_t i = 0; i < ARRAY_SIZE(dues); i++)
                if (dues[i] && dues[i] < first)
                        first = dues[i];
        return first;
}

static void *recorder_run(void *userdata)
{
        struct guard *guard = userdata;
        struct letter_list letters;

        verdicts_trust_thread(guard->verdicts, gettid());
        guard->meanings.quarantine = guard->settler.quarantine;
        guard->meanings.golden = guard->settler.golden;
        guard->meanings.outbox = &guard->outbox;
        while (outbox_wait_until(&guard->outbox, due_usec(guard), &letters)) {
                bool many = count_kinds(&letters, ~0u) >= TRIM_LETTERS, quiet = STAILQ_EMPTY(&letters);
                bool good = deliver_all(guard, &letters), due = snapshots_are_due(guard, quiet);

                if (good)
                        outbox_reached(&guard->outbox);
                recorder_sum_up(guard, now_monotonic_usec());
                if (due)
                        guard->snapshots_failed = !write_snapshots(guard);
                if (quiet)
                        good &= check(guard, "golden copies", collect_when_due(guard));
                if (good && !guard->snapshots_failed)
                        guard->write_failed = false;
                if (many || due)
                        (void)malloc_trim(0);
                if (many)
                        rest(guard);
        }
        recorder_sum_up(guard, UINT64_MAX);
        if (snapshots_due_usec(guard->snapshots, true))
                (void)write_snapshots(guard);
        return NULL;
}

void recorder_deliver(struct guard *guard)
{
        struct letter_list letters;

        if (outbox_wait(&guard->outbox, &letters) && deliver_all(guard, &letters))
                outbox_reached(&guard->outbox);
}

int recorder_start(struct guard *guard)
{
        int r = priority_start_work(&guard->recorder, recorder_run, guard);

        if (r != 0)
                return -r;
        guard->recording = true;
        (void)pthread_setname_np(guard->recorder, "recorder");
        return 0;
}

void recorder_stop(struct guard *guard)
{
        if (!guard->recording)
                return;
        outbox_close(&guard->outbox);
        (void)pthread_join(guard->recorder, NULL);
        guard->recording = false;
}
