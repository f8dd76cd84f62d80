/* A shell's text, roughly taken apart: commands, and which of them feeds which. Quotes are taken for spaces, so that
 * what is quoted for another shell is looked at too. */
#include "detect_internal.h"
#include "unitward/unit_exec.h"
#include "unitward/util.h"

#define TEXT_MAX (64u * 1024u) /* what follows is not looked at */
#define WORDS_MAX 64u          /* of one command */
#define FILES_MAX 16u          /* that were fetched */
#define ENCODED_WORD_MIN 120u  /* a word of letters and digits as long as that is no word */

struct scan {
        char *words[WORDS_MAX];
        size_t n;
        unsigned pipeline; /* kinds of the commands before this one in its pipeline */
        bool into_shell;   /* what it prints becomes part of a command: $(...) of a shell, of eval */
        bool user;
        const char *files[FILES_MAX]; /* base names of what was fetched: URLs, and names of outputs */
        size_t n_files;
        uint64_t reasons;
};

/* ---- One command ------------------------------------------------------------------------------------------- */

static bool is_one_of(const char *word, const char *const *list, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (streq(word, list[i]))
                        return true;
        return false;
}

/* "bash -c curl ...", the quotes being gone. */
static bool runs_text(char *const *words, size_t n)
{
        return n > 1 && exec_is_shell(words[0]) && *words[1] == '-' && strchr(words[1], 'c');
}

/* "if ! sudo -n X=1 timeout 5 curl": where its program stands. */
static size_t skip_to_program(char *const *words, size_t n)
{
        static const char *const before[] = { "sudo", "env",  "nohup", "exec",    "setsid",  "command", "then",  "do",
                                              "if",   "else", "while", "until",   "timeout", "time",    "nice",  "eval",
                                              "!",    "-c",   "$",     "busybox", "source",  ".",       "ionice" };
        size_t i = 0;

        while (i < n && (runs_text(words + i, n - i) || is_one_of(words[i], before, ARRAY_SIZE(before)) ||
                         strchr(words[i], '=') ||
                         (i > 0 && (*words[i] == '-' || strspn(words[i], "0123456789smh.") == strlen(words[i])))))
                i++;
        return i;
}

static bool was_fetched(const struct scan *scan, const char *word)
{
        const char *base = exec_base_name(word);

        return *base && is_one_of(base, scan->files, scan->n_files);
}

static void note_files(struct scan *scan, char *const *words, size_t n)
{
        for (size_t i = 1; i < n && scan->n_files < FILES_MAX; i++)
                if (*words[i] != '-' && *exec_base_name(words[i]))
                        scan->files[scan->n_files++] = exec_base_name(words[i]);
}

/* It runs what was fetched, or makes it a program. */
static bool runs_fetched(const struct scan *scan, char *const *words, size_t n, unsigned kinds)
{
        if (was_fetched(scan, words[0]))
                return true;
        if (kinds & SEGMENT_SHELL || streq(exec_base_name(words[0]), "chmod"))
                for (size_t i = 1; i < n; i++)
                        if (was_fetched(scan, words[i]))
                                return true;
        return false;
}

static uint64_t reasons_of_flow(const struct scan *scan, unsigned kinds)
{
        bool runs = kinds & SEGMENT_SHELL;
        unsigned from = scan->pipeline;
        uint64_t found = 0;

        if ((runs && from & SEGMENT_FETCHES) || (scan->into_shell && kinds & SEGMENT_FETCHES))
                found |= REASON_BIT(REASON_FETCH_AND_RUN);
        if ((runs && from & SEGMENT_DECODES) || (scan->into_shell && kinds & SEGMENT_DECODES))
                found |= REASON_BIT(REASON_ENCODED);
        if ((runs && from & SEGMENT_CONNECTS) || (kinds & SEGMENT_CONNECTS && from & SEGMENT_SHELL))
                found |= REASON_BIT(REASON_REVERSE_SHELL);
        return found;
}

/* A "(" or a "`" ended it: what comes next is printed into this command. */
static bool runs_output(const struct scan *scan, size_t first)
{
        static const char *const runners[] = { "eval", "source", ".", "exec" };

        for (size_t i = 0; i < first; i++)
                if (is_one_of(scan->words[i], runners, ARRAY_SIZE(runners)) || exec_is_shell(scan->words[i]))
                        return true;
        return first < scan->n ? exec_is_interpreter(scan->words[first])
                               : scan->n == 1 && streq(scan->words[0], "$") && scan->reasons == 0;
}

