/* The part of a record that is about a run of a gated command. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unitward/arguments.h"
#include "unitward/command.h"
#include "unitward/policy.h"
#include "unitward/record.h"

#define RECORD_WORDS_MAX 64u   /* of the command line; more are left out, and so is what is longer than ... */
#define RECORD_LINE_MAX 2048u  /* ... so many bytes */

struct record_command {
        char name[POLICY_ID_MAX];
        size_t n_verbs, n_units, n_words;
        char *verbs[COMMAND_VERBS_MAX];
        char *units[COMMAND_UNITS_MAX];
        char *words[RECORD_WORDS_MAX];
        char *line;            /* the words, with a space between; NULL: they could not be read */
        bool cut;              /* there are more */
        bool schedules;        /* something to be run at a time, or again and again */
        enum command_scope scope;
        char terminal[32];     /* "/dev/pts/4": where who was refused reads of it; "": nowhere */
        const char *unclear;   /* static, a phrase: why what it asks for cannot be told; NULL: it can */
};

/* Copies. arguments: NULL: they could not be read. NULL: no memory. */
struct record_command *record_command_new(const char *name, const struct command_request *request,
                                          const struct arguments *arguments);
struct record_command *record_command_free(struct record_command *command); /* accepts NULL; returns NULL */

/* How often that was said lately. */
struct terminal_manners {
        uint64_t since_usec;   /* CLOCK_MONOTONIC */
        unsigned n;
};

/* Says on his terminal what a record is about, if he was refused, and it is his own. Opens nothing but a pseudo-terminal,
 * waits for nobody. True: it was said. */
bool terminal_tell(struct terminal_manners *manners, const struct record *record);

/* ATT&CK: scheduled tasks for what schedules, otherwise system services. */
const char *record_command_technique(const struct record_command *command);
