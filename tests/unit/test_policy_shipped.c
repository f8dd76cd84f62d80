/* policy/unitward.conf: what it allows, what it refuses, and where it says things lie. */
#include "policy_actors.h"

static const struct who dpkg = { .exe = "/bin/sh", .parent_exe = "/usr/bin/dpkg", .login_uid = 1000 };
static const struct who root = { .exe = "/bin/sh", .login_uid = 1000, .unit = "session-1.scope" };
static const struct who alice = { .exe = "/bin/sh", .uid = 1000, .login_uid = 1000 };
static const struct who manager = { .manager = true, .exe = "/usr/lib/systemd/systemd" };
static const struct who user_manager = { .user_manager = true, .uid = 1000 };
static const struct who logind = { .exe = "/usr/lib/systemd/systemd-logind" };
static const struct who runtime_dir = { .exe = "/usr/lib/systemd/systemd-user-runtime-dir" };
static const struct who root_session = { .exe = "/bin/sh", .unit = "session-1.scope" };
static const struct who root_job = { .exe = "/bin/sh", .unit = "cron.service" };
static const struct who root_shell = { .exe = "/bin/sh", .login_uid = (uid_t)-1, .unit = "session-1.scope" };
static const struct who gone = { .unknown = true };

/* The shipped policy: what must keep working, and what must not work. */
/* The policy is for all distributions; this machine may lack a program that a row needs. */
static bool exists(const struct who *who)
{
        return (!who->exe || access(who->exe, F_OK) == 0) && (!who->parent_exe || access(who->parent_exe, F_OK) == 0);
}

static struct verdict decide(const struct policy *policy, const struct who *who, enum operation operation,
                             const char *path, const char *client)
{
        struct actor actor = make_actor(who);
        struct access question = { .operation = operation, .actor = &actor, .path = path, .client = client };
        struct placement placement;

        policy_place(policy, path, &placement);
        if (placement.zone == ZONE_UNPLACED)
                fail_msg("%s is in no zone", path);
        question.zone = placement.zone;
        question.place = placement.place;
        question.unit = placement.unit;
        return policy_decide(policy, &question);
}

