/* What is authorised, or only tolerated: the inventory knows at once, the ledger through the outbox. */
#include "settle_internal.h"
#include "unitward/util.h"

static const char *source_of(const struct settler *settler)
{
        if (settler->authority)
                return settler->authority->source;
        return settler->baseline || settler->new_boot ? "baseline" : "actor";
}

/* Why it is authorised. */
struct reason {
        const char *rule;
        const struct cause *cause;
        const struct voucher *voucher; /* NULL: none */
};

static int put_in_ledger(struct settler *settler, const struct entry *entry, const char *path,
                         const struct reason *reason)
{
        const struct voucher *voucher = reason->voucher && reason->voucher->source ? reason->voucher : NULL;
        char by[512] = "";
        struct ledger_entry facts = {
                .path = path,
                .kind = entry->kind,
                .mode = entry->mode,
                .uid = entry->uid,
                .gid = entry->gid,
                .bare = entry->bare,
                .attributes = entry->attributes,
                .attributes_size = entry->attributes_size,
                .size = entry->size,
                .mtime_nsec = entry->signature.mtime_nsec,
                .ctime_nsec = entry->signature.ctime_nsec,
                .id = entry->signature.id,
                .digest = entry->digest,
                .target = entry->target,
                .source = voucher ? voucher->source : source_of(settler),
                .rule = reason->rule,
                .by = by,
                .since_usec = now_realtime_usec(),
        };

        if (voucher && *voucher->by)
                (void)string_copy(by, sizeof by, voucher->by);
        else if (reason->cause->actor)
                (void)actor_describe(reason->cause->actor, by, sizeof by);
        return outbox_put(settler->outbox, &facts);
}

static struct entry facts_of(const struct change *change, enum entry_state state)
{
        const struct stat *st = &change->seen->st;

        return (struct entry){
                .name = (char *)(uintptr_t)change->name, /* copied by inventory_put */
                .kind = S_ISLNK(st->st_mode) ? ENTRY_LINK : ENTRY_FILE,
                .state = state,
                .expected = state == ENTRY_AUTHORISED,
                .bare = change->seen->bare,
                .zone = change->zone,
                .place = change->place,
                .size = (uint64_t)st->st_size,
                .mode = st->st_mode & 07777,
                .uid = st->st_uid,
                .gid = st->st_gid,
                .signature = signature_of(st),
                .target = change->seen->target,
                .attributes = change->seen->attributes,
                .attributes_size = (uint32_t)change->seen->attributes_size,
        };
}

static int accept_removal(struct settler *settler, struct change *change)
{
        if (change->entry->expected) {
                int r = outbox_remove(settler->outbox, change->path);

                if (r < 0)
                        return r;
                report_change(settler, change, RECORD_ARRIVAL, NULL);
        }
        inventory_drop(&settler->inventory, change->entry);
        return 0;
}

/* Somebody may have put something else there since the authority did. facts NULL: nothing is there. */
static bool is_what_is_meant(const struct settler *settler, const struct change *change, const struct entry *facts)
{
        const struct authority *authority = settler->authority;
        const struct stat *st = &change->seen->st;

        if (!authority || (!authority->digest && !authority->target))
                return true;
        if (authority->target)
                return change->seen->target && streq(change->seen->target, authority->target);
        return facts && S_ISREG(st->st_mode) && st->st_uid == 0 && !(st->st_mode & 06022) &&
               memcmp(&facts->digest, authority->digest, sizeof facts->digest) == 0;
}

/* Whoever looked at it saw what is there by now, and not what its writer writes next. */
static int refuse_authority(struct settler *settler, const struct change *change, const char *why)
{
        settler->n_refused++;
        settler->n_busy++;
        report_problem(settler, change->path, format("%s is not authorised: %s", change->path, why),
                       format("look at it again, then: unitward approve PATH"));
        return -ETXTBSY;
}

/* Digest and, for what can be restored later, a golden copy. What is still being written gets them when
 * its last writer closes it. -EAGAIN: it is no longer what was vouched for; -ETXTBSY: an authority means what is
 * there, not what is still to be written. */
static int take_contents(struct settler *settler, const struct change *change, struct entry *facts)
{
        _cleanup_free_ char *data = NULL;
        size_t size;
        int r;

        if (!S_ISREG(change->seen->st.st_mode))
                return 0;
        if (!settler->baseline && observe_is_being_written(change->seen)) {
                if (change->voucher.source)
                        return -EAGAIN;
                if (settler->authority)
                        return refuse_authority(settler, change, "somebody has it open for writing");
                facts->unfinished = true;
                return 0;
        }
        r = observe_contents(change->seen, GOLDEN_FILE_MAX, &facts->digest, &data, &size);
        if (r == 0 && change->voucher.has_digest &&
            memcmp(&facts->digest, &change->voucher.digest, sizeof facts->digest) != 0)
                return -EAGAIN;
        if (r == -EFBIG)
                return 0; /* known by its signature; a change of it is noticed all the same */
        if (r < 0)
                return r;
        if (data)
                return outbox_golden(settler->outbox, &facts->digest, steal_pointer(data), size);
        return 0;
}

