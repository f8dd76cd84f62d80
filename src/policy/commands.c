/* Gated commands as the policy describes them: which programs they are, and who can read their words. */
#include <stddef.h>

#include "unitward/command.h"
#include "unitward/glob.h"

#include "loader.h"

static void complain_preset(struct loader *loader, const config_setting_t *value, const char *name)
{
        _cleanup_free_ char *list = strdup("");
        const struct command_preset *preset;

        for (size_t i = 0; list && (preset = command_preset_at(i)); i++) {
                char *longer = format("%s%s\"%s\"", list, i ? ", " : "", command_preset_name(preset));

                free(list);
                list = longer;
        }
        complain(loader, value, "\"%s\" is no preset; expected one of %s, or exe alone", name, list ? list : "");
}

static void parse_preset(struct loader *loader, const config_setting_t *value, const struct setting *setting,
                         void *field)
{
        const char *name = value_string(loader, value);
        const struct command_preset *preset = name ? command_preset_find(name) : NULL;

        (void)setting;
        if (preset)
                *(const struct command_preset **)field = preset;
        else if (name)
                complain_preset(loader, value, name);
}

static const struct setting command_settings[] = {
        { .name = "preset", .parse = parse_preset, .offset = offsetof(struct gated_command, preset) },
        { .name = "exe", .parse = parse_gated_programs, .offset = offsetof(struct gated_command, programs) },
        { 0 },
};

/* One program under many names: to ask whoever runs it would be to ask whoever runs any of them. */
static bool is_many_programs(const struct executable *executable)
{
        return executable->canonical &&
               (ends_with(executable->canonical, "/busybox") || ends_with(executable->canonical, "/toybox"));
}

static void leave_out_many(struct loader *loader, const config_setting_t *group, struct programs *programs)
{
        size_t kept = 0;

        for (size_t i = 0; i < programs->n; i++) {
                struct executable *executable = &programs->items[i];

                if (!is_many_programs(executable)) {
                        programs->items[kept++] = *executable;
                        continue;
                }
                warn(loader, group, "\"%s\" is %s, as many other programs are: it is not gated", executable->path,
                     executable->canonical);
                executable_done(executable);
        }
        programs->n = kept;
}

/* "exe" says where the programs are on this machine: instead of where the preset has them. */
static void settle_programs(struct loader *loader, const config_setting_t *group, struct gated_command *command)
{
        bool has_exe = config_setting_get_member(group, "exe");
        const config_setting_t *preset = config_setting_get_member(group, "preset");

        if (!has_exe && !preset)
                complain(loader, group, "has no programs; expected preset, exe or both");
        if (!has_exe && command->preset)
                for (const char *const *path = command_preset_programs(command->preset); *path; path++)
                        programs_add_gated(loader, preset, &command->programs, *path);
        leave_out_many(loader, group, &command->programs);
}

static void parse_command(struct loader *loader, const config_setting_t *group)
{
        struct policy *policy = loader->policy;
        const char *name = config_setting_name(group);
        int taken = policy_command_index(policy, name);
        struct gated_command *command;

        if (!name_is_free(loader, group, name, taken < 0 ? NULL : &policy->commands[taken].position))
                return;
        if (policy->n_commands == POLICY_COMMANDS_MAX) {
                complain(loader, group, "is one command too many; expected at most %d", POLICY_COMMANDS_MAX);
                return;
        }
        command = array_grow(&policy->commands, &policy->n_commands, sizeof *command);
        if (!command) {
                loader->out_of_memory = true;
                return;
        }
        (void)string_copy(command->name, sizeof command->name, name);
        command->position = position_of(loader, group);
        group_parse(loader, group, command_settings, command);
        if (config_setting_is_group(group))
                settle_programs(loader, group, command);
}

void parse_commands(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        (void)setting;
        (void)field;
        members_each(loader, value, parse_command);
}

int policy_command_index(const struct policy *policy, const char *name)
{
        for (size_t i = 0; i < policy->n_commands; i++)
                if (streq(policy->commands[i].name, name))
                        return (int)i;
        return -ENOENT;
}

size_t policy_n_commands(const struct policy *policy)
{
        return policy->n_commands;
}

const char *policy_command_name(const struct policy *policy, size_t index)
{
        return policy->commands[index].name;
}

const struct command_preset *policy_command_preset(const struct policy *policy, size_t index)
{
        return policy->commands[index].preset;
}

const char *policy_command_program(const struct policy *policy, size_t index, size_t program)
{
        const struct programs *programs = &policy->commands[index].programs;

        return program < programs->n ? programs->items[program].path : NULL;
}

int policy_command_of(const struct policy *policy, struct file_id program)
{
        for (size_t i = 0; i < policy->n_commands; i++)
                if (programs_have(&policy->commands[i].programs, program))
                        return (int)i;
        return -ENOENT;
}

bool rule_is_about_command(const struct rule *rule, const char *command)
{
        return !rule->commands.n || (command && string_list_matches(&rule->commands, glob_match, command));
}
