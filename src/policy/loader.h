/* Loading a policy: groups of settings, each described by a table. */
#pragma once

#include <libconfig.h>

#include "policy_internal.h"

/* One load in progress. Parsers complain and go on, so that all errors are found; only exhausted memory
 * ends a load early. */
struct loader {
        struct policy *policy;
        struct policy_report *report;
        unsigned flags;
        const char *file; /* being read; belongs to the policy */
        bool out_of_memory;
};

/* Words that an enumeration, or a mask of it, is written in: name(0) to name(n - 1). */
struct words {
        const char *(*name)(unsigned value);
        unsigned n;
};
extern const struct words mode_words, operation_words, outcome_words, place_words, scope_words, actor_preset_words;

/* A setting that a group may hold, parsed into the group's object at offset. */
struct setting {
        const char *name;
        void (*parse)(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field);
        size_t offset;
        bool required;
        union {
                struct {
                        uint64_t min, max;
                } range;
                const struct words *words;
                const char *(*check)(const char *text); /* NULL, or what is wrong and what was expected */
        };
};

/* Parses every member of a group by its table (which ends with a NULL name): unknown ones, and required
 * ones that are missing, are complained about. */
void group_parse(struct loader *loader, const config_setting_t *group, const struct setting *table, void *object);

/* Calls each for every member of "{ NAME: { ... }; ... }"; complains when it is no such group. */
typedef void (*member_function)(struct loader *loader, const config_setting_t *member);
void members_each(struct loader *loader, const config_setting_t *group, member_function each);

/* Parsers for tables; the type of field is in the comment. */
void parse_word(struct loader *, const config_setting_t *, const struct setting *, void *field);      /* unsigned */
void parse_word_mask(struct loader *, const config_setting_t *, const struct setting *, void *field); /* unsigned */
void parse_bool(struct loader *, const config_setting_t *, const struct setting *, void *field);      /* bool */
void parse_unsigned(struct loader *, const config_setting_t *, const struct setting *, void *field);  /* unsigned */
void parse_size(struct loader *, const config_setting_t *, const struct setting *, void *field);      /* uint64_t */
void parse_duration(struct loader *, const config_setting_t *, const struct setting *,
                    void *field); /* uint64_t, microseconds; range in seconds */
void parse_name(struct loader *, const config_setting_t *, const struct setting *,
                void *field); /* char[POLICY_ID_MAX] */
void parse_strings(struct loader *, const config_setting_t *, const struct setting *, void *field); /* string_list */
void parse_users(struct loader *, const config_setting_t *, const struct setting *, void *field);   /* id_list */
void parse_groups(struct loader *, const config_setting_t *, const struct setting *, void *field);  /* id_list */
void parse_login_users(struct loader *, const config_setting_t *, const struct setting *, void *field);  /* id_list */
void parse_login_groups(struct loader *, const config_setting_t *, const struct setting *, void *field); /* id_list */

void parse_programs(struct loader *, const config_setting_t *, const struct setting *, void *field);       /* programs */
void parse_gated_programs(struct loader *, const config_setting_t *, const struct setting *, void *field); /* programs */

/* Adds one program of a gated command and looks for it; what is wrong with it is said of value. */
void programs_add_gated(struct loader *loader, const config_setting_t *value, struct programs *programs, const char *path);

void parse_control_group(struct loader *, const config_setting_t *, const struct setting *,
                         void *field); /* policy_settings */

/* Calls each for every value: once for a single one, for each element of "[ ]" or "( )". Complains about
 * an empty list and one of more than POLICY_LIST_MAX. */
typedef void (*value_function)(struct loader *loader, const config_setting_t *value, void *userdata);
void values_each(struct loader *loader, const config_setting_t *setting, value_function each, void *userdata);

/* The setting's text; complains and returns NULL when it is none. */
const char *value_string(struct loader *loader, const config_setting_t *value);

/* Checks for parse_strings. */
const char *check_unit_pattern(const char *text);
const char *check_path_pattern(const char *text);
const char *check_absolute(const char *text);
const char *check_plain(const char *text); /* absolute, no wildcard, no slash at its end */
const char *check_text(const char *text);  /* 1 to 255 bytes */

/* Adds an error, or a warning, about a setting. */
void complain(struct loader *loader, const config_setting_t *setting, const char *fmt, ...) _printf_(3, 4);
void warn(struct loader *loader, const config_setting_t *setting, const char *fmt, ...) _printf_(3, 4);

struct position position_of(const struct loader *loader, const config_setting_t *setting);

/* A whole file but for its rules, which come when the zones and actors of all files are known. */
void file_parse(struct loader *loader, const config_setting_t *root);

/* Only those of its settings that have one of these names (NULL-terminated; each must be a setting). */
void file_parse_some(struct loader *loader, const config_setting_t *root, const char *const *names);

/* The big settings, each in its own source: a group of zones, a group of actors, a group of commands, detection, a list of
 * authorised contents, a list of accepted findings, a list of rules. */
void parse_zones(struct loader *, const config_setting_t *, const struct setting *, void *field);
/* Once all files are read: the zone of unitward itself, where a policy that is installed (ROOT/etc/unitward/unitward.conf)
 * neither writes one nor says that it wants none. */
void zones_add_own(struct loader *loader, const char *policy_path);
void parse_actors(struct loader *, const config_setting_t *, const struct setting *, void *field);
void parse_commands(struct loader *, const config_setting_t *, const struct setting *, void *field);
void parse_detection(struct loader *, const config_setting_t *, const struct setting *, void *field);
void parse_record_limit(struct loader *, const config_setting_t *, const struct setting *, void *field);
void parse_syslog(struct loader *, const config_setting_t *, const struct setting *, void *field);
void parse_linux_audit(struct loader *, const config_setting_t *, const struct setting *, void *field);
void parse_authorised_list(struct loader *, const config_setting_t *, const struct setting *, void *field);
void parse_accepted_list(struct loader *, const config_setting_t *, const struct setting *, void *field);
void rules_parse(struct loader *loader, const config_setting_t *rules);

/* Complains about a name that is invalid or taken (taken_at is where; NULL: it is not). */
bool name_is_free(struct loader *loader, const config_setting_t *setting, const char *name,
                  const struct position *taken_at);

/* A preset's paths, relative to its root. */
struct preset_path {
        const char *path;
        enum place place;
        bool is_file;
};

struct zone_preset {
        const char *name;
        bool restore;
        bool is_system;
        bool is_parents;
        int search;                           /* enum unit_scope whose search path belongs to it, -1: none */
        const struct preset_path *paths;      /* end with a NULL path */
        const struct preset_path *home_paths; /* relative to a home; NULL: none */
};
#define ZONE_OWN "unitward" /* the preset of unitward itself, and the name of the zone that a policy has without naming it */
extern const struct zone_preset zone_presets[]; /* ends with a NULL name */
