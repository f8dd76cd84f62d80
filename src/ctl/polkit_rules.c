/* The rules file: the policy as data, and the engine that decides by it. */
#include "polkit.h"

static const char *word(bool value)
{
        return value ? "true" : "false";
}

/* ---- Lists -------------------------------------------------------------------------------------------------- */

static void put_patterns(FILE *out, const struct string_list *list)
{
        fputc('[', out);
        for (size_t i = 0; i < list->n; i++) {
                fputs(i ? ", \"" : "\"", out);
                polkit_script_bytes(out, list->items[i]);
                fputc('"', out);
        }
        fputc(']', out);
}

static bool put_names(FILE *out, const struct id_list *list, char *(*name_of)(id_t id), const char **ret_why)
{
        bool ok = true, first = true;

        fputc('[', out);
        for (size_t i = 0; ok && i < list->n; i++) {
                _cleanup_free_ char *name = list->ids[i] == (id_t)-1 ? NULL : name_of(list->ids[i]);

                if (list->ids[i] == (id_t)-1)
                        continue; /* no login: of that polkit knows nothing */
                fputs(first ? "\"" : ", \"", out);
                first = false;
                ok = name && polkit_script_text(out, name);
                if (name && !ok)
                        *ret_why = "a user or group that the policy means has a name that polkit cannot be told";
                fputc('"', out);
        }
        fputc(']', out);
        return ok;
}

static bool put_lists(FILE *out, const char *key, const struct id_list *const lists[2], char *(*name_of)(id_t id),
                      const char **ret_why)
{
        bool ok = true, first = true;

        if (!lists[0]->given && !lists[1]->given)
                return true;
        fprintf(out, ", %s: [", key);
        for (size_t i = 0; ok && i < 2; i++) {
                if (!lists[i]->given)
                        continue;
                fputs(first ? "" : ", ", out);
                first = false;
                ok = put_names(out, lists[i], name_of, ret_why);
        }
        fputc(']', out);
        return ok;
}

/* ---- Actors ------------------------------------------------------------------------------------------------- */

static bool has_pattern(const struct string_list *list, const char *pattern)
{
        for (size_t i = 0; i < list->n; i++)
                if (streq(list->items[i], pattern) || streq(list->items[i], "*"))
                        return true;
        return false;
}

/* What polkit calls in a session is in session-N.scope, or in what the user's manager runs while he is logged in. */
static bool covers_sessions(const struct string_list *units)
{
        return has_pattern(units, "session-*.scope") && has_pattern(units, "user@*.service");
}

static bool put_actor(FILE *out, const struct actor_class *actor_class, const char **ret_why)
{
        bool ok = true;

        fprintf(out, "        { name: \"%s\"", actor_class->name);
        if (polkit_knowledge_of(actor_class) == POLKIT_GUESSES)
                fputs(", unseen: true", out);
        if (actor_class->uids.given) {
                fputs(", users: ", out);
                ok = put_names(out, &actor_class->uids, polkit_user_name, ret_why);
        }
        ok = ok &&
             put_lists(out, "groups", (const struct id_list *const[]){ &actor_class->gids, &actor_class->groups },
                       polkit_group_name, ret_why) &&
             put_lists(out, "logins",
                       (const struct id_list *const[]){ &actor_class->login_uids, &actor_class->login_group_uids },
                       polkit_user_name, ret_why);
        if (actor_class->units.n) {
                fputs(", units: ", out);
                put_patterns(out, &actor_class->units);
                if (covers_sessions(&actor_class->units))
                        fputs(", sessions: true", out);
                if (actor_class->descendants)
                        fputs(", descendants: true", out);
        }
        fputs(" }", out);
        return ok;
}

static bool put_actors(FILE *out, const struct policy *policy, const char **ret_why)
{
        fputs("    var actors = [\n", out);
        for (size_t i = 0; i < policy->n_actors; i++) {
                const struct actor_class *actor_class = &policy->actors[i];

                if (polkit_knowledge_of(actor_class) == POLKIT_RULES_OUT)
                        fprintf(out, "        null /* %s: root, or nobody here */", actor_class->name);
                else if (!put_actor(out, actor_class, ret_why))
                        return false;
                fprintf(out, "%s // %zu\n", i + 1 < policy->n_actors ? "," : "", i);
        }
        fputs("    ];\n\n", out);
        return true;
}

/* ---- Rules, questions, requests ----------------------------------------------------------------------------- */

static void put_rule(FILE *out, const struct policy *policy, const struct rule *rule)
{
        bool first = true;

        fprintf(out, "{ id: \"%s\", permits: %s", rule->id, word(rule->outcome == OUTCOME_ALLOW));
        if (rule->actors) {
                fputs(", actors: [", out);
                for (size_t i = 0; i < policy->n_actors; i++) {
                        if (!(rule->actors & (UINT64_C(1) << i)) ||
                            polkit_knowledge_of(&policy->actors[i]) == POLKIT_RULES_OUT)
                                continue;
                        fprintf(out, "%s%zu", first ? "" : ", ", i);
                        first = false;
                }
                fputc(']', out);
        }
        if (rule->units.n) {
                fputs(", units: ", out);
                put_patterns(out, &rule->units);
        }
        fputs(" }", out);
}

/* Indices into the policy's rules become indices into those that are written. */
static void number_rules(const struct polkit_model *model, size_t numbers[static POLICY_RULES_MAX])
{
        size_t n = 0;

        for (size_t i = 0; i < model->policy->n_rules; i++)
                numbers[i] = model->rules_used[i] ? n++ : 0;
}

