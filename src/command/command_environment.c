/* Variables that change what a command does. What only changes how it looks, or which program of the caller's own
 * choice runs as the caller (a pager, ssh), is not here: that program is not the command, and gains nothing by it. */
#include <strings.h>

#include "command_internal.h"
#include "unitward/util.h"

enum matters {
        MATTERS_ALWAYS, /* code of the caller's choice runs inside the program */
        MATTERS_CHANGING,
        MATTERS_SYSTEM,
        MATTERS_USER,
        MATTERS_EDITING,
};

static int boolean(const char *value)
{
        static const char *const words[][6] = {
                { "0", "no", "n", "false", "f", "off" },
                { "1", "yes", "y", "true", "t", "on" },
        };

        for (int truth = 0; truth < 2; truth++)
                for (size_t i = 0; i < ARRAY_SIZE(words[truth]); i++)
                        if (strcasecmp(value, words[truth][i]) == 0)
                                return truth;
        return -EINVAL;
}

static bool is_empty(const char *value)
{
        return !*value;
}

/* The C library takes the name of a locale that has a slash for where its files are. */
static bool is_no_path(const char *value)
{
        return !strchr(value, '/');
}

static bool is_false(const char *value)
{
        return boolean(value) == 0;
}

static bool is_boolean(const char *value)
{
        return boolean(value) >= 0;
}

/* PREFIX/UID and then the rest, with or without a slash at its end: what pam_systemd sets. Another directory may be
 * that of another manager: the system's own has its socket at the same place below /run. */
static bool is_below_run_user(const char *value, const char *prefix, const char *rest)
{
        size_t digits;

        if (!starts_with(value, prefix))
                return false;
        value += strlen(prefix);
        digits = strspn(value, "0123456789");
        return digits > 0 && streq(value + digits, rest);
}

static bool is_runtime_directory(const char *value)
{
        return is_empty(value) || is_below_run_user(value, "/run/user/", "") ||
               is_below_run_user(value, "/run/user/", "/");
}

bool command_is_users_bus(const char *address)
{
        return is_below_run_user(address, "unix:path=/run/user/", "/bus");
}

/* Abstract sockets are what dbus-launch makes: no manager listens there. */
static bool is_session_bus(const char *value)
{
        char address[64];
        size_t length = strcspn(value, ",");

        if (is_empty(value) || (starts_with(value, "unix:abstract=/tmp/dbus-") && !strchr(value, ';')))
                return true;
        if (length >= sizeof address || strchr(value, ';'))
                return false;
        memcpy(address, value, length);
        address[length] = '\0';
        return command_is_users_bus(address);
}

static bool is_system_bus(const char *value)
{
        return is_empty(value) || streq(value, "unix:path=/run/dbus/system_bus_socket") ||
               streq(value, "unix:path=/var/run/dbus/system_bus_socket");
}

/* A program and its options, as in EDITOR="vim -u NONE": nothing that a shell, which crontab asks, would make more of.
 * The editor runs as whoever may edit, and what it writes elsewhere is its own doing. */
