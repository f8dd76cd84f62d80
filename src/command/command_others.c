/* busctl, loginctl, portablectl, systemd-sysext and systemd-confext: all that one of their versions from 252 on knows.
 */
#include "command_internal.h"

static const struct command_option busctl_options[] = {
        OPTION("help", 'h', no_argument, .meaning = OPTION_TELLS, .verb = "help"),
        OPTION("version", 0, no_argument, .meaning = OPTION_TELLS, .verb = "version"),
        OPTION("system", 0, no_argument, .meaning = OPTION_SYSTEM),
        OPTION("user", 0, no_argument, .meaning = OPTION_USER),
        OPTION("address", 0, required_argument, .meaning = OPTION_ADDRESS),
        OPTION("host", 'H', required_argument, .meaning = OPTION_HOST),
        OPTION("machine", 'M', required_argument, .meaning = OPTION_MACHINE),
        OPTION("capsule", 'C', required_argument, .meaning = OPTION_SOMEBODY),
        OPTION("acquired", 0, no_argument),
        OPTION("activatable", 0, no_argument),
        OPTION("allow-interactive-authorization", 0, required_argument),
        OPTION("augment-creds", 0, required_argument),
        OPTION("auto-start", 0, required_argument),
        OPTION("destination", 0, required_argument),
        OPTION("expect-reply", 0, required_argument),
        OPTION("full", 'l', no_argument),
        OPTION("json", 0, required_argument),
        OPTION(NULL, 'j', no_argument),
        OPTION("limit-messages", 'N', required_argument),
        OPTION("list", 0, no_argument),
        OPTION("match", 0, required_argument),
        OPTION("no-legend", 0, no_argument),
        OPTION("no-pager", 0, no_argument),
        OPTION("quiet", 'q', no_argument),
        OPTION("show-machine", 0, no_argument),
        OPTION("size", 0, required_argument),
        OPTION("timeout", 0, required_argument),
        OPTION("unique", 0, no_argument),
        OPTION("verbose", 0, no_argument),
        OPTION("watch-bind", 0, required_argument),
        OPTION("xml-interface", 0, no_argument),
        { 0 },
};

/* A method may do anything, so that a call counts as what is worst. */
static const struct command_verb busctl_verbs[] = {
        VERB("list", VERB_READ, OPERANDS_NONE),
        VERB("status", VERB_READ, OPERANDS_NONE),
        VERB("monitor", VERB_READ, OPERANDS_NONE),
        VERB("capture", VERB_READ, OPERANDS_NONE),
        VERB("tree", VERB_READ, OPERANDS_NONE),
        VERB("introspect", VERB_READ, OPERANDS_NONE),
        VERB("get-property", VERB_READ, OPERANDS_NONE),
        VERB("wait", VERB_READ, OPERANDS_NONE),
        VERB("help", VERB_READ, OPERANDS_NONE),
        VERB("version", VERB_READ, OPERANDS_NONE),
        VERB("emit", VERB_CONTROL, OPERANDS_ALL),
        VERB("call", VERB_INSTALL, OPERANDS_ALL, .effects = COMMAND_WRITES_ANYTHING),
        VERB("set-property", VERB_INSTALL, OPERANDS_ALL, .effects = COMMAND_WRITES_ANYTHING),
        { 0 },
};

static const struct command_form busctl = {
        .options = busctl_options,
        .verbs = busctl_verbs,
        .verb = "list",
        .words_are_verbs = true,
};

static const struct command_form *const busctl_forms[] = { &busctl, NULL };
static const char *const busctl_programs[] = { "/usr/bin/busctl", NULL };

const struct command_preset command_busctl = { "busctl", busctl_programs, busctl_forms };

static const struct command_option loginctl_options[] = {
        OPTION("help", 'h', no_argument, .meaning = OPTION_TELLS, .verb = "help"),
        OPTION("version", 0, no_argument, .meaning = OPTION_TELLS, .verb = "version"),
        OPTION("host", 'H', required_argument, .meaning = OPTION_HOST),
        OPTION("machine", 'M', required_argument, .meaning = OPTION_MACHINE),
        OPTION("all", 'a', no_argument),
        OPTION("full", 'l', no_argument),
        OPTION("json", 0, required_argument),
        OPTION(NULL, 'j', no_argument),
        OPTION("kill-whom", 0, required_argument),
        OPTION("lines", 'n', required_argument),
        OPTION("no-ask-password", 0, no_argument),
        OPTION("no-legend", 0, no_argument),
        OPTION("no-pager", 0, no_argument),
        OPTION("output", 'o', required_argument),
        OPTION("property", 'p', required_argument),
        OPTION(NULL, 'P', required_argument),
        OPTION("signal", 's', required_argument),
        OPTION("value", 0, no_argument),
        { 0 },
};

