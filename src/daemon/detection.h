/* Between the parts of detection that are the recorder's: detection.c judges starts, detection_changes.c
 * remembers what was changed, detection_units.c what units' files say, detection_packages.c asks the package manager's
 * records, detection_stories.c tells it once and does what the policy says. All of it runs on the recorder, in the
 * order of the records: nobody waits for it, and it may wait for a disk. */
#pragma once

#include "guard_internal.h"
#include "unitward/detect.h"
#include "unitward/record_alert.h"
#include "unitward/start.h"

#define DETECTION_CHANGES_MAX 512u /* remembered; the oldest go first */
#define DETECTION_UNITS_MAX 256u
#define DETECTION_STORIES_MAX 64u

/* ---- What was changed of units, lately ------------------------------------------------------------------------- */

struct unit_changed {
        char unit[UNIT_NAME_MAX];      /* "x.service", also for its drop-ins and for links to it */
        enum place place;
        char activates[UNIT_NAME_MAX]; /* a timer's, a path's, a socket's: what it starts; "": nothing */
        struct signature read;         /* ... by the file as it was then: who writes it may still do so */
        bool drop_in, created;
        bool loaded;                /* a manager had it loaded before this daemon was up */
        uint64_t loaded_usec;       /* CLOCK_REALTIME: a manager read it since, and is not let; 0: nobody knows */
        struct alert_change change; /* owned */
};

struct changes_table {
        size_t n, next; /* entries; where the next one goes */
        struct unit_changed all[DETECTION_CHANGES_MAX];
};

/* What the record tells of a unit, if it is that. True: something was changed, so that what its files say is to be read
 * again. */
bool changes_note(struct changes_table *table, const struct record *record);
void changes_done(struct changes_table *table);

/* The latest of each sort, of what this unit consists of. NULL where there is none. */
struct changes_of_unit {
        const struct unit_changed *file, *drop_in, *trigger, *loaded;
        uint64_t loaded_usec;
};
void changes_find(struct changes_table *table, const char *unit, struct changes_of_unit *ret);

/* What was changed there last; NULL. */
const struct unit_changed *changes_of_path(struct changes_table *table, const char *path);

/* Each that is about the unit, oldest first. */
void changes_each(const struct changes_table *table, const char *unit,
                  void (*each)(void *userdata, const struct unit_changed *change), void *userdata);

/* What it means by the file as it is now, for one that was empty when it was told of: the caller's; NULL: nothing is known. */
char *changed_meaning(const struct unit_changed *changed);

/* "x@.service" of "x@y.service"; false: it is no instance. */
bool unit_template(const char *unit, char ret[static UNIT_NAME_MAX]);

/* ---- What its files say -------------------------------------------------------------------------------------- */

struct unit_known {
        char name[UNIT_NAME_MAX];
        uid_t user; /* whose manager's; (uid_t)-1: the system's */
        char *path; /* of its file; NULL: there is none, or not where it is looked for */
        bool transient, unauthorised;
        char trigger[UNIT_NAME_MAX]; /* the timer, path or socket that starts it; "": none */
        struct detect_contents contents;
        char **programs;    /* of its Exec lines; NULL-terminated */
        char *command;      /* the first of its ExecStart=: words, each with its NUL; NULL: none, or too long */
        size_t command_size;
        bool whole;         /* they can be compared with what was started */
        uint64_t read_usec; /* CLOCK_MONOTONIC */
};

struct units_table {
        size_t n, next;
        struct unit_known all[DETECTION_UNITS_MAX];
};

/* Read now unless that was done lately. Never NULL. */
const struct unit_known *units_find(struct units_table *table, const struct policy *policy, struct inventory *inventory,
                                    struct changes_table *changes, const char *unit, uid_t user);
void units_forget(struct units_table *table); /* all of them: something was changed */

/* A unit's file as it lies there; false: it cannot be read, or is none. The caller frees. */
bool unit_text(const char *path, char **ret, size_t *ret_size);

/* detection_named.c. True when the unit's files certainly name no such program, nor one that executes another in its place. */
bool unit_names_not(const struct unit_known *unit, const struct start *start);
void unit_find_command(struct unit_known *unit, const char *text, size_t size);

/* ---- Packages ------------------------------------------------------------------------------------------------- */

struct package_facts {
        bool unit_owned, program_unknown, program_differs, program_shipped;
};
void detection_ask_packages(const char *root, const char *unit, const char *program, struct package_facts *ret);

/* ---- Stories ---------------------------------------------------------------------------------------------------- */

/* An alert, and what follows: one for each unit. */
struct story {
        char id[ALERT_ID_MAX];
        char unit[UNIT_NAME_MAX];
        uid_t user;                  /* whose manager's; (uid_t)-1: the system's */
        enum detect_outcome outcome; /* the worst so far */
        enum detect_severity severity;
        bool refused; /* a start of it was */
        uint64_t reasons;
        uint64_t last_usec; /* CLOCK_MONOTONIC: its last start */
        uint64_t follow_until_usec;
        unsigned starts, follow_ups;
};

struct detection {
        struct guard *guard;
        struct policy *policy;   /* the recorder's own reference */
        struct policy *incoming; /* atomic: handed in by detection_set_policy */
        struct changes_table changes;
        struct units_table units;
        size_t n_stories;
        struct story stories[DETECTION_STORIES_MAX];
        uint64_t minute_usec;       /* CLOCK_MONOTONIC: since when alerts are counted */
        unsigned in_minute, unsaid; /* alerts; those that were one too many since the last that was told */
        struct detection_counters counters;
};

/* On the start, which was judged: tells of it unless that is nothing new, and does what the outcome says. */
void story_tell(struct detection *detection, const struct detect_result *result, const struct start *start,
                const struct unit_known *known);
void story_follow_up(struct detection *detection, struct start *start); /* what an alerted unit's process executes */
void story_adopt(struct detection *detection, struct record *record);   /* what it is refused, or does in vain */

bool detection_is_enforcing(const struct detection *detection); /* from any thread */
uid_t start_user(const struct start *start);                    /* whose manager's start; (uid_t)-1: the system's */
