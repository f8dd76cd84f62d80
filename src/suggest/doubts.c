/* Why no rule is suggested for what was done, whoever did it; and what makes it look like an attack in the light of all
 * records. */
#include "suggest_internal.h"

static const char approvals[] = "who may change what is authorised is for you to say";
static const char mounts[] = "what is mounted over a directory can hide every unit in it";
static const char own[] = "unitward itself: its policy, its state, its programs, its unit";
static const char hooks[] = "programs that systemd runs as root, at boot and at each reload: left to packages";
static const char generated[] = "where only systemd and its generators write";
static const char strange[] = "its name holds what no rule can be written with, or begins with a dot";
static const char unplaced[] = "where it was could not be told";
static const char alert[] = "there is an alert about it: unitward events --alerts";
static const char planted[] = "its own service was made or changed by somebody of this list";

static void refuse(struct observation *observation, const char *why)
{
        if (observation->doubt && observation->is_attackers)
                return;
        observation->doubt = why;
}

static bool is_own(const struct suggest *suggest, const struct observation *observation)
{
        return (observation->zone >= 0 && suggest->policy->zone_origins[observation->zone].is_own) ||
               streq(observation->unit, "unitward.service");
}

static void doubt_change(const struct suggest *suggest, struct observation *observation)
{
        const char *name = strrchr(observation->path, '/');

        if (observation->operation == OPERATION_APPROVE)
                observation->doubt = approvals; /* whoever it was */
        else if (observation->operation == OPERATION_MOUNT)
                refuse(observation, mounts);
        else if (observation->zone < 0)
                refuse(observation, unplaced);
        else if (is_own(suggest, observation) && !observation->anchor.packages)
                refuse(observation, own);
        else if (observation->place == PLACE_STATE)
                refuse(observation, own);
        else if (observation->place == PLACE_PROGRAMS && !observation->anchor.packages)
                refuse(observation, hooks);
        else if (observation->place == PLACE_GENERATED || observation->place == PLACE_TRANSIENT)
                refuse(observation, generated);
        else if (!text_is_plain(observation->path) || !text_is_plain(observation->unit) ||
                 (!observation->anchor.managed && name && name[1] == '.'))
                refuse(observation, strange);
}

static bool is_plain_request(const struct command_request *request)
{
        for (size_t i = 0; i < request->n_verbs; i++)
                if (!text_is_plain(request->verbs[i].name))
                        return false;
        for (size_t i = 0; i < request->n_units; i++)
                if (!text_is_plain(request->units[i]))
                        return false;
        return true;
}

static bool asks_for_own(const struct command_request *request)
{
        for (size_t i = 0; i < request->n_units; i++)
                if (streq(request->units[i], "unitward.service"))
                        return true;
        return false;
}

static void doubt_run(struct suggest *suggest, const struct recorded *recorded, struct observation *observation)
{
        const struct command_request *request = &recorded->request;

        if (request->unclear)
                refuse(observation, suggest_text(suggest, format("what it asked for cannot be told: %s",
                                                                 request->why ? request->why : "?")));
        else if (!is_plain_request(request))
                refuse(observation, strange);
        else if (asks_for_own(request))
                refuse(observation, own);
}

void doubt_object(struct suggest *suggest, const struct recorded *recorded, struct observation *observation)
{
        const struct anchor *anchor = &observation->anchor;

        if (!text_is_plain(anchor->name) || !text_is_plain(anchor->program) || !text_is_plain(anchor->unit))
                refuse(observation, strange);
        if (observation->operation == OPERATION_EXEC)
                doubt_run(suggest, recorded, observation);
        else if (!observation->command)
                doubt_change(suggest, observation);
}

/* ---- Alerts ---------------------------------------------------------------------------------------------- */

static int learn(struct suggest *suggest, const char *name, bool is_alert)
{
        struct alert_subject *subject;

        if (!name || !*name)
                return 0;
        HASH_FIND_STR(suggest->alerts, name, subject);
        if (subject) {
                subject->is_alert |= is_alert;
                return 0;
        }
        subject = calloc(1, sizeof *subject);
        if (subject)
                subject->name = strdup(name);
        if (subject && subject->name) {
                subject->is_alert = is_alert;
                HASH_ADD_KEYPTR(hh, suggest->alerts, subject->name, strlen(subject->name), subject);
                if (HASH_ADDED(hh, subject))
                        return 0;
        }
        if (subject)
                free(subject->name);
        free(subject);
        return -ENOMEM;
}

