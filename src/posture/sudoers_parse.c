/* Entries, aliases and Defaults of a sudoers file, from its logical lines. */
#include <ctype.h>
#include <limits.h>

#include "sudoers_internal.h"

struct parse {
        struct sudoers *sudoers;
        const char *file; /* the sudoers' own copy */
        unsigned line;
        sudoers_include_function include;
        void *userdata;
};

/* ---- Lines ------------------------------------------------------------------------------------------------- */

/* Where a comment begins: not in quotes, not "#1000", not escaped. */
static size_t comment_at(const char *line)
{
        bool quoted = false;
        size_t i = 0;

        for (; line[i]; i++) {
                if (line[i] == '\\' && line[i + 1])
                        i++;
                else if (line[i] == '"')
                        quoted = !quoted;
                else if (line[i] == '#' && !quoted && !isdigit((unsigned char)line[i + 1]) &&
                         !(line[i + 1] == '-' || (i > 0 && line[i - 1] == '%')))
                        break;
        }
        return i;
}

static bool is_include(const char *line)
{
        return starts_with(line, "#include") || starts_with(line, "@include");
}

static bool continues(const char *line, size_t length)
{
        size_t n = 0;

        while (n < length && line[length - 1 - n] == '\\')
                n++;
        return n % 2 == 1;
}

/* ---- Includes ---------------------------------------------------------------------------------------------- */

static int parse_include(struct parse *parse, const char *line)
{
        struct sudo_cursor cursor = { line + strlen("#include") };
        bool is_directory = starts_with(cursor.at, "dir");
        _cleanup_free_ char *word = NULL, *path = NULL;
        char directory[PATH_MAX];

        cursor.at += is_directory ? strlen("dir") : 0;
        if (!strchr(" \t", *cursor.at) || !parse->include)
                return 0;
        sudo_skip_spaces(&cursor);
        word = sudo_word(&cursor, "");
        if (!word)
                return -ENOMEM;
        if (*word == '/')
                return parse->include(word, is_directory, parse->userdata);
        if (!*word || !path_split(parse->file, directory, sizeof directory))
                return 0;
        path = format("%s/%s", directory, word);
        return path ? parse->include(path, is_directory, parse->userdata) : -ENOMEM;
}

/* ---- Aliases ----------------------------------------------------------------------------------------------- */

static const struct {
        const char *word;
        enum sudo_alias_kind kind;
} alias_words[] = {
        { "User_Alias", ALIAS_USER },    { "Runas_Alias", ALIAS_RUNAS }, { "Host_Alias", ALIAS_HOST },
        { "Cmnd_Alias", ALIAS_COMMAND }, { "Cmd_Alias", ALIAS_COMMAND },
};

static int add_commands(struct sudo_alias *alias, struct sudo_cursor *cursor)
{
        do {
                char *word, *arguments, **place;
                size_t n = alias->members->n;
                int r = sudo_command(cursor, &word, &arguments);

                if (r < 0)
                        return r == -ENODATA ? 0 : r;
                if (sudo_words_add(alias->members, word) < 0) {
                        free(arguments);
                        return -ENOMEM;
                }
                place = sudo_grow(&alias->arguments, &n, sizeof *place);
                if (!place) {
                        alias->members->n--;
                        free(word);
                        free(arguments);
                        return -ENOMEM;
                }
                *place = arguments;
        } while (sudo_take(cursor, ','));
        return 0;
}

