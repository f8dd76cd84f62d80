#include <fcntl.h>
#include <limits.h>

#include "settle_internal.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

struct access change_access(const struct change *change)
{
        return (struct access){
                .operation = change->operation,
                .actor = change->cause->actor,
                .zone = change->zone,
                .place = change->place,
                .path = change->path,
                .unit = change->unit,
                .client = change->cause->client,
        };
}

/* The policy that is in force was read from there: the disk is not to say something else. */
static bool is_in_force(const struct settler *settler, const struct change *change)
{
        size_t length = settler->policy_counts && settler->policy_directory ? strlen(settler->policy_directory) : 0;
        const char *directory = change->directory->path;

        return length > 0 && change->place == PLACE_CONFIGURATION &&
               strncmp(directory, settler->policy_directory, length) == 0 &&
               (directory[length] == '\0' || streq(directory + length, "/policy.d"));
}

struct verdict change_decide(struct settler *settler, struct change *change)
{
        const struct access access = change_access(change);

        if (settler->authority)
                return authority_decide(settler, change);
        if (is_in_force(settler, change)) {
                settler->n_in_force++;
                return vouch(settler, change, (struct verdict){ OUTCOME_ALLOW, "policy-in-force" });
        }
        if (settler->baseline || (settler->new_boot && !settler->reviewing && change->directory->is_volatile))
                return vouch(settler, change, (struct verdict){ OUTCOME_ALLOW, "baseline" });
        return vouch(settler, change, policy_decide(settler->policy, &access));
}

/* True when nothing is to be decided; the entry then carries the current signature. */
static bool is_settled(struct settler *settler, struct change *change)
{
        struct entry *entry = change->entry;
        const struct observed *seen = change->seen;
        struct signature signature;

        if (!entry)
                return !seen->exists;
        if (entry->state == ENTRY_TOLERATED && settler->mode == MODE_AUDIT && !settler->authority &&
            !is_in_force(settler, change)) {
                signature = seen->exists ? signature_of(&seen->st) : (struct signature){ 0 };
                if (signature_equal(&signature, &entry->signature))
                        return true;
        }
        if (!seen->exists || !entry->expected || !entry_has_contents(entry, seen))
                return false;
        if (!entry_has_attributes(entry, seen)) {
                change->attributes_only = true;
                return false;
        }
        signature = signature_of(&seen->st);
        if (entry->unmarked || !signature_equal(&signature, &entry->signature) || entry->state != ENTRY_AUTHORISED) {
                entry->unmarked = false;
                inventory_resign(&settler->inventory, entry, &signature);
                (void)watch_unit(settler, change->directory, seen);
        }
        return true;
}

/* The disk is looked at some time after what it is looked at for. When an allowed actor's change and then a
 * stranger's were made before the first was settled, the stranger's contents were authorised with it; his own
 * note comes next and finds nothing to settle. A name that appeared by his doing cannot be anybody else's, and
 * only he who wrote is told of as writing. */
#define USURPATION_USEC (5u * 1000000u)

static bool is_usurped(struct settler *settler, struct change *change)
{
        const struct actor *actor = change->cause->actor;
        const struct entry *entry = change->entry;
        uint64_t telling = actor && actor->known ? FAN_MOVED_TO | FAN_CREATE | FAN_MODIFY : FAN_MOVED_TO | FAN_CREATE;

        if (!entry || !actor || !entry->accepted_usec || entry->state != ENTRY_AUTHORISED ||
            !(change->cause->mask & telling) || actor->pid == entry->accepted_pid ||
            now_monotonic_usec() - entry->accepted_usec > USURPATION_USEC)
                return false;
        change->operation = change_operation(settler, change);
        return change_decide(settler, change).outcome != OUTCOME_ALLOW;
}

#define NOTE_ON_ITS_WAY_SEC 2

/* Nothing is still to be told of what is as it was seen last: what changed is what is expected. */
static bool is_as_it_was(const struct change *change)
{
        struct signature now = signature_of(&change->seen->st);

        return signature_equal(&now, &change->entry->signature);
}

