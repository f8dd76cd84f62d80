/* Sorts a command's arguments into options and words, by getopt_long(3) as the command itself does. */
#include <unistd.h>

#include "command_internal.h"
#include "unitward/util.h"

#define OPTIONS_MAX 96
#define NAMED 0x100 /* an option without a letter: this and its row */

/* The order of words is kept by '-' in place of permuting them: so our own environment's POSIXLY_CORRECT has no say. */
struct grammar {
        struct option names[OPTIONS_MAX + 1];
        char letters[2 + 3 * OPTIONS_MAX + 1];
};

static void grammar_add_letter(struct grammar *grammar, size_t *n, const struct command_option *option)
{
        if (!option->letter || strchr(grammar->letters + 2, option->letter))
                return;
        grammar->letters[(*n)++] = option->letter;
        for (int colons = 0; colons < option->argument; colons++)
                grammar->letters[(*n)++] = ':';
}

static void grammar_init(struct grammar *grammar, const struct command_form *form, bool ordered)
{
        const struct command_option *options = form->options;
        size_t n_names = 0, n_letters = 2;

        memset(grammar, 0, sizeof *grammar);
        grammar->letters[0] = ordered ? '+' : '-';
        grammar->letters[1] = ':';
        for (size_t i = 0; i < OPTIONS_MAX && (options[i].name || options[i].letter); i++) {
                grammar_add_letter(grammar, &n_letters, &options[i]);
                if (!options[i].name || (i > 0 && options[i - 1].name && streq(options[i].name, options[i - 1].name)))
                        continue;
                grammar->names[n_names++] = (struct option){
                        .name = options[i].name,
                        .has_arg = options[i].argument,
                        .val = options[i].letter ? options[i].letter : NAMED + (int)i,
                };
        }
}

static const struct command_option *option_find(const struct command_form *form, int code)
{
        const struct command_option *option = form->options;

        if (code >= NAMED)
                option += code - NAMED;
        else
                while (option->letter != code)
                        option++;
        while (option->when && !streq(option->when, optarg))
                option++;
        return option;
}

static void add_verb(struct command_arguments *arguments, const char *verb)
{
        for (size_t i = 0; i < arguments->n_asked; i++)
                if (streq(arguments->asked[i], verb))
                        return;
        if (arguments->n_asked < COMMAND_VERBS_MAX)
                arguments->asked[arguments->n_asked++] = verb;
        else
                arguments->why = "it asks for too many things at once";
}

static void apply(struct command_arguments *arguments, const struct command_option *option)
{
        switch (option->meaning) {
        case OPTION_OTHER:
                break;
        case OPTION_TELLS:
        case OPTION_ENDS:
                arguments->ends = option->verb;
                break;
        case OPTION_VERB:
                add_verb(arguments, option->verb);
                break;
        case OPTION_SYSTEM:
                arguments->scope = COMMAND_SYSTEM;
                break;
        case OPTION_USER:
                arguments->scope = COMMAND_USER;
                break;
        case OPTION_GLOBAL:
                arguments->scope = COMMAND_GLOBAL;
                break;
        case OPTION_ROOT:
                arguments->root = *optarg != '\0';
                break;
        case OPTION_HOST:
                arguments->elsewhere = true;
                arguments->machine = NULL;
                break;
        case OPTION_MACHINE:
                arguments->elsewhere = false;
                arguments->machine = optarg;
                break;
        case OPTION_SOMEBODY:
                arguments->elsewhere = true;
                break;
        case OPTION_ADDRESS:
                if (command_is_users_bus(optarg))
                        arguments->scope = COMMAND_USER;
                else
                        arguments->address = true;
                break;
        case OPTION_RUNTIME:
                arguments->runtime = true;
                break;
        case OPTION_NOW:
                arguments->now = true;
                break;
        case OPTION_MARKED:
                arguments->marked = true;
                break;
        case OPTION_UNIT:
                arguments->unit = optarg;
                break;
        }
}

static void add_words(struct command_arguments *arguments, char **words)
{
        for (; *words && arguments->n_words < COMMAND_ARGUMENTS_MAX; words++)
                arguments->words[arguments->n_words++] = *words;
}

/* The newest versions of systemd have an option parser of their own: it permutes, whatever the variable says. */
static bool options_follow(char **words)
{
        for (; *words; words++)
                if ((*words)[0] == '-' && (*words)[1])
                        return true;
        return false;
}

void command_arguments_read(const struct command_form *form, int argc, char **argv, bool posixly_correct,
                            struct command_arguments *ret)
{
        bool ordered = form->ordered || posixly_correct;
        struct grammar grammar;
        int code;

        *ret = (struct command_arguments){ .form = form, .scope = form->scope };
        grammar_init(&grammar, form, ordered);
        optind = 0;
        opterr = 0;
        while (!ret->ends && (code = getopt_long(argc, argv, grammar.letters, grammar.names, NULL)) >= 0) {
                if (code == 1)
                        ret->words[ret->n_words++] = optarg;
                else if (code == ':')
                        ret->why = "an option lacks its argument";
                else if (code == '?')
                        ret->why = "an option is unknown here or ambiguous";
                else
                        apply(ret, option_find(form, code));
                if (ret->why)
                        return;
        }
        if (ret->ends)
                return;
        if (!form->ordered && posixly_correct && options_follow(argv + optind))
                ret->why = "POSIXLY_CORRECT is set and options follow other words";
        add_words(ret, argv + optind);
}

/* ".host" is this machine, and "root@.host" its system's manager unless a user's is asked for. */
static bool machine_is_here(const char *machine)
{
        const char *at = strrchr(machine, '@');

        machine = at ? at + 1 : machine;
        return !*machine || streq(machine, ".host");
}

enum command_scope command_arguments_scope(const struct command_arguments *arguments, unsigned verb_flags, bool offline)
{
        enum command_scope scope = arguments->scope;

        if (verb_flags & VERB_OFFLINE) {
                if (arguments->root)
                        return COMMAND_OFFLINE;
                if (scope == COMMAND_GLOBAL)
                        return COMMAND_GLOBAL;
                if (offline)
                        return COMMAND_OFFLINE;
        }
        /* What takes a manager takes the caller's own; what newer versions refuse. */
        if (scope == COMMAND_GLOBAL && !(verb_flags & VERB_EDITS))
                scope = COMMAND_USER;
        if (arguments->elsewhere)
                return COMMAND_REMOTE;
        if (arguments->machine && (scope != COMMAND_SYSTEM || !machine_is_here(arguments->machine)))
                return COMMAND_REMOTE;
        return scope;
}
