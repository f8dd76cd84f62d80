/* Clients: a manager's change is put down to a permitted run that asks for it, and to nothing else. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "unitward/clients.h"
#include "unitward/util.h"

struct fixture {
        struct clients *clients;
        struct actor *run, *pid1, *user_manager;
        pid_t pid;
        int pidfd;
};

static struct actor *somebody(pid_t pid, uid_t uid)
{
        struct actor *actor = actor_unknown(pid);

        assert_non_null(actor);
        actor->known = true;
        actor->uid = uid;
        actor->start_time = 7;
        actor->n_ancestry = 1;
        actor->ancestry[0].pid = pid;
        actor->ancestry[0].exe_path = strdup("/usr/bin/somebody");
        return actor;
}

static int setup(void **state)
{
        struct fixture *f = calloc(1, sizeof *f);

        f->clients = clients_new();
        f->pid = fork();
        if (f->pid == 0) {
                (void)pause();
                _exit(0);
        }
        f->pidfd = (int)syscall(SYS_pidfd_open, f->pid, 0);
        f->run = somebody(f->pid, 1000);
        f->pid1 = somebody(1, 0);
        f->pid1->manager = true;
        f->user_manager = somebody(500, 1000);
        f->user_manager->user_manager = true;
        *state = f;
        return f->clients && f->pidfd >= 0 ? 0 : -1;
}

static void end_run(struct fixture *f)
{
        if (f->pid > 0) {
                (void)kill(f->pid, SIGKILL);
                (void)waitpid(f->pid, NULL, 0);
                f->pid = 0;
        }
}

static int teardown(void **state)
{
        struct fixture *f = *state;

        end_run(f);
        clients_free(f->clients);
        actor_unref(f->run);
        actor_unref(f->pid1);
        actor_unref(f->user_manager);
        (void)close(f->pidfd);
        free(f);
        return 0;
}

static void add(struct fixture *f, enum command_scope scope, unsigned effects, const char *unit)
{
        struct command_request request = { .scope = scope, .effects = effects, .n_units = unit != NULL };

        if (unit)
                (void)string_copy(request.units[0], sizeof request.units[0], unit);
        assert_int_equal(clients_add(f->clients, f->run, f->pidfd, "systemctl", &request), 0);
}

static const char *found(struct fixture *f, const struct actor *actor, enum place place, const char *unit)
{
        const struct access access = { .operation = place == PLACE_TRANSIENT ? OPERATION_TRANSIENT : OPERATION_ENABLE,
                                       .actor = actor,
                                       .place = place,
                                       .path = place == PLACE_CONFIGURATION ? "/var/lib/systemd/linger/x" : "/etc/x",
                                       .unit = unit };

        return clients_find(f->clients, &access, false, now_monotonic_usec());
}

static void test_effects(void **state)
{
        struct fixture *f = *state;

        assert_null(found(f, f->pid1, PLACE_DEPENDENCIES, "x.timer"));
        add(f, COMMAND_SYSTEM, COMMAND_WRITES_UNITS, "x.timer");
        assert_string_equal(found(f, f->pid1, PLACE_DEPENDENCIES, "x.timer"), "systemctl");
        assert_null(found(f, f->pid1, PLACE_TRANSIENT, "x.timer"));
        assert_null(found(f, f->pid1, PLACE_GENERATED, "x.timer"));
        assert_null(found(f, f->user_manager, PLACE_DEPENDENCIES, "x.timer"));
        clients_remove(f->clients, f->run->pid);
        assert_null(found(f, f->pid1, PLACE_DEPENDENCIES, "x.timer"));
}

static void test_transient_names(void **state)
{
        struct fixture *f = *state;

        add(f, COMMAND_SYSTEM, COMMAND_WRITES_TRANSIENT, "job.timer");
        assert_non_null(found(f, f->pid1, PLACE_TRANSIENT, "job.timer"));
        assert_non_null(found(f, f->pid1, PLACE_TRANSIENT, "job.service"));
        assert_null(found(f, f->pid1, PLACE_TRANSIENT, "job2.service"));
        assert_null(found(f, f->pid1, PLACE_TRANSIENT, "run-u1.service"));
        clients_remove(f->clients, f->run->pid);
        add(f, COMMAND_SYSTEM, COMMAND_WRITES_TRANSIENT, NULL);
        assert_non_null(found(f, f->pid1, PLACE_TRANSIENT, "run-u1.service"));
        assert_null(found(f, f->pid1, PLACE_TRANSIENT, "job.service"));
}

/* Whoever may make a scope makes no timer of its name, nor does a service that runs. */
static void test_transient_types(void **state)
{
        static const struct {
                const char *verb;
                bool scope, service, timer;
        } cases[] = { { "scope", true, false, false },
                      { "service", false, true, false },
                      { "timer", true, true, true } };
        struct fixture *f = *state;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct command_request request = { .scope = COMMAND_SYSTEM,
                                                   .effects = COMMAND_WRITES_TRANSIENT,
                                                   .n_verbs = 1,
                                                   .verbs = { { cases[i].verb, VERB_TRANSIENT } },
                                                   .units_unknown = i == 0 };

                assert_int_equal(clients_add(f->clients, f->run, f->pidfd, "systemd-run", &request), 0);
                assert_int_equal(!!found(f, f->pid1, PLACE_TRANSIENT, "run-r1.scope"), cases[i].scope);
                assert_int_equal(!!found(f, f->pid1, PLACE_TRANSIENT, "run-r1.service"), cases[i].service);
                assert_int_equal(!!found(f, f->pid1, PLACE_TRANSIENT, "run-r1.timer"), cases[i].timer);
                assert_non_null(found(f, f->pid1, PLACE_TRANSIENT, "")); /* the directory for them */
                clients_remove(f->clients, f->run->pid);
        }
}

