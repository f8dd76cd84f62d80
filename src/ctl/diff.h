/* Between the parts of `unitward diff': diff.c compares, diff_finding.c says what a difference is and means. */
#pragma once

#include "survey.h"
#include "unitward/golden.h"
#include "unitward/packages.h"

struct known {                 /* a path of the ledger; the entry's strings are its own, or NULL */
        struct ledger_entry entry;
        char *path, *target;
        void *attributes;
        UT_hash_handle hh;
};
void known_free(struct known *known);

struct diff {
        bool verify;
        struct policy *policy;
        struct known *known;
        struct golden *golden;     /* opened, and */
        struct packages *packages; /* read, when there is a first finding */
        bool prepared;
        json_t *findings;
};

enum {
        DIFFERS_KIND = 1 << 0,
        DIFFERS_CONTENTS = 1 << 1,
        DIFFERS_TARGET = 1 << 2,
        DIFFERS_MODE = 1 << 3,
        DIFFERS_OWNER = 1 << 4,
        DIFFERS_ATTRIBUTES = 1 << 5,
};

/* entry NULL: the ledger does not know the path; seen that does not exist: it is missing; otherwise differs says how
 * they differ. Adds {path, change: "new", "missing" or "changed", differs: [...], meaning, package, package_match,
 * authorised: {...}, found: {...}}. 0 or -ENOMEM. */
int diff_add(struct diff *diff, const char *path, const struct ledger_entry *entry, const struct observed *seen,
             unsigned differs);

void diff_print(const json_t *findings);
