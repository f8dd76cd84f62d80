/* What of the ledger is kept beside it as text (ledger_text.h), always from one reading of it:
 *
 *   the export          all of it, 0600: a damaged ledger is rebuilt from this;
 *   the boot snapshot   0644, with signatures, without the names of those who changed something: the boot gate compares
 *                       with it, before /var is mounted and in user managers. What lies in transient/ and generator*
 *                       is left out. Its headers say what the policy is (boot_gate.h).
 *
 * Each is written under a temporary name (PATH.new), flushed and renamed, and left alone when it would have the same
 * bytes. Belongs to the recorder. */
#pragma once

#include "unitward/ledger.h"
#include "unitward/policy.h"

#define SNAPSHOT_PATH "/etc/unitward/boot.snapshot"

struct snapshots;

/* Paths are copied. 0 or -ENOMEM. */
int snapshots_new(const char *export_path, const char *boot_path, struct snapshots **ret);
struct snapshots *snapshots_free(struct snapshots *snapshots); /* accepts NULL; returns NULL */

/* The headers of the boot snapshot, a line "KEY VALUE" each. unreviewed: nobody has said yet that what is there is
 * authorised, so the boot gate only reports. Caller frees; NULL: no memory. */
char *snapshots_headers(const struct policy *policy, enum mode mode, bool unreviewed);

/* Headers are taken (NULL: those of before); the files are behind from now on. */
void snapshots_behind(struct snapshots *snapshots, char *headers);

/* As those headers have it. */
enum mode snapshots_mode(const struct snapshots *snapshots);

/* When they should be written, CLOCK_MONOTONIC; 0: they are not behind. Writing them takes at most a tenth of the time,
 * and never comes more often than once a second. quiet: nothing else waits to be recorded. */
uint64_t snapshots_due_usec(const struct snapshots *snapshots, bool quiet);

/* Writes both. 1 and the digest of the boot snapshot (its last line) when that has changed; 0: it has not; -errno: what
 * could not be written stays as it was, and is tried again. */
int snapshots_write(struct snapshots *snapshots, struct ledger *ledger, struct digest *ret);
