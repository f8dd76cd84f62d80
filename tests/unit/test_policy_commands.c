/* Gated commands: who runs which of them for what, who opens their programs, and whose runs managers act for. */
#include "unitward/command.h"

#include "policy_actors.h"

/* The boss is a manager; "own" is a command of nobody's preset. */
static const char commands_policy[] =
        "zones: { z: { preset = \"system-units\"; root = \"/z\"; }; };"
        "actors: { boss: { preset = \"manager\"; }; ops: { uid = 5; }; };"
        "commands: {"
        " systemctl: { preset = \"systemctl\"; }; own: { exe = [ \"/nonexistent\", \"/usr/bin/env\" ]; };"
        "};"
        "rules = ("
        " { id = \"no-mask\"; command = \"systemctl\"; verb = \"mask\"; unit = \"auditd.service\"; then = \"deny\"; },"
        " { id = \"no-remote\"; actor = \"ops\"; command = \"*\"; scope = \"remote\"; then = \"deny\"; },"
        " { id = \"reads\"; command = \"systemctl\"; verb = [ \"@read\", \"frob-*\" ]; then = \"allow\"; },"
        " { id = \"own-unit\"; command = \"systemctl\"; verb = \"restart\"; unit = [ \"nginx.service\", \"app@*\" ];"
        "   scope = [ \"system\", \"user\" ]; then = \"allow\"; },"
        " { id = \"boss-runs\"; actor = \"boss\"; command = \"s*\"; then = \"allow\"; },"
        " { id = \"ops-user\"; actor = \"ops\"; scope = \"user\"; then = \"allow\"; },"
        " { id = \"boss-opens\"; actor = \"boss\"; command = \"systemctl\"; on = \"read\"; then = \"allow\"; },"
        " { id = \"ops-open\"; actor = \"ops\"; command = \"own\"; on = \"read\"; then = \"deny\"; },"
        " { id = \"no-read\"; on = \"read\"; then = \"deny\"; },"
        " { id = \"by-client\"; on = [ \"transient\", \"enable\" ]; client = [ \"systemctl\" ]; then = \"allow\"; }"
        ");";

enum somebody { NOBODY, BOSS, OPS };

static struct actor make_somebody(enum somebody who)
{
        return make_actor(&(struct who){ .manager = who == BOSS, .uid = who == OPS ? 5 : 6 });
}

static void expect(struct verdict verdict, size_t index, enum outcome outcome, const char *rule)
{
        if (verdict.outcome != outcome || !streq(verdict.rule, rule))
                fail_msg("case %zu: %s by %s, expected %s by %s", index, outcome_name(verdict.outcome), verdict.rule,
                         outcome_name(outcome), rule);
}

