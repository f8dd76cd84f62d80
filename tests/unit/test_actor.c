/* Who acts: this process, its children, and those that are gone. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "unitward/actor.h"
#include "unitward/managers.h"
#include "unitward/util.h"

static const struct managers nobody;

static struct file_id own_exe(void)
{
        struct stat st;

        assert_int_equal(stat("/proc/self/exe", &st), 0);
        return file_id_of(&st);
}

static void test_self(void **state)
{
        struct actor *actor = actor_gather(&nobody, getpid(), -1);

        (void)state;
        assert_non_null(actor);
        assert_true(actor->known);
        assert_false(actor->manager || actor->user_manager);
        assert_int_equal(actor->pid, getpid());
        assert_int_equal(actor->session, getsid(0));
        assert_int_equal(actor->uid, geteuid());
        assert_int_equal(actor->gid, getegid());
        assert_true(actor->start_time > 0);
        assert_true(actor->n_ancestry >= 1 && actor->n_ancestry <= ACTOR_ANCESTORS_MAX);
        assert_int_equal(actor->ancestry[0].pid, getpid());
        assert_true(file_id_equal(actor->ancestry[0].exe, own_exe()));
        assert_true(ends_with(actor->ancestry[0].exe_path, "test_actor"));
        if (actor->n_ancestry > 1)
                assert_int_equal(actor->ancestry[1].pid, getppid());
        for (size_t i = 0; i < actor->n_ancestry; i++)
                assert_non_null(actor->ancestry[i].exe_path);
        assert_null(actor_unref(actor));
}

static void test_gone(void **state)
{
        static const pid_t pids[] = { 0, -1, 0x7ffffffe };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
                struct actor *actor = actor_gather(&nobody, pids[i], -1);

                assert_non_null(actor);
                assert_false(actor->known);
                assert_int_equal(actor->pid, pids[i]);
                assert_int_equal(actor->uid, (uid_t)-1);
                actor_unref(actor);
        }
}

static void test_references(void **state)
{
        struct actor *actor = actor_unknown(7);

        (void)state;
        assert_ptr_equal(actor_ref(actor), actor);
        assert_null(actor_unref(actor));
        assert_int_equal(actor->references, 1);
        assert_null(actor_unref(actor));
        assert_null(actor_unref(NULL));
}

/* A child with a name that looks like fields of its own, deeper than the limit. */
static pid_t spawn_deep(unsigned depth, int ready)
{
        pid_t pid = fork();

        if (pid != 0)
                return pid;
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)prctl(PR_SET_NAME, ") R 1 1 1 (");
        if (depth > 0)
                (void)spawn_deep(depth - 1, ready);
        else if (write(ready, &(pid_t){ getpid() }, sizeof(pid_t)) < 0)
                _exit(1);
        (void)pause();
        _exit(0);
}

static void test_ancestry(void **state)
{
        struct actor *actor;
        int ready[2];
        pid_t top, bottom;

        (void)state;
        assert_int_equal(pipe(ready), 0);
        top = spawn_deep(ACTOR_ANCESTORS_MAX + 4, ready[1]);
        assert_int_equal(read(ready[0], &bottom, sizeof bottom), sizeof bottom);
        actor = actor_gather(&nobody, bottom, -1);
        assert_true(actor->known);
        assert_int_equal(actor->pid, bottom);
        assert_int_equal(actor->session, getsid(0));
        assert_int_equal(actor->n_ancestry, ACTOR_ANCESTORS_MAX);
        for (size_t i = 0; i < actor->n_ancestry; i++)
                assert_true(file_id_equal(actor->ancestry[i].exe, own_exe()));
        actor_unref(actor);
        assert_int_equal(kill(top, SIGKILL), 0);
        assert_int_equal(waitpid(top, NULL, 0), top);
        (void)close(ready[0]);
        (void)close(ready[1]);
}

/* ---- What a shell's commands have in common ---- */

static const struct actor *find_sibling(void *userdata, pid_t parent)
{
        assert_int_equal(parent, getpid());
        return userdata;
}