static int parse_alias(struct parse *parse, enum sudo_alias_kind kind, struct sudo_cursor *cursor)
{
        do {
                struct sudo_alias *alias =
                        sudo_grow(&parse->sudoers->aliases, &parse->sudoers->n_aliases, sizeof *alias);
                int r = 0;

                if (!alias)
                        return -ENOMEM;
                alias->kind = kind;
                sudo_skip_spaces(cursor);
                alias->name = sudo_word(cursor, "=:,");
                if (!alias->name)
                        return -ENOMEM;
                if (!sudo_take(cursor, '='))
                        return 0;
                alias->members = kind == ALIAS_COMMAND
                                         ? sudo_words_new(parse->sudoers)
                                         : sudo_list(parse->sudoers, cursor, kind == ALIAS_HOST ? "," : ",:");
                if (!alias->members)
                        return -ENOMEM;
                r = kind == ALIAS_COMMAND ? add_commands(alias, cursor) : 0;
                if (r < 0)
                        return r;
        } while (sudo_take(cursor, ':'));
        return 0;
}

/* ---- Defaults ---------------------------------------------------------------------------------------------- */

static int add_default(struct parse *parse, char scope, struct sudo_words *of, bool authenticate, char *group)
{
        struct sudo_default *each = sudo_grow(&parse->sudoers->defaults, &parse->sudoers->n_defaults, sizeof *each);

        if (!each) {
                free(group);
                return -ENOMEM;
        }
        *each = (struct sudo_default){ scope, of, authenticate, group };
        return 0;
}

static int parse_defaults(struct parse *parse, struct sudo_cursor *cursor)
{
        struct sudo_words *of = NULL;
        char scope = 0;
        int r = 0;

        if (*cursor->at && strchr("@:!>", *cursor->at)) {
                scope = *cursor->at++;
                of = sudo_list(parse->sudoers, cursor, ",");
                if (!of)
                        return -ENOMEM;
        }
        do {
                bool not = false;
                _cleanup_free_ char *word = NULL, *value = NULL;

                while (sudo_take(cursor, '!'))
                        not = !not ;
                sudo_skip_spaces(cursor);
                word = sudo_word(cursor, ",=+-");
                if (!word)
                        return -ENOMEM;
                cursor->at += strspn(cursor->at, "+-");
                if (sudo_take(cursor, '=')) {
                        sudo_skip_spaces(cursor);
                        value = sudo_word(cursor, ",");
                }
                if (streq(word, "authenticate"))
                        r = add_default(parse, scope, of, !not, NULL);
                else if (streq(word, "exempt_group") && value)
                        r = add_default(parse, scope, of, false, steal_pointer(value));
        } while (r == 0 && sudo_take(cursor, ','));
        return r;
}

/* ---- Who may what ------------------------------------------------------------------------------------------ */

/* "NOPASSWD:", "ROLE=x": capitals up to the character; its length, 0: there is none. */
static size_t capitals_before(const char *at, char end)
{
        size_t n = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), spaces = strspn(at + n, " \t");

        return n > 0 && at[n + spaces] == end ? n + spaces + 1 : 0;
}

static void take_tags(struct sudo_cursor *cursor, enum sudo_tag *tag)
{
        while (true) {
                size_t n;

                sudo_skip_spaces(cursor);
                n = capitals_before(cursor->at, '=');
                if (n > 0) { /* TIMEOUT=10, CWD="/x y" */
                        cursor->at += n;
                        sudo_skip_spaces(cursor);
                        free(sudo_word(cursor, ","));
                        continue;
                }
                n = capitals_before(cursor->at, ':');
                if (n == 0)
                        return;
                if (starts_with(cursor->at, "NOPASSWD"))
                        *tag = TAG_NOPASSWD;
                else if (starts_with(cursor->at, "PASSWD"))
                        *tag = TAG_PASSWD;
                cursor->at += n;
        }
}

/* "(root, www : adm)": groups do not make anybody root. */
static int take_runas(struct parse *parse, struct sudo_cursor *cursor, struct sudo_words **runas)
{
        const char *close;

        if (!sudo_take(cursor, '('))
                return 0;
        *runas = sudo_list(parse->sudoers, cursor, ",:)");
        if (!*runas)
                return -ENOMEM;
        close = strchr(cursor->at, ')');
        cursor->at = close ? close + 1 : cursor->at + strlen(cursor->at);
        return 0;
}

