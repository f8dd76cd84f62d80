/* The policy: what is protected and who may do what. Immutable once loaded; shared by reference. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unitward/access.h"
#include "unitward/detect.h"
#include "unitward/digest.h"
#include "unitward/file_id.h"
#include "unitward/record_settings.h"

#define POLICY_PATH "/etc/unitward/unitward.conf"
#define POLICY_ID_MAX 64       /* rule, zone and actor names: 63 bytes of [A-Za-z0-9_-] */

enum mode { MODE_AUDIT, MODE_ENFORCE };
const char *mode_name(enum mode mode);

/* What becomes of what there is no room for in quarantine. */
enum quarantine_full {
        QUARANTINE_FULL_DESCRIBE,     /* it is removed, and its record describes it */
        QUARANTINE_FULL_KEEP,         /* it stays where it was, and no manager may load it */
        QUARANTINE_FULL_PURGE_OLDEST, /* room is made, oldest first; described when it can never fit */
};

/* One thing a zone protects. */
struct zone_path {
        char *pattern;         /* absolute; '*' may stand as a component or in one (one directory level of a home) */
        enum place place;
        bool is_file;          /* a single file (system.conf, rc.local), not a directory */
};

struct zone {
        char name[POLICY_ID_MAX];
        bool restore;          /* undo unauthorised change and removal from the golden copy; never so for names
                                  in PLACE_TRANSIENT and PLACE_GENERATED, which come and go with the manager */
        bool parents;          /* preset "parents": decides about the directories above those of all zones;
                                  usually without paths of its own */
        size_t n_paths;
        struct zone_path *paths;
};

struct verdict {
        enum outcome outcome;
        const char *rule;      /* its id, or "default"; lives as long as the policy */
};

/* What the policy itself says may stand at a path, whoever puts it there. */
struct policy_authorised {
        char *path;            /* links in directories' names followed, as far as these existed */
        char *target;          /* a link with this target; NULL: a file with this digest */
        struct digest digest;
        const char *file;      /* where it is written; belongs to the policy */
        unsigned line;
};

/* A finding of `unitward posture` that the policy accepts. */
struct policy_accepted {
        unsigned check;        /* enum posture_check */
        char *path;            /* a pattern (glob_match_path) */
        char *reason;
        char until[11];        /* "2027-01-31" */
        uint64_t until_usec;   /* the end of that day, local time: microseconds since 1970 */
        const char *file;      /* where it is written; belongs to the policy */
        unsigned line;
};

struct policy;                 /* zones, actors, rules, settings */

struct policy_settings {
        enum mode mode;
        enum outcome default_outcome;      /* deny unless the policy says otherwise */
        enum outcome on_timeout;           /* answer to a held event whose deadline passed; deny unless said otherwise */
        enum { REFUSED_MOUNTS_DETACH, REFUSED_MOUNTS_KEEP } refused_mounts; /* a mount that the policy refuses: detached
                                            * (default), or left with the authorised units put back in it */
        enum { CRASH_DENY, CRASH_ALLOW } on_crash; /* answer to openers whom no guard could decide in time; default deny:
                                            * writes, and what a manager is not known to may load */
        unsigned deadman_ms;               /* 100..5000, default 500: an answer so long overdue ends the guard */
        unsigned manager_deadline_ms;      /* 10..1000, default 250 */
        unsigned other_deadline_ms;        /* 10..10000, default 2000 */
        uint64_t quarantine_max_bytes;     /* 1 MiB..1 TiB, default 256 MiB */
        uint64_t quarantine_max_file;      /* larger files are kept cut to this size, default 16 MiB */
        enum quarantine_full quarantine_when_full; /* default describe */
        enum { BASELINE_AUTOMATIC, BASELINE_REVIEWED, BASELINE_BY_MODE } baseline; /* a first start: takes what is there,
                                            * or only what packages own, and audits until somebody has taken the rest;
                                            * by mode (default): automatic in audit mode, reviewed in enforce mode */
        bool package_records;              /* default true: at a start, what packages shipped is authorised by their records */
        bool protect_unitward;             /* default true: an installed policy without a zone of that kind has one */
        bool tell_terminal;                /* default true: who is refused a gated command reads why on his terminal */
        bool boot_gate;                    /* boot_gate: { enabled }, default true */
        enum { BOOT_DAMAGE_NOTHING, BOOT_DAMAGE_MASK_UNOWNED } boot_on_damage; /* without a boot snapshot; default nothing */
        enum { GAP_HELD_REPLACE, GAP_HELD_REPORT } gap_held; /* gap: { held, stop_loaded }: files held open for writing
                                            * since before the start get another inode (default), or only a record */
        bool gap_stop_loaded;              /* what a manager had loaded and nobody authorised is stopped, default false */
        char control_group[POLICY_ID_MAX]; /* group that may use the control socket besides root; "": none */
        gid_t control_gid;                 /* (gid_t)-1: none */
        struct detect_settings detection;  /* detect.h */
        struct record_settings records;    /* record_settings.h */
};

/* A finding of the loader or of the lint, for people. */
struct policy_finding {
        bool is_error;
        char *text;            /* "FILE:LINE: setting: what is wrong; what was expected" */
};

