/* What an intruder could use on this system without any new file: findings, and what looks for them.
 *
 * A system is looked at below a root ("/" or an image's). All paths here are that system's own: absolute, and links in it
 * lead to places in it. Nothing of it is trusted, nothing is executed or changed, and no name service is asked: users and
 * groups are those of its /etc/passwd and /etc/group. Not for the daemon: one thread, unbounded time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "unitward/file_id.h"
#include "unitward/policy.h"
#include "unitward/posture_checks.h"
#include "unitward/unit_file.h"
#include "unitward/unit_path.h"

/* ---- Findings --------------------------------------------------------------------------------------------- */

/* By what can be had with it, and by whom. */
enum severity {
        SEVERITY_INFO,         /* nobody can use it as things are; odd all the same */
        SEVERITY_LOW,
        SEVERITY_MEDIUM,
        SEVERITY_HIGH,         /* some user becomes another one, or a service's user root */
        SEVERITY_CRITICAL,     /* any user becomes root */
        SEVERITY_COUNT_
};
const char *severity_name(enum severity severity);

/* Users and groups who can use it. Root is nobody here. */
struct people {
        bool everybody;
        size_t n_users, n_groups;
        uid_t *users;          /* ascending */
        gid_t *groups;
};

/* What a mend does to the object at the finding's path. Kinds that --fix can do itself; all others are commands for people. */
enum mend_kind {
        MEND_NOTHING,          /* no command does it: there is an advice */
        MEND_CHMOD,            /* mode */
        MEND_CHOWN,            /* uid and gid, of a link itself */
        MEND_REMOVE_ACL,       /* access and default lists */
        MEND_REMOVE_LINK,      /* a symbolic link goes */
        MEND_COMMAND,          /* argv, whatever it is */
};

struct mend {
        enum mend_kind kind;
        bool safe;             /* nothing that works stops to work with it */
        mode_t mode;           /* what it becomes, 07777 */
        uid_t uid;
        gid_t gid;
        char **argv;           /* the command, NULL-terminated; NULL: none */
        char *advice;          /* what else there is to say or to do; NULL: nothing */
};

struct finding {
        enum posture_check check;
        enum severity severity;
        char *path;            /* the object that is wrong */
        struct file_id id;     /* what it was; all zero when it is not there */
        mode_t mode;           /* its type and mode; 0 when it is not there */
        char *what;            /* "may be written by others (mode 0666)": goes on from the path, without a full stop */
        struct people who;
        size_t n_units;        /* of the units that it is about, these are named */
        char **units;
        unsigned more_units;   /* and how many more there are */
        struct mend mend;
        const struct policy_accepted *accepted; /* the policy's word on it, expired or not; NULL: none */
        bool expired;          /* that was until a day that has passed: it counts */
};

/* A finding as a check says it: strings and people are copied, what is not set is not there. */
struct finding_draft {
        enum posture_check check;
        enum severity severity;
        const char *path;
        const struct stat *st;           /* NULL: it is not there */
        const char *what;
        const struct people *who;        /* NULL: nobody in particular */
        const char *unit;                /* NULL: about no unit */
        enum mend_kind mend;
        bool safe;
        mode_t mode;                     /* for MEND_CHMOD */
        uid_t uid;                       /* for MEND_CHOWN */
        gid_t gid;
        const char *const *argv;         /* for MEND_COMMAND; for other kinds it is made of what they need */
        const char *advice;
};

struct posture;

/* Adds it, or joins it with the one of the same check and path: the higher severity with its words, the people and units of
 * both. 0 or -ENOMEM. */
int posture_add(struct posture *posture, const struct finding_draft *draft);

/* Something that could not be looked at, and why (errno, positive). Told once for each path. 0 or -ENOMEM. */
int posture_unseen(struct posture *posture, const char *path, int error);

/* Worst first, then by check and path; valid until the posture is freed. */
size_t posture_n_findings(const struct posture *posture);
const struct finding *posture_finding(const struct posture *posture, size_t index);
/* Whether it counts: it is more than information, and the policy does not accept it, or did so until a day that has passed. */
bool finding_counts(const struct finding *finding);

/* What could not be looked at: paths, and why. */
struct unseen {
        char *path;
        int error;
};
size_t posture_n_unseen(const struct posture *posture);
const struct unseen *posture_unseen_at(const struct posture *posture, size_t index);

