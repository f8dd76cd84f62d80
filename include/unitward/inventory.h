/* The inventory: what is protected and what is authorised, in memory. The ledger is its durable form.
 *
 * One writer, the housekeeper, which owns the structures and walks them freely. The verdict thread asks
 * by identity or by path and gets copies. The lock is held for look-ups and for the writer's changes
 * only, never across a system call that could raise an event. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "unitward/access.h"
#include "unitward/condemned.h"
#include "unitward/digest.h"
#include "unitward/fan_group.h"
#include "unitward/file_id.h"
#include "unitward/hash.h"
#include "unitward/ledger.h"

/* What a file looks like from outside: cheap to compare, changed by every write that the kernel counts. */
struct signature {
        struct file_id id;
        uint64_t size;
        int64_t mtime_nsec;
        int64_t ctime_nsec;
};

struct signature signature_of(const struct stat *st);
bool signature_equal(const struct signature *a, const struct signature *b);

enum entry_state {
        ENTRY_AUTHORISED,
        ENTRY_TOLERATED,       /* not authorised, seen and recorded, and left in place (audit mode, or it
                                * could not be removed): managers may not load it */
};

/* One authorised or tolerated name in a protected directory; directories have a struct of their own. There may be
 * tens of thousands: wide fields first, so that nothing is lost between them. */
struct entry {
        struct directory *directory;
        char *name;            /* in room, where it fits */
        char *target;          /* ENTRY_LINK */
        void *attributes;      /* authorised, when not bare (attributes.h); NULL: not known which */
        struct entry *next_same_inode; /* hard links share one inode: all of them but the first */
        uint64_t size;         /* authorised */
        struct signature signature; /* as last seen on the disk; no inode: not there */
        uint64_t accepted_usec; /* when it was authorised (CLOCK_MONOTONIC) and by whose doing */
        pid_t accepted_pid;
        uint32_t attributes_size;
        struct digest digest;  /* ENTRY_FILE */
        enum entry_kind kind;
        enum entry_state state;
        enum place place;
        int zone;
        mode_t mode;           /* authorised: permission bits */
        uid_t uid;
        gid_t gid;
        bool expected;         /* the facts above are authorised; a tolerated change leaves them */
        bool unfinished;       /* an allowed writer has it open: its digest is still to come */
        bool bare;             /* had no extended attributes but security.* when it was authorised */
        bool unmarked;         /* known from the ledger, and its file is still to be marked */
        UT_hash_handle hh;     /* directory->entries, by name */
        UT_hash_handle hh_inode; /* inventory->by_inode, by signature.id: the first of its inode alone */
        char room[48];
};

/* A name in a parent directory that leads to something protected. */
enum interest_kind { INTEREST_WAY, INTEREST_DIRECTORY, INTEREST_FILE };

struct interest {
        char *pattern;         /* '*' matches within the name */
        enum interest_kind kind;
        int zone;
        enum place place;
        bool linked;           /* the target of an authorised link: no zone names it */
        bool aged;             /* not yet found again by the walk under a new policy */
        struct interest *next;
};

struct directory {
        char *path;            /* canonical when it was resolved; the key */
        const char *name;      /* its last component, inside path */
        int zone;
        enum place place;      /* PLACE_PARENT: only the names in interests are protected */
        bool is_root;          /* named by the policy: protected whenever it exists, never forgotten */
        bool restore;          /* by its zone, and not volatile by nature */
        bool is_volatile;      /* on a file system that a reboot empties */
        bool authorised;       /* false: tolerated */
        bool present;          /* id, handle and marks hold */
        bool given_up;         /* settling tried to bring it back once already */
        bool resolved;         /* found by the territory's last walk */
        bool watched;          /* marked: false where the file system or a limit refused */
        mode_t mode;
        uid_t uid;
        gid_t gid;
        bool bare;
        void *attributes;      /* as in struct entry */
        size_t attributes_size;
        bool missed;           /* audit mode: it is gone, and that was recorded */
        struct { mode_t mode; uid_t uid; gid_t gid; bool bare; struct digest attributes; } tolerated; /* audit mode:
                                * recorded already */
        unsigned depth;        /* below the directory that the policy names */
        struct file_id id;
        struct fan_handle handle;
        struct directory *parent; /* NULL where that is not watched */
        struct interest *interests;
        struct entry *entries; /* uthash by name */
        UT_hash_handle hh_path, hh_handle, hh_id;
};

struct inventory {
        pthread_mutex_t lock;
        struct directory *by_path;
        struct directory *by_handle;
        struct directory *by_id;
        struct entry *by_inode; /* the first name of each inode */
        struct entry_block *blocks; /* where entries live (entries.c) */
        struct entry *spare;
        struct condemned_table condemned; /* written by verdicts too */
        struct condemned_table taken;
        uint64_t n_authorised, n_tolerated, n_directories;
        uint64_t n_unfinished; /* the housekeeper's */
        struct known *known;   /* the authorised files once more, for the supervisor; NULL: nobody asks */
};

