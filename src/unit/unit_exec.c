/* Commands of a unit: systemd.service(5), "Command lines". */
#include "unit_internal.h"
#include "unitward/util.h"

#define SPACES " \t\n\r"

/* ---- Words --------------------------------------------------------------------------------------------- */

static int digit_value(char c, unsigned base)
{
        int value = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : 99;

        return value < (int)base ? value : -1;
}

/* "\x2f" and "\057"; returns how many characters were taken, 0: it is none. */
static size_t unescape_number(const char *from, char *ret)
{
        unsigned base = *from == 'x' ? 16 : 8, value = 0;
        size_t n = base == 16 ? 2 : 3, start = base == 16;

        for (size_t i = start; i < start + n; i++) {
                int digit = digit_value(from[i], base);

                if (digit < 0)
                        return 0;
                value = value * base + (unsigned)digit;
        }
        if (value == 0 || value > 255)
                return 0;
        *ret = (char)value;
        return start + n;
}

/* What follows a backslash. An escape that systemd does not know stays as it is. */
static const char *unescape(const char *from, char **to)
{
        static const char letters[] = "abfnrtvs\\\"'", values[] = "\a\b\f\n\r\t\v \\\"'";
        const char *letter = *from ? strchr(letters, *from) : NULL;
        size_t length = unescape_number(from, *to);

        if (length > 0) {
                ++*to;
                return from + length;
        }
        *(*to)++ = letter ? values[letter - letters] : '\\';
        if (!letter && *from)
                *(*to)++ = *from;
        return *from ? from + 1 : from;
}

static const char *word_end(const char *c)
{
        char quote = '\0';

        for (; *c && (quote || !strchr(SPACES, *c)); c++) {
                if (*c == '\\' && c[1])
                        c++;
                else if (quote ? *c == quote : *c == '"' || *c == '\'')
                        quote = quote ? '\0' : *c;
        }
        return c;
}

/* Without its quotes. NULL: no memory. */
static char *word_unquote(const char *c, const char *end)
{
        char *word = calloc(1, (size_t)(end - c) + 1), *to = word, quote = '\0';

        if (!word)
                return NULL;
        while (c < end) {
                if (*c == '\\')
                        c = unescape(c + 1, &to);
                else if (quote ? *c == quote : *c == '"' || *c == '\'') {
                        quote = quote ? '\0' : *c;
                        c++;
                } else
                        *to++ = *c++;
        }
        return word;
}

/* ---- Commands ------------------------------------------------------------------------------------------ */

#define PREFIXES "@-:+!|"

static void take_prefixes(struct exec_command *command)
{
        const char *c = command->words[0];
        unsigned bangs = 0;
        size_t n;

        for (; *c && strchr(PREFIXES, *c); c++) {
                bangs += *c == '!';
                command->full_privileges |= *c == '+';
                command->renamed |= *c == '@';
                command->may_fail |= *c == '-';
        }
        command->full_privileges |= bangs == 1; /* "!!" only where the kernel has no ambient capabilities */
        memmove(command->words[0], c, strlen(c) + 1);
        command->program = command->words[0];
        n = strspn(command->text, PREFIXES);
        command->text += n;
        command->length -= n;
}

int exec_command_next(const char **line, struct exec_command *ret)
{
        struct exec_command command = { 0 };
        const char *c = *line + strspn(*line, SPACES), *end;

        for (; *c; c = end + strspn(end, SPACES)) {
                end = word_end(c);
                if (end - c == 1 && *c == ';') {
                        if (command.n == 0)
                                continue;
                        c = end;
                        break;
                }
                if (command.n == 0)
                        command.text = c;
                command.length = (size_t)(end - command.text);
                if (command.n == EXEC_WORDS_MAX)
                        continue;
                command.words[command.n] = word_unquote(c, end);
                if (!command.words[command.n]) {
                        exec_command_done(&command);
                        return -ENOMEM;
                }
                command.n++;
        }
        *line = c;
        if (command.n == 0)
                return 0;
        take_prefixes(&command);
        *ret = command;
        return 1;
}

void exec_command_done(struct exec_command *command)
{
        for (size_t i = 0; i < command->n; i++)
                free(command->words[i]);
        *command = (struct exec_command){ 0 };
}

/* ---- Programs ------------------------------------------------------------------------------------------ */

struct programs {
        char **list;
        size_t n, room;
};

static void programs_done(struct programs *programs)
{
        for (size_t i = 0; i < programs->n; i++)
                free(programs->list[i]);
        free(programs->list);
}

/* There is always room for the NULL at the end. */
static int programs_add(struct programs *programs, const char *program)
{
        if (programs->n + 1 >= programs->room) {
                size_t room = programs->room ? 2 * programs->room : 8;
                char **larger = reallocarray(programs->list, room, sizeof *larger);

                if (!larger)
                        return -ENOMEM;
                programs->list = larger;
                programs->room = room;
        }
        if (program) {
                programs->list[programs->n] = strdup(program);
                if (!programs->list[programs->n])
                        return -ENOMEM;
                programs->n++;
        }
        programs->list[programs->n] = NULL;
        return 0;
}

static int programs_of_line(struct programs *programs, const char *line)
{
        struct exec_command command;
        int r;

        while ((r = exec_command_next(&line, &command)) > 0) {
                r = *command.program == '/' ? programs_add(programs, command.program) : 0;
                exec_command_done(&command);
                if (r < 0)
                        return r;
        }
        return r;
}

static void unit_file_pointer(struct unit_file **file)
{
        unit_file_free(*file);
}

int unit_programs(const char *text, size_t size, char ***ret)
{
        _cleanup_(programs_done) struct programs programs = { 0 };
        _cleanup_(unit_file_pointer) struct unit_file *file = NULL;
        int r = unit_file_parse(text, size, &file);

        if (r == 0)
                r = programs_add(&programs, NULL);
        for (size_t i = 0; r == 0 && i < unit_file_n_settings(file); i++)
                if (unit_exec_key(unit_file_setting(file, i)->key) >= 0)
                        r = programs_of_line(&programs, unit_file_setting(file, i)->value);
        if (r < 0)
                return r;
        *ret = steal_pointer(programs.list);
        programs.n = 0;
        return 0;
}
