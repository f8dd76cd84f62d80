/* The user's command: its subcommands and what they share.
 *
 * A subcommand gets its own argv (argv[0] is "unitward NAME"), prints data on stdout and everything else
 * on stderr, and returns an enum ctl_exit. Wrong usage ends the process with CTL_USAGE from within argp. */
#pragma once

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "unitward/quantity.h"
#include "unitward/util.h"

enum ctl_exit {
        CTL_OK = 0,
        CTL_FINDING = 1, /* something was found, or refused */
        CTL_USAGE = 2,
        CTL_UNREACHABLE = 3, /* no daemon answers */
};

struct ctl_command {
        const char *name;
        int (*run)(int argc, char **argv);
        const char *summary;
        const char *example; /* a command line: the last line of its --help */
};

/* Commands under one name: "unitward", "unitward quarantine". */
struct ctl_group {
        const char *name;
        const char *doc;
        const struct ctl_command *commands; /* ends with a NULL name */
};

int ctl_status(int argc, char **argv);
int ctl_reload(int argc, char **argv);
int ctl_check(int argc, char **argv);
int ctl_explain(int argc, char **argv);
int ctl_events(int argc, char **argv);
int ctl_quarantine(int argc, char **argv);
int ctl_doctor(int argc, char **argv);
int ctl_approve(int argc, char **argv);
int ctl_revoke(int argc, char **argv);
int ctl_install(int argc, char **argv);
int ctl_ledger(int argc, char **argv);
int ctl_diff(int argc, char **argv);
int ctl_baseline(int argc, char **argv);
int ctl_stop(int argc, char **argv);
int ctl_enforce(int argc, char **argv);
int ctl_audit(int argc, char **argv);
int ctl_confirm(int argc, char **argv);
int ctl_polkit(int argc, char **argv);
int ctl_metrics(int argc, char **argv);
int ctl_posture(int argc, char **argv);
int ctl_test(int argc, char **argv);
int ctl_suggest(int argc, char **argv);
int ctl_report(int argc, char **argv);

/* The example that --help of the command shows which runs now; borrowed. */
void ctl_set_example(const char *example);

/* Parses the group's own options (--help, --socket) and runs the command that follows them. */
int ctl_group_run(const struct ctl_group *group, int argc, char **argv);

/* The options that subcommands share, --json and --socket. A subcommand's own options struct has this as
 * its first member, its struct argp has ctl_common_children, and its parser, if any, answers ARGP_KEY_INIT
 * with `state->child_inputs[0] = state->input`. */
struct ctl_common {
        bool json;
};
extern const struct argp_child ctl_common_children[];
extern const struct argp_child ctl_socket_children[]; /* --socket alone */

/* The daemon's control socket: CONTROL_PATH unless --socket says otherwise. */
const char *ctl_socket(void);

/* One request. CTL_OK: *ret is the result (caller decrefs). Otherwise what went wrong, and what to do about
 * it, was printed. arguments (may be NULL) are taken, whatever the result. */
int ctl_call(const char *command, json_t *arguments, json_t **ret);

/* The same, with descriptors for the daemon. */
struct protocol_files;
int ctl_call_with(const char *command, json_t *arguments, const struct protocol_files *files, json_t **ret);

/* What to do about a daemon that cannot be reached; error: positive errno. */
const char *ctl_unreachable_hint(int error);

/* All that print writes about json, in memory: a file gets it whole or not at all. *ret: caller frees. -errno, or print's. */
int ctl_print_whole(int (*print)(FILE *stream, const json_t *json), const json_t *json, char **ret, size_t *ret_size);

/* An argument of --since; argp_error when it is none. */
struct argp_state;
void ctl_parse_since(const char *argument, struct argp_state *state, uint64_t *ret_usec);

/* Bytes as a descriptor that nobody can change any more: memfd_create(2), sealed. -errno. */
int ctl_memory_file(const void *data, size_t size);

/* One line about a path that the daemon says to be authorised, or not any more. */
void ctl_print_authorised(const json_t *item);

/* The absolute path without links on the way; the name at its end may be one, or be missing. Caller frees. NULL:
 * there is no such directory, or no memory. */
char *ctl_canonical_path(const char *path);

/* "unitward: TEXT" and, if there is one, the hint below it, to stderr. */
void ctl_error(const char *hint, const char *fmt, ...) _printf_(2, 3);

/* Indented JSON and a newline on stdout. */
void ctl_print_json(const json_t *json);

/* True when colour is wanted on the stream: a terminal, and NO_COLOR is unset or empty. */
bool ctl_colour(FILE *stream);

enum ctl_style { STYLE_PLAIN, STYLE_BOLD, STYLE_GOOD, STYLE_WARN, STYLE_BAD, STYLE_COUNT_ };

/* Text that may come from an attacker (names, paths), escaped by text_escape; coloured only where ctl_colour
 * allows. */
void ctl_print_text(FILE *out, enum ctl_style style, const char *text);

/* A value's text: a string as it is, numbers and booleans in words, "-" for null and what is missing. Caller frees. */
char *ctl_json_text(const json_t *value);
