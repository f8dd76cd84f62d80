/* Between the parts of the boot gate: boot_gate.c is the order of things, boot_snapshot.c what is authorised,
 * boot_walk.c what is there, boot_ask.c what the daemon says of it, boot_remedy.c what is done about it and
 * boot_act.c does it, boot_unowned.c stands in for a snapshot that is lost, boot_report.c tells. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "unitward/boot_gate.h"
#include "unitward/inventory.h"
#include "unitward/ledger.h"
#include "unitward/policy.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

/* ---- What is authorised ----------------------------------------------------------------------------- */

struct boot_entry {
        const char *path, *target; /* in the snapshot's memory; target: of a link, otherwise NULL */
        enum entry_kind kind;
        mode_t mode;
        uid_t uid;
        gid_t gid;
        struct signature signature; /* without the device, whose number another boot may change */
        struct digest digest;
        bool seen;
};

struct boot_snapshot {
        char *memory;
        size_t used, room;
        struct boot_entry *entries; /* by path */
        size_t n_entries, entries_room;
        const char **protected;    /* the patterns of the zones */
        size_t n_protected;
        enum mode mode;
        bool unreviewed;           /* nobody has said yet that what is there is authorised */
        bool this_boot;            /* the daemon has run in this boot: it knows what is in /run */
};

/* 0; -ENOENT; -EBADMSG, -EPROTO and the reason (caller frees). */
int boot_snapshot_read(const char *path, struct boot_snapshot *ret, char **ret_why);
void boot_snapshot_done(struct boot_snapshot *snapshot);
struct boot_entry *boot_snapshot_find(const struct boot_snapshot *snapshot, const char *path); /* NULL: none */
bool boot_snapshot_protects(const struct boot_snapshot *snapshot, const char *directory);

/* ---- What is there ------------------------------------------------------------------------------------ */

enum boot_state {
        BOOT_INTACT,
        BOOT_TOUCHED, /* owner or mode: what a manager loads is authorised */
        BOOT_CHANGED,
        BOOT_UNKNOWN,
};

/* What is at the path now, against the entry (NULL: none). */
enum boot_state boot_compare(const struct boot_entry *entry, const char *path, const struct stat *st);

struct boot_directory {
        char *path;    /* canonical */
        bool outranks; /* the early directory; *.control does */
};

struct boot_finding {
        char *path;               /* canonical */
        const char *below;        /* in path: behind the directory of the search path */
        size_t rank;              /* of that directory */
        enum place place;
        enum boot_state state;
        char unit[UNIT_NAME_MAX]; /* as unit_name_of has it */
        bool authorised;          /* says the daemon, or a package */
};

struct boot_walk {
        const struct boot_snapshot *snapshot; /* NULL: everything is a finding */
        struct boot_directory *directories;   /* the most important first */
        size_t n_directories;
        struct boot_finding *findings;
        size_t n_findings, findings_room;
        char last_drop_in[NAME_MAX + 1];      /* of all that were seen, by name */
        bool incomplete;                      /* memory was short, or a directory could not be read */
};

/* The search path of the scope, compared. */
void boot_walk_units(struct boot_walk *walk, enum unit_scope scope);

/* The programs in the generators' directories. */
void boot_walk_generators(struct boot_walk *walk, enum unit_scope scope);
void boot_walk_done(struct boot_walk *walk);

/* Takes path. */
bool boot_walk_add(struct boot_walk *walk, const struct boot_finding *finding);

/* ---- What the daemon says ------------------------------------------------------------------------------ */

/* Marks what is authorised by now. True: it answered, *ret_mode is its mode; false: there was nothing to ask, or
 * nobody answered in time. */
bool boot_ask(struct boot_walk *walk, const char *socket_path, enum mode *ret_mode);

/* The same by the records of the package manager. False: they cannot be read. */
struct packages;
bool boot_ask_packages(struct boot_walk *walk, bool (*is_good)(const struct packages *packages, const char *path));
bool boot_package_shipped(const struct packages *packages, const char *path); /* exactly that */
bool boot_package_owns(const struct packages *packages, const char *path);    /* that name, or what the link leads to */

/* ---- What is done about it -------------------------------------------------------------------------------- */

enum boot_action {
        BOOT_NOTHING,  /* an authorised name outranks it */
        BOOT_MASK,
        BOOT_CONTENTS, /* a file with the authorised contents */
        BOOT_LINK,     /* the authorised link */
        BOOT_HOLD,     /* a condition that never holds */
        BOOT_HELPLESS, /* only reported */
};

struct boot_remedy {
        enum boot_action action;
        char *data;    /* BOOT_CONTENTS: bytes; BOOT_LINK: target */
        size_t size;
        const char *why; /* BOOT_HELPLESS */
};

struct boot_remedy boot_remedy_of(const struct boot_walk *walk, const struct boot_finding *finding, const char *golden);

/* 0 or -errno. */
int boot_act(const struct boot_walk *walk, const struct boot_finding *finding, const struct boot_remedy *remedy,
             int early);

/* ---- What is told ------------------------------------------------------------------------------------------- */

#define BOOT_REPORT_MAX 50u

/* One line to the kernel's log, or to whatever there is instead; to standard error when run by hand. priority: syslog's. */
void boot_report(int priority, const char *fmt, ...) _printf_(2, 3);

/* The same for one of many: only the first BOOT_REPORT_MAX are said, the others counted. */
void boot_report_list(int priority, const char *fmt, ...) _printf_(2, 3);
unsigned boot_report_left_out(void);

/* Ends the process when it has not come to an end after so many seconds: PID 1 waits. */
void boot_deadline(unsigned seconds);
