/* The command gate, with a failure at every step of it: what is refused is never let go on, whatever could not be
 * allocated or read, and what is permitted is, unless something failed. */
#include "walk.h"

#include <sys/prctl.h>

#include "../../src/daemon/execs.h"
#include "../../src/policy/policy_internal.h"
#include "unitward/clients.h"

static const char text[] =
        "mode = \"enforce\"; zones: { z: { preset = \"system-units\"; root = \"/nonexistent\"; }; };"
        "actors: { ops: { uid = 5; }; };"
        "commands: { systemctl: { preset = \"systemctl\"; }; own: { exe = [ \"/usr/bin/env\" ]; }; };"
        "rules = ("
        " { id = \"reads\"; command = \"systemctl\"; verb = \"@read\"; then = \"allow\"; },"
        " { id = \"own\"; command = \"own\"; verb = \"1000\"; then = \"allow\"; },"
        " { id = \"ops\"; actor = \"ops\"; command = \"*\"; scope = \"user\"; unit = \"a@*\"; then = \"allow\"; },"
        " { id = \"act\"; on = \"enable\"; client = [ \"systemctl\" ]; then = \"allow\"; }"
        ");";

static struct policy *policy_of_commands(void)
{
        struct policy_report report;
        struct policy *policy = NULL;
        int r = policy_load_text("commands.conf", text, POLICY_SKIP_OWNER_CHECK, &policy, &report);

        policy_report_done(&report);
        return r < 0 ? NULL : policy;
}

/* ---- The policy -------------------------------------------------------------------------------------------- */

static int load_policy(struct world *world)
{
        struct policy *policy = policy_of_commands();
        int r = policy ? 0 : -ENOMEM;

        (void)world;
        if (policy && (policy_n_commands(policy) != 2 || policy_n_rules(policy) != 4))
                r = 1;
        policy_unref(policy);
        return r;
}

static void check_policy(struct world *world, int result)
{
        (void)world;
        require(result <= 0);
}

/* ---- A run --------------------------------------------------------------------------------------------------- */

static pid_t run;
static struct policy *former;
static struct actor *somebody; /* who runs it */

static void gate_commands(struct world *world)
{
        former = world->guard->verdicts->policy;
        world->guard->verdicts->policy = policy_of_commands();
        assert_non_null(world->guard->verdicts->policy);
        somebody = person_new(STRANGER);
}

static void restore_policy(struct world *world)
{
        policy_unref(world->guard->verdicts->policy);
        world->guard->verdicts->policy = former;
        actor_unref(somebody);
}

/* Somebody runs the command for a verb: sleep(1) by that name, with as many seconds. Its execution is over. */
static void start_run(struct world *world, const char *verb)
{
        int ends[2];
        char byte;

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        run = fork();
        if (run == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void)execl("/bin/sleep", "own", verb, (char *)NULL);
                _exit(127);
        }
        (void)close(ends[1]);
        assert_int_equal(read(ends[0], &byte, 1), 0);
        (void)close(ends[0]);
        gate_commands(world);
}

static void start_permitted(struct world *world)
{
        start_run(world, "1000");
}

static void start_refused(struct world *world)
{
        start_run(world, "2000");
}

