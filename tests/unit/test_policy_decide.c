/* The decision, by tables: who does what to which, and which rule answers. */
#include "policy_actors.h"

static void expect_rule(const struct policy *policy, const struct access *access, enum outcome outcome,
                        const char *rule)
{
        struct verdict verdict = policy_decide(policy, access);

        if (verdict.outcome != outcome || !streq(verdict.rule, rule))
                fail_msg("%s %s: %s by %s, expected %s by %s", operation_name(access->operation), access->path,
                         outcome_name(verdict.outcome), verdict.rule, outcome_name(outcome), rule);
}

/* Every condition of an actor alone: a rule allows what it matches. */
static void test_actor_conditions(void **state)
{
        static const struct {
                const char *condition;
                struct who who;
                bool matches;
        } cases[] = {
                { "exe = \"/usr/bin/env\"", { .exe = "/usr/bin/env" }, true },
                { "exe = [ \"/nonexistent\", \"/usr/bin/env\" ]", { .exe = "/usr/bin/env" }, true },
                { "exe = \"/usr/bin/env\"", { .exe = "/bin/ls" }, false },
                { "exe = \"/usr/bin/env\"", { .exe = NULL }, false },
                { "exe = \"/usr/bin/env\"", { .exe = "/bin/ls", .parent_exe = "/usr/bin/env" }, false },
                { "exe = \"/usr/bin/env\"; descendants = true",
                  { .exe = "/bin/ls", .parent_exe = "/usr/bin/env" },
                  true },
                { "exe = \"/usr/bin/env\"; descendants = true", { .exe = "/usr/bin/env" }, true },
                { "exe = \"/usr/bin/env\"; descendants = true", { .exe = "/bin/ls", .parent_exe = "/bin/ls" }, false },
                { "exe = \"/usr/bin/env\"; unit = \"a*\"", { .exe = "/usr/bin/env", .unit = "a.service" }, true },
                { "exe = \"/usr/bin/env\"; unit = \"a*\"", { .exe = "/usr/bin/env", .unit = "b.service" }, false },
                { "exe = \"/usr/bin/env\"; unit = \"a*\"; descendants = true",
                  { .exe = "/usr/bin/env", .unit = "b.service", .parent_exe = "/bin/ls", .parent_unit = "a.service" },
                  false },
                { "exe = \"/usr/bin/env\"; unit = \"a*\"; descendants = true",
                  { .exe = "/bin/ls", .unit = "b.service", .parent_exe = "/usr/bin/env", .parent_unit = "a.service" },
                  true },
                { "unit = \"a.service\"; descendants = true",
                  { .unit = "b.service", .parent_unit = "a.service" },
                  true },
                { "unit = \"a.service\"", { .unit = "b.service", .parent_unit = "a.service" }, false },
                { "unit = \"a.service\"", { .unit = NULL }, false },
                { "uid = 0", { .uid = 0 }, true },
                { "uid = [ 0 ]", { .uid = 1000 }, false },
                { "uid = ( 1000, \"root\" )", { .uid = 0 }, true },
                { "uid = \"no-such-user\"", { .uid = 0 }, false },
                { "uid = [ 0 ]; exe = \"/usr/bin/env\"; descendants = true",
                  { .uid = 5, .exe = "/bin/ls", .parent_exe = "/usr/bin/env" },
                  false },
                { "gid = 7", { .gid = 7 }, true },
                { "gid = 7", { .gid = 8, .group = 7 }, false },
                { "group = 7", { .gid = 8, .group = 7 }, true },
                { "group = 7", { .gid = 7, .group = 8 }, true },
                { "group = 7", { .gid = 8, .group = 8 }, false },
                { "group = \"root\"", { .gid = 0, .group = 8 }, true },
                { "login_uid = 1000", { .login_uid = 1000 }, true },
                { "login_uid = 1000", { .login_uid = (uid_t)-1 }, false },
                { "login_uid = \"unset\"", { .login_uid = (uid_t)-1 }, true },
                { "login_group = \"root\"", { .login_uid = 0 }, true },
                { "login_group = \"root\"", { .login_uid = (uid_t)-1 }, false },
                { "login_group = \"no-such-group\"", { .login_uid = 0 }, false },
                { "label = \"*:dpkg_t:*\"", { .label = "system_u:system_r:dpkg_t:s0" }, true },
                { "label = \"dpkg_t\"", { .label = "unconfined" }, false },
                { "label = \"*\"", { .label = NULL }, false },
                { "preset = \"manager\"", { .manager = true }, true },
                { "preset = \"manager\"", { .user_manager = true }, false },
                { "preset = \"manager\"; exe = \"/usr/bin/env\"", { .manager = true, .exe = "/bin/ls" }, true },
                { "preset = \"user-manager\"", { .user_manager = true }, true },
                { "preset = \"user-manager\"", { .manager = true }, false },
                { "preset = \"user-manager\"; uid = 5", { .user_manager = true, .uid = 6 }, false },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text = format("zones: { z: { paths = [ \"/z/\" ]; }; }; actors: { a: { %s; }; };"
                                                   "rules = ( { id = \"r\"; actor = \"a\"; then = \"quarantine\"; } );",
                                                   cases[i].condition);
                struct policy *policy = load(text);
                struct actor actor = make_actor(&cases[i].who);
                struct access access = { .actor = &actor, .path = "/z/x", .unit = "" };

                if ((policy_decide(policy, &access).outcome == OUTCOME_QUARANTINE) != cases[i].matches)
                        fail_msg("%s (case %zu)", cases[i].condition, i);
                actor.known = false;
                expect_rule(policy, &access, OUTCOME_DENY, "default");
                policy_unref(policy);
        }
}

