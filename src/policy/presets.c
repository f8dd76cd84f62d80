/* What systemd reads, by kind: the paths behind the zones' presets. */
#include "unitward/unit_path.h"

#include "loader.h"

static const struct preset_path system_units[] = {
        { "/etc/systemd/system", PLACE_UNITS, false },
        { "/etc/systemd/system.control", PLACE_TRANSIENT, false },
        { "/etc/systemd/system.attached", PLACE_UNITS, false },
        { "/run/systemd/system", PLACE_UNITS, false },
        { "/run/systemd/system.control", PLACE_TRANSIENT, false },
        { "/run/systemd/system.attached", PLACE_UNITS, false },
        { "/run/systemd/transient", PLACE_TRANSIENT, false },
        { "/run/systemd/generator", PLACE_GENERATED, false },
        { "/run/systemd/generator.early", PLACE_GENERATED, false },
        { "/run/systemd/generator.late", PLACE_GENERATED, false },
        { "/usr/local/lib/systemd/system", PLACE_UNITS, false },
        { "/usr/lib/systemd/system", PLACE_UNITS, false },
        { "/lib/systemd/system", PLACE_UNITS, false },
        { 0 },
};

static const struct preset_path user_units[] = {
        { "/etc/xdg/systemd/user", PLACE_UNITS, false },
        { "/etc/systemd/user", PLACE_UNITS, false },
        { "/run/systemd/user", PLACE_UNITS, false },
        { "/usr/local/share/systemd/user", PLACE_UNITS, false },
        { "/usr/share/systemd/user", PLACE_UNITS, false },
        { "/usr/local/lib/systemd/user", PLACE_UNITS, false },
        { "/usr/lib/systemd/user", PLACE_UNITS, false },
        { "/run/user/*/systemd/user", PLACE_UNITS, false },
        { "/run/user/*/systemd/user.control", PLACE_TRANSIENT, false },
        { "/run/user/*/systemd/user.attached", PLACE_UNITS, false },
        { "/run/user/*/systemd/transient", PLACE_TRANSIENT, false },
        { "/run/user/*/systemd/generator", PLACE_GENERATED, false },
        { "/run/user/*/systemd/generator.early", PLACE_GENERATED, false },
        { "/run/user/*/systemd/generator.late", PLACE_GENERATED, false },
        { 0 },
};

static const struct preset_path user_units_of_home[] = {
        { "/.config/systemd/user", PLACE_UNITS, false },
        { "/.config/systemd/user.control", PLACE_TRANSIENT, false },
        { "/.config/systemd/user.attached", PLACE_UNITS, false },
        { "/.local/share/systemd/user", PLACE_UNITS, false },
        { 0 },
};

static const struct preset_path generators[] = {
        { "/run/systemd/system-generators", PLACE_PROGRAMS, false },
        { "/etc/systemd/system-generators", PLACE_PROGRAMS, false },
        { "/usr/local/lib/systemd/system-generators", PLACE_PROGRAMS, false },
        { "/usr/lib/systemd/system-generators", PLACE_PROGRAMS, false },
        { "/lib/systemd/system-generators", PLACE_PROGRAMS, false },
        { "/run/systemd/system-environment-generators", PLACE_PROGRAMS, false },
        { "/etc/systemd/system-environment-generators", PLACE_PROGRAMS, false },
        { "/usr/local/lib/systemd/system-environment-generators", PLACE_PROGRAMS, false },
        { "/usr/lib/systemd/system-environment-generators", PLACE_PROGRAMS, false },
        { "/run/systemd/user-generators", PLACE_PROGRAMS, false },
        { "/etc/systemd/user-generators", PLACE_PROGRAMS, false },
        { "/usr/local/lib/systemd/user-generators", PLACE_PROGRAMS, false },
        { "/usr/lib/systemd/user-generators", PLACE_PROGRAMS, false },
        { "/run/systemd/user-environment-generators", PLACE_PROGRAMS, false },
        { "/etc/systemd/user-environment-generators", PLACE_PROGRAMS, false },
        { "/usr/local/lib/systemd/user-environment-generators", PLACE_PROGRAMS, false },
        { "/usr/lib/systemd/user-environment-generators", PLACE_PROGRAMS, false },
        { 0 },
};

