/* The other commands' arguments, what the environment does to all of them, and what a rule can say. */
#include "command_said.h"

#define UNKNOWN "unclear: an option is unknown here or ambiguous"

static void test_systemd_run(void **state)
{
        static const struct saying sayings[] = {
                { "systemd-run true", "system service=transient +transient" },
                { "systemd-run --user true", "user service=transient +transient" },
                { "systemd-run --scope true", "system scope=transient +transient" },
                { "systemd-run --on-calendar=daily true", "system timer=transient +transient" },
                { "systemd-run --on-cal daily --unit=x true", "system timer=transient x.timer x.service +transient" },
                { "systemd-run --on-active 5 -u x.service", "system timer=transient x.service x.timer +transient" },
                { "systemd-run --on-active 5 -u x.timer", "system timer=transient x.timer x.service +transient" },
                { "systemd-run --timer-property=OnCalendar=daily true", "system timer=transient +transient" },
                { "systemd-run --path-property=PathExists=/x -ux true",
                  "system path=transient x.path x.service +transient" },
                { "systemd-run --socket-property=ListenStream=1 -ux true",
                  "system socket=transient x.socket x.service +transient" },
                { "systemd-run -u x* true", "system service=transient ? +transient" },
                { "systemd-run --scope -u x true", "system scope=transient x.scope +transient" },
                { "systemd-run --unit x.timer y", "unclear: --unit names a unit of another type" },
                { "systemd-run --on-active=5 --unit x.mount y", "unclear: --unit names a unit of another type" },
                { "systemd-run --scope --unit x.service y", "unclear: --unit names a unit of another type" },
                { "systemd-run --unit x y", "system service=transient x.service +transient" },
                { "systemd-run --scope --on-active=5 true", "system scope=transient timer=transient +transient" },
                { "systemd-run --on-active=5 --path-property=x --socket-property=x --scope true",
                  "system timer=transient path=transient socket=transient scope=transient +transient" },
                /* What follows the first word belongs to the program. */
                { "systemd-run true --user --on-active=5", "system service=transient +transient" },
                { "systemd-run -- --user", "system service=transient +transient" },
                { "systemd-run true --help", "system service=transient +transient" },
                { "systemd-run --help true", "system help=read" },
                { "systemd-run --on true", UNKNOWN },
                { "systemd-run --uid=0 --tty true", "system service=transient +transient" },
                { "systemd-run --t true", UNKNOWN },
                { "systemd-run -M .host --user true", "remote service=transient +transient" },
                { "run0 --user=root id --help", "system service=transient +transient" },
                { "run0 --unit x id", "system service=transient x.service +transient" },
                { "run0 --on-active=5 id", UNKNOWN },
        };

        (void)state;
        check_sayings("systemd-run", sayings, ARRAY_SIZE(sayings));
}