static bool is_plain_editor(const char *value)
{
        return value[strspn(value, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/._+- ")] == '\0';
}

/* A name that ends with '*' is all that begin so. */
static const struct {
        const char *name;
        enum matters matters;
        bool (*is_harmless)(const char *value);
        const char *why;
} variables[] = {
        { "LD_BIND_NOW", MATTERS_ALWAYS, is_boolean, "LD_BIND_NOW is set" },
        { "LD_PRELOAD", MATTERS_ALWAYS, is_empty, "LD_PRELOAD is set" },
        { "LD_LIBRARY_PATH", MATTERS_ALWAYS, is_empty, "LD_LIBRARY_PATH is set" },
        { "LD_AUDIT", MATTERS_ALWAYS, is_empty, "LD_AUDIT is set" },
        { "LD_*", MATTERS_ALWAYS, is_empty, "a variable of the dynamic linker (LD_...) is set" },
        { "GLIBC_TUNABLES", MATTERS_ALWAYS, is_empty, "GLIBC_TUNABLES is set" },
        { "GCONV_PATH", MATTERS_ALWAYS, is_empty, "GCONV_PATH is set" },
        { "LANG", MATTERS_ALWAYS, is_no_path, "LANG leads to a directory" },
        { "LC_*", MATTERS_ALWAYS, is_no_path, "a variable of the locale (LC_...) leads to a directory" },
        { "LOCPATH", MATTERS_ALWAYS, is_empty, "LOCPATH is set" },
        { "MALLOC_TRACE", MATTERS_ALWAYS, is_empty, "MALLOC_TRACE is set" },
        { "OPENSSL_CONF", MATTERS_ALWAYS, is_empty, "OPENSSL_CONF is set" },
        { "OPENSSL_ENGINES", MATTERS_ALWAYS, is_empty, "OPENSSL_ENGINES is set" },
        { "OPENSSL_MODULES", MATTERS_ALWAYS, is_empty, "OPENSSL_MODULES is set" },
        { "SYSTEMD_CRYPTSETUP_TOKEN_PATH", MATTERS_ALWAYS, is_empty, "SYSTEMD_CRYPTSETUP_TOKEN_PATH is set" },
        { "SYSTEMD_UNIT_PATH", MATTERS_CHANGING, is_empty, "SYSTEMD_UNIT_PATH is set" },
        { "SYSTEMD_SYSVINIT_PATH", MATTERS_CHANGING, is_empty, "SYSTEMD_SYSVINIT_PATH is set" },
        { "SYSTEMD_SYSVRCND_PATH", MATTERS_CHANGING, is_empty, "SYSTEMD_SYSVRCND_PATH is set" },
        { "SYSTEMD_SYSEXT_HIERARCHIES", MATTERS_CHANGING, is_empty, "SYSTEMD_SYSEXT_HIERARCHIES is set" },
        { "SYSTEMD_CONFEXT_HIERARCHIES", MATTERS_CHANGING, is_empty, "SYSTEMD_CONFEXT_HIERARCHIES is set" },
        { "SYSTEMD_IN_CHROOT", MATTERS_CHANGING, is_false, "SYSTEMD_IN_CHROOT is set" },
        { "SYSTEMCTL_INSTALL_CLIENT_SIDE", MATTERS_CHANGING, is_boolean,
          "SYSTEMCTL_INSTALL_CLIENT_SIDE is neither true nor false" },
        { "SYSTEMD_OFFLINE", MATTERS_CHANGING, is_boolean, "SYSTEMD_OFFLINE is neither true nor false" },
        { "DBUS_SYSTEM_BUS_ADDRESS", MATTERS_SYSTEM, is_system_bus, "DBUS_SYSTEM_BUS_ADDRESS may lead to another bus" },
        { "DBUS_SESSION_BUS_ADDRESS", MATTERS_USER, is_session_bus,
          "DBUS_SESSION_BUS_ADDRESS may lead to another bus" },
        { "XDG_RUNTIME_DIR", MATTERS_USER, is_runtime_directory, "XDG_RUNTIME_DIR may lead to another manager" },
        { "SYSTEMD_EDITOR", MATTERS_EDITING, is_plain_editor, "SYSTEMD_EDITOR is no plain program" },
        { "VISUAL", MATTERS_EDITING, is_plain_editor, "VISUAL is no plain program" },
        { "EDITOR", MATTERS_EDITING, is_plain_editor, "EDITOR is no plain program" },
};

/* The value if the variable is of this name, or NULL. */
static const char *value_of(const char *variable, const char *name)
{
        size_t length = strlen(name);

        if (name[length - 1] == '*') {
                const char *equals = strchr(variable, '=');

                return strncmp(variable, name, length - 1) == 0 && equals ? equals + 1 : NULL;
        }
        return strncmp(variable, name, length) == 0 && variable[length] == '=' ? variable + length + 1 : NULL;
}

static void judge(const char *variable, struct command_environment *ret)
{
        const char **why[] = {
                [MATTERS_ALWAYS] = &ret->why,          [MATTERS_CHANGING] = &ret->why_changing,
                [MATTERS_SYSTEM] = &ret->why_system,   [MATTERS_USER] = &ret->why_user,
                [MATTERS_EDITING] = &ret->why_editing,
        };

        for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
                const char *value = value_of(variable, variables[i].name);

                if (!value)
                        continue;
                if (!variables[i].is_harmless(value) && !*why[variables[i].matters])
                        *why[variables[i].matters] = variables[i].why;
                return;
        }
}

/* Programs take the first of several variables of one name. */
static bool is_true(char *const *envp, const char *name)
{
        for (; *envp; envp++) {
                const char *value = value_of(*envp, name);

                if (value)
                        return boolean(value) == 1;
        }
        return false;
}

void command_environment_read(char *const *envp, struct command_environment *ret)
{
        *ret = (struct command_environment){ 0 };
        if (!envp)
                return;
        for (char *const *variable = envp; *variable; variable++) {
                if (value_of(*variable, "POSIXLY_CORRECT"))
                        ret->posixly_correct = true;
                judge(*variable, ret);
        }
        ret->offline = is_true(envp, "SYSTEMCTL_INSTALL_CLIENT_SIDE") || is_true(envp, "SYSTEMD_OFFLINE");
}
