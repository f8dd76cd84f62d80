/* The arguments and the environment of another process: bytes that it chooses, bounded.
 *
 * Before execve(2) has copied them they are still the caller's memory, and others may write there; when the program runs they
 * are its own. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "unitward/intent.h"

#define ARGUMENTS_WORDS_MAX 512u          /* of the arguments: COMMAND_ARGUMENTS_MAX */
#define ENVIRONMENT_WORDS_MAX 1024u
#define ARGUMENTS_BYTES_MAX (128u * 1024u) /* both together, with a NUL behind each word */

struct arguments {
        int argc;
        char **argv;           /* argc words and a NULL; may be permuted by who parses them */
        char **envp;           /* "NAME=VALUE", and a NULL */
        char *text;            /* the words as they were, arguments first, a NUL behind each */
        size_t arguments_size, size; /* of text: the arguments' part; all */
};

/* Of a thread that waits in execve(2). -E2BIG: more than the bounds; -EFAULT: a pointer leads nowhere; other -errno of
 * process_vm_readv(2). Reads memory only. */
int arguments_read_call(pid_t tid, const struct execute_call *call, struct arguments **ret);

/* Of a running program; process: its directory in /proc. -EAGAIN: execve(2) has not written them yet; -E2BIG; -errno. */
int arguments_read_final(int process, struct arguments **ret);

/* The texts of /proc/PID/cmdline and environ. -E2BIG; -EBADMSG: the last word does not end; -ENOMEM. */
int arguments_parse(const char *cmdline, size_t cmdline_size, const char *environment, size_t environment_size,
                    struct arguments **ret);

struct arguments *arguments_free(struct arguments *arguments); /* accepts NULL; returns NULL */
