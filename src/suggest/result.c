/* What is told: each rule with its evidence and what speaks against it; what is not covered, and why. */
#include "suggest_internal.h"

/* ---- Evidence --------------------------------------------------------------------------------------------- */

static bool sample(struct suggest_sample *samples, size_t *n, bool *more, const char *text, uint64_t times)
{
        for (size_t i = 0; i < *n; i++)
                if (streq(samples[i].text, text)) {
                        samples[i].n += times;
                        return true;
                }
        if (*n == SUGGEST_SAMPLES_MAX) {
                *more = true;
                return true;
        }
        samples[*n] = (struct suggest_sample){ strdup(text), times };
        return samples[(*n)++].text;
}

static bool learn(struct suggest_evidence *evidence, const struct observation *observation)
{
        bool is_run = observation->operation == OPERATION_EXEC;
        _cleanup_free_ char *what = format("%s %s%s%s", is_run ? "run" : operation_name(observation->operation),
                                           observation->command ? observation->pattern : observation->path,
                                           is_run && *observation->unit ? " " : "", is_run ? observation->unit : "");

        if (evidence->n == 0 || observation->first_usec < evidence->first_usec)
                evidence->first_usec = observation->first_usec;
        if (observation->last_usec > evidence->last_usec)
                evidence->last_usec = observation->last_usec;
        evidence->n += observation->n;
        return what && sample(evidence->samples, &evidence->n_samples, &evidence->more_samples, what, observation->n) &&
               sample(evidence->actors, &evidence->n_actors, &evidence->more_actors, observation->actor,
                      observation->n);
}

static void evidence_done(struct suggest_evidence *evidence)
{
        while (evidence->n_samples > 0)
                free(evidence->samples[--evidence->n_samples].text);
        while (evidence->n_actors > 0)
                free(evidence->actors[--evidence->n_actors].text);
}

/* ---- Warnings --------------------------------------------------------------------------------------------- */

/* Takes the text. */
static bool warn(struct suggest_rule *rule, char *text)
{
        char **slot;

        for (size_t i = 0; text && i < rule->n_warnings; i++)
                if (streq(rule->warnings[i], text)) {
                        free(text);
                        return true;
                }
        slot = text ? array_grow(&rule->warnings, &rule->n_warnings, sizeof *slot) : NULL;
        if (slot)
                *slot = text;
        else
                free(text);
        return slot;
}

static bool warn_program(const struct suggest *suggest, const struct anchor *anchor, struct suggest_rule *rule)
{
        struct suggest_program program = suggest->options.look(suggest->options.userdata, anchor->name);
        bool ok = true;

        if (!known_package_manager(anchor->name))
                ok = warn(rule, format(anchor->unit[0] ? "whoever gets %s to do it in its service has it done"
                                                       : "whoever is root can run %s, and has it done",
                                       anchor->name));
        if (ok && !program.exists)
                ok = warn(rule, format("%s is not on this machine: nobody has looked at it", anchor->name));
        else if (ok && program.owner != SUGGEST_OWNER_PACKAGE)
                ok = warn(rule, format("no package is known to own %s", anchor->name));
        return ok;
}

static bool warn_actor(const struct suggest *suggest, const struct anchor *anchor, struct suggest_rule *rule)
{
        if (anchor->kind == ANCHOR_PROGRAM)
                return warn_program(suggest, anchor, rule);
        if (anchor->kind == ANCHOR_UNIT)
                return warn(rule,
                            format("whoever can change what %s runs can do it too: its program, its configuration, "
                                   "where it gets that from",
                                   anchor->name));
        if (anchor->kind != ANCHOR_LOGIN)
                return true;
        if (*anchor->program && !warn(rule, format("another version of %s needs another line", anchor->program)))
                return false;
        return warn(rule, format("whoever can log in as %s can do it too: keep its key", anchor->name));
}

static bool is_trusted(const struct suggest *suggest, const struct anchor *anchor)
{
        return anchor->kind != ANCHOR_ACTOR && suggest_trusts(suggest, anchor->name);
}

bool group_warn(const struct suggest *suggest, const struct group *group, struct suggest_rule *rule)
{
        bool ok = warn_actor(suggest, &group->anchor, rule);

        if (ok && is_trusted(suggest, &group->anchor))
                ok = warn(rule, format("suggested because of --trust=%s alone", group->anchor.name));
        if (ok && group->kind == SUGGEST_CHANGES && !strstr(rule->text, " unit = ") && !strstr(rule->text, " path = "))
                ok = warn(rule, format("it is about every unit there, not about those seen only"));
        if (ok && group->kind == SUGGEST_COMMANDS && !strstr(rule->text, " unit = "))
                ok = warn(rule, format("it is about every unit, not about those seen only"));
        for (size_t i = 0; ok && i < group->n; i++)
                if (group->items[i]->note)
                        ok = warn(rule, format("%s: %s", group->items[i]->unit, group->items[i]->note));
        return ok;
}

