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
        KEY_COMMAND,
        KEY_VERB,
        KEY_POLICY,
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
          "create, modify, remove, rename, link, enable, mask, read, load, transient or exec", 2 },
        { "unit", KEY_UNIT, "UNIT", 0, "The unit it is about (default what PATH tells)", 2 },
        { "command", KEY_COMMAND, "NAME", 0, "exec: the gated command", 2 },
        { "verb", KEY_VERB, "VERB", 0, "exec: its verb", 2 },
        { NULL, 0, NULL, 0, "By which policy:", 3 },
        { "policy", KEY_POLICY, "FILE", 0, "Instead of " POLICY_PATH, 3 },
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

static void check_complete(const struct explain_options *options, struct argp_state *state)
{
        if (!options->has_operation)
                argp_error(state, "--op is missing");
        else if (options->operation == OPERATION_EXEC && !options->command)
                argp_error(state, "--command is missing, for --op exec");
        else if (options->operation != OPERATION_EXEC && !options->path)
                argp_error(state, "PATH is missing");
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
        struct explain_options *options = state->input;

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
        case KEY_COMMAND:
                options->command = arg;
                return 0;
        case KEY_VERB:
                options->verb = arg;
                return 0;
        case KEY_POLICY:
                options->policy = arg;
                return 0;
        case ARGP_KEY_ARG:
                if (options->path)
                        argp_error(state, "one PATH at a time");
                options->path = arg;
                return 0;
        case ARGP_KEY_END:
                check_complete(options, state);
                return 0;
        default:
                return parse_actor_option(key, arg, state);
        }
}

static const struct argp parser = {
        .options = option_table,
        .parser = parse_option,
        .args_doc = "PATH",
        .doc = "Says which rule would decide, and why. Nothing is touched, the daemon is not asked.\v"
               "Exit status 0 when it would be allowed, 1 when not.",
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
