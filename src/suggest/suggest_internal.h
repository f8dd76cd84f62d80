/* From records to observations, from these to suggestions. */
#pragma once

#include "unitward/hash.h"
#include "unitward/recorded.h"
#include "unitward/suggest.h"
#include "unitward/text.h"
#include "unitward/util.h"

#include "../policy/policy_internal.h"

/* Whom a rule can name. */
enum anchor_kind {
        ANCHOR_NONE,
        ANCHOR_ACTOR,          /* an actor that the policy has already */
        ANCHOR_UNIT,           /* a service that is configuration management's */
        ANCHOR_PROGRAM,        /* a program, for itself or for what it runs */
        ANCHOR_LOGIN,          /* a login that is configuration management's */
};

struct anchor {
        enum anchor_kind kind;
        bool managed;          /* package or configuration management: what it is about tomorrow is another unit */
        bool packages;         /* a package manager is above it */
        bool descends;         /* what it runs did it */
        bool session;          /* of a login: in its session */
        char name[256];        /* actor, unit, path of the program, or login */
        char program[256];     /* of a login: what all was below; "": not asked for */
        char unit[256];        /* of a program: the service that it runs in; "": none */
};

/* Accesses that are the same but for their time. */
struct observation {
        char *key;
        json_t *event;         /* the first of them */
        uint64_t n, first_usec, last_usec;
        enum operation operation;
        int zone;
        enum place place;
        char *unit, *path, *pattern, *actor; /* "": none */
        char *command;         /* NULL: none */
        unsigned effects;      /* exec: enum command_effect */
        bool units_unknown;
        struct observation *follows; /* the refused run by which a manager did it */
        struct anchor anchor;
        const char *doubt;     /* why no rule is suggested for it; NULL: none so far */
        bool is_attackers;     /* the doubt is about who did it, not about what */
        const char *note;      /* a warning that goes with it; NULL: none */
        struct group *group;
        UT_hash_handle hh;
};

/* Observations for which one rule is made. */
struct group {
        char *key;
        enum suggest_kind kind;
        struct anchor anchor;
        uint64_t zones;
        unsigned operations, places, scopes;
        struct string_list units, paths, commands, verbs;
        bool any_unit;         /* some of it is about no unit that can be named */
        size_t n;
        uint64_t seen; /* records */
        struct observation **items;
        char id[POLICY_ID_MAX], actor[POLICY_ID_MAX];
        char *actor_text, *text; /* the actor's conditions, NULL: the policy has it; the rule, NULL: nothing is suggested */
        UT_hash_handle hh;
};

struct alert_subject {
        char *name;            /* a unit, or a path */
        bool is_alert;         /* which says more than that a rule is missing; otherwise it is worth a warning */
        UT_hash_handle hh;
};

struct suggest {
        struct suggest_options options;
        struct policy *policy;
        struct recorded *recorded; /* the one at hand */
        struct observation *observations;
        struct observation *runs[32]; /* refused runs of commands, the latest; a ring */
        size_t n_runs;
        struct alert_subject *alerts;
        struct group *groups;
        struct string_list texts; /* made for reasons; live as long as this */
        struct suggest_result result;
        bool out_of_memory;
};

/* Tables of known.c, by program or unit name. */
bool known_package_manager(const char *path);
bool known_infrastructure(const char *path); /* starts what others ask for: sshd, cron, sudo, systemd */
bool known_interpreter(const char *path);    /* of what configuration management is written in */
bool known_management_unit(const char *unit);
bool known_management_login(const char *login);
bool known_scheduler_unit(const char *unit);
bool known_session_unit(const char *unit);

/* Whom a rule could name for it; or the observation's doubt. */
void anchor_find(struct suggest *suggest, const struct recorded *recorded, struct observation *observation);
bool suggest_trusts(const struct suggest *suggest, const char *name);

/* Doubts about what was done, and notes, that need one record only. */
void doubt_object(struct suggest *suggest, const struct recorded *recorded, struct observation *observation);
/* Those that need all records: alerts, units that were planted themselves. */
void doubt_whole(struct suggest *suggest);

/* Learns from alerts and other signs. 0 or -ENOMEM. */
int alerts_learn(struct suggest *suggest, const json_t *event);
void alerts_forget(struct suggest *suggest);

int groups_make(struct suggest *suggest);
void groups_free(struct suggest *suggest);
struct group *group_find(struct suggest *suggest, const char *rule_id);
/* Adds what a rule names the group's units, or paths, by; nothing: any unit. False: no memory. */
bool patterns_of_units(const struct group *group, struct string_list *ret);
bool patterns_of_paths(const struct group *group, struct string_list *ret);

/* Writes id, actor and texts of a group whose observations are all there. 0 or -ENOMEM. */
int group_write(struct suggest *suggest, struct group *group);
/* What is wide about a group's rule. False: no memory. */
bool group_warn(const struct suggest *suggest, const struct group *group, struct suggest_rule *rule);

/* Decides everything again; gives up the groups that allow what is not to be. Fills the result's counts. */
int verify(struct suggest *suggest);

/* The text that is put together of those groups that have one; only: of this alone, NULL: of all. */
char *groups_text(const struct suggest *suggest, const struct group *only);
/* Nothing is suggested for them: this is why. */
void group_give_up(struct group *group, const char *why);

/* Can stand between a policy's quotes, and is no pattern. */
bool text_is_plain(const char *text);

int result_make(struct suggest *suggest);
void result_done(struct suggest_result *result);

/* A text that lives as long as suggest; "" when there is no memory, which is noted. */
const char *suggest_text(struct suggest *suggest, char *text);
