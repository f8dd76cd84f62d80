/* What cannot be kept as evidence: there is no room for it in quarantine, or the disk does not take it. */
#include <errno.h>
#include <fcntl.h>

#include "settle_internal.h"
#include "unitward/tree.h"
#include "unitward/util.h"

/* A manager may be waiting: what is larger is told of by its size alone. */
#define DESCRIBE_MAX (1u << 20)
/* As much as its meaning is told by: so much may wait for the recorder, times OUTBOX_RECORDS_MAX. */
#define DESCRIBE_KEEP 4096u

/* The limit is the policy's, and the disk is well: records reach it. */
static bool is_declined(const struct settler *settler, int error)
{
        return error == -EDQUOT && !quarantine_keeps_all(settler->quarantine);
}

static void describe(struct change *change)
{
        const struct observed *seen = change->seen;
        struct unkept *unkept = &change->unkept;

        unkept->is = true;
        unkept->size = (uint64_t)seen->st.st_size;
        if (S_ISREG(seen->st.st_mode) && seen->st.st_size <= DESCRIBE_MAX)
                unkept->has_digest =
                        observe_contents(seen, DESCRIBE_KEEP, &unkept->digest, &unkept->data, &unkept->data_size) == 0;
}

/* Another one by now has a note of its own. */
static int remove_what_was_seen(const struct change *change)
{
        struct stat now;

        if (fstatat(change->dir, change->name, &now, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (!file_id_equal(file_id_of(&now), file_id_of(&change->seen->st)))
                return 0;
        return tree_remove((struct tree_place){ change->dir, change->name }, 1);
}

static int remove_described(struct settler *settler, struct change *change)
{
        int r = 0;

        describe(change);
        if (change->entry && change->entry->expected && undo_comes_back(settler, change)) {
                settler->n_unkept++;
                return undo_bring_back(settler, change, NULL);
        }
        r = remove_what_was_seen(change);
        if (r < 0) {
                settler->n_pending++;
                settler->n_stuck += S_ISLNK(change->seen->st.st_mode);
                return r;
        }
        settler->n_unkept++;
        if (change->entry && change->entry->expected)
                return undo_bring_back(settler, change, NULL);
        report_change(settler, change, RECORD_ARRIVAL, NULL);
        if (change->entry)
                inventory_drop(&settler->inventory, change->entry);
        return 0;
}

/* A link is all in the record, and no load gate stops a manager from following it: it goes. What stands in an
 * authorised file's place goes too: otherwise whoever fills the quarantine could disable units. Any other file stays,
 * and no manager may read it. */
static int hold(struct settler *settler, struct change *change, int error)
{
        bool known = change->entry && change->entry->state == ENTRY_TOLERATED;
        bool comes_back = change->entry && change->entry->expected && undo_comes_back(settler, change);

        settler->n_pending++;
        if (S_ISLNK(change->seen->st.st_mode) || comes_back) {
                if (!comes_back && unlinkat(change->dir, change->name, 0) < 0) {
                        settler->n_stuck++;
                        return -errno;
                }
                report_problem(settler, change->path,
                               format("%s (%s%s) is gone without being kept: %s", change->path,
                                      change->seen->target ? "a link to " : "a file",
                                      change->seen->target ? change->seen->target : "", strerror(-error)),
                               format("make room: unitward quarantine list; unitward quarantine purge"));
                return comes_back ? undo_bring_back(settler, change, NULL) : 0;
        }
        if (!known)
                report_problem(settler, change->path,
                               format("%s cannot be moved to quarantine: %s; managers may not load it", change->path,
                                      strerror(-error)),
                               format("make room: unitward quarantine list; unitward quarantine purge"));
        return accept_tolerated(settler, change, !known);
}

int undo_without_evidence(struct settler *settler, struct change *change, int error)
{
        int r;

        if (!is_declined(settler, error))
                return hold(settler, change, error);
        r = remove_described(settler, change);
        free(steal_pointer(change->unkept.data));
        return r;
}
