/* Settling: a protected directory is brought back to what is authorised.
 *
 * For each name the disk is compared with the inventory; what differs is one operation by one actor, the
 * policy decides it, and it is accepted (inventory and ledger follow), tolerated (audit mode: recorded),
 * or undone: what arrived goes into quarantine, what was changed or removed comes back.
 * Runs on the housekeeper; a manager may be waiting for it, so nothing here waits for the recorder. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "unitward/fan_group.h"
#include "unitward/filing.h"
#include "unitward/golden.h"
#include "unitward/inventory.h"
#include "unitward/observe.h"
#include "unitward/outbox.h"
#include "unitward/policy.h"
#include "unitward/quarantine.h"
#include "unitward/vouch.h"
#include "unitward/writers.h"

/* Why a name is looked at. */
struct cause {
        struct actor *actor;   /* borrowed; NULL: nobody known */
        uint64_t mask;         /* fanotify's, 0: none */
        const char *client;    /* borrowed: the gated command whose permitted run did it, access.h; NULL: none */
};

/* Somebody who says what is authorised, whatever the policy says of how it came there. */
struct authority {
        const char *source;    /* for the ledger */
        const char *deed;      /* for the records: "approved"; NULL: only follows from something else */
        struct actor *actor;   /* borrowed; NULL: nobody known */
        struct verdict verdict; /* for all of it; rule NULL: the policy decides each path, as OPERATION_APPROVE */
        const struct digest *digest; /* only a file of root's with these contents; or a link */
        const char *target;    /* that leads there; both NULL: whatever is there */
};

#define SETTLE_REPORTED_MAX 256u
#define SETTLE_INSISTED_MAX 64u
#define SETTLE_GAP_MAX 512u    /* more of them are reported as well, but not compared with what managers loaded */

struct settler {
        struct inventory inventory;
        const struct fan_groups *groups;
        const struct policy *policy;
        enum mode mode;
        struct quarantine *quarantine;
        struct golden *golden;
        struct outbox *outbox;
        const char *snapshot_path; /* borrowed: the recorder's own file, should a zone hold it; NULL: none */
        char *policy_directory;    /* owned: where the policy's files are; NULL: not known */
        bool policy_counts;    /* what is there is authorised, because it is what is in force */
        bool baseline;         /* first start: what is there is authorised */
        bool reviewing;        /* first start: what is there waits for a review, and one record says so */
        bool new_boot;         /* and the same for what is on volatile file systems */
        bool surveying;        /* starting: authorised directories are found and marked, nothing is settled yet */
        bool gap;              /* starting: changes happened while nobody watched */
        struct { size_t n; char *paths[SETTLE_GAP_MAX]; } in_gap; /* owned: what was not authorised at the start */
        struct vouching *vouching; /* owned by whoever starts the daemon: while it starts; otherwise NULL */
        const struct authority *authority; /* settle_authorise and settle_revoke: not NULL meanwhile */
        size_t n_refused;      /* of what that authority asked for */
        size_t n_busy;         /* of them, those that are not what the authority means: -ETXTBSY */
        uint64_t began_usec;   /* when the daemon was ready; CLOCK_MONOTONIC */
        bool patient;          /* looking around, not at what was told of: leaves what changed just now, somebody's
                                * note on it is still to come, and nobody would be blamed for it */
        bool forced;           /* do not wait any longer for a writer to finish */
        unsigned n_pending;    /* names that could not be dealt with yet: look again soon */
        uint64_t n_accepted, n_quarantined, n_restored, n_problems;
        uint64_t n_unkept;     /* removed and only described: there was no room in quarantine */
        bool (*knows_mount)(int fd, void *userdata); /* of the mount that fd was opened on: whether it was decided that
                                * it stays; NULL: they all do. What lies on one that was not is left until it is */
        void *mounts;          /* its userdata */
        size_t n_undecided;    /* directories that were found on such a mount */
        char **closed;         /* mounts that nobody here looks into */
        size_t n_closed;
        size_t n_stuck;        /* links that could be neither taken nor removed: on a file system that is not written */
        uint64_t n_in_force;   /* authorised because the policy that is in force was read there */
        uint64_t n_vouched;    /* authorised as a package shipped it, or as the policy lists it */
        struct { uint64_t key, when_usec; } reported[SETTLE_REPORTED_MAX];
        struct { uint64_t key, when_usec; } insisted[SETTLE_INSISTED_MAX]; /* what a manager removed, and came back */
        struct writers writers;
        struct filings filings; /* what was set aside while somebody may be waiting */
};

/* One name in a watched directory. 0, or -errno when it could not even be looked at (-ESTALE: the
 * directory at this path is another one, or gone). */
int settle_name(struct settler *settler, struct directory *directory, const char *name, const struct cause *cause);

