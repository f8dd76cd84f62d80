/* ledger import: what the text says becomes what is authorised, a step at a time. */
#include <limits.h>

#include "import.h"
#include "unitward/util.h"

#define STEP_USEC (10u * 1000u) /* a manager waits for 250 ms */

void import_step(struct import *import)
{
        if (now_monotonic_usec() < import->step_ends_usec)
                return;
        housekeeper_settle_notes(import->guard);
        import->step_ends_usec = now_monotonic_usec() + STEP_USEC;
}

/* True for what is there already and is the same: a golden copy is taken of it. */
static bool recognise(struct import *import, struct ledger_entry *entry)
{
        _cleanup_(observed_done) struct observed seen = OBSERVED_NOTHING;
        struct outbox *outbox = import->guard->settler.outbox;
        _cleanup_free_ char *data = NULL;
        struct digest digest;
        size_t size;

        if (entry->kind != ENTRY_FILE || observe(AT_FDCWD, entry->path, &seen) < 0 || !seen.exists ||
            !S_ISREG(seen.st.st_mode) || (uint64_t)seen.st.st_size != entry->size ||
            observe_contents(&seen, GOLDEN_FILE_MAX, &digest, &data, &size) < 0 ||
            memcmp(&digest, &entry->digest, sizeof digest) != 0)
                return false;
        if (data)
                outbox_lost(outbox, outbox_golden(outbox, &digest, steal_pointer(data), size) < 0);
        entry->id = file_id_of(&seen.st);
        entry->mtime_nsec = signature_of(&seen.st).mtime_nsec;
        entry->ctime_nsec = signature_of(&seen.st).ctime_nsec;
        return true;
}

static struct entry *entry_of(struct import *import, const struct ledger_entry *facts, struct directory **ret_directory)
{
        char parent[PATH_MAX];
        const char *name = path_split(facts->path, parent, sizeof parent);

        *ret_directory = name ? inventory_directory(&import->guard->settler.inventory, parent) : NULL;
        return *ret_directory ? inventory_entry(*ret_directory, name) : NULL;
}

/* What is authorised as the line says stays so all the while: a manager may be reading it. Only the ledger is told
 * anew, by whom. */
static bool keep_as_it_is(struct import *import, struct ledger_entry *facts)
{
        struct outbox *outbox = import->guard->settler.outbox;
        struct directory *directory;
        const struct entry *entry = entry_of(import, facts, &directory);

        if (facts->kind == ENTRY_DIRECTORY || !entry || entry->state != ENTRY_AUTHORISED || entry->unfinished ||
            import_compare(import, facts) != DIFFERENCE_NONE)
                return false;
        facts->id = entry->signature.id;
        facts->mtime_nsec = entry->signature.mtime_nsec;
        facts->ctime_nsec = entry->signature.ctime_nsec;
        outbox_lost(outbox, outbox_put(outbox, facts) < 0);
        return true;
}

/* In memory it is not seen yet; what was recognised is looked at once more, and marked, at once. */
static int apply_line(struct import *import, struct ledger_entry *facts)
{
        struct settler *settler = &import->guard->settler;
        const struct cause nobody = { .actor = NULL };
        struct directory *directory;
        struct entry *entry;
        bool is_there;
        int r;

        if (import->merge && import_compare(import, facts) == DIFFERENCE_NONE)
                return 0;
        if (keep_as_it_is(import, facts))
                return 0;
        import->n_applied++;
        is_there = recognise(import, facts);
        outbox_lost(settler->outbox, outbox_put(settler->outbox, facts) < 0);
        facts->id = (struct file_id){ 0 };
        r = territory_expect(settler, facts);
        entry = r == 0 && is_there ? entry_of(import, facts, &directory) : NULL;
        if (entry)
                (void)settle_name(settler, directory, entry->name, &nobody);
        return r;
}

/* Nobody waits for all of it: what was noticed meanwhile is settled in between. A link comes when what it may lead to
 * is known. */
static int apply_lines(struct import *import, bool links)
{
        int r = 0;

        for (struct line *line = import->lines; r == 0 && line; line = line->hh.next) {
                if ((line->entry.kind == ENTRY_LINK) != links)
                        continue;
                r = apply_line(import, &line->entry);
                if (!links)
                        import_step(import);
        }
        return r;
}

static int drop_missing(struct import *import, struct directory *directory, struct entry *entry, const char *path)
{
        struct settler *settler = &import->guard->settler;

        outbox_lost(settler->outbox, outbox_remove(settler->outbox, path) < 0);
        if (entry)
                inventory_disown(&settler->inventory, entry);
        else
                directory->authorised = false;
        return 0;
}

int import_apply(struct import *import)
{
        struct settler *settler = &import->guard->settler;
        const struct cause nobody = { .actor = NULL };
        int r;

        if (!import->merge)
                (void)import_each_missing(import, drop_missing);
        r = apply_lines(import, false);
        if (r == 0)
                r = apply_lines(import, true);
        if (import->n_applied > 0 || import->n_removed > 0) {
                settler->patient = true; /* somebody allowed may be at work */
                (void)territory_resolve(settler, &nobody);
                settle_everything(settler, &nobody);
                settler->patient = false;
        }
        if (settler->n_pending)
                housekeeper_retry_later(import->guard);
        return r;
}