static void put_rules(FILE *out, const struct polkit_model *model)
{
        const char *separator = "        ";

        fputs("    var rules = [\n", out);
        for (size_t i = 0; i < model->policy->n_rules; i++) {
                if (!model->rules_used[i])
                        continue;
                fputs(separator, out);
                put_rule(out, model->policy, &model->policy->rules[i]);
                separator = ",\n        ";
        }
        fputs("\n    ];\n\n", out);
}

static const char *unit_word(enum polkit_unit unit)
{
        static const char *const words[] = {
                [POLKIT_UNIT_NONE] = "none",
                [POLKIT_UNIT_GIVEN] = "given",
                [POLKIT_UNIT_UNKNOWN] = "unknown",
        };

        return words[unit];
}

static void put_questions(FILE *out, const struct polkit_model *model, const size_t numbers[static POLICY_RULES_MAX])
{
        fputs("    var questions = [\n", out);
        for (size_t i = 0; i < model->n_questions; i++) {
                const struct polkit_question *question = &model->questions[i];

                fputs("        { asks: \"", out);
                polkit_script_bytes(out, question->asks);
                fprintf(out, "\", unit: \"%s\", rules: [", unit_word(question->unit));
                for (size_t j = 0; j < question->n_rules; j++)
                        fprintf(out, "%s%zu", j ? ", " : "", numbers[question->rules[j]]);
                fprintf(out, "] }%s // %zu\n", i + 1 < model->n_questions ? "," : "", i);
        }
        fputs("    ];\n\n", out);
}

static bool put_doors(FILE *out, const struct polkit_model *model, const char **ret_why)
{
        bool ok = true;

        fputs("    var doors = [\n", out);
        for (size_t i = 0; ok && i < model->n_doors; i++) {
                const struct polkit_callers *callers = &model->doors[i].callers;

                fprintf(out, "        { everybody: %s, users: ", word(callers->everybody));
                ok = put_names(out, &callers->users, polkit_user_name, ret_why);
                fputs(", groups: ", out);
                ok = ok && put_names(out, &callers->groups, polkit_group_name, ret_why);
                fprintf(out, " }%s // %zu: %s\n", i + 1 < model->n_doors ? "," : "", i,
                        model->doors[i].methods->member);
        }
        fputs("    ];\n\n", out);
        return ok;
}

static void put_requests(FILE *out, const struct polkit_model *model)
{
        fputs("    var requests = [\n", out);
        for (size_t i = 0; i < model->n_answers; i++) {
                const struct polkit_answer *answer = &model->answers[i];

                fprintf(out, "        { action: \"%s\"", answer->request->action);
                if (answer->request->detail)
                        fprintf(out, ", verb: \"%s\"", answer->request->detail);
                if (answer->door >= 0)
                        fprintf(out, ", door: %d", answer->door);
                if (answer->request->methods && streq(answer->request->methods->member, "StartTransientUnit"))
                        fputs(", transient: true", out);
                fputs(", questions: [", out);
                for (size_t j = 0; j < answer->n_questions; j++)
                        fprintf(out, "%s%zu", j ? ", " : "", answer->questions[j]);
                fprintf(out, "] }%s\n", i + 1 < model->n_answers ? "," : "");
        }
        fputs("    ];\n", out);
}

/* ---- The file ----------------------------------------------------------------------------------------------- */

static void put_head(FILE *out, const struct polkit_model *model)
{
        const struct policy *policy = model->policy;

        fprintf(out,
                "// Made by unitward from its policy; do not edit: unitward polkit --install makes it anew, --check "
                "says\n"
                "// whether it is current. See unitward(1).\n"
                "// policy digest: %s\n",
                policy_digest(policy));
        if (policy->settings.mode != MODE_ENFORCE)
                fputs("// The policy's mode is \"audit\": nothing is refused, what would be is logged.\n", out);
        fputs("//\n// It only ever refuses. What it does not refuse is left to polkit's own defaults.\n", out);
        if (model->n_answers == 0)
                fputs("// The policy gates neither systemctl nor systemd-run nor loginctl: there is nothing to "
                      "refuse.\n",
                      out);
        for (size_t i = 0; i < model->n_notes; i++)
                fprintf(out, "// Rule \"%s\" %s.\n", model->notes[i].rule->id, model->notes[i].text);
        fputs("\n(function () {\n    \"use strict\";\n\n", out);
}

/* Who has uid 0, and what counts where no rule does. */
static bool put_settings(FILE *out, const struct polkit_model *model, const char **ret_why)
{
        const struct policy *policy = model->policy;
        _cleanup_free_ char *root = polkit_user_name(0);
        bool ok;

        if (!root)
                return false;
        fputs("    var root = \"", out);
        ok = polkit_script_text(out, root);
        if (!ok)
                *ret_why = "the user 0 has a name that polkit cannot be told";
        fprintf(out, "\";\n    var enforce = %s;\n    var permitsByDefault = %s;\n    var gatesSystemctl = %s;\n\n",
                word(policy->settings.mode == MODE_ENFORCE), word(policy->settings.default_outcome == OUTCOME_ALLOW),
                word(polkit_command(policy, "systemctl") >= 0));
        return ok;
}

char *polkit_rules_text(const struct polkit_model *model, const char **ret_why)
{
        size_t numbers[POLICY_RULES_MAX], size;
        char *text = NULL;
        FILE *out = open_memstream(&text, &size);
        bool ok;

        *ret_why = NULL;
        if (!out)
                return NULL;
        number_rules(model, numbers);
        put_head(out, model);
        ok = put_settings(out, model, ret_why) && put_actors(out, model->policy, ret_why);
        put_rules(out, model);
        put_questions(out, model, numbers);
        ok = ok && put_doors(out, model, ret_why);
        put_requests(out, model);
        fputs(polkit_engine, out);
        fputs("}());\n", out);
        ok = !ferror(out) && ok;
        if (fclose(out) == 0 && ok)
                return text;
        free(text);
        return NULL;
}
