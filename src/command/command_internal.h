/* How the commands are described: tables of options and verbs, for the reader in command_parse.c. */
#pragma once

#include <getopt.h>

#include "unitward/command.h"

enum option_meaning {
        OPTION_OTHER,          /* changes nothing that counts here */
        OPTION_TELLS,          /* --help, --version: the program tells it and ends, whatever follows */
        OPTION_ENDS,           /* --when=cancel: it does this and nothing else */
        OPTION_VERB,           /* asks for a verb by itself: --on-calendar, -r */
        OPTION_SYSTEM,
        OPTION_USER,
        OPTION_GLOBAL,
        OPTION_ROOT,           /* --root, --image: an empty argument takes it back */
        OPTION_HOST,
        OPTION_MACHINE,
        OPTION_SOMEBODY,       /* another user's: --capsule, crontab -u */
        OPTION_ADDRESS,        /* some bus */
        OPTION_RUNTIME,
        OPTION_NOW,
        OPTION_MARKED,         /* units that the words do not name */
        OPTION_UNIT,
};

/* An option of a table that ends with one that has neither name nor letter. Two names of one letter are one option. */
struct command_option {
        const char *name;      /* without its dashes; NULL: only the letter */
        char letter;           /* 0: only the name */
        int argument;          /* no_argument, required_argument, optional_argument */
        enum option_meaning meaning;
        const char *verb;      /* OPTION_TELLS, OPTION_ENDS, OPTION_VERB: its name */
        const char *when;      /* only with this argument, otherwise the next row counts; NULL: with any */
};

#define OPTION(name_, letter_, argument_, ...) \
        { .name = (name_), .letter = (letter_), .argument = (argument_), __VA_ARGS__ }

/* What the words after a verb are. */
enum operands {
        OPERANDS_NONE,         /* no units */
        OPERANDS_REFUSED,      /* the program takes none, and another version may understand them */
        OPERANDS_UNITS,        /* "cron", "/home", "/dev/sda", patterns */
        OPERANDS_SHOWN,        /* the same, or process and job numbers */
        OPERANDS_FILES,        /* units, or paths of unit files */
        OPERANDS_TARGET,       /* units that are targets where nothing else is said */
        OPERANDS_FIRST,        /* a unit, then something else */
        OPERANDS_DEPENDENCY,   /* a target, then units */
        OPERANDS_MADE,         /* the unit of --unit, and the one that triggers it */
        OPERANDS_ALL,          /* every unit there is */
};

enum verb_flags {
        VERB_OFFLINE = 1 << 0,      /* heeds --root and its like; the others refuse it, or have none */
        VERB_RUNTIME = 1 << 1,      /* --runtime makes it VERB_TRANSIENT */
        VERB_EDITS = 1 << 2,        /* runs an editor */
};

/* A verb of a table that ends with one that has no word. */
struct command_verb {
        const char *word;           /* as it is written */
        enum verb_class verb_class;
        enum operands operands;
        unsigned effects;           /* enum command_effect */
        unsigned flags;             /* enum verb_flags */
        unsigned changes_from;      /* with fewer operands it only tells */
        const char *now;            /* --now asks for this verb as well */
        const char *name;           /* as rules have it; NULL: as it is written */
};

#define VERB(word_, class_, operands_, ...) \
        { .word = (word_), .verb_class = (class_), .operands = (operands_), __VA_ARGS__ }

/* A command under one of its names. */
struct command_form {
        const char *called;         /* argv[0]'s last component is this; NULL: any other name */
        bool called_in_part;        /* it has this in it */
        const struct command_option *options;
        const struct command_verb *verbs;
        const char *verb;           /* where nothing asks for another one; NULL: the program refuses that */
        bool verb_stays;            /* what options ask for comes on top of it: which one it will be is not simple */
        bool words_are_verbs;       /* the first word is the verb */
        bool ordered;               /* options end at the first word */
        enum command_scope scope;
};

struct command_preset {
        const char *name;
        const char *const *programs; /* paths, NULL-terminated */
        const struct command_form *const *forms; /* NULL-terminated; the last one has no "called" */
};

extern const struct command_preset command_systemctl, command_systemd_run, command_busctl, command_loginctl,
        command_portablectl, command_sysext, command_bridge, command_at, command_crontab;
extern const struct command_form command_halt, command_poweroff, command_reboot, command_shutdown, command_telinit,
        command_runlevel;

/* What the environment does to a command. */
struct command_environment {
        bool posixly_correct;
        bool offline;               /* unit files are written by the command itself */
        const char *why;            /* code of somebody's choice runs in the program, whatever it does */
        const char *why_changing;   /* what it changes cannot be told */
        const char *why_system;     /* the same, for the system's manager */
        const char *why_user;       /* for the user's */
        const char *why_editing;    /* for verbs that run an editor */
};

void command_environment_read(char *const *envp, struct command_environment *ret);

/* A unit as systemd completes what is written: "cron" and ".service" is "cron.service", "/home" "home.mount". False: it
 * is a pattern, or nothing that can be a unit. */
bool command_unit(const char *word, const char *suffix, char ret[static COMMAND_UNIT_SIZE]);

/* The same for verbs that take paths of unit files: "/tmp/x.service" is "x.service". */
bool command_unit_of_file(const char *word, char ret[static COMMAND_UNIT_SIZE]);

/* The same name with another type: "x.timer" to "x.service". False: no room. */
bool command_unit_of_type(const char *unit, const char *suffix, char ret[static COMMAND_UNIT_SIZE]);

/* Where nothing but a user's bus, and the manager of that user, listens. */
bool command_is_users_bus(const char *address);

/* A command's arguments, sorted: options are read, words are left. */
struct command_arguments {
        const struct command_form *form;
        enum command_scope scope;   /* COMMAND_SYSTEM, COMMAND_USER or COMMAND_GLOBAL: the last one said */
        bool root;                  /* files below a directory or in an image */
        bool elsewhere;             /* another machine's manager, or another user's */
        bool address;               /* some bus */
        bool runtime, now, marked;
        const char *unit;           /* of --unit */
        const char *machine;
        const char *ends;           /* does this and nothing else: its verb */
        const char *asked[COMMAND_VERBS_MAX]; /* verbs that options ask for */
        size_t n_asked;
        const char *words[COMMAND_ARGUMENTS_MAX];
        size_t n_words;
        const char *why;            /* cannot be told; static */
};

/* argc is below COMMAND_ARGUMENTS_MAX. */
void command_arguments_read(const struct command_form *form, int argc, char **argv, bool posixly_correct,
                       struct command_arguments *ret);

/* Whose units a verb with these flags is about. */
enum command_scope command_arguments_scope(const struct command_arguments *arguments, unsigned verb_flags, bool offline);
