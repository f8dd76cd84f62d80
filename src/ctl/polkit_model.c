/* From the policy's rules to what has to be asked of them for each request. */
#include "polkit.h"

/* ---- Questions ---------------------------------------------------------------------------------------------- */

int polkit_command(const struct policy *policy, const char *name)
{
        for (size_t i = 0; i < policy_n_commands(policy); i++) {
                const struct command_preset *preset = policy_command_preset(policy, i);

                if (preset && streq(command_preset_name(preset), name))
                        return (int)i;
        }
        return -ENOENT;
}

/* The conditions on all but unit and actor, by the daemon's own code. */
static bool rule_may_apply(const struct polkit_model *model, const struct polkit_question *question,
                           const struct rule *rule)
{
        const struct access access = {
                .operation = OPERATION_EXEC,
                .zone = ZONE_UNPLACED,
                .path = "",
                .unit = "",
                .command = policy_command_name(model->policy, question->command),
                .verb = question->verb,
                .verb_class = question->verb_class,
                .scope = command_scope_name(COMMAND_SYSTEM),
                .unit_unknown = true,
        };
        const char *obstacle = rule_obstacle(model->policy, rule, &access);

        if (rule->paths.n || (rule->units.n && question->unit == POLKIT_UNIT_NONE))
                return false;
        return !obstacle || streq(obstacle, "unit") || streq(obstacle, "actor");
}

static bool rule_is_for_somebody(const struct policy *policy, const struct rule *rule)
{
        for (size_t i = 0; i < policy->n_actors; i++)
                if (rule->actors & (UINT64_C(1) << i) && polkit_knowledge_of(&policy->actors[i]) != POLKIT_RULES_OUT)
                        return true;
        return !rule->actors;
}

static int find_rules(struct polkit_model *model, struct polkit_question *question)
{
        const struct policy *policy = model->policy;

        for (size_t i = 0; i < policy->n_rules && !question->decided; i++) {
                const struct rule *rule = &policy->rules[i];
                size_t *used;

                if (!rule_may_apply(model, question, rule) || !rule_is_for_somebody(policy, rule))
                        continue;
                used = array_grow(&question->rules, &question->n_rules, sizeof *used);
                if (!used)
                        return -ENOMEM;
                *used = i;
                model->rules_used[i] = true;
                question->decided = !rule->actors && !rule->units.n;
        }
        return 0;
}

/* The index of the question, made when it is new. */
static int question_get(struct polkit_model *model, const struct polkit_question *wanted)
{
        struct polkit_question *question;

        for (size_t i = 0; i < model->n_questions; i++) {
                question = &model->questions[i];
                if (streq(question->asks, wanted->asks) && question->unit == wanted->unit &&
                    streq(question->verb_class ?: "", wanted->verb_class ?: ""))
                        return (int)i;
        }
        question = array_grow(&model->questions, &model->n_questions, sizeof *question);
        if (!question)
                return -ENOMEM;
        *question = *wanted;
        question->asks = strdup(wanted->asks);
        if (question->asks && wanted->verb) /* the other one is in words that go */
                question->verb = question->asks + strlen(question->asks) - strlen(wanted->verb);
        if (!question->asks || find_rules(model, question) < 0)
                return -ENOMEM;
        return (int)(model->n_questions - 1);
}

/* ---- Doors -------------------------------------------------------------------------------------------------- */

static bool callers_add(struct id_list *to, const struct id_list *ids)
{
        for (size_t i = 0; i < ids->n; i++)
                if (ids->ids[i] != 0 && ids->ids[i] != (id_t)-1 && !id_list_has(to, ids->ids[i]) &&
                    !id_list_add(to, ids->ids[i]))
                        return false;
        return true;
}

/* Of several conditions one is enough: polkit knows the others. */
static bool callers_add_actor(struct polkit_callers *callers, const struct actor_class *actor_class)
{
        if (polkit_knowledge_of(actor_class) != POLKIT_KNOWS)
                return true;
        if (actor_class->uids.given)
                return callers_add(&callers->users, &actor_class->uids);
        if (actor_class->login_uids.given)
                return callers_add(&callers->users, &actor_class->login_uids);
        if (actor_class->login_group_uids.given)
                return callers_add(&callers->users, &actor_class->login_group_uids);
        if (actor_class->groups.given)
                return callers_add(&callers->groups, &actor_class->groups);
        if (actor_class->gids.given)
                return callers_add(&callers->groups, &actor_class->gids);
        callers->everybody = true;
        return true;
}

static bool callers_add_rule(struct polkit_callers *callers, const struct policy *policy, const struct rule *rule)
{
        if (!rule->actors)
                callers->everybody = true;
        for (size_t i = 0; i < policy->n_actors; i++)
                if (rule->actors & (UINT64_C(1) << i) && !callers_add_actor(callers, &policy->actors[i]))
                        return false;
        return true;
}

static bool default_permits(const struct policy *policy)
{
        return policy->settings.default_outcome == OUTCOME_ALLOW;
}

/* All whom some rule may permit it. */
static bool callers_of(const struct polkit_model *model, const struct polkit_question *question,
                       struct polkit_callers *callers)
{
        for (size_t i = 0; i < question->n_rules; i++) {
                const struct rule *rule = &model->policy->rules[question->rules[i]];

                if (rule->outcome != OUTCOME_ALLOW || (rule->units.n && question->unit != POLKIT_UNIT_GIVEN))
                        continue;
                if (!callers_add_rule(callers, model->policy, rule))
                        return false;
        }
        callers->everybody |= !question->decided && default_permits(model->policy);
        return true;
}

