/* One expectation: who does what, and what is to become of it. */
#include <stddef.h>

#include "unitward/command.h"

#include "expect_internal.h"

#define CONTENTS_MAX (1024u * 1024u)
/* What arrives whole. Of what is opened for writing nobody knows what it will hold. */
#define OPERATIONS_ARRIVING                                                                                            \
        (OPERATION_BIT(OPERATION_RENAME) | OPERATION_BIT(OPERATION_LINK) | OPERATION_BIT(OPERATION_ENABLE) |           \
         OPERATION_BIT(OPERATION_MASK))

/* As written. */
struct written {
        const config_setting_t *actor; /* names or descriptions; NULL: none */
        struct string_list names, paths, commands, variables, units, contents, files, links;
        char client[POLICY_ID_MAX], rule[POLICY_ID_MAX];
        unsigned operations, outcomes;
};

static const char *check_name(const char *text)
{
        if (strpbrk(text, "\n\r\t"))
                return "is more than one line; expected a few words";
        return check_text(text);
}

static const char *check_command(const char *text)
{
        _cleanup_free_ char *line = strdup(text);
        char *words[COMMAND_ARGUMENTS_MAX + 1];
        int n = line ? command_split(line, words, COMMAND_ARGUMENTS_MAX) : 0;

        if (n == -EINVAL)
                return "has a quote that does not end; expected a command line as for a shell";
        return n > 0 ? NULL : "is empty, or has too many words; expected a command line";
}

static const char *check_variable(const char *text)
{
        return strchr(text, '=') ? NULL : "is no variable; expected \"NAME=VALUE\"";
}

static const char *check_contents(const char *text)
{
        return strlen(text) <= CONTENTS_MAX ? NULL : "is too long; expected at most a mebibyte";
}

static const struct setting test_settings[] = {
        { .name = "name", .parse = parse_strings, .offset = offsetof(struct written, names), .check = check_name },
        { .name = "actor", .parse = expect_keep_setting, .offset = offsetof(struct written, actor), .required = true },
        { .name = "on",
          .parse = parse_word_mask,
          .offset = offsetof(struct written, operations),
          .words = &operation_words },
        { .name = "path", .parse = parse_strings, .offset = offsetof(struct written, paths), .check = check_plain },
        { .name = "command",
          .parse = parse_strings,
          .offset = offsetof(struct written, commands),
          .check = check_command },
        { .name = "environment",
          .parse = parse_strings,
          .offset = offsetof(struct written, variables),
          .check = check_variable },
        { .name = "unit",
          .parse = parse_strings,
          .offset = offsetof(struct written, units),
          .check = check_unit_pattern },
        { .name = "client", .parse = parse_name, .offset = offsetof(struct written, client) },
        { .name = "contents",
          .parse = parse_strings,
          .offset = offsetof(struct written, contents),
          .check = check_contents },
        { .name = "file", .parse = parse_strings, .offset = offsetof(struct written, files), .check = check_text },
        { .name = "target", .parse = parse_strings, .offset = offsetof(struct written, links), .check = check_text },
        { .name = "then",
          .parse = parse_word_mask,
          .offset = offsetof(struct written, outcomes),
          .words = &outcome_words,
          .required = true },
        { .name = "rule", .parse = parse_name, .offset = offsetof(struct written, rule) },
        { 0 },
};

static void written_done(struct written *written)
{
        string_list_done(&written->names);
        string_list_done(&written->paths);
        string_list_done(&written->commands);
        string_list_done(&written->variables);
        string_list_done(&written->units);
        string_list_done(&written->contents);
        string_list_done(&written->files);
        string_list_done(&written->links);
}

static void take_list(struct string_list *list, size_t *ret_n, char ***ret)
{
        *ret_n = list->n;
        *ret = list->items;
        *list = (struct string_list){ 0 };
}

/* A file beside the one that names it. */
static char *beside(const char *file, const char *name)
{
        const char *slash = strrchr(file, '/');

        return *name == '/' || !slash ? strdup(name) : format("%.*s/%s", (int)(slash - file), file, name);
}

static void read_contents(struct loader *loader, const config_setting_t *group, struct written *written,
                          struct expectation *expectation)
{
        _cleanup_free_ char *text = expect_only(loader, group, "contents", &written->contents),
                            *name = expect_only(loader, group, "file", &written->files),
                            *path = name ? beside(loader->file, name) : NULL;
        size_t size = text ? strlen(text) : 0;
        int r;

        if (!!text + !!name + !!expectation->link > 1)
                complain(loader, group, "has more than one of contents, file and target; expected one");
        if (name && !text) {
                r = path ? trusted_file_read(path, CONTENTS_MAX, &text, &size, NULL) : -ENOMEM;
                if (r < 0)
                        complain(loader, config_setting_get_member(group, "file"), "\"%s\" cannot be read: %s", name,
                                 strerror(-r));
        }
        if (!text)
                return;
        digest_buffer(text, size, &expectation->digest);
        expectation->has_digest = true;
}

