#include "unitward/text.h"
#include "unitward/unit_file.h"
#include "unitward/util.h"

#define WHITESPACE " \t\n\r"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct unit_file {
        char *text; /* the logical lines, each ended by a NUL; all strings point into it */
        struct unit_setting *settings;
        size_t n, room;
        unsigned refused_line;
};

/* ---- Lines --------------------------------------------------------------------------------------------- */

struct lines {
        const char *next, *end;
        unsigned number;
        bool mark_seen;
};

static unsigned end_of_line(char c)
{
        return c == '\n' ? 1 : c == '\r' ? 2 : c == '\0' ? 4 : 0;
}

/* systemd's read_line(): each of the three ends a line, different ones together end one line, and nothing is
 * added after a NUL. */
static bool lines_next(struct lines *lines, const char **ret, size_t *ret_length)
{
        const char *start = lines->next, *c = start;
        unsigned seen = 0, kind;

        if (start == lines->end)
                return false;
        while (c < lines->end && !end_of_line(*c))
                c++;
        *ret_length = (size_t)(c - start);
        while (c < lines->end && !(seen & 4) && (kind = end_of_line(*c)) && !(seen & kind)) {
                seen |= kind;
                c++;
        }
        lines->next = c;
        lines->number++;
        *ret = start;
        return true;
}

static bool is_comment(const char *line, size_t length)
{
        size_t i = 0;

        while (i < length && strchr(WHITESPACE, line[i]))
                i++;
        return i < length && (line[i] == '#' || line[i] == ';');
}

/* A backslash that is itself escaped continues nothing. */
static bool is_continued(const char *line, size_t length)
{
        size_t n = 0;

        while (n < length && line[length - 1 - n] == '\\')
                n++;
        return n % 2 == 1;
}

/* The next line with what continues it, ended by a NUL. Returns where the one after it may be written; NULL: none. */
static char *lines_join(struct lines *lines, char *to)
{
        const char *line;
        bool continued = false;
        size_t length;

        while (lines_next(lines, &line, &length)) {
                if (is_comment(line, length))
                        continue;
                if (!lines->mark_seen && length >= 3 && memcmp(line, BYTE_ORDER_MARK, 3) == 0) {
                        lines->mark_seen = true;
                        line += 3;
                        length -= 3;
                }
                memcpy(to, line, length);
                to += length;
                continued = is_continued(line, length);
                if (!continued) {
                        *to = '\0';
                        return to + 1;
                }
                to[-1] = ' ';
        }
        if (!continued)
                return NULL;
        *to = '\0';
        return to + 1;
}

/* ---- Settings ------------------------------------------------------------------------------------------ */

static char *strip(char *text)
{
        size_t length;

        text += strspn(text, WHITESPACE);
        length = strlen(text);
        while (length > 0 && strchr(WHITESPACE, text[length - 1]))
                length--;
        text[length] = '\0';
        return text;
}

/* "[Service]" becomes "Service"; NULL: systemd refuses it. */
static const char *parse_header(char *line)
{
        size_t length = strlen(line);

        if (length < 2 || line[length - 1] != ']')
                return NULL;
        line[length - 1] = '\0';
        for (const char *c = ++line; *c; c++)
                if ((unsigned char)*c < ' ' || strchr("\"'\\\x7f", *c))
                        return NULL;
        return line;
}

static int add_setting(struct unit_file *file, const struct unit_setting *setting)
{
        if (file->n == file->room) {
                size_t room = file->room ? 2 * file->room : 32;
                struct unit_setting *larger = reallocarray(file->settings, room, sizeof *larger);

                if (!larger)
                        return -ENOMEM;
                file->settings = larger;
                file->room = room;
        }
        file->settings[file->n++] = *setting;
        return 0;
}

static int parse_assignment(struct unit_file *file, const char *section, char *line, unsigned number)
{
        char *equals = strchr(line, '=');
        struct unit_setting setting = { .section = section, .line = number };

        if (!equals || !section)
                return 0;
        *equals = '\0';
        setting.key = strip(line);
        setting.value = strip(equals + 1);
        return *setting.key ? add_setting(file, &setting) : 0;
}

static int parse_lines(struct unit_file *file, struct lines *lines)
{
        const char *section = NULL;
        char *line = file->text, *next;
        int r = 0;

        for (; r == 0 && (next = lines_join(lines, line)); line = next) {
                char *text = strip(line);

                if (!text_is_utf8(text)) {
                        file->refused_line = lines->number;
                        return 0;
                }
                if (*text != '[') {
                        r = parse_assignment(file, section, text, lines->number);
                        continue;
                }
                section = parse_header(text);
                if (!section) {
                        file->refused_line = lines->number;
                        return 0;
                }
        }
        return r;
}

int unit_file_parse(const char *text, size_t size, struct unit_file **ret)
{
        struct lines lines = { .next = text, .end = text + size };
        struct unit_file *file;
        int r = -ENOMEM;

        if (size > UNIT_FILE_MAX)
                return -EFBIG;
        file = calloc(1, sizeof *file);
        if (!file)
                return -ENOMEM;
        file->text = malloc(size + 1); /* each NUL takes the place of an end of line, the last one's perhaps of none */
        if (file->text)
                r = parse_lines(file, &lines);
        if (r < 0) {
                unit_file_free(file);
                return r;
        }
        *ret = file;
        return 0;
}

struct unit_file *unit_file_free(struct unit_file *file)
{
        if (file) {
                free(file->settings);
                free(file->text);
                free(file);
        }
        return NULL;
}

size_t unit_file_n_settings(const struct unit_file *file)
{
        return file->n;
}

const struct unit_setting *unit_file_setting(const struct unit_file *file, size_t index)
{
        return &file->settings[index];
}

const char *unit_file_value(const struct unit_file *file, const char *section, const char *key)
{
        for (size_t i = file->n; i > 0; i--)
                if (streq(file->settings[i - 1].key, key) && streq(file->settings[i - 1].section, section))
                        return file->settings[i - 1].value;
        return NULL;
}

unsigned unit_file_refused_line(const struct unit_file *file)
{
        return file->refused_line;
}
