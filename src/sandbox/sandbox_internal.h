/* Between the list of system calls and the filter that is made of it. */
#pragma once

#include "unitward/sandbox.h"

/* Calls that the roles may make, whatever their arguments. */
struct call_group {
        unsigned roles;
        const char *reason;
        const char *calls; /* names, separated by spaces; those this architecture does not have are left out */
};

/* A call with some arguments only: where argument & mask is one of the values; without values, always. */
struct call_limit {
        unsigned roles;
        const char *call;
        unsigned argument;      /* from 0 */
        uint64_t mask;
        const uint64_t *values;
        size_t n_values;
        bool own_pid;           /* the value is the process itself */
        int error;              /* 0: it may; otherwise it fails, for libraries that try it and can do without */
};

/* A call that libseccomp may be too old to know by name. Since 424 the numbers are the same on all architectures. */
struct call_number {
        const char *call;
        int number;
};

extern const struct call_group call_groups[];     /* ends with NULL calls */
extern const struct call_limit call_limits[];     /* ends with a NULL call */
extern const struct call_number call_numbers[];   /* ends with a NULL call */

/* The calls of later kernels are not known to this list: a later libc tries them, and does without where they fail. */
#define CALL_NUMBER_LAST 472

/* Its name's end is a space or the end of text. */
#define CALL_NAME_MAX 32u
const char *call_name_next(const char *names, char name[static CALL_NAME_MAX]); /* NULL: no more */
