/* ledger import: the ledger becomes what a text says, or takes in what it says. Everything is checked, and decided
 * for who asks, before anything changes. Afterwards the disk is settled: what differs is brought back or taken away. */
#include <limits.h>

#include "import.h"
#include "unitward/unit_path.h"
#include "unitward/util.h"

/* ---- Checking ------------------------------------------------------------------------------------------ */

static const struct line *line_at(const struct import *import, const char *path)
{
        const struct line *line;

        HASH_FIND_STR(import->lines, path, line);
        return line;
}

/* A unit that is linked from outside is guarded where it lies. */
static bool is_linked(const struct import *import, const char *path)
{
        for (const struct line *line = import->lines; line; line = line->hh.next)
                if (line->entry.target && streq(line->entry.target, path))
                        return true;
        return false;
}

/* As the policy's patterns have it, or as the daemon knows the directory. */
static int import_place(const struct import *import, const struct ledger_entry *entry, struct subject *ret)
{
        const char *slash = strrchr(entry->path, '/');
        _cleanup_free_ char *inside = format("%s%s", entry->path, entry->kind == ENTRY_DIRECTORY ? "/x" : "");
        char parent[PATH_MAX];
        struct placement placement;
        struct directory *known;

        if (!inside || *entry->path != '/' || !path_split(inside, parent, sizeof parent))
                return -EINVAL;
        *ret = (struct subject){ .path = entry->path, .name = slash + 1, .zone = ZONE_UNPLACED, .place = PLACE_UNITS };
        policy_place(import->guard->policy, inside, &placement);
        known = inventory_directory(&import->guard->settler.inventory, parent);
        if (placement.zone != ZONE_UNPLACED && placement.place != PLACE_PARENT) {
                ret->zone = placement.zone;
                ret->place = placement.place;
                (void)string_copy(ret->unit, sizeof ret->unit, placement.unit);
                return 0;
        }
        if (known && known->place != PLACE_PARENT) {
                ret->zone = known->zone;
                ret->place = known->place;
                return 0;
        }
        return is_linked(import, entry->path) ? 0 : -ENOENT;
}

static int import_decide(struct import *import, const struct ledger_entry *entry, size_t number)
{
        struct subject subject;
        struct verdict verdict;

        if (unit_path_is_volatile(entry->path))
                return request_error(import->answer, -EINVAL,
                                     format("line %zu: %s: comes and goes with the boot", number, entry->path),
                                     strdup("nothing was changed; such places are left out of an export"));
        if (import_place(import, entry, &subject) < 0)
                return request_error(
                        import->answer, -EINVAL,
                        format("line %zu: %s: not in a place that the policy protects", number, entry->path),
                        strdup("nothing was changed; take the line out, or have a zone protect it"));
        return request_decide(import->guard, import->actor, &subject, &verdict, import->answer);
}

/* ---- What would change ------------------------------------------------------------------------------------ */

static bool same_extended(const struct ledger_entry *entry, bool bare, const void *attributes, size_t size)
{
        return entry->bare == bare && entry->attributes_size == size &&
               (size == 0 || memcmp(entry->attributes, attributes, size) == 0);
}

static bool is_same_entry(const struct ledger_entry *wanted, const struct entry *old)
{
        if (!old->expected || wanted->kind != old->kind)
                return false;
        if (wanted->kind == ENTRY_LINK)
                return streq(wanted->target, old->target);
        return wanted->mode == old->mode && wanted->uid == old->uid && wanted->gid == old->gid &&
               wanted->size == old->size && memcmp(&wanted->digest, &old->digest, sizeof wanted->digest) == 0 &&
               same_extended(wanted, old->bare, old->attributes, old->attributes_size);
}

static bool is_same_directory(const struct ledger_entry *wanted, const struct directory *old)
{
        return wanted->kind == ENTRY_DIRECTORY && wanted->mode == old->mode && wanted->uid == old->uid &&
               wanted->gid == old->gid && same_extended(wanted, old->bare, old->attributes, old->attributes_size);
}

