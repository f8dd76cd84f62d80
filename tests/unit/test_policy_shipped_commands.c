/* policy/unitward.conf: who may run which command for what. */
#include "../../src/ctl/explain.h"

#include "policy_actors.h"

enum column {
        PACKAGES,      /* a maintainer script */
        ADMINISTRATOR, /* sudo, in his session */
        OPERATOR,      /* the same one before sudo */
        ROOT_SESSION,  /* root logged in */
        SU,            /* became root, and is no administrator */
        SERVICE,       /* a service that runs as root */
        EXTENSIONS,
        ALICE, /* a user in her session */
        COLUMN_COUNT_,
};

static const char *const column_names[COLUMN_COUNT_] = {
        [PACKAGES] = "packages",
        [ADMINISTRATOR] = "administrator",
        [OPERATOR] = "operator",
        [ROOT_SESSION] = "root",
        [SU] = "su",
        [SERVICE] = "service",
        [EXTENSIONS] = "extensions",
        [ALICE] = "alice",
};

static const struct who columns[COLUMN_COUNT_] = {
        [PACKAGES] = { .exe = "/bin/sh", .parent_exe = "/usr/bin/dpkg", .login_uid = (uid_t)-1 },
        [ADMINISTRATOR] = { .exe = "/bin/sh", .login_uid = 7, .unit = "session-1.scope" },
        [OPERATOR] = { .exe = "/bin/sh", .uid = 7, .login_uid = 7, .unit = "session-1.scope" },
        [ROOT_SESSION] = { .exe = "/bin/sh", .unit = "session-2.scope" },
        [SU] = { .exe = "/bin/sh", .login_uid = 1000, .unit = "session-3.scope" },
        [SERVICE] = { .exe = "/bin/sh", .login_uid = (uid_t)-1, .unit = "broken.service" },
        [EXTENSIONS] = { .exe = "/bin/sh", .login_uid = (uid_t)-1, .unit = "systemd-sysext.service" },
        [ALICE] = { .exe = "/bin/sh", .uid = 1000, .login_uid = 1000, .unit = "session-3.scope" },
};

