/* What is suggested for a recorded day, and what is not: each row is an event; who did it decides. */
#include "policy_actors.h"
#include "scratch.h"

#include "unitward/recorded.h"
#include "unitward/suggest.h"
#include "unitward/text.h"

#define AT UINT64_C(1606123117000000)
#define SECOND UINT64_C(1000000)
#define FLAGS (POLICY_SKIP_OWNER_CHECK | POLICY_STAND_IN_ACCOUNTS) /* the logins are not here */

/* Who: his program and those above it, "PROGRAM@UNIT" with spaces between; a login; a user. */
struct who_did {
        const char *chain, *login; /* NULL: no login */
        unsigned uid;
        const char *manager;
};

static const struct who_did pull = { "/usr/bin/python3.11@ansible-pull.service /usr/bin/dash@ansible-pull.service "
                                     "/usr/bin/python3.11@ansible-pull.service /usr/lib/systemd/systemd@",
                                     NULL, 0, NULL };
static const struct who_did over_ssh = { "/usr/bin/python3.11@session-4.scope /usr/bin/dash@session-4.scope "
                                         "/usr/bin/sudo@session-4.scope /usr/sbin/sshd@session-4.scope",
                                         "ansible", 0, NULL };
static const struct who_did ansible_shell = { "/usr/bin/tee@session-4.scope /usr/bin/bash@session-4.scope "
                                              "/usr/sbin/sshd@session-4.scope",
                                              "ansible", 0, NULL };
static const struct who_did web_shell = { "/usr/bin/cp@nginx.service /usr/bin/dash@nginx.service "
                                          "/usr/sbin/nginx@nginx.service /usr/lib/systemd/systemd@",
                                          NULL, 0, NULL };
static const struct who_did web_agent = { "/usr/bin/python3.11@web.service /usr/lib/systemd/systemd@", NULL, 0, NULL };
static const struct who_did root_shell = { "/usr/bin/bash@session-3.scope /usr/sbin/sshd@session-3.scope", "alice", 0,
                                           NULL };
static const struct who_did cron_job = { "/usr/bin/dash@cron.service /usr/sbin/cron@cron.service", "root", 0, NULL };
static const struct who_did keeper = { "/usr/sbin/keeperd@keeper.service /usr/lib/systemd/systemd@", NULL, 0, NULL };
static const struct who_did implant = { "/usr/sbin/unowned@implant.service /usr/lib/systemd/systemd@", NULL, 0, NULL };
static const struct who_did far = { "/usr/sbin/missing@far.service /usr/lib/systemd/systemd@", NULL, 0, NULL };
static const struct who_did dropped = { "/tmp/x@dropped.service /usr/lib/systemd/systemd@", NULL, 0, NULL };
static const struct who_did replaced = { "/usr/sbin/keeperd (deleted)@keeper.service /usr/lib/systemd/systemd@", NULL,
                                         0, NULL };
static const struct who_did package = { "/usr/bin/dash@session-3.scope /usr/bin/dpkg@session-3.scope "
                                        "/usr/bin/bash@session-3.scope",
                                        "alice", 0, NULL };
static const struct who_did user = { "/usr/bin/bash@session-3.scope", "alice", 1000, NULL };
static const struct who_did manager = { "/usr/lib/systemd/systemd@", NULL, 0, "system" };
static const struct who_did planted = { "/usr/bin/bash@ansible-pull-x.service /usr/lib/systemd/systemd@", NULL, 0,
                                        NULL };
static const struct who_did nobody = { "", NULL, 0, NULL };

