/* The schema: what a gated command was asked for. */
#include "record_private.h"
#include "unitward/record_command.h"
#include "unitward/text.h"
#include "unitward/util.h"

static int copy_words(struct record_command *command, const struct arguments *arguments)
{
        const char *at = arguments->text, *end = arguments->text + arguments->arguments_size;
        size_t size = 0;

        for (; at < end && command->n_words < RECORD_WORDS_MAX; at += strlen(at) + 1) {
                size += strlen(at) + 1;
                if (size > RECORD_LINE_MAX)
                        break;
                command->words[command->n_words] = strdup(at);
                if (!command->words[command->n_words])
                        return -ENOMEM;
                command->n_words++;
        }
        command->cut = at < end;
        return 0;
}

static char *join(char *const *words, size_t n, const char *more)
{
        size_t size;
        char *text = NULL;
        FILE *stream = open_memstream(&text, &size);

        if (!stream)
                return NULL;
        for (size_t i = 0; i < n; i++)
                (void)fprintf(stream, "%s%s", i > 0 ? " " : "", words[i]);
        (void)fputs(more, stream);
        if (fclose(stream) < 0) {
                free(text);
                return NULL;
        }
        return text;
}

static int copy_asked(struct record_command *command, const struct command_request *request)
{
        for (size_t i = 0; i < request->n_verbs; i++, command->n_verbs++) {
                command->verbs[i] = strdup(request->verbs[i].name);
                if (!command->verbs[i])
                        return -ENOMEM;
        }
        for (size_t i = 0; i < request->n_units; i++, command->n_units++) {
                command->units[i] = strdup(request->units[i]);
                if (!command->units[i])
                        return -ENOMEM;
                command->schedules |= ends_with(request->units[i], ".timer");
        }
        command->scope = request->scope;
        command->unclear = request->unclear ? request->why : NULL;
        return 0;
}

struct record_command *record_command_new(const char *name, const struct command_request *request,
                                          const struct arguments *arguments)
{
        struct record_command *command = calloc(1, sizeof *command);
        int r;

        if (!command)
                return NULL;
        (void)string_copy(command->name, sizeof command->name, name);
        r = copy_asked(command, request);
        if (r == 0 && arguments)
                r = copy_words(command, arguments);
        if (r == 0 && arguments) {
                command->line = join(command->words, command->n_words, command->cut ? " ..." : "");
                r = command->line ? 0 : -ENOMEM;
        }
        return r < 0 ? record_command_free(command) : command;
}

struct record_command *record_command_free(struct record_command *command)
{
        if (command) {
                while (command->n_verbs > 0)
                        free(command->verbs[--command->n_verbs]);
                while (command->n_units > 0)
                        free(command->units[--command->n_units]);
                while (command->n_words > 0)
                        free(command->words[--command->n_words]);
                free(command->line);
                free(command);
        }
        return NULL;
}

const char *record_command_technique(const struct record_command *command)
{
        if (streq(command->name, "at"))
                return "T1053.002";
        if (streq(command->name, "crontab"))
                return "T1053.003";
        return command->schedules ? "T1053.006" : "T1569.003";
}

static json_t *list_of(char *const *texts, size_t n)
{
        json_t *list = json_array();

        for (size_t i = 0; list && i < n; i++) {
                _cleanup_free_ char *text = text_to_utf8(texts[i]);

                if (!text || json_array_append_new(list, json_string(text)) < 0) {
                        json_decref(list);
                        list = NULL;
                }
        }
        return list;
}

static bool get_list(char *const *texts, size_t n, json_t **ret)
{
        if (n == 0)
                return false;
        *ret = list_of(texts, n);
        return true;
}

static bool get_command(const struct record *record, json_t **ret)
{
        return record->command && field_text(record->command->name, ret);
}

static bool get_verbs(const struct record *record, json_t **ret)
{
        return record->command && get_list(record->command->verbs, record->command->n_verbs, ret);
}

static bool get_units(const struct record *record, json_t **ret)
{
        return record->command && get_list(record->command->units, record->command->n_units, ret);
}

static bool get_scope(const struct record *record, json_t **ret)
{
        return record->command && !record->command->unclear &&
               field_text(command_scope_name(record->command->scope), ret);
}

static bool get_unclear(const struct record *record, json_t **ret)
{
        return record->command && field_text(record->command->unclear, ret);
}

static bool get_line(const struct record *record, json_t **ret)
{
        return record->command && field_bytes(record->command->line, ret);
}

static bool get_words(const struct record *record, json_t **ret)
{
        return record->command && get_list(record->command->words, record->command->n_words, ret);
}

const struct record_field record_command_fields[] = {
        { "unitward.command", "UNITWARD_COMMAND", get_command },
        { "unitward.verb", "UNITWARD_VERB", get_verbs },
        { "unitward.scope", "UNITWARD_SCOPE", get_scope },
        { "unitward.units", "UNITWARD_UNIT", get_units },
        { "unitward.unclear", "UNITWARD_UNCLEAR", get_unclear },
        { "process.command_line", "UNITWARD_COMMAND_LINE", get_line },
        { "process.args", NULL, get_words },
        { NULL, NULL, NULL },
};
