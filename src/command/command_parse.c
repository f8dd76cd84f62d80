/* From a command's arguments and environment to what it asks for. */
#include "command_internal.h"
#include "unitward/util.h"

static const char *last_component(const char *path)
{
        const char *last = path;

        for (const char *c = path; *c; c++)
                if (*c == '/' && c[1] && c[1] != '/')
                        last = c + 1;
        return last;
}

/* The form whose name is in argv[0]; the last one is any other's. */
static const struct command_form *form_find(const struct command_preset *preset, const char *called)
{
        const struct command_form *const *form = preset->forms;
        const char *name = last_component(called);

        for (; (*form)->called; form++) {
                if ((*form)->called_in_part ? strstr(name, (*form)->called) != NULL : streq(name, (*form)->called))
                        break;
        }
        return *form;
}

static const struct command_verb *verb_find(const struct command_form *form, const char *word)
{
        for (const struct command_verb *verb = form->verbs; verb->word; verb++)
                if (streq(verb->word, word))
                        return verb;
        return NULL;
}

static void add_unit(struct command_request *request, const char *unit)
{
        for (size_t i = 0; i < request->n_units; i++)
                if (streq(request->units[i], unit))
                        return;
        if (request->n_units == COMMAND_UNITS_MAX)
                request->units_unknown = true;
        else
                (void)string_copy(request->units[request->n_units++], COMMAND_UNIT_SIZE, unit);
}

static void add_word(struct command_request *request, const char *word, const char *suffix)
{
        char unit[COMMAND_UNIT_SIZE];

        if (command_unit(word, suffix, unit))
                add_unit(request, unit);
        else
                request->units_unknown = true;
}

static void add_file(struct command_request *request, const char *word)
{
        char unit[COMMAND_UNIT_SIZE];

        if (command_unit_of_file(word, unit))
                add_unit(request, unit);
        else
                request->units_unknown = true;
}

static bool is_number(const char *word)
{
        return *word && word[strspn(word, "0123456789")] == '\0';
}

/* systemd-run: the unit that --unit names; without it systemd-run finds a name, "run-" and so on. What triggers a
 * service and the service have the same name: either may be said, but no third type, which some versions would take as
 * it is. */
static void add_made(const struct command_arguments *arguments, const char *type, struct command_request *request)
{
        char suffix[16], unit[COMMAND_UNIT_SIZE], other[COMMAND_UNIT_SIZE];
        bool triggers = !streq(type, "service") && !streq(type, "scope");

        (void)snprintf(suffix, sizeof suffix, ".%s", type);
        if (!arguments->unit)
                return;
        if (!command_unit(arguments->unit, suffix, unit)) {
                request->units_unknown = true;
                return;
        }
        if (!ends_with(unit, suffix) && !(triggers && ends_with(unit, ".service"))) {
                request->why = "--unit names a unit of another type";
                return;
        }
        add_unit(request, unit);
        if (triggers && command_unit_of_type(unit, suffix, other))
                add_unit(request, other);
        if (triggers && command_unit_of_type(unit, ".service", other))
                add_unit(request, other);
}

static void add_units(const struct command_arguments *arguments, const struct command_verb *verb, size_t first,
                      struct command_request *request)
{
        const char *const *words = arguments->words + first;
        size_t n = arguments->n_words - first;

        switch (verb->operands) {
        case OPERANDS_NONE:
                break;
        case OPERANDS_REFUSED:
                if (n > 0 && !request->why)
                        request->why = "there are words that the command would not take";
                break;
        case OPERANDS_UNITS:
                for (size_t i = 0; i < n; i++)
                        add_word(request, words[i], ".service");
                break;
        case OPERANDS_SHOWN:
                for (size_t i = 0; i < n; i++) {
                        if (is_number(words[i]))
                                request->units_unknown = true;
                        else
                                add_word(request, words[i], ".service");
                }
                break;
        case OPERANDS_FILES:
                for (size_t i = 0; i < n; i++)
                        add_file(request, words[i]);
                break;
        case OPERANDS_TARGET:
                for (size_t i = 0; i < n; i++)
                        add_word(request, words[i], ".target");
                break;
        case OPERANDS_FIRST:
                if (n > 0)
                        add_word(request, words[0], ".service");
                break;
        case OPERANDS_DEPENDENCY:
                for (size_t i = 0; i < n; i++)
                        add_word(request, words[i], i == 0 ? ".target" : ".service");
                break;
        case OPERANDS_MADE:
                add_made(arguments, verb->word, request);
                break;
        case OPERANDS_ALL:
                request->units_unknown = true;
                break;
        }
        if (arguments->marked)
                request->units_unknown = true;
}

