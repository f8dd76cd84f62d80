/* Acquaintances: who was seen a moment ago is still known when he is gone, and nobody is taken for another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "unitward/acquaintances.h"
#include "unitward/managers.h"
#include "unitward/util.h"

static const struct managers nobody;

static int setup(void **state)
{
        *state = acquaintances_new();
        return *state ? 0 : -1;
}

static int teardown(void **state)
{
        *state = acquaintances_free(*state);
        return 0;
}

static struct actor *known_actor(pid_t pid, uint64_t start_time)
{
        struct actor *actor = actor_unknown(pid);

        actor->known = true;
        actor->start_time = start_time;
        actor->n_ancestry = 1;
        actor->ancestry[0].exe.inode = 1;
        actor->ancestry[0].exe_path = strdup("/usr/bin/mv");
        return actor;
}

static void meet(struct acquaintances *acquaintances, pid_t pid, uint64_t start_time)
{
        struct actor *actor = known_actor(pid, start_time);

        acquaintances_meet(acquaintances, actor);
        actor_unref(actor);
}

static void test_know(void **state)
{
        struct acquaintances *acquaintances = *state;
        struct actor *unknown = actor_unknown(8);

        assert_false(acquaintances_know(acquaintances, 7));
        meet(acquaintances, 7, 1);
        assert_true(acquaintances_know(acquaintances, 7));
        assert_false(acquaintances_know(acquaintances, 7 + ACQUAINTANCES_MAX));
        assert_false(acquaintances_know(acquaintances, 0));
        meet(acquaintances, 7 + ACQUAINTANCES_MAX, 1);
        assert_false(acquaintances_know(acquaintances, 7));
        acquaintances_meet(acquaintances, unknown);
        assert_false(acquaintances_know(acquaintances, 8));
        assert_int_equal(unknown->references, 1);
        actor_unref(unknown);
        assert_null(acquaintances_free(NULL));
}

static struct actor *identify(struct acquaintances *acquaintances, pid_t pid, int pidfd)
{
        struct actor *actor = acquaintances_identify(acquaintances, &nobody, pid, pidfd);

        assert_non_null(actor);
        return actor;
}

/* Gone when the event was read: whom we met, or nobody. */
static void test_gone(void **state)
{
        struct actor *actor = identify(*state, 999999, -1);

        assert_false(actor->known);
        actor_unref(actor);
        meet(*state, 999999, 1);
        actor = identify(*state, 999999, -1);
        assert_true(actor->known);
        assert_string_equal(actor->ancestry[0].exe_path, "/usr/bin/mv");
        actor_unref(actor);
}

static int pidfd_of(pid_t pid)
{
        return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* There: what it is now counts, whatever it was. */
static void test_there(void **state)
{
        _cleanup_close_ int pidfd = pidfd_of(getpid());
        struct actor *actor;

        meet(*state, getpid(), 1);
        actor = identify(*state, getpid(), pidfd);
        assert_true(actor->known);
        assert_true(ends_with(actor->ancestry[0].exe_path, "test_acquaintances"));
        actor_unref(actor);
        assert_true(acquaintances_know(*state, getpid()));
}

/* A zombie is whom we met only if it is as old. */
static void test_zombie(void **state)
{
        for (int same = 0; same < 2; same++) {
                struct actor *actor, *zombie;
                siginfo_t info;
                pid_t pid = fork();
                _cleanup_close_ int pidfd = -1;

                if (pid == 0)
                        _exit(0);
                pidfd = pidfd_of(pid);
                assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
                zombie = actor_gather(&nobody, pid, -1);
                meet(*state, pid, zombie->start_time + (same ? 0 : 1));
                actor = identify(*state, pid, pidfd);
                if (zombie->known)
                        assert_int_equal(actor->n_ancestry > 0 && streq(actor->ancestry[0].exe_path, "/usr/bin/mv"),
                                         same);
                actor_unref(actor);
                actor_unref(zombie);
                assert_int_equal(waitpid(pid, NULL, 0), pid);
        }
}

#define test_on_acquaintances(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                test_on_acquaintances(test_know),
                test_on_acquaintances(test_gone),
                test_on_acquaintances(test_there),
                test_on_acquaintances(test_zombie),
        };

        return cmocka_run_group_tests_name("acquaintances", tests, NULL, NULL);
}
