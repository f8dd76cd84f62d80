/* systemctl under the names of System V's programs: it looks for them in argv[0], in this order, in any part of it. */
#include "command_internal.h"

static const struct command_verb power_verbs[] = {
        VERB("halt", VERB_POWER, OPERANDS_NONE),
        VERB("poweroff", VERB_POWER, OPERANDS_NONE),
        VERB("reboot", VERB_POWER, OPERANDS_NONE),
        VERB("kexec", VERB_POWER, OPERANDS_NONE),
        VERB("cancel-shutdown", VERB_POWER, OPERANDS_NONE),
        VERB("show-shutdown", VERB_READ, OPERANDS_NONE),
        VERB("help", VERB_READ, OPERANDS_NONE),
        { 0 },
};

static const struct command_option halt_options[] = {
        OPTION("help", 0, no_argument, .meaning = OPTION_TELLS, .verb = "help"),
        OPTION("halt", 0, no_argument, .meaning = OPTION_VERB, .verb = "halt"),
        OPTION("poweroff", 'p', no_argument, .meaning = OPTION_VERB, .verb = "poweroff"),
        OPTION("reboot", 0, no_argument, .meaning = OPTION_VERB, .verb = "reboot"),
        OPTION("force", 'f', no_argument),
        OPTION("wtmp-only", 'w', no_argument),
        OPTION("no-wtmp", 'd', no_argument),
        OPTION("no-sync", 'n', no_argument),
        OPTION("no-wall", 0, no_argument),
        OPTION(NULL, 'i', no_argument),
        OPTION(NULL, 'h', no_argument),
        { 0 },
};

static const struct command_option shutdown_options[] = {
        OPTION("help", 0, no_argument, .meaning = OPTION_TELLS, .verb = "help"),
        OPTION("halt", 'H', no_argument, .meaning = OPTION_VERB, .verb = "halt"),
        OPTION("poweroff", 'P', no_argument, .meaning = OPTION_VERB, .verb = "poweroff"),
        OPTION("reboot", 'r', no_argument, .meaning = OPTION_VERB, .verb = "reboot"),
        OPTION("kexec", 'K', no_argument, .meaning = OPTION_VERB, .verb = "kexec"),
        OPTION("show", 0, no_argument, .meaning = OPTION_VERB, .verb = "show-shutdown"),
        OPTION("no-wall", 0, no_argument),
        OPTION(NULL, 'c', no_argument, .meaning = OPTION_VERB, .verb = "cancel-shutdown"),
        OPTION(NULL, 'h', no_argument, .meaning = OPTION_VERB, .verb = "poweroff"),
        OPTION(NULL, 'k', no_argument),
        OPTION(NULL, 'a', no_argument),
        OPTION(NULL, 't', required_argument),
        OPTION(NULL, 'f', no_argument),
        OPTION(NULL, 'F', no_argument),
        { 0 },
};

static const struct command_option init_options[] = {
        OPTION("help", 0, no_argument, .meaning = OPTION_TELLS, .verb = "help"),
        OPTION("no-wall", 0, no_argument),
        { 0 },
};

static const struct command_verb telinit_verbs[] = {
        VERB("0", VERB_POWER, OPERANDS_REFUSED, .name = "poweroff"),
        VERB("6", VERB_POWER, OPERANDS_REFUSED, .name = "reboot"),
        VERB("1", VERB_POWER, OPERANDS_REFUSED, .name = "rescue"),
        VERB("s", VERB_POWER, OPERANDS_REFUSED, .name = "rescue"),
        VERB("S", VERB_POWER, OPERANDS_REFUSED, .name = "rescue"),
        VERB("2", VERB_CONTROL, OPERANDS_ALL, .name = "isolate"),
        VERB("3", VERB_CONTROL, OPERANDS_ALL, .name = "isolate"),
        VERB("4", VERB_CONTROL, OPERANDS_ALL, .name = "isolate"),
        VERB("5", VERB_CONTROL, OPERANDS_ALL, .name = "isolate"),
        VERB("q", VERB_MANAGER, OPERANDS_REFUSED, .name = "daemon-reload"),
        VERB("Q", VERB_MANAGER, OPERANDS_REFUSED, .name = "daemon-reload"),
        VERB("u", VERB_MANAGER, OPERANDS_REFUSED, .name = "daemon-reexec"),
        VERB("U", VERB_MANAGER, OPERANDS_REFUSED, .name = "daemon-reexec"),
        VERB("help", VERB_READ, OPERANDS_REFUSED),
        { 0 },
};

static const struct command_verb runlevel_verbs[] = {
        VERB("runlevel", VERB_READ, OPERANDS_REFUSED),
        VERB("help", VERB_READ, OPERANDS_REFUSED),
        { 0 },
};

const struct command_form command_halt = {
        .called = "halt",
        .called_in_part = true,
        .options = halt_options,
        .verbs = power_verbs,
        .verb = "halt",
        .verb_stays = true,
};

const struct command_form command_poweroff = {
        .called = "poweroff",
        .called_in_part = true,
        .options = halt_options,
        .verbs = power_verbs,
        .verb = "poweroff",
        .verb_stays = true,
};

const struct command_form command_reboot = {
        .called = "reboot",
        .called_in_part = true,
        .options = halt_options,
        .verbs = power_verbs,
        .verb = "reboot",
        .verb_stays = true,
};

const struct command_form command_shutdown = {
        .called = "shutdown",
        .called_in_part = true,
        .options = shutdown_options,
        .verbs = power_verbs,
        .verb = "poweroff",
};

const struct command_form command_telinit = {
        .called = "init",
        .called_in_part = true,
        .options = init_options,
        .verbs = telinit_verbs,
        .words_are_verbs = true,
};

const struct command_form command_runlevel = {
        .called = "runlevel",
        .called_in_part = true,
        .options = init_options,
        .verbs = runlevel_verbs,
        .verb = "runlevel",
};
