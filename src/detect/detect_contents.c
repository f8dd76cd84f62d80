/* What a unit's files say. */
#include "detect_internal.h"
#include "unitward/unit_exec.h"
#include "unitward/unit_file.h"
#include "unitward/unit_meaning.h"
#include "unitward/unit_schedule.h"
#include "unitward/util.h"

/* "[kworker/0:1]" is what ps shows of a kernel's thread. */
static bool is_kernel_name(const char *name)
{
        return *name == '[' || starts_with(name, "kworker");
}

static uint64_t reasons_of_line(const char *line, bool user)
{
        struct exec_command command;
        uint64_t found = 0;

        while (exec_command_next(&line, &command) > 0) {
                if (command.renamed && command.n > 1) {
                        if (is_kernel_name(command.words[1]))
                                found |= REASON_BIT(REASON_IMITATES);
                        free(command.words[1]);
                        memmove(command.words + 1, command.words + 2, (--command.n - 1) * sizeof *command.words);
                }
                found |= command_reasons(command.words, command.n, user);
                exec_command_done(&command);
        }
        return found;
}

/* What a shell may be told to run by "$CODE". */
static uint64_t reasons_of_environment(const char *line)
{
        const uint64_t plain = REASON_BIT(REASON_REVERSE_SHELL) | REASON_BIT(REASON_FETCH_AND_RUN) |
                               REASON_BIT(REASON_ENCODED) | REASON_BIT(REASON_CODE_IN_MEMORY);
        struct exec_command words;
        uint64_t found = 0;

        while (exec_command_next(&line, &words) > 0) {
                for (size_t i = 0; i < words.n; i++) {
                        const char *value = strchr(words.words[i], '=');

                        if (value)
                                found |= shell_reasons(value + 1, false) | code_reasons(value + 1);
                }
                exec_command_done(&words);
        }
        return found & plain;
}

/* Where its root, its environment, its libraries come from. */
static uint64_t reasons_of_path_setting(const struct unit_setting *setting, bool user)
{
        static const char *const keys[] = { "RootDirectory", "RootImage", "EnvironmentFile" };

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (streq(setting->key, keys[i]) &&
                    path_suspicions(setting->value + (*setting->value == '-'), user) & SUSPICION_EXEC_VOLATILE)
                        return REASON_BIT(REASON_PROGRAM_TEMPORARY);
        return 0;
}

static bool starts_shell(const char *line)
{
        struct exec_command command;
        bool shell = false;

        if (exec_command_next(&line, &command) > 0) {
                shell = exec_is_shell(command.program) && (command.n == 1 || *command.words[1] == '-') &&
                        !exec_interpret(command.words, command.n).text;
                exec_command_done(&command);
        }
        return shell;
}

/* A socket's service with a shell on it gives that to whoever connects. */
static bool gives_shell(const struct unit_file *file)
{
        const char *input = unit_file_value(file, "Service", "StandardInput"),
                   *command = unit_file_value(file, "Service", "ExecStart");

        return input && command && streq(input, "socket") && starts_shell(command);
}

static uint64_t reasons_of_setting(const struct unit_setting *setting, bool user)
{
        if (unit_exec_key(setting->key) >= 0)
                return reasons_of_line(setting->value, user);
        if (streq(setting->key, "Environment"))
                return reasons_of_environment(setting->value);
        return reasons_of_path_setting(setting, user);
}

int detect_contents_add(struct detect_contents *contents, const char *unit, const char *text, size_t size, bool user)
{
        const char *type = unit_name_type(unit);
        struct unit_file *file;
        uint64_t found = 0, interval = 0;
        int r = unit_file_parse(text, size, &file);

        if (r < 0)
                return r == -EFBIG ? 0 : r;
        for (size_t i = 0; i < unit_file_n_settings(file); i++)
                found |= reasons_of_setting(unit_file_setting(file, i), user);
        if (unit_suspicions(text, size, user) & SUSPICION_ENVIRONMENT)
                found |= REASON_BIT(REASON_LIBRARIES);
        if (gives_shell(file))
                found |= REASON_BIT(REASON_REVERSE_SHELL);
        if (type && streq(type, ".timer"))
                interval = unit_timer_interval(file);
        unit_file_free(file);
        contents->reasons |= found;
        if (interval > 0 && (contents->interval_usec == 0 || interval < contents->interval_usec))
                contents->interval_usec = interval;
        return 0;
}
