/* What a process itself shows: the program that it is, and the arguments that it was given. */
#include "detect_internal.h"
#include "unitward/unit_exec.h"
#include "unitward/util.h"

static size_t split_arguments(const struct detect_start *start, char *text, char **words)
{
        char *at = text, *end = text + start->arguments_size;
        size_t n = 0;

        for (; at < end && n < EXEC_WORDS_MAX; at += strlen(at) + 1)
                words[n++] = at;
        return n;
}

/* The kernel's name for a program whose file is gone. */
static char *program_name(const char *program)
{
        size_t length = strlen(program), suffix = strlen(" (deleted)");

        return strndup(program, ends_with(program, " (deleted)") ? length - suffix : length);
}

static uint64_t reasons_of_program(const char *program)
{
        return starts_with(program, "/memfd:") ? REASON_BIT(REASON_PROGRAM_MEMFD) : 0;
}

/* "[kworker/0:1]" is what ps shows of a kernel's thread. */
static uint64_t reasons_of_argument(const char *argument)
{
        return *argument == '[' ? REASON_BIT(REASON_IMITATES) : 0;
}

uint64_t detect_process(const struct detect_start *start)
{
        bool user = start->parent == DETECT_PARENT_USER;
        _cleanup_free_ char *program = start->program ? program_name(start->program) : NULL,
                            *text = calloc(1, start->arguments_size + 1);
        char *words[EXEC_WORDS_MAX];
        uint64_t found = 0;
        size_t n = 0;

        if (!text)
                return 0;
        if (start->arguments_size > 0) {
                memcpy(text, start->arguments, start->arguments_size);
                n = split_arguments(start, text, words);
                /* "sh" of a busybox; whoever lies about it can but add to what is found. */
                found |= command_reasons(words, n, user) | reasons_of_argument(words[0]);
        }
        if (program) {
                words[0] = program;
                found |= command_reasons(words, n > 0 ? n : 1, user) | reasons_of_program(program);
        }
        return found;
}