/* What is there under the name now, a directory with all that is in it, or its absence, is authorised.
 * -EPERM: the policy refuses it, -ETXTBSY: somebody has it open for writing, or it is not what the authority means;
 * nothing has changed then; of a directory, that part of it. */
int settle_authorise(struct settler *settler, struct directory *directory, const char *name,
                     const struct authority *authority);

/* Authorised no longer: enforce mode takes it to quarantine, audit mode leaves it and tells. The authority's verdict
 * has a rule and is no allow. -ENOENT: it was not authorised; -EBUSY: a directory that the policy itself names. */
int settle_revoke(struct settler *settler, struct directory *directory, const char *name,
                  const struct authority *authority);

/* All that is there, and the absence of what is not, is authorised, as far as the policy lets the authority. resolve: goes
 * from the policy's paths to directories first, by links on the way (/lib) that are names as any other; NULL: none are. */
struct authority_count {
        size_t accepted, refused; /* names */
};
struct authority_count settle_take(struct settler *settler, const struct authority *authority,
                                   int (*resolve)(struct settler *settler, const struct cause *cause));

/* The authorised file with this identity has been open for writing since before it was watched, by the cause's actor. */
enum held_fate {
        HELD_NO_MORE,          /* it is not any more, or is nothing that is guarded */
        HELD_ALLOWED,          /* the policy lets him change it */
        HELD_LEFT,             /* he may not, and it stays as it is: audit mode, the policy, a zone that is not restored */
        HELD_REPLACED,         /* another inode has its name: what he did to it is undone, what he does reaches nobody */
};
enum held_fate settle_held(struct settler *settler, struct directory *directory, const char *name,
                           const struct cause *cause, struct file_id id);

/* All names on the disk and all that are expected. */
int settle_directory(struct settler *settler, struct directory *directory, const struct cause *cause);

/* Every watched directory; what was tolerated is decided again. */
void settle_everything(struct settler *settler, const struct cause *cause);

/* What was found not to be authorised at the start has been asked about, or never will be. */
void settle_forget_gap(struct settler *settler);

/* A protected directory is not where it was: comes back, or is forgotten, as the policy says. */
int settle_missing_directory(struct settler *settler, struct directory *directory, const struct cause *cause);

/* ---- Mounts (settle_mount.c) ----------------------------------------------------------------------- */

/* True when what is mounted at the path can cover something protected: it is that, lies above it, or in it. */
bool settle_is_concerned(struct settler *settler, const char *path);

/* The path is come to by a link, and no walk knows the directories above it: from now on what is mounted over one of
 * them matters. Nothing is watched there. */
void settle_know_way(struct settler *settler, const char *path);

/* Names at the path and below that are authorised and restored when they are missing; and of these, those that are not
 * found there as they were authorised. Unless look: all of them, without a look at what is there. */
struct settle_covered {
        size_t n, n_hidden;
};
struct settle_covered settle_count_covered(struct settler *settler, const char *path, bool look);

/* A name in a protected directory, or a linked unit, that something was mounted over or is no longer; directories that
 * the policy names are for territory_resolve, before this. */
void settle_uncover(struct settler *settler, const char *path, const struct cause *cause);

/* Before what is mounted at the path is detached: a manager may have read the names in it. Files that would be units
 * there may not be loaded for a while; the first of them, should there be very many. rule: that refused it. */
void settle_condemn_covering(struct settler *settler, const char *path, const char *rule);

/* From now on nothing at the path or below is looked at; or it is again. 0 or -ENOMEM. */
int settle_close(struct settler *settler, const char *path);
void settle_reopen(struct settler *settler, const char *path);
bool settle_is_closed(const struct settler *settler, const char *path);

/* True when the same process's change of the same path was recorded a moment ago (and remembers this one). */
bool settle_was_reported(struct settler *settler, const char *path, const struct actor *actor, enum outcome outcome);

/* A directory gets its marks and becomes present. -ENOENT, -ENOTDIR: it is not there; -ESTALE: it lies on a mount that
 * is not decided. */
int watch_directory(struct settler *settler, struct directory *directory);

/* Takes the marks of the directory and its files away again. */
void unwatch_directory(struct settler *settler, struct directory *directory);

/* The directory itself is authorised, by this rule; the ledger is told. */
void accept_directory(struct settler *settler, struct directory *directory, const char *rule, const struct cause *cause);

/* The directory and all that is protected because of it are expected no longer. A root of the policy stays known. */
void forget_directory(struct settler *settler, struct directory *directory);

/* For quarantine_prepare_items, with the settler: who is about to open what is taken is asked about there. */
void undo_prepare_item(void *userdata, int item, const char *path, const json_t *why);

/* A problem for the records; takes ownership of message and hint. */
void report_problem(struct settler *settler, const char *path, char *message, char *hint);