static void test_runs(void **state)
{
        static const struct {
                enum somebody who;
                const char *command, *verb, *verb_class, *scope, *unit;
                bool unit_unknown;
                enum outcome outcome;
                const char *rule;
        } cases[] = {
                { NOBODY, "systemctl", "status", "read", "system", "", false, OUTCOME_ALLOW, "reads" },
                { NOBODY, "systemctl", "frob-it", "control", "offline", "", false, OUTCOME_ALLOW, "reads" },
                { NOBODY, "systemctl", "read", "control", "system", "", false, OUTCOME_DENY, "default" },
                { NOBODY, "own", "status", "read", "system", "", false, OUTCOME_DENY, "default" },
                { NOBODY, "busctl", "call", "control", "system", "", false, OUTCOME_ALLOW, "default" },
                { NOBODY, NULL, NULL, NULL, NULL, "", false, OUTCOME_ALLOW, "default" },
                { NOBODY, "systemctl", "restart", "control", "system", "nginx.service", false, OUTCOME_ALLOW,
                  "own-unit" },
                { NOBODY, "systemctl", "restart", "control", "user", "app@1.service", false, OUTCOME_ALLOW,
                  "own-unit" },
                { NOBODY, "systemctl", "restart", "control", "remote", "nginx.service", false, OUTCOME_DENY,
                  "default" },
                { NOBODY, "systemctl", "restart", "control", "system", "sshd.service", false, OUTCOME_DENY, "default" },
                { NOBODY, "systemctl", "restart", "control", "system", "", false, OUTCOME_DENY, "default" },
                { BOSS, "systemctl", "restart", "control", "remote", "sshd.service", false, OUTCOME_ALLOW,
                  "boss-runs" },
                { BOSS, "own", "status", "read", "system", "", false, OUTCOME_DENY, "default" },
                { BOSS, "systemctl", "mask", "install", "system", "auditd.service", false, OUTCOME_DENY, "no-mask" },
                { BOSS, "systemctl", "mask", "install", "system", "cron.service", false, OUTCOME_ALLOW, "boss-runs" },
                { OPS, "own", "it", "control", "user", "", false, OUTCOME_ALLOW, "ops-user" },
                { OPS, "own", "it", "control", "remote", "", false, OUTCOME_DENY, "no-remote" },
                /* What is not known refuses, and permits nothing. */
                { NOBODY, "systemctl", "restart", "control", "system", "", true, OUTCOME_DENY, "default" },
                { NOBODY, "systemctl", "restart", "control", "system", "nginx.service", true, OUTCOME_DENY, "default" },
                { BOSS, "systemctl", "mask", "install", "system", "", true, OUTCOME_DENY, "no-mask" },
                { BOSS, "systemctl", "start", "control", "system", "", true, OUTCOME_ALLOW, "boss-runs" },
                { NOBODY, "own", NULL, NULL, NULL, "", true, OUTCOME_DENY, "default" },
                { BOSS, "systemctl", NULL, NULL, "system", "cron.service", false, OUTCOME_ALLOW, "boss-runs" },
                { OPS, "own", NULL, NULL, NULL, "", true, OUTCOME_DENY, "no-remote" },
        };
        struct policy *policy = load(commands_policy);

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct actor actor = make_somebody(cases[i].who);
                struct access access = { .operation = OPERATION_EXEC, .actor = &actor, .zone = ZONE_UNPLACED };

                access.path = "/usr/bin/program";
                access.command = cases[i].command;
                access.verb = cases[i].verb;
                access.verb_class = cases[i].verb_class;
                access.scope = cases[i].scope;
                access.unit = cases[i].unit;
                access.unit_unknown = cases[i].unit_unknown;
                expect(policy_decide(policy, &access), i, cases[i].outcome, cases[i].rule);
        }
        policy_unref(policy);
}

/* Opening a program: once a rule says who may, others may not; what rules say of zones is not meant. */
static void test_reads(void **state)
{
        static const struct {
                enum somebody who;
                const char *command;
                enum outcome outcome;
                const char *rule;
        } cases[] = {
                { BOSS, "systemctl", OUTCOME_ALLOW, "boss-opens" }, { NOBODY, "systemctl", OUTCOME_DENY, "default" },
                { OPS, "own", OUTCOME_DENY, "ops-open" },           { NOBODY, "own", OUTCOME_ALLOW, "default" },
                { NOBODY, "busctl", OUTCOME_ALLOW, "default" },     { NOBODY, NULL, OUTCOME_DENY, "no-read" },
        };
        struct policy *policy = load(commands_policy);

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct actor actor = make_somebody(cases[i].who);
                struct access access = { .operation = OPERATION_READ, .actor = &actor, .path = "/x", .unit = "" };

                access.command = cases[i].command;
                access.zone = access.command ? ZONE_UNPLACED : 0;
                expect(policy_decide(policy, &access), i, cases[i].outcome, cases[i].rule);
        }
        policy_unref(policy);
        policy = load("zones: { z: { paths = [ \"/z/\" ]; }; }; commands: { c: { exe = \"/usr/bin/env\"; }; };"
                      "rules = ( { id = \"r\"; command = \"c\"; on = \"read\"; then = \"deny\"; } );");
        assert_false(policy_restricts_read(policy, 0));
        policy_unref(policy);
}

static void test_clients(void **state)
{
        static const struct {
                enum operation operation;
                const char *client;
                enum outcome outcome;
                const char *rule;
        } cases[] = {
                { OPERATION_TRANSIENT, "systemctl", OUTCOME_ALLOW, "by-client" },
                { OPERATION_ENABLE, "systemctl", OUTCOME_ALLOW, "by-client" },
                { OPERATION_CREATE, "systemctl", OUTCOME_DENY, "default" },
                { OPERATION_ENABLE, "own", OUTCOME_DENY, "default" },
                { OPERATION_ENABLE, "gone", OUTCOME_DENY, "default" }, /* a command that the policy had before */
                { OPERATION_ENABLE, NULL, OUTCOME_DENY, "default" },
        };
        struct policy *policy = load(commands_policy);
        struct actor actor = make_somebody(BOSS);

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct access access = { .operation = cases[i].operation, .actor = &actor, .path = "/z/x", .unit = "" };

                access.client = cases[i].client;
                expect(policy_decide(policy, &access), i, cases[i].outcome, cases[i].rule);
        }
        policy_unref(policy);
}

