/* What a gated command was asked for, from a record: its words are read again, and believed where they say what the
 * daemon has read. It saw the environment too. */
#include "unitward/text.h"

#include "recorded_parts.h"

static size_t copy_words(const json_t *event, char *words[COMMAND_ARGUMENTS_MAX + 1])
{
        size_t i, n = 0;
        json_t *word;

        json_array_foreach(json_at(event, "process.args"), i, word)
                if (json_is_string(word) && n < COMMAND_ARGUMENTS_MAX)
                        words[n++] = (char *)(uintptr_t)json_string_value(word);
        words[n] = NULL;
        return n;
}

/* True when the list in the record has these n texts, in this order. */
static bool list_is(const json_t *list, size_t n, const char *(*text)(const struct command_request *, size_t),
                    const struct command_request *request)
{
        if (json_array_size(list) != n)
                return false;
        for (size_t i = 0; i < n; i++) {
                const char *item = json_string_value(json_array_get(list, i));

                if (!item || !streq(item, text(request, i)))
                        return false;
        }
        return true;
}

static const char *verb_text(const struct command_request *request, size_t i)
{
        return request->verbs[i].name;
}

static const char *unit_text(const struct command_request *request, size_t i)
{
        return request->units[i];
}

static bool is_as_recorded(const json_t *event, const struct command_request *request)
{
        const char *scope = recorded_text_at(event, "unitward.scope");

        return !request->unclear && scope && streq(scope, command_scope_name(request->scope)) &&
               list_is(json_at(event, "unitward.verb"), request->n_verbs, verb_text, request) &&
               list_is(json_at(event, "unitward.units"), request->n_units, unit_text, request);
}

/* Its class, as the command by itself has it. -ENOENT: there is no such verb (any more). */
static int class_of(const struct command_preset *preset, const char *name, const char *verb)
{
        char *words[] = { (char *)(uintptr_t)name, (char *)(uintptr_t)verb, NULL };
        _cleanup_free_ struct command_request *request = calloc(1, sizeof *request);

        if (!request)
                return -ENOMEM;
        command_parse(preset, 2, words, NULL, request);
        if (request->unclear || request->n_verbs == 0 || !streq(request->verbs[0].name, verb))
                return -ENOENT;
        return (int)request->verbs[0].verb_class;
}

static int scope_from_name(const char *name)
{
        for (enum command_scope scope = 0; name && scope < COMMAND_SCOPE_COUNT_; scope++)
                if (streq(command_scope_name(scope), name))
                        return (int)scope;
        return -EINVAL;
}

static void set_unclear(struct command_request *request, const char *why)
{
        request->unclear = true;
        request->why = why;
}

static bool add_verb(const struct command_preset *preset, const char *name, const char *verb,
                     struct command_request *request)
{
        int verb_class = verb ? class_of(preset, name, verb) : -ENOENT;

        if (verb_class < 0 || request->n_verbs == COMMAND_VERBS_MAX)
                return false;
        request->verbs[request->n_verbs].name = verb;
        request->verbs[request->n_verbs++].verb_class = (enum verb_class)verb_class;
        return true;
}

/* As it is recorded, with other units perhaps: a pattern leaves no name. */
static void take_recorded(const struct command_preset *preset, const char *name, const json_t *event,
                          struct command_request *request)
{
        int scope = scope_from_name(recorded_text_at(event, "unitward.scope"));
        size_t i;
        json_t *item;

        command_request_clear(request);
        json_array_foreach(json_at(event, "unitward.verb"), i, item)
                if (!add_verb(preset, name, json_string_value(item), request))
                        scope = -EINVAL;
        json_array_foreach(json_at(event, "unitward.units"), i, item)
                if (json_is_string(item) && request->n_units < COMMAND_UNITS_MAX)
                        (void)string_copy(request->units[request->n_units++], COMMAND_UNIT_SIZE,
                                          json_string_value(item));
        request->units_unknown = true;
        if (scope < 0 || request->n_verbs == 0)
                set_unclear(request, "the record does not say what it asked for");
        else
                request->scope = (enum command_scope)scope;
}

static void read_request(const struct command_preset *preset, const char *name, const json_t *event,
                         struct recorded *recorded)
{
        const char *unclear = recorded_text_at(event, "unitward.unclear");
        char *words[COMMAND_ARGUMENTS_MAX + 1];
        size_t n = copy_words(event, words);

        command_request_clear(&recorded->request);
        if (unclear) {
                set_unclear(&recorded->request, unclear);
                return;
        }
        if (n > 0)
                command_parse(preset, (int)n, words, NULL, &recorded->request);
        if (n > 0 && is_as_recorded(event, &recorded->request))
                return;
        recorded->assumptions |= RECORDED_ASSUMED_WORDS;
        take_recorded(preset, name, event, &recorded->request);
}

void recorded_command(const struct policy *policy, const json_t *event, struct recorded *recorded)
{
        const char *name = recorded_text_at(event, "unitward.command");
        int index = policy_command_index(policy, name);
        struct access *access = &recorded->access;

        recorded->is_protected = index >= 0;
        access->command = index >= 0 ? policy_command_name(policy, (size_t)index) : name;
        if (index >= 0 && access->operation == OPERATION_EXEC)
                read_request(policy_command_preset(policy, (size_t)index), name, event, recorded);
}
