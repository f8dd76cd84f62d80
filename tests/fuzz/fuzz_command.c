/* Arguments and environment of a gated command: whoever runs it chooses them. A byte says which command, then words
 * that end with NUL; those after a word of one byte 1 are the environment. */
#include "unitward/command.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct words {
        char *words[COMMAND_ARGUMENTS_MAX + 2];
        int n;
};

/* Each in a block of its own size, so that reading beyond one is found. */
static const uint8_t *words_take(const uint8_t *data, const uint8_t *end, struct words *ret)
{
        while (data < end && ret->n <= COMMAND_ARGUMENTS_MAX) {
                char *word = strndup((const char *)data, (size_t)(end - data));

                if (!word)
                        abort();
                data += strlen(word) + 1;
                if (streq(word, "\1")) {
                        free(word);
                        break;
                }
                ret->words[ret->n++] = word;
        }
        return data;
}

static void words_free(struct words *words)
{
        for (int i = 0; i < words->n; i++)
                free(words->words[i]);
}

static void check_units(const struct command_request *request)
{
        if (request->n_units > COMMAND_UNITS_MAX)
                abort();
        for (size_t i = 0; i < request->n_units; i++) {
                if (!unit_name_is_valid(request->units[i]))
                        abort();
                for (size_t j = 0; j < i; j++)
                        if (streq(request->units[i], request->units[j]))
                                abort();
        }
}

static void check(const struct command_preset *preset, const struct command_request *request)
{
        if (request->unclear != (request->why != NULL))
                abort();
        if (request->n_verbs > COMMAND_VERBS_MAX || (request->n_verbs == 0 && !request->unclear))
                abort();
        if ((unsigned)request->scope >= COMMAND_SCOPE_COUNT_)
                abort();
        for (size_t i = 0; i < request->n_verbs; i++) {
                if ((unsigned)request->verbs[i].verb_class >= VERB_CLASS_COUNT_)
                        abort();
                if (preset && !command_preset_has_verb(preset, request->verbs[i].name))
                        abort();
        }
        check_units(request);
}

/* But for what n_units does not count, which is whatever was there before. */
static bool is_same(const struct command_request *a, const struct command_request *b)
{
        if (memcmp(a, b, offsetof(struct command_request, units)) != 0 || a->units_unknown != b->units_unknown ||
            a->unclear != b->unclear || a->why != b->why)
                return false;
        for (size_t i = 0; i < a->n_units; i++)
                if (!streq(a->units[i], b->units[i]))
                        return false;
        return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct command_preset *preset;
        struct words arguments = { .n = 0 }, environment = { .n = 0 };
        struct command_request request, again;

        if (size == 0)
                return 0;
        preset = command_preset_at(data[0] % 9u);
        words_take(words_take(data + 1, data + size, &arguments), data + size, &environment);
        memset(&request, 0x55, sizeof request);
        command_parse(preset, arguments.n, arguments.words, environment.words, &request);
        check(preset, &request);
        memset(&again, 0xaa, sizeof again);
        command_parse(preset, arguments.n, arguments.words, environment.words, &again);
        if (!is_same(&request, &again))
                abort();
        words_free(&arguments);
        words_free(&environment);
        return 0;
}
