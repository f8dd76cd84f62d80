/* systemctl's arguments, and those of its other names. */
#include "command_said.h"

#define UNKNOWN "unclear: an option is unknown here or ambiguous"
#define NO_VERB "unclear: its verb is unknown here"

static void test_verbs(void **state)
{
        static const struct saying sayings[] = {
                { "systemctl", "system list-units=read" },
                { "systemctl --user", "user list-units=read" },
                { "systemctl status", "system status=read" },
                { "systemctl status cron", "system status=read cron.service" },
                { "systemctl status 17", "system status=read ?" },
                { "systemctl show 17 cron", "system show=read cron.service ?" },
                { "systemctl check cron", "system is-active=read cron.service" },
                { "systemctl start cron ssh.socket", "system start=control cron.service ssh.socket" },
                { "systemctl start cron cron.service", "system start=control cron.service" },
                { "systemctl start nginx*", "system start=control ?" },
                { "systemctl condrestart cron", "system try-restart=control cron.service" },
                { "systemctl reload-or-restart --marked", "system reload-or-restart=control ?" },
                { "systemctl isolate rescue", "system isolate=control rescue.target" },
                { "systemctl daemon-reload", "system daemon-reload=manager" },
                { "systemctl set-environment X=1", "system set-environment=manager" },
                { "systemctl log-level", "system log-level=read" },
                { "systemctl log-level debug", "system log-level=manager" },
                { "systemctl service-log-level cron", "system service-log-level=read cron.service" },
                { "systemctl service-log-level cron debug", "system service-log-level=control cron.service" },
                { "systemctl reboot", "system reboot=power" },
                { "systemctl switch-root /new", "system switch-root=manager" },
                { "systemctl bind cron /a /b", "system bind=transient cron.service" },
                { "systemctl reset-failed", "system reset-failed=control" },
                { "systemctl frobnicate cron", NO_VERB },
                { "systemctl ", NO_VERB },
                { "systemctl -", NO_VERB },
                { "systemctl STATUS", NO_VERB },
        };

        (void)state;
        check_sayings("systemctl", sayings, ARRAY_SIZE(sayings));
}

static void test_installing(void **state)
{
        static const struct saying sayings[] = {
                { "systemctl enable evil.timer", "system enable=install evil.timer +units" },
                { "systemctl enable --now evil.timer", "system enable=install start=control evil.timer +units" },
                { "systemctl enable evil.timer --now", "system enable=install start=control evil.timer +units" },
                { "systemctl disable --now cron", "system disable=install stop=control cron.service +units" },
                { "systemctl mask --now cron", "system mask=install stop=control cron.service +units" },
                { "systemctl reenable --now cron", "system reenable=install try-restart=control cron.service +units" },
                { "systemctl unmask cron", "system unmask=install cron.service +units" },
                { "systemctl link /tmp/evil.service", "system link=install evil.service +units" },
                { "systemctl enable ./evil.service", "system enable=install evil.service +units" },
                { "systemctl enable /tmp/evil", "system enable=install ? +units" },
                { "systemctl enable /tmp/", "system enable=install ? +units" },
                { "systemctl preset cron", "system preset=install cron.service +units" },
                { "systemctl preset-all", "system preset-all=install ? +units" },
                { "systemctl set-default multi-user", "system set-default=install multi-user.target +units" },
                { "systemctl add-wants multi-user evil",
                  "system add-wants=install multi-user.target evil.service +units" },
                { "systemctl edit cron", "system edit=install cron.service +units" },
                { "systemctl revert cron", "system revert=install cron.service +units +transient" },
                { "systemctl set-property cron MemoryMax=1G CPUQuota=1%",
                  "system set-property=install cron.service +transient" },
                { "systemctl set-property --runtime cron MemoryMax=1G",
                  "system set-property=transient cron.service +transient" },
                { "systemctl enable", "system enable=install +units" },
        };

        (void)state;
        check_sayings("systemctl", sayings, ARRAY_SIZE(sayings));
}

