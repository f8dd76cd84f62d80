#include "settle_internal.h"
#include "unitward/util.h"

#define REPORT_AGAIN_USEC (5u * 1000000u)

/* FNV-1a: only to find the slot of something seen a moment ago; a collision costs one extra record. */
static uint64_t key_of(const char *path, const struct actor *actor, enum outcome outcome)
{
        uint64_t key = 14695981039346656037u ^ (uint64_t)outcome;

        for (const char *c = path; *c; c++)
                key = (key ^ (unsigned char)*c) * 1099511628211u;
        key = (key ^ (uint64_t)(actor ? actor->pid : 0)) * 1099511628211u;
        return key ^ (actor ? actor->start_time : 0);
}

bool settle_was_reported(struct settler *settler, const char *path, const struct actor *actor, enum outcome outcome)
{
        uint64_t key = key_of(path, actor, outcome), now = now_monotonic_usec();
        size_t slot = (size_t)(key % SETTLE_REPORTED_MAX);
        bool again = actor && actor->known && settler->reported[slot].key == key &&
                     now - settler->reported[slot].when_usec < REPORT_AGAIN_USEC;

        settler->reported[slot].key = key;
        settler->reported[slot].when_usec = now;
        return again;
}

static uint64_t usec_of(struct timespec time)
{
        return time.tv_sec < 0 ? 0 : (uint64_t)time.tv_sec * 1000000u + (uint64_t)time.tv_nsec / 1000u;
}

/* Of somebody who was gone before he could be looked at, what he left tells the most. */
static void tell_file(const struct settler *settler, const struct change *change, struct record *record)
{
        const struct actor *actor = change->cause->actor, *writer;
        const struct stat *st = &change->seen->st;
        char described[512];

        if (!change->seen->exists)
                return;
        record->file.known = true;
        record->file.uid = st->st_uid;
        record->file.gid = st->st_gid;
        record->file.mode = st->st_mode & 07777;
        record->file.mtime_usec = usec_of(st->st_mtim);
        record->file.ctime_usec = usec_of(st->st_ctim);
        writer = actor && actor->known ? NULL : writers_recall(&settler->writers, st);
        if (writer)
                record->last_writer = strdup(actor_describe(writer, described, sizeof described));
}

/* What its meaning will be told by, when there is time for that. A link's target is all that there is of it. */
static void tell_contents(const struct change *change, struct record *record)
{
        const char *target = change->seen->exists ? change->seen->target : change->gone;

        record->target = target ? strdup(target) : NULL;
        record->before = change->before;
        record->attributes_only = change->attributes_only;
        record->unkept = change->unkept;
        record->unkept.data = NULL;
        if (change->unkept.data)
                record->unkept.data = bytes_duplicate(change->unkept.data, change->unkept.data_size);
}

/* What an administrator asked for and got: who, by which rule, and what was done. */
static struct record *new_deed(const struct settler *settler, const struct change *change)
{
        const struct authority *authority = settler->authority;
        struct access access = change_access(change);
        struct record *record;

        access.operation = OPERATION_APPROVE;
        record = record_new_decided(RECORD_CONTROL, settler->policy, &access,
                                    (struct verdict){ OUTCOME_ALLOW, change->verdict.rule });
        if (record)
                record->message = strdup(authority->deed);
        return record;
}

void report_change(struct settler *settler, const struct change *change, enum record_kind kind,
                   const char *quarantine_id)
{
        struct record *record;
        struct access access;

        if (settler->baseline || settler->reviewing || (settler->new_boot && change->directory->is_volatile))
                return; /* one record sums it up */
        if (settle_was_reported(settler, change->path, change->cause->actor, change->verdict.outcome) &&
            !quarantine_id && !change->unkept.is)
                return;
        access = change_access(change);
        if (settler->authority && settler->authority->deed)
                record = new_deed(settler, change);
        else
                record =
                        record_new_decided(settler->gap ? RECORD_GAP : kind, settler->policy, &access, change->verdict);
        if (record) {
                record->mode = settler->mode;
                tell_file(settler, change, record);
                tell_contents(change, record);
                if (quarantine_id)
                        (void)string_copy(record->quarantine_id, sizeof record->quarantine_id, quarantine_id);
        }
        if (!record || !quarantine_id || !filings_keep_record(&settler->filings, quarantine_id, record))
                outbox_record(settler->outbox, record);
}

void report_problem(struct settler *settler, const char *path, char *message, char *hint)
{
        struct record *record = record_new(RECORD_PROBLEM);

        settler->n_problems++;
        if (record) {
                record->mode = settler->mode;
                record->path = path ? strdup(path) : NULL;
                record->message = steal_pointer(message);
                record->hint = steal_pointer(hint);
        }
        free(message);
        free(hint);
        outbox_record(settler->outbox, record);
}
