/* systemd-run: its verbs are the types of the units it makes. A timer, path or socket comes with its service. */
#include "command_internal.h"

static const struct command_option options[] = {
        OPTION("help", 'h', no_argument, .meaning = OPTION_TELLS, .verb = "help"),
        OPTION("version", 0, no_argument, .meaning = OPTION_TELLS, .verb = "version"),
        OPTION("system", 0, no_argument, .meaning = OPTION_SYSTEM),
        OPTION("user", 0, no_argument, .meaning = OPTION_USER),
        OPTION("host", 'H', required_argument, .meaning = OPTION_HOST),
        OPTION("machine", 'M', required_argument, .meaning = OPTION_MACHINE),
        OPTION("capsule", 'C', required_argument, .meaning = OPTION_SOMEBODY),
        OPTION("unit", 'u', required_argument, .meaning = OPTION_UNIT),
        OPTION("scope", 0, no_argument, .meaning = OPTION_VERB, .verb = "scope"),
        OPTION("on-active", 0, required_argument, .meaning = OPTION_VERB, .verb = "timer"),
        OPTION("on-boot", 0, required_argument, .meaning = OPTION_VERB, .verb = "timer"),
        OPTION("on-startup", 0, required_argument, .meaning = OPTION_VERB, .verb = "timer"),
        OPTION("on-unit-active", 0, required_argument, .meaning = OPTION_VERB, .verb = "timer"),
        OPTION("on-unit-inactive", 0, required_argument, .meaning = OPTION_VERB, .verb = "timer"),
        OPTION("on-calendar", 0, required_argument, .meaning = OPTION_VERB, .verb = "timer"),
        OPTION("on-timezone-change", 0, no_argument, .meaning = OPTION_VERB, .verb = "timer"),
        OPTION("on-clock-change", 0, no_argument, .meaning = OPTION_VERB, .verb = "timer"),
        OPTION("timer-property", 0, required_argument, .meaning = OPTION_VERB, .verb = "timer"),
        OPTION("path-property", 0, required_argument, .meaning = OPTION_VERB, .verb = "path"),
        OPTION("socket-property", 0, required_argument, .meaning = OPTION_VERB, .verb = "socket"),
        OPTION("background", 0, required_argument),
        OPTION("collect", 'G', no_argument),
        OPTION("description", 0, required_argument),
        OPTION("expand-environment", 0, required_argument),
        OPTION("gid", 0, required_argument),
        OPTION("ignore-failure", 0, no_argument),
        OPTION("job-mode", 0, required_argument),
        OPTION("json", 0, required_argument),
        OPTION("nice", 0, required_argument),
        OPTION("no-ask-password", 0, no_argument),
        OPTION("no-block", 0, no_argument),
        OPTION("no-pager", 0, no_argument),
        OPTION("pipe", 'P', no_argument),
        OPTION("property", 'p', required_argument),
        OPTION("pty", 't', no_argument),
        OPTION("pty-late", 'T', no_argument),
        OPTION("quiet", 'q', no_argument),
        OPTION("remain-after-exit", 'r', no_argument),
        OPTION("root-directory", 'R', required_argument),
        OPTION("same-dir", 'd', no_argument),
        OPTION("same-root-dir", 0, no_argument),
        OPTION("send-sighup", 0, no_argument),
        OPTION("service-type", 0, required_argument),
        OPTION("setenv", 'E', required_argument),
        OPTION("shell", 'S', no_argument),
        OPTION("slice", 0, required_argument),
        OPTION("slice-inherit", 0, no_argument),
        OPTION("tty", 't', no_argument),
        OPTION("uid", 0, required_argument),
        OPTION("verbose", 'v', no_argument),
        OPTION("wait", 0, no_argument),
        OPTION("working-directory", 0, required_argument),
        { 0 },
};

/* The sudo of systemd: always a service of the system's manager. */
static const struct command_option run0_options[] = {
        OPTION("help", 'h', no_argument, .meaning = OPTION_TELLS, .verb = "help"),
        OPTION("version", 'V', no_argument, .meaning = OPTION_TELLS, .verb = "version"),
        OPTION("machine", 0, required_argument, .meaning = OPTION_MACHINE),
        OPTION("unit", 0, required_argument, .meaning = OPTION_UNIT),
        OPTION("area", 'a', required_argument),
        OPTION("background", 0, required_argument),
        OPTION("chdir", 'D', required_argument),
        OPTION("description", 0, required_argument),
        OPTION("empower", 0, no_argument),
        OPTION("group", 'g', required_argument),
        OPTION("lightweight", 0, required_argument),
        OPTION("nice", 0, required_argument),
        OPTION("no-ask-password", 0, no_argument),
        OPTION("pipe", 0, no_argument),
        OPTION("property", 0, required_argument),
        OPTION("pty", 0, no_argument),
        OPTION("pty-late", 0, no_argument),
        OPTION("setenv", 0, required_argument),
        OPTION("shell-prompt-prefix", 0, required_argument),
        OPTION("slice", 0, required_argument),
        OPTION("slice-inherit", 0, no_argument),
        OPTION("user", 'u', required_argument),
        OPTION("via-shell", 0, no_argument),
        { 0 },
};

static const struct command_verb verbs[] = {
        VERB("service", VERB_TRANSIENT, OPERANDS_MADE, .effects = COMMAND_WRITES_TRANSIENT),
        VERB("scope", VERB_TRANSIENT, OPERANDS_MADE, .effects = COMMAND_WRITES_TRANSIENT),
        VERB("timer", VERB_TRANSIENT, OPERANDS_MADE, .effects = COMMAND_WRITES_TRANSIENT),
        VERB("path", VERB_TRANSIENT, OPERANDS_MADE, .effects = COMMAND_WRITES_TRANSIENT),
        VERB("socket", VERB_TRANSIENT, OPERANDS_MADE, .effects = COMMAND_WRITES_TRANSIENT),
        VERB("help", VERB_READ, OPERANDS_NONE),
        VERB("version", VERB_READ, OPERANDS_NONE),
        { 0 },
};

static const struct command_form run0 = {
        .called = "run0",
        .called_in_part = true,
        .options = run0_options,
        .verbs = verbs,
        .verb = "service",
        .ordered = true,
};

static const struct command_form form = {
        .options = options,
        .verbs = verbs,
        .verb = "service",
        .ordered = true,
};

static const struct command_form *const forms[] = { &run0, &form, NULL };
static const char *const programs[] = { "/usr/bin/systemd-run", "/usr/bin/run0", NULL };

const struct command_preset command_systemd_run = { "systemd-run", programs, forms };
