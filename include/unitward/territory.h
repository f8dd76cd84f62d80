/* The territory: which directories the policy's zones mean on this disk, now.
 *
 * Every path is walked from / component by component. What exists is watched: the protected directories
 * themselves, and above them each directory in which a name could appear, vanish or be replaced that
 * leads to one (kernel-facts: no event is raised for a rename). What does not exist yet is found by its
 * parent's event and walked again: marked first, then settled. */
#pragma once

#include "unitward/settle.h"

/* Walks all zones; settles directories that are new at their path, and those that are gone. cause: who
 * made it necessary. 0 or -ENOMEM. */
int territory_resolve(struct settler *settler, const struct cause *cause);

/* The same for what happened to one directory that the policy names: PID 1 makes those of the generators anew at each
 * daemon-reload, and waits. False: that is not all that could have changed with it, or it failed; all is to be walked. */
bool territory_resolve_root(struct settler *settler, struct directory *directory, const struct cause *cause);

/* The same under another policy, which may name less (after inventory_renumber). */
int territory_renew(struct settler *settler, const struct cause *cause);

/* Parts of these. Directories that the last walk did not find and that no zone names; single files, and
 * links on the way, in which no zone is interested any more. */
void territory_release_unnamed(struct settler *settler);
void territory_release_files(struct settler *settler);

/* Takes what the ledger knows into the inventory, before the first walk. 0 or -errno. */
struct ledger;
int territory_load(struct settler *settler, struct ledger *ledger);

/* One entry of it, at any time: expected from now on, whatever is there. Settling comes next. 0 or -ENOMEM. */
struct ledger_entry;
int territory_expect(struct settler *settler, const struct ledger_entry *facts);

/* And what was accepted after that; it goes to the ledger by way of the outbox, which must log to pending. ret_n: how
 * many changes. 0 or -errno. */
int territory_replay(struct settler *settler, struct pending *pending, uint64_t *ret_n);