/* ---- Looking ----------------------------------------------------------------------------------------------- */

struct posture_options {
        const char *root;             /* "/" or NULL: this system */
        const struct policy *policy;  /* borrowed; NULL: none, nothing is accepted and no reading restricted */
        const char *ledger;           /* directory of the daemon's state; NULL: none */
};

/* -errno: the root cannot be opened. */
int posture_new(const struct posture_options *options, struct posture **ret);
struct posture *posture_free(struct posture *posture); /* accepts NULL; returns NULL */

/* Runs every check, then judges by the policy what is accepted, and sorts. 0 or -errno. */
int posture_run(struct posture *posture);

/* How much was looked at, for a last line. */
struct posture_sums {
        size_t units, reachable, files;
};
struct posture_sums posture_sums(const struct posture *posture);

/* ---- For checks ------------------------------------------------------------------------------------------ */

const struct policy *posture_policy(const struct posture *posture); /* NULL: none */
const char *posture_ledger(const struct posture *posture);          /* NULL: none */
bool posture_is_live(const struct posture *posture);                /* the root is "/": commands of this system say more */
int posture_root(const struct posture *posture);                    /* O_PATH, for openat2 with RESOLVE_IN_ROOT */

/* An object by its path without links. Looked at once; lives as long as the posture. */
struct node {
        const char *path;
        struct node *parent;   /* NULL: the root */
        int error;             /* positive errno: ENOENT, EACCES, ...; then nothing below is set */
        struct stat st;
        uint64_t attributes;   /* STATX_ATTR_*, as far as the file system tells */
        const char *target;    /* of a symbolic link, otherwise NULL */
        struct people by_mode; /* who may write it as its group or as anybody; its owner always may */
        struct people by_acl;  /* whom an access control list names, also of what will be made in a directory */
};

/* The object that a path leads to: links in it are followed within the root, the last component's too unless nofollow. Calls
 * each (unless NULL) for every object on the way, the root first: parents, links, the object. *ret: the object, or the first on
 * the way that is not there or may not be seen (its error is set, and it ends the way). 0; -ELOOP; -ENAMETOOLONG; -ENOMEM; or
 * the negative value that each returned. */
typedef int (*node_function)(struct node *node, void *userdata);
int posture_walk(struct posture *posture, const char *path, bool nofollow, node_function each, void *userdata,
                 struct node **ret);
int posture_look(struct posture *posture, const char *path, bool nofollow, struct node **ret);

/* The contents of a regular file, at most max bytes, NUL-terminated. -errno; what may not be read (EACCES, EPERM) is noted as
 * unseen. Caller frees. */
int posture_read(struct posture *posture, const char *path, size_t max, char **ret, size_t *ret_size);

/* Calls each with every name in the directory, in byte order; stops at and returns what is not 0. What is no directory, or
 * not there, has no names; what may not be read is noted as unseen and has none either. */
int posture_list(struct posture *posture, const char *path, int (*each)(const char *name, void *userdata), void *userdata);

/* ---- People ------------------------------------------------------------------------------------------------ */

struct account {
        const char *name, *home, *shell;
        uid_t uid;
        gid_t gid;
};
size_t posture_n_accounts(const struct posture *posture);
const struct account *posture_account(const struct posture *posture, size_t index);
const struct account *posture_account_of(const struct posture *posture, uid_t uid);            /* NULL */
const struct account *posture_account_named(const struct posture *posture, const char *name);  /* a number too; NULL */
bool posture_group_named(const struct posture *posture, const char *name, gid_t *ret);
const char *posture_group_name(const struct posture *posture, gid_t gid); /* NULL */
/* The users of a group, by /etc/group and as their own group, ascending; borrowed. Returns how many. */
size_t posture_members(const struct posture *posture, gid_t gid, const uid_t **ret);

int people_add_user(struct people *people, uid_t uid);   /* 0 or -ENOMEM; root is left out */
int people_add_group(struct people *people, gid_t gid);
int people_add_all(struct people *people, const struct people *more);
bool people_is_empty(const struct people *people);
void people_done(struct people *people);
/* False when there are only users without a name and groups without a member. */
bool people_are_real(const struct posture *posture, const struct people *people);
/* "everybody", "alice, group adm (alice, bob)", "nobody: group staff has no members". Caller frees. */
char *people_text(const struct posture *posture, const struct people *people);