bool change_must_wait(struct settler *settler, const struct change *change)
{
        char parent[PATH_MAX];
        struct stat st;

        if (!settler->patient || change->cause->actor || insist_now(settler, change) ||
            (change->entry && change->seen->exists && (change->entry->unfinished || is_as_it_was(change))))
                return false;
        if (change->seen->exists)
                st = change->seen->st;
        else if (!path_split(change->path, parent, sizeof parent) || stat(parent, &st) < 0)
                return false;
        if (llabs((long long)(now_realtime_usec() / 1000000u) - (long long)st.st_ctim.tv_sec) > NOTE_ON_ITS_WAY_SEC)
                return false;
        settler->n_pending++;
        return true;
}

/* ---- What is done about it ------------------------------------------------------------------------------ */

/* Bytes that the policy sends to quarantine may land first; managers cannot read them meanwhile. */
static bool is_still_landing(const struct settler *settler, const struct change *change)
{
        return change->verdict.outcome == OUTCOME_QUARANTINE && !settler->forced && change->seen->exists &&
               observe_is_being_written(change->seen);
}

/* The same inode, and nobody has written: only ctime may differ. */
static bool same_bytes(const struct signature *a, const struct signature *b)
{
        return file_id_equal(a->id, b->id) && a->size == b->size && a->mtime_nsec == b->mtime_nsec;
}

void settle_forget_gap(struct settler *settler)
{
        while (settler->in_gap.n > 0)
                free(settler->in_gap.paths[--settler->in_gap.n]);
}

/* A manager may have loaded it meanwhile: that is asked when the daemon is ready. */
static void remember_gap(struct settler *settler, const struct change *change)
{
        char *path = settler->gap && settler->in_gap.n < SETTLE_GAP_MAX ? strdup(change->path) : NULL;

        if (path)
                settler->in_gap.paths[settler->in_gap.n++] = path;
}

/* There was no room for it in quarantine, there still is none, and nothing is to go unkept: it has been said, and no
 * manager may load it. A flood leaves tens of thousands of these behind. */
static bool must_stay(const struct settler *settler, const struct change *change)
{
        const struct entry *entry = change->entry;
        struct signature now;

        if (!entry || entry->state != ENTRY_TOLERATED || entry->expected || !change->seen->exists ||
            !S_ISREG(change->seen->st.st_mode))
                return false;
        now = signature_of(&change->seen->st);
        return signature_equal(&now, &entry->signature) && quarantine_keeps_all(settler->quarantine) &&
               !quarantine_has_room(settler->quarantine, (uint64_t)change->seen->st.st_blocks * 512u);
}

static int change_settle(struct settler *settler, struct change *change)
{
        const struct entry *entry = change->entry;
        bool nobody = !change->cause->actor || !change->cause->actor->known;
        struct signature now = change->seen->exists ? signature_of(&change->seen->st) : (struct signature){ 0 };

        change->operation = change_operation(settler, change);
        change->verdict = change_decide(settler, change);
        if (authority_refuses(settler, change))
                return -EPERM;

        /* An allowed writer's file: only allowed writers could open it, so what nobody is known to have
         * changed in it is theirs; and whoever closes it last changes nothing. */
        if (entry && entry->unfinished && change->operation == OPERATION_MODIFY &&
            (nobody || same_bytes(&now, &entry->signature))) {
                change->attributes_only = !entry_has_attributes(entry, change->seen) && !nobody;
                if (!change->attributes_only)
                        change->verdict = (struct verdict){ OUTCOME_ALLOW, "unfinished-write" };
        }

        if (change->verdict.outcome == OUTCOME_ALLOW) {
                settler->n_accepted++;
                return accept_change(settler, change);
        }
        remember_gap(settler, change);
        if (settler->mode == MODE_AUDIT)
                return accept_tolerated(settler, change, true);
        if (is_still_landing(settler, change)) {
                settler->n_pending++;
                return accept_tolerated(settler, change, false);
        }
        if (must_stay(settler, change)) {
                settler->n_pending++;
                return 0;
        }
        if (undo_comes_back(settler, change) && insist_later(settler, change))
                return 0;
        return undo_change(settler, change);
}

