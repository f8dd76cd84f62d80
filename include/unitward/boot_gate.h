/* The boot gate: what is on systemd's search path and not authorised is masked before a manager loads it.
 *
 * Runs as a generator, at boot and at every reload, with or without the daemon: compares the search path with the boot
 * snapshot (snapshots.h), by inode, size and times first and by digest only where these differ. A running daemon is
 * asked about what differs, as it knows more than the snapshot yet; then writes into the generator's early directory,
 * which outranks all that can be planted but *.control.
 *
 *   not authorised                    a link to /dev/null under the same name: a unit, drop-in or dependency is masked
 *   ... in the place of an authorised one, or that one changed
 *                                     the authorised contents, from where they are left: another directory of the
 *                                     search path, or the golden copy
 *   ... in a *.control directory      the unit gets a condition that never holds
 *
 * Audit mode reports the same and does nothing. Whatever goes wrong is reported and lets the boot go on. */
#pragma once

#include "unitward/unit_path.h"

#define BOOT_GATE_SOCKET "boot-gate" /* in the runtime directory; for everybody */

struct boot_options {
        enum unit_scope scope;     /* whose manager runs this */
        const char *early;         /* the generator's second argument */
        const char *snapshot;
        const char *policy;
        const char *golden;        /* directory of the golden copies: readable by root, once /var is there */
        const char *socket;        /* the daemon's */
        unsigned seconds;          /* PID 1 waits: after so many the process ends, successfully; 0: never */
        const char *command_line;  /* the kernel's: unitward.mode=off does nothing, =audit reports only */
};

void boot_gate_run(const struct boot_options *options);
