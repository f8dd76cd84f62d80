/* What the sources of posture share: the looking itself. Check modules need only posture.h. */
#pragma once

#include "unitward/hash.h"
#include "unitward/posture.h"
#include "unitward/util.h"

struct accounts;
struct catalog;
struct finding_entry;
struct node_entry;

/* Numbers that systemd gives to DynamicUser= services. */
#define DYNAMIC_MIN 61184u
#define DYNAMIC_MAX 65519u

struct posture {
        int root;                     /* O_PATH */
        bool live;
        const struct policy *policy;
        const char *ledger;
        struct accounts *accounts;
        struct node_entry *nodes;     /* uthash: by path */
        size_t n_files;               /* nodes that are there */
        size_t n_catalogs;
        struct catalog *catalogs;     /* the system's, every user's, then one for each user who has units */
        size_t n_directories;
        struct posture_directory *directories;
        size_t n_units;
        struct posture_unit **units;
        struct parsed_file *parsed;   /* uthash: by path */
        struct first_line *first_lines; /* uthash: by path */
        struct finding_entry *by_key; /* uthash: check and path */
        size_t n_findings;
        const struct finding **sorted; /* NULL until posture_run is done */
        size_t n_unseen;
        struct unseen *unseen;
};

/* Sorts the findings and asks the policy which of them it accepts. 0 or -ENOMEM. */
int findings_finish(struct posture *posture);
void findings_done(struct posture *posture);

/* The first bytes of a file, NUL-terminated; how many, or -errno. */
ssize_t posture_read_start(struct posture *posture, const char *path, char *buffer, size_t size);
void first_lines_done(struct posture *posture);
void nodes_done(struct posture *posture);

/* Sets by_mode and by_acl of a node that fd is a descriptor of. 0 or -ENOMEM. */
int node_find_writers(struct node *node, int fd);

/* Reads the users and groups. 0 or -ENOMEM. */
int accounts_read(struct posture *posture);
void accounts_done(struct posture *posture);

/* Finds all units, and which of them are reachable. 0 or -errno. */
int units_read(struct posture *posture);
void units_done(struct posture *posture);

/* Adds to ret those of the people who are neither root nor the runner. 0 or -ENOMEM. */
int people_others(const struct posture *posture, const struct people *people, const struct runner *runner,
                  struct people *ret);

/* The command with which the unit's settings are changed. */
struct edit_command {
        const char *argv[5]; /* NULL-terminated; borrows the unit's name */
};
struct edit_command posture_edit_command(const struct posture_unit *unit);

/* The check modules, in the order in which they run. */
struct posture_module {
        const char *name;
        int (*check)(struct posture *posture);
};
extern const struct posture_module posture_modules[]; /* ends with a NULL name */

/* What a check cannot go on after; what it could not see is none of that. */
static inline int posture_fatal(int r) { return r == -ENOMEM ? r : 0; }

/* Where systemd looks for generators, for the system and for users, of units and of environments; ends with NULL. */
extern const char *const generator_directories[];