static void test_shipped_policy(void **state)
{
        static const struct {
                const struct who *who;
                enum operation operation;
                const char *path;
                enum outcome outcome;
        } cases[] = {
                { &dpkg, OPERATION_CREATE, "/usr/lib/systemd/system/cron.service.dpkg-new", OUTCOME_ALLOW },
                { &dpkg, OPERATION_RENAME, "/lib/systemd/system/cron.service", OUTCOME_ALLOW },
                { &dpkg, OPERATION_ENABLE, "/etc/systemd/system/timers.target.wants/apt-daily.timer", OUTCOME_ALLOW },
                { &dpkg, OPERATION_MASK, "/etc/systemd/system/x.service", OUTCOME_ALLOW },
                { &dpkg, OPERATION_LINK, "/etc/rc2.d/S01cron", OUTCOME_ALLOW },
                { &dpkg, OPERATION_CREATE, "/usr/lib/systemd/system-generators/x", OUTCOME_ALLOW },
                { &dpkg, OPERATION_MODIFY, "/etc/systemd/system.conf", OUTCOME_ALLOW },
                { &dpkg, OPERATION_CREATE, "/usr/lib/systemd/user/x.timer", OUTCOME_ALLOW },
                { &dpkg, OPERATION_REMOVE, "/usr/lib/systemd/system-preset", OUTCOME_ALLOW },
                { &manager, OPERATION_CREATE, "/run/systemd/generator/x.mount", OUTCOME_ALLOW },
                { &manager, OPERATION_LINK, "/run/systemd/generator.late/a.target.wants/x.service", OUTCOME_ALLOW },
                { &manager, OPERATION_REMOVE, "/run/systemd/generator", OUTCOME_ALLOW },
                { &manager, OPERATION_TRANSIENT, "/run/systemd/transient/session-1.scope", OUTCOME_ALLOW },
                { &manager, OPERATION_TRANSIENT, "/run/systemd/transient/session-1.scope.d/50-x.conf", OUTCOME_ALLOW },
                { &manager, OPERATION_TRANSIENT, "/run/systemd/system.control/user-1.slice.d/50-x.conf",
                  OUTCOME_ALLOW },
                { &manager, OPERATION_TRANSIENT, "/run/systemd/transient/run-1.service", OUTCOME_DENY },
                { &manager, OPERATION_TRANSIENT, "/run/systemd/transient/run-1.timer", OUTCOME_DENY },
                { &manager, OPERATION_TRANSIENT, "/run/systemd/transient/x.socket", OUTCOME_DENY },
                { &manager, OPERATION_TRANSIENT, "/run/systemd/transient/x.path", OUTCOME_DENY },
                { &manager, OPERATION_TRANSIENT, "/run/systemd/transient/x.mount", OUTCOME_DENY },
                { &manager, OPERATION_TRANSIENT, "/run/systemd/transient/service.d/x.conf", OUTCOME_DENY },
                { &manager, OPERATION_REMOVE, "/run/systemd/transient/run-1.timer", OUTCOME_ALLOW },
                { &manager, OPERATION_REMOVE, "/run/systemd/transient/run-1.service.d/50-x.conf", OUTCOME_ALLOW },
                { &manager, OPERATION_TRANSIENT, "/etc/systemd/system.control/x.service.d/50-CPUWeight.conf",
                  OUTCOME_DENY },
                { &manager, OPERATION_REMOVE, "/etc/systemd/system.control/x.service.d/50-CPUWeight.conf",
                  OUTCOME_DENY },
                { &manager, OPERATION_ENABLE, "/etc/systemd/system/multi-user.target.wants/cron.service",
                  OUTCOME_DENY },
                { &manager, OPERATION_ENABLE, "/etc/systemd/system/multi-user.target.wants/unitward.service",
                  OUTCOME_ALLOW },
                { &manager, OPERATION_CREATE, "/etc/systemd/system/multi-user.target.wants", OUTCOME_ALLOW },
                { &manager, OPERATION_REMOVE, "/etc/systemd/system/multi-user.target.wants/cron.service",
                  OUTCOME_DENY },
                { &manager, OPERATION_RENAME, "/etc/systemd/system/default.target", OUTCOME_DENY },
                { &manager, OPERATION_LINK, "/etc/systemd/system/evil.service", OUTCOME_DENY },
                { &manager, OPERATION_MASK, "/etc/systemd/system/auditd.service", OUTCOME_DENY },
                { &manager, OPERATION_LOAD, "/etc/systemd/system/evil.service", OUTCOME_DENY },
                { &manager, OPERATION_CREATE, "/etc/systemd/system/evil.service", OUTCOME_DENY },
                { &manager, OPERATION_REMOVE, "/etc/systemd/system/x.service.d/hardening.conf", OUTCOME_DENY },
                { &runtime_dir, OPERATION_CREATE, "/run/user/1000", OUTCOME_ALLOW },
                { &runtime_dir, OPERATION_REMOVE, "/run/user/1000/systemd/generator.late/app-x.service",
                  OUTCOME_ALLOW },
                { &runtime_dir, OPERATION_REMOVE, "/run/user/1000/systemd/transient", OUTCOME_ALLOW },
                { &runtime_dir, OPERATION_REMOVE, "/home/alice/.config/systemd/user/x.timer", OUTCOME_DENY },
                { &alice, OPERATION_REMOVE, "/run/user/1000/systemd/transient", OUTCOME_ALLOW },
                { &alice, OPERATION_REMOVE, "/run/user/1000/systemd/generator.early/evil.service", OUTCOME_DENY },
                { &user_manager, OPERATION_CREATE, "/run/user/1000/systemd", OUTCOME_ALLOW },
                { &user_manager, OPERATION_TRANSIENT, "/run/user/1000/systemd/transient/app-x.scope", OUTCOME_ALLOW },
                { &user_manager, OPERATION_TRANSIENT, "/run/user/1000/systemd/transient/run-1.timer", OUTCOME_DENY },
                { &user_manager, OPERATION_TRANSIENT, "/run/user/1000/systemd/transient/run-1.service", OUTCOME_DENY },
                { &user_manager, OPERATION_REMOVE, "/run/user/1000/systemd/transient/run-1.service", OUTCOME_ALLOW },
                { &user_manager, OPERATION_CREATE, "/run/user/1000/systemd/generator.late/app-x.service",
                  OUTCOME_ALLOW },
                { &user_manager, OPERATION_ENABLE, "/home/alice/.config/systemd/user/default.target.wants/x.service",
                  OUTCOME_QUARANTINE },
                { &alice, OPERATION_CREATE, "/home/alice/.config", OUTCOME_ALLOW },
                { &alice, OPERATION_CREATE, "/home/alice/.config/systemd", OUTCOME_ALLOW },
                { &alice, OPERATION_CREATE, "/home/alice/.config/systemd/user/evil.timer", OUTCOME_QUARANTINE },
                { &alice, OPERATION_CREATE, "/home/alice/.config/systemd/user/x.service.d/evil.conf",
                  OUTCOME_QUARANTINE },
                { &alice, OPERATION_READ, "/etc/systemd/system/x.service", OUTCOME_ALLOW },
                { &root, OPERATION_CREATE, "/etc/systemd/system/evil.timer", OUTCOME_DENY },
                { &root, OPERATION_CREATE, "/root/.config/systemd/user/evil.timer", OUTCOME_QUARANTINE },
                { &root, OPERATION_CREATE, "/run/systemd/transient/evil.timer", OUTCOME_DENY },
                { &root, OPERATION_CREATE, "/run/systemd/generator.early/evil.service", OUTCOME_DENY },
                { &root, OPERATION_CREATE, "/etc/systemd/system-generators/evil", OUTCOME_DENY },
                { &root, OPERATION_CREATE, "/etc/init.d/evil", OUTCOME_DENY },
                { &root, OPERATION_MODIFY, "/etc/rc.local", OUTCOME_DENY },
                { &root, OPERATION_RENAME, "/etc/systemd", OUTCOME_DENY },
                { &root, OPERATION_RENAME, "/etc/systemd/system", OUTCOME_DENY },
                { &logind, OPERATION_CREATE, "/var/lib/systemd/linger/alice", OUTCOME_QUARANTINE },
                { &logind, OPERATION_CREATE, "/var/lib/systemd/linger", OUTCOME_ALLOW },
                { &root_session, OPERATION_CREATE, "/etc/systemd/system/x.service.d/override.conf", OUTCOME_DENY },
                { &root_session, OPERATION_APPROVE, "/etc/systemd/system/app.service", OUTCOME_ALLOW },
                { &root_session, OPERATION_APPROVE, "/root/.config/systemd/user/app.timer", OUTCOME_ALLOW },
                { &root_job, OPERATION_APPROVE, "/etc/systemd/system/app.service", OUTCOME_DENY },
                { &root_shell, OPERATION_APPROVE, "/etc/systemd/system/app.service", OUTCOME_DENY },
                { &manager, OPERATION_APPROVE, "/etc/systemd/system/app.service", OUTCOME_DENY },
                { &dpkg, OPERATION_APPROVE, "/etc/systemd/system/app.service", OUTCOME_DENY },
                { &gone, OPERATION_APPROVE, "/etc/systemd/system/app.service", OUTCOME_DENY },
                { &gone, OPERATION_RENAME, "/etc/systemd/system/evil.timer", OUTCOME_DENY },
        };
        struct policy_report report;
        struct policy *policy = NULL;

        (void)state;
        assert_int_equal(policy_load("policy/unitward.conf", POLICY_SKIP_OWNER_CHECK, &policy, &report), 0);
        assert_false(report_has_errors(&report));
        assert_int_equal(policy_settings(policy)->mode, MODE_AUDIT);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct verdict verdict;

                if (!exists(cases[i].who))
                        continue;
                verdict = decide(policy, cases[i].who, cases[i].operation, cases[i].path, NULL);
                if (verdict.outcome != cases[i].outcome)
                        fail_msg("%s %s: %s by %s", operation_name(cases[i].operation), cases[i].path,
                                 outcome_name(verdict.outcome), verdict.rule);
        }
        for (int zone = 0; zone < (int)policy_n_zones(policy); zone++)
                assert_false(policy_restricts_read(policy, zone));
        policy_report_done(&report);
        policy_unref(policy);
}