static const char conditions_policy[] =
        "zones: { first: { paths = [ \"/f/\" ]; }; second: { paths = [ \"/s/\" ]; }; };"
        "actors: { boss: { preset = \"manager\"; }; };"
        "rules = ("
        " { id = \"deny-unit\"; zone = \"first\"; unit = \"bad-*\"; then = \"deny\"; },"
        " { id = \"quarantine-unit\"; zone = \"first\"; unit = \"ugly-*\"; then = \"quarantine\"; },"
        " { id = \"allow-path\"; zone = \"first\"; path = \"/f/ok/*\"; then = \"allow\"; },"
        " { id = \"transient\"; place = \"transient\"; on = \"transient\"; then = \"allow\"; },"
        " { id = \"no-read\"; zone = \"second\"; path = \"/s/secret\"; on = \"read\"; then = \"deny\"; },"
        " { id = \"load\"; zone = \"second\"; on = \"load\"; unit = \"good.service\"; then = \"allow\"; },"
        " { id = \"second\"; zone = \"second\"; on = [ \"create\", \"rename\" ]; then = \"allow\"; },"
        " { id = \"boss\"; actor = \"boss\"; then = \"allow\"; }"
        ");";

/* The first rules for names, places, operations; a boss is a manager. */
static void test_rule_conditions(void **state)
{
        static const struct {
                enum operation operation;
                int zone;
                const char *path, *unit;
                bool boss;
                enum outcome outcome;
                const char *rule;
        } cases[] = {
                { OPERATION_CREATE, 0, "/f/x", "bad-1.timer", false, OUTCOME_DENY, "deny-unit" },
                { OPERATION_CREATE, 0, "/f/x", "ugly-1.timer", false, OUTCOME_QUARANTINE, "quarantine-unit" },
                { OPERATION_CREATE, 0, "/f/x", "", false, OUTCOME_DENY, "default" },
                { OPERATION_CREATE, 0, "/f/x", "", true, OUTCOME_ALLOW, "boss" },
                { OPERATION_CREATE, 0, "/f/ok/x", "", false, OUTCOME_ALLOW, "allow-path" },
                { OPERATION_CREATE, 0, "/f/ok/x/y", "", false, OUTCOME_DENY, "default" },
                { OPERATION_CREATE, 1, "/f/ok/x", "bad-1.timer", false, OUTCOME_ALLOW, "second" },
                { OPERATION_RENAME, 1, "/s/x", "", false, OUTCOME_ALLOW, "second" },
                { OPERATION_LINK, 1, "/s/x", "", false, OUTCOME_DENY, "default" },
                /* Reading is free, loading is not; rules without "on" are about neither. */
                { OPERATION_READ, 0, "/f/x", "bad-1.timer", false, OUTCOME_ALLOW, "default" },
                { OPERATION_READ, 1, "/s/secret", "", true, OUTCOME_DENY, "no-read" },
                { OPERATION_LOAD, 0, "/f/ok/x", "x.service", true, OUTCOME_DENY, "default" },
                { OPERATION_LOAD, 1, "/s/x", "good.service", true, OUTCOME_ALLOW, "load" },
                /* Unplaced: as in the first zone; names count against, never for. */
                { OPERATION_CREATE, ZONE_UNPLACED, "", "", false, OUTCOME_DENY, "deny-unit" },
                { OPERATION_CREATE, ZONE_UNPLACED, "/f/ok/x", "x", true, OUTCOME_DENY, "deny-unit" },
                { OPERATION_LOAD, ZONE_UNPLACED, "", "good.service", true, OUTCOME_DENY, "default" },
                { OPERATION_READ, ZONE_UNPLACED, "", "", false, OUTCOME_ALLOW, "default" },
                { OPERATION_CREATE, 77, "", "", false, OUTCOME_DENY, "deny-unit" },
        };
        struct policy *policy = load(conditions_policy);

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct actor actor = make_actor(&(struct who){ .manager = cases[i].boss });
                struct access access = { .operation = cases[i].operation, .actor = &actor, .zone = cases[i].zone };

                access.path = cases[i].path;
                access.unit = cases[i].unit;
                expect_rule(policy, &access, cases[i].outcome, cases[i].rule);
        }
        assert_false(policy_restricts_read(policy, 0));
        assert_true(policy_restricts_read(policy, 1));
        assert_false(policy_restricts_read(policy, ZONE_UNPLACED));
        policy_unref(policy);
}

