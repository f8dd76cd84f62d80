/* Interpreters, and what a command line makes them run. */
#include "unitward/unit_exec.h"
#include "unitward/util.h"

/* By how their name begins. text: options after which a program follows as text, value: after which another word does.
 */
static const struct interpreter {
        const char *name, *text, *value;
        bool shell; /* its options are single letters, any of them may stand anywhere in a word */
} interpreters[] = {
        { "sh", "c", "oO", true },       { "bash", "c", "oO", true }, { "dash", "c", "o", true },
        { "zsh", "c", "o", true },       { "ksh", "c", "o", true },   { "ash", "c", "o", true },
        { "fish", "c", "o", true },      { "csh", "c", "", true },    { "tcsh", "c", "", true },
        { "python", "c", "mWX", false }, { "perl", "eE", "", false }, { "ruby", "e", "rI", false },
        { "node", "ep", "r", false },    { "php", "r", "dc", false }, { "lua", "e", "l", false },
};

static const char *const fetchers[] = { "curl",           "wget",  "nc",     "ncat", "netcat", "nc.openbsd",
                                        "nc.traditional", "socat", "telnet", "ftp",  "tftp" };

/* What runs the rest of its command line. */
static const char *const wrappers[] = { "env", "busybox", "nohup", "setsid", "nice", "exec", "stdbuf" };

const char *exec_base_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

static bool is_one_of(const char *word, const char *const *list, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (streq(word, list[i]))
                        return true;
        return false;
}

/* "python3.11" is a python. */
static const struct interpreter *interpreter_find(const char *program)
{
        const char *base = exec_base_name(program);

        base += *base == '-'; /* a login shell's argv[0] */
        for (size_t i = 0; i < ARRAY_SIZE(interpreters); i++) {
                size_t length = strlen(interpreters[i].name);

                if (starts_with(base, interpreters[i].name) &&
                    strspn(base + length, "0123456789.-") == strlen(base + length))
                        return &interpreters[i];
        }
        return NULL;
}

bool exec_is_interpreter(const char *program)
{
        return interpreter_find(program);
}

bool exec_is_shell(const char *program)
{
        const struct interpreter *interpreter = interpreter_find(program);

        return interpreter && interpreter->shell;
}

bool exec_is_fetcher(const char *program)
{
        return is_one_of(exec_base_name(program), fetchers, ARRAY_SIZE(fetchers));
}

static size_t skip_wrappers(char *const *words, size_t n)
{
        if (n == 0 || !is_one_of(exec_base_name(words[0]), wrappers, ARRAY_SIZE(wrappers)))
                return 0;
        for (size_t i = 1; i < n; i++)
                if (*words[i] != '-' && !strchr(words[i], '='))
                        return i;
        return 0;
}

/* Whether the word has an option of these: "-c", "-lc" and, of a shell, "-cx"; not "-MSocket" of a perl. */
static bool has_option(const struct interpreter *interpreter, const char *word, const char *options)
{
        if (word[1] == '\0' || word[1] == '-')
                return false;
        return interpreter->shell ? strpbrk(word + 1, options) : strchr(options, word[strlen(word) - 1]);
}

const char *exec_interpreter_options(const char *program)
{
        const struct interpreter *interpreter = interpreter_find(program);

        return interpreter ? interpreter->text : NULL;
}

size_t exec_skip_wrappers(const struct exec_command *command)
{
        return skip_wrappers(command->words, command->n);
}

struct exec_interpreted exec_interpret(char *const *words, size_t n)
{
        struct exec_interpreted found = { 0 };
        size_t first = skip_wrappers(words, n);
        const struct interpreter *interpreter = n > 0 ? interpreter_find(words[first]) : NULL;
        bool is_text = false;

        if (!interpreter)
                return found;
        found.interpreter = words[first];
        for (size_t i = first + 1; i < n; i++) {
                const char *word = words[i];

                if (*word != '-' && *word != '+') {
                        *(is_text ? &found.text : &found.script) = word;
                        break;
                }
                is_text |= *word == '-' && has_option(interpreter, word, interpreter->text);
                if (is_text && !interpreter->shell) {
                        found.text = i + 1 < n ? words[i + 1] : NULL;
                        break;
                }
                i += has_option(interpreter, word, interpreter->value); /* that one's value */
        }
        return found;
}