static const struct preset_path manager_configuration[] = {
        { "/etc/systemd/system.conf", PLACE_CONFIGURATION, true },
        { "/etc/systemd/user.conf", PLACE_CONFIGURATION, true },
        { "/etc/systemd/system.conf.d", PLACE_CONFIGURATION, false },
        { "/run/systemd/system.conf.d", PLACE_CONFIGURATION, false },
        { "/usr/local/lib/systemd/system.conf.d", PLACE_CONFIGURATION, false },
        { "/usr/lib/systemd/system.conf.d", PLACE_CONFIGURATION, false },
        { "/etc/systemd/user.conf.d", PLACE_CONFIGURATION, false },
        { "/run/systemd/user.conf.d", PLACE_CONFIGURATION, false },
        { "/usr/local/lib/systemd/user.conf.d", PLACE_CONFIGURATION, false },
        { "/usr/lib/systemd/user.conf.d", PLACE_CONFIGURATION, false },
        { "/etc/systemd/system-preset", PLACE_CONFIGURATION, false },
        { "/run/systemd/system-preset", PLACE_CONFIGURATION, false },
        { "/usr/local/lib/systemd/system-preset", PLACE_CONFIGURATION, false },
        { "/usr/lib/systemd/system-preset", PLACE_CONFIGURATION, false },
        { "/lib/systemd/system-preset", PLACE_CONFIGURATION, false },
        { "/etc/systemd/user-preset", PLACE_CONFIGURATION, false },
        { "/run/systemd/user-preset", PLACE_CONFIGURATION, false },
        { "/usr/local/lib/systemd/user-preset", PLACE_CONFIGURATION, false },
        { "/usr/lib/systemd/user-preset", PLACE_CONFIGURATION, false },
        { "/usr/lib/systemd/system-shutdown", PLACE_PROGRAMS, false },
        { "/lib/systemd/system-shutdown", PLACE_PROGRAMS, false },
        { "/usr/lib/systemd/system-sleep", PLACE_PROGRAMS, false },
        { "/lib/systemd/system-sleep", PLACE_PROGRAMS, false },
        { "/etc/environment.d", PLACE_CONFIGURATION, false },
        { "/run/environment.d", PLACE_CONFIGURATION, false },
        { "/usr/local/lib/environment.d", PLACE_CONFIGURATION, false },
        { "/usr/lib/environment.d", PLACE_CONFIGURATION, false },
        { "/var/lib/systemd/linger", PLACE_CONFIGURATION, false },
        { 0 },
};

static const struct preset_path sysv[] = {
        { "/etc/init.d", PLACE_CONFIGURATION, false },
        { "/etc/rc0.d", PLACE_CONFIGURATION, false },
        { "/etc/rc1.d", PLACE_CONFIGURATION, false },
        { "/etc/rc2.d", PLACE_CONFIGURATION, false },
        { "/etc/rc3.d", PLACE_CONFIGURATION, false },
        { "/etc/rc4.d", PLACE_CONFIGURATION, false },
        { "/etc/rc5.d", PLACE_CONFIGURATION, false },
        { "/etc/rc6.d", PLACE_CONFIGURATION, false },
        { "/etc/rcS.d", PLACE_CONFIGURATION, false },
        { "/etc/rc.local", PLACE_CONFIGURATION, true },
        { "/etc/rc.d/init.d", PLACE_CONFIGURATION, false },
        { "/etc/rc.d/rc.local", PLACE_CONFIGURATION, true },
        { 0 },
};

/* Its unit and its generators lie in zones of their own kind. What is not there must not appear either. */
static const struct preset_path unitward[] = {
        { "/etc/unitward", PLACE_CONFIGURATION, false },
        { "/etc/unitward/policy.d", PLACE_CONFIGURATION, false },
        { "/var/lib/unitward", PLACE_STATE, false },
        { "/var/lib/unitward/golden", PLACE_STATE, false },
        { "/var/lib/unitward/golden/*", PLACE_STATE, false },
        { "/var/lib/unitward/quarantine", PLACE_STATE, false },
        { "/var/lib/unitward/posture", PLACE_STATE, false },
        { "/run/unitward", PLACE_STATE, false },
        { "/usr/sbin/unitwardd", PLACE_PROGRAMS, true },
        { "/usr/bin/unitward", PLACE_PROGRAMS, true },
        { "/usr/local/sbin/unitwardd", PLACE_PROGRAMS, true },
        { "/usr/local/bin/unitward", PLACE_PROGRAMS, true },
        { "/etc/polkit-1/rules.d/00-unitward.rules", PLACE_CONFIGURATION, true }, /* unitward polkit */
        { "/etc/dbus-1/system.d/unitward.conf", PLACE_CONFIGURATION, true },
        { 0 },
};

/* ---- Off as shipped, because ordinary work changes these ---------------------------------------------------- */

static const struct preset_path fstab[] = {
        { "/etc/fstab", PLACE_CONFIGURATION, true },
        { "/etc/crypttab", PLACE_CONFIGURATION, true },
        { "/etc/veritytab", PLACE_CONFIGURATION, true },
        { "/etc/integritytab", PLACE_CONFIGURATION, true },
        { 0 },
};

