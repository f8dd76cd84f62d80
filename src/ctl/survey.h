/* What the commands about the ledger share: the ledger itself, and a walk through all that the policy protects. */
#pragma once

#include "unitward/ctl.h"
#include "unitward/hash.h"
#include "unitward/ledger.h"
#include "unitward/observe.h"
#include "unitward/policy.h"

/* --state, --policy, --json, --socket; the parser's input begins with struct ctl_common. */
extern const struct argp_child survey_children[];

/* What the daemon has decided so far is in its ledger after this, if a daemon answers; then its directories are those
 * of the state and the policy too, unless options say others. Without one the ledger is read as it is. Root only.
 * CTL_OK, or what went wrong was said. */
int survey_begin(void);

const char *survey_state(void);

/* Opens the ledger to read, loads the policy: says what stands in the way. */
int survey_open_ledger(struct ledger **ret);
int survey_load_policy(struct policy **ret);

/* One object in a protected place; directories come before what is in them. */
struct survey_object {
        const char *path;
        const char *unit;      /* what it is about, "" when nothing */
        enum place place;
        bool is_user;          /* of user managers */
        const struct observed *seen;
};

/* Calls each for every object that is there in the places of the policy, without those that come and go with the boot;
 * links in the names of directories are followed once. A negative result ends the walk and is returned. */
int survey_walk(const struct policy *policy, int (*each)(const struct survey_object *object, void *userdata),
                void *userdata);

/* Contents of a regular file of at most UNIT_FILE_MAX bytes; NULL: none, or unreadable. Caller frees. */
char *survey_contents(const struct observed *seen, size_t *ret_size);

/* True for an answer of yes: asked on the terminal; without one it is no, and --yes is pointed to. */
bool survey_confirm(const char *question);

/* The ledger's text to the file, at once or not at all; NULL or "-": standard output. 0 or -errno. */
int survey_export(struct ledger *ledger, const char *file);
