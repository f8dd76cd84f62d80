/* The files behind a command: the program, the script after an interpreter, the simple cases of a shell's text. */
#include "unit_internal.h"
#include "unitward/unit_runs.h"
#include "unitward/util.h"

#define SEPARATORS ";&|(){}\n"
#define TEXT_WORDS_MAX 256 /* of a shell's text; what follows is not looked at */

struct runs {
        unit_run_function each;
        void *userdata;
        struct unit_run run;
};

static int tell(struct runs *runs, enum unit_run_kind kind, const char *word)
{
        if (!*word || strpbrk(word, "$`*?<>"))
                return 0;
        runs->run.kind = kind;
        runs->run.word = word;
        return runs->each(&runs->run, runs->userdata);
}

static bool is_shell(const char *program)
{
        const char *options = exec_interpreter_options(program), *slash = strrchr(program, '/');

        return options && streq(options, "c") && !starts_with(slash ? slash + 1 : program, "python");
}

/* ---- The text of "sh -c" ----------------------------------------------------------------------------------- */

/* What the next word of the text is. */
enum state { COMMAND, SCRIPT, ARGUMENT };

static bool is_keyword(const char *word)
{
        static const char *const keywords[] = { "exec",   "if",   "then",   "else",    "elif", "while",
                                                "until",  "do",   "!",      "time",    "env",  "nohup",
                                                "setsid", "nice", "ionice", "command", "eval" };

        for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
                if (streq(word, keywords[i]))
                        return true;
        return false;
}

static int text_word(struct runs *runs, enum state *state, const char *word)
{
        int r = 0;

        switch (*state) {
        case COMMAND:
                if (is_keyword(word) || (strchr(word, '=') && *word != '/'))
                        return 0;
                if (streq(word, ".") || streq(word, "source")) {
                        *state = SCRIPT;
                        return 0;
                }
                *state = exec_interpreter_options(word) ? SCRIPT : ARGUMENT;
                /* Without a slash it may be the shell's own. */
                return *word == '/' ? tell(runs, UNIT_RUN_INLINE, word) : 0;
        case SCRIPT:
                if (*word == '-')
                        return 0;
                r = strchr(word, '/') ? tell(runs, UNIT_RUN_SCRIPT, word) : 0;
                *state = ARGUMENT;
                return r;
        case ARGUMENT:
                return 0;
        }
        return 0;
}

static int runs_of_text(struct runs *runs, const char *text)
{
        enum state state = COMMAND;
        int r = 0;

        for (unsigned n = 0; r == 0 && *text && n < TEXT_WORDS_MAX; n++) {
                size_t length = strcspn(text, SEPARATORS " \t\"'");
                _cleanup_free_ char *word = strndup(text, length);

                if (!word)
                        return -ENOMEM;
                if (length > 0)
                        r = text_word(runs, &state, word);
                text += length;
                if (*text && strchr(SEPARATORS, *text))
                        state = COMMAND;
                text += *text != '\0';
        }
        return r;
}

/* ---- A command --------------------------------------------------------------------------------------------- */

static int runs_of_interpreter(struct runs *runs, const struct exec_command *command, const char *program, size_t next)
{
        const char *options = exec_interpreter_options(program);

        for (size_t i = next; options && i < command->n; i++) {
                const char *word = command->words[i];

                if (*word != '-')
                        return tell(runs, UNIT_RUN_SCRIPT, word);
                if (word[1] == '-')
                        continue;
                if (streq(word, "-m")) /* a module, wherever the interpreter looks for it */
                        return 0;
                if (strpbrk(word, options))
                        return is_shell(program) && i + 1 < command->n ? runs_of_text(runs, command->words[i + 1]) : 0;
        }
        return 0;
}

static int runs_of_command(struct runs *runs, const struct exec_command *command)
{
        size_t first;
        int r;

        runs->run.full_privileges = command->full_privileges;
        runs->run.may_fail = command->may_fail;
        r = tell(runs, UNIT_RUN_PROGRAM, command->program);
        /* After '@' the second word is what the program is told that it is called. */
        first = command->renamed ? 0 : exec_skip_wrappers(command);
        if (r < 0 || first == 0)
                return r < 0 ? r : runs_of_interpreter(runs, command, command->program, 1u + command->renamed);
        r = tell(runs, UNIT_RUN_PROGRAM, command->words[first]);
        return r == 0 ? runs_of_interpreter(runs, command, command->words[first], first + 1) : r;
}

int unit_runs(const char *line, unit_run_function each, void *userdata)
{
        struct runs runs = { .each = each, .userdata = userdata };
        struct exec_command command;
        int r;

        while ((r = exec_command_next(&line, &command)) > 0) {
                r = runs_of_command(&runs, &command);
                exec_command_done(&command);
                if (r < 0)
                        return r;
        }
        return r;
}