static void test_others(void **state)
{
        static const struct {
                const char *preset;
                struct saying saying;
        } cases[] = {
                { "busctl", { "busctl", "system list=read" } },
                { "busctl", { "busctl --user tree", "user tree=read" } },
                { "busctl", { "busctl get-property a b c d", "system get-property=read" } },
                { "busctl", { "busctl call a b c d", "system call=install ? +units +transient +linger" } },
                { "busctl",
                  { "busctl --address=unix:path=/run/systemd/private call a b c d",
                    "unclear: its address may lead to any manager" } },
                { "busctl", { "busctl --address=unix:path=/x list", "system list=read" } },
                { "busctl", { "busctl -j list", "system list=read" } },
                { "loginctl", { "loginctl", "system list-sessions=read" } },
                { "loginctl", { "loginctl enable-linger me", "system enable-linger=install +linger" } },
                { "loginctl", { "loginctl terminate-user me", "system terminate-user=control" } },
                { "loginctl", { "loginctl -H box enable-linger", "remote enable-linger=install +linger" } },
                { "portablectl", { "portablectl list", "system list=read" } },
                { "portablectl", { "portablectl attach --now --enable x.raw", "system attach=install ? +units" } },
                { "systemd-sysext", { "systemd-sysext", "system status=read" } },
                { "systemd-sysext", { "systemd-confext merge", "system merge=control ?" } },
                { "systemd-sysext", { "systemd-sysext --root=/x merge", "offline merge=control ?" } },
                { "systemd-stdio-bridge",
                  { "systemd-stdio-bridge", "system bridge=install ? +units +transient +linger" } },
                { "systemd-stdio-bridge",
                  { "systemd-stdio-bridge --user", "user bridge=install ? +units +transient +linger" } },
                { "systemd-stdio-bridge",
                  { "systemd-stdio-bridge -punix:path=/run/systemd/private",
                    "unclear: its address may lead to any manager" } },
                { "systemd-stdio-bridge",
                  { "systemd-stdio-bridge -punix:path=/run/user/1000/bus",
                    "user bridge=install ? +units +transient +linger" } },
                { "systemd-stdio-bridge",
                  { "systemd-stdio-bridge -punix:path=/run/user/1000/bus --system",
                    "system bridge=install ? +units +transient +linger" } },
                { "systemd-stdio-bridge",
                  { "systemd-stdio-bridge -p unix:path=/run/user/1000/bus;unix:path=/run/systemd/private",
                    "unclear: its address may lead to any manager" } },
                { "systemd-stdio-bridge",
                  { "systemd-stdio-bridge -M box", "remote bridge=install ? +units +transient +linger" } },
                { "systemd-stdio-bridge", { "systemd-stdio-bridge --version", "system version=read" } },
                { "at", { "at now", "user install=install" } },
                { "at", { "at -l", "user list=read" } },
                { "at", { "/usr/bin/atq", "user list=read" } },
                { "at", { "atq -l", UNKNOWN } },
                { "at", { "atqq", "user install=install" } },
                { "at", { "at -c 5", "user show=read" } },
                { "at", { "at -lr 5", "user list=read remove=install" } },
                { "at", { "atrm 5", "user remove=install" } },
                { "at", { "at -V now", "user version=read" } },
                { "at", { "at --help", UNKNOWN } },
                { "at", { "at -f -l now", "user install=install" } },
                { "crontab", { "crontab -l", "user list=read" } },
                { "crontab", { "crontab -u root -l", "remote list=read" } },
                { "crontab", { "crontab -e", "user edit=install" } },
                { "crontab", { "crontab -r", "user remove=install" } },
                { "crontab", { "crontab -", "user install=install" } },
                { "crontab", { "crontab", "user install=install" } },
                { "crontab", { "crontab -u-l file", "remote install=install" } },
                { "crontab", { "crontab -h", "user help=read" } },
                { "crontab", { "crontab -c -l", UNKNOWN } },
                { "crontab", { "crontab -T file", "user test=read" } },
                { "backupctl", { "backupctl", "system =control ?" } },
                { "backupctl", { "backupctl --fast run", "system run=control ?" } },
                { "backupctl", { "backupctl -- -run x", "system -run=control ?" } },
                { "backupctl", { "backupctl --", "system =control ?" } },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                check_sayings(cases[i].preset, &cases[i].saying, 1);
}

static void test_environment(void **state)
{
        static const struct {
                const char *environment, *line, *said;
        } cases[] = {
                { "HOME=/root PAGER=evil SYSTEMD_LOG_LEVEL=debug", "systemctl status", "system status=read" },
                { "LD_PRELOAD=/tmp/x.so", "systemctl status", "unclear: LD_PRELOAD is set" },
                { "LD_PRELOAD=", "systemctl status", "system status=read" },
                { "LD_PRELOAD", "systemctl status", "system status=read" },
                { "LD_BIND_NOW=1", "systemctl status", "system status=read" },
                { "A=B LD_DEBUG_OUTPUT=/x", "systemctl status",
                  "unclear: a variable of the dynamic linker (LD_...) is set" },
                { "LD_PRELOAD= LD_PRELOAD=x", "systemctl status", "unclear: LD_PRELOAD is set" },
                { "GCONV_PATH=/tmp", "systemctl --help", "unclear: GCONV_PATH is set" },
                { "LANG=de_DE.UTF-8 LC_ALL=C", "systemctl status", "system status=read" },
                { "LANG=/tmp/evil", "systemctl status", "unclear: LANG leads to a directory" },
                { "LC_ALL=/tmp/evil", "systemctl status",
                  "unclear: a variable of the locale (LC_...) leads to a directory" },
                { "SYSTEMD_UNIT_PATH=/tmp:", "systemctl status", "system status=read" },
                { "SYSTEMD_UNIT_PATH=/tmp:", "systemctl start x", "unclear: SYSTEMD_UNIT_PATH is set" },
                { "SYSTEMCTL_INSTALL_CLIENT_SIDE=1", "systemctl enable x", "offline enable=install x.service +units" },
                { "SYSTEMCTL_INSTALL_CLIENT_SIDE=True", "systemctl --user enable x",
                  "offline enable=install x.service +units" },
                { "SYSTEMCTL_INSTALL_CLIENT_SIDE=1", "systemctl start x", "system start=control x.service" },
                { "SYSTEMCTL_INSTALL_CLIENT_SIDE=0", "systemctl enable x", "system enable=install x.service +units" },
                { "SYSTEMCTL_INSTALL_CLIENT_SIDE=0 SYSTEMCTL_INSTALL_CLIENT_SIDE=1", "systemctl enable x",
                  "system enable=install x.service +units" },
                { "SYSTEMCTL_INSTALL_CLIENT_SIDE=maybe", "systemctl enable x",
                  "unclear: SYSTEMCTL_INSTALL_CLIENT_SIDE is neither true nor false" },
                { "SYSTEMCTL_INSTALL_CLIENT_SIDE=", "systemctl enable x",
                  "unclear: SYSTEMCTL_INSTALL_CLIENT_SIDE is neither true nor false" },
                { "SYSTEMCTL_INSTALL_CLIENT_SIDE=maybe", "systemctl status", "system status=read" },
                { "SYSTEMD_OFFLINE=yes", "systemctl enable x", "offline enable=install x.service +units" },
                { "SYSTEMD_IN_CHROOT=1", "systemctl enable x", "unclear: SYSTEMD_IN_CHROOT is set" },
                { "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/tmp/x", "systemctl start x",
                  "unclear: DBUS_SYSTEM_BUS_ADDRESS may lead to another bus" },
                { "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/tmp/x", "systemctl --user start x",
                  "user start=control x.service" },
                { "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/dbus/system_bus_socket", "systemctl start x",
                  "system start=control x.service" },
                { "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus XDG_RUNTIME_DIR=/run/user/1000",
                  "systemctl --user start x", "user start=control x.service" },
                { "DBUS_SESSION_BUS_ADDRESS=unix:abstract=/tmp/dbus-x,guid=1", "systemctl --user start x",
                  "user start=control x.service" },
                { "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/dbus/system_bus_socket", "systemctl --user start x",
                  "unclear: DBUS_SESSION_BUS_ADDRESS may lead to another bus" },
                { "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus;unix:path=/run/dbus/system_bus_socket",
                  "systemctl --user start x", "unclear: DBUS_SESSION_BUS_ADDRESS may lead to another bus" },
                { "XDG_RUNTIME_DIR=/run", "systemctl --user start x",
                  "unclear: XDG_RUNTIME_DIR may lead to another manager" },
                { "XDG_RUNTIME_DIR=/run/user/1000/../..", "systemctl --user start x",
                  "unclear: XDG_RUNTIME_DIR may lead to another manager" },
                { "XDG_RUNTIME_DIR=/run", "systemctl start x", "system start=control x.service" },
                { "EDITOR=/tmp/evil;x", "systemctl start x", "system start=control x.service" },
                { "EDITOR=/usr/bin/vim", "systemctl edit x", "system edit=install x.service +units" },
                { "SYSTEMD_EDITOR=x$IFS-c", "systemctl edit x", "unclear: SYSTEMD_EDITOR is no plain program" },
                /* The first word ends the options then; newer versions do not care, so that both have to agree. */
                { "POSIXLY_CORRECT=", "systemctl --user enable x", "user enable=install x.service +units" },
                { "POSIXLY_CORRECT=1", "systemctl status -- --root=/x",
                  "unclear: POSIXLY_CORRECT is set and options follow other words" },
                { "POSIXLY_CORRECT=1", "systemctl -- status x", "system status=read x.service" },
                { "POSIXLY_CORRECT=1", "systemctl enable x --help",
                  "unclear: POSIXLY_CORRECT is set and options follow other words" },
                { "POSIXLY_CORRECT=1", "systemctl enable --user x",
                  "unclear: POSIXLY_CORRECT is set and options follow other words" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const char *is = understood("systemctl", cases[i].line, cases[i].environment);

                if (!streq(is, cases[i].said))
                        fail_msg("%s %s\nshould be \"%s\"\nbut is    \"%s\"", cases[i].environment, cases[i].line,
                                 cases[i].said, is);
        }
        assert_string_equal(understood("crontab", "crontab -e", "VISUAL=x&y"), "unclear: VISUAL is no plain program");
        assert_string_equal(understood("backupctl", "backupctl x", "LD_AUDIT=x"), "unclear: LD_AUDIT is set");
}

/* Ours must not decide how somebody else's arguments are read. */
static void test_own_environment(void **state)
{
        (void)state;
        assert_int_equal(setenv("POSIXLY_CORRECT", "1", true), 0);
        assert_string_equal(understood("systemctl", "systemctl enable x --user", ""),
                            "user enable=install x.service +units");
        assert_int_equal(unsetenv("POSIXLY_CORRECT"), 0);
}

static void test_presets(void **state)
{
        static const struct {
                const char *preset, *pattern;
                bool has;
        } cases[] = {
                { "systemctl", "@read", true },        { "systemctl", "@transient", true },
                { "systemctl", "enable", true },       { "systemctl", "list-*", true },
                { "systemctl", "@write", false },      { "systemctl", "enabel", false },
                { "systemctl", "condrestart", false }, { "systemd-run", "timer", true },
                { "systemd-run", "@power", false },    { "loginctl", "enable-linger", true },
                { "crontab", "edit", true },           { "systemctl", "runlevel", true },
                { "systemctl", "cancel-*", true },     { "at", "*", true },
        };
        size_t n = 0;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                if (command_preset_has_verb(command_preset_find(cases[i].preset), cases[i].pattern) != cases[i].has)
                        fail_msg("%s %s", cases[i].preset, cases[i].pattern);
        for (; command_preset_at(n); n++) {
                const struct command_preset *preset = command_preset_at(n);

                assert_ptr_equal(command_preset_find(command_preset_name(preset)), preset);
                for (const char *const *path = command_preset_programs(preset); *path; path++)
                        assert_int_equal(**path, '/');
                assert_true(command_preset_has_verb(preset, "*"));
        }
        assert_int_equal(n, 9);
        assert_null(command_preset_find("machinectl"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_systemd_run), cmocka_unit_test(test_others),
                cmocka_unit_test(test_environment), cmocka_unit_test(test_own_environment),
                cmocka_unit_test(test_presets),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
