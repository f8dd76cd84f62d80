/* What the recorder has for the ledger: all of it in one transaction, and kept until that is on the disk. */
#include "guard_internal.h"
#include "unitward/util.h"

void backlog_add(struct guard *guard, struct letter *letter)
{
        STAILQ_INSERT_TAIL(&guard->backlog, letter, next);
        __atomic_fetch_add(&guard->n_backlog, 1, __ATOMIC_RELAXED);
}

void backlog_drop(struct guard *guard)
{
        struct letter *letter;

        while ((letter = STAILQ_FIRST(&guard->backlog))) {
                STAILQ_REMOVE_HEAD(&guard->backlog, next);
                letter_free(letter);
        }
        __atomic_store_n(&guard->n_backlog, 0, __ATOMIC_RELAXED);
}

/* A change that will never fit, however often it is tried, must not keep the others out. */
static bool is_hopeless(int error)
{
        return error == -EINVAL || error == -EMSGSIZE || error == -EFBIG;
}

static int store_copies(struct guard *guard)
{
        struct letter *letter;
        bool copies = false;

        STAILQ_FOREACH(letter, &guard->backlog, next) {
                int r = 0;

                if (letter->kind == LETTER_GOLDEN) {
                        r = golden_store(guard->settler.golden, &letter->digest, letter->data, letter->size);
                        copies = true;
                }
                if (r < 0 && !is_hopeless(r))
                        return r;
        }
        return copies ? golden_flush(guard->settler.golden) : 0;
}

static int change_ledger(struct guard *guard, const struct letter *letter)
{
        switch (letter->kind) {
        case LETTER_PUT:
                return ledger_put(guard->ledger, &letter->entry);
        case LETTER_REMOVE:
                return ledger_remove(guard->ledger, letter->data);
        case LETTER_BASELINE:
                return ledger_set_baseline(guard->ledger, now_realtime_usec());
        default:
                return 0;
        }
}

static int commit_changes(struct guard *guard, uint64_t *ret_number)
{
        int r = ledger_begin(guard->ledger);
        struct letter *letter;
        uint64_t hopeless = 0;

        if (r < 0)
                return r;
        STAILQ_FOREACH(letter, &guard->backlog, next) {
                r = change_ledger(guard, letter);
                if (r < 0 && !is_hopeless(r)) {
                        ledger_rollback(guard->ledger);
                        return r;
                }
                hopeless += r < 0;
                if (letter->number > *ret_number)
                        *ret_number = letter->number;
        }
        r = ledger_commit(guard->ledger);
        if (r == 0)
                outbox_lost(&guard->outbox, hopeless);
        return r;
}

/* Copies are on the disk before the ledger says that they are. */
int backlog_write(struct guard *guard, const char **ret_what)
{
        uint64_t number = 0;
        int r = store_copies(guard);

        *ret_what = r < 0 ? "a golden copy" : "the ledger";
        if (r == 0)
                r = commit_changes(guard, &number);
        if (r < 0)
                return r;
        backlog_drop(guard);
        if (guard->pending && number)
                pending_done(guard->pending, number);
        return 0;
}