static void check_what(struct loader *loader, const config_setting_t *group, const struct expectation *expectation)
{
        const unsigned exec = OPERATION_BIT(OPERATION_EXEC), read = OPERATION_BIT(OPERATION_READ);

        if (expectation->n_targets == 0)
                complain(loader, group, "has neither path nor command; expected one");
        else if (!expectation->is_command && expectation->operations == 0)
                complain(loader, group, "does not say what is done; expected \"on\" along with path");
        else if (expectation->is_command && expectation->operations & ~(exec | read))
                complain(loader, group,
                         "has a command and is about changes; expected on = \"exec\" (or no \"on\") for running it, on "
                         "= "
                         "\"read\" for opening its program");
        else if (!expectation->is_command && expectation->operations & exec)
                complain(loader, group, "runs a path; expected command");
        if (expectation->is_command && (expectation->unit || expectation->client))
                complain(loader, group, "has a command, which says all; expected neither unit nor client");
        if (expectation->n_variables && !expectation->is_command)
                complain(loader, group, "has an environment and no command; expected both");
        if (expectation->n_variables > EXPECT_VARIABLES_MAX)
                complain(loader, group, "has %zu variables; expected at most %u", expectation->n_variables,
                         EXPECT_VARIABLES_MAX);
        if ((expectation->link || expectation->has_digest) && expectation->operations & ~OPERATIONS_ARRIVING)
                complain(loader, group,
                         "says what arrives, which counts for what is moved or linked into place; expected on = "
                         "\"rename\", \"link\", \"enable\" or \"mask\"");
        if (expectation->n_actors && expectation_n_cases(expectation) > EXPECT_CASES_MAX)
                complain(loader, group, "stands for %zu cases; expected at most %u", expectation_n_cases(expectation),
                         EXPECT_CASES_MAX);
}

static char *text_or_null(struct loader *loader, const char *text)
{
        char *copy = *text ? strdup(text) : NULL;

        loader->out_of_memory |= *text && !copy;
        return copy;
}

static void settle(struct loader *loader, const config_setting_t *group, struct written *written,
                   struct expectation *expectation)
{
        if (written->paths.n && written->commands.n)
                complain(loader, group, "has path and command; expected one of them");
        expectation->is_command = written->commands.n > 0;
        expectation->operations = written->operations;
        if (expectation->is_command && !expectation->operations)
                expectation->operations = OPERATION_BIT(OPERATION_EXEC);
        expectation->outcomes = written->outcomes;
        take_list(expectation->is_command ? &written->commands : &written->paths, &expectation->n_targets,
                  &expectation->targets);
        take_list(&written->variables, &expectation->n_variables, &expectation->variables);
        expectation->name = expect_only(loader, group, "name", &written->names);
        expectation->unit = expect_only(loader, group, "unit", &written->units);
        expectation->link = expect_only(loader, group, "target", &written->links);
        expectation->client = text_or_null(loader, written->client);
        memcpy(expectation->rule, written->rule, sizeof expectation->rule);
        read_contents(loader, group, written, expectation);
        check_what(loader, group, expectation);
}

struct actors {
        struct expect_loader *expect;
        struct expectation *expectation;
};

static void add_actor(struct loader *loader, const config_setting_t *value, void *userdata)
{
        struct actors *actors = userdata;
        int index = expect_actor_at(actors->expect, value);
        size_t *slot;

        if (index < 0)
                return;
        slot = array_grow(&actors->expectation->actors, &actors->expectation->n_actors, sizeof *slot);
        if (slot)
                *slot = (size_t)index;
        else
                loader->out_of_memory = true;
}

static void parse_test(struct expect_loader *expect, const config_setting_t *group)
{
        struct loader *loader = &expect->loader;
        struct expectations *expectations = expect->expectations;
        struct expectation *expectation = calloc(1, sizeof *expectation),
                           **slot = expectation ? array_grow(&expectations->items, &expectations->n, sizeof *slot)
                                                : NULL;
        struct written written = { 0 };

        if (!slot) {
                free(expectation);
                loader->out_of_memory = true;
                return;
        }
        *slot = expectation;
        expectation->file = loader->file;
        expectation->line = position_of(loader, group).line;
        group_parse(loader, group, test_settings, &written);
        if (written.actor)
                values_each(loader, written.actor, add_actor, &(struct actors){ expect, expectation });
        if (config_setting_is_group(group))
                settle(loader, group, &written, expectation);
        written_done(&written);
}

void expect_tests_parse(struct expect_loader *expect, const config_setting_t *list)
{
        if (!config_setting_is_list(list)) {
                complain(&expect->loader, list, "is not a list; expected ( { ... }, { ... } )");
                return;
        }
        for (unsigned i = 0; i < (unsigned)config_setting_length(list); i++)
                parse_test(expect, config_setting_get_elem(list, i));
}

static void free_texts(char **texts, size_t n)
{
        while (n > 0)
                free(texts[--n]);
        free(texts);
}

void expectation_free(struct expectation *expectation)
{
        if (!expectation)
                return;
        free_texts(expectation->targets, expectation->n_targets);
        free_texts(expectation->variables, expectation->n_variables);
        free(expectation->actors);
        free(expectation->name);
        free(expectation->unit);
        free(expectation->client);
        free(expectation->link);
        free(expectation);
}
