/* Names that mean something: data. */
#include "unitward/glob.h"

#include "suggest_internal.h"

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

static bool is_among(const char *const *patterns, const char *name)
{
        for (; *patterns; patterns++)
                if (glob_match(*patterns, name))
                        return true;
        return false;
}

/* By their whole path: whoever calls his program dpkg is none. */
bool known_package_manager(const char *path)
{
        static const char *const paths[] = { "/usr/bin/dpkg",
                                             "/usr/bin/rpm",
                                             "/usr/bin/dnf5",
                                             "/usr/bin/microdnf",
                                             "/usr/bin/rpm-ostree",
                                             "/usr/lib/snapd/snapd",
                                             "/usr/libexec/snapd/snapd",
                                             "/usr/libexec/packagekitd",
                                             "/usr/lib/packagekit/packagekitd",
                                             NULL };

        return is_among(paths, path);
}

bool known_infrastructure(const char *path)
{
        static const char *const names[] = {
                "systemd",     "systemd-*", "init",         "sshd",        "sshd-*", "login",   "agetty",  "cron",
                "crond",       "anacron",   "atd",          "sudo",        "su",     "pkexec",  "run0",    "screen",
                "tmux*",       "gdm*",      "lightdm",      "polkitd",     "doas",   "runuser", "setpriv", "unshare",
                "dbus-daemon", "timeout",   "dbus-broker*", "containerd*", "runc",   "crun",    "nohup",   "nice",
                "setsid",      "script",    "flock",        NULL
        };

        return is_among(names, base_name(path));
}

bool known_interpreter(const char *path)
{
        static const char *const names[] = { "python*", "ruby*", NULL };

        return is_among(names, base_name(path));
}

bool known_management_unit(const char *unit)
{
        static const char *const units[] = { "puppet.service",
                                             "salt-minion.service",
                                             "chef-client*.service",
                                             "cfengine3.service",
                                             "cf-execd.service",
                                             "rudder-agent.service",
                                             "ansible-pull*.service",
                                             "unattended-upgrades.service",
                                             "packagekit.service",
                                             "snapd.service",
                                             NULL };

        return is_among(units, unit);
}

bool known_management_login(const char *login)
{
        static const char *const logins[] = { "ansible", "awx", "puppet", "salt", "chef", "rundeck", NULL };

        return is_among(logins, login);
}

bool known_scheduler_unit(const char *unit)
{
        static const char *const units[] = { "cron.service", "crond.service", "anacron.service", "atd.service", NULL };

        return is_among(units, unit);
}

bool known_session_unit(const char *unit)
{
        static const char *const units[] = { "session-*.scope", "user@*.service",
                                             "ssh.service",     "sshd.service",
                                             "ssh@*.service",   "sshd@*.service",
                                             "getty@*.service", "serial-getty@*.service",
                                             "run-*.scope",     NULL };

        return is_among(units, unit);
}
