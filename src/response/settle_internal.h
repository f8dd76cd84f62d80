/* Between the parts of settling: settle.c decides, accept.c authorises, undo.c takes and restores,
 * settle_directory.c does the same for directories, report.c records. */
#pragma once

#include "unitward/settle.h"

/* What explains a change beside the policy's rules. */
struct voucher {
        const char *source;    /* for the ledger; NULL: nothing does */
        char by[512];          /* for the ledger; "": who did it */
        bool has_digest;       /* of the very contents that were compared: others are not vouched for */
        struct digest digest;
};

/* One difference between the disk and the inventory. */
struct change {
        struct directory *directory;
        int dir;               /* its descriptor, O_PATH */
        const char *name;
        char path[4096];
        char unit[256];
        int zone;
        enum place place;
        struct entry *entry;   /* what is expected or tolerated; NULL: nothing */
        const struct observed *seen;
        const struct cause *cause;
        enum operation operation;
        struct verdict verdict;
        struct voucher voucher; /* of the verdict */
        struct digest before;  /* of the authorised contents, whatever becomes of the entry; zero: not known */
        char *gone;            /* where a link that is no longer there led; NULL: not known. settle_name's */
        bool attributes_only;  /* same contents: mode, owner or attributes differ */
        struct unkept unkept;  /* it is gone, and this is what it was */
};

/* While looking around: it changed so lately that the note of it may still be on its way. Then it is pending. */
bool change_must_wait(struct settler *settler, const struct change *change);

/* Zone, place and unit of the name: its directory's, or those of the parent's interest in it. */
void change_place(struct change *change);

struct access change_access(const struct change *change); /* as the policy sees it */
struct verdict change_decide(struct settler *settler, struct change *change); /* sets the voucher too */

/* settle_operation.c: what was done, told from the change's cause and from what is there. */
enum operation change_operation(struct settler *settler, const struct change *change);
enum operation change_operation_of_directory(const struct change *change); /* that appeared */

/* settle_compare.c: whether it is what is authorised. Where it is not known which extended attributes those are, any. */
bool entry_has_contents(const struct entry *entry, const struct observed *seen);
bool entry_has_attributes(const struct entry *entry, const struct observed *seen);
bool settle_same_extended(const struct observed *seen, bool bare, const void *attributes, size_t size);

/* settle_state.c: a name in a directory of the daemon's own. */
int settle_state(struct settler *settler, struct change *change);

/* settle_directory.c */
bool settle_is_directory(struct settler *settler, const struct change *change);
int settle_subdirectory(struct settler *settler, struct change *change);

struct directory *settle_subdirectory_of(struct settler *settler, const struct change *change); /* or NULL */
int settle_directory_attributes(const struct directory *directory, int fd); /* gives it those that it is to have */

/* While surveying: an authorised directory is marked, and those in it. */
int settle_survey(struct settler *settler, struct change *change);

/* Zone, place and care of a directory follow from the one it is in. */
void settle_inherit(struct settler *settler, struct directory *sub, const struct directory *from);

/* settle_missing.c: what took an expected directory's place is gone from it: then the directory is missing. */
int settle_uncovered(struct settler *settler, const struct change *change);

/* authority.c: what settler->authority says of it; whether it is left alone because the policy refuses that. */
struct verdict authority_decide(const struct settler *settler, const struct change *change);
bool authority_refuses(struct settler *settler, const struct change *change);

/* insist.c: a manager has removed it again right after it came back: it is brought back later. Otherwise it comes back now. */
bool insist_later(struct settler *settler, const struct change *change);
/* Later is now, whatever else has happened around it. */
bool insist_now(const struct settler *settler, const struct change *change);

/* vouch.c: the verdict, or a better one for what is known by its contents; sets the voucher. */
struct verdict vouch(struct settler *settler, struct change *change, struct verdict verdict);

/* accept.c */
int accept_change(struct settler *settler, struct change *change);
void accept_change_of_directory(struct settler *settler, struct directory *directory, const struct change *change);
int accept_tolerated(struct settler *settler, struct change *change, bool loud);

/* undo.c */
int undo_change(struct settler *settler, struct change *change);
int undo_take(struct settler *settler, struct change *change, char ret_id[static QUARANTINE_ID_MAX]);

/* undo_unkept.c: it could not be taken, for that reason. */
int undo_without_evidence(struct settler *settler, struct change *change, int error);

/* undo_restore.c: whether what is authorised comes back there; and that: the golden copy takes the name, as another inode.
 * bring_back records it, also when nothing does come back, or it cannot. */
bool undo_comes_back(const struct settler *settler, const struct change *change);
int undo_replace(struct settler *settler, struct change *change);
int undo_bring_back(struct settler *settler, struct change *change, const char *quarantine_id);
int undo_attribute_change(struct settler *settler, struct change *change);

int undo_attributes(int fd, mode_t mode, uid_t uid, gid_t gid);

/* The extended attributes too: bare, or those; not bare and NULL: whichever there are. */
struct attributes_wanted {
        bool bare;
        const void *block;
        size_t size;
};
int undo_extended(int fd, const struct attributes_wanted *wanted);

/* linked.c: the target of an authorised link is guarded too. rule: who may have made the link just now,
 * which authorises the target with it; NULL: the link was authorised before. */
int linked_protect(struct settler *settler, const struct change *change, const char *rule);

/* watch.c */
int watch_open(const struct directory *directory);       /* O_PATH; -ESTALE: another inode, or gone */
bool watch_may_enter(const struct settler *settler, int fd); /* what fd is of lies on a mount that stays */
int watch_unit(struct settler *settler, const struct directory *directory, const struct observed *seen);

/* report.c */
void report_change(struct settler *settler, const struct change *change, enum record_kind kind, const char *quarantine_id);