int accept_change(struct settler *settler, struct change *change)
{
        struct entry facts, *entry;
        bool was_unfinished = change->entry && change->entry->unfinished;
        int r;

        if (!change->seen->exists) {
                if (!is_what_is_meant(settler, change, NULL))
                        return refuse_authority(settler, change, "what was put there is gone");
                return accept_removal(settler, change);
        }
        facts = facts_of(change, ENTRY_AUTHORISED);
        if (change->cause->actor && !settler->authority) {
                facts.accepted_pid = change->cause->actor->pid;
                facts.accepted_usec = now_monotonic_usec();
        }
        /* The mark comes before the contents are looked at: who opened it earlier is seen to have it open, and later
         * nobody else may write it. */
        r = watch_unit(settler, change->directory, change->seen);
        if (r < 0)
                report_problem(settler, change->path, format("cannot watch %s: %s", change->path, strerror(-r)),
                               format("look for it in the kernel's log; it is tried again by: unitward reload"));
        r = take_contents(settler, change, &facts);
        if (r == -EAGAIN)
                settler->n_pending++;
        if (r == 0 && !is_what_is_meant(settler, change, &facts))
                r = refuse_authority(settler, change, "it is not what was put there");
        /* The ledger first: what it is not told of, the next start would take away. */
        if (r == 0 && !facts.unfinished)
                r = put_in_ledger(settler, &facts, change->path,
                                  &(struct reason){ change->verdict.rule, change->cause, &change->voucher });
        if (r < 0)
                return r;
        entry = inventory_put(&settler->inventory, change->directory, &facts);
        if (!entry)
                return -ENOMEM;
        if (entry->unfinished)
                settler->n_pending++; /* its close may be told of under another name: O_TMPFILE and linkat(2) */
        if (!was_unfinished)
                report_change(settler, change, RECORD_ARRIVAL, NULL);
        if (entry->kind != ENTRY_LINK)
                return 0;
        /* Who may make a link answers for what it leads to; a voucher is for the link alone. */
        return linked_protect(settler, change, change->voucher.source ? NULL : change->verdict.rule);
}

/* Left in place. What is authorised about the name stays known: enforce mode will want it back. */
int accept_tolerated(struct settler *settler, struct change *change, bool loud)
{
        struct entry facts = { 0 };

        if (change->entry) {
                facts = *change->entry;
                facts.state = ENTRY_TOLERATED;
                facts.unfinished = false;
                facts.signature = (struct signature){ 0 };
                if (change->seen->exists)
                        facts.signature = signature_of(&change->seen->st);
        } else
                facts = facts_of(change, ENTRY_TOLERATED);

        if (change->seen->exists && S_ISREG(change->seen->st.st_mode))
                (void)watch_unit(settler, change->directory, change->seen);
        if (!change->seen->exists && !facts.expected)
                inventory_drop(&settler->inventory, change->entry);
        else if (!inventory_put(&settler->inventory, change->directory, &facts))
                return -ENOMEM;
        if (loud)
                report_change(settler, change, RECORD_ARRIVAL, NULL);
        return 0;
}

static void accept_directory_for(struct settler *settler, struct directory *directory, const char *rule,
                                 const struct cause *cause, const struct voucher *voucher)
{
        const struct entry facts = {
                .kind = ENTRY_DIRECTORY,
                .bare = directory->bare,
                .attributes = directory->attributes,
                .attributes_size = (uint32_t)directory->attributes_size,
                .mode = directory->mode,
                .uid = directory->uid,
                .gid = directory->gid,
                .signature.id = directory->id,
        };

        directory->authorised = true;
        outbox_lost(settler->outbox,
                    put_in_ledger(settler, &facts, directory->path, &(struct reason){ rule, cause, voucher }) < 0);
}

void accept_directory(struct settler *settler, struct directory *directory, const char *rule, const struct cause *cause)
{
        accept_directory_for(settler, directory, rule, cause, NULL);
}

void accept_change_of_directory(struct settler *settler, struct directory *directory, const struct change *change)
{
        accept_directory_for(settler, directory, change->verdict.rule, change->cause, &change->voucher);
}

/* A protected directory inside this one that is protected only because this one is. */
static struct directory *dependent_of(struct settler *settler, const struct directory *directory)
{
        struct directory *other, *next;

        HASH_ITER(hh_path, settler->inventory.by_path, other, next)
                if (other->parent == directory && other->place != PLACE_PARENT && !other->is_root)
                        return other;
        return NULL;
}

/* The directory and all below it are no longer expected. */
void forget_directory(struct settler *settler, struct directory *directory)
{
        struct directory *dependent;
        struct entry *entry, *following;
        char path[4096];

        HASH_ITER(hh, directory->entries, entry, following) {
                (void)path_join(path, sizeof path, directory->path, entry->name);
                outbox_lost(settler->outbox, outbox_remove(settler->outbox, path) < 0);
                inventory_drop(&settler->inventory, entry);
        }
        outbox_lost(settler->outbox, outbox_remove(settler->outbox, directory->path) < 0);
        directory->authorised = false;
        inventory_directory_absent(&settler->inventory, directory);
        while ((dependent = dependent_of(settler, directory)))
                forget_directory(settler, dependent);
        if (!directory->is_root)
                inventory_remove_directory(&settler->inventory, directory);
}
