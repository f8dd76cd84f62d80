/* What a unit uses: check_programs.c goes through its settings, uses.c looks at each thing, interpreters.c through what scripts name in their first line. */
#pragma once

#include "posture_internal.h"
#include "unitward/unit_runs.h"

/* As what something is used. */
enum use_as { USE_PROGRAM, USE_SETTINGS, USE_CREDENTIAL, USE_ROOT, USE_DIRECTORY };

/* A unit, while what it uses is looked at. */
struct job {
        struct posture *posture;
        const struct posture_unit *unit;
        struct runner runner;         /* of its commands */
        struct runner manager;        /* who reads files for it */
        const char *root_directory;   /* RootDirectory=, or "" */
        const char *working_directory; /* NULL: none that is known */
        const char *search;           /* ExecSearchPath=, NULL: systemd's own */
        bool private_tmp;
        unsigned depth;               /* of interpreters of interpreters */
};

struct use {
        const struct job *job;
        enum use_as as;
        struct runner runner;
        const char *path;             /* of the system that is looked at */
        bool optional;                /* that it is missing is no news */
};

/* Looks at a file, and at the interpreter of a program. path: as the unit sees it; relative ones are left out. */
int use_file(const struct job *job, enum use_as as, const struct runner *runner, const char *path, bool optional);
/* The same of a program that may be searched for. */
int use_named(const struct job *job, const struct runner *runner, const char *name, bool optional);

/* What the first line of a script names. */
int use_interpreter(const struct use *use, struct node *node);