static const struct command_verb loginctl_verbs[] = {
        VERB("list-sessions", VERB_READ, OPERANDS_NONE),
        VERB("session-status", VERB_READ, OPERANDS_NONE),
        VERB("show-session", VERB_READ, OPERANDS_NONE),
        VERB("list-users", VERB_READ, OPERANDS_NONE),
        VERB("user-status", VERB_READ, OPERANDS_NONE),
        VERB("show-user", VERB_READ, OPERANDS_NONE),
        VERB("list-seats", VERB_READ, OPERANDS_NONE),
        VERB("seat-status", VERB_READ, OPERANDS_NONE),
        VERB("show-seat", VERB_READ, OPERANDS_NONE),
        VERB("help", VERB_READ, OPERANDS_NONE),
        VERB("version", VERB_READ, OPERANDS_NONE),
        VERB("activate", VERB_CONTROL, OPERANDS_NONE),
        VERB("lock-session", VERB_CONTROL, OPERANDS_NONE),
        VERB("unlock-session", VERB_CONTROL, OPERANDS_NONE),
        VERB("lock-sessions", VERB_CONTROL, OPERANDS_NONE),
        VERB("unlock-sessions", VERB_CONTROL, OPERANDS_NONE),
        VERB("terminate-session", VERB_CONTROL, OPERANDS_NONE),
        VERB("kill-session", VERB_CONTROL, OPERANDS_NONE),
        VERB("terminate-user", VERB_CONTROL, OPERANDS_NONE),
        VERB("kill-user", VERB_CONTROL, OPERANDS_NONE),
        VERB("terminate-seat", VERB_CONTROL, OPERANDS_NONE),
        VERB("enable-linger", VERB_INSTALL, OPERANDS_NONE, .effects = COMMAND_WRITES_LINGER),
        VERB("disable-linger", VERB_INSTALL, OPERANDS_NONE, .effects = COMMAND_WRITES_LINGER),
        VERB("attach", VERB_INSTALL, OPERANDS_NONE), /* a udev rule */
        VERB("flush-devices", VERB_INSTALL, OPERANDS_NONE),
        { 0 },
};

static const struct command_form loginctl = {
        .options = loginctl_options,
        .verbs = loginctl_verbs,
        .verb = "list-sessions",
        .words_are_verbs = true,
};

static const struct command_form *const loginctl_forms[] = { &loginctl, NULL };
static const char *const loginctl_programs[] = { "/usr/bin/loginctl", "/bin/loginctl", NULL };

const struct command_preset command_loginctl = { "loginctl", loginctl_programs, loginctl_forms };

static const struct command_option portablectl_options[] = {
        OPTION("help", 'h', no_argument, .meaning = OPTION_TELLS, .verb = "help"),
        OPTION("version", 0, no_argument, .meaning = OPTION_TELLS, .verb = "version"),
        OPTION("system", 0, no_argument, .meaning = OPTION_SYSTEM),
        OPTION("user", 0, no_argument, .meaning = OPTION_USER),
        OPTION("host", 'H', required_argument, .meaning = OPTION_HOST),
        OPTION("machine", 'M', required_argument, .meaning = OPTION_MACHINE),
        OPTION("runtime", 0, no_argument, .meaning = OPTION_RUNTIME),
        OPTION("now", 0, no_argument, .meaning = OPTION_NOW),
        OPTION("cat", 0, no_argument),
        OPTION("clean", 0, no_argument),
        OPTION("copy", 0, required_argument),
        OPTION("enable", 0, no_argument),
        OPTION("extension", 0, required_argument),
        OPTION("force", 0, no_argument),
        OPTION("no-ask-password", 0, no_argument),
        OPTION("no-block", 0, no_argument),
        OPTION("no-legend", 0, no_argument),
        OPTION("no-pager", 0, no_argument),
        OPTION("no-reload", 0, no_argument),
        OPTION("profile", 'p', required_argument),
        OPTION("quiet", 'q', no_argument),
        { 0 },
};