static int add_entry(struct parse *parse, const struct sudo_entry *shared, struct sudo_cursor *cursor)
{
        struct sudo_words *command = sudo_words_new(parse->sudoers);
        struct sudo_entry *entry;
        char *word, *arguments;
        int r = command ? sudo_command(cursor, &word, &arguments) : -ENOMEM;

        if (r < 0)
                return r;
        r = sudo_words_add(command, word);
        entry = r < 0 ? NULL : sudo_grow(&parse->sudoers->entries, &parse->sudoers->n_entries, sizeof *entry);
        if (!entry) {
                free(arguments);
                return -ENOMEM;
        }
        *entry = *shared;
        entry->command = command;
        entry->arguments = arguments;
        return 0;
}

static int parse_entry(struct parse *parse, struct sudo_cursor *cursor)
{
        struct sudo_entry entry = { .file = parse->file, .line = parse->line };
        int r = 0;

        entry.users = sudo_list(parse->sudoers, cursor, ",=");
        if (!entry.users)
                return -ENOMEM;
        do {
                if (!sudo_list(parse->sudoers, cursor, ",="))
                        return -ENOMEM;
                if (!sudo_take(cursor, '='))
                        return 0;
                entry.runas = NULL;
                entry.tag = TAG_UNSET;
                do {
                        r = take_runas(parse, cursor, &entry.runas);
                        if (r == 0) {
                                take_tags(cursor, &entry.tag);
                                r = add_entry(parse, &entry, cursor);
                        }
                } while (r == 0 && sudo_take(cursor, ','));
        } while (r == 0 && sudo_take(cursor, ':'));
        return r == -ENODATA ? 0 : r;
}

static int parse_line(struct parse *parse, const char *line)
{
        struct sudo_cursor cursor = { line + strspn(line, " \t") };
        size_t n = strcspn(cursor.at, " \t@:!>");

        if (is_include(cursor.at))
                return parse_include(parse, cursor.at);
        if (!*cursor.at)
                return 0;
        if (n == strlen("Defaults") && starts_with(cursor.at, "Defaults")) {
                cursor.at += n;
                return parse_defaults(parse, &cursor);
        }
        for (size_t i = 0; i < ARRAY_SIZE(alias_words); i++)
                if (n == strlen(alias_words[i].word) && starts_with(cursor.at, alias_words[i].word)) {
                        cursor.at += n;
                        return parse_alias(parse, alias_words[i].kind, &cursor);
                }
        return parse_entry(parse, &cursor);
}

static const char *keep_file(struct sudoers *sudoers, const char *file)
{
        char **place = sudo_grow(&sudoers->files, &sudoers->n_files, sizeof *place);

        return place ? *place = strdup(file) : NULL;
}

int sudoers_parse(struct sudoers *sudoers, const char *file, const char *text, size_t size,
                  sudoers_include_function include, void *userdata)
{
        struct parse parse = { .sudoers = sudoers, .include = include, .userdata = userdata };
        _cleanup_free_ char *logical = malloc(size + 2);
        const char *end = text + size;
        size_t n = 0;
        int r = 0;

        parse.file = keep_file(sudoers, file);
        if (!parse.file || !logical)
                return -ENOMEM;
        while (r == 0 && text < end) {
                const char *newline = memchr(text, '\n', (size_t)(end - text));
                size_t length = (size_t)((newline ? newline : end) - text);

                for (size_t i = 0; i < length; i++)
                        logical[n + i] = text[i] ? text[i] : ' ';
                parse.line++;
                text += length + 1;
                if (newline && continues(logical + n, length)) {
                        n += length - 1;
                        continue;
                }
                logical[n + length] = '\0';
                n = 0;
                if (!is_include(logical))
                        logical[comment_at(logical)] = '\0';
                r = parse_line(&parse, logical);
        }
        return r;
}