void change_place(struct change *change)
{
        const struct interest *interest = NULL;

        change->zone = change->directory->zone;
        change->place = change->directory->place;
        if (change->place == PLACE_PARENT)
                interest = inventory_interest(change->directory, change->name);
        if (interest) {
                change->zone = interest->zone;
                change->place = interest->place;
        }
        (void)path_join(change->path, sizeof change->path, change->directory->path, change->name);
        unit_name_of(change->place, change->directory->name, change->name, change->unit);
}

/* Whoever is known to have written it: a later change of it may be by somebody who is not. */
static void remember_writer(struct settler *settler, const struct change *change)
{
        struct actor *actor = change->cause->actor;

        if (actor && actor->known && (change->cause->mask & (FAN_CREATE | FAN_MODIFY | FAN_CLOSE_WRITE)) &&
            change->seen->exists && S_ISREG(change->seen->st.st_mode))
                writers_note(&settler->writers, &change->seen->st, actor);
}

/* The recorder's own file, or that under its temporary name: it is compared with what belongs there and written
 * anew, and a zone that holds it keeps others from writing to it. */
static bool is_snapshot(struct settler *settler, const char *path)
{
        size_t length = settler->snapshot_path ? strlen(settler->snapshot_path) : 0;

        if (length == 0 || strncmp(path, settler->snapshot_path, length) != 0)
                return false;
        if (path[length] == '\0')
                outbox_snapshot(settler->outbox, NULL);
        return path[length] == '\0' || streq(path + length, ".new");
}

int settle_name(struct settler *settler, struct directory *directory, const char *name, const struct cause *cause)
{
        _cleanup_(observed_done) struct observed seen = OBSERVED_NOTHING;
        _cleanup_close_ int dir = -1;
        _cleanup_free_ char *gone = NULL;
        struct change change = { .directory = directory, .name = name, .cause = cause, .seen = &seen };
        bool settled;
        int r;

        change_place(&change);
        if (settle_is_closed(settler, change.path))
                return 0;
        dir = change.dir = watch_open(directory);
        if (dir < 0)
                return dir;
        r = observe(dir, name, &seen);
        if (r < 0)
                return r;
        if (seen.exists && !watch_may_enter(settler, seen.fd))
                return 0; /* something is mounted over it */
        remember_writer(settler, &change);
        if (settler->surveying)
                return settle_survey(settler, &change);
        if (is_snapshot(settler, change.path))
                return 0;
        change.entry = inventory_entry(directory, name);
        if (change.entry)
                inventory_rezone(&settler->inventory, change.entry, change.zone, change.place);
        if (change.entry && change.entry->expected) {
                change.before = change.entry->digest;
                gone = !seen.exists && change.entry->target ? strdup(change.entry->target) : NULL;
                change.gone = gone;
        }
        if (settle_is_directory(settler, &change))
                return settle_subdirectory(settler, &change);
        if (change.place == PLACE_STATE)
                return settle_state(settler, &change);
        settled = is_settled(settler, &change);
        if (settled && is_usurped(settler, &change)) {
                r = outbox_remove(settler->outbox, change.path);
                if (r < 0)
                        return r;
                change.entry->expected = settled = false; /* nothing is known to be authorised any more */
        }
        if (!settled && change_must_wait(settler, &change))
                return 0;
        if (!settled) {
                r = change_settle(settler, &change);
                return r < 0 ? r : settle_uncovered(settler, &change);
        }
        return change.entry && change.entry->kind == ENTRY_LINK && change.entry->state == ENTRY_AUTHORISED
                       ? linked_protect(settler, &change, NULL)
                       : 0;
}
