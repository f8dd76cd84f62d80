/* Settling directories: those that the policy names, and drop-in and dependency directories in them. */
#include <fcntl.h>

#include "settle_internal.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

/* systemd reads one level below a unit directory. What somebody nests deeper is noticed with the directory it
 * is in, and not entered: settling would recurse as deep as he likes. */
#define SETTLE_DEPTH_MAX 8

struct directory *settle_subdirectory_of(struct settler *settler, const struct change *change)
{
        struct directory *sub = inventory_directory(&settler->inventory, change->path);

        return sub && sub->place != PLACE_PARENT ? sub : NULL;
}

/* A name that is, or should be, a directory. Where a link or a file took its place, that is settled as such
 * first; the directory then is missing. */
bool settle_is_directory(struct settler *settler, const struct change *change)
{
        const struct directory *sub = settle_subdirectory_of(settler, change);

        if (streq(change->name, "."))
                return true;
        if (change->seen->exists)
                return S_ISDIR(change->seen->st.st_mode);
        return sub && !change->entry;
}

/* ---- Owner and mode --------------------------------------------------------------------------------- */

static struct attributes_wanted wanted_by(const struct directory *directory)
{
        return (struct attributes_wanted){ directory->bare, directory->attributes, directory->attributes_size };
}

int settle_directory_attributes(const struct directory *directory, int fd)
{
        const struct attributes_wanted wanted = wanted_by(directory);
        int r = undo_extended(fd, &wanted);

        return r < 0 ? r : undo_attributes(fd, directory->mode, directory->uid, directory->gid);
}

static void remember_attributes(struct directory *directory, const struct observed *seen)
{
        free(directory->attributes);
        directory->attributes = bytes_duplicate(seen->attributes, seen->attributes_size);
        directory->attributes_size = directory->attributes ? seen->attributes_size : 0;
        directory->mode = seen->st.st_mode & 07777;
        directory->uid = seen->st.st_uid;
        directory->gid = seen->st.st_gid;
        directory->bare = seen->bare;
}

/* Audit mode says once what it leaves as it is. */
static bool is_tolerated(const struct settler *settler, struct directory *directory, const struct observed *seen)
{
        struct digest attributes;
        bool again;

        digest_buffer(seen->attributes, seen->attributes_size, &attributes);
        again = directory->tolerated.mode == seen->st.st_mode && directory->tolerated.uid == seen->st.st_uid &&
                directory->tolerated.gid == seen->st.st_gid && directory->tolerated.bare == seen->bare &&
                memcmp(&attributes, &directory->tolerated.attributes, sizeof attributes) == 0;
        directory->tolerated.attributes = attributes;
        directory->tolerated.mode = seen->st.st_mode;
        directory->tolerated.uid = seen->st.st_uid;
        directory->tolerated.gid = seen->st.st_gid;
        directory->tolerated.bare = seen->bare;
        return again && settler->mode == MODE_AUDIT;
}

static int settle_attributes(struct settler *settler, struct directory *directory, struct change *change)
{
        const struct stat *st = &change->seen->st;
        int r;

        if (directory->mode == (st->st_mode & 07777) && directory->uid == st->st_uid && directory->gid == st->st_gid &&
            settle_same_extended(change->seen, directory->bare, directory->attributes, directory->attributes_size))
                return 0;
        if (change_must_wait(settler, change) || is_tolerated(settler, directory, change->seen))
                return 0;
        change->operation = OPERATION_MODIFY;
        change->verdict = change_decide(settler, change);
        if (authority_refuses(settler, change))
                return -EPERM;
        if (change->verdict.outcome == OUTCOME_ALLOW) {
                remember_attributes(directory, change->seen);
                accept_change_of_directory(settler, directory, change);
        }
        if (change->verdict.outcome == OUTCOME_ALLOW || settler->mode == MODE_AUDIT) {
                report_change(settler, change, RECORD_ARRIVAL, NULL);
                return 0;
        }
        r = settle_directory_attributes(directory, change->seen->fd);
        if (r < 0)
                return r;
        settler->n_restored++;
        report_change(settler, change, RECORD_RESTORED, NULL);
        return 0;
}

/* ---- Arriving, staying, going ------------------------------------------------------------------------- */

void settle_inherit(struct settler *settler, struct directory *sub, const struct directory *from)
{
        inventory_place_directory(&settler->inventory, sub, from->zone,
                                  unit_place_of_directory(from->place, sub->name));
        sub->restore = from->restore;
}

