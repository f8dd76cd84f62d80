/* Vouching: what explains a change beside the policy's rules, when these do not allow it.
 *
 * The package manager's records, while the daemon starts: what changed while nobody watched, or is there at a first
 * start, and is exactly what an installed package shipped. They are read when the first difference asks for them.
 * And the policy's own list of contents, at any time. Both by the contents, never by a name alone. */
#pragma once

#include "unitward/ledger.h"
#include "unitward/policy.h"

/* The starting daemon's view of the package records. */
struct vouching;

/* root: as packages_read takes it; copied. NULL: no memory. */
struct vouching *vouching_new(const char *root, const struct policy *policy);
struct vouching *vouching_free(struct vouching *vouching); /* accepts NULL; returns NULL */

/* What the ledger says, for the removal of what a package shipped. vouching may be NULL. 0 or -ENOMEM. */
int vouching_remember(struct vouching *vouching, const struct ledger_entry *entry);
