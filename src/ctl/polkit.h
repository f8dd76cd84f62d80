/* unitward polkit: what the policy says of commands, said again to polkit and to the system bus.
 *
 * polkit knows less of a caller than unitward does. So each actor holds "certainly" or "possibly": a rule that permits
 * counts only where it certainly applies, one that refuses wherever it may. What is then not refused is left to polkit's
 * own defaults; nothing is ever granted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "unitward/command.h"
#include "unitward/policy.h"

#include "../policy/policy_internal.h"

#define POLKIT_RULES_PATH "/etc/polkit-1/rules.d/00-unitward.rules"
#define POLKIT_BUS_PATH "/etc/dbus-1/system.d/unitward.conf"

/* What a question knows of the unit that it is about. */
enum polkit_unit { POLKIT_UNIT_NONE, POLKIT_UNIT_GIVEN, POLKIT_UNIT_UNKNOWN };

/* A method that the bus can keep from somebody. */
struct polkit_method {
        const char *interface; /* NULL: no more */
        const char *member;
};

/* One thing that a client can ask of systemd or logind, as the command line that asks for the same. */
struct polkit_request {
        const char *action;            /* polkit's */
        const char *detail;            /* what systemd calls it in "verb"; NULL: it passes none */
        const char *const *command;    /* words, NULL-terminated; the first is the preset's name */
        enum polkit_unit unit;
        const struct polkit_method *methods; /* NULL: the bus does not decide about it. The first one names the door */
};

const struct polkit_request *polkit_request_at(size_t index); /* NULL: no more */

/* Users and groups, as far as the bus can tell them apart. */
struct polkit_callers {
        bool everybody;
        struct id_list users, groups;
};

/* Methods that the bus keeps from all but these: at least everybody whom polkit's rules may permit what they do. */
struct polkit_door {
        const struct polkit_method *methods;
        struct polkit_callers callers;
};

/* One verb of one command: who may run it. */
struct polkit_question {
        char *asks;                    /* "systemctl start" */
        const char *verb, *verb_class; /* NULL: not clear */
        size_t command;                /* index into the policy's */
        enum polkit_unit unit;
        size_t n_rules;
        size_t *rules;                 /* indices into the policy's, in their order, up to one that always applies */
        bool decided;                  /* the last of these always applies: the policy's default never counts */
};

/* What a request asks: all of it must be permitted. */
struct polkit_answer {
        const struct polkit_request *request;
        int door;                      /* -1: none */
        size_t n_questions;
        size_t questions[COMMAND_VERBS_MAX];
};

/* A rule that polkit cannot apply as it is written. */
struct polkit_note {
        const struct rule *rule;
        char *text;
};

struct polkit_model {
        const struct policy *policy;   /* borrowed */
        size_t n_questions;
        struct polkit_question *questions;
        size_t n_answers;
        struct polkit_answer *answers;
        size_t n_doors;
        struct polkit_door *doors;
        size_t n_notes;
        struct polkit_note *notes;
        bool rules_used[POLICY_RULES_MAX];
};

/* 0; -ENOMEM. Done in either case. */
int polkit_model_make(struct polkit_model *model, const struct policy *policy);
void polkit_model_done(struct polkit_model *model);
int polkit_model_note(struct polkit_model *model); /* a part of polkit_model_make */

/* The policy's command with the preset, its index; -ENOENT: it is not gated. */
int polkit_command(const struct policy *policy, const char *preset);

/* What polkit can know of an actor. */
enum polkit_knowledge {
        POLKIT_KNOWS,          /* certainly and possibly are the same, or it is known where the caller is */
        POLKIT_GUESSES,        /* never certainly: it has an executable, a label, ... */
        POLKIT_RULES_OUT,      /* never: root, whom polkit is not asked about, or nobody */
};
enum polkit_knowledge polkit_knowledge_of(const struct actor_class *actor_class);
/* The conditions that polkit cannot see, "exe and label", into the buffer. */
const char *polkit_unseen(const struct actor_class *actor_class, char *buffer, size_t size);

/* The files' texts. Caller frees. NULL: no memory, or *ret_why (static) says what cannot be written. */
char *polkit_rules_text(const struct polkit_model *model, const char **ret_why);
char *polkit_bus_text(const struct polkit_model *model);

extern const char polkit_engine[]; /* the part of the rules that is the same everywhere */

/* Text for JavaScript, within double quotes. Bytes: each one that is not ASCII for itself, as in patterns. Text: UTF-8;
 * false when it is none, or has a character that polkit's engines disagree about. */
void polkit_script_bytes(FILE *out, const char *bytes);
bool polkit_script_text(FILE *out, const char *text);
/* For XML: ASCII in an attribute's value in double quotes. */
void polkit_xml_text(FILE *out, const char *text);

/* Names of this machine: "alice", or "1000" for who has none, as polkit and the bus call them. Caller frees. */
char *polkit_user_name(id_t uid);
char *polkit_group_name(id_t gid);

/* One of the two files, as it should be and as it is. */
enum polkit_state { POLKIT_CURRENT, POLKIT_MISSING, POLKIT_OTHER_POLICY, POLKIT_CHANGED, POLKIT_FOREIGN, POLKIT_STATE_COUNT_ };

struct polkit_file {
        char *path;
        char *text;
        enum polkit_state state;
};

const char *polkit_state_word(enum polkit_state state); /* "current" and so on, for JSON */
const char *polkit_state_text(enum polkit_state state); /* for people */

/* Compares with the disk. 0, or -errno: it cannot be read. */
int polkit_file_look(struct polkit_file *file, const char *digest);
/* Puts it in place, in one step; 0644, flushed. */
int polkit_file_install(const struct polkit_file *file);
int polkit_file_remove(const struct polkit_file *file);

/* Calls each for every rules file that polkit reads before unitward's: what these answer counts. */
void polkit_earlier_rules(const char *root, void (*each)(const char *path, void *userdata), void *userdata);
