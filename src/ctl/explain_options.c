#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include "explain.h"

enum key {
        KEY_EXE = 0x100,
        KEY_UID,
        KEY_GID,
        KEY_GROUP,
        KEY_LOGIN_UID,
        KEY_LABEL,
        KEY_ACTOR_UNIT,
        KEY_DESCENDANT_OF,
        KEY_MANAGER,
        KEY_USER_MANAGER,
        KEY_UNKNOWN,
        KEY_OPERATION,
        KEY_UNIT,
        KEY_CLIENT,
        KEY_COMMAND,
        KEY_VARIABLE,
        KEY_POLICY,
        KEY_REPLAY,
};

static const struct argp_option option_table[] = {
        { NULL, 0, NULL, 0, "Who:", 1 },
        { "exe", KEY_EXE, "PROGRAM", 0, "The program that runs", 1 },
        { "uid", KEY_UID, "USER", 0, "Its effective user (default root)", 1 },
        { "gid", KEY_GID, "GROUP", 0, "Its effective group", 1 },
        { "group", KEY_GROUP, "GROUP", 0, "A supplementary group; may be repeated", 1 },
        { "login-uid", KEY_LOGIN_UID, "USER", 0, "Who logged in (default nobody)", 1 },
        { "label", KEY_LABEL, "LABEL", 0, "Its security label", 1 },
        { "actor-unit", KEY_ACTOR_UNIT, "UNIT", 0, "The systemd unit that it runs in", 1 },
        { "descendant-of", KEY_DESCENDANT_OF, "PROGRAM", 0, "The program of its parent; repeated, of that one's parent",
          1 },
        { "manager", KEY_MANAGER, NULL, 0, "It is systemd, PID 1", 1 },
        { "user-manager", KEY_USER_MANAGER, NULL, 0, "It is systemd --user", 1 },
        { "unknown", KEY_UNKNOWN, NULL, 0, "It is gone, nothing is known of it", 1 },
        { NULL, 0, NULL, 0, "Does what:", 2 },
        { "op", KEY_OPERATION, "OPERATION", 0,
          "create, modify, remove, rename, link, enable, mask, read, load, transient, approve or mount", 2 },
        { "unit", KEY_UNIT, "UNIT", 0, "The unit it is about (default what PATH tells)", 2 },
        { "client", KEY_CLIENT, "COMMAND", 0, "It is done for a permitted run of this gated command", 2 },
        { "command", KEY_COMMAND, "LINE", 0,
          "Runs this, quoted as for a shell, instead of --op and PATH; or write it after --. With --op read: opens its "
          "program",
          2 },
        { "env", KEY_VARIABLE, "NAME=VALUE", 0, "A variable in the command's environment; may be repeated", 2 },
        { NULL, 0, NULL, 0, "Or what is recorded:", 3 },
        { "replay", KEY_REPLAY, "FILE", 0,
          "Decides an event log again and says what would change; others may follow, - is standard input", 3 },
        { NULL, 0, NULL, 0, "By which policy:", 4 },
        { "policy", KEY_POLICY, "FILE", 0, "Instead of " POLICY_PATH, 4 },
        { 0 },
};

static id_t user_of(const char *name, struct argp_state *state)
{
        char *end;
        unsigned long number = strtoul(name, &end, 10);
        const struct passwd *entry = getpwnam(name);

        if (entry)
                return entry->pw_uid;
        if (!*name || *end || number >= UINT32_MAX)
                argp_error(state, "there is no user \"%s\"", name);
        return (id_t)number;
}

static id_t group_of(const char *name, struct argp_state *state)
{
        char *end;
        unsigned long number = strtoul(name, &end, 10);
        const struct group *entry = getgrnam(name);

        if (entry)
                return entry->gr_gid;
        if (!*name || *end || number >= UINT32_MAX)
                argp_error(state, "there is no group \"%s\"", name);
        return (id_t)number;
}

/* A program that does not exist has no inode: then no condition on a program holds. */
static void set_program(struct actor_process *process, char *path)
{
        struct stat st;

        process->exe_path = path;
        if (stat(path, &st) == 0)
                process->exe = file_id_of(&st);
        else
                ctl_error(NULL, "%s: %s; it matches no \"exe\"", path, strerror(errno));
}

static void add_ancestor(struct actor *actor, char *path, struct argp_state *state)
{
        if (actor->n_ancestry == ACTOR_ANCESTORS_MAX)
                argp_error(state, "at most %d --descendant-of are looked at", ACTOR_ANCESTORS_MAX - 1);
        else
                set_program(&actor->ancestry[actor->n_ancestry++], path);
}

static void add_group(struct actor *actor, const char *name, struct argp_state *state)
{
        if (actor->n_groups == ACTOR_GROUPS_MAX)
                argp_error(state, "at most %d --group are looked at", ACTOR_GROUPS_MAX);
        else
                actor->groups[actor->n_groups++] = group_of(name, state);
}