static void test_scope(void **state)
{
        struct fixture *f = *state;
        struct actor *other = somebody(501, 1001);

        other->user_manager = true;
        add(f, COMMAND_USER, COMMAND_WRITES_UNITS, NULL);
        assert_non_null(found(f, f->user_manager, PLACE_UNITS, "x.service"));
        assert_null(found(f, other, PLACE_UNITS, "x.service"));
        assert_null(found(f, f->pid1, PLACE_UNITS, "x.service"));
        actor_unref(other);
}

static void test_linger(void **state)
{
        struct fixture *f = *state;
        struct actor *logind = somebody(600, 0);

        add(f, COMMAND_SYSTEM, COMMAND_WRITES_LINGER, NULL);
        assert_null(found(f, logind, PLACE_CONFIGURATION, ""));
        logind->ancestry[0].unit = strdup("systemd-logind.service");
        assert_non_null(found(f, logind, PLACE_CONFIGURATION, ""));
        actor_unref(logind);
}

/* The run itself, and what it runs. */
static void test_descendant(void **state)
{
        struct fixture *f = *state;
        struct actor *child = somebody(700, 1000);

        add(f, COMMAND_OFFLINE, COMMAND_WRITES_UNITS, NULL);
        assert_non_null(found(f, f->run, PLACE_UNITS, "x.service"));
        assert_null(found(f, child, PLACE_UNITS, "x.service"));
        child->ancestry[1].pid = f->pid;
        child->ancestry[1].exe_path = strdup("/usr/bin/systemctl");
        child->n_ancestry = 2;
        assert_non_null(found(f, child, PLACE_UNITS, "x.service"));
        assert_null(found(f, child, PLACE_TRANSIENT, "run-u1.service"));
        actor_unref(child);
}

static void test_ended(void **state)
{
        struct fixture *f = *state;
        struct access access = {
                .operation = OPERATION_ENABLE, .actor = f->pid1, .place = PLACE_UNITS, .path = "/x", .unit = "x.service"
        };
        uint64_t now = now_monotonic_usec();

        add(f, COMMAND_SYSTEM, COMMAND_WRITES_UNITS, NULL);
        assert_non_null(clients_find(f->clients, &access, true, now));
        end_run(f);
        assert_null(clients_find(f->clients, &access, true, now));
        assert_non_null(clients_find(f->clients, &access, false, now + CLIENT_USEC));
        assert_null(clients_find(f->clients, &access, false, now + CLIENT_USEC + 1));
}

static void test_full(void **state)
{
        struct fixture *f = *state;
        const struct command_request request = { .scope = COMMAND_SYSTEM };

        for (unsigned i = 0; i < CLIENTS_MAX; i++)
                assert_int_equal(clients_add(f->clients, f->run, f->pidfd, "at", &request), 0);
        assert_int_equal(clients_add(f->clients, f->run, f->pidfd, "at", &request), -ENOSPC);
        end_run(f);
        assert_int_equal(clients_add(f->clients, f->run, f->pidfd, "at", &request), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_effects, setup, teardown),
                cmocka_unit_test_setup_teardown(test_transient_names, setup, teardown),
                cmocka_unit_test_setup_teardown(test_transient_types, setup, teardown),
                cmocka_unit_test_setup_teardown(test_scope, setup, teardown),
                cmocka_unit_test_setup_teardown(test_linger, setup, teardown),
                cmocka_unit_test_setup_teardown(test_descendant, setup, teardown),
                cmocka_unit_test_setup_teardown(test_ended, setup, teardown),
                cmocka_unit_test_setup_teardown(test_full, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