static void test_scopes(void **state)
{
        static const struct saying sayings[] = {
                { "systemctl --user start x", "user start=control x.service" },
                { "systemctl start x --user", "user start=control x.service" },
                { "systemctl --user --system start x", "system start=control x.service" },
                { "systemctl --global enable x", "global enable=install x.service +units" },
                { "systemctl --global start x", "user start=control x.service" },
                { "systemctl --global edit x", "global edit=install x.service +units" },
                { "systemctl --global --user enable x", "user enable=install x.service +units" },
                { "systemctl --root=/srv/image enable x", "offline enable=install x.service +units" },
                { "systemctl --root /srv/image enable x", "offline enable=install x.service +units" },
                { "systemctl --image=x.raw enable x", "offline enable=install x.service +units" },
                { "systemctl --root=/srv/image --root= enable x", "system enable=install x.service +units" },
                { "systemctl --root= enable x", "system enable=install x.service +units" },
                { "systemctl --root=/ enable x", "offline enable=install x.service +units" },
                { "systemctl --root=/srv/image --global enable x", "offline enable=install x.service +units" },
                /* These have nothing to do without a manager: systemctl refuses. */
                { "systemctl --root=/srv/image start x", "system start=control x.service" },
                { "systemctl --root=/srv/image daemon-reload", "system daemon-reload=manager" },
                { "systemctl -H host start x", "remote start=control x.service" },
                { "systemctl -Hhost start x", "remote start=control x.service" },
                { "systemctl --host=host start x", "remote start=control x.service" },
                { "systemctl -M box start x", "remote start=control x.service" },
                { "systemctl -M .host start x", "system start=control x.service" },
                { "systemctl -M root@.host start x", "system start=control x.service" },
                { "systemctl -M root@ start x", "system start=control x.service" },
                { "systemctl -M u@.host --user start x", "remote start=control x.service" },
                { "systemctl --user -M .host start x", "remote start=control x.service" },
                { "systemctl -H host -M .host start x", "system start=control x.service" },
                { "systemctl -C capsule start x", "remote start=control x.service" },
                /* systemctl of Debian 12 would start the unit of the system that runs. */
                { "systemctl --root=/srv/image enable --now x",
                  "unclear: --now would be for another manager than the rest" },
                { "systemctl --global enable --now x", "unclear: --now would be for another manager than the rest" },
                { "systemctl --user enable --now x", "user enable=install start=control x.service +units" },
                /* Files are written here in spite of -H. */
                { "systemctl -H host --root=/srv/image enable x", "offline enable=install x.service +units" },
                { "systemctl -H host --global enable x", "global enable=install x.service +units" },
        };

        (void)state;
        check_sayings("systemctl", sayings, ARRAY_SIZE(sayings));
}

static void test_options(void **state)
{
        static const struct saying sayings[] = {
                { "systemctl --glo enable x", "global enable=install x.service +units" },
                { "systemctl --us start x", "user start=control x.service" },
                { "systemctl --sys --use start x", "user start=control x.service" },
                { "systemctl --now enable x", "system enable=install start=control x.service +units" },
                { "systemctl --no enable x", UNKNOWN },
                { "systemctl --r enable x", UNKNOWN },
                { "systemctl --ro /srv/image enable x", "offline enable=install x.service +units" },
                { "systemctl --roo=/srv/image enable x", "offline enable=install x.service +units" },
                { "systemctl --im=x.raw enable x", UNKNOWN },
                { "systemctl --user=yes start x", UNKNOWN },
                { "systemctl --frobnicate start x", UNKNOWN },
                { "systemctl --=x start x", UNKNOWN },
                { "systemctl -Z start x", UNKNOWN },
                { "systemctl --root", "unclear: an option lacks its argument" },
                { "systemctl start -H", "unclear: an option lacks its argument" },
                /* Arguments that look like something else. */
                { "systemctl --root --user enable x", "offline enable=install x.service +units" },
                { "systemctl -p --user start x", "system start=control x.service" },
                { "systemctl -t enable start x", "system start=control x.service" },
                { "systemctl -tenable start x", "system start=control x.service" },
                { "systemctl -alqt enable start x", "system start=control x.service" },
                { "systemctl --lines --help start x", "system start=control x.service" },
                { "systemctl -- start x", "system start=control x.service" },
                { "systemctl start -- --user x", "system start=control --user.service x.service" },
                { "systemctl start -- -.mount", "system start=control -.mount" },
                { "systemctl start -.mount", UNKNOWN },
                { "systemctl start x -- -- y", "system start=control x.service --.service y.service" },
                { "systemctl --user -- enable --global x", "user enable=install --global.service x.service +units" },
                { "systemctl start ", "system start=control ?" },
                { "systemctl start - x", "system start=control -.service x.service" },
                /* Told, and nothing is done. */
                { "systemctl enable x --help", "system help=read" },
                { "systemctl enable x --he", "system help=read" },
                { "systemctl -h enable x", "system help=read" },
                { "systemctl --version --frobnicate", "system version=read" },
                { "systemctl --frobnicate --version", UNKNOWN },
                { "systemctl enable x -- --help", "system enable=install x.service --help.service +units" },
                { "systemctl --when=show enable x", "system show-shutdown=read" },
                { "systemctl --when=cancel status", "system cancel-shutdown=power" },
                { "systemctl --when= status", "system cancel-shutdown=power" },
                { "systemctl --whe=cancel status", "system cancel-shutdown=power" },
                { "systemctl --when=+1h reboot", "system reboot=power" },
        };

        (void)state;
        check_sayings("systemctl", sayings, ARRAY_SIZE(sayings));
}

