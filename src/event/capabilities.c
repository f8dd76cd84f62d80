#include <sys/stat.h>

#include "unitward/capabilities.h"
#include "unitward/fanotify_compat.h"
#include "unitward/probe.h"
#include "unitward/util.h"

static const struct {
        struct capability capability;
        size_t offset; /* of the field */
        int (*probe)(const struct scratch *scratch);
} table[] = {
#define CAPABILITY(field, ...)                                                                                         \
        {                                                                                                              \
                { .name = #field, __VA_ARGS__ }, offsetof(struct capabilities, field), probe_##field                   \
        }
        CAPABILITY(open_perm, .required = true, .gives = "opens of protected files wait for a verdict",
                   .without = "nothing can be denied", .remedy = "a kernel with CONFIG_FANOTIFY_ACCESS_PERMISSIONS"),
        CAPABILITY(names, .required = true, .gives = "creations, renames and removals are told with their names",
                   .without = "what arrives without an open is not seen", .remedy = "Linux 5.17 or later"),
        CAPABILITY(exec_perm, .gives = "short-lived tools wait to be looked at while a package is installed",
                   .without = "who ran ln, mv or chmod may be gone before it is known, and an upgrade may be undone",
                   .remedy = "Linux 5.0 or later"),
        CAPABILITY(report_tid, .gives = "the very thread that opens is known",
                   .without = "a reader may be taken for a writer while another process writes",
                   .remedy = "Linux 4.20 or later"),
        CAPABILITY(lease, .gives = "the kernel itself says whether an open is for writing",
                   .without = "openat2 and io_uring opens for writing cannot be told from reading",
                   .remedy = "CAP_LEASE, and sysctl fs.leases-enable=1"),
        CAPABILITY(syscall_flags, .gives = "open flags are read from the opener's registers",
                   .without = "O_RDONLY|O_TRUNC is taken for reading",
                   .remedy = "CAP_SYS_PTRACE; no hidepid or LSM in the way of /proc/PID/syscall"),
        CAPABILITY(rename, .gives = "a rename is told with both names",
                   .without = "a rename is seen as a removal and an arrival", .remedy = "Linux 5.17 or later"),
        CAPABILITY(pidfd, .gives = "who acted in a change that raises no permission event",
                   .without = "such changes are settled, but laid to nobody", .remedy = "Linux 5.15 or later"),
        CAPABILITY(pre_access, .gives = "truncate(2) and late writes wait for a verdict, where the file system can",
                   .without = "truncate(2) is undone from the golden copy, not prevented",
                   .remedy = "Linux 6.14 or later"),
        CAPABILITY(unlimited, .required = true, .gives = "no flood of opens overflows the queue",
                   .without = "the kernel lets through, without a verdict, what its full queue has no place for",
                   .remedy = "CAP_SYS_ADMIN in the initial user namespace"),
        CAPABILITY(mount_events, .gives = "who mounted something over a protected directory is known",
                   .without = "such a mount is decided as anybody's", .remedy = "Linux 6.15 or later"),
#undef CAPABILITY
};

static bool *field_of(struct capabilities *capabilities, size_t index)
{
        return (bool *)((char *)capabilities + table[index].offset);
}

size_t capability_count(void)
{
        return ARRAY_SIZE(table);
}

const struct capability *capability_at(size_t index)
{
        return &table[index].capability;
}

bool capability_is_held(const struct capabilities *capabilities, size_t index)
{
        return *(const bool *)((const char *)capabilities + table[index].offset);
}

const struct capability *capabilities_missing(const struct capabilities *capabilities)
{
        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                if (table[i].capability.required && !capability_is_held(capabilities, i))
                        return &table[i].capability;
        return NULL;
}

json_t *capabilities_to_json(const struct capabilities *capabilities)
{
        json_t *json = json_object();

        for (size_t i = 0; json && i < ARRAY_SIZE(table); i++)
                if (json_object_set_new(json, table[i].capability.name,
                                        json_boolean(capability_is_held(capabilities, i))) < 0) {
                        json_decref(json);
                        json = NULL;
                }
        return json;
}

int capabilities_probe(struct capabilities *ret)
{
        struct capabilities found = { 0 };
        struct scratch scratch;
        int r = probe_privilege();

        if (r < 0)
                return r;
        r = scratch_make(&scratch);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                *field_of(&found, i) = table[i].probe(&scratch) >= 0;
        scratch_remove(&scratch);
        *ret = found;
        return 0;
}

int capabilities_probe_directory(const char *path, struct directory_capabilities *ret)
{
        const struct scratch place = { .directory = path };
        struct stat st;
        int r = probe_privilege();

        if (r < 0)
                return r;
        if (stat(path, &st) < 0)
                return -errno;
        *ret = (struct directory_capabilities){
                .open_perm = probe_mark_quietly(path, FAN_CLASS_CONTENT, FAN_OPEN_PERM) >= 0,
                .names = probe_names(&place) >= 0,
                .pre_access = probe_mark_quietly(path, FAN_CLASS_PRE_CONTENT, FAN_PRE_ACCESS) >= 0,
        };
        return 0;
}
