/* Condemning what a planted link leads to (condemned.h), and letting it go again. */
#pragma once

#include "unitward/fan_group.h"
#include "unitward/inventory.h"

struct planted {
        int dir;               /* the directory that the link appeared in; O_PATH will do */
        const char *target;    /* as the link has it */
        uid_t owner;           /* the link's */
        const char *rule;      /* that refused it; "": not decided yet */
};

/* Marks and lists the file behind the link, when it is a regular one and nothing protects it. A link of a user's does
 * that to his own files alone, and nobody's to the programs of PID 1 and of this daemon. Never waits for a disk or a
 * network: a target that the kernel has to look for is left alone. Any thread but the recorder. */
void condemn(const struct fan_groups *groups, struct inventory *inventory, const struct planted *planted);

/* A name that appeared, before anybody has decided about it: the same, should it be a link. The verdict thread's. */
void condemn_suspect(const struct fan_groups *groups, struct inventory *inventory, const char *directory,
                     const char *name);

/* The quarantine's directory that something is about to be moved to: marked and listed. path: where that is now;
 * rule: that refused it. The housekeeper's. */
void condemn_taken(const struct fan_groups *groups, struct inventory *inventory, int directory, const char *path,
                   const char *rule);

/* Those whose time has come are let go. The housekeeper's. */
void condemn_pardon(const struct fan_groups *groups, struct inventory *inventory);