int inventory_init(struct inventory *inventory);
void inventory_done(struct inventory *inventory);

/* ---- The writer's side ------------------------------------------------------------------------- */

struct directory *inventory_directory(struct inventory *inventory, const char *path);

/* The record of the path, made when it is missing (absent, unauthorised, PLACE_PARENT). NULL: no memory. */
struct directory *inventory_add_directory(struct inventory *inventory, const char *path);

/* Where the policy puts it. */
void inventory_place_directory(struct inventory *inventory, struct directory *directory, int zone, enum place place);

/* It exists now, as this inode (0 or -ENOMEM), or no longer. */
int inventory_directory_present(struct inventory *inventory, struct directory *directory, const struct stat *st,
                                const struct fan_handle *handle);
void inventory_directory_absent(struct inventory *inventory, struct directory *directory);
void inventory_remove_directory(struct inventory *inventory, struct directory *directory);

/* Notes that a name in a parent directory matters. Known ones are not added again. 0 or -ENOMEM. */
int inventory_add_interest(struct inventory *inventory, struct directory *directory, const struct interest *interest);

/* For a new policy: those that are not added again between the two calls are dropped by the second. Linked
 * ones stay. */
void inventory_age_interests(struct inventory *inventory);
void inventory_drop_aged_interests(struct inventory *inventory);

/* The interest in the name, or NULL. */
const struct interest *inventory_interest(const struct directory *directory, const char *name);

struct entry *inventory_entry(struct directory *directory, const char *name);
struct entry *inventory_entry_at(struct inventory *inventory, const char *path); /* canonical, absolute; or NULL */

/* Inserts or replaces the entry with these facts; name, target and attributes are copied. NULL: no memory, nothing
 * changed. */
struct entry *inventory_put(struct inventory *inventory, struct directory *directory, const struct entry *facts);
void inventory_drop(struct inventory *inventory, struct entry *entry);

/* The authorised contents under a new signature (a rename, a touch): authorised, whatever it was. */
void inventory_resign(struct inventory *inventory, struct entry *entry, const struct signature *signature);

/* What was authorised under the name is not any more; what is there is yet to be settled. */
void inventory_disown(struct inventory *inventory, struct entry *entry);

/* The policy puts it elsewhere than before (or for the first time since it came from the ledger). */
void inventory_rezone(struct inventory *inventory, struct entry *entry, int zone, enum place place);

/* Zone z is now to[z] (ZONE_UNPLACED: no longer there); n zones. publish is called under the same lock. */
void inventory_renumber(struct inventory *inventory, const int *to, size_t n, void (*publish)(void *), void *userdata);

/* ---- Either thread's: condemned files ---------------------------------------------------------- */

/* As condemned_put and condemned_take, under the lock, in the table that it belongs to. */
bool inventory_condemn(struct inventory *inventory, struct condemned *condemned, struct condemned *ret_gone);
bool inventory_pardon(struct inventory *inventory, uint64_t now_usec, struct condemned *ret);

/* When the oldest of them is to be taken; 0: there are none. */
uint64_t inventory_pardon_usec(struct inventory *inventory);

/* ---- The verdict thread's side: copies under the lock ----------------------------------------- */

struct inventory_facts {
        bool found;            /* the inode has a protected name */
        bool is_directory;     /* it is a protected directory itself */
        bool authorised;       /* under at least one name */
        bool whole_signature;  /* it looks as it did when it was authorised */
        bool condemned;        /* not found, and condemned: path and rule are set */
        bool taken;            /* inventory_place: not found, and just taken to quarantine: likewise */
        int zone;
        enum place place;
        char path[4096];       /* "" when neither found nor condemned */
        char rule[POLICY_ID_MAX]; /* that refused the link to it; "": not decided yet */
        char name[256];
        char directory_name[256];
};

/* By inode. The signature is the one of the open file. */
void inventory_find(struct inventory *inventory, const struct signature *signature, struct inventory_facts *ret);

/* By place: what a name in the directory with this identity would be. found is false when it is not a
 * protected directory, or the name in it does not matter. */
void inventory_place(struct inventory *inventory, struct file_id directory, const char *name,
                     struct inventory_facts *ret);

/* Whether the directory with this handle is one of the daemon's own, in which directories with such a name are as well. */
bool inventory_has_state(struct inventory *inventory, const struct fan_handle *handle, const char *name);

/* By a notification's handle: the path of the directory, and whether the name in it matters.
 * 1: it does; 0: it does not; -ENOENT: the handle is not known. ret_path has room for PATH_MAX; *ret_place is the
 * name's, where it matters. */
int inventory_change_matters(struct inventory *inventory, const struct fan_handle *handle, const char *name,
                             char ret_path[static 4096], enum place *ret_place);
