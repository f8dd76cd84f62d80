/* Undoing: what arrived goes into quarantine, what was changed or removed comes back. */
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <sys/random.h>

#include "settle_internal.h"
#include "unitward/attributes.h"
#include "unitward/condemn.h"
#include "unitward/tree.h"
#include "unitward/text.h"
#include "unitward/util.h"

/* Not a unit's name, and systemd skips what begins with a dot. Nobody can have it ready. */
#define RESTORE_NAME_SIZE 48

static int restore_name(char name[static RESTORE_NAME_SIZE])
{
        uint64_t random;

        if (getrandom(&random, sizeof random, 0) != sizeof random)
                return -EIO;
        (void)snprintf(name, RESTORE_NAME_SIZE, ".unitward-restore-%016" PRIx64 ".tmp", random);
        return 0;
}

/* ---- Taking ---------------------------------------------------------------------------------------- */

/* What the quarantine itself cannot know. */
static json_t *evidence_of(const struct settler *settler, const struct change *change)
{
        const struct actor *actor = change->cause->actor;
        char described[512] = "unknown";
        json_t *evidence;

        if (actor)
                (void)actor_describe(actor, described, sizeof described);
        evidence = json_pack("{s:s, s:s, s:s, s:s, s:s}", "operation", operation_name(change->operation), "rule",
                             change->verdict.rule, "verdict", outcome_name(change->verdict.outcome), "mode",
                             mode_name(settler->mode), "place", place_name(change->place));
        if (!evidence)
                return NULL;
        (void)json_set_bytes(evidence, "actor", described);
        if (actor && actor->known) {
                (void)json_object_set_new(evidence, "pid", json_integer(actor->pid));
                (void)json_object_set_new(evidence, "uid", json_integer(actor->uid));
                if (actor->login_uid != (uid_t)-1)
                        (void)json_object_set_new(evidence, "login_uid", json_integer(actor->login_uid));
        }
        return evidence;
}

void undo_prepare_item(void *userdata, int item, const char *path, const json_t *why)
{
        const char *rule = json_string_value(json_object_get(why, "rule"));
        struct settler *settler = userdata;

        condemn_taken(settler->groups, &settler->inventory, item, path, rule ? rule : "");
}

/* What makes a link the same as one that was planted before: by whom, where, to what. Of a file it is its contents. */
static char *key_of(const struct change *change)
{
        const struct actor *actor = change->cause->actor;

        return change->seen->target
                       ? format("%d %llu %s %s", actor ? (int)actor->pid : 0,
                                actor ? (unsigned long long)actor->start_time : 0, change->path, change->seen->target)
                       : NULL;
}

/* 0: it is out of the way, and the rest is done later. */
static int set_aside(struct settler *settler, const struct change *change, json_t *evidence,
                     char ret_id[static QUARANTINE_ID_MAX])
{
        _cleanup_free_ char *key = key_of(change);
        const struct filing_what what = { change->dir, change->name, change->path, key, evidence };

        return S_ISDIR(change->seen->st.st_mode) ? -EISDIR
                                                 : filings_add(&settler->filings, settler->quarantine, &what, ret_id);
}

int undo_take(struct settler *settler, struct change *change, char ret_id[static QUARANTINE_ID_MAX])
{
        json_t *evidence = evidence_of(settler, change);
        int r;

        if (!evidence)
                return -ENOMEM;
        if (set_aside(settler, change, evidence, ret_id) == 0) {
                settler->n_quarantined++;
                return 0;
        }
        r = quarantine_take(settler->quarantine, change->dir, change->name, change->path, evidence, ret_id);
        json_decref(evidence);
        if (r < 0)
                return r;
        settler->n_quarantined++;
        outbox_seal(settler->outbox, ret_id);
        return 0;
}

/* ---- Restoring ------------------------------------------------------------------------------------- */

int undo_attributes(int fd, mode_t mode, uid_t uid, gid_t gid)
{
        const struct fd_path path = fd_path(fd);

        /* chown clears set-id bits, so the mode comes last. */
        if (chown(path.text, uid, gid) < 0 || chmod(path.text, mode) < 0)
                return -errno;
        return 0;
}

int undo_extended(int fd, const struct attributes_wanted *wanted)
{
        return wanted->bare || wanted->block ? attributes_write(fd, wanted->block, wanted->size) : 0;
}

static struct attributes_wanted wanted_by(const struct entry *entry)
{
        return (struct attributes_wanted){ entry->bare, entry->attributes, entry->attributes_size };
}

/* An ACL has its say in the mode, so both are set before that. */
static int write_attributes(const struct entry *entry, int fd)
{
        const struct attributes_wanted wanted = wanted_by(entry);
        int r = undo_extended(fd, &wanted);

        return r < 0 ? r : undo_attributes(fd, entry->mode, entry->uid, entry->gid);
}

/* Flushed before it gets the unit's name, under which a manager would take half of it, or none of it, for the unit
 * after a power failure. A manager may wait for that: until its deadline, as for all settling. */
static int write_file(const struct settler *settler, const struct entry *entry, int dir, const char *name,
                      struct file_id *ret_id)
{
        _cleanup_free_ char *data = NULL;
        _cleanup_close_ int fd = -1;
        struct stat st;
        size_t size;
        int r;

        r = outbox_copy(settler->outbox, &entry->digest, &data, &size);
        if (r == -ENOENT)
                r = golden_load(settler->golden, &entry->digest, &data, &size);
        if (r < 0)
                return r;
        fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = write_all(fd, data, size);
        if (r == 0)
                r = write_attributes(entry, fd);
        if (r == 0 && fsync(fd) < 0)
                r = -errno;
        if (r == 0 && fstat(fd, &st) < 0)
                r = -errno;
        if (r < 0) {
                (void)unlinkat(dir, name, 0);
                return r;
        }
        *ret_id = file_id_of(&st);
        return 0;
}

