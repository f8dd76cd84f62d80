/* The ledger: every protected path that is authorised, in what state, why, since when and by whom.
 * SQLite (WAL, synchronous=FULL). The recorder writes it; it is read once, at start. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "unitward/digest.h"
#include "unitward/file_id.h"

#define STATE_PATH "/var/lib/unitward" /* where it lies, with what else the daemon keeps */

enum entry_kind { ENTRY_FILE, ENTRY_LINK, ENTRY_DIRECTORY, ENTRY_KIND_COUNT_ };

const char *entry_kind_name(enum entry_kind kind); /* "file", "link", "directory" */

/* Facts of one path. The strings belong to whoever made the struct. Paths are bytes, not text. */
struct ledger_entry {
        const char *path;
        enum entry_kind kind;
        mode_t mode;            /* permission bits only */
        uid_t uid;
        gid_t gid;
        bool bare;              /* no extended attributes but security.* */
        const void *attributes; /* not bare: those, as attributes_read wrote them; NULL: not known which */
        size_t attributes_size;
        uint64_t size;          /* ENTRY_FILE */
        int64_t mtime_nsec;     /* when it was authorised: a cheap first comparison, never proof */
        int64_t ctime_nsec;
        struct file_id id;
        struct digest digest;   /* ENTRY_FILE */
        const char *target;     /* ENTRY_LINK; otherwise NULL */
        const char *source;     /* "baseline", "actor", "package", "policy", "approve", "install", "import",
                                 * "quarantine-restore" */
        const char *rule;       /* the rule that allowed it; "" where none did */
        const char *by;         /* actor_describe of who did it; the package; "" for the baseline */
        uint64_t since_usec;    /* CLOCK_REALTIME */
};

struct ledger;

/* Opens or creates. 0; -EUCLEAN: corrupt or not a ledger (the file is left alone); -EPROTO: a schema
 * newer than this program; other -errno. */
int ledger_open(const char *path, struct ledger **ret);

/* Only to read, beside the daemon that writes, or without one. -ENOENT: there is none; -ESTALE: of an earlier version,
 * the daemon has to bring it up to date first; otherwise as ledger_open. Root only. */
int ledger_open_read(const char *path, struct ledger **ret);

struct ledger *ledger_close(struct ledger *ledger); /* accepts NULL; returns NULL */

/* True once ledger_set_baseline was committed: an empty ledger then means that nothing is authorised. */
int ledger_has_baseline(struct ledger *ledger);
int ledger_set_baseline(struct ledger *ledger, uint64_t when_usec);

/* Calls each for every entry in path order; stops at and returns the first negative result. */
int ledger_each(struct ledger *ledger, int (*each)(const struct ledger_entry *entry, void *userdata), void *userdata);

int ledger_put(struct ledger *ledger, const struct ledger_entry *entry); /* insert or replace */
int ledger_remove(struct ledger *ledger, const char *path);              /* absent is fine */

/* Groups what follows into one transaction (one fsync). */
int ledger_begin(struct ledger *ledger);
int ledger_commit(struct ledger *ledger);   /* all or nothing: what fails is rolled back */
void ledger_rollback(struct ledger *ledger); /* fine without a transaction */
