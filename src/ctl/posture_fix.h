/* unitward posture --fix and --undo: what is safe is changed, by the daemon where it protects it, and can be undone. */
#pragma once

#include "unitward/posture.h"
#include "unitward/repair.h"

struct fix_options {
        const char *root;      /* of the system that was looked at; "/" or NULL: this one */
        const char *state;     /* the daemon's state directory; NULL: where the daemon says, or the usual one */
        bool yes, json;
};

/* enum ctl_exit: CTL_OK when all that is safe is mended. */
int posture_fix(const struct posture *posture, const struct fix_options *options);

/* id NULL: the last one. */
int posture_undo(const char *id, const struct fix_options *options);

/* ---- Between posture_fix.c, posture_undo.c and posture_apply.c ------------------------------------------------ */

struct fix {
        char *state;           /* the daemon's */
        char *directory;       /* of what is written down */
        char id[REPAIR_ID_SIZE];
        size_t n;
        struct repair *repairs;
        int *errors;           /* of each: 0 or -errno */
        bool with_daemon;
};
void fix_done(struct fix *fix);

/* Finds the state directory. 0 or -ENOMEM. */
int fix_begin(struct fix *fix, const char *state);

/* What will be done to each, on stdout. */
void fix_print_plan(const struct fix *fix);
bool fix_confirm(const struct fix *fix, bool yes, const char *question);

/* Asks the daemon, and does what it leaves to us, or all of it where there is none. undo: "repair-undo" instead of "repair". An
 * enum ctl_exit; not CTL_OK: nothing was changed, and why was said. */
int fix_apply(struct fix *fix, bool undo);

/* What failed, and how it can be undone. CTL_OK or CTL_FINDING. */
int fix_report(const struct fix *fix, bool undo, bool json);