/* ---- Exposure ---------------------------------------------------------------------------------------------- */

/* As whom something is run or read. What this user may do is no news. */
struct runner {
        uid_t uid;
        bool dynamic;          /* DynamicUser=: a number that is nobody's */
};

enum fault { FAULT_OWNER, FAULT_MODE, FAULT_ACL, FAULT_MISSING };

struct exposure {
        struct node *node;     /* what lets them: the object itself, something on the way to it; what is not there */
        enum fault fault;
        const struct people *who; /* besides root and the runner; with FAULT_MISSING perhaps nobody */
};
typedef int (*exposure_function)(const struct exposure *exposure, void *userdata);

/* Who else may change what a path leads to, by changing or replacing the object or anything on the way: calls each for every
 * fault of every such object. *ret as of posture_walk. */
int posture_exposures(struct posture *posture, const char *path, const struct runner *runner, exposure_function each,
                      void *userdata, struct node **ret);
/* The same of one object for itself. */
int posture_node_exposures(struct posture *posture, struct node *node, const struct runner *runner, exposure_function each,
                           void *userdata);

/* How bad it is that these people have something of the runner's: info when they are nobody. */
enum severity posture_severity(const struct posture *posture, const struct people *who, const struct runner *runner);

/* Sets path, st, who, what (into the buffer) and the mend of an exposure; the rest of the draft is the caller's. A FAULT_MISSING
 * has no mend. */
void posture_draft(const struct posture *posture, const struct exposure *exposure, char *buffer, size_t size,
                   struct finding_draft *draft);

/* ---- Units ------------------------------------------------------------------------------------------------- */

/* A unit as its manager would load it: the file that counts and its drop-ins, in the order in which they hold. */
struct posture_unit {
        const char *name;
        enum unit_scope scope;
        uid_t uid;             /* UNIT_SCOPE_USER: whose manager; (uid_t)-1: every user's */
        const char *path;      /* of its file; NULL: it has only drop-ins, or is named and not there */
        bool masked;
        bool is_template;
        bool reachable;        /* started at boot or login, or by what is: timers, sockets, paths, D-Bus, dependencies */
};

size_t posture_n_units(const struct posture *posture);
const struct posture_unit *posture_unit(const struct posture *posture, size_t index);
/* By its name or an alias, in a scope of every user's. NULL: none. */
const struct posture_unit *posture_unit_named(const struct posture *posture, enum unit_scope scope, const char *name);

/* Its settings in the order in which they hold, lists that were emptied later left out. path: the file it stands in. */
typedef int (*setting_function)(const struct unit_setting *setting, const char *path, void *userdata);
int posture_unit_settings(const struct posture_unit *unit, const char *section, const char *key, setting_function each,
                          void *userdata);
/* The last one, or NULL. */
const char *posture_unit_value(const struct posture_unit *unit, const char *section, const char *key);

/* The text with its specifiers as the unit's manager would replace them, systemd.unit(5). NULL: one of them is not known here
 * (%b, %i of a template, ...), or no memory. posture may be NULL: then those that are about names alone. Caller frees. */
char *posture_expand(const struct posture *posture, const struct posture_unit *unit, const char *text);

/* As whom the unit's commands are run. False: not known. */
bool posture_runner(const struct posture *posture, const struct posture_unit *unit, struct runner *ret);

/* A directory of the search paths that is there. */
struct posture_directory {
        const char *path;      /* as it is searched */
        enum unit_scope scope;
        uid_t uid;             /* whose home or runtime directory it is in; (uid_t)-1: every user's, or the system's */
};
size_t posture_n_directories(const struct posture *posture);
const struct posture_directory *posture_directory(const struct posture *posture, size_t index);

/* ---- Modules ----------------------------------------------------------------------------------------------- */

/* A check module: a source in src/posture/ with one such function, and a line in src/posture/modules.c. 0 or -errno; what it
 * may not see it says with posture_unseen and goes on. */
int posture_check_search_path(struct posture *posture);
int posture_check_secrets(struct posture *posture);
int posture_check_programs(struct posture *posture);
int posture_check_generators(struct posture *posture);
int posture_check_linger(struct posture *posture);
int posture_check_masks(struct posture *posture);
int posture_check_links(struct posture *posture);
int posture_check_unowned(struct posture *posture);
int posture_check_sudo(struct posture *posture);
int posture_check_polkit(struct posture *posture);
