/* What a run of a gated command asks for: its arguments and environment, read as the command itself reads them.
 *
 * Pure: no I/O, no NSS, no allocation that outlives a call; bounded. Options are parsed by getopt_long(3), as the commands
 * themselves do it (abbreviations, permutation, POSIXLY_CORRECT): not reentrant, so each process asks from one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define COMMAND_ARGUMENTS_MAX 512      /* words; more: the request is unclear */
#define COMMAND_VERBS_MAX 4            /* "enable --now" asks for two */
#define COMMAND_UNITS_MAX 32
#define COMMAND_UNIT_SIZE 256          /* UNIT_NAME_MAX of unit_name.h */

/* Whose units. */
enum command_scope {
        COMMAND_SYSTEM,        /* PID 1's */
        COMMAND_USER,          /* --user: the caller's own manager's */
        COMMAND_GLOBAL,        /* --global: files for all user managers, written by the command itself */
        COMMAND_OFFLINE,       /* --root, --image, SYSTEMCTL_INSTALL_CLIENT_SIDE: files, written by the command itself */
        COMMAND_REMOTE,        /* --host, --machine: another machine's, or another user's manager */
        COMMAND_SCOPE_COUNT_,
};

const char *command_scope_name(enum command_scope scope); /* "system" and so on; the words of the policy */

/* What a verb does, roughly: "@read" in a rule is all verbs of a class. */
enum verb_class {
        VERB_READ,             /* tells something and changes nothing */
        VERB_CONTROL,          /* starts, stops, reloads what is loaded */
        VERB_INSTALL,          /* changes what is loaded at the next start: enable, link, mask, edit, enable-linger, a crontab */
        VERB_TRANSIENT,        /* makes units: systemd-run, set-property --runtime */
        VERB_MANAGER,          /* the manager itself: daemon-reload, set-environment, log-level */
        VERB_POWER,            /* reboot and its like */
        VERB_CLASS_COUNT_,
};

const char *verb_class_name(enum verb_class verb_class); /* "read" and so on, without the "@" */

/* Which changes a manager, or logind, makes for such a run: they are put down to it while it is alive (clients.h). */
enum command_effect {
        COMMAND_WRITES_UNITS = 1 << 0,     /* links, masks, drop-ins, unit files */
        COMMAND_WRITES_TRANSIENT = 1 << 1, /* transient/ and *.control/ */
        COMMAND_WRITES_LINGER = 1 << 2,
        COMMAND_WRITES_ANYTHING = COMMAND_WRITES_UNITS | COMMAND_WRITES_TRANSIENT | COMMAND_WRITES_LINGER,
};

/* A command that this module can read. */
struct command_preset;

const struct command_preset *command_preset_find(const char *name); /* "systemctl" and so on; NULL: none */
const struct command_preset *command_preset_at(size_t index);       /* in the order of the documentation; NULL: no more */
const char *command_preset_name(const struct command_preset *preset);
const char *const *command_preset_programs(const struct command_preset *preset); /* paths, NULL-terminated */
bool command_preset_has_verb(const struct command_preset *preset, const char *pattern); /* a verb, "@class" or glob that can match */

/* What one run asks for. */
struct command_request {
        enum command_scope scope;
        size_t n_verbs;        /* at least 1 unless unclear */
        struct {
                const char *name;              /* static, or in the arguments */
                enum verb_class verb_class;
        } verbs[COMMAND_VERBS_MAX];            /* all of them are asked for */
        unsigned effects;      /* enum command_effect */
        size_t n_units;
        char units[COMMAND_UNITS_MAX][COMMAND_UNIT_SIZE]; /* as systemd completes them: "cron" is "cron.service" */
        bool units_unknown;    /* there are others: patterns, too many. A rule that names units may refuse it, never permit */
        bool unclear;          /* what it asks for cannot be told: only a rule without verb, unit and scope may permit it */
        const char *why;       /* unclear: a phrase for people, "LD_PRELOAD is set"; otherwise NULL. Static */
};

/* Splits a line into words in its own memory, as a shell does with quotes and backslashes; nothing is expanded. words has room
 * for max and a NULL. The number of words; -EINVAL: a quote is open; -E2BIG: more than max. */
int command_split(char *line, char **words, size_t max);

/* Nothing is asked for. What n_units does not count is left as it is: it is most of it. */
void command_request_clear(struct command_request *request);

/* True when each of its verbs is in VERB_READ; of what is unclear the verbs do not say all. */
bool command_only_reads(const struct command_request *request);

/* argv: argc words and a NULL; left as they are. envp: NULL-terminated "NAME=VALUE"; NULL: empty. A NULL preset is a
 * command that nobody here knows: its verb is the first word that is no option, of no class but VERB_CONTROL. */
void command_parse(const struct command_preset *preset, int argc, char **argv, char *const *envp,
                   struct command_request *ret);
