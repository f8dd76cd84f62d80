/* A ledger that is damaged or gone: kept aside, and made anew from the last export. Never from what is on the disk,
 * which somebody may have prepared. */
#pragma once

#include <stdbool.h>

/* True when there was a ledger beside this path: what a daemon leaves behind (an export, golden copies, quarantine, the
 * boot it saw, another ledger kept aside) is in the same directory. */
bool ledger_lived_here(const char *path);

/* Renames the ledger and its log to PATH.damaged-TIME; fine when there is none. caller frees *ret, the new name; NULL:
 * there was nothing. 0 or -errno. */
int ledger_keep_aside(const char *path, char **ret);

/* Makes a ledger of these entries at path, whole or not at all: PATH.rebuilt is renamed. export_path NULL: of none, and
 * nothing is authorised. -ENOENT: no export; -EBADMSG, -EPROTO: it is damaged (*ret_why: in which line; caller frees);
 * -EEXIST: a ledger is there; other -errno. ret_n: so many entries. */
int ledger_rebuild(const char *path, const char *export_path, unsigned *ret_n, char **ret_why);
