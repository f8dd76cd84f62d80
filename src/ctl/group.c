#include "unitward/ctl.h"

struct invocation {
        const struct ctl_group *group;
        const struct ctl_command *command;
        int argc;
        char **argv; /* from the command's name on */
};

static const struct ctl_command *command_find(const struct ctl_group *group, const char *name)
{
        for (const struct ctl_command *command = group->commands; command->name; command++)
                if (streq(command->name, name))
                        return command;
        return NULL;
}

static error_t parse_group(int key, char *arg, struct argp_state *state)
{
        struct invocation *invocation = state->input;

        (void)arg;
        switch (key) {
        case ARGP_KEY_ARGS: /* what follows the command's name is for the command to parse */
                invocation->argv = state->argv + state->next;
                invocation->argc = state->argc - state->next;
                invocation->command = command_find(invocation->group, invocation->argv[0]);
                if (!invocation->command)
                        argp_error(state, "there is no command \"%s\"", invocation->argv[0]);
                return 0;
        case ARGP_KEY_NO_ARGS:
                argp_error(state, "a command is missing");
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static char *print_commands(const struct ctl_group *group)
{
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        if (!out)
                return NULL;
        fputs("Commands:\n", out);
        for (const struct ctl_command *command = group->commands; command->name; command++)
                fprintf(out, "  %-12s %s\n", command->name, command->summary);
        fputs("\nExit status: 0 ok, 1 finding or refused, 2 usage, 3 the daemon cannot be reached.", out);
        (void)fclose(out);
        return text;
}

static char *help_filter(int key, const char *text, void *input)
{
        const struct invocation *invocation = input;

        if (key == ARGP_KEY_HELP_POST_DOC && invocation)
                return print_commands(invocation->group);
        return (char *)(uintptr_t)text; /* argp's way to hear "unchanged" */
}

int ctl_group_run(const struct ctl_group *group, int argc, char **argv)
{
        struct invocation invocation = { .group = group };
        _cleanup_free_ char *name = NULL;
        const struct argp parser = {
                .parser = parse_group,
                .args_doc = "COMMAND [ARGUMENT...]",
                .doc = group->doc,
                .children = ctl_socket_children,
                .help_filter = help_filter,
        };

        if (argp_parse(&parser, argc, argv, ARGP_IN_ORDER, NULL, &invocation) != 0)
                return CTL_USAGE;
        name = format("%s %s", group->name, invocation.command->name);
        if (name)
                invocation.argv[0] = name; /* what argp calls the program in its messages */
        ctl_set_example(invocation.command->example);
        return invocation.command->run(invocation.argc, invocation.argv);
}
