/* The words of the policy, the records and the ledger. */
#include "unitward/access.h"
#include "unitward/ledger.h"
#include "unitward/policy.h"
#include "unitward/util.h"

static const char *const operation_names[OPERATION_COUNT_] = {
        [OPERATION_CREATE] = "create",       [OPERATION_MODIFY] = "modify", [OPERATION_REMOVE] = "remove",
        [OPERATION_RENAME] = "rename",       [OPERATION_LINK] = "link",     [OPERATION_ENABLE] = "enable",
        [OPERATION_MASK] = "mask",           [OPERATION_READ] = "read",     [OPERATION_LOAD] = "load",
        [OPERATION_TRANSIENT] = "transient", [OPERATION_EXEC] = "exec",     [OPERATION_APPROVE] = "approve",
        [OPERATION_MOUNT] = "mount",
};

static const char *const outcome_names[OUTCOME_COUNT_] = {
        [OUTCOME_ALLOW] = "allow",
        [OUTCOME_DENY] = "deny",
        [OUTCOME_QUARANTINE] = "quarantine",
};

static const char *const place_names[PLACE_COUNT_] = {
        [PLACE_UNITS] = "units",
        [PLACE_DROPINS] = "drop-ins",
        [PLACE_DEPENDENCIES] = "dependencies",
        [PLACE_TRANSIENT] = "transient",
        [PLACE_GENERATED] = "generated",
        [PLACE_PROGRAMS] = "programs",
        [PLACE_CONFIGURATION] = "configuration",
        [PLACE_STATE] = "state",
        [PLACE_PARENT] = "parent",
};

static const char *const mode_names[] = {
        [MODE_AUDIT] = "audit",
        [MODE_ENFORCE] = "enforce",
};

static const char *const entry_kind_names[ENTRY_KIND_COUNT_] = {
        [ENTRY_FILE] = "file",
        [ENTRY_LINK] = "link",
        [ENTRY_DIRECTORY] = "directory",
};

static int find_name(const char *const names[], size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (streq(names[i], name))
                        return (int)i;
        return -EINVAL;
}

const char *operation_name(enum operation operation)
{
        return operation_names[operation];
}

int operation_from_name(const char *name)
{
        return find_name(operation_names, ARRAY_SIZE(operation_names), name);
}

const char *outcome_name(enum outcome outcome)
{
        return outcome_names[outcome];
}

int outcome_from_name(const char *name)
{
        return find_name(outcome_names, ARRAY_SIZE(outcome_names), name);
}

const char *place_name(enum place place)
{
        return place_names[place];
}

const char *mode_name(enum mode mode)
{
        return mode_names[mode];
}

const char *entry_kind_name(enum entry_kind kind)
{
        return entry_kind_names[kind];
}