/* A default that sets aside refuses: a run leaves nothing. */
static void test_default(void **state)
{
        static const struct {
                const char *outcome;
                enum operation operation;
                enum outcome expected;
        } cases[] = {
                { "quarantine", OPERATION_EXEC, OUTCOME_DENY },
                { "quarantine", OPERATION_READ, OUTCOME_DENY },
                { "deny", OPERATION_EXEC, OUTCOME_DENY },
                { "deny", OPERATION_READ, OUTCOME_DENY },
                { "allow", OPERATION_EXEC, OUTCOME_ALLOW },
                { "allow", OPERATION_READ, OUTCOME_ALLOW },
                { "quarantine", OPERATION_CREATE, OUTCOME_QUARANTINE },
        };
        struct actor actor = make_somebody(NOBODY);

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text =
                        format("default = \"%s\"; actors: { boss: { preset = \"manager\"; }; };"
                               "commands: { c: { exe = \"/usr/bin/env\"; }; };"
                               "rules = ( { id = \"r\"; actor = \"boss\"; on = [ \"exec\", \"read\" ]; command = \"c\";"
                               "then = \"allow\"; } );",
                               cases[i].outcome);
                struct policy *policy = load(text);
                struct access access = { .operation = cases[i].operation, .actor = &actor, .path = "", .unit = "" };

                access.command = cases[i].operation == OPERATION_CREATE ? NULL : "c";
                expect(policy_decide(policy, &access), i, cases[i].expected, "default");
                policy_unref(policy);
        }
}

/* ---- Whole requests ---------------------------------------------------------------------------------------- */

static void test_requests(void **state)
{
        static const struct {
                enum somebody who;
                enum command_scope scope;
                const char *verbs[COMMAND_VERBS_MAX];
                enum verb_class verb_class;
                const char *units[3];
                bool units_unknown, unclear;
                enum outcome outcome;
                const char *rule, *verb, *unit; /* what decided */
        } cases[] = {
                { NOBODY,
                  COMMAND_SYSTEM,
                  { "status" },
                  VERB_READ,
                  { "a.service" },
                  false,
                  false,
                  OUTCOME_ALLOW,
                  "reads",
                  "status",
                  "a.service" },
                { NOBODY,
                  COMMAND_SYSTEM,
                  { "status" },
                  VERB_READ,
                  { NULL },
                  true,
                  false,
                  OUTCOME_ALLOW,
                  "reads",
                  "status",
                  "" },
                { NOBODY,
                  COMMAND_SYSTEM,
                  { "restart" },
                  VERB_CONTROL,
                  { "nginx.service" },
                  false,
                  false,
                  OUTCOME_ALLOW,
                  "own-unit",
                  "restart",
                  "nginx.service" },
                { NOBODY,
                  COMMAND_SYSTEM,
                  { "restart" },
                  VERB_CONTROL,
                  { "nginx.service", "app@1.service" },
                  false,
                  false,
                  OUTCOME_ALLOW,
                  "own-unit",
                  "restart",
                  "nginx.service" },
                { NOBODY,
                  COMMAND_SYSTEM,
                  { "restart" },
                  VERB_CONTROL,
                  { "nginx.service", "cron.service" },
                  false,
                  false,
                  OUTCOME_DENY,
                  "default",
                  "restart",
                  "cron.service" },
                { NOBODY,
                  COMMAND_SYSTEM,
                  { "restart" },
                  VERB_CONTROL,
                  { "nginx.service" },
                  true,
                  false,
                  OUTCOME_DENY,
                  "default",
                  "restart",
                  "" },
                { NOBODY,
                  COMMAND_SYSTEM,
                  { "restart" },
                  VERB_CONTROL,
                  { NULL },
                  false,
                  false,
                  OUTCOME_DENY,
                  "default",
                  "restart",
                  "" },
                { NOBODY,
                  COMMAND_SYSTEM,
                  { "restart", "stop" },
                  VERB_CONTROL,
                  { "nginx.service" },
                  false,
                  false,
                  OUTCOME_DENY,
                  "default",
                  "stop",
                  "nginx.service" },
                { NOBODY,
                  COMMAND_REMOTE,
                  { "restart" },
                  VERB_CONTROL,
                  { "nginx.service" },
                  false,
                  false,
                  OUTCOME_DENY,
                  "default",
                  "restart",
                  "nginx.service" },
                { BOSS,
                  COMMAND_SYSTEM,
                  { "stop", "mask" },
                  VERB_INSTALL,
                  { "a.service", "auditd.service" },
                  false,
                  false,
                  OUTCOME_DENY,
                  "no-mask",
                  "mask",
                  "auditd.service" },
                { BOSS,
                  COMMAND_SYSTEM,
                  { "mask" },
                  VERB_INSTALL,
                  { "a.service" },
                  true,
                  false,
                  OUTCOME_DENY,
                  "no-mask",
                  "mask",
                  "" },
                { BOSS,
                  COMMAND_OFFLINE,
                  { "enable", "start" },
                  VERB_INSTALL,
                  { "a.service" },
                  false,
                  false,
                  OUTCOME_ALLOW,
                  "boss-runs",
                  "enable",
                  "a.service" },
                { NOBODY,
                  COMMAND_SYSTEM,
                  { "status" },
                  VERB_READ,
                  { NULL },
                  false,
                  true,
                  OUTCOME_DENY,
                  "no-mask",
                  NULL,
                  "" },
                { OPS, COMMAND_USER, { NULL }, VERB_READ, { NULL }, false, false, OUTCOME_DENY, "no-mask", NULL, "" },
        };
        struct policy *policy = load(commands_policy);

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct actor actor = make_somebody(cases[i].who);
                struct access access = { .operation = OPERATION_EXEC, .actor = &actor, .command = "systemctl" };
                struct command_request request = { .scope = cases[i].scope, .unclear = cases[i].unclear };
                struct verdict verdict;

                request.units_unknown = cases[i].units_unknown;
                while (request.n_verbs < COMMAND_VERBS_MAX && cases[i].verbs[request.n_verbs]) {
                        request.verbs[request.n_verbs].name = cases[i].verbs[request.n_verbs];
                        request.verbs[request.n_verbs++].verb_class = cases[i].verb_class;
                }
                for (; request.n_units < 3 && cases[i].units[request.n_units]; request.n_units++)
                        (void)string_copy(request.units[request.n_units], COMMAND_UNIT_SIZE,
                                          cases[i].units[request.n_units]);
                verdict = policy_decide_command(policy, &access, &request);
                expect(verdict, i, cases[i].outcome, cases[i].rule);
                if (!streq(access.verb ? access.verb : "-", cases[i].verb ? cases[i].verb : "-") ||
                    !streq(access.unit, cases[i].unit))
                        fail_msg("case %zu: decided by %s %s", i, access.verb ? access.verb : "-", access.unit);
                if (access.verb)
                        assert_string_equal(access.verb_class, verb_class_name(cases[i].verb_class));
                assert_int_equal(!access.verb, !access.scope);
        }
        policy_unref(policy);
}