/* What is done for a permitted run of a command; the table above has the same for nobody. */
static void test_clients(void **state)
{
        static const struct {
                const struct who *who;
                enum operation operation;
                const char *path;
                enum outcome outcome;
                const char *client;
        } cases[] = {
                { &manager, OPERATION_TRANSIENT, "/run/systemd/transient/run-1.service", OUTCOME_ALLOW, "systemd-run" },
                { &manager, OPERATION_TRANSIENT, "/run/systemd/transient/run-1.service", OUTCOME_DENY, "busctl" },
                { &manager, OPERATION_TRANSIENT, "/run/systemd/transient/run-1.timer", OUTCOME_ALLOW, "systemd-run" },
                { &manager, OPERATION_TRANSIENT, "/etc/systemd/system.control/x.service.d/50-CPUWeight.conf",
                  OUTCOME_ALLOW, "systemctl" },
                { &manager, OPERATION_REMOVE, "/etc/systemd/system.control/x.service.d/50-CPUWeight.conf",
                  OUTCOME_ALLOW, "systemctl" },
                { &manager, OPERATION_TRANSIENT, "/run/systemd/transient/unitward.service", OUTCOME_DENY, "systemctl" },
                { &manager, OPERATION_ENABLE, "/etc/systemd/system/multi-user.target.wants/cron.service", OUTCOME_ALLOW,
                  "systemctl" },
                { &manager, OPERATION_ENABLE, "/etc/systemd/system/multi-user.target.wants/cron.service", OUTCOME_DENY,
                  "busctl" },
                { &manager, OPERATION_REMOVE, "/etc/systemd/system/multi-user.target.wants/unitward.service",
                  OUTCOME_DENY, "systemctl" },
                { &manager, OPERATION_REMOVE, "/etc/systemd/system/multi-user.target.wants/cron.service", OUTCOME_ALLOW,
                  "systemctl" },
                { &manager, OPERATION_RENAME, "/etc/systemd/system/default.target", OUTCOME_ALLOW, "systemctl" },
                { &manager, OPERATION_LINK, "/etc/systemd/system/x.service", OUTCOME_ALLOW, "systemctl" },
                { &manager, OPERATION_MASK, "/etc/systemd/system/auditd.service", OUTCOME_ALLOW, "systemctl" },
                { &manager, OPERATION_MASK, "/etc/systemd/system/unitward.service", OUTCOME_DENY, "systemctl" },
                { &manager, OPERATION_CREATE, "/etc/systemd/system/evil.service", OUTCOME_DENY, "systemctl" },
                { &user_manager, OPERATION_TRANSIENT, "/run/user/1000/systemd/transient/run-1.timer", OUTCOME_ALLOW,
                  "systemd-run" },
                { &logind, OPERATION_CREATE, "/var/lib/systemd/linger/alice", OUTCOME_ALLOW, "loginctl" },
                { &logind, OPERATION_REMOVE, "/var/lib/systemd/linger/alice", OUTCOME_ALLOW, "loginctl" },
                { &root, OPERATION_CREATE, "/var/lib/systemd/linger/alice", OUTCOME_QUARANTINE, "loginctl" },
                { &root_session, OPERATION_CREATE, "/etc/systemd/system/x.service.d/override.conf", OUTCOME_ALLOW,
                  "systemctl" },
                { &root, OPERATION_CREATE, "/etc/systemd/system/x.service.d/override.conf", OUTCOME_DENY, "systemctl" },
        };
        struct policy_report report;
        struct policy *policy = NULL;

        (void)state;
        assert_int_equal(policy_load("policy/unitward.conf", POLICY_SKIP_OWNER_CHECK, &policy, &report), 0);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct verdict verdict;

                if (!exists(cases[i].who))
                        continue;
                verdict = decide(policy, cases[i].who, cases[i].operation, cases[i].path, cases[i].client);
                if (verdict.outcome != cases[i].outcome)
                        fail_msg("%s %s for %s: %s by %s", operation_name(cases[i].operation), cases[i].path,
                                 cases[i].client, outcome_name(verdict.outcome), verdict.rule);
        }
        policy_report_done(&report);
        policy_unref(policy);
}

