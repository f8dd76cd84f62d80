/* Gated commands: rules that ask for what no command has, and commands that no rule is about. */
#include "unitward/command.h"
#include "unitward/glob.h"

#include "lint.h"

#define EXPECTED_VERB "expected one of its own, or a class such as \"@control\""

static bool is_gated(const struct policy *policy, const char *pattern)
{
        for (size_t i = 0; i < policy->n_commands; i++)
                if (glob_match(pattern, policy->commands[i].name))
                        return true;
        return false;
}

static void lint_names(struct lint *lint, const struct rule *rule)
{
        for (size_t i = 0; i < rule->commands.n; i++) {
                const char *pattern = rule->commands.items[i];

                if (!is_gated(lint->policy, pattern))
                        find_fault_of(lint, false, rule->position, rule->id,
                                      format("command \"%s\" is not gated, nobody who runs it is asked; expected one "
                                             "that \"commands\" names",
                                             pattern));
        }
}

/* Counts the rule's commands, and tells the last of them; false when one of them can have the verb. */
static bool lacks_verb(const struct policy *policy, const struct rule *rule, const char *pattern, size_t *ret_n,
                       const char **ret_command)
{
        size_t n = 0;

        for (size_t i = 0; i < policy->n_commands; i++) {
                const struct gated_command *command = &policy->commands[i];

                if (!rule_is_about_command(rule, command->name))
                        continue;
                if (!command->preset || command_preset_has_verb(command->preset, pattern))
                        return false;
                *ret_command = command->name;
                n++;
        }
        *ret_n = n;
        return n > 0;
}

static void lint_verbs(struct lint *lint, const struct rule *rule)
{
        for (size_t i = 0; i < rule->verbs.n; i++) {
                const char *pattern = rule->verbs.items[i], *command;
                size_t n;

                if (!lacks_verb(lint->policy, rule, pattern, &n, &command))
                        continue;
                find_fault_of(lint, false, rule->position, rule->id,
                              format(n == 1 ? "%s has no verb \"%s\"; " EXPECTED_VERB
                                            : "%.0sno command of it has the verb \"%s\"; " EXPECTED_VERB,
                                     command, pattern));
        }
}

/* What systemd writes for its runs is let pass: whoever can change the program has that for the asking. */
static void lint_clients(struct lint *lint, const struct rule *rule)
{
        for (size_t i = 0; i < lint->policy->n_commands; i++) {
                const struct gated_command *command = &lint->policy->commands[i];

                if (!(rule->clients & (UINT64_C(1) << i)) || rule->outcome != OUTCOME_ALLOW)
                        continue;
                for (size_t j = 0; j < command->programs.n; j++)
                        if (command->programs.items[j].unsafe)
                                find_fault_of(lint, true, rule->position, rule->id,
                                              format("client \"%s\" is not to be believed: %s", command->name,
                                                     command->programs.items[j].unsafe));
        }
}

static bool is_decided(const struct policy *policy, const char *command)
{
        for (size_t i = 0; i < policy->n_rules; i++)
                if (policy->rules[i].operations & OPERATION_BIT(OPERATION_EXEC) &&
                    rule_is_about_command(&policy->rules[i], command))
                        return true;
        return false;
}

/* Which of the commands before has the program too; the first one's rules count. */
static const struct gated_command *find_earlier(const struct policy *policy, size_t index,
                                                const struct executable *executable)
{
        for (size_t i = 0; i < index; i++)
                for (size_t j = 0; j < executable->n_ids; j++)
                        if (programs_have(&policy->commands[i].programs, executable->ids[j]))
                                return &policy->commands[i];
        return NULL;
}

static void lint_programs(struct lint *lint, size_t index)
{
        const struct gated_command *command = &lint->policy->commands[index];

        for (size_t i = 0; i < command->programs.n; i++) {
                const struct gated_command *earlier = find_earlier(lint->policy, index, &command->programs.items[i]);

                if (earlier)
                        find_fault_of(lint, false, command->position, command->name,
                                      format("\"%s\" is a program of the command \"%s\" already: it is decided as that "
                                             "one; expected it in one of them",
                                             command->programs.items[i].path, earlier->name));
        }
}

void lint_commands(struct lint *lint)
{
        const struct policy *policy = lint->policy;

        for (size_t i = 0; i < policy->n_rules; i++) {
                lint_names(lint, &policy->rules[i]);
                lint_verbs(lint, &policy->rules[i]);
                lint_clients(lint, &policy->rules[i]);
        }
        for (size_t i = 0; i < policy->n_commands; i++) {
                const struct gated_command *command = &policy->commands[i];

                lint_programs(lint, i);
                if (policy->settings.default_outcome != OUTCOME_ALLOW && !is_decided(policy, command->name))
                        find_fault(lint, false, command->position, command->name,
                                   "no rule is about this command: nobody may run it; expected one that allows");
        }
}
