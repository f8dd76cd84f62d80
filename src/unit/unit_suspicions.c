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

static const char *const volatile_places[] = { "/tmp/",     "/var/tmp/", "/dev/shm/", "/run/user/", "/run/lock/",
                                               "/run/shm/", "%t/",       "%T/",       "%V/" };
static const char *const homes[] = { "/home/", "/root/", "%h/" };

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

unsigned path_suspicions(const char *path, bool user)
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
                found |= path_suspicions(word, user);
                if (exec_is_fetcher(word) || starts_with(word, "/dev/tcp/") || starts_with(word, "/dev/udp/"))
                        found |= SUSPICION_EXEC_NETWORK;
                text += length;
        }
        return found;
}

static unsigned suspicions_of_command(const struct exec_command *command, bool user)
{
        struct exec_interpreted interpreted = exec_interpret(command->words, command->n);
        const char *program = interpreted.interpreter ? interpreted.interpreter : command->program;
        unsigned found = path_suspicions(program, user) | (exec_is_fetcher(program) ? SUSPICION_EXEC_NETWORK : 0);

        if (interpreted.script)
                found |= path_suspicions(interpreted.script, user);
        if (interpreted.text)
                found |= SUSPICION_EXEC_SHELL | suspicions_of_text(interpreted.text, user);
        return found;
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
