/* at and crontab: the Debian and Fedora kinds, all that one of them knows. They use getopt(3): no long options. */
#include "command_internal.h"

static const struct command_option at_options[] = {
        OPTION(NULL, 'h', no_argument, .meaning = OPTION_TELLS, .verb = "help"),
        OPTION(NULL, 'V', no_argument, .meaning = OPTION_TELLS, .verb = "version"),
        OPTION(NULL, 'l', no_argument, .meaning = OPTION_VERB, .verb = "list"),
        OPTION(NULL, 'c', no_argument, .meaning = OPTION_VERB, .verb = "show"),
        OPTION(NULL, 'r', no_argument, .meaning = OPTION_VERB, .verb = "remove"),
        OPTION(NULL, 'd', no_argument, .meaning = OPTION_VERB, .verb = "remove"),
        OPTION(NULL, 'b', no_argument, .meaning = OPTION_VERB, .verb = "install"),
        OPTION(NULL, 'f', required_argument),
        OPTION(NULL, 'm', no_argument),
        OPTION(NULL, 'M', no_argument),
        OPTION(NULL, 'q', required_argument),
        OPTION(NULL, 't', required_argument),
        OPTION(NULL, 'u', required_argument),
        OPTION(NULL, 'v', no_argument),
        { 0 },
};

static const struct command_option atq_options[] = {
        OPTION(NULL, 'h', no_argument, .meaning = OPTION_TELLS, .verb = "help"),
        OPTION(NULL, 'V', no_argument, .meaning = OPTION_TELLS, .verb = "version"),
        OPTION(NULL, 'q', required_argument),
        OPTION(NULL, 'o', required_argument),
        { 0 },
};

static const struct command_option atrm_options[] = {
        OPTION(NULL, 'h', no_argument, .meaning = OPTION_TELLS, .verb = "help"),
        OPTION(NULL, 'V', no_argument, .meaning = OPTION_TELLS, .verb = "version"),
        { 0 },
};

static const struct command_verb verbs[] = {
        VERB("list", VERB_READ, OPERANDS_NONE),
        VERB("show", VERB_READ, OPERANDS_NONE),
        VERB("test", VERB_READ, OPERANDS_NONE),
        VERB("help", VERB_READ, OPERANDS_NONE),
        VERB("version", VERB_READ, OPERANDS_NONE),
        VERB("install", VERB_INSTALL, OPERANDS_NONE),
        VERB("edit", VERB_INSTALL, OPERANDS_NONE, .flags = VERB_EDITS),
        VERB("remove", VERB_INSTALL, OPERANDS_NONE),
        { 0 },
};

static const struct command_form atq = {
        .called = "atq",
        .options = atq_options,
        .verbs = verbs,
        .verb = "list",
        .scope = COMMAND_USER,
};

static const struct command_form atrm = {
        .called = "atrm",
        .options = atrm_options,
        .verbs = verbs,
        .verb = "remove",
        .scope = COMMAND_USER,
};

static const struct command_form at = {
        .options = at_options,
        .verbs = verbs,
        .verb = "install",
        .scope = COMMAND_USER,
};

static const struct command_form *const at_forms[] = { &atq, &atrm, &at, NULL };
static const char *const at_programs[] = { "/usr/bin/at", "/usr/bin/atq", "/usr/bin/atrm", NULL };

const struct command_preset command_at = { "at", at_programs, at_forms };

/* -n: tries a crontab on Debian, names the host that runs it on Fedora; taken for the latter. -c, which shows that
 * host, has an argument in other implementations: not here. */
static const struct command_option crontab_options[] = {
        OPTION(NULL, 'h', no_argument, .meaning = OPTION_TELLS, .verb = "help"),
        OPTION(NULL, 'V', no_argument, .meaning = OPTION_TELLS, .verb = "version"),
        OPTION(NULL, 'u', required_argument, .meaning = OPTION_SOMEBODY),
        OPTION(NULL, 'l', no_argument, .meaning = OPTION_VERB, .verb = "list"),
        OPTION(NULL, 'T', no_argument, .meaning = OPTION_VERB, .verb = "test"),
        OPTION(NULL, 'e', no_argument, .meaning = OPTION_VERB, .verb = "edit"),
        OPTION(NULL, 'r', no_argument, .meaning = OPTION_VERB, .verb = "remove"),
        OPTION(NULL, 'n', no_argument, .meaning = OPTION_VERB, .verb = "install"),
        OPTION(NULL, 'i', no_argument),
        OPTION(NULL, 's', no_argument),
        OPTION(NULL, 'x', required_argument),
        { 0 },
};

static const struct command_form crontab = {
        .options = crontab_options,
        .verbs = verbs,
        .verb = "install",
        .scope = COMMAND_USER,
};

static const struct command_form *const crontab_forms[] = { &crontab, NULL };
static const char *const crontab_programs[] = { "/usr/bin/crontab", NULL };

const struct command_preset command_crontab = { "crontab", crontab_programs, crontab_forms };
