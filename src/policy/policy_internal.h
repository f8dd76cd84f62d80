/* The policy's model: what its loader builds, its decision reads, and nobody outside src/policy and the
 * two commands that show the policy's reasons (src/ctl/check.c, explain.c) sees. */
#pragma once

#include <stdint.h>

#include "unitward/digest.h"
#include "unitward/policy.h"
#include "unitward/util.h"

/* Zones, actors and commands are the bits of a mask, so that a rule's conditions on them are one AND. */
#define POLICY_ZONES_MAX 64
#define POLICY_ACTORS_MAX 64
#define POLICY_COMMANDS_MAX 64
#define POLICY_RULES_MAX 16384
#define POLICY_LIST_MAX 256    /* values in one setting */
#define POLICY_PATTERN_MAX 255 /* bytes of a pattern */
#define POLICY_DEFAULT_RULE "default"

struct string_list {
        size_t n;
        char **items;
};

/* Numbers that names were resolved to when the policy was loaded. Names that exist nowhere leave given
 * set and n at 0: then the condition holds for nobody. */
struct id_list {
        bool given;
        size_t n;
        id_t *ids;
};

/* Where something stands, for findings and explanations. */
struct position {
        const char *file; /* belongs to the policy */
        unsigned line;
};

#define EXECUTABLE_IDS_MAX 4

/* A program by its inode. The O_PATH descriptor pins the inode: as long as the policy lives its number
 * cannot be given to another file, also when a package upgrade has removed it. */
struct executable {
        char *path;      /* as configured */
        char *canonical; /* without links; NULL when it does not exist */
        char *unsafe;    /* a gated program that others than root may change: why; otherwise NULL */
        size_t n_ids;
        struct file_id ids[EXECUTABLE_IDS_MAX]; /* the present one first, then what it replaced */
        int pins[EXECUTABLE_IDS_MAX];
};

struct programs {
        size_t n;
        struct executable *items;
};

enum actor_preset { ACTOR_PRESET_NONE, ACTOR_PRESET_MANAGER, ACTOR_PRESET_USER_MANAGER };

/* An actor of the policy: a description that many processes may meet. Lists that are empty ask nothing. */
struct actor_class {
        char name[POLICY_ID_MAX];
        struct position position;
        enum actor_preset preset;
        bool descendants;
        struct programs programs;
        struct string_list units;
        struct string_list labels;
        struct id_list uids, gids, groups, login_uids;
        struct id_list login_group_uids; /* members of the login groups */
};

/* A gated command: who runs one of its programs is asked what for. */
struct gated_command {
        char name[POLICY_ID_MAX];
        struct position position;
        const struct command_preset *preset; /* NULL: nobody here knows its words */
        struct programs programs;
};

struct rule {
        char id[POLICY_ID_MAX];
        struct position position;
        uint64_t actors;     /* 0: everybody, also who is not known */
        uint64_t zones;      /* 0: all */
        unsigned operations; /* never 0 */
        unsigned places;     /* 0: all */
        unsigned scopes;     /* of enum command_scope; 0: all */
        uint64_t clients;    /* gated commands; 0: whoever asked for it, also nobody */
        struct string_list units, paths, commands, verbs;
        enum outcome outcome;
};

/* What the lint wants to know of a zone and nobody else. */
struct zone_origin {
        struct position position;
        bool is_own;    /* unitward's */
        bool is_system; /* has a preset that only programs of the system have business in */
};

struct policy {
        unsigned references; /* atomic */
        struct policy_settings settings;
        struct string_list files;
        size_t n_zones;
        struct zone *zones;
        struct zone_origin *zone_origins;
        size_t n_actors;
        struct actor_class *actors;
        size_t n_commands;
        struct gated_command *commands;
        size_t n_rules;
        struct rule *rules;
        struct decision_sets *sets; /* of these rules */
        size_t n_authorised;
        struct policy_authorised *authorised; /* by path */
        size_t n_accepted;
        struct policy_accepted *accepted;
        struct string_list detection_paths, detection_ignored; /* settings.detection borrows them */
        struct position detection_position;
        uint64_t zones_restricting_read;
        size_t n_manager_exes;
        struct file_id *manager_exes;
        char digest[DIGEST_HEX_SIZE];
};

#define OPERATION_BIT(operation) (1u << (operation))
/* What a rule without "on" is about: changes. Reading, loading, running, approving and mounting are named or not meant. */
#define OPERATIONS_CHANGING                                                                                            \
        (((1u << OPERATION_COUNT_) - 1u) &                                                                             \
         ~(OPERATION_BIT(OPERATION_READ) | OPERATION_BIT(OPERATION_LOAD) | OPERATION_BIT(OPERATION_EXEC) |             \
           OPERATION_BIT(OPERATION_APPROVE) | OPERATION_BIT(OPERATION_MOUNT)))