/* What the alert says beyond that the policy did not let its writer: that it says of everything a rule is missing for.
 */
static bool tells_more(const json_t *reasons)
{
        static const char *const circumstances[] = {
                "unit-unauthorised", "unit-loaded-unseen", "writer-refused", "writer-unknown", "unit-new",
                "unit-changed",      "drop-in-changed",    "timer-changed",  "unit-transient", "program-unowned",
                "program-changed",   "inline-program",     "interval-short", "runs-as-root",
        };
        size_t i;
        json_t *reason;

        json_array_foreach(reasons, i, reason) {
                const char *name = json_string_value(reason);
                bool known = false;

                for (size_t j = 0; name && j < ARRAY_SIZE(circumstances); j++)
                        known |= streq(circumstances[j], name);
                if (!known)
                        return true;
        }
        return json_array_size(reasons) == 0;
}

int alerts_learn(struct suggest *suggest, const json_t *event)
{
        const char *kind = json_string_value(json_at(event, "unitward.kind"));
        bool is_alert = kind && streq(kind, "alert");
        size_t i;
        json_t *change;
        int r;

        if (!is_alert && !(kind && streq(kind, "start")))
                return 0;
        is_alert = is_alert && tells_more(json_at(event, "unitward.reasons"));
        r = learn(suggest, json_string_value(json_at(event, "unitward.target_unit")), is_alert);
        if (r == 0)
                r = learn(suggest, json_string_value(json_at(event, "unitward.timer")), is_alert);
        json_array_foreach(json_at(event, "unitward.changes"), i, change)
                if (r == 0)
                        r = learn(suggest, json_string_value(json_object_get(change, "path")), is_alert);
        return r;
}

void alerts_forget(struct suggest *suggest)
{
        struct alert_subject *subject, *next;

        HASH_ITER(hh, suggest->alerts, subject, next) {
                HASH_DEL(suggest->alerts, subject);
                free(subject->name);
                free(subject);
        }
}

static const struct alert_subject *alert_about(const struct suggest *suggest, const char *name)
{
        struct alert_subject *subject;

        HASH_FIND_STR(suggest->alerts, name, subject);
        return subject;
}

static void doubt_alerted(const struct suggest *suggest, struct observation *observation)
{
        const char *names[] = { observation->unit, observation->path, observation->anchor.unit,
                                observation->anchor.kind == ANCHOR_UNIT ? observation->anchor.name : "" };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                const struct alert_subject *subject = *names[i] ? alert_about(suggest, names[i]) : NULL;

                if (!subject)
                        continue;
                observation->note = "what systemd started of it was told of as suspicious: unitward events --alerts";
                if (!subject->is_alert)
                        continue;
                observation->doubt = alert;
                observation->is_attackers = true;
        }
}

/* ---- In the light of all --------------------------------------------------------------------------------- */

static bool makes_units(const struct observation *observation)
{
        return observation->operation == OPERATION_EXEC || !observation->command;
}

/* Somebody of whom nothing is suggested has written, enabled or named this unit. */
static bool is_planted(const struct suggest *suggest, const char *unit)
{
        for (struct observation *other = suggest->observations; other; other = other->hh.next)
                if (other->doubt && other->is_attackers && makes_units(other) && streq(other->unit, unit))
                        return true;
        return false;
}

static bool doubt_planted(struct suggest *suggest, struct observation *observation)
{
        const char *unit =
                observation->anchor.kind == ANCHOR_UNIT ? observation->anchor.name : observation->anchor.unit;

        if (observation->doubt || !*unit || !is_planted(suggest, unit))
                return false;
        observation->doubt = planted;
        observation->is_attackers = true;
        return true;
}

/* A manager's doing is that of whom it was done for. */
static void doubt_following(struct observation *observation)
{
        if (observation->follows) {
                observation->doubt = observation->follows->doubt;
                observation->is_attackers = observation->follows->is_attackers;
        }
}

void doubt_whole(struct suggest *suggest)
{
        bool changed = true;

        for (struct observation *each = suggest->observations; each; each = each->hh.next) {
                doubt_following(each);
                doubt_alerted(suggest, each);
        }
        while (changed) {
                changed = false;
                for (struct observation *each = suggest->observations; each; each = each->hh.next)
                        changed |= doubt_planted(suggest, each);
        }
        for (struct observation *each = suggest->observations; each; each = each->hh.next)
                doubt_following(each);
}