struct policy_report {
        size_t n_findings;
        struct policy_finding *findings;
};

enum {
        POLICY_SKIP_OWNER_CHECK = 1 << 0, /* unitward check by an ordinary user in a repository */
        POLICY_STAND_IN_ACCOUNTS = 1 << 1, /* unitward test, for another machine: users and groups that are not here have a
                                            * number of their own, and each login group a member; recorded.h: policy_stand_in */
};

/* Loads PATH and PATH's directory's policy.d/(star).conf in name order; all or nothing.
 * 0: *ret is the caller's reference; report may still hold lint warnings.
 * -EINVAL: the report says why (every error found). -EPERM: a file or a parent directory may be
 * written by others than root. Other -errno: reading failed; the report says which file.
 * The report is initialised here and always the caller's to release. */
int policy_load(const char *path, unsigned flags, struct policy **ret, struct policy_report *report);
void policy_report_done(struct policy_report *report);

/* For the boot gate, which has no time and no NSS: mode, boot_gate and package_records of the same files by the same rules; what else
 * they hold is not looked at and may be wrong. Everything else in *ret is as unset. 0; -EINVAL, -EPERM, other -errno. */
int policy_read_settings(const char *path, struct policy_settings *ret);

struct policy *policy_ref(struct policy *policy);
struct policy *policy_unref(struct policy *policy); /* accepts NULL; returns NULL */

const struct policy_settings *policy_settings(const struct policy *policy);
size_t policy_n_zones(const struct policy *policy);
const struct zone *policy_zone(const struct policy *policy, int index);
int policy_zone_index(const struct policy *policy, const char *name); /* -ENOENT */

/* Where its zones lie: each path as far as it goes without a pattern, NULL-terminated. NULL: no memory. */
char **policy_prefixes(const struct policy *policy);
void policy_prefixes_free(char **prefixes); /* accepts NULL */

const char *policy_digest(const struct policy *policy); /* SHA-256 of the text loaded, 64 hex digits */
size_t policy_n_rules(const struct policy *policy);

/* What is authorised at the path: the first, then the one after previous. NULL: no more. */
const struct policy_authorised *policy_authorised(const struct policy *policy, const char *path,
                                                  const struct policy_authorised *previous);
/* Any that lies in the directory or deeper; NULL: none does. */
const struct policy_authorised *policy_authorised_below(const struct policy *policy, const char *directory);

size_t policy_n_accepted(const struct policy *policy);
const struct policy_accepted *policy_accepted(const struct policy *policy, size_t index);

/* Executables that are managers besides PID 1's, from actors with preset "manager" and an exe list
 * (a service manager that is not PID 1). Resolved when the policy was loaded. */
size_t policy_manager_exes(const struct policy *policy, const struct file_id **ret);

/* Gated commands: "commands" of the policy, in its order. */
struct command_preset;
struct command_request;
size_t policy_n_commands(const struct policy *policy);
const char *policy_command_name(const struct policy *policy, size_t index);
const struct command_preset *policy_command_preset(const struct policy *policy, size_t index); /* NULL: not one that is known */
const char *policy_command_program(const struct policy *policy, size_t index, size_t program); /* a path; NULL: no more */
int policy_command_of(const struct policy *policy, struct file_id program); /* which command; -ENOENT */

/* Programs are known by their inode, and a package upgrade replaces it. True when, by their paths, some are
 * no longer what was loaded: then load the policy again. Calls stat(2); not for the verdict path. */
bool policy_exes_changed(const struct policy *policy);

/* Before fresh is published: lets it know the programs that previous knew by the same path too, so that
 * what runs of them goes on being known. At most three former inodes a program. Each inode, present or former, is
 * pinned by a descriptor as long as the policy lives: its number cannot be given to another file. 0 or -errno. */
int policy_inherit_exes(struct policy *fresh, const struct policy *previous);

/* Where a path lies according to the zones' patterns alone. Pure; the daemon places what it sees by inode. */
struct placement {
        int zone;              /* ZONE_UNPLACED: nothing protects it */
        enum place place;
        char unit[256];        /* whose it is; "": no unit's */
};
void policy_place(const struct policy *policy, const char *path, struct placement *ret);

/* The decision. Pure: no I/O, no allocation, bounded by the number of rules. First match wins. */
struct verdict policy_decide(const struct policy *policy, const struct access *access);

/* Decides each verb that the request asks for, with each of its units; the first that is not allowed counts. The access holds
 * operation, actor and command; the rest is filled in with what decided (pointers into the request). Pure, bounded. */
struct verdict policy_decide_command(const struct policy *policy, struct access *access,
                                     const struct command_request *request);

/* True when some rule restricts reading in the zone; reads elsewhere are allowed without a decision. */
bool policy_restricts_read(const struct policy *policy, int zone);

/* For people: {digest, mode, default, zones: [{name, places, restore, example: one of its paths}], actors: [{name, text,
 * position}], commands: [names], rules: [{id, outcome, text: "packages may ... in zone ...", position}]}. Strings as
 * json_set_bytes. NULL: no memory. */
json_t *policy_in_words(const struct policy *policy);