/* Where it says who is above the parent, "sibling.service" is: true when the child's ancestors are the sibling's. */
static bool is_believed(const struct actor *sibling, pid_t child)
{
        struct actor *actor = actor_gather_beside(&nobody, child, find_sibling, (void *)(uintptr_t)sibling);
        bool believed;

        assert_true(actor->known);
        assert_int_equal(actor->pid, child);
        assert_int_equal(actor->ancestry[1].pid, getpid());
        believed = actor->ancestry[1].unit && streq(actor->ancestry[1].unit, "sibling.service");
        /* Whose ancestors are another one's is nobody's sibling: what he was told may be as old as that. */
        assert_true(believed == (actor->parent_start_time == 0));
        assert_true(!believed || actor->n_ancestry == sibling->n_ancestry);
        actor_unref(actor);
        return believed;
}

static void test_sibling(void **state)
{
        struct actor *sibling, another = { 0 };
        pid_t child = fork();

        (void)state;
        if (child == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void)pause();
                _exit(0);
        }
        sibling = actor_gather_beside(&nobody, child, find_sibling, NULL);
        assert_true(sibling->parent_start_time > 0);
        free(sibling->ancestry[1].unit);
        sibling->ancestry[1].unit = strdup("sibling.service");
        assert_true(is_believed(sibling, child));
        assert_false(is_believed(&another, child));
        sibling->parent_start_time++; /* another process of its number */
        assert_false(is_believed(sibling, child));
        sibling->parent_start_time--;
        sibling->ancestry[1].exe.inode++; /* it has executed something */
        assert_false(is_believed(sibling, child));
        sibling->ancestry[1].exe.inode--;
        if (sibling->n_ancestry > 2) {
                sibling->ancestry[2].pid++; /* its own parent has gone */
                assert_false(is_believed(sibling, child));
                sibling->ancestry[2].pid--;
        }
        assert_true(is_believed(sibling, child));
        actor_unref(sibling);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
}

/* A zombie has no executable any more. */
static void test_zombie(void **state)
{
        struct actor *actor;
        siginfo_t info;
        pid_t pid = fork();

        (void)state;
        if (pid == 0)
                _exit(0);
        assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
        actor = actor_gather(&nobody, pid, -1);
        assert_non_null(actor);
        assert_false(actor->n_ancestry > 0 && file_id_is_set(actor->ancestry[0].exe));
        actor_unref(actor);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Only the session leader's executable makes a manager, and only as a user's service. */
static void test_managership(void **state)
{
        struct managers managers = { .systemd_is_pid1 = true, .n_exes = 1, .exes = { own_exe() } };
        const struct file_id exe = own_exe();
        struct actor *actor = actor_gather(&managers, getpid(), -1);

        (void)state;
        assert_false(actor->manager);
        assert_false(actor->user_manager); /* the right program, in the wrong unit */
        actor_unref(actor);

        managers_set_named(&managers, &exe, 1);
        actor = actor_gather(&managers, getpid(), -1);
        assert_true(actor->manager);
        assert_false(actor->user_manager);
        actor_unref(actor);

        managers_set_named(&managers, NULL, 0);
        actor = actor_gather(&managers, 1, -1);
        assert_true(!actor->known || actor->manager);
        actor_unref(actor);
}

static void test_describe(void **state)
{
        char buffer[128], small[8];
        struct actor *actor = actor_unknown(12);

        (void)state;
        assert_string_equal(actor_describe(actor, buffer, sizeof buffer), "unknown (pid 12)");
        actor->known = true;
        actor->uid = 0;
        actor->n_ancestry = 1;
        actor->ancestry[0].exe_path = strdup("/usr/bin/mv");
        assert_string_equal(actor_describe(actor, buffer, sizeof buffer), "/usr/bin/mv (pid 12, uid 0, no login)");
        actor->login_uid = 1000;
        actor->ancestry[0].unit = strdup("ssh.service");
        assert_string_equal(actor_describe(actor, buffer, sizeof buffer),
                            "/usr/bin/mv (pid 12, uid 0, login 1000, ssh.service)");
        assert_string_equal(actor_describe(actor, small, sizeof small), "/usr/bi");
        actor_unref(actor);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_self),     cmocka_unit_test(test_gone),    cmocka_unit_test(test_references),
                cmocka_unit_test(test_ancestry), cmocka_unit_test(test_zombie),  cmocka_unit_test(test_managership),
                cmocka_unit_test(test_describe), cmocka_unit_test(test_sibling),
        };

        return cmocka_run_group_tests_name("actors", tests, NULL, NULL);
}
