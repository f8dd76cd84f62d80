/* What the last guard had noticed and not settled when it died: settled now as it would have done, by whose doing it
 * was, before all else that differs is taken for nobody's. */
#include <limits.h>
#include <sys/stat.h>

#include "guard_internal.h"
#include "unitward/hash.h"
#include "unitward/util.h"

/* ---- Which of it can still be told apart from what came later ------------------------------------------------ */

/* The last that is known of a name. */
struct last {
        char *path;
        struct signature seen;
        UT_hash_handle hh;
};

static void forget(struct last *all)
{
        struct last *last, *following;

        HASH_ITER(hh, all, last, following) {
                HASH_DEL(all, last);
                free(last->path);
                free(last);
        }
}

static struct last *last_of(struct last **all, const struct note *note, bool add)
{
        char path[PATH_MAX];
        struct last *last = NULL;

        if (!path_join(path, sizeof path, note->directory, note->name))
                return NULL;
        HASH_FIND_STR(*all, path, last);
        if (last || !add)
                return last;
        last = calloc(1, sizeof *last);
        if (!last)
                return NULL;
        last->path = strdup(path);
        if (!last->path) {
                free(last);
                return NULL;
        }
        HASH_ADD_KEYPTR(hh, *all, last->path, strlen(last->path), last);
        if (HASH_ADDED(hh, last))
                return last;
        free(last->path);
        free(last);
        return NULL;
}

/* 0, or -ENOMEM: whoever is missing might have been the last. */
static int find_last(const struct note_list *notes, struct last **all)
{
        const struct note *note;

        TAILQ_FOREACH(note, notes, next) {
                struct last *last = last_of(all, note, true);

                if (!last)
                        return -ENOMEM;
                last->seen = note->seen;
        }
        return 0;
}

static bool is_as_seen(const struct last *last)
{
        struct signature now = { 0 };
        struct stat st;

        if (lstat(last->path, &st) == 0)
                now = signature_of(&st);
        return signature_equal(&now, &last->seen);
}

/* Nobody watched since then: what is not as it was seen last may be anybody's. */
static int drop_stale(struct note_list *notes)
{
        struct note *note, *following;
        struct last *all = NULL;
        int r = find_last(notes, &all);

        for (note = TAILQ_FIRST(notes); r == 0 && note; note = following) {
                const struct last *last = last_of(&all, note, false);

                following = TAILQ_NEXT(note, next);
                if (last && is_as_seen(last))
                        continue;
                TAILQ_REMOVE(notes, note, next);
                note_free(note);
        }
        forget(all);
        return r;
}

/* ---- Settling it ----------------------------------------------------------------------------------------- */

static size_t count(const struct note_list *notes)
{
        const struct note *note;
        size_t n = 0;

        TAILQ_FOREACH(note, notes, next)
                n++;
        return n;
}

/* Directories are marked and known; what is in them is not looked at yet. */
static int survey(struct settler *settler)
{
        const struct cause nobody = { .actor = NULL };
        int r;

        settler->surveying = true;
        r = territory_resolve(settler, &nobody);
        settler->surveying = false;
        return r;
}

static void settle(struct guard *guard, const struct note_list *notes, bool whole)
{
        struct cause resolve_cause = { .actor = NULL };
        bool resolve = false, gap = guard->settler.gap;
        const struct note *note;

        TAILQ_FOREACH(note, notes, next) {
                bool known = note->actor && note->actor->known;

                guard->settler.gap = gap && !known; /* what nobody is known for, a package's records may explain */
                if (known || whole)
                        (void)housekeeper_settle_change(guard, note, &resolve, &resolve_cause);
        }
        guard->settler.gap = false; /* somebody did watch */
        if (resolve && whole)
                (void)territory_resolve(&guard->settler, &resolve_cause);
        guard->settler.gap = gap;
}

static void record_leftovers(struct guard *guard, size_t n, size_t n_stale, int n_bad)
{
        _cleanup_free_ char *stale = NULL, *bad = NULL;

        if (n_stale > 0)
                stale = format("; %zu of them are not as it left them, and taken for anybody's", n_stale);
        if (n_bad > 0)
                bad = format("; %d could not be read", n_bad);
        guard_record(guard, RECORD_GAP,
                     format("%zu changes that the daemon had noticed before it was killed are settled now%s%s", n,
                            stale ? stale : "", bad ? bad : ""),
                     NULL);
}

int leftovers_settle(struct guard *guard)
{
        bool inherits = lifeline_is_inherited(guard->options.lifeline), whole = note_log_is_whole(guard->note_log);
        struct note_list notes;
        size_t n, n_stale = 0;
        int n_bad = note_log_read(guard->note_log, &notes), r = n_bad < 0 ? n_bad : 0;

        n = count(&notes);
        if (r == 0 && (n > 0 || inherits))
                r = survey(&guard->settler);
        if (r == 0 && !whole) {
                r = drop_stale(&notes);
                n_stale = n - count(&notes);
        }
        if (r == 0)
                settle(guard, &notes, whole);
        if (r == 0 && (n > 0 || n_bad > 0))
                record_leftovers(guard, n, n_stale, n_bad);
        note_list_free(&notes);
        return r < 0 ? r : n > 0;
}