static void test_other_names(void **state)
{
        static const struct saying sayings[] = {
                { "/usr/bin/systemctl start x", "system start=control x.service" },
                { "whatever start x", "system start=control x.service" },
                { " start x", "system start=control x.service" },
                { "/sbin/halt", "system halt=power" },
                { "halt -p", "system halt=power poweroff=power" },
                { "poweroff", "system poweroff=power" },
                { "/sbin/reboot", "system reboot=power" },
                { "reboot -p", "system reboot=power poweroff=power" },
                { "reboot bootloader", "system reboot=power" },
                { "my-reboot-x enable x", "system reboot=power" },
                { "reboot/ enable x", "system reboot=power" },
                { "reboot/systemctl enable x", "system enable=install x.service +units" },
                { "shutdown now", "system poweroff=power" },
                { "shutdown -r now", "system reboot=power" },
                { "shutdown -hP now", "system poweroff=power" },
                { "shutdown -c", "system cancel-shutdown=power" },
                { "shutdown --show", "system show-shutdown=read" },
                { "shutdown --help", "system help=read" },
                { "shutdown --user", UNKNOWN },
                { "telinit 6", "system reboot=power" },
                { "telinit q", "system daemon-reload=manager" },
                { "telinit u", "system daemon-reexec=manager" },
                { "telinit 3", "system isolate=control ?" },
                { "telinit", "unclear: its verb is missing" },
                { "init enable", NO_VERB },
                { "telinit q q", "unclear: there are words that the command would not take" },
                { "runlevel", "system runlevel=read" },
                /* The newest systemctl does not know this name, and would do it. */
                { "runlevel enable x", "unclear: there are words that the command would not take" },
        };

        (void)state;
        check_sayings("systemctl", sayings, ARRAY_SIZE(sayings));
}

static void test_units(void **state)
{
        static const struct saying sayings[] = {
                { "systemctl start /", "system start=control -.mount" },
                { "systemctl start /home", "system start=control home.mount" },
                { "systemctl start //home/./x/", "system start=control home-x.mount" },
                { "systemctl start /home/a-b", "system start=control home-a\\x2db.mount" },
                { "systemctl start /.hidden/.x", "system start=control \\x2ehidden-.x.mount" },
                { "systemctl start /dev/sda", "system start=control dev-sda.device" },
                { "systemctl start /sys/devices/x", "system start=control sys-devices-x.device" },
                { "systemctl start /dev", "system start=control dev.mount" },
                { "systemctl start /a/../b", "system start=control -a-..-b.service" },
                { "systemctl start a/b", "system start=control a-b.service" },
                { "systemctl start a~b", "system start=control a\\x7eb.service" },
                { "systemctl start \xc3\xa9.timer", "system start=control \\xc3\\xa9.timer" },
                { "systemctl start x.timer/", "system start=control x.timer-.service" },
                { "systemctl start a@b", "system start=control a@b.service" },
                { "systemctl start x.SERVICE", "system start=control x.SERVICE.service" },
                { "systemctl start x.conf", "system start=control x.conf.service" },
                { "systemctl start .service", "system start=control ?" },
                { "systemctl start @x.service", "system start=control ?" },
                { "systemctl start x[ab]", "system start=control ?" },
        };

        (void)state;
        check_sayings("systemctl", sayings, ARRAY_SIZE(sayings));
}

static void test_bounds(void **state)
{
        static char unit[8 + 400], *argv[COMMAND_ARGUMENTS_MAX + 2];
        static char command[] = "systemctl", verb[] = "start", x[] = "x";
        struct command_request request;
        char many[1024] = "systemctl start";
        int argc = 0;

        (void)state;
        for (int i = 0; i < COMMAND_UNITS_MAX; i++)
                (void)snprintf(many + strlen(many), sizeof many - strlen(many), " u%d", i);
        assert_null(strchr(understood("systemctl", many, ""), '?'));
        strcat(many, " one-more");
        assert_non_null(strchr(understood("systemctl", many, ""), '?'));

        argv[argc++] = command;
        argv[argc++] = verb;
        memset(unit, 'a', sizeof unit - 1);
        argv[argc++] = unit;
        command_parse(command_preset_find("systemctl"), argc, argv, NULL, &request);
        assert_string_equal(said(&request), "system start=control ?");
        memset(unit, '-', sizeof unit - 1);
        unit[0] = '/';
        unit[100] = '\0';
        command_parse(command_preset_find("systemctl"), argc, argv, NULL, &request);
        assert_string_equal(said(&request), "system start=control ?");

        while (argc <= COMMAND_ARGUMENTS_MAX)
                argv[argc++] = x;
        command_parse(command_preset_find("systemctl"), argc, argv, NULL, &request);
        assert_string_equal(said(&request), "unclear: it has too many arguments");
        argv[0] = NULL;
        command_parse(command_preset_find("systemctl"), 0, argv, NULL, &request);
        assert_true(request.unclear);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_verbs),   cmocka_unit_test(test_installing),  cmocka_unit_test(test_scopes),
                cmocka_unit_test(test_options), cmocka_unit_test(test_other_names), cmocka_unit_test(test_units),
                cmocka_unit_test(test_bounds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
