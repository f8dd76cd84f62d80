/* A command line: its program, and what it makes an interpreter run. */
#include "detect_internal.h"
#include "unitward/unit_exec.h"
#include "unitward/util.h"

/* ---- The text of other interpreters ------------------------------------------------------------------------ */

/* One of each of the two makes the reason; NULL: any. */
static const struct {
        const char *first, *second;
        enum detect_reason reason;
} codes[] = {
        { "ocket", "/bin/sh", REASON_REVERSE_SHELL },
        { "ocket", "/bin/bash", REASON_REVERSE_SHELL },
        { "ocket", "pty.spawn", REASON_REVERSE_SHELL },
        { "ocket", "dup2", REASON_REVERSE_SHELL },
        { "ocket", "subprocess", REASON_REVERSE_SHELL },
        { "ocket", "exec(", REASON_REVERSE_SHELL },
        { "fsockopen", "exec", REASON_REVERSE_SHELL },
        { "fsockopen", "/bin/", REASON_REVERSE_SHELL },
        { "net.connect", "spawn", REASON_REVERSE_SHELL },
        { "urlopen", "exec", REASON_FETCH_AND_RUN },
        { "urlopen", "eval", REASON_FETCH_AND_RUN },
        { "requests.get", "exec", REASON_FETCH_AND_RUN },
        { "open-uri", "eval", REASON_FETCH_AND_RUN },
        { "LWP", "eval", REASON_FETCH_AND_RUN },
        { "file_get_contents", "eval", REASON_FETCH_AND_RUN },
        { "b64decode", "exec", REASON_ENCODED },
        { "decode_base64", "eval", REASON_ENCODED },
        { "decode64", "eval", REASON_ENCODED },
        { "base64_decode", "eval", REASON_ENCODED },
        { "fromhex", "exec", REASON_ENCODED },
        { "decompress", "exec", REASON_ENCODED },
        { "Buffer.from", "eval", REASON_ENCODED },
        { "memfd_create", NULL, REASON_CODE_IN_MEMORY },
        { "/proc/self/fd/", NULL, REASON_CODE_IN_MEMORY },
        { "syscall(319", NULL, REASON_CODE_IN_MEMORY },
        { "syscall 319", NULL, REASON_CODE_IN_MEMORY },
        { "ctypes", "mmap", REASON_CODE_IN_MEMORY },
};

uint64_t code_reasons(const char *text)
{
        uint64_t found = 0;

        for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
                if (strstr(text, codes[i].first) && (!codes[i].second || strstr(text, codes[i].second)))
                        found |= REASON_BIT(codes[i].reason);
        return found;
}

/* ---- The command ------------------------------------------------------------------------------------------- */

uint64_t command_reasons(char *const *words, size_t n, bool user)
{
        struct exec_interpreted interpreted = exec_interpret(words, n);
        uint64_t found = segment_reasons(words, n, user);

        if (interpreted.text)
                found |= REASON_BIT(REASON_INLINE_PROGRAM) | shell_reasons(interpreted.text, user) |
                         code_reasons(interpreted.text);
        return found;
}
