/* Is what was started what the unit's files say? And what they say, where the process has ended before it could be
 * asked. */
#include <fcntl.h>
#include <sys/stat.h>

#include "detection.h"
#include "unitward/unit_exec.h"
#include "unitward/unit_file.h"
#include "unitward/util.h"

/* ---- Which program --------------------------------------------------------------------------------------- */

static bool is_program(const char *named, const struct start *start)
{
        const struct actor_process *process = &start->actor->ancestry[0];
        const size_t length = strlen(named);
        struct stat st;

        if (strncmp(process->exe_path, named, length) == 0 &&
            (process->exe_path[length] == '\0' || streq(process->exe_path + length, " (deleted)")))
                return true;
        if (start->script && streq(start->script, named))
                return true;
        return stat(named, &st) == 0 && file_id_equal(file_id_of(&st), process->exe);
}

static bool is_script(const char *path)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        char start[2];

        return fd < 0 || read(fd, start, sizeof start) != sizeof start || memcmp(start, "#!", 2) == 0;
}

/* It may have executed another in its place before anybody has looked: shells do that with their last command. */
static bool stays_itself(const char *named)
{
        static const char *const passers[] = { "env",    "busybox", "nohup",   "setsid",           "nice",    "ionice",
                                               "stdbuf", "flock",   "timeout", "runuser",          "setpriv", "chroot",
                                               "chrt",   "su",      "unshare", "nsenter",          "taskset", "prlimit",
                                               "sudo",   "capsh",   "xargs",   "start-stop-daemon" };

        for (size_t i = 0; i < ARRAY_SIZE(passers); i++)
                if (streq(exec_base_name(named), passers[i]))
                        return false;
        return *named == '/' && !exec_is_interpreter(named) && !is_script(named);
}

bool unit_names_not(const struct unit_known *unit, const struct start *start)
{
        const struct actor *actor = start->actor;

        if (!unit->whole || !unit->programs || !*unit->programs || !actor->known || actor->n_ancestry == 0 ||
            *actor->ancestry[0].exe_path != '/' ||
            (actor->n_ancestry > 1 && file_id_equal(actor->ancestry[0].exe, actor->ancestry[1].exe)))
                return false;
        for (char **program = unit->programs; *program; program++)
                if (!stays_itself(*program) || is_program(*program, start))
                        return false;
        return true;
}

/* ---- Which words ------------------------------------------------------------------------------------------------ */

static const char *first_start(const struct unit_file *file)
{
        for (size_t i = 0; i < unit_file_n_settings(file); i++)
                if (unit_exec_key(unit_file_setting(file, i)->key) == EXEC_START && *unit_file_setting(file, i)->value)
                        return unit_file_setting(file, i)->value;
        return NULL;
}

static void keep_words(struct unit_known *unit, const struct exec_command *command)
{
        size_t size = 0;
        char *at;

        for (size_t i = 0; i < command->n; i++)
                size += strlen(command->words[i]) + 1;
        unit->command = at = size > 0 && size <= START_ARGUMENTS_MAX ? malloc(size) : NULL;
        if (!at)
                return;
        unit->command_size = size;
        for (size_t i = 0; i < command->n; i++)
                at = stpcpy(at, command->words[i]) + 1;
}

void unit_find_command(struct unit_known *unit, const char *text, size_t size)
{
        struct exec_command command;
        struct unit_file *file;
        const char *line;

        if (unit_file_parse(text, size, &file) < 0)
                return;
        line = first_start(file);
        if (line && exec_command_next(&line, &command) > 0) {
                keep_words(unit, &command);
                exec_command_done(&command);
        }
        unit_file_free(file);
}