static struct directory *adopt(struct settler *settler, const struct change *change)
{
        struct directory *sub = inventory_add_directory(&settler->inventory, change->path);

        if (!sub)
                return NULL;
        if (sub->place == PLACE_PARENT)
                settle_inherit(settler, sub, change->directory);
        return sub;
}

static int enter(struct settler *settler, struct directory *sub, const struct change *change)
{
        int r = watch_directory(settler, sub);

        return r < 0 ? r : settle_directory(settler, sub, change->cause);
}

/* 0: gone. 1: it is still there, and what is in it has to be dealt with name by name. */
static int take_directory(struct settler *settler, struct change *change)
{
        struct directory *sub = settle_subdirectory_of(settler, change);
        char id[QUARANTINE_ID_MAX];
        int r = undo_take(settler, change, id);

        if (r == -ENOENT)
                return 0;
        if (r < 0) {
                settler->n_pending++;
                if (!sub)
                        report_problem(settler, change->path,
                                       format("%s cannot be moved to quarantine: %s; its contents are settled one by "
                                              "one",
                                              change->path, strerror(-r)),
                                       format("make room: unitward quarantine list; unitward quarantine purge"));
                return 1;
        }
        if (sub)
                forget_directory(settler, sub);
        report_change(settler, change, RECORD_ARRIVAL, id);
        return 0;
}

/* It could not be taken, and what was in it has been dealt with. */
static void remove_emptied(struct settler *settler, const struct change *change)
{
        struct directory *sub;

        if (quarantine_keeps_all(settler->quarantine) || unlinkat(change->dir, change->name, AT_REMOVEDIR) < 0)
                return;
        sub = settle_subdirectory_of(settler, change);
        if (sub)
                forget_directory(settler, sub);
}

static int settle_arrival(struct settler *settler, struct change *change)
{
        struct directory *sub;
        bool refused;
        int r;

        if (change_must_wait(settler, change))
                return 0;
        change->operation = change_operation_of_directory(change);
        change->verdict = change_decide(settler, change);
        if (authority_refuses(settler, change))
                return -EPERM;
        refused = change->verdict.outcome != OUTCOME_ALLOW && settler->mode == MODE_ENFORCE;
        if (refused) {
                r = take_directory(settler, change);
                if (r <= 0)
                        return r;
        }
        if (change->directory->depth >= SETTLE_DEPTH_MAX) {
                report_change(settler, change, RECORD_ARRIVAL, NULL);
                return 0;
        }
        sub = adopt(settler, change);
        if (!sub)
                return -ENOMEM;
        remember_attributes(sub, change->seen);
        sub->id = file_id_of(&change->seen->st);
        if (change->verdict.outcome == OUTCOME_ALLOW)
                accept_change_of_directory(settler, sub, change);
        report_change(settler, change, RECORD_ARRIVAL, NULL);
        r = enter(settler, sub, change);
        if (refused)
                remove_emptied(settler, change);
        return r;
}

int settle_subdirectory(struct settler *settler, struct change *change)
{
        struct directory *sub;

        if (streq(change->name, ".")) {
                (void)string_copy(change->path, sizeof change->path, change->directory->path);
                return change->directory->place == PLACE_PARENT ? 0
                                                                : settle_attributes(settler, change->directory, change);
        }
        sub = settle_subdirectory_of(settler, change);
        if (!change->seen->exists)
                return sub ? settle_missing_directory(settler, sub, change->cause) : 0;
        if (change->directory->place == PLACE_PARENT)
                return 0; /* the territory walks those */
        if (!sub || (!sub->authorised && (!sub->present || settler->mode == MODE_ENFORCE || settler->authority)))
                return settle_arrival(settler, change);
        if (sub->present && file_id_equal(sub->id, file_id_of(&change->seen->st)))
                return settle_attributes(settler, sub, change);
        /* An expected directory is another one now: what is inside tells what is authorised. */
        settle_inherit(settler, sub, change->directory);
        return enter(settler, sub, change);
}

int settle_survey(struct settler *settler, struct change *change)
{
        struct directory *sub = streq(change->name, ".") ? NULL : settle_subdirectory_of(settler, change);

        if (!sub || !sub->authorised || !change->seen->exists || !S_ISDIR(change->seen->st.st_mode) ||
            change->directory->place == PLACE_PARENT)
                return 0;
        settle_inherit(settler, sub, change->directory);
        return enter(settler, sub, change);
}
