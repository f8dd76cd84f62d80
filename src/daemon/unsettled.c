/* Changes that could not be settled, for want of memory or of descriptors most likely. Who made them is known by their
 * notes alone: nobody's doing, as which a later look would take them, what somebody allowed has done is undone. So they
 * are kept, and tried again with whose doing it was. */
#include "guard_internal.h"
#include "unitward/util.h"

/* With the pauses in between two minutes; then what is there is looked at as everything else is. */
#define TRIES_MAX 8u

void unsettled_keep(struct guard *guard, struct note_list *from, struct note *note, int error)
{
        TAILQ_REMOVE(from, note, next);
        guard->settler.n_pending++;
        if (++note->tries > TRIES_MAX) {
                note_free(note);
                return;
        }
        TAILQ_INSERT_TAIL(&guard->unsettled, note, next);
        if (note->tries == 2)
                report_problem(&guard->settler, NULL,
                               format("%s/%s cannot be settled: %s", note->directory, note->name, strerror(-error)),
                               format("it is tried again; make memory, descriptors or disk available"));
}

void unsettled_try(struct guard *guard)
{
        struct cause resolve_cause = { .actor = NULL };
        struct note_list notes;
        bool resolve = false;
        struct note *note;

        TAILQ_INIT(&notes);
        TAILQ_CONCAT(&notes, &guard->unsettled, next);
        while ((note = TAILQ_FIRST(&notes))) {
                int r = housekeeper_settle_change(guard, note, &resolve, &resolve_cause);

                if (r < 0) {
                        unsettled_keep(guard, &notes, note, r);
                        continue;
                }
                TAILQ_REMOVE(&notes, note, next);
                if (resolve)
                        (void)territory_resolve(&guard->settler, &resolve_cause);
                resolve = false;
                note_free(note);
        }
}

void unsettled_drop(struct guard *guard)
{
        struct note *note;

        while ((note = TAILQ_FIRST(&guard->unsettled))) {
                TAILQ_REMOVE(&guard->unsettled, note, next);
                note_free(note);
        }
}
