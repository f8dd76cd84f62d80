/* The command line of unitward explain, made into an access's facts. */
#pragma once

#include "unitward/ctl.h"
#include "unitward/policy.h"

#include "../policy/policy_internal.h"

struct explain_options {
        struct ctl_common common;
        const char *policy; /* NULL: the one in its place */
        const char *path;   /* NULL: none is needed to run a command */
        const char *unit;   /* NULL: what the path tells */
        const char *command;
        const char *verb;
        bool has_operation;
        enum operation operation;
        struct actor actor; /* made up from the options; ancestry[0] is it, then --descendant-of */
};

/* 0, or a negative value when usage was printed. Usually wrong usage ends the process within argp. */
int explain_options_parse(struct explain_options *options, int argc, char **argv);
