/* The lists: the names are those of system calls, and what a guard may do its supervisor may as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <seccomp.h>

#include "../../src/sandbox/sandbox_internal.h"
#include "unitward/util.h"

static bool is_call(const char *name)
{
        if (seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR)
                return true;
        for (const struct call_number *newer = call_numbers; newer->call; newer++)
                if (streq(newer->call, name))
                        return newer->number > 424 && newer->number <= CALL_NUMBER_LAST;
        return false;
}

static void test_names(void **state)
{
        char name[CALL_NAME_MAX];

        (void)state;
        for (const struct call_group *group = call_groups; group->calls; group++) {
                const char *at = group->calls, *end;

                assert_non_null(group->reason);
                while ((end = call_name_next(at, name))) {
                        if (!is_call(name))
                                fail_msg("\"%s\" is no system call", name);
                        at = end;
                }
                assert_int_equal(at[strspn(at, " ")], '\0');
        }
        for (const struct call_limit *limit = call_limits; limit->call; limit++)
                assert_true(is_call(limit->call));
}

/* A guard is under both filters. */
static void test_guard_within_supervisor(void **state)
{
        char name[CALL_NAME_MAX];

        (void)state;
        for (const struct call_group *group = call_groups; group->calls; group++)
                for (const char *at = group->calls; (at = call_name_next(at, name));)
                        if (sandbox_permits(SANDBOX_GUARD, name) && !sandbox_permits(SANDBOX_SUPERVISOR, name))
                                fail_msg("a guard may %s, and its supervisor may not", name);
        for (const struct call_limit *limit = call_limits; limit->call; limit++)
                if (limit->roles & 1u << SANDBOX_GUARD)
                        assert_true(sandbox_permits(SANDBOX_SUPERVISOR, limit->call));
        assert_int_equal(sandbox_capability_set(SANDBOX_GUARD) & ~sandbox_capability_set(SANDBOX_SUPERVISOR), 0);
}

static void test_permits(void **state)
{
        static const char *const forbidden[] = { "mount",          "move_mount", "init_module", "bpf",    "unshare",
                                                 "pivot_root",     "setuid",     "chroot",      "reboot", "swapon",
                                                 "io_uring_enter", "keyctl",     "no_such_call" };

        (void)state;
        assert_true(sandbox_permits(SANDBOX_GUARD, "fanotify_mark"));
        assert_true(sandbox_permits(SANDBOX_GUARD, "fcntl"));
        assert_false(sandbox_permits(SANDBOX_GUARD, "execve"));
        assert_true(sandbox_permits(SANDBOX_SUPERVISOR, "execve"));
        assert_false(sandbox_permits(SANDBOX_GUARD, "setns"));
        assert_true(sandbox_permits(SANDBOX_SUPERVISOR, "setns"));
        for (size_t i = 0; i < ARRAY_SIZE(forbidden); i++)
                for (int role = 0; role < SANDBOX_ROLE_COUNT_; role++)
                        assert_false(sandbox_permits((enum sandbox_role)role, forbidden[i]));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_guard_within_supervisor),
                cmocka_unit_test(test_permits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
