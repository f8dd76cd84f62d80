/* What is lost between the policy and polkit: which rules cannot be said there, and what that means. */
#include <stdarg.h>

#include "polkit.h"

_printf_(3, 4) static int note_add(struct polkit_model *model, const struct rule *rule, const char *fmt, ...)
{
        struct polkit_note *note = array_grow(&model->notes, &model->n_notes, sizeof *note);
        va_list arguments;
        int length;

        if (!note)
                return -ENOMEM;
        note->rule = rule;
        va_start(arguments, fmt);
        length = vasprintf(&note->text, fmt, arguments);
        va_end(arguments);
        if (length >= 0)
                return 0;
        model->n_notes--;
        return -ENOMEM;
}

/* What a refusing rule asks of an actor that polkit cannot rule out. */
static const char *doubtful(const struct actor_class *actor_class, char *buffer, size_t size)
{
        if (polkit_knowledge_of(actor_class) == POLKIT_GUESSES)
                return polkit_unseen(actor_class, buffer, size);
        if (actor_class->login_uids.given || actor_class->login_group_uids.given)
                return "its login";
        return actor_class->units.n ? "unit" : NULL;
}

static int note_actor(struct polkit_model *model, const struct rule *rule, const struct actor_class *actor_class)
{
        char buffer[32];
        const char *what;

        if (polkit_knowledge_of(actor_class) == POLKIT_RULES_OUT)
                return 0;
        if (rule->outcome != OUTCOME_ALLOW) {
                what = doubtful(actor_class, buffer, sizeof buffer);
                return what ? note_add(model, rule,
                                       "refuses \"%s\" by %s, which polkit cannot be sure of: whoever may be meant is "
                                       "refused",
                                       actor_class->name, what)
                            : 0;
        }
        if (polkit_knowledge_of(actor_class) == POLKIT_GUESSES)
                return note_add(model, rule,
                                "permits \"%s\" by %s, which polkit cannot see: it permits them nothing here",
                                actor_class->name, polkit_unseen(actor_class, buffer, sizeof buffer));
        return 0;
}

static bool is_asked_without_unit(const struct polkit_model *model, size_t rule)
{
        for (size_t i = 0; i < model->n_questions; i++) {
                const struct polkit_question *question = &model->questions[i];

                for (size_t j = 0; j < question->n_rules; j++)
                        if (question->rules[j] == rule && question->unit == POLKIT_UNIT_UNKNOWN)
                                return true;
        }
        return false;
}

static int note_units(struct polkit_model *model, size_t index)
{
        const struct rule *rule = &model->policy->rules[index];

        if (!rule->units.n || !is_asked_without_unit(model, index))
                return 0;
        return note_add(model, rule,
                        rule->outcome == OUTCOME_ALLOW
                                ? "names units, which systemd does not tell polkit when unit files are changed or "
                                  "transient units made: it permits none of that here"
                                : "names units, which systemd does not tell polkit when unit files are changed or "
                                  "transient units made: it refuses all of that here");
}

int polkit_model_note(struct polkit_model *model)
{
        const struct policy *policy = model->policy;
        int r = 0;

        for (size_t i = 0; r == 0 && i < policy->n_rules; i++) {
                if (!model->rules_used[i])
                        continue;
                for (size_t j = 0; r == 0 && j < policy->n_actors; j++)
                        if (policy->rules[i].actors & (UINT64_C(1) << j))
                                r = note_actor(model, &policy->rules[i], &policy->actors[j]);
                if (r == 0)
                        r = note_units(model, i);
        }
        return r;
}
