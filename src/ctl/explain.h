/* The command line of unitward explain, made into an access's facts. */
#pragma once

#include <limits.h>

#include "unitward/command.h"
#include "unitward/ctl.h"
#include "unitward/policy.h"

#include "../policy/policy_internal.h"

#define EXPLAIN_VARIABLES_MAX 64
#define EXPLAIN_LOGS_MAX 256

struct explain_options {
        struct ctl_common common;
        const char *policy; /* NULL: the one in its place */
        const char *path;   /* NULL: none is needed to run a command */
        bool is_literal;    /* the path is asked about as it is written, links in its directories' names included */
        const char *unit;   /* NULL: what the path tells */
        const char *client; /* gated command for whose run it is done; NULL: none */
        size_t n_words;     /* a command line, in argv's own memory; 0: the question is about a path */
        char *words[COMMAND_ARGUMENTS_MAX + 1];
        size_t n_variables;
        char *variables[EXPLAIN_VARIABLES_MAX + 1];
        size_t n_logs; /* event logs to be decided again, instead of a question; 0: there is one */
        char *logs[EXPLAIN_LOGS_MAX];
        bool has_actor;
        bool has_operation;
        enum operation operation;
        struct actor actor; /* made up from the options; ancestry[0] is it, then --descendant-of */
};

/* An access as asked about, and what becomes of it. */
struct question {
        const struct policy *policy;
        struct placement placement;
        struct access access;
        struct command_request request; /* exec: what the words ask for; n_verbs 0 otherwise */
        const struct rule *rule; /* NULL: none decides */
        bool is_protected;
        enum outcome outcome;
        const char *vouched; /* what allows instead of a rule; NULL: nothing does */
};

/* Decides what the options ask. The question points into them, and to absolute. */
void explain_ask(struct question *question, const struct policy *policy, struct explain_options *options,
                 char absolute[static PATH_MAX]);
const char *explain_rule(const struct question *question); /* its name, or what stands for it */
json_t *explain_to_json(const struct question *question);
void explain_print(const json_t *json);

/* Runs or opens what the words name: fills in the access and decides it. */
void explain_command(struct question *question, struct explain_options *options);
void explain_request_to_json(const struct question *question, json_t *json);
void explain_request_print(const json_t *json);

/* "  label     value"; nothing without a value. */
void explain_print_line(const char *label, const char *value);

/* 0, or a negative value when usage was printed. Usually wrong usage ends the process within argp. */
int explain_options_parse(struct explain_options *options, int argc, char **argv);