/* A fresh policy with default settings and one reference; NULL: no memory. */
struct policy *policy_new(void);

/* Loads a policy of one file from memory, as policy_load does; name stands for its file's name. */
int policy_load_text(const char *name, const char *text, unsigned flags, struct policy **ret,
                     struct policy_report *report);

/* A file that is not in policy.d yet. */
struct policy_drop_in {
        const char *file;
        const char *name;      /* that it will have there, in the place of one that has it now; NULL: after all of them */
};

/* Loads PATH with its policy.d and, if it is not NULL, one more file as if it were in policy.d. */
int policy_load_with(const char *path, const struct policy_drop_in *drop_in, unsigned flags, struct policy **ret,
                     struct policy_report *report);

/* The same with a drop-in from memory, which comes last; name stands for its file's. */
int policy_load_with_text(const char *path, const char *name, const char *text, unsigned flags, struct policy **ret,
                          struct policy_report *report);

/* By its name: a program that does whatever its arguments say. NULL is none. */
bool program_is_tool(const char *path);

/* Warnings about what is valid but cannot be meant, errors about what is dangerous. False: no memory. */
bool policy_lint(const struct policy *policy, struct policy_report *report);

/* Whether a process meets the description. Pure. */
bool actor_class_matches(const struct actor_class *actor_class, const struct actor *actor);
/* False when it can hold for nobody on this machine: no program, user or group of a list exists. */
bool actor_class_is_possible(const struct actor_class *actor_class);

void authorised_sort(struct policy *policy);
void authorised_done(struct policy_authorised *authorised);
void accepted_done(struct policy_accepted *accepted);

/* The rule that decides, NULL when none does. */
const struct rule *policy_find_rule(const struct policy *policy, const struct access *access);
/* The first condition of the rule that does not hold ("actor", "zone", ...), or NULL when all do. */
const char *rule_obstacle(const struct policy *policy, const struct rule *rule, const struct access *access);

/* Appends a zeroed element to an array of n elements; NULL when memory is exhausted. */
void *array_grow(void *items, size_t *n, size_t size);

bool string_list_add(struct string_list *list, const char *item);
bool string_list_matches(const struct string_list *list, bool (*matches)(const char *pattern, const char *text),
                         const char *text);
void string_list_done(struct string_list *list);
bool id_list_add(struct id_list *list, id_t id);
bool id_list_has(const struct id_list *list, id_t id);
void id_list_done(struct id_list *list);

/* Adds a finding "FILE:LINE: subject: text"; line 0 and a NULL subject are left out. False: no memory. */
bool report_add(struct policy_report *report, bool is_error, struct position position, const char *subject,
                const char *fmt, ...) _printf_(5, 6);
bool report_has_errors(const struct policy_report *report);

/* The programs that actors and commands name, list by list; NULL: no more. */
struct programs *policy_programs(const struct policy *policy, size_t index);

/* Finds the program at executable->path and pins it. -ENOENT and the like: it is not there. -EINVAL: it is
 * not a program. -EPERM: others than root may change it (it is resolved all the same). *ret_why then says
 * so (caller frees). */
int executable_resolve(struct executable *executable, char **ret_why);
bool executable_is(const struct executable *executable, struct file_id id);
/* Fills manager_exes from the actors with preset "manager". 0 or -ENOMEM. */
int policy_collect_managers(struct policy *policy);
void executable_done(struct executable *executable);
void programs_done(struct programs *programs);
bool programs_have(const struct programs *programs, struct file_id id);

/* The number of an account that is not here, and that of a member of a login group. */
id_t stand_in_account(const char *name);
id_t stand_in_member(const char *group);

int policy_command_index(const struct policy *policy, const char *name); /* -ENOENT */
/* Whether the rule names the command; one without "command" is about each. */
bool rule_is_about_command(const struct rule *rule, const char *command);

/* Reads a file that nobody but root may change, nor replace. With a NULL ret_why
 * ownership is not looked at. -EPERM: *ret_why says what is wrong (caller frees). */
int trusted_file_read(const char *path, size_t max, char **ret, size_t *ret_size, char **ret_why);
/* 0, -EPERM (*ret_why, caller frees) or another -errno, for the file or directory behind fd, which was
 * opened as path. */
int trusted_file_check(int fd, const char *path, char **ret_why);
