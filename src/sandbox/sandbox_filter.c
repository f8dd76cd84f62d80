/* A seccomp filter of the lists. */
#include <errno.h>
#include <seccomp.h>
#include <unistd.h>

#include "sandbox_internal.h"
#include "unitward/util.h"

/* Far more than a kernel gets in the years that a program is in use. */
#define CALL_NUMBER_UNHEARD 600

/* -1: neither this architecture nor libseccomp has it. */
static int call_number(const char *call)
{
        int number = seccomp_syscall_resolve_name(call);

        if (number != __NR_SCMP_ERROR)
                return number;
        for (const struct call_number *newer = call_numbers; newer->call; newer++)
                if (streq(newer->call, call))
                        return newer->number;
        return -1;
}

static int add(scmp_filter_ctx filter, uint32_t action, const char *call, const struct scmp_arg_cmp *argument)
{
        int number = call_number(call), r;

        /* Below -1 are calls that this architecture does not have; libseccomp knows what stands for some of them. */
        if (number == -1)
                return 0;
        r = seccomp_rule_add_array(filter, action, number, argument ? 1 : 0, argument);
        return r == -EDOM || (number < 0 && r == -EINVAL) ? 0 : r;
}

static int add_group(scmp_filter_ctx filter, const struct call_group *group)
{
        char name[CALL_NAME_MAX];
        int r = 0;

        for (const char *at = group->calls; r == 0 && (at = call_name_next(at, name));)
                r = add(filter, SCMP_ACT_ALLOW, name, NULL);
        return r;
}

static int add_limit(scmp_filter_ctx filter, const struct call_limit *limit)
{
        const uint64_t self = (uint64_t)getpid(), *values = limit->own_pid ? &self : limit->values;
        const size_t n_values = limit->own_pid ? 1 : limit->n_values;
        const uint32_t action = limit->error ? SCMP_ACT_ERRNO((uint32_t)limit->error) : SCMP_ACT_ALLOW;
        int r = n_values ? 0 : add(filter, action, limit->call, NULL);

        for (size_t i = 0; r == 0 && i < n_values; i++) {
                const struct scmp_arg_cmp argument = { limit->argument, SCMP_CMP_MASKED_EQ, limit->mask,
                                                       values[i] & limit->mask };

                r = add(filter, action, limit->call, &argument);
        }
        return r;
}

/* A libc that is newer than the list tries newer calls, and does without where the kernel has none. */
static int add_unheard(scmp_filter_ctx filter)
{
        int r = 0;

        for (int number = CALL_NUMBER_LAST + 1; r == 0 && number < CALL_NUMBER_UNHEARD; number++)
                r = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS), number, 0, NULL);
        return r;
}

static int fill(scmp_filter_ctx filter, enum sandbox_role role)
{
        int r = 0;

        for (const struct call_group *group = call_groups; r == 0 && group->calls; group++)
                if (group->roles & 1u << role)
                        r = add_group(filter, group);
        for (const struct call_limit *limit = call_limits; r == 0 && limit->call; limit++)
                if (limit->roles & 1u << role)
                        r = add_limit(filter, limit);
        return r == 0 ? add_unheard(filter) : r;
}

int sandbox_enter(enum sandbox_role role)
{
        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
        int r;

        if (!filter)
                return -ENOMEM;
        r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
        if (r == 0)
                r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
        if (r == 0)
                r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
        if (r == 0)
                r = fill(filter, role);
        if (r == 0)
                r = seccomp_load(filter);
        seccomp_release(filter);
        return r;
}