static void callers_done(struct polkit_callers *callers)
{
        id_list_done(&callers->users);
        id_list_done(&callers->groups);
        *callers = (struct polkit_callers){ 0 };
}

static bool callers_are_fewer(const struct polkit_callers *a, const struct polkit_callers *b)
{
        if (a->everybody || b->everybody)
                return !a->everybody;
        return a->users.n + a->groups.n < b->users.n + b->groups.n;
}

static int door_get(struct polkit_model *model, const struct polkit_method *methods)
{
        struct polkit_door *door;

        for (size_t i = 0; i < model->n_doors; i++)
                if (streq(model->doors[i].methods->member, methods->member))
                        return (int)i;
        door = array_grow(&model->doors, &model->n_doors, sizeof *door);
        if (!door)
                return -ENOMEM;
        door->methods = methods;
        door->callers.everybody = true;
        return (int)(model->n_doors - 1);
}

/* Whoever wants to go through needs all that is behind the door: the fewest decide. */
static int door_narrow(struct polkit_model *model, struct polkit_door *door, const struct polkit_answer *answer)
{
        for (size_t i = 0; i < answer->n_questions; i++) {
                struct polkit_callers callers = { 0 };

                if (!callers_of(model, &model->questions[answer->questions[i]], &callers)) {
                        callers_done(&callers);
                        return -ENOMEM;
                }
                if (callers_are_fewer(&callers, &door->callers)) {
                        callers_done(&door->callers);
                        door->callers = callers;
                } else {
                        callers_done(&callers);
                }
        }
        return 0;
}

/* ---- Answers ------------------------------------------------------------------------------------------------ */

#define WORDS_MAX 8

static void parse_command(const struct command_preset *preset, const struct polkit_request *request,
                          char words[static WORDS_MAX][64], struct command_request *ret)
{
        char *argv[WORDS_MAX + 1] = { NULL };
        int argc = 0;

        for (; request->command[argc] && argc < WORDS_MAX; argc++) {
                (void)string_copy(words[argc], sizeof words[argc], request->command[argc]);
                argv[argc] = words[argc];
        }
        command_parse(preset, argc, argv, NULL, ret);
}

static int answer_ask_verb(struct polkit_model *model, struct polkit_answer *answer, size_t command, const char *verb,
                           const char *verb_class)
{
        const char *name = command_preset_name(policy_command_preset(model->policy, command));
        _cleanup_free_ char *asks = verb ? format("%s %s", name, verb) : format("%s", name);
        const struct polkit_question question = {
                .asks = asks,
                .verb = verb,
                .verb_class = verb_class,
                .command = command,
                .unit = answer->request->unit,
        };
        int r = asks ? question_get(model, &question) : -ENOMEM;

        if (r < 0)
                return r;
        answer->questions[answer->n_questions++] = (size_t)r;
        return 0;
}

static int answer_ask(struct polkit_model *model, struct polkit_answer *answer, size_t command)
{
        struct command_request *parsed = calloc(1, sizeof *parsed);
        char words[WORDS_MAX][64];
        int r = parsed ? 0 : -ENOMEM;

        if (parsed)
                parse_command(policy_command_preset(model->policy, command), answer->request, words, parsed);
        if (parsed && (parsed->unclear || !parsed->n_verbs))
                r = answer_ask_verb(model, answer, command, NULL, NULL);
        for (size_t i = 0; r == 0 && !parsed->unclear && i < parsed->n_verbs; i++)
                r = answer_ask_verb(model, answer, command, parsed->verbs[i].name,
                                    verb_class_name(parsed->verbs[i].verb_class));
        free(parsed);
        return r;
}

static int answer_add(struct polkit_model *model, const struct polkit_request *request)
{
        int command = polkit_command(model->policy, request->command[0]);
        struct polkit_answer *answer;
        int r;

        if (command < 0)
                return 0; /* it is not gated: there is nothing to say of it */
        answer = array_grow(&model->answers, &model->n_answers, sizeof *answer);
        if (!answer)
                return -ENOMEM;
        answer->request = request;
        answer->door = -1;
        r = answer_ask(model, answer, (size_t)command);
        if (r < 0 || !request->methods)
                return r;
        answer->door = door_get(model, request->methods);
        return answer->door < 0 ? answer->door : door_narrow(model, &model->doors[answer->door], answer);
}

int polkit_model_make(struct polkit_model *model, const struct policy *policy)
{
        const struct polkit_request *request;
        int r = 0;

        *model = (struct polkit_model){ .policy = policy };
        for (size_t i = 0; r == 0 && (request = polkit_request_at(i)); i++)
                r = answer_add(model, request);
        return r == 0 ? polkit_model_note(model) : r;
}

void polkit_model_done(struct polkit_model *model)
{
        for (size_t i = 0; i < model->n_questions; i++) {
                free(model->questions[i].asks);
                free(model->questions[i].rules);
        }
        for (size_t i = 0; i < model->n_doors; i++)
                callers_done(&model->doors[i].callers);
        for (size_t i = 0; i < model->n_notes; i++)
                free(model->notes[i].text);
        free(model->questions);
        free(model->doors);
        free(model->answers);
        free(model->notes);
        *model = (struct polkit_model){ 0 };
}