/* `unitward stop` is asked for the whole machine: scripts of packages may have the daemon started again, with
 * --restart (PLACE_PROGRAMS), and neither end it nor authorise anything. */
static void test_who_may_stop(void **state)
{
        static const struct {
                const struct who *who;
                enum place place;
                const char *path, *unit;
                enum outcome outcome;
        } cases[] = {
                { &dpkg, PLACE_PROGRAMS, "/", "unitward.service", OUTCOME_ALLOW },
                { &dpkg, PLACE_UNITS, "/", "unitward.service", OUTCOME_DENY },
                { &dpkg, PLACE_UNITS, "/", "", OUTCOME_DENY }, /* unitward audit, baseline --take */
                { &dpkg, PLACE_PROGRAMS, "/usr/sbin/unitwardd", "", OUTCOME_DENY },
                { &root_session, PLACE_PROGRAMS, "/", "unitward.service", OUTCOME_ALLOW },
                { &root_session, PLACE_UNITS, "/", "unitward.service", OUTCOME_ALLOW },
                { &root_job, PLACE_PROGRAMS, "/", "unitward.service", OUTCOME_DENY },
                { &root_shell, PLACE_PROGRAMS, "/", "unitward.service", OUTCOME_DENY },
                { &manager, PLACE_PROGRAMS, "/", "unitward.service", OUTCOME_DENY },
        };
        struct policy_report report;
        struct policy *policy = NULL;

        (void)state;
        assert_int_equal(policy_load("policy/unitward.conf", POLICY_SKIP_OWNER_CHECK, &policy, &report), 0);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct actor actor = make_actor(cases[i].who);
                const struct access question = { .operation = OPERATION_APPROVE,
                                                 .actor = &actor,
                                                 .zone = 0,
                                                 .place = cases[i].place,
                                                 .path = cases[i].path,
                                                 .unit = cases[i].unit };

                if (exists(cases[i].who) && policy_decide(policy, &question).outcome != cases[i].outcome)
                        fail_msg("row %zu: %s", i, policy_decide(policy, &question).rule);
        }
        policy_report_done(&report);
        policy_unref(policy);
}