static struct file_id id_of(const char *path)
{
        struct stat st;

        assert_int_equal(stat(path, &st), 0);
        return file_id_of(&st);
}

static void test_programs(void **state)
{
        struct policy *policy = load(commands_policy);

        (void)state;
        assert_int_equal(policy_n_commands(policy), 2);
        assert_string_equal(policy_command_name(policy, 1), "own");
        assert_ptr_equal(policy_command_preset(policy, 0), command_preset_find("systemctl"));
        assert_null(policy_command_preset(policy, 1));
        for (size_t i = 0; command_preset_programs(command_preset_find("systemctl"))[i]; i++)
                assert_string_equal(policy_command_program(policy, 0, i),
                                    command_preset_programs(command_preset_find("systemctl"))[i]);
        assert_string_equal(policy_command_program(policy, 1, 0), "/nonexistent");
        assert_string_equal(policy_command_program(policy, 1, 1), "/usr/bin/env");
        assert_null(policy_command_program(policy, 1, 2));
        assert_int_equal(policy_command_of(policy, id_of("/usr/bin/env")), 1);
        assert_int_equal(policy_command_of(policy, id_of("/bin/sh")), -ENOENT);
        policy_unref(policy);
        policy = load("commands: { s: { preset = \"systemctl\"; exe = \"/usr/bin/env\"; }; };");
        assert_ptr_equal(policy_command_preset(policy, 0), command_preset_find("systemctl"));
        assert_string_equal(policy_command_program(policy, 0, 0), "/usr/bin/env"); /* instead of the preset's */
        assert_null(policy_command_program(policy, 0, 1));
        policy_unref(policy);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_runs),    cmocka_unit_test(test_reads),    cmocka_unit_test(test_clients),
                cmocka_unit_test(test_default), cmocka_unit_test(test_requests), cmocka_unit_test(test_programs),
        };

        return cmocka_run_group_tests_name("policy: commands", tests, NULL, NULL);
}