/* What is printed may be the program of who reads it: "echo curl ... | sh". */
static unsigned printed_kinds(char *const *words, size_t n)
{
        const char *base = exec_base_name(words[0]);

        return n > 1 && (streq(base, "echo") || streq(base, "printf"))
                       ? segment_kinds(words + 1, n - 1) & ~(unsigned)SEGMENT_SHELL
                       : 0;
}

/* end: what follows it. */
static void command_end(struct scan *scan, char end)
{
        size_t first = skip_to_program(scan->words, scan->n), n = scan->n - first;
        char **words = scan->words + first;
        unsigned kinds = n > 0 ? segment_kinds(words, n) : 0;
        bool into_shell = false;

        if (n > 0) {
                scan->reasons |= segment_reasons(words, n, scan->user) | reasons_of_flow(scan, kinds);
                if (runs_fetched(scan, words, n, kinds))
                        scan->reasons |= REASON_BIT(REASON_FETCH_AND_RUN);
                if (kinds & SEGMENT_FETCHES)
                        note_files(scan, words, n);
                kinds |= printed_kinds(words, n);
        }
        if (end == '(' || end == '`')
                into_shell = runs_output(scan, first);
        scan->into_shell = into_shell || (scan->into_shell && end == '|');
        scan->pipeline = end == '|' || end == ')' ? scan->pipeline | kinds : end == '(' ? scan->pipeline : 0;
        scan->n = 0;
}

/* ---- The text ---------------------------------------------------------------------------------------------- */

static bool is_encoded(const char *word)
{
        return strlen(word) >= ENCODED_WORD_MIN &&
               strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_") == strlen(word) &&
               strcspn(word, "0123456789+") < strlen(word);
}

static void word_end(struct scan *scan, char *word)
{
        if (is_encoded(word))
                scan->reasons |= REASON_BIT(REASON_ENCODED);
        if (scan->n < WORDS_MAX)
                scan->words[scan->n++] = word;
}

/* "ALL=(ALL)", "print(x)": no command begins there. "x=$(", "f()": one does. */
static bool is_parenthesis_of_word(const char *word, size_t length, const char *after)
{
        return length > 0 && word[length - 1] != '$' && *after != ')';
}

/* Ends its words in place. A ">" is a word: what is written to is told from what is read. */
static void scan_text(struct scan *scan, char *text)
{
        static char into[] = ">";
        char *c = text, last = '\0';
        unsigned open = 0;

        while (*c) {
                char *word = c;
                size_t length = strcspn(c, " \t'\"<>{};|&\n\r()`");
                char end = c[length];

                c += length;
                if (end)
                        *c++ = '\0';
                if (length > 0)
                        word_end(scan, word);
                if (end == '>')
                        word_end(scan, into);
                if (end == '(' && is_parenthesis_of_word(word, length, c)) {
                        open++;
                        end = ' ';
                } else if (end == ')' && open > 0) {
                        open--;
                        end = ' ';
                }
                if (end == '|' && (*c == '|' || *c == '&'))
                        end = *c++ == '|' ? ';' : '|'; /* another command, instead; or its errors too */
                if (end && strchr(";|&\n\r()`", end) && !(end == '&' && length == 0 && (last == '>' || last == '<')))
                        command_end(scan, end);
                last = end;
        }
        command_end(scan, '\0');
}

/* What needs no commands: a name that the shell itself connects to, a false argv[0]. */
static uint64_t reasons_of_words(const char *text)
{
        bool connects = strstr(text, "/dev/tcp/") || strstr(text, "/dev/udp/");
        uint64_t found = 0;

        if (connects)
                found |= REASON_BIT(strstr(text, ">&") || strstr(text, "<&") ? REASON_REVERSE_SHELL
                                                                             : REASON_NETWORK_TOOL);
        if (strstr(text, "exec -a"))
                found |= REASON_BIT(REASON_IMITATES);
        return found;
}

uint64_t shell_reasons(const char *text, bool user)
{
        _cleanup_free_ char *copy = strndup(text, TEXT_MAX);
        struct scan scan = { .user = user };

        if (!copy)
                return 0;
        scan_text(&scan, copy);
        return scan.reasons | reasons_of_words(text);
}
