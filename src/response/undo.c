/* Undoing: what arrived goes into quarantine, what was changed or removed comes back. */
#include <jansson.h>

#include "settle_internal.h"
#include "unitward/condemn.h"
#include "unitward/tree.h"
#include "unitward/text.h"
#include "unitward/util.h"

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
                        return undo_without_evidence(settler, change, r);
        }
        if (change->entry && change->entry->expected)
                return undo_bring_back(settler, change, *id ? id : NULL);
        report_change(settler, change, RECORD_ARRIVAL, *id ? id : NULL);
        if (change->entry)
                inventory_drop(&settler->inventory, change->entry);
        return 0;
}