static json_t *chain_of(const struct who_did *who)
{
        _cleanup_free_ char *chain = strdup(who->chain);
        json_t *list = json_array();
        char *rest = NULL;

        /* "keeperd (deleted)" is the one program with a space in it. */
        for (char *word = strtok_r(chain, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
                _cleanup_free_ char *whole = starts_with(rest, "(deleted)@")
                                                     ? format("%s %s", word, strtok_r(NULL, " ", &rest))
                                                     : strdup(word);
                char *at = strrchr(whole, '@');

                *at = '\0';
                json_array_append_new(list, json_pack("{s:i, s:s, s:s?}", "pid", 812, "executable", whole, "unit",
                                                      at[1] ? at + 1 : NULL));
        }
        return list;
}

static json_t *event_by(const struct who_did *who, uint64_t usec, const char *operation)
{
        char text[TIMESTAMP_SIZE];
        json_t *chain = chain_of(who),
               *json = json_pack("{s:s, s:{s:s}, s:{s:s, s:s, s:s, s:b, s:s?, s:O}, s:{s:i, s:O*}}", "@timestamp",
                                 timestamp_format(usec, text), "rule", "name", "default", "unitward", "kind", "access",
                                 "operation", operation, "verdict", "deny", "actor_known", who != &nobody,
                                 "actor_manager", who->manager, "ancestry", chain, "process", "pid", 812, "executable",
                                 json_object_get(json_array_get(chain, 0), "executable")),
               *unitward = json_object_get(json, "unitward"),
               *user_id = json_pack("{s:o}", "id", json_sprintf("%u", who->uid));

        assert_non_null(json);
        json_object_set_new(json, "user", user_id);
        json_object_set_new(unitward, "login_uid",
                            who->login ? json_integer(stand_in_account(who->login)) : json_null());
        json_decref(chain);
        return json;
}

static json_t *change(const struct who_did *who, uint64_t usec, const char *operation, const char *zone,
                      const char *path)
{
        json_t *json = event_by(who, usec, operation);

        json_object_set_new(json, "file", json_pack("{s:s}", "path", path));
        json_object_set_new(json_object_get(json, "unitward"), "zone", json_string(zone));
        return json;
}

static json_t *run(const struct who_did *who, uint64_t usec, const char *verb, const char *unit, bool unclear)
{
        json_t *json = event_by(who, usec, "exec"), *unitward = json_object_get(json, "unitward");

        json_object_update_new(unitward, json_pack("{s:s, s:s, s:[s], s:[s]}", "command", "systemctl", "scope",
                                                   "system", "verb", verb, "units", unit));
        if (unclear)
                json_object_set_new(unitward, "unclear", json_string("LD_PRELOAD is set"));
        json_object_set_new(json_object_get(json, "process"), "args", json_pack("[s, s, s]", "systemctl", verb, unit));
        return json;
}

static json_t *alert(const char *unit, const char *reason)
{
        char text[TIMESTAMP_SIZE];

        return json_pack("{s:s, s:{s:s, s:s, s:[s, s]}}", "@timestamp", timestamp_format(AT, text), "unitward", "kind",
                         "alert", "target_unit", unit, "reasons", "writer-refused", reason);
}

static struct suggest_program look(void *userdata, const char *path)
{
        (void)userdata;
        if (ends_with(path, "/missing"))
                return (struct suggest_program){ false, SUGGEST_OWNER_UNKNOWN };
        return (struct suggest_program){ true,
                                         ends_with(path, "/unowned") ? SUGGEST_OWNER_NOBODY : SUGGEST_OWNER_PACKAGE };
}

static const char *user_name(void *userdata, uid_t uid)
{
        (void)userdata;
        return uid == stand_in_account("ansible") ? "ansible" : uid == stand_in_account("alice") ? "alice" : NULL;
}

static const char policy_text[] =
        "zones: { system-units: { preset = \"system-units\"; }; other: { paths = [ \"/etc/other/\" ]; };"
        "         generators: { preset = \"generators\"; }; parents: { preset = \"parents\"; };"
        "         unitward: { preset = \"unitward\"; }; };"
        "actors: { packages: { exe = [ \"/usr/bin/dpkg\" ]; uid = [ 0 ]; descendants = true; };"
        "          manager: { preset = \"manager\"; }; };"
        "commands: { systemctl: { preset = \"systemctl\"; }; };"
        "rules = ( { id = \"packages-own\"; actor = \"packages\"; zone = \"system-units\"; then = \"allow\"; },"
        "          { id = \"enables\"; actor = \"manager\"; client = \"systemctl\"; on = [ \"enable\", \"remove\" ]; "
        "then = "
        "\"allow\"; } );";

static char directory[] = "/tmp/unitward-suggest-XXXXXX";
static char policy_path[PATH_MAX];

static int set_up(void **state)
{
        (void)state;
        scratch_make(directory);
        assert_true(path_join(policy_path, sizeof policy_path, directory, "unitward.conf"));
        write_file_at(AT_FDCWD, policy_path, policy_text, strlen(policy_text));
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        scratch_remove(directory);
        return 0;
}

struct day {
        struct suggest *suggest;
        struct policy *policy;
        const struct suggest_result *result;
        char *text;
};

static struct day begin(const char *trusted)
{
        static const char *names[1];
        struct day day = { 0 };
        struct policy_report report;

        names[0] = trusted;
        assert_int_equal(policy_load(policy_path, FLAGS, &day.policy, &report), 0);
        policy_report_done(&report);
        policy_stand_in(day.policy);
        day.suggest = suggest_new(&(struct suggest_options){ .policy_path = policy_path,
                                                             .flags = FLAGS,
                                                             .n_trusted = trusted != NULL,
                                                             .trusted = names,
                                                             .look = look,
                                                             .user_name = user_name },
                                  day.policy);
        assert_non_null(day.suggest);
        return day;
}

static void take(struct day *day, json_t *event)
{
        assert_int_equal(suggest_take(day->suggest, event), 0);
        json_decref(event);
}

/* What it printed is a policy that loads, beside the one that it is for. */
static void conclude(struct day *day)
{
        struct policy *policy = NULL;
        struct policy_report report;
        size_t size;
        FILE *out = open_memstream(&day->text, &size);
        int r;

        assert_int_equal(suggest_conclude(day->suggest, &day->result), 0);
        assert_int_equal(suggest_write(day->result, out), 0);
        assert_int_equal(fclose(out), 0);
        r = policy_load_with_text(policy_path, "50-suggested.conf", day->text, FLAGS, &policy, &report);
        if (r < 0)
                fail_msg("%s\n%s", report.n_findings ? report.findings[0].text : strerror(-r), day->text);
        policy_report_done(&report);
        policy_unref(policy);
}

static void end(struct day *day)
{
        free(day->text);
        suggest_free(day->suggest);
        policy_unref(day->policy);
}

static void says(const struct day *day, const char *text)
{
        if (!strstr(day->text, text))
                fail_msg("no \"%s\" in:\n%s", text, day->text);
}

#define UNIT "/etc/systemd/system/"

/* Configuration management in a service of its own, with what systemd does for it; two intruders on the same day. */
static void test_day(void **state)
{
        struct day day = begin(NULL);

        (void)state;
        take(&day, change(&pull, AT, "create", "system-units", UNIT ".ansible_tmp1app.service"));
        take(&day, change(&pull, AT, "rename", "system-units", UNIT "app.service"));
        take(&day, change(&pull, AT, "modify", "system-units", UNIT "web.service"));
        take(&day, run(&pull, AT, "enable", "app.service", false));
        take(&day, change(&manager, AT + SECOND, "enable", "system-units", UNIT "multi-user.target.wants/app.service"));
        take(&day, change(&web_shell, AT, "create", "system-units", UNIT "evil.timer"));
        take(&day, change(&root_shell, AT, "rename", "system-units", UNIT "evil.service"));
        take(&day, run(&root_shell, AT + SECOND, "enable", "evil.timer", false));
        take(&day, change(&manager, AT + 2 * SECOND, "enable", "system-units", UNIT "timers.target.wants/evil.timer"));
        take(&day, change(&package, AT, "create", "system-units", UNIT "cron.service")); /* is allowed as it is */
        conclude(&day);
        assert_int_equal(day.result->n_records, 9);
        assert_int_equal(day.result->n_allowed, 5);
        assert_int_equal(day.result->n_rules, 2);
        says(&day, "ansible-pull: { unit = [ \"ansible-pull.service\" ]; uid = [ 0 ]; };");
        says(&day,
             "zone = \"system-units\";\n    place = \"units\";\n    on = [ \"create\", \"modify\", \"rename\" ];");
        says(&day, "command = \"systemctl\";\n    verb = \"enable\";\n    scope = \"system\";");
        says(&day, "WARNING: it is about every unit there");
        says(&day, "as when somebody has broken into it");
        says(&day, "somebody's session as root");
        end(&day);
}

/* One event of each: what is suggested for it, or why nothing is. */
static void test_who(void **state)
{
        static const struct {
                const struct who_did *who;
                const char *operation, *zone, *path;
                bool suggested;
                const char *said;
        } cases[] = {
                { &over_ssh, "create", "system-units", UNIT "app.service", true,
                  "ansible: { login_uid = [ \"ansible\" ]; exe = [ \"/usr/bin/python3.11\" ]; unit = [ "
                  "\"session-*.scope\" ]; "
                  "uid = [ 0 ]; };" },
                { &ansible_shell, "create", "system-units", UNIT "evil.timer", false, "none of its modules" },
                { &web_shell, "create", "system-units", UNIT "evil.timer", false, "by way of a shell" },
                { &web_agent, "create", "system-units", UNIT "evil.timer", false, "nothing above it but shells" },
                { &root_shell, "create", "system-units", UNIT "evil.timer", false, "somebody's session" },
                { &cron_job, "create", "system-units", UNIT "evil.timer", false, "a job of cron or at" },
                { &keeper, "create", "system-units", UNIT "kept@1.service", true,
                  "keeperd: { exe = [ \"/usr/sbin/keeperd\" ]; unit = [ \"keeper.service\" ]; uid = [ 0 ]; };" },
                { &keeper, "create", "system-units", UNIT "kept@1.service", true, "unit = \"kept@1.service\";" },
                { &keeper, "create", "system-units", UNIT "notes", true, "path = \"" UNIT "notes\";" },
                { &keeper, "create", "system-units", UNIT ".hidden.service", false, "begins with a dot" },
                { &keeper, "create", "system-units", UNIT "ev\"il.service", false,
                  "holds what no rule can be written with" },
                { &keeper, "create", "generators", "/etc/systemd/system-generators/x", false, "left to packages" },
                { &keeper, "modify", "unitward", "/etc/unitward/unitward.conf", false, "unitward itself" },
                { &keeper, "remove", "system-units", UNIT "unitward.service", false, "unitward itself" },
                { &keeper, "mount", "system-units", UNIT "x", false, "can hide every unit" },
                { &pull, "approve", "system-units", UNIT "x.service", false, "for you to say" },
                { &implant, "create", "system-units", UNIT "x.service", false, "no package owns its program" },
                { &far, "create", "system-units", UNIT "x.service", false, "is not on this machine" },
                { &dropped, "create", "system-units", UNIT "x.service", false, "lies where others" },
                { &replaced, "create", "system-units", UNIT "x.service", false, "removed or replaced while it ran" },
                { &package, "create", "generators", "/etc/systemd/system-generators/x", true,
                  "zone = \"generators\";" },
                { &pull, "create", "generators", "/etc/systemd/system-generators/x", false, "left to packages" },
                { &package, "create", "other", "/etc/other/x", true, "actor = \"packages\";\n    zone = \"other\";" },
                { &user, "create", "system-units", UNIT "x.service", false, "a user's, not root's" },
                { &manager, "enable", "system-units", UNIT "a.wants/x.service", false, "who, it does not say" },
                { &nobody, "create", "system-units", UNIT "x.service", false, "nobody knows" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct day day = begin(NULL);

                take(&day, change(cases[i].who, AT, cases[i].operation, cases[i].zone, cases[i].path));
                conclude(&day);
                says(&day, cases[i].said);
                if (day.result->n_rules != cases[i].suggested || day.result->n_allowed != cases[i].suggested)
                        fail_msg("%s %s:\n%s", cases[i].operation, cases[i].path, day.text);
                end(&day);
        }
}

static void test_trust(void **state)
{
        static const struct {
                const char *name;
                const struct who_did *who;
                const char *said;
        } cases[] = {
                { "web.service", &web_agent, "web: { unit = [ \"web.service\" ]; uid = [ 0 ]; };" },
                { "/usr/sbin/nginx", &web_shell,
                  "nginx: { exe = [ \"/usr/sbin/nginx\" ]; uid = [ 0 ]; descendants = true; };" },
                { "alice", &root_shell,
                  "alice: { login_uid = [ \"alice\" ]; unit = [ \"session-*.scope\" ]; uid = [ 0 ]; };" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct day day = begin(cases[i].name);

                take(&day, change(cases[i].who, AT, "create", "system-units", UNIT "app.service"));
                conclude(&day);
                says(&day, cases[i].said);
                says(&day, "WARNING: suggested because of --trust");
                assert_int_equal(day.result->n_allowed, 1);
                end(&day);
        }
}

/* What one record looks like on its own is not what it means. */
static void test_whole(void **state)
{
        struct day day = begin(NULL);

        (void)state;
        take(&day, change(&pull, AT, "create", "system-units", UNIT "app.service"));
        take(&day, change(&pull, AT, "create", "system-units", UNIT "evil.service"));
        take(&day, alert("evil.service", "reverse-shell")); /* the rule for the others would allow it too */
        conclude(&day);
        says(&day, "there is an alert about it");
        says(&day, "they cannot be told apart");
        assert_int_equal(day.result->n_rules, 0);
        assert_int_equal(day.result->n_allowed, 0);
        end(&day);

        day = begin(NULL); /* that says no more than that a rule is missing */
        take(&day, change(&pull, AT, "create", "system-units", UNIT "app.service"));
        take(&day, alert("app.service", "unit-new"));
        conclude(&day);
        says(&day, "WARNING: app.service: what systemd started of it was told of as suspicious");
        assert_int_equal(day.result->n_allowed, 1);
        end(&day);

        day = begin(NULL);
        take(&day, change(&root_shell, AT, "create", "system-units", UNIT "ansible-pull-x.service"));
        take(&day, change(&planted, AT + SECOND, "create", "system-units", UNIT "more.service"));
        conclude(&day);
        says(&day, "its own service was made or changed");
        assert_int_equal(day.result->n_rules, 0);
        end(&day);

        day = begin(NULL);
        take(&day, run(&pull, AT, "enable", "app.service", true));
        conclude(&day);
        says(&day, "cannot be told: LD_PRELOAD is set");
        assert_int_equal(day.result->n_rules, 0);
        end(&day);

        day = begin(NULL); /* what systemd does much later, or about another unit, is not for that run */
        take(&day, run(&pull, AT, "enable", "app.service", false));
        take(&day, change(&manager, AT + 60 * SECOND, "enable", "system-units", UNIT "a.wants/app.service"));
        take(&day, change(&manager, AT + SECOND, "enable", "system-units", UNIT "a.wants/evil.service"));
        conclude(&day);
        says(&day, "who, it does not say");
        assert_int_equal(day.result->n_allowed, 1);
        end(&day);
}

/* Many are told as few: instances as their template, what has a name's beginning in common by that. */
static void test_general(void **state)
{
        struct day day = begin(NULL);

        (void)state;
        for (unsigned i = 0; i < 3; i++) {
                _cleanup_free_ char *path = format(UNIT "kept@%u.service", i);

                take(&day, change(&keeper, AT, "create", "system-units", path));
                take(&day, change(&keeper, AT + SECOND, "create", "system-units", path));
        }
        conclude(&day);
        says(&day, "unit = \"kept@*.service\";");
        says(&day, "# 6 records");
        assert_int_equal(day.result->n_rules, 1);
        assert_int_equal(day.result->n_allowed, 6);
        end(&day);

        day = begin(NULL);
        for (unsigned i = 0; i < 12; i++) {
                _cleanup_free_ char *path = format(UNIT "app-%u.timer", i);

                take(&day, change(&keeper, AT, "create", "system-units", path));
        }
        conclude(&day);
        says(&day, "unit = \"app-*\";");
        assert_int_equal(day.result->n_allowed, 12);
        end(&day);

        day = begin(NULL);
        for (unsigned i = 0; i < SUGGEST_RULES_MAX + 5; i++) {
                _cleanup_free_ char *chain = format("/usr/bin/python3.11@ansible-pull-%u.service", i);

                take(&day,
                     change(&(struct who_did){ chain, NULL, 0, NULL }, AT, "create", "system-units", UNIT "x.timer"));
        }
        conclude(&day);
        says(&day, "there are rules for what was seen more often");
        assert_int_equal(day.result->n_rules, SUGGEST_RULES_MAX);
        end(&day);

        day = begin(NULL);
        conclude(&day);
        says(&day, "allows everything that was recorded");
        end(&day);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_day, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_who, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_trust, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_whole, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_general, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