/* Which units an image brings is told by the image. */
static const struct command_verb portablectl_verbs[] = {
        VERB("list", VERB_READ, OPERANDS_NONE),
        VERB("inspect", VERB_READ, OPERANDS_NONE),
        VERB("is-attached", VERB_READ, OPERANDS_NONE),
        VERB("help", VERB_READ, OPERANDS_NONE),
        VERB("version", VERB_READ, OPERANDS_NONE),
        VERB("read-only", VERB_CONTROL, OPERANDS_NONE),
        VERB("set-limit", VERB_CONTROL, OPERANDS_NONE),
        VERB("attach", VERB_INSTALL, OPERANDS_ALL, .effects = COMMAND_WRITES_UNITS),
        VERB("reattach", VERB_INSTALL, OPERANDS_ALL, .effects = COMMAND_WRITES_UNITS),
        VERB("detach", VERB_INSTALL, OPERANDS_ALL, .effects = COMMAND_WRITES_UNITS),
        VERB("remove", VERB_INSTALL, OPERANDS_NONE),
        { 0 },
};

static const struct command_form portablectl = {
        .options = portablectl_options,
        .verbs = portablectl_verbs,
        .verb = "list",
        .words_are_verbs = true,
};

static const struct command_form *const portablectl_forms[] = { &portablectl, NULL };
static const char *const portablectl_programs[] = { "/usr/bin/portablectl", "/bin/portablectl", NULL };

const struct command_preset command_portablectl = { "portablectl", portablectl_programs, portablectl_forms };

static const struct command_option sysext_options[] = {
        OPTION("help", 'h', no_argument, .meaning = OPTION_TELLS, .verb = "help"),
        OPTION("version", 0, no_argument, .meaning = OPTION_TELLS, .verb = "version"),
        OPTION("root", 0, required_argument, .meaning = OPTION_ROOT),
        OPTION("force", 0, no_argument),
        OPTION("image-policy", 0, required_argument),
        OPTION("json", 0, required_argument),
        OPTION("mutable", 0, required_argument),
        OPTION("no-legend", 0, no_argument),
        OPTION("no-pager", 0, no_argument),
        OPTION("no-reload", 0, no_argument),
        OPTION("noexec", 0, required_argument),
        { 0 },
};

static const struct command_verb sysext_verbs[] = {
        VERB("status", VERB_READ, OPERANDS_NONE, .flags = VERB_OFFLINE),
        VERB("list", VERB_READ, OPERANDS_NONE, .flags = VERB_OFFLINE),
        VERB("help", VERB_READ, OPERANDS_NONE),
        VERB("version", VERB_READ, OPERANDS_NONE),
        VERB("merge", VERB_CONTROL, OPERANDS_ALL, .flags = VERB_OFFLINE),
        VERB("refresh", VERB_CONTROL, OPERANDS_ALL, .flags = VERB_OFFLINE),
        VERB("unmerge", VERB_CONTROL, OPERANDS_ALL, .flags = VERB_OFFLINE),
        { 0 },
};

static const struct command_form sysext = {
        .options = sysext_options,
        .verbs = sysext_verbs,
        .verb = "status",
        .words_are_verbs = true,
};

static const struct command_form *const sysext_forms[] = { &sysext, NULL };
static const char *const sysext_programs[] = {
        "/usr/bin/systemd-sysext",
        "/bin/systemd-sysext",
        "/usr/bin/systemd-confext",
        NULL,
};

const struct command_preset command_sysext = { "systemd-sysext", sysext_programs, sysext_forms };

/* What ssh starts for "systemctl --host": whoever is at its other end calls any method. */
static const struct command_option bridge_options[] = {
        OPTION("help", 'h', no_argument, .meaning = OPTION_TELLS, .verb = "help"),
        OPTION("version", 0, no_argument, .meaning = OPTION_TELLS, .verb = "version"),
        OPTION("system", 0, no_argument, .meaning = OPTION_SYSTEM),
        OPTION("user", 0, no_argument, .meaning = OPTION_USER),
        OPTION("machine", 'M', required_argument, .meaning = OPTION_MACHINE),
        OPTION("bus-path", 'p', required_argument, .meaning = OPTION_ADDRESS),
        OPTION("quiet", 'q', no_argument),
        { 0 },
};

static const struct command_verb bridge_verbs[] = {
        VERB("bridge", VERB_INSTALL, OPERANDS_ALL, .effects = COMMAND_WRITES_ANYTHING),
        VERB("help", VERB_READ, OPERANDS_NONE),
        VERB("version", VERB_READ, OPERANDS_NONE),
        { 0 },
};

static const struct command_form bridge = {
        .options = bridge_options,
        .verbs = bridge_verbs,
        .verb = "bridge",
};

static const struct command_form *const bridge_forms[] = { &bridge, NULL };
static const char *const bridge_programs[] = { "/usr/bin/systemd-stdio-bridge", NULL };

const struct command_preset command_bridge = { "systemd-stdio-bridge", bridge_programs, bridge_forms };