static enum verb_class class_of(const struct command_arguments *arguments, const struct command_verb *verb,
                                size_t n_operands)
{
        if (n_operands < verb->changes_from)
                return VERB_READ;
        if (arguments->runtime && verb->flags & VERB_RUNTIME)
                return VERB_TRANSIENT;
        return verb->verb_class;
}

static void add_verb(struct command_request *request, const char *name, enum verb_class verb_class)
{
        if (request->n_verbs == COMMAND_VERBS_MAX) {
                request->why = "it asks for too many things at once";
                return;
        }
        request->verbs[request->n_verbs].name = name;
        request->verbs[request->n_verbs++].verb_class = verb_class;
}

/* One verb, with the words from first on as its operands. */
static void ask(const struct command_arguments *arguments, const char *word, size_t first,
                const struct command_environment *environment, struct command_request *request)
{
        const struct command_verb *verb = verb_find(arguments->form, word), *now;
        enum verb_class verb_class;

        if (!verb) {
                request->why = "its verb is unknown here";
                return;
        }
        verb_class = class_of(arguments, verb, arguments->n_words - first);
        add_verb(request, verb->name ? verb->name : verb->word, verb_class);
        add_units(arguments, verb, first, request);
        request->scope = command_arguments_scope(arguments, verb->flags, environment->offline);
        if (verb_class != VERB_READ)
                request->effects |= verb->effects;
        if (verb->flags & VERB_EDITS && !request->why)
                request->why = environment->why_editing;
        if (arguments->now && verb->now && (now = verb_find(arguments->form, verb->now))) {
                add_verb(request, now->word, now->verb_class);
                if (request->scope != command_arguments_scope(arguments, now->flags, environment->offline))
                        request->why = "--now would be for another manager than the rest";
        }
}

static void ask_all(const struct command_arguments *arguments, const struct command_environment *environment,
                    struct command_request *request)
{
        const struct command_form *form = arguments->form;

        if (arguments->ends) {
                ask(arguments, arguments->ends, arguments->n_words, environment, request);
        } else if (form->words_are_verbs) {
                if (arguments->n_words > 0)
                        ask(arguments, arguments->words[0], 1, environment, request);
                else if (form->verb)
                        ask(arguments, form->verb, 0, environment, request);
                else
                        request->why = "its verb is missing";
        } else {
                if (arguments->n_asked == 0 || form->verb_stays)
                        ask(arguments, form->verb, 0, environment, request);
                for (size_t i = 0; i < arguments->n_asked; i++)
                        if (!form->verb_stays || !streq(arguments->asked[i], form->verb))
                                ask(arguments, arguments->asked[i], 0, environment, request);
        }
}

bool command_only_reads(const struct command_request *request)
{
        for (size_t i = 0; i < request->n_verbs; i++)
                if (request->verbs[i].verb_class != VERB_READ)
                        return false;
        return true;
}

static void heed_environment(const struct command_environment *environment, const struct command_arguments *arguments,
                             struct command_request *request)
{
        if (environment->why)
                request->why = environment->why;
        if (request->why || command_only_reads(request))
                return;
        request->why = environment->why_changing;
        if (!request->why && request->scope == COMMAND_SYSTEM)
                request->why = environment->why_system;
        if (!request->why && request->scope == COMMAND_USER)
                request->why = environment->why_user;
        if (!request->why && arguments->address)
                request->why = "its address may lead to any manager";
}

/* A command without tables. */
static void parse_unknown(char **argv, const struct command_environment *environment, struct command_request *ret)
{
        const char *verb = "";

        for (char **word = argv + 1; *word; word++) {
                if (streq(*word, "--") && word[1]) {
                        verb = word[1];
                        break;
                }
                if ((*word)[0] != '-' || !(*word)[1]) {
                        verb = *word;
                        break;
                }
        }
        add_verb(ret, verb, VERB_CONTROL);
        ret->units_unknown = true;
        ret->why = environment->why;
}

void command_request_clear(struct command_request *request)
{
        memset(request, 0, offsetof(struct command_request, units));
        request->units_unknown = request->unclear = false;
        request->why = NULL;
}

void command_parse(const struct command_preset *preset, int argc, char **argv, char *const *envp,
                   struct command_request *ret)
{
        struct command_environment environment;
        struct command_arguments arguments;

        command_request_clear(ret);
        command_environment_read(envp, &environment);
        if (argc < 1 || argc >= COMMAND_ARGUMENTS_MAX) {
                ret->why = argc < 1 ? "it has no arguments, not even a name" : "it has too many arguments";
        } else if (!preset) {
                parse_unknown(argv, &environment, ret);
        } else {
                command_arguments_read(form_find(preset, argv[0]), argc, argv, environment.posixly_correct, &arguments);
                ret->why = arguments.why;
                if (!arguments.why)
                        ask_all(&arguments, &environment, ret);
                heed_environment(&environment, &arguments, ret);
        }
        ret->unclear = ret->why != NULL;
}