static void test_placement(void **state)
{
        static const struct {
                const char *path, *zone;
                enum place place;
                const char *unit;
        } cases[] = {
                { "/etc/systemd/system/x.timer", "system-units", PLACE_UNITS, "x.timer" },
                { "/etc/systemd/system/x.timer.d/10.conf", "system-units", PLACE_DROPINS, "x.timer" },
                { "/etc/systemd/system/timer.d/10.conf", "system-units", PLACE_DROPINS, "*.timer" },
                { "/etc/systemd/system/a.target.wants/x.timer", "system-units", PLACE_DEPENDENCIES, "x.timer" },
                { "/run/systemd/transient/x.timer", "system-units", PLACE_TRANSIENT, "x.timer" },
                { "/run/systemd/generator/a.target.wants/x.mount", "system-units", PLACE_GENERATED, "x.mount" },
                { "/home/bob/.config/systemd/user/x.timer", "user-units", PLACE_UNITS, "x.timer" },
                { "/run/user/5/systemd/transient/x.timer", "user-units", PLACE_TRANSIENT, "x.timer" },
                { "/etc/systemd/system.conf", "manager-config", PLACE_CONFIGURATION, "" },
                { "/usr/lib/systemd/system-shutdown/x", "manager-config", PLACE_PROGRAMS, "" },
                { "/etc/systemd/system", "parents", PLACE_PARENT, "" },
                { "/etc", "parents", PLACE_PARENT, "" },
                { "/home/bob", "parents", PLACE_PARENT, "" },
                { "/home/bob/.config", "parents", PLACE_PARENT, "" },
                { "/home/bob/.bashrc", NULL, PLACE_CONFIGURATION, "" },
                { "/home/bob/.config/systemd/user.conf", NULL, PLACE_CONFIGURATION, "" },
                { "/etc/systemd/system.conf/x", NULL, PLACE_CONFIGURATION, "" },
                { "/etc/systemd/journald.conf", NULL, PLACE_CONFIGURATION, "" },
                { "", NULL, PLACE_CONFIGURATION, "" },
                { "/", NULL, PLACE_CONFIGURATION, "" },
        };
        struct policy_report report;
        struct policy *policy = NULL;

        (void)state;
        assert_int_equal(policy_load("policy/unitward.conf", POLICY_SKIP_OWNER_CHECK, &policy, &report), 0);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct placement placement;
                const struct zone *zone;

                policy_place(policy, cases[i].path, &placement);
                zone = policy_zone(policy, placement.zone);
                if (!streq(zone ? zone->name : "-", cases[i].zone ? cases[i].zone : "-") ||
                    placement.place != cases[i].place || !streq(placement.unit, cases[i].unit))
                        fail_msg("%s: %s, %s, \"%s\"", cases[i].path, zone ? zone->name : "-",
                                 place_name(placement.place), placement.unit);
        }
        policy_report_done(&report);
        policy_unref(policy);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_shipped_policy),
                cmocka_unit_test(test_clients),
                cmocka_unit_test(test_who_may_stop),
                cmocka_unit_test(test_placement),
        };

        return cmocka_run_group_tests_name("policy: what is shipped", tests, NULL, NULL);
}
