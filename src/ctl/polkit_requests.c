/* What systemd asks polkit about, and for which of its methods; seen with systemd 252 and 257.
 *
 * With the job methods it tells polkit verb and unit, with the others nothing; StartTransientUnit says "start" and its
 * unit since 257, nothing in 252. What polkit cannot tell apart the bus can: a method is kept from everybody whom the
 * policy never permits what it does, and polkit's rules then need not reckon with it. */
#include "polkit.h"

#define MANAGER "org.freedesktop.systemd1.Manager"
#define UNIT "org.freedesktop.systemd1.Unit"
#define SERVICE "org.freedesktop.systemd1.Service"

#define UNITS "org.freedesktop.systemd1.manage-units"
#define FILES "org.freedesktop.systemd1.manage-unit-files"
#define RELOAD "org.freedesktop.systemd1.reload-daemon"
#define ENVIRONMENT "org.freedesktop.systemd1.set-environment"
#define SELF_LINGER "org.freedesktop.login1.set-self-linger"
#define USER_LINGER "org.freedesktop.login1.set-user-linger"

#define COMMAND(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define METHODS(...) ((const struct polkit_method[]){ __VA_ARGS__, { NULL, NULL } })

#define JOB(detail, verb)                                                                                              \
        {                                                                                                              \
                UNITS, detail, COMMAND("systemctl", verb, "x.service"), POLKIT_UNIT_GIVEN, NULL                        \
        }
#define TRANSIENT(...)                                                                                                 \
        {                                                                                                              \
                UNITS, NULL, COMMAND("systemd-run", __VA_ARGS__), POLKIT_UNIT_UNKNOWN,                                 \
                        METHODS({ MANAGER, "StartTransientUnit" })                                                     \
        }
#define UNIT_FILES(methods, ...)                                                                                       \
        {                                                                                                              \
                FILES, NULL, COMMAND("systemctl", __VA_ARGS__), POLKIT_UNIT_UNKNOWN, methods                           \
        }
#define SET_ENVIRONMENT(...)                                                                                           \
        {                                                                                                              \
                ENVIRONMENT, NULL, COMMAND("systemctl", __VA_ARGS__), POLKIT_UNIT_NONE,                                \
                        METHODS({ MANAGER, "SetEnvironment" }, { MANAGER, "UnsetEnvironment" },                        \
                                { MANAGER, "UnsetAndSetEnvironment" })                                                 \
        }
#define SET_PROPERTY(...)                                                                                              \
        {                                                                                                              \
                UNITS, "set-property", COMMAND("systemctl", "set-property", __VA_ARGS__), POLKIT_UNIT_GIVEN,           \
                        METHODS({ MANAGER, "SetUnitProperties" }, { UNIT, "SetProperties" })                           \
        }

static const struct polkit_request requests[] = {
        JOB("start", "start"),
        JOB("stop", "stop"),
        JOB("reload", "reload"),
        JOB("restart", "restart"),
        JOB("try-restart", "try-restart"),
        JOB("reload-or-restart", "reload-or-restart"),
        JOB("reload-or-try-restart", "try-reload-or-restart"),
        JOB("kill", "kill"),
        JOB("reset-failed", "reset-failed"),
        JOB("clean", "clean"),
        JOB("ref", "start"), /* who waits for what he has started holds on to it */

        SET_PROPERTY("x.service", "CPUWeight=1"),
        SET_PROPERTY("--runtime", "x.service", "CPUWeight=1"),
        { UNITS, "bind-mount", COMMAND("systemctl", "bind", "x.service", "/x"), POLKIT_UNIT_GIVEN,
          METHODS({ MANAGER, "BindMountUnit" }, { SERVICE, "BindMount" }) },
        { UNITS, "mount-image", COMMAND("systemctl", "mount-image", "x.service", "/x"), POLKIT_UNIT_GIVEN,
          METHODS({ MANAGER, "MountImageUnit" }, { SERVICE, "MountImage" }) },

        TRANSIENT("true"),
        TRANSIENT("--scope", "true"),
        TRANSIENT("--on-active=1", "true"),
        TRANSIENT("--path-property=PathExists=/x", "true"),
        TRANSIENT("--socket-property=ListenStream=1", "true"),
        { UNITS, NULL, COMMAND("systemctl", "reset-failed"), POLKIT_UNIT_NONE, METHODS({ MANAGER, "ResetFailed" }) },
        { UNITS, NULL, COMMAND("systemctl", "cancel"), POLKIT_UNIT_NONE,
          METHODS({ MANAGER, "CancelJob" }, { MANAGER, "ClearJobs" }, { "org.freedesktop.systemd1.Job", "Cancel" }) },

        UNIT_FILES(METHODS({ MANAGER, "EnableUnitFiles" }, { MANAGER, "EnableUnitFilesWithFlags" }), "enable",
                   "x.service"),
        UNIT_FILES(METHODS({ MANAGER, "DisableUnitFiles" }, { MANAGER, "DisableUnitFilesWithFlags" },
                           { MANAGER, "DisableUnitFilesWithFlagsAndInstallInfo" }),
                   "disable", "x.service"),
        UNIT_FILES(METHODS({ MANAGER, "ReenableUnitFiles" }), "reenable", "x.service"),
        UNIT_FILES(METHODS({ MANAGER, "LinkUnitFiles" }), "link", "/x.service"),
        UNIT_FILES(METHODS({ MANAGER, "PresetUnitFiles" }, { MANAGER, "PresetUnitFilesWithMode" }), "preset",
                   "x.service"),
        UNIT_FILES(METHODS({ MANAGER, "PresetAllUnitFiles" }), "preset-all"),
        UNIT_FILES(METHODS({ MANAGER, "MaskUnitFiles" }), "mask", "x.service"),
        UNIT_FILES(METHODS({ MANAGER, "UnmaskUnitFiles" }), "unmask", "x.service"),
        UNIT_FILES(METHODS({ MANAGER, "RevertUnitFiles" }), "revert", "x.service"),
        UNIT_FILES(METHODS({ MANAGER, "SetDefaultTarget" }), "set-default", "x.target"),
        UNIT_FILES(METHODS({ MANAGER, "AddDependencyUnitFiles" }), "add-wants", "x.target", "x.service"),
        UNIT_FILES(METHODS({ MANAGER, "AddDependencyUnitFiles" }), "add-requires", "x.target", "x.service"),

        { RELOAD, NULL, COMMAND("systemctl", "daemon-reload"), POLKIT_UNIT_NONE, METHODS({ MANAGER, "Reload" }) },
        { RELOAD, NULL, COMMAND("systemctl", "daemon-reexec"), POLKIT_UNIT_NONE, METHODS({ MANAGER, "Reexecute" }) },

        SET_ENVIRONMENT("set-environment", "X=x"),
        SET_ENVIRONMENT("unset-environment", "X"),

        { SELF_LINGER, NULL, COMMAND("loginctl", "enable-linger"), POLKIT_UNIT_NONE, NULL },
        { SELF_LINGER, NULL, COMMAND("loginctl", "disable-linger"), POLKIT_UNIT_NONE, NULL },
        { USER_LINGER, NULL, COMMAND("loginctl", "enable-linger", "x"), POLKIT_UNIT_NONE, NULL },
        { USER_LINGER, NULL, COMMAND("loginctl", "disable-linger", "x"), POLKIT_UNIT_NONE, NULL },
};

const struct polkit_request *polkit_request_at(size_t index)
{
        return index < ARRAY_SIZE(requests) ? &requests[index] : NULL;
}
