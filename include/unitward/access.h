/* One access: who does what to which. The policy sees this and nothing else. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "unitward/actor.h"

enum operation {
        OPERATION_CREATE,      /* a new file or directory */
        OPERATION_MODIFY,      /* contents, owner, mode or attributes of an existing one */
        OPERATION_REMOVE,      /* unlink, rmdir, or rename away */
        OPERATION_RENAME,      /* a name appeared, or was replaced, by rename(2) */
        OPERATION_LINK,        /* hard link, or symbolic link to what is not an authorised unit */
        OPERATION_ENABLE,      /* link in .wants/.requires/.upholds, or alias of an authorised unit */
        OPERATION_MASK,        /* link to /dev/null, or an empty unit file */
        OPERATION_READ,        /* open for reading by somebody who is not a manager */
        OPERATION_LOAD,        /* open for reading by a manager */
        OPERATION_TRANSIENT,   /* a manager writes transient/ or *.control/ */
        OPERATION_EXEC,        /* a gated command is run */
        OPERATION_APPROVE,     /* an administrator's request changes what is authorised */
        OPERATION_MOUNT,       /* something is mounted over it, or over a directory above */
        OPERATION_COUNT_,
};

/* "create" and so on; the words of the policy and of the records. -EINVAL for an unknown word. */
const char *operation_name(enum operation operation);
int operation_from_name(const char *name);

enum outcome {
        OUTCOME_ALLOW,
        OUTCOME_DENY,
        OUTCOME_QUARANTINE,
        OUTCOME_COUNT_,
};

const char *outcome_name(enum outcome outcome);
int outcome_from_name(const char *name);

/* What kind of place a protected name lies in; decides what a link there means. */
enum place {
        PLACE_UNITS,           /* a directory on the unit search path */
        PLACE_DROPINS,         /* NAME.d/ in one */
        PLACE_DEPENDENCIES,    /* NAME.wants/, NAME.requires/, NAME.upholds/ */
        PLACE_TRANSIENT,       /* transient/ and *.control/: written by the manager for its clients */
        PLACE_GENERATED,       /* generator, generator.early, generator.late: written by generators */
        PLACE_PROGRAMS,        /* generators, system-shutdown, system-sleep: programs that the manager runs */
        PLACE_CONFIGURATION,   /* manager configuration, presets, linger, sysv and everything else */
        PLACE_STATE,           /* unitward's own state: written by its threads alone, and nothing in it is compared */
        PLACE_PARENT,          /* a directory above protected ones; only some of its names matter */
        PLACE_COUNT_,
};

const char *place_name(enum place place);

struct access {
        enum operation operation;
        const struct actor *actor;
        int zone;              /* index into the policy's zones; ZONE_UNPLACED: decided as the strictest zone */
        enum place place;
        const char *path;      /* for people and for rules with a path condition; "" when it cannot be placed */
        const char *unit;      /* unit the access is about: "cron.service" also for its drop-ins; "" when none */
        const char *command;   /* OPERATION_EXEC, and OPERATION_READ of its program: gated command's name; otherwise NULL */
        const char *verb;      /* OPERATION_EXEC: its verb; otherwise NULL, as where it is not clear */
        const char *verb_class; /* of verb: "read" and so on, command.h; NULL where verb is */
        const char *scope;     /* OPERATION_EXEC: whose units, "system" and so on, command.h; NULL where it is not clear */
        bool unit_unknown;     /* OPERATION_EXEC: some unit; a rule that names units may refuse it, never permit */
        const char *client;    /* the gated command whose permitted run does this: the actor itself is that run, or a
                                * manager writes on its behalf; NULL: none */
};

#define ZONE_UNPLACED (-1)