static const struct preset_path cron[] = {
        { "/etc/crontab", PLACE_CONFIGURATION, true },
        { "/etc/anacrontab", PLACE_CONFIGURATION, true },
        { "/etc/cron.d", PLACE_CONFIGURATION, false },
        { "/etc/cron.hourly", PLACE_CONFIGURATION, false },
        { "/etc/cron.daily", PLACE_CONFIGURATION, false },
        { "/etc/cron.weekly", PLACE_CONFIGURATION, false },
        { "/etc/cron.monthly", PLACE_CONFIGURATION, false },
        { "/etc/cron.yearly", PLACE_CONFIGURATION, false },
        { "/var/spool/cron", PLACE_CONFIGURATION, false },
        { "/var/spool/cron/crontabs", PLACE_CONFIGURATION, false },
        { 0 },
};

static const struct preset_path dbus_services[] = {
        { "/etc/dbus-1/system-services", PLACE_CONFIGURATION, false },
        { "/run/dbus-1/system-services", PLACE_CONFIGURATION, false },
        { "/usr/local/share/dbus-1/system-services", PLACE_CONFIGURATION, false },
        { "/usr/share/dbus-1/system-services", PLACE_CONFIGURATION, false },
        { "/usr/lib/dbus-1/system-services", PLACE_CONFIGURATION, false },
        { "/lib/dbus-1/system-services", PLACE_CONFIGURATION, false },
        { "/etc/dbus-1/services", PLACE_CONFIGURATION, false },
        { "/usr/local/share/dbus-1/services", PLACE_CONFIGURATION, false },
        { "/usr/share/dbus-1/services", PLACE_CONFIGURATION, false },
        { "/run/user/*/dbus-1/services", PLACE_CONFIGURATION, false },
        { 0 },
};

static const struct preset_path dbus_services_of_home[] = {
        { "/.local/share/dbus-1/services", PLACE_CONFIGURATION, false },
        { 0 },
};

static const struct preset_path udev[] = {
        { "/etc/udev/rules.d", PLACE_CONFIGURATION, false },
        { "/run/udev/rules.d", PLACE_CONFIGURATION, false },
        { "/usr/local/lib/udev/rules.d", PLACE_CONFIGURATION, false },
        { "/usr/lib/udev/rules.d", PLACE_CONFIGURATION, false },
        { "/lib/udev/rules.d", PLACE_CONFIGURATION, false },
        { 0 },
};

static const struct preset_path autostart[] = {
        { "/etc/xdg/autostart", PLACE_CONFIGURATION, false },
        { 0 },
};

static const struct preset_path autostart_of_home[] = {
        { "/.config/autostart", PLACE_CONFIGURATION, false },
        { 0 },
};

/* podman's generator makes units of these, in directories within them too. */
static const struct preset_path quadlet[] = {
        { "/etc/containers/systemd", PLACE_CONFIGURATION, false },
        { "/etc/containers/systemd/*", PLACE_CONFIGURATION, false },
        { "/etc/containers/systemd/users/*", PLACE_CONFIGURATION, false },
        { "/run/containers/systemd", PLACE_CONFIGURATION, false },
        { "/run/containers/systemd/*", PLACE_CONFIGURATION, false },
        { "/usr/share/containers/systemd", PLACE_CONFIGURATION, false },
        { "/usr/share/containers/systemd/*", PLACE_CONFIGURATION, false },
        { "/run/user/*/containers/systemd", PLACE_CONFIGURATION, false },
        { 0 },
};

static const struct preset_path quadlet_of_home[] = {
        { "/.config/containers/systemd", PLACE_CONFIGURATION, false },
        { "/.config/containers/systemd/*", PLACE_CONFIGURATION, false },
        { 0 },
};

static const struct preset_path nothing[] = { { 0 } };

const struct zone_preset zone_presets[] = {
        { .name = "system-units",
          .restore = true,
          .is_system = true,
          .search = UNIT_SCOPE_SYSTEM,
          .paths = system_units },
        { .name = "user-units", .search = UNIT_SCOPE_USER, .paths = user_units, .home_paths = user_units_of_home },
        { .name = "generators", .restore = true, .is_system = true, .search = -1, .paths = generators },
        { .name = "manager-config", .restore = true, .is_system = true, .search = -1, .paths = manager_configuration },
        { .name = "sysv", .restore = true, .is_system = true, .search = -1, .paths = sysv },
        { .name = ZONE_OWN, .restore = true, .is_system = true, .search = -1, .paths = unitward },
        { .name = "fstab", .restore = true, .is_system = true, .search = -1, .paths = fstab },
        { .name = "cron", .restore = true, .search = -1, .paths = cron },
        { .name = "dbus-services",
          .restore = true,
          .search = -1,
          .paths = dbus_services,
          .home_paths = dbus_services_of_home },
        { .name = "udev", .restore = true, .is_system = true, .search = -1, .paths = udev },
        { .name = "autostart", .restore = true, .search = -1, .paths = autostart, .home_paths = autostart_of_home },
        { .name = "quadlet", .restore = true, .search = -1, .paths = quadlet, .home_paths = quadlet_of_home },
        { .name = "parents", .is_parents = true, .search = -1, .paths = nothing },
        { 0 },
};
