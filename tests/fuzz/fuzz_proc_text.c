/* The texts of /proc, whose contents a process chooses in part. */
#include "unitward/proc_text.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *text = strndup((const char *)data, size);
        char unit[UNIT_NAME_MAX];
        struct proc_status status;
        struct proc_syscall call;
        struct proc_stat stat;
        gid_t groups[4];
        uint64_t end;

        if (!text)
                return 0;
        (void)proc_stat_parse(text, &stat);
        (void)proc_stat_environment_end(text, &end);
        (void)proc_syscall_parse(text, &call);
        if (proc_status_parse(text, groups, ARRAY_SIZE(groups), &status) == 0 && status.n_groups > ARRAY_SIZE(groups))
                abort();
        if (proc_cgroup_parse(text, unit, sizeof unit) == 0 && !unit_name_is_valid(unit))
                abort();
        if (proc_cgroup_parse_user(text, unit, sizeof unit) == 0 && !unit_name_is_valid(*unit == '_' ? unit + 1 : unit))
                abort();
        return 0;
}
