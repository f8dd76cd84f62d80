/* What kinds of settings there are. */
#include "unit_internal.h"
#include "unitward/util.h"

static const char *const exec_keys[N_EXEC_KEYS] = {
        "ExecStart",      "ExecCondition", "ExecStartPre", "ExecStartPost", "ExecReload",
        "ExecReloadPost", "ExecStop",      "ExecStopPre",  "ExecStopPost",
};

int unit_exec_key(const char *key)
{
        for (int i = 0; i < N_EXEC_KEYS; i++)
                if (streq(key, exec_keys[i]))
                        return i;
        return -1;
}

/* Settings whose values add up until an empty one. */
static const char *const lists[] = {
        "Environment",
        "EnvironmentFile",
        "PassEnvironment",
        "UnsetEnvironment",
        "OnCalendar",
        "OnBootSec",
        "OnStartupSec",
        "OnActiveSec",
        "OnUnitActiveSec",
        "OnUnitInactiveSec",
        "ListenStream",
        "ListenDatagram",
        "ListenFIFO",
        "ListenSpecial",
        "ListenNetlink",
        "PathExists",
        "PathChanged",
        "PathModified",
        "PathExistsGlob",
        "DirectoryNotEmpty",
        "Wants",
        "Requires",
        "Requisite",
        "BindsTo",
        "PartOf",
        "Upholds",
        "Conflicts",
        "Before",
        "After",
        "OnFailure",
        "OnSuccess",
        "Alias",
        "Also",
        "WantedBy",
        "RequiredBy",
        "UpheldBy",
        "Documentation",
        "ReadWritePaths",
        "ReadOnlyPaths",
        "InaccessiblePaths",
        "ExecPaths",
        "NoExecPaths",
        "BindPaths",
        "BindReadOnlyPaths",
        "LoadCredential",
        "SetCredential",
        "DeviceAllow",
        "SupplementaryGroups",
        "CapabilityBoundingSet",
        "AmbientCapabilities",
        "IPAddressAllow",
        "IPAddressDeny",
        "SystemCallFilter",
        "DefaultEnvironment",
        "ManagerEnvironment",
};

/* What decides who runs something, and when. */
static const char *const important[] = {
        "User",
        "Group",
        "DynamicUser",
        "Environment",
        "EnvironmentFile",
        "Unit",
        "Service",
        "OnCalendar",
        "OnBootSec",
        "OnStartupSec",
        "OnActiveSec",
        "OnFailure",
        "OnSuccess",
        "RootDirectory",
        "RootImage",
        "BindPaths",
        "OnUnitActiveSec",
        "OnUnitInactiveSec",
        "ListenStream",
        "PathExists",
        "PathChanged",
        "PathModified",
        "AmbientCapabilities",
        "What",
        "Where",
        "DefaultEnvironment",
        "ManagerEnvironment",
};

static const char *const trifles[] = { "Description", "Documentation", "SourcePath" };

static bool contains(const char *const *list, size_t n, const char *key)
{
        for (size_t i = 0; i < n; i++)
                if (streq(list[i], key))
                        return true;
        return false;
}

bool unit_key_is_list(const char *key)
{
        return unit_exec_key(key) >= 0 || starts_with(key, "Condition") || starts_with(key, "Assert") ||
               contains(lists, ARRAY_SIZE(lists), key);
}

unsigned unit_setting_rank(const struct unit_setting *setting)
{
        if (unit_exec_key(setting->key) >= 0)
                return 0;
        if (contains(important, ARRAY_SIZE(important), setting->key))
                return 1;
        return streq(setting->section, "Install") || contains(trifles, ARRAY_SIZE(trifles), setting->key) ? 3 : 2;
}