/* "y" where the column may, in the columns' order: packages administrator operator root su service extensions alice. */
static const struct {
        const char *line, *who;
} rows[] = {
        { "systemctl", "yyyyyyyy" },
        { "systemctl status cron", "yyyyyyyy" },
        { "systemctl --user list-timers", "yyyyyyyy" },
        { "systemctl cat sshd.service", "yyyyyyyy" },
        { "systemctl show-environment", "yyyyyyyy" },
        { "systemctl restart nginx", "yyyyyyy." },
        { "systemctl stop 'ngin*'", "yyyyyyy." },
        { "systemctl kill -s HUP rsyslog.service", "yyyyyyy." },
        { "systemctl daemon-reload", "yyyyyyy." },
        { "systemctl poweroff", "yyyyyyy." },
        { "systemctl daemon-reexec", "yyyy...." },
        { "systemctl set-environment A=b", "yyyy...." },
        { "systemctl enable x.timer", "yyyy...." },
        { "systemctl --now enable x.timer", "yyyy...." },
        { "systemctl disable auditd", "yyyy...." },
        { "systemctl mask auditd", "yyyy...." },
        { "systemctl link /tmp/x.service", "yyyy...." },
        { "systemctl edit cron", "yyyy...." },
        { "systemctl preset-all", "yyyy...." },
        { "systemctl set-default rescue.target", "yyyy...." },
        { "systemctl set-property cron.service CPUWeight=5", "yyyy...." },
        { "systemctl set-property --runtime cron.service CPUWeight=5", "yyyy...." },
        { "systemctl --root=/ enable x.timer", "yy.y...." },
        { "systemctl --global enable x.timer", "yy.y...." },
        { "systemctl -H other restart nginx", "yyyy...." },
        { "systemctl --user restart pipewire", "yyyyyyyy" },
        { "systemctl --user daemon-reload", "yyyyyyyy" },
        { "systemctl --user enable x.timer", "yy.y...." },
        { "systemctl --user set-environment A=b", "yyyyyyyy" },
        { "systemctl --user import-environment DISPLAY", "yyyyyyyy" },
        { "systemctl --user daemon-reexec", "yy.y...." },
        { "systemctl --user link /tmp/x.service", "yy.y...." },
        { "systemd-run --version", "yyyyyyyy" },
        { "systemd-run --scope sleep 1", "yyyyyyyy" },
        { "systemd-run --user --scope sleep 1", "yyyyyyyy" },
        { "systemd-run true", "yyyy...." },
        { "systemd-run --on-calendar=daily true", "yyyy...." },
        { "systemd-run --user --on-active=5 true", "yy.y...." },
        { "run0 true", "yyyy...." },
        { "busctl list", "yyyyyyyy" },
        { "busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager Reload",
          "yyyy...." },
        { "loginctl", "yyyyyyyy" },
        { "loginctl lock-session", "yyyyyyyy" },
        { "loginctl enable-linger alice", "yyyy...." },
        { "portablectl list", "yyyyyyyy" },
        { "portablectl attach /tmp/image", "yyyy...." },
        { "systemd-sysext status", "yyyyyyyy" },
        { "systemd-sysext refresh", "yyyy..y." },
        { "systemd-stdio-bridge", "yyyy...." },
        { "systemd-stdio-bridge --user", "yy.y...." },
        { "systemd-stdio-bridge --version", "yyyyyyyy" },
        { "atq", "yyyyyyyy" },
        { "at now", "yyyy...." },
        { "crontab -l", "yyyyyyyy" },
        { "crontab -e", "yyyy...." },
        { "crontab /tmp/file", "yyyy...." },
};

/* Administrators are members of groups that this machine may not have: here they log in as uid 7. */
static char *with_team(const char *text)
{
        static const char group[] = "login_group = [ \"sudo\", \"wheel\" ]", uid[] = "login_uid = 7";
        char *result = strdup(text);
        unsigned n = 0;

        for (char *at; (at = strstr(result, group)); n++) {
                char *longer = format("%.*s%s%s", (int)(at - result), result, uid, at + strlen(group));

                free(result);
                result = longer;
        }
        assert_int_equal(n, 2);
        return result;
}

static struct policy *load_shipped(void)
{
        _cleanup_free_ char *text = NULL, *changed = NULL;
        size_t size;

        assert_int_equal(trusted_file_read("policy/unitward.conf", 1 << 20, &text, &size, NULL), 0);
        changed = with_team(text);
        return load(changed);
}

static enum outcome ask(const struct policy *policy, const struct who *who, const char *line, enum operation operation,
                        struct question *question)
{
        _cleanup_free_ char *words = strdup(line);
        struct explain_options options = { .operation = operation };

        *question = (struct question){ .policy = policy };
        options.actor = make_actor(who);
        options.n_words = (size_t)command_split(words, options.words, COMMAND_ARGUMENTS_MAX);
        explain_command(question, &options);
        if (!question->is_protected)
                fail_msg("%s: not gated", line);
        return question->outcome;
}

static bool exists(const struct who *who)
{
        return !who->parent_exe || access(who->parent_exe, F_OK) == 0;
}

static void test_who_runs_what(void **state)
{
        struct policy *policy = load_shipped();

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                assert_int_equal(strlen(rows[i].who), COLUMN_COUNT_);
                for (enum column column = 0; column < COLUMN_COUNT_; column++) {
                        struct question question;
                        enum outcome outcome, expected = rows[i].who[column] == 'y' ? OUTCOME_ALLOW : OUTCOME_DENY;

                        if (!exists(&columns[column]))
                                continue;
                        outcome = ask(policy, &columns[column], rows[i].line, OPERATION_EXEC, &question);
                        if (outcome != expected)
                                fail_msg("%s, %s: %s by %s, asked for %s", rows[i].line, column_names[column],
                                         outcome_name(outcome), question.rule ? question.rule->id : "default",
                                         question.access.verb ? question.access.verb : question.request.why);
                }
        }
        policy_unref(policy);
}

