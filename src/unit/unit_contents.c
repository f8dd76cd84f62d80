/* What a whole unit file makes systemd do. */
#include "unit_internal.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

/* ---- Commands, and as whom ----------------------------------------------------------------------------- */

/* What the unit mainly runs; without ExecStart the first that it runs at all. */
struct commands {
        const char *text; /* NULL: it runs nothing */
        size_t length;
        bool full_privileges;
        bool is_main;
        size_t n;
};

static void commands_add(struct commands *commands, const char *line, bool is_main)
{
        struct exec_command command;

        while (exec_command_next(&line, &command) > 0) {
                if (!commands->text || (is_main && !commands->is_main)) {
                        commands->text = command.text;
                        commands->length = command.length;
                        commands->full_privileges = command.full_privileges;
                        commands->is_main = is_main;
                }
                commands->n++;
                exec_command_done(&command);
        }
}

/* An empty value takes the earlier ones of its key away. */
static struct commands commands_of(const struct unit_file *file)
{
        size_t resets[N_EXEC_KEYS] = { 0 };
        struct commands commands = { 0 };

        for (size_t i = 0; i < unit_file_n_settings(file); i++) {
                const struct unit_setting *setting = unit_file_setting(file, i);
                int key = unit_exec_key(setting->key);

                if (key >= 0 && !*setting->value)
                        resets[key] = i;
        }
        for (size_t i = 0; i < unit_file_n_settings(file); i++) {
                const struct unit_setting *setting = unit_file_setting(file, i);
                int key = unit_exec_key(setting->key);

                if (key >= 0 && i >= resets[key] && streq(setting->section, "Service"))
                        commands_add(&commands, setting->value, key == EXEC_START);
        }
        return commands;
}

static void put_commands(FILE *stream, const struct commands *commands)
{
        put_text(stream, commands->text, commands->length);
        if (commands->n > 1)
                (void)fprintf(stream, " and %zu more command%s", commands->n - 1, commands->n > 2 ? "s" : "");
}

static void put_identity(FILE *stream, const struct unit_file *service, bool full_privileges, bool user)
{
        const char *name = unit_file_value(service, "Service", "User");
        const char *dynamic = unit_file_value(service, "Service", "DynamicUser");

        (void)fputs(" as ", stream);
        if (user)
                (void)fputs("the user", stream);
        else if (full_privileges)
                (void)fputs("root", stream);
        else if (name && *name)
                put_value(stream, name);
        else
                (void)fputs(dynamic && unit_is_true(dynamic) ? "a user of its own" : "root", stream);
}

/* ---- Services ------------------------------------------------------------------------------------------- */

static bool is_template(const char *unit)
{
        const char *at = strchr(unit, '@');

        return at && at[1] == '.';
}

/* When it is enabled; nothing is known of that here. */
static void put_install(FILE *stream, const struct unit_file *file, bool user)
{
        const char *wanted = unit_file_value(file, "Install", "WantedBy");
        char target[UNIT_NAME_MAX];
        const char *occasion;

        if (!wanted)
                wanted = unit_file_value(file, "Install", "RequiredBy");
        if (!wanted || strcspn(wanted, " \t") >= sizeof target)
                return;
        (void)string_copy(target, strcspn(wanted, " \t") + 1, wanted);
        occasion = unit_occasion_of_target(target, user);
        if (occasion)
                (void)fprintf(stream, ", %s once it is enabled", occasion);
}

static void put_service(FILE *stream, const struct unit_change *change, const struct unit_file *file)
{
        struct commands commands = commands_of(file);
        const char *restart = unit_file_value(file, "Service", "Restart");
        bool user = unit_is_users(change->path);

        if (!commands.text) {
                put_verb(stream, change, "adds");
                (void)fprintf(stream, " %s, which runs nothing itself", change->unit);
                return;
        }
        (void)fputs("runs ", stream);
        put_commands(stream, &commands);
        put_identity(stream, file, commands.full_privileges, user);
        (void)fprintf(stream, " when %s%s starts", is_template(change->unit) ? "an instance of " : "", change->unit);
        if (restart && streq(restart, "always"))
                (void)fputs(" and again whenever it ends", stream);
        put_install(stream, file, user);
}

/* ---- What starts something else ------------------------------------------------------------------------- */

static const struct {
        const char *type, *section, *key;
} activators[] = {
        { ".timer", "Timer", "Unit" },
        { ".path", "Path", "Unit" },
        { ".socket", "Socket", "Service" },
};

