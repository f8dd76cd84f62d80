/* Commands of a unit, systemd.service(5), "Command lines"; and what interpreters among them are told to run. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define EXEC_WORDS_MAX 64

/* One command of an Exec setting. */
struct exec_command {
        char *words[EXEC_WORDS_MAX]; /* unquoted, the first without its prefixes; further ones are left out */
        size_t n;
        const char *program;         /* the first word */
        const char *text;            /* the command as it was written, without prefixes and not terminated */
        size_t length;
        bool full_privileges;        /* '+' or '!': User= does not hold */
        bool may_fail;               /* '-' */
        bool renamed;                /* '@': the second word is its argv[0] */
};

/* The next command of the line; moves on. 1; 0: no more; -ENOMEM. Release with exec_command_done. */
int exec_command_next(const char **line, struct exec_command *ret);
void exec_command_done(struct exec_command *command);

/* Settings that hold commands are numbered below N_EXEC_KEYS, EXEC_START among them; -1 for others. */
#define N_EXEC_KEYS 9
#define EXEC_START 0
int unit_exec_key(const char *key);

/* "dash" of "/usr/bin/dash". */
const char *exec_base_name(const char *path);

/* "/usr/bin/python3.11": runs a program that is a script, or text on its command line. A shell: in the shell's language. */
bool exec_is_interpreter(const char *program);
bool exec_is_shell(const char *program);
bool exec_is_fetcher(const char *program); /* curl, nc, ...: fetches something, or connects to somewhere */

/* The options after which an interpreter takes a program from its command line, as letters; NULL: it is none. */
const char *exec_interpreter_options(const char *program);
/* Which word is the program that env and its like run; 0: the command is none of these. */
size_t exec_skip_wrappers(const struct exec_command *command);

/* What a command line makes an interpreter run; words borrowed from it. */
struct exec_interpreted {
        const char *interpreter;     /* NULL: it runs none */
        const char *text;            /* of "sh -c TEXT"; NULL: none */
        const char *script;          /* the file; NULL: none */
};

/* The first word is the program; "env A=b sh -c" and "busybox sh -c" are a shell too. */
struct exec_interpreted exec_interpret(char *const *words, size_t n);