static void test_who_reads_programs(void **state)
{
        static const char who[] = "yyyy....";
        struct policy *policy = load_shipped();

        (void)state;
        for (enum column column = 0; column < COLUMN_COUNT_; column++) {
                struct question question;

                if (!exists(&columns[column]))
                        continue;
                if ((ask(policy, &columns[column], "systemctl", OPERATION_READ, &question) == OUTCOME_ALLOW) !=
                    (who[column] == 'y'))
                        fail_msg("%s", column_names[column]);
        }
        policy_unref(policy);
}

/* Whoever's run is unclear may look at nothing any more, and administrators do as they like. */
static void test_unclear(void **state)
{
        static const char who[] = "yy.y....";
        static char preload[] = "LD_PRELOAD=/tmp/x.so";
        struct policy *policy = load_shipped();

        (void)state;
        for (enum column column = 0; column < COLUMN_COUNT_; column++) {
                char words[] = "systemctl status";
                struct explain_options options = { .variables = { preload } };
                struct question question = { .policy = policy };

                if (!exists(&columns[column]))
                        continue;
                options.operation = OPERATION_EXEC;
                options.actor = make_actor(&columns[column]);
                options.n_words = (size_t)command_split(words, options.words, COMMAND_ARGUMENTS_MAX);
                explain_command(&question, &options);
                if ((question.outcome == OUTCOME_ALLOW) != (who[column] == 'y'))
                        fail_msg("%s: %s", column_names[column], outcome_name(question.outcome));
        }
        policy_unref(policy);
}

/* The bridge to a user's bus, for who is no program yet but systemd's, in a session that nobody logged in to. */
static void test_session_starts(void **state)
{
        static const char systemd[] = "/usr/lib/systemd/systemd", scope[] = "session-c1.scope",
                          own[] = "systemd-stdio-bridge -punix:path=/run/user/1000/bus";
        static const struct {
                struct who who;
                const char *line;
                enum outcome outcome;
        } cases[] = {
                { { .exe = systemd, .unit = scope, .uid = 1000, .login_uid = (uid_t)-1 }, own, OUTCOME_ALLOW },
                { { .exe = systemd, .unit = scope, .login_uid = (uid_t)-1 }, "systemd-stdio-bridge", OUTCOME_DENY },
                { { .exe = systemd, .unit = scope, .login_uid = (uid_t)-1 }, "systemctl enable x", OUTCOME_DENY },
                { { .exe = systemd, .unit = scope, .uid = 1000, .login_uid = 1000 }, own, OUTCOME_DENY },
                { { .exe = systemd, .unit = "user@1000.service", .uid = 1000, .login_uid = (uid_t)-1 },
                  own,
                  OUTCOME_DENY },
                { { .exe = "/bin/sh", .unit = scope, .login_uid = (uid_t)-1 }, own, OUTCOME_DENY },
        };
        struct policy *policy;

        (void)state;
        if (access(systemd, F_OK) < 0)
                skip();
        policy = load_shipped();
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct question question;

                if (ask(policy, &cases[i].who, cases[i].line, OPERATION_EXEC, &question) != cases[i].outcome)
                        fail_msg("row %zu: %s", i, question.rule ? question.rule->id : "default");
        }
        policy_unref(policy);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_who_runs_what),
                cmocka_unit_test(test_who_reads_programs),
                cmocka_unit_test(test_unclear),
                cmocka_unit_test(test_session_starts),
        };

        return cmocka_run_group_tests_name("policy: what is shipped, commands", tests, NULL, NULL);
}
