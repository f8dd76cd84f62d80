/* One command among those of a shell's text, or of a unit: what it is good for. */
#include <strings.h>

#include "detect_internal.h"
#include "unitward/unit_exec.h"
#include "unitward/unit_meaning.h"
#include "unitward/util.h"

/* option: only with a word that begins with it; NULL: always. */
static const struct {
        const char *name, *option;
        unsigned kinds;
} programs[] = {
        { "curl", NULL, SEGMENT_FETCHES },
        { "wget", NULL, SEGMENT_FETCHES },
        { "aria2c", NULL, SEGMENT_FETCHES },
        { "axel", NULL, SEGMENT_FETCHES },
        { "lynx", NULL, SEGMENT_FETCHES },
        { "GET", NULL, SEGMENT_FETCHES },
        { "lwp-request", NULL, SEGMENT_FETCHES },
        { "ftp", NULL, SEGMENT_FETCHES },
        { "tftp", NULL, SEGMENT_FETCHES },
        { "dig", "txt", SEGMENT_FETCHES },
        { "nslookup", "-q", SEGMENT_FETCHES },
        { "nc", NULL, SEGMENT_CONNECTS },
        { "ncat", NULL, SEGMENT_CONNECTS },
        { "netcat", NULL, SEGMENT_CONNECTS },
        { "nc.openbsd", NULL, SEGMENT_CONNECTS },
        { "nc.traditional", NULL, SEGMENT_CONNECTS },
        { "socat", NULL, SEGMENT_CONNECTS },
        { "telnet", NULL, SEGMENT_CONNECTS },
        { "openssl", "s_client", SEGMENT_CONNECTS },
        { "ssh", "-R", SEGMENT_CONNECTS },
        { "ssh", "-D", SEGMENT_CONNECTS },
        { "autossh", NULL, SEGMENT_CONNECTS },
        { "chisel", NULL, SEGMENT_CONNECTS },
        { "frpc", NULL, SEGMENT_CONNECTS },
        { "ngrok", NULL, SEGMENT_CONNECTS },
        { "base64", "-d", SEGMENT_DECODES },
        { "base64", "-D", SEGMENT_DECODES },
        { "base64", "--d", SEGMENT_DECODES },
        { "base32", "-d", SEGMENT_DECODES },
        { "openssl", "enc", SEGMENT_DECODES },
        { "openssl", "base64", SEGMENT_DECODES },
        { "xxd", "-r", SEGMENT_DECODES },
        { "uudecode", NULL, SEGMENT_DECODES },
        { "rev", NULL, SEGMENT_DECODES },
        { "tr", NULL, SEGMENT_DECODES },
        { "gunzip", NULL, SEGMENT_DECODES },
        { "zcat", NULL, SEGMENT_DECODES },
        { "xz", "-d", SEGMENT_DECODES },
        { "printf", "\\x", SEGMENT_DECODES },
        { "printf", "\\\\x", SEGMENT_DECODES },
        { "tee", NULL, SEGMENT_CHANGES },
        { "cp", NULL, SEGMENT_CHANGES },
        { "mv", NULL, SEGMENT_CHANGES },
        { "install", NULL, SEGMENT_CHANGES },
        { "ln", NULL, SEGMENT_CHANGES },
        { "dd", NULL, SEGMENT_CHANGES },
        { "sed", "-i", SEGMENT_CHANGES },
        { "echo", ">", SEGMENT_CHANGES },
        { "printf", ">", SEGMENT_CHANGES },
        { "cat", ">", SEGMENT_CHANGES },
};

/* Who may log in, or become root. */
static const char *const access_files[] = { "authorized_keys", "/etc/sudoers", "/etc/ld.so.preload", "/etc/passwd",
                                            "/etc/shadow",     "/etc/pam.d/",  "/root/.ssh/" };

static bool has_word(char *const *words, size_t n, const char *beginning)
{
        for (size_t i = 1; i < n; i++)
                if (strncasecmp(words[i], beginning, strlen(beginning)) == 0)
                        return true;
        return false;
}

unsigned segment_kinds(char *const *words, size_t n)
{
        const char *base = exec_base_name(words[0]);
        unsigned kinds = exec_is_interpreter(words[0]) ? SEGMENT_SHELL : 0;

        for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
                if (streq(base, programs[i].name) && (!programs[i].option || has_word(words, n, programs[i].option)))
                        kinds |= programs[i].kinds;
        return kinds;
}

