/* Which files a shell script runs and which it reads as a part of itself, by its words alone: what is put together from
 * variables is not seen. */
#include <ctype.h>
#include <limits.h>

#include "unitward/script.h"
#include "unitward/util.h"

#define ENDS " \t;|&<>()\"'`" /* a word's end that has to do with the shell's grammar */

/* A word that is a path and nothing else: no variable, no pattern, nothing of another word in front of it. */
static size_t path_at(const char *line, size_t at, size_t length)
{
        size_t end = at;

        if (line[at] != '/' || (at > 0 && !strchr(ENDS, line[at - 1])))
                return 0;
        while (end < length && !strchr(ENDS, line[end]))
                end++;
        for (size_t i = at; i < end; i++)
                if (strchr("$*?[{\\", line[i]))
                        return 0;
        return end < length && line[end] == '(' ? 0 : end - at;
}

/* The word before, when nothing but spaces and quotes is in between; its length, 0: there is none. */
static size_t word_before(const char *line, size_t at, const char **ret)
{
        size_t end = at;

        while (end > 0 &&
               (line[end - 1] == ' ' || line[end - 1] == '\t' || line[end - 1] == '"' || line[end - 1] == '\''))
                end--;
        at = end;
        while (at > 0 && !strchr(ENDS, line[at - 1]))
                at--;
        *ret = line + at;
        return end - at;
}

static bool is_word(const char *word, size_t length, const char *wanted)
{
        return strlen(wanted) == length && strncmp(word, wanted, length) == 0;
}

static enum script_use use_at(const char *line, size_t at)
{
        static const char *const before_command[] = { "then", "do",    "else",    "exec", "if",
                                                      "!",    "while", "command", "sudo" };
        const char *word;
        size_t length = word_before(line, at, &word);

        if (length == 0)
                return word > line && strchr("<>", word[-1]) ? SCRIPT_NAMES : SCRIPT_RUNS;
        if (is_word(word, length, ".") || is_word(word, length, "source"))
                return SCRIPT_SOURCES;
        for (size_t i = 0; i < ARRAY_SIZE(before_command); i++)
                if (is_word(word, length, before_command[i]))
                        return SCRIPT_RUNS;
        return SCRIPT_NAMES;
}

static int scan_line(const char *line, size_t length, script_function each, void *userdata)
{
        char path[PATH_MAX];
        int r = 0;

        for (size_t at = 0; r == 0 && at < length; at++) {
                size_t n;

                if (line[at] == '#' && (at == 0 || strchr(" \t;", line[at - 1])))
                        return 0;
                n = path_at(line, at, length);
                if (n <= 1 || n >= sizeof path)
                        continue;
                memcpy(path, line + at, n);
                path[n] = '\0';
                r = each(path, use_at(line, at), userdata);
                at += n - 1;
        }
        return r;
}

/* In another language a path that stands alone is data as often as not. */
static bool is_shell(const char *line, size_t length)
{
        static const char *const shells[] = { "sh", "bash", "dash", "ksh", "mksh", "zsh", "busybox" };

        for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
                size_t n = strlen(shells[i]);

                for (size_t at = 0; at + n <= length; at++)
                        if ((at == 0 || strchr("/ ", line[at - 1])) && strncmp(line + at, shells[i], n) == 0 &&
                            (at + n == length || strchr(" \t\r", line[at + n])))
                                return true;
        }
        return false;
}

struct scan {
        script_function each;
        void *userdata;
};

static int only_named(const char *path, enum script_use use, void *userdata)
{
        const struct scan *scan = userdata;

        (void)use;
        return scan->each(path, SCRIPT_NAMES, scan->userdata);
}

int script_each(const char *text, size_t size, script_function each, void *userdata)
{
        const char *end = text + size, *line = text;
        struct scan scan = { each, userdata };
        bool shell = true;
        int r = 0;

        if (size < 2 || text[0] != '#' || text[1] != '!' || memchr(text, '\0', size))
                return 0;
        for (unsigned n = 0; r == 0 && line < end && n < SCRIPT_LINES_MAX; n++) {
                const char *newline = memchr(line, '\n', (size_t)(end - line));
                size_t length = (size_t)((newline ? newline : end) - line);

                if (n == 0)
                        r = scan_line(line + 2, length - 2, each, userdata);
                else
                        r = scan_line(line, length, shell ? each : only_named, shell ? userdata : &scan);
                shell = n == 0 ? is_shell(line + 2, length - 2) : shell;
                line += length + 1;
        }
        return r;
}