static error_t parse_actor_option(int key, char *arg, struct argp_state *state)
{
        struct actor *actor = &((struct explain_options *)state->input)->actor;

        switch (key) {
        case KEY_EXE:
                set_program(&actor->ancestry[0], arg);
                return 0;
        case KEY_UID:
                actor->uid = user_of(arg, state);
                return 0;
        case KEY_GID:
                actor->gid = group_of(arg, state);
                return 0;
        case KEY_GROUP:
                add_group(actor, arg, state);
                return 0;
        case KEY_LOGIN_UID:
                actor->login_uid = user_of(arg, state);
                return 0;
        case KEY_LABEL:
                actor->label = arg;
                return 0;
        case KEY_ACTOR_UNIT:
                actor->ancestry[0].unit = arg;
                return 0;
        case KEY_DESCENDANT_OF:
                add_ancestor(actor, arg, state);
                return 0;
        case KEY_MANAGER:
                actor->manager = true;
                return 0;
        case KEY_USER_MANAGER:
                actor->user_manager = true;
                return 0;
        case KEY_UNKNOWN:
                actor->known = false;
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static void set_operation(struct explain_options *options, const char *name, struct argp_state *state)
{
        int operation = operation_from_name(name);

        if (operation < 0)
                argp_error(state, "there is no operation \"%s\"", name);
        options->operation = (enum operation)operation;
        options->has_operation = true;
}

static bool is_about_command(const struct explain_options *options)
{
        return options->operation == OPERATION_EXEC || (options->operation == OPERATION_READ && options->n_words);
}

static void check_replay(const struct explain_options *options, struct argp_state *state)
{
        if (options->has_actor || options->has_operation || options->path || options->unit || options->client ||
            options->n_words || options->n_variables)
                argp_error(state, "--replay takes who does what from the logs; with it go --policy and --json");
}

static void add_log(struct explain_options *options, char *file, struct argp_state *state)
{
        if (options->n_logs == EXPLAIN_LOGS_MAX)
                argp_error(state, "at most %d logs at a time", EXPLAIN_LOGS_MAX);
        else
                options->logs[options->n_logs++] = file;
}

static void check_complete(struct explain_options *options, struct argp_state *state)
{
        if (options->n_logs) {
                check_replay(options, state);
                return;
        }
        if (!options->has_operation && !options->n_words)
                argp_error(state, "--op is missing, or --command");
        if (!options->has_operation)
                options->operation = OPERATION_EXEC;
        if (options->operation == OPERATION_EXEC && !options->n_words)
                argp_error(state, "--command is missing, for --op exec");
        if (options->n_words && !is_about_command(options))
                argp_error(state, "--command is run, or read; --client says for which command something else is done");
        if (is_about_command(options) && (options->path || options->unit || options->client))
                argp_error(state, "--command says all, without PATH, --unit and --client");
        if (options->n_variables && !options->n_words)
                argp_error(state, "--env is of use with --command alone");
        if (!is_about_command(options) && !options->path)
                argp_error(state, "PATH is missing");
}

static void set_command(struct explain_options *options, char *line, struct argp_state *state)
{
        int n = options->n_words ? -EEXIST : command_split(line, options->words, COMMAND_ARGUMENTS_MAX);

        if (n == -EEXIST)
                argp_error(state, "one command at a time");
        else if (n == -EINVAL)
                argp_error(state, "--command has a quote that does not end");
        else if (n <= 0)
                argp_error(state, "--command is empty, or has more than %d words", COMMAND_ARGUMENTS_MAX);
        else
                options->n_words = (size_t)n;
}

static void add_variable(struct explain_options *options, char *variable, struct argp_state *state)
{
        if (!strchr(variable, '='))
                argp_error(state, "\"%s\" is no NAME=VALUE", variable);
        if (options->n_variables == EXPLAIN_VARIABLES_MAX)
                argp_error(state, "at most %d --env are looked at", EXPLAIN_VARIABLES_MAX);
        else
                options->variables[options->n_variables++] = variable;
}

/* What follows "--" is a command, unless --op asks about a path. */
static void add_argument(struct explain_options *options, char *argument, struct argp_state *state)
{
        bool is_quoted = state->quoted && state->next > state->quoted;

        if (options->n_logs) {
                add_log(options, argument, state);
                return;
        }
        if (is_quoted && (!options->has_operation || is_about_command(options))) {
                if (options->n_words == COMMAND_ARGUMENTS_MAX)
                        argp_error(state, "at most %d words are looked at", COMMAND_ARGUMENTS_MAX);
                else
                        options->words[options->n_words++] = argument;
                return;
        }
        if (options->path)
                argp_error(state, "one PATH at a time");
        options->path = argument;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
        struct explain_options *options = state->input;
        error_t r;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = state->input;
                return 0;
        case KEY_OPERATION:
                set_operation(options, arg, state);
                return 0;
        case KEY_UNIT:
                options->unit = arg;
                return 0;
        case KEY_CLIENT:
                options->client = arg;
                return 0;
        case KEY_COMMAND:
                set_command(options, arg, state);
                return 0;
        case KEY_VARIABLE:
                add_variable(options, arg, state);
                return 0;
        case KEY_POLICY:
                options->policy = arg;
                return 0;
        case KEY_REPLAY:
                add_log(options, arg, state);
                return 0;
        case ARGP_KEY_ARG:
                add_argument(options, arg, state);
                return 0;
        case ARGP_KEY_END:
                check_complete(options, state);
                return 0;
        default:
                r = parse_actor_option(key, arg, state);
                options->has_actor |= r == 0;
                return r;
        }
}

static const struct argp parser = {
        .options = option_table,
        .parser = parse_option,
        .args_doc = "PATH\n-- COMMAND [ARGUMENT...]\n--replay FILE...",
        .doc = "Says which rule would decide, and why. Nothing is touched, the daemon is not asked.\v"
               "Exit status 0 when it would be allowed, 1 when not. Of --replay: 0 when nothing would be "
               "allowed or refused that was not, 1 when something would, or a line cannot be read.",
        .children = ctl_common_children,
};

int explain_options_parse(struct explain_options *options, int argc, char **argv)
{
        static char nothing[] = "";

        *options = (struct explain_options){ .actor = { .references = 1, .known = true, .login_uid = (uid_t)-1 } };
        options->actor.n_ancestry = 1;
        options->actor.ancestry[0].exe_path = nothing;
        return argp_parse(&parser, argc, argv, 0, NULL, options) == 0 ? 0 : -EINVAL;
}