/* "nc -e /bin/sh HOST", "socat TCP:HOST EXEC:bash". */
static bool connects_shell(char *const *words, size_t n)
{
        for (size_t i = 1; i < n; i++) {
                const char *word = words[i];

                if (strncasecmp(word, "exec:", 5) == 0 || strncasecmp(word, "system:", 7) == 0 || exec_is_shell(word))
                        return true;
        }
        return false;
}

static bool names_access_file(char *const *words, size_t n)
{
        for (size_t i = 1; i < n; i++)
                for (size_t j = 0; j < ARRAY_SIZE(access_files); j++)
                        if (strstr(words[i], access_files[j]))
                                return true;
        return false;
}

/* "u+s", "+s", "4755", "06755". */
static bool is_setuid_mode(const char *word)
{
        size_t length = strlen(word);

        if (strspn(word, "01234567") == length)
                return length >= 4 && strchr("2467", word[length - 4]);
        return strspn(word, "ugoa+=rwxs") == length && strchr(word, 's') && strpbrk(word, "+=");
}

static bool gives_access(char *const *words, size_t n, unsigned kinds)
{
        static const char *const tools[] = { "useradd", "usermod", "adduser", "chpasswd", "setcap", "visudo" };
        const char *base = exec_base_name(words[0]);

        for (size_t i = 0; i < ARRAY_SIZE(tools); i++)
                if (streq(base, tools[i]))
                        return true;
        if (streq(base, "chmod"))
                for (size_t i = 1; i < n; i++)
                        if (is_setuid_mode(words[i]))
                                return true;
        return kinds & SEGMENT_CHANGES && names_access_file(words, n);
}

static uint64_t reasons_of_path(const char *path, bool user)
{
        unsigned suspicions = path_suspicions(path, user);
        uint64_t found = 0;

        if (suspicions & SUSPICION_EXEC_VOLATILE)
                found |= REASON_BIT(REASON_PROGRAM_TEMPORARY);
        if (suspicions & SUSPICION_EXEC_HIDDEN)
                found |= REASON_BIT(REASON_PROGRAM_HIDDEN);
        if (suspicions & SUSPICION_EXEC_HOME)
                found |= REASON_BIT(REASON_PROGRAM_HOME);
        return found;
}

static bool is_url(const char *word)
{
        return starts_with(word, "http://") || starts_with(word, "https://") || starts_with(word, "ftp://");
}

static uint64_t reasons_of_script(const char *script, bool user)
{
        uint64_t found = reasons_of_path(script, user);

        if (is_url(script))
                found |= REASON_BIT(REASON_URL_PROGRAM);
        if (starts_with(script, "/proc/"))
                found |= REASON_BIT(REASON_CODE_IN_MEMORY);
        return found;
}

/* The dynamic linker runs what it is given, whatever that file's mode. */
static bool is_linker(const char *base)
{
        return starts_with(base, "ld-linux") || starts_with(base, "ld.so") || starts_with(base, "ld-2");
}

/* "cd /tmp && ./x". */
static bool enters_temporary(char *const *words, size_t n)
{
        static const char *const directories[] = { "/tmp", "/var/tmp", "/dev/shm" };

        for (size_t i = 0; n > 1 && streq(words[0], "cd") && i < ARRAY_SIZE(directories); i++)
                if (streq(words[1], directories[i]))
                        return true;
        return false;
}

uint64_t segment_reasons(char *const *words, size_t n, bool user)
{
        unsigned kinds = segment_kinds(words, n);
        struct exec_interpreted interpreted = exec_interpret(words, n);
        uint64_t found = reasons_of_path(words[0], user);

        if (interpreted.script)
                found |= reasons_of_script(interpreted.script, user);
        if (n > 1 && is_linker(exec_base_name(words[0])))
                found |= reasons_of_path(words[n - 1], user) | REASON_BIT(REASON_INLINE_PROGRAM);
        if (enters_temporary(words, n))
                found |= REASON_BIT(REASON_PROGRAM_TEMPORARY);
        if (kinds & (SEGMENT_FETCHES | SEGMENT_CONNECTS))
                found |= REASON_BIT(REASON_NETWORK_TOOL);
        if (kinds & SEGMENT_CONNECTS && connects_shell(words, n))
                found |= REASON_BIT(REASON_REVERSE_SHELL);
        if (gives_access(words, n, kinds))
                found |= REASON_BIT(REASON_GIVES_ACCESS);
        return found;
}
