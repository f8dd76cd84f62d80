/* What is odd about a unit whoever made it: for the review of what would be authorised. */
#include "unit_internal.h"
#include "unitward/util.h"

static const char *const texts[N_SUSPICIONS] = {
        "runs something from a directory that everybody may write to",
        "runs something from a home",
        "runs something from a hidden directory or file",
        "has a program on its command line",
        "fetches something or connects to somewhere",
        "changes which libraries programs load",
};

const char *unit_suspicion_text(enum unit_suspicion one)
{
        for (size_t i = 0; i < N_SUSPICIONS; i++)
                if ((unsigned)one == 1u << i)
                        return texts[i];
        return "";
}

static const char *const volatile_places[] = { "/tmp/", "/var/tmp/", "/dev/shm/", "/run/user/", "%t/", "%T/", "%V/" };
static const char *const homes[] = { "/home/", "/root/", "%h/" };
static const char *const fetchers[] = { "curl",           "wget",  "nc",     "ncat", "netcat", "nc.openbsd",
                                        "nc.traditional", "socat", "telnet", "ftp",  "tftp" };

/* Interpreters by how their name begins, and the options after which a program follows. */
static const struct {
        const char *name, *options;
} interpreters[] = {
        { "sh", "c" },    { "bash", "c" }, { "dash", "c" },  { "zsh", "c" },  { "ksh", "c" },
        { "ash", "c" },   { "fish", "c" }, { "csh", "c" },   { "tcsh", "c" }, { "python", "c" },
        { "perl", "eE" }, { "ruby", "e" }, { "node", "ep" }, { "php", "r" },  { "lua", "e" },
};

static const char *base_of(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

static bool is_one_of(const char *word, size_t length, const char *const *list, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (strlen(list[i]) == length && memcmp(word, list[i], length) == 0)
                        return true;
        return false;
}

static bool begins_with_one_of(const char *path, const char *const *list, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (starts_with(path, list[i]))
                        return true;
        return false;
}

/* "/opt/.x/run": a component that begins with a dot and is not "." or "..". */
static bool is_hidden(const char *path)
{
        for (const char *dot = path; (dot = strstr(dot, "/.")); dot++)
                if (dot[2] && dot[2] != '/' && !(dot[2] == '.' && (dot[3] == '/' || !dot[3])))
                        return true;
        return false;
}

static unsigned suspicions_of_path(const char *path, bool user)
{
        unsigned found = 0;

        if (*path == '/' && is_hidden(path))
                found |= SUSPICION_EXEC_HIDDEN;
        /* A user's %t is his runtime directory, root's is /run. */
        if (begins_with_one_of(path, volatile_places, ARRAY_SIZE(volatile_places)) &&
            (user || !starts_with(path, "%t")))
                found |= SUSPICION_EXEC_VOLATILE;
        if (!user && begins_with_one_of(path, homes, ARRAY_SIZE(homes)))
                found |= SUSPICION_EXEC_HOME;
        return found;
}

/* ---- Programs on the command line ------------------------------------------------------------------------ */

/* "python3.11" is a python. */
const char *exec_interpreter_options(const char *program)
{
        const char *base = base_of(program);

        for (size_t i = 0; i < ARRAY_SIZE(interpreters); i++) {
                size_t length = strlen(interpreters[i].name);

                if (starts_with(base, interpreters[i].name) &&
                    strspn(base + length, "0123456789.-") == strlen(base + length))
                        return interpreters[i].options;
        }
        return NULL;
}

/* Shell text, roughly taken apart: what looks like a program or a path. */
static unsigned suspicions_of_text(const char *text, bool user)
{
        static const char separators[] = " \t\n;|&()<>`$'\"={}";
        unsigned found = 0;

        while (*(text += strspn(text, separators))) {
                size_t length = strcspn(text, separators);
                _cleanup_free_ char *word = strndup(text, length);

                if (!word)
                        return found;
                found |= suspicions_of_path(word, user);
                if (is_one_of(base_of(word), strlen(base_of(word)), fetchers, ARRAY_SIZE(fetchers)) ||
                    starts_with(word, "/dev/tcp/") || starts_with(word, "/dev/udp/"))
                        found |= SUSPICION_EXEC_NETWORK;
                text += length;
        }
        return found;
}

/* "env A=b sh -c" and "busybox sh -c" are a shell too. */
size_t exec_skip_wrappers(const struct exec_command *command)
{
        static const char *const wrappers[] = { "env", "busybox", "nohup", "setsid", "nice", "exec", "stdbuf" };
        size_t i = 0;

        if (!is_one_of(base_of(command->program), strlen(base_of(command->program)), wrappers, ARRAY_SIZE(wrappers)))
                return 0;
        for (i = 1; i < command->n; i++)
                if (*command->words[i] != '-' && !strchr(command->words[i], '='))
                        return i;
        return 0;
}

static unsigned suspicions_of_interpreter(const struct exec_command *command, size_t first, const char *options,
                                          bool user)
{
        for (size_t i = first + 1; i < command->n; i++) {
                const char *word = command->words[i];

                if (*word != '-')
                        return suspicions_of_path(word, user); /* a script */
                if (word[1] == '-' || !strpbrk(word, options))
                        continue;
                return SUSPICION_EXEC_SHELL |
                       (i + 1 < command->n ? suspicions_of_text(command->words[i + 1], user) : 0);
        }
        return 0;
}

static unsigned suspicions_of_command(const struct exec_command *command, bool user)
{
        size_t first = exec_skip_wrappers(command);
        const char *program = first == 0 ? command->program : command->words[first], *base = base_of(program);
        const char *options = exec_interpreter_options(program);
        unsigned found = suspicions_of_path(program, user);

        if (is_one_of(base, strlen(base), fetchers, ARRAY_SIZE(fetchers)))
                found |= SUSPICION_EXEC_NETWORK;
        return options ? found | suspicions_of_interpreter(command, first, options, user) : found;
}

static unsigned suspicions_of_line(const char *line, bool user)
{
        struct exec_command command;
        unsigned found = 0;

        while (exec_command_next(&line, &command) > 0) {
                found |= suspicions_of_command(&command, user);
                exec_command_done(&command);
        }
        return found;
}

static bool changes_libraries(const char *assignments)
{
        static const char *const variables[] = { "LD_PRELOAD=",   "LD_LIBRARY_PATH=", "LD_AUDIT=", "GCONV_PATH=",
                                                 "PYTHONPATH=",   "PERL5LIB=",        "PERL5OPT=", "RUBYOPT=",
                                                 "NODE_OPTIONS=", "BASH_ENV=" };
        struct exec_command words;
        bool found = false;

        while (!found && exec_command_next(&assignments, &words) > 0) {
                for (size_t i = 0; i < words.n; i++)
                        found |= begins_with_one_of(words.words[i], variables, ARRAY_SIZE(variables));
                exec_command_done(&words);
        }
        return found;
}

unsigned unit_suspicions(const char *text, size_t size, bool user)
{
        struct unit_file *file;
        unsigned found = 0;

        if (unit_file_parse(text, size, &file) < 0)
                return 0;
        for (size_t i = 0; i < unit_file_n_settings(file); i++) {
                const struct unit_setting *setting = unit_file_setting(file, i);

                if (unit_exec_key(setting->key) >= 0)
                        found |= suspicions_of_line(setting->value, user);
                else if (streq(setting->key, "Environment") && changes_libraries(setting->value))
                        found |= SUSPICION_ENVIRONMENT;
        }
        unit_file_free(file);
        return found;
}