/* ---- Rules ------------------------------------------------------------------------------------------------ */

static void rule_free(struct suggest_rule *rule)
{
        evidence_done(&rule->evidence);
        while (rule->n_warnings > 0)
                free(rule->warnings[--rule->n_warnings]);
        free(rule->warnings);
        free(rule->actor_text);
        free(rule->text);
        free(rule);
}

/* With what systemd did for the runs that it is about. */
static bool learn_group(const struct suggest *suggest, const struct group *group, struct suggest_evidence *evidence)
{
        for (size_t i = 0; i < group->n; i++)
                if (!learn(evidence, group->items[i]))
                        return false;
        for (const struct observation *each = suggest->observations; each; each = each->hh.next)
                if (each->follows && each->follows->group == group && !each->doubt && !learn(evidence, each))
                        return false;
        return true;
}

static int add_rule(struct suggest *suggest, const struct group *group)
{
        struct suggest_result *result = &suggest->result;
        struct suggest_rule *rule = calloc(1, sizeof *rule),
                            **slot = rule ? array_grow(&result->rules, &result->n_rules, sizeof *slot) : NULL;

        if (!slot) {
                free(rule);
                return -ENOMEM;
        }
        *slot = rule;
        rule->kind = group->kind;
        memcpy(rule->id, group->id, sizeof rule->id);
        memcpy(rule->actor, group->actor, sizeof rule->actor);
        rule->text = strdup(group->text);
        if (group->actor_text)
                rule->actor_text = format("%s: %s;", group->actor, group->actor_text);
        if (!rule->text || (group->actor_text && !rule->actor_text) || !learn_group(suggest, group, &rule->evidence))
                return -ENOMEM;
        return group_warn(suggest, group, rule) ? 0 : -ENOMEM;
}

/* ---- What is not covered ----------------------------------------------------------------------------------- */

static bool is_alike(const struct suggest_refusal *refusal, const struct observation *observation)
{
        return streq(refusal->why, observation->doubt) && refusal->evidence.n_actors == 1 &&
               streq(refusal->evidence.actors[0].text, observation->actor);
}

static int add_refusal(struct suggest *suggest, const struct observation *observation)
{
        struct suggest_result *result = &suggest->result;
        struct suggest_refusal *refusal = NULL, **slot;

        for (size_t i = 0; i < result->n_refusals && !refusal; i++)
                if (is_alike(result->refusals[i], observation))
                        refusal = result->refusals[i];
        if (!refusal) {
                refusal = calloc(1, sizeof *refusal);
                slot = refusal ? array_grow(&result->refusals, &result->n_refusals, sizeof *slot) : NULL;
                if (!slot) {
                        free(refusal);
                        return -ENOMEM;
                }
                *slot = refusal;
                refusal->why = observation->doubt;
        }
        return learn(&refusal->evidence, observation) ? 0 : -ENOMEM;
}

static int compare_refusals(const void *a, const void *b)
{
        const struct suggest_refusal *one = *(const struct suggest_refusal *const *)a,
                                     *other = *(const struct suggest_refusal *const *)b;
        int r = strcmp(one->why, other->why);

        return r ? r : (one->evidence.n < other->evidence.n) - (one->evidence.n > other->evidence.n);
}

int result_make(struct suggest *suggest)
{
        struct suggest_result *result = &suggest->result;
        int r = 0;

        for (const struct group *group = suggest->groups; group && r == 0; group = group->hh.next)
                if (group->text)
                        r = add_rule(suggest, group);
        for (const struct observation *each = suggest->observations; each && r == 0; each = each->hh.next)
                if (each->doubt)
                        r = add_refusal(suggest, each);
        if (result->n_refusals > 1)
                qsort(result->refusals, result->n_refusals, sizeof(struct suggest_refusal *), compare_refusals);
        return r;
}

void result_done(struct suggest_result *result)
{
        while (result->n_rules > 0)
                rule_free(result->rules[--result->n_rules]);
        free(result->rules);
        while (result->n_refusals > 0) {
                evidence_done(&result->refusals[--result->n_refusals]->evidence);
                free(result->refusals[result->n_refusals]);
        }
        free(result->refusals);
}
