/* What an administrator says about a name: authorised from now on as it is, or no longer. */
#include "settle_internal.h"
#include "unitward/util.h"

struct verdict authority_decide(const struct settler *settler, const struct change *change)
{
        const struct authority *authority = settler->authority;
        struct access access = change_access(change);

        if (authority->verdict.rule)
                return authority->verdict;
        access.operation = OPERATION_APPROVE;
        access.actor = authority->actor;
        return policy_decide(settler->policy, &access);
}

/* A refusal is one in audit mode too. Many at a time are one record. */
static void report_refusal(struct settler *settler, const struct change *change)
{
        struct access access = change_access(change);
        struct record *record;

        access.operation = OPERATION_APPROVE;
        access.actor = settler->authority->actor;
        record = record_new_decided(RECORD_CONTROL, settler->policy, &access, change->verdict);
        if (record)
                record->mode = MODE_ENFORCE;
        outbox_record(settler->outbox, record);
}

bool authority_refuses(struct settler *settler, const struct change *change)
{
        if (!settler->authority || settler->authority->verdict.rule || change->verdict.outcome == OUTCOME_ALLOW)
                return false;
        if (settler->n_refused++ == 0)
                report_refusal(settler, change);
        return true;
}

/* Under an authority; inner ones, of links that lead out, come back to the outer. */
static int settle_under(struct settler *settler, struct directory *directory, const char *name,
                        const struct authority *authority)
{
        const struct cause cause = { .actor = authority->actor };
        const struct authority *outer = settler->authority;
        struct directory *sub;
        char path[4096];
        int r;

        settler->authority = authority;
        if (!outer)
                settler->n_busy = settler->n_refused = 0;
        r = settle_name(settler, directory, name, &cause);
        (void)path_join(path, sizeof path, directory->path, name);
        sub = inventory_directory(&settler->inventory, path);
        if (r == 0 && sub && sub->present && sub->place != PLACE_PARENT)
                r = settle_directory(settler, sub, &cause);
        settler->authority = outer;
        return r == 0 && settler->n_busy ? -ETXTBSY : r;
}

int settle_authorise(struct settler *settler, struct directory *directory, const char *name,
                     const struct authority *authority)
{
        return settle_under(settler, directory, name, authority);
}

static void expect_no_more(struct settler *settler, struct directory *directory, struct entry *entry)
{
        char path[4096];

        if (!entry->expected)
                return;
        (void)path_join(path, sizeof path, directory->path, entry->name);
        outbox_lost(settler->outbox, outbox_remove(settler->outbox, path) < 0);
        inventory_disown(&settler->inventory, entry);
}

/* The directory and what is in it; a root of the policy itself stays. */
static void expect_no_directory(struct settler *settler, struct directory *directory)
{
        struct entry *entry, *following;
        struct directory *sub, *next;

        HASH_ITER(hh, directory->entries, entry, following)
                expect_no_more(settler, directory, entry);
        HASH_ITER(hh_path, settler->inventory.by_path, sub, next)
                if (sub->parent == directory && sub->place != PLACE_PARENT && !sub->is_root)
                        expect_no_directory(settler, sub);
        if (directory->is_root || !directory->authorised)
                return;
        directory->authorised = false;
        outbox_lost(settler->outbox, outbox_remove(settler->outbox, directory->path) < 0);
}

int settle_revoke(struct settler *settler, struct directory *directory, const char *name,
                  const struct authority *authority)
{
        struct entry *entry = inventory_entry(directory, name);
        struct directory *sub;
        char path[4096];

        (void)path_join(path, sizeof path, directory->path, name);
        sub = inventory_directory(&settler->inventory, path);
        if (sub && (sub->place == PLACE_PARENT || sub->is_root))
                return -EBUSY;
        if (!(entry && entry->expected) && !(sub && sub->authorised))
                return -ENOENT;
        if (entry)
                expect_no_more(settler, directory, entry);
        if (sub)
                expect_no_directory(settler, sub);
        return settle_under(settler, directory, name, authority);
}

struct authority_count settle_take(struct settler *settler, const struct authority *authority,
                                   int (*resolve)(struct settler *settler, const struct cause *cause))
{
        const struct cause cause = { .actor = authority->actor };
        uint64_t before = settler->n_accepted;

        settler->authority = authority;
        settler->n_refused = 0;
        if (resolve)
                (void)resolve(settler, &cause);
        settle_everything(settler, &cause);
        settler->authority = NULL;
        return (struct authority_count){ (size_t)(settler->n_accepted - before), settler->n_refused };
}