static void test_place_condition(void **state)
{
        struct policy *policy = load(conditions_policy);
        struct actor actor = make_actor(&(struct who){ .uid = 0 });
        struct access access = { .operation = OPERATION_TRANSIENT, .actor = &actor, .path = "/f/x", .unit = "" };

        (void)state;
        for (enum place place = 0; place < PLACE_COUNT_; place++) {
                bool allowed = place == PLACE_TRANSIENT;

                access.place = place;
                expect_rule(policy, &access, allowed ? OUTCOME_ALLOW : OUTCOME_DENY, allowed ? "transient" : "default");
        }
        policy_unref(policy);
}

static void test_defaults(void **state)
{
        static const struct {
                const char *text;
                enum operation operation;
                enum outcome outcome;
        } cases[] = {
                { "", OPERATION_CREATE, OUTCOME_DENY },
                { "default = \"quarantine\";", OPERATION_CREATE, OUTCOME_QUARANTINE },
                { "default = \"allow\";", OPERATION_CREATE, OUTCOME_ALLOW },
                { "default = \"allow\";", OPERATION_LOAD, OUTCOME_ALLOW },
                { "default = \"quarantine\";", OPERATION_READ, OUTCOME_ALLOW },
                { "default = \"quarantine\";", OPERATION_EXEC, OUTCOME_ALLOW },
                { "", OPERATION_APPROVE, OUTCOME_DENY },
                { "zones: { z: { preset = \"sysv\"; }; }; rules = ( { id = \"r\"; then = \"allow\"; } );",
                  OPERATION_APPROVE, OUTCOME_DENY },
        };
        struct actor actor = make_actor(&(struct who){ .unknown = true });

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct policy *policy = load(cases[i].text);
                struct access access = { .operation = cases[i].operation, .actor = &actor, .path = "", .unit = "" };

                expect_rule(policy, &access, cases[i].outcome, "default");
                policy_unref(policy);
        }
}

/* A rule without an actor is for everybody, also for who is gone. */
static void test_unknown_actor(void **state)
{
        struct policy *policy = load("zones: { z: { paths = [ \"/z/\" ]; restore = false; }; };"
                                     "rules = ( { id = \"all\"; zone = \"z\"; then = \"quarantine\"; } );");
        struct actor actor = make_actor(&(struct who){ .unknown = true });
        struct access access = { .operation = OPERATION_REMOVE, .actor = &actor, .path = "/z/x", .unit = "" };

        (void)state;
        expect_rule(policy, &access, OUTCOME_QUARANTINE, "all");
        policy_unref(policy);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_actor_conditions), cmocka_unit_test(test_rule_conditions),
                cmocka_unit_test(test_place_condition),  cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_unknown_actor),
        };

        return cmocka_run_group_tests_name("policy: decisions", tests, NULL, NULL);
}