enum difference import_compare(const struct import *import, const struct ledger_entry *wanted)
{
        struct inventory *inventory = &import->guard->settler.inventory;
        const struct directory *as_directory = inventory_directory(inventory, wanted->path);
        const struct entry *entry = inventory_entry_at(inventory, wanted->path);

        if (as_directory && as_directory->authorised && as_directory->place != PLACE_PARENT)
                return is_same_directory(wanted, as_directory) ? DIFFERENCE_NONE : DIFFERENCE_CHANGED;
        if (!entry || !entry->expected)
                return DIFFERENCE_NEW;
        return is_same_entry(wanted, entry) ? DIFFERENCE_NONE : DIFFERENCE_CHANGED;
}

/* ---- What is authorised and the text does not have ------------------------------------------------------------ */

int import_each_missing(struct import *import, import_missing_t each)
{
        struct directory *directory, *next;
        struct entry *entry, *following;
        char path[PATH_MAX];
        int r;

        HASH_ITER(hh_path, import->guard->settler.inventory.by_path, directory, next) {
                HASH_ITER(hh, directory->entries, entry, following) {
                        if (!entry->expected || !path_join(path, sizeof path, directory->path, entry->name) ||
                            unit_path_is_volatile(path) || line_at(import, path))
                                continue;
                        r = each(import, directory, entry, path);
                        if (r < 0)
                                return r;
                }
                if (directory->place == PLACE_PARENT || directory->is_root || !directory->authorised ||
                    unit_path_is_volatile(directory->path) || line_at(import, directory->path))
                        continue;
                r = each(import, directory, NULL, directory->path);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int decide_missing(struct import *import, struct directory *directory, struct entry *entry, const char *path)
{
        const struct subject subject = {
                .path = path,
                .zone = entry && directory->place == PLACE_PARENT ? entry->zone : directory->zone,
                .place = entry && directory->place == PLACE_PARENT ? entry->place : directory->place,
        };
        struct verdict verdict;

        import->n_removed++;
        return request_decide(import->guard, import->actor, &subject, &verdict, import->answer);
}

static int import_check(struct import *import)
{
        size_t number = import->n_headers + 2; /* the first line, and the empty one */
        int r = 0;

        for (struct line *line = import->lines; r == 0 && line; line = line->hh.next) {
                enum difference difference = import_compare(import, &line->entry);

                import->n_added += difference == DIFFERENCE_NEW;
                import->n_changed += difference == DIFFERENCE_CHANGED;
                r = import_decide(import, &line->entry, ++number);
                import_step(import);
        }
        return r == 0 && !import->merge ? import_each_missing(import, decide_missing) : r;
}

static void import_record(struct import *import)
{
        char described[512];

        guard_record(import->guard, RECORD_CONTROL,
                     format("the ledger was imported by %s: %zu entries, %zu new, %zu changed, %zu removed",
                            actor_describe(import->actor, described, sizeof described), import->n, import->n_added,
                            import->n_changed, import->n_removed),
                     NULL);
}

int request_ledger_import(void *userdata, const struct control_peer *peer, json_t *arguments,
                          struct control_answer *ret)
{
        bool dry = json_is_true(json_object_get(arguments, "dry"));
        _cleanup_(import_done) struct import import = { .guard = userdata,
                                                        .merge = json_is_true(json_object_get(arguments, "merge")),
                                                        .answer = ret };
        int r = request_actor(import.guard, peer, &import.actor, ret);

        if (r < 0)
                return r;
        housekeeper_settle_notes(import.guard);
        r = import_read(&import, peer);
        if (r == 0)
                r = import_check(&import);
        if (r == 0 && !dry) {
                r = import_apply(&import);
                import_record(&import);
                if (r == 0 && !import.merge && import.n > 0)
                        guard_reviewed(import.guard);
        }
        if (r < 0)
                return r;
        ret->result = json_pack("{s:I, s:I, s:I, s:I, s:b}", "entries", (json_int_t)import.n, "new",
                                (json_int_t)import.n_added, "changed", (json_int_t)import.n_changed, "removed",
                                (json_int_t)import.n_removed, "done", !dry);
        return ret->result ? 0 : -ENOMEM;
}
