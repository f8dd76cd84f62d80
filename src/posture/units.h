/* Units as their managers would find and load them: catalog.c what lies where, units.c one unit, unit_sources.c its files,
 * closure.c which of them are reached. */
#pragma once

#include "posture_internal.h"
#include "unitward/unit_name.h"

/* A name on a manager's search path: the first directory that has it counts. */
struct catalog_name {
        char *name;
        char *path;            /* of the file, without links; NULL: an alias */
        char *alias;           /* the name that it stands for */
        bool masked;
        size_t n_aliases;      /* names that stand for this one */
        const char **aliases;
        UT_hash_handle hh;
};

/* Directories of one name: all "x.service.d", the most important first. */
struct catalog_directory {
        char *name;
        size_t n;
        char **paths;
        UT_hash_handle hh;
};

struct unit_entry;

/* What one manager sees. */
struct catalog {
        enum unit_scope scope;
        uid_t uid;             /* (uid_t)-1: of no single user */
        struct catalog_name *names;
        struct catalog_directory *directories;
        struct unit_entry *units; /* uthash: by name */
};

/* A unit file that was read; templates and their instances share it. */
struct parsed_file {
        char *path;
        struct unit_file *file; /* NULL: it could not be read */
        UT_hash_handle hh;
};

struct unit_source {
        const char *path;
        const struct unit_file *file;
};

struct unit_entry {
        struct posture_unit unit; /* first: the one is a pointer to the other */
        struct catalog *catalog;
        size_t n_sources;
        struct unit_source *sources;
        UT_hash_handle hh;
};

/* Fills the catalogs and the list of directories. */
int catalogs_read(struct posture *posture);
void catalogs_done(struct posture *posture);
int search_path_read(struct posture *posture);
void search_path_done(struct posture *posture);
const struct catalog_name *catalog_find(const struct catalog *catalog, const char *name);
const struct catalog_directory *catalog_directory_find(const struct catalog *catalog, const char *name);

/* The unit of this name, loaded; *ret NULL: there is none. 0 or -errno. */
int unit_load(struct posture *posture, struct catalog *catalog, const char *name, struct unit_entry **ret);

/* Calls each with the directories that are about a unit, "x.service.d" and those of its template, prefixes, aliases and type
 * (only for ".d"). */
int unit_directories(const struct catalog *catalog, const char *name, const char *suffix,
                     int (*each)(const char *path, void *userdata), void *userdata);

/* Calls each with the units of a scope that messages on D-Bus, and devices by udev's rules, have started. */
int activated_each(struct posture *posture, enum unit_scope scope, int (*each)(const char *name, void *userdata),
                   void *userdata);

/* Marks what is reachable, and loads instances that are. */
int closure_make(struct posture *posture);

/* The parsed contents; *ret NULL: they cannot be read. */
int parsed_get(struct posture *posture, const char *path, const struct unit_file **ret);

/* Adds a file, or what all these directories have, to what the unit consists of. 0 or -ENOMEM. */
int unit_add_source(struct posture *posture, struct unit_entry *entry, const char *path);
int unit_add_dropins(struct posture *posture, struct unit_entry *entry);
void parsed_done(struct posture *posture);

/* "x@.service" for "x@y.service"; false when it is no instance. */
bool unit_template_of(const char *name, char ret[static UNIT_NAME_MAX]);
