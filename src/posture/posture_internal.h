/* What the sources of posture share: the looking itself. Check modules need only posture.h. */
#pragma once

#include "unitward/hash.h"
#include "unitward/posture.h"
#include "unitward/util.h"

struct finding_entry;
struct tree_node;

struct posture {
        int root;                     /* O_PATH */
        bool live;
        const struct policy *policy;
        const char *ledger;
        struct finding_entry *by_key; /* uthash: check and path */
        size_t n_findings;
        const struct finding **sorted; /* NULL until posture_run is done */
        size_t n_unseen;
        struct unseen *unseen;
};

/* Sorts the findings and asks the policy which of them it accepts. 0 or -ENOMEM. */
int findings_finish(struct posture *posture);
void findings_done(struct posture *posture);

/* The check modules, in the order in which they run. */
struct posture_module {
        const char *name;
        int (*check)(struct posture *posture);
};
extern const struct posture_module posture_modules[]; /* ends with a NULL name */