/* Let through as something that anybody may ask for; its words were other ones then. */
static int look_again(struct world *world)
{
        static const char status[] = "own\0status";
        static const struct command_request request = { .n_verbs = 1,
                                                        .verbs = { { .name = "status" } },
                                                        .effects = COMMAND_WRITES_UNITS };
        struct verdicts *verdicts = world->guard->verdicts;
        struct exec *exec = calloc(1, sizeof *exec);
        struct stat st;

        if (!exec)
                return -ENOMEM;
        exec->pid = exec->tid = run;
        exec->pidfd = exec->process = -1;
        exec->actor = actor_ref(somebody);
        exec->began_usec = now_monotonic_usec();
        (void)string_copy(exec->command, sizeof exec->command, "own");
        exec_hold_process(exec);
        if (exec->pidfd < 0 || exec->process < 0 || fstatat(exec->process, "exe", &st, 0) < 0 ||
            arguments_parse(status, sizeof status, "", 0, &exec->arguments) < 0) {
                exec_free(exec); /* it would be refused at its first look */
                return -EIO;
        }
        exec->program = file_id_of(&st);
        if (!execs_expect(verdicts, exec, &request)) {
                exec_free(exec);
                return -ENOSPC;
        }
        for (int i = 0; i < 1000 && !TAILQ_EMPTY(&verdicts->execs); i++) {
                TAILQ_FIRST(&verdicts->execs)->look_usec = 0;
                execs_look(verdicts);
        }
        return TAILQ_EMPTY(&verdicts->execs) ? 0 : 1;
}

/* Of what is killed, the kernel may not have taken notice yet. */
static bool was_killed(void)
{
        int status = 0;
        pid_t pid = 0;

        for (int i = 0; i < 200 && pid == 0; i++) {
                pid = waitpid(run, &status, WNOHANG);
                if (pid == 0)
                        (void)usleep(500);
        }
        if (pid == run)
                return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        (void)kill(run, SIGKILL);
        (void)waitpid(run, &status, 0);
        return false;
}

static void check_run(struct world *world, int result, bool permitted)
{
        const struct actor *pid1 = actor_unknown(1);
        const struct access access = { .operation = OPERATION_ENABLE,
                                       .actor = pid1,
                                       .place = PLACE_DEPENDENCIES,
                                       .path = "/etc/x",
                                       .unit = "x.timer" };
        bool killed = was_killed();

        restore_policy(world);
        require(result <= 0);
        if (result == 0) {
                require(permitted || killed);
                require(!permitted || walking_failed || !killed);
                require(permitted ||
                        !clients_find(world->guard->verdicts->clients, &access, false, now_monotonic_usec()));
        }
        actor_unref((struct actor *)(uintptr_t)pid1);
        world_deliver(world);
}

static void check_permitted(struct world *world, int result)
{
        check_run(world, result, true);
}

static void check_refused(struct world *world, int result)
{
        check_run(world, result, false);
}

/* ---- The first look ------------------------------------------------------------------------------------------ */

static enum outcome first_outcome;

static void forget_outcome(struct world *world)
{
        gate_commands(world);
        first_outcome = OUTCOME_DENY;
}

/* Recorded as it would be, and written. */
static int look_first(struct world *world)
{
        static const char enable[] = "systemctl\0enable\0--now\0x.timer";
        struct verdicts *verdicts = world->guard->verdicts;
        struct exec exec = { .pidfd = -1, .process = -1, .command = "systemctl" };
        struct exec_look look = { .path = "/usr/bin/systemctl" };
        int r;

        exec.actor = somebody;
        r = arguments_parse(enable, sizeof enable, "", 0, &exec.arguments);
        look.arguments = exec.arguments;
        exec_parse(verdicts, &exec, r < 0 ? "its arguments cannot be read" : NULL, &look);
        exec_decide(verdicts, &exec, &look);
        first_outcome = look.verdict.outcome;
        exec_record(verdicts, RECORD_ACCESS, &exec, &look, NULL);
        arguments_free(exec.arguments);
        world_deliver(world);
        return 0;
}

static void check_first(struct world *world, int result)
{
        restore_policy(world);
        require(result == 0);
        require(first_outcome == OUTCOME_DENY);
}

static const struct walk walks[] = {
        { "load the policy of commands", NULL, load_policy, check_policy, NULL, false },
        { "the first look at a run", forget_outcome, look_first, check_first, NULL, false },
        { "the second look, permitted", start_permitted, look_again, check_permitted, NULL, false },
        { "the second look, refused", start_refused, look_again, check_refused, NULL, false },
};

int main(void)
{
        return walk_all("commands", walks, ARRAY_SIZE(walks));
}