static bool activated_name(const struct unit_file *file, const char *unit, char ret[static UNIT_NAME_MAX])
{
        const char *type = unit_name_type(unit), *named = NULL;
        bool accepts = false;
        char name[UNIT_NAME_MAX + sizeof "@.service"];
        size_t i = 0;

        while (type && i < ARRAY_SIZE(activators) && !streq(activators[i].type, type))
                i++;
        if (!type || i == ARRAY_SIZE(activators))
                return false;
        if (file) {
                const char *accept = unit_file_value(file, "Socket", "Accept");

                named = unit_file_value(file, activators[i].section, activators[i].key);
                accepts = streq(type, ".socket") && accept && unit_is_true(accept);
        }
        if (named && unit_name_is_valid(named) && !accepts)
                return string_copy(ret, UNIT_NAME_MAX, named);
        (void)snprintf(name, sizeof name, "%.*s%s.service", (int)(strlen(unit) - strlen(type)), unit,
                       accepts && !strchr(unit, '@') ? "@" : "");
        return string_copy(ret, UNIT_NAME_MAX, name);
}

bool unit_activates(const char *unit, const char *text, size_t size, char ret[static UNIT_NAME_MAX])
{
        struct unit_file *file = NULL;
        bool found;

        if (text && unit_file_parse(text, size, &file) < 0)
                file = NULL;
        found = activated_name(file, unit, ret);
        unit_file_free(file);
        return found;
}

static void put_activator(FILE *stream, const struct unit_change *change, const struct unit_file *file)
{
        struct unit_file *service = NULL;
        struct commands commands = { 0 };
        char name[UNIT_NAME_MAX];

        (void)activated_name(file, change->unit, name);
        if (change->service && unit_file_parse(change->service, change->service_size, &service) == 0)
                commands = commands_of(service);
        (void)fputs("starts ", stream);
        if (commands.text)
                put_commands(stream, &commands);
        else
                (void)fputs(name, stream);
        (void)fputc(' ', stream);
        if (!put_occasion(stream, file, unit_name_type(change->unit)))
                (void)fprintf(stream, "when %s says so, which it nowhere does", change->unit);
        if (commands.text)
                put_identity(stream, service, commands.full_privileges, unit_is_users(change->path));
        unit_file_free(service);
}

/* ---- The other types ------------------------------------------------------------------------------------ */

static void put_setting(FILE *stream, const struct unit_file *file, const char *section, const char *key)
{
        const char *value = unit_file_value(file, section, key);

        put_value(stream, value && *value ? value : "something");
}

static void put_mount(FILE *stream, const struct unit_change *change, const struct unit_file *file)
{
        (void)change;
        (void)fputs("mounts ", stream);
        put_setting(stream, file, "Mount", "What");
        (void)fputs(" on ", stream);
        put_setting(stream, file, "Mount", "Where");
}

static void put_automount(FILE *stream, const struct unit_change *change, const struct unit_file *file)
{
        (void)change;
        (void)fputs("mounts something on ", stream);
        put_setting(stream, file, "Automount", "Where");
        (void)fputs(" when it is first used", stream);
}

static void put_swap(FILE *stream, const struct unit_change *change, const struct unit_file *file)
{
        (void)change;
        (void)fputs("swaps to ", stream);
        put_setting(stream, file, "Swap", "What");
}

/* A target does nothing but start others. */
static void put_other(FILE *stream, const struct unit_change *change, const struct unit_file *file)
{
        const char *wants = unit_file_value(file, "Unit", "Wants");

        if (!wants || !*wants)
                wants = unit_file_value(file, "Unit", "Requires");
        put_verb(stream, change, "adds");
        (void)fprintf(stream, " the %s %s", unit_name_type(change->unit) + 1, change->unit);
        if (wants && *wants) {
                (void)fputs(", which starts ", stream);
                put_value(stream, wants);
        }
}

static const struct {
        const char *type;
        void (*put)(FILE *stream, const struct unit_change *change, const struct unit_file *file);
} types[] = {
        { ".service", put_service }, { ".timer", put_activator }, { ".socket", put_activator },
        { ".path", put_activator },  { ".mount", put_mount },     { ".automount", put_automount },
        { ".swap", put_swap },
};

void put_contents(FILE *stream, const struct unit_change *change, const struct unit_file *after)
{
        const char *type = unit_name_type(change->unit);

        for (size_t i = 0; i < ARRAY_SIZE(types); i++)
                if (streq(types[i].type, type)) {
                        types[i].put(stream, change, after);
                        return;
                }
        put_other(stream, change, after);
}