/* Somebody may have put another object under the temporary name, or over the restored one. */
static bool is_what_was_restored(const struct entry *entry, const struct observed *back, struct file_id id)
{
        if (!back->exists)
                return false;
        return entry->kind == ENTRY_LINK ? back->target && streq(back->target, entry->target)
                                         : file_id_equal(file_id_of(&back->st), id);
}

/* Puts the authorised state back under a temporary name and renames it into place. */
int undo_replace(struct settler *settler, struct change *change)
{
        struct entry *entry = change->entry;
        _cleanup_(observed_done) struct observed back = OBSERVED_NOTHING;
        char name[RESTORE_NAME_SIZE];
        struct signature signature;
        struct file_id id = { 0 };
        int r = restore_name(name);

        if (r < 0)
                return r;
        if (entry->kind == ENTRY_LINK)
                r = symlinkat(entry->target, change->dir, name) < 0 ? -errno : 0;
        else
                r = write_file(settler, entry, change->dir, name, &id);
        if (r < 0)
                return r;
        if (renameat(change->dir, name, change->dir, change->name) < 0) {
                r = -errno;
                (void)unlinkat(change->dir, name, 0);
                return r;
        }
        r = observe(change->dir, change->name, &back);
        if (r < 0)
                return r;
        if (!is_what_was_restored(entry, &back, id))
                return -ESTALE;
        (void)watch_unit(settler, change->directory, &back);
        signature = signature_of(&back.st);
        inventory_resign(&settler->inventory, entry, &signature);
        settler->n_restored++;
        return 0;
}

static int drop_expectation(struct settler *settler, struct change *change)
{
        int r = outbox_remove(settler->outbox, change->path);

        if (r < 0)
                return r;
        inventory_drop(&settler->inventory, change->entry);
        change->entry = NULL;
        return 0;
}

bool undo_comes_back(const struct settler *settler, const struct change *change)
{
        return change->place != PLACE_TRANSIENT && change->place != PLACE_GENERATED && change->zone != ZONE_UNPLACED &&
               policy_zone(settler->policy, change->zone)->restore;
}

static int bring_back(struct settler *settler, struct change *change, const char *quarantine_id)
{
        int r;

        if (!undo_comes_back(settler, change)) {
                report_change(settler, change, RECORD_ARRIVAL, quarantine_id);
                return drop_expectation(settler, change);
        }
        r = undo_replace(settler, change);
        if (r < 0) {
                struct signature gone = { 0 };

                settler->n_pending++;
                inventory_resign(&settler->inventory, change->entry, &gone);
                report_problem(settler, change->path, format("%s cannot be restored: %s", change->path, strerror(-r)),
                               format("the authorised contents are under golden/ in the state directory, the changed "
                                      "ones in: unitward quarantine list"));
                return 0;
        }
        report_change(settler, change, RECORD_RESTORED, quarantine_id);
        return 0;
}

/* It cannot be kept as evidence (a full disk, most likely). A link is all in the record, and no load gate
 * stops a manager from following it: it goes. What stands in an authorised file's place goes too: otherwise
 * whoever fills the quarantine could disable units. Any other file stays, and no manager may read it. */
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
                return comes_back ? bring_back(settler, change, NULL) : 0;
        }
        if (!known)
                report_problem(settler, change->path,
                               format("%s cannot be moved to quarantine: %s; managers may not load it", change->path,
                                      strerror(-error)),
                               format("make room: unitward quarantine list; unitward quarantine purge"));
        return accept_tolerated(settler, change, !known);
}

static int undo_attribute_change(struct settler *settler, struct change *change)
{
        struct entry *entry = change->entry;
        struct signature signature;
        struct stat st;
        int r;

        r = write_attributes(entry, change->seen->fd);
        if (r == 0 && fstat(change->seen->fd, &st) < 0)
                r = -errno;
        if (r < 0) {
                report_problem(settler, change->path,
                               format("owner and mode of %s cannot be restored: %s", change->path, strerror(-r)),
                               format("set mode %04o, owner %d:%d by hand", (unsigned)entry->mode, (int)entry->uid,
                                      (int)entry->gid));
                return 0;
        }
        signature = signature_of(&st);
        inventory_resign(&settler->inventory, entry, &signature);
        settler->n_restored++;
        report_change(settler, change, RECORD_RESTORED, NULL);
        return 0;
}

/* Before it goes: a manager may have read its name. */
static void condemn_what_it_leads_to(struct settler *settler, const struct change *change)
{
        const struct planted planted = { change->dir, change->seen->target, change->seen->st.st_uid,
                                         change->verdict.rule };

        if (change->seen->target && change->place != PLACE_DEPENDENCIES && change->place != PLACE_PROGRAMS)
                condemn(settler->groups, &settler->inventory, &planted);
}

int undo_change(struct settler *settler, struct change *change)
{
        char id[QUARANTINE_ID_MAX] = "";
        int r;

        if (change->attributes_only)
                return undo_attribute_change(settler, change);
        (void)object_unlock((struct tree_place){ change->dir, "." }); /* chattr +i stops even root's rename */
        condemn_what_it_leads_to(settler, change);
        if (change->seen->exists) {
                r = undo_take(settler, change, id);
                if (r == -ENOENT)
                        return 0; /* it went away by itself; its own event is still to come */
                if (r < 0)
                        return hold(settler, change, r);
        }
        if (change->entry && change->entry->expected)
                return bring_back(settler, change, *id ? id : NULL);
        report_change(settler, change, RECORD_ARRIVAL, *id ? id : NULL);
        if (change->entry)
                inventory_drop(&settler->inventory, change->entry);
        return 0;
}
