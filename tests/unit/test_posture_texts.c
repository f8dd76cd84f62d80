/* What polkit's files say yes to, and what scripts run: from their text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unitward/polkit_text.h"
#include "unitward/script.h"
#include "unitward/udev_text.h"
#include "unitward/util.h"

/* ---- polkit ------------------------------------------------------------------------------------------------ */

static int describe(const struct polkit_grant *grant, void *userdata)
{
        char *said = userdata;
        size_t n = strlen(said);

        (void)snprintf(said + n, 512 - n, "%u %s%s%s", grant->line,
                       grant->action ? strrchr(grant->action, '.') + 1 : "*", grant->one_unit ? " unit" : "",
                       grant->conditional ? " if" : "");
        for (size_t i = 0; i < grant->n_groups; i++) {
                n = strlen(said);
                (void)snprintf(said + n, 512 - n, " g:%s", grant->groups[i]);
        }
        for (size_t i = 0; i < grant->n_users; i++) {
                n = strlen(said);
                (void)snprintf(said + n, 512 - n, " u:%s", grant->users[i]);
        }
        (void)strcat(said, ";");
        return 0;
}

#define RULE(condition)                                                                                                \
        "polkit.addRule(function(action, subject) {\n  if (" condition ") { return polkit.Result.YES; }\n});\n"
#define MANAGE "action.id == \"org.freedesktop.systemd1.manage-units\""

static void test_rules(void **state)
{
        static const struct {
                const char *text, *said;
        } table[] = {
                { "", "" },
                { RULE(MANAGE), "1 manage-units;" },
                { RULE(MANAGE " && subject.isInGroup(\"ops\")"), "1 manage-units g:ops;" },
                { RULE(MANAGE " && subject.isInGroup ( 'ops' ) || subject.user == \"bob\""),
                  "1 manage-units g:ops u:bob;" },
                { RULE(MANAGE " && subject.user === 'bob'"), "1 manage-units u:bob;" },
                { RULE(MANAGE " && subject.isInGroup(name)"), "1 manage-units if;" },
                { RULE(MANAGE " && subject.active"), "1 manage-units if;" },
                { RULE(MANAGE " && action.lookup(\"unit\") == \"app.service\""), "1 manage-units unit;" },
                { RULE("action.id.indexOf(\"org.freedesktop.systemd1.\") == 0"), "1 manage-units;" },
                { RULE("/^org\\.freedesktop\\.systemd1\\./.test(action.id)"), "1 manage-units;" },
                { RULE("action.id == \"org.freedesktop.policykit.exec\""), "1 exec;" },
                { RULE("action.id == \"org.freedesktop.hostname1.set-hostname\""), "" },
                { RULE("subject.user == \"bob\""), "1 * u:bob;" },
                { "// " RULE(MANAGE), "" },
                { "/* " MANAGE " */\n\n" RULE("true"), "3 *;" },
                { "polkit.addRule(function(a, s) { if (" MANAGE ") return polkit.Result.NO; });", "" },
                { "polkit.addRule(function(a, s) { if (" MANAGE ") return \"yes\"; });", "1 manage-units;" },
                { "var x = \"//\"; " RULE(MANAGE), "1 manage-units;" },
                { "polkit.addRule(/*", "" },
                { "polkit.addRule(\"\\", "" },
                { "polkit.addAdminRule(function(action, subject) { return [\"unix-group:sudo\"]; });", "" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                char said[512] = "";

                assert_int_equal(polkit_rules_each(table[i].text, strlen(table[i].text), describe, said), 0);
                if (!streq(said, table[i].said))
                        fail_msg("%s: %s", table[i].text, said);
        }
}

static void test_authorities(void **state)
{
        static const char text[] =
                "# a comment\n[one]\nIdentity=unix-user:bob;unix-group:ops\n"
                "Action=org.freedesktop.systemd1.*\nResultAny=no\nResultActive=yes\n\n"
                "[two]\nIdentity=unix-group:*\nAction=org.freedesktop.hostname1.*;org.freedesktop.*\n"
                "ResultInactive=yes\n[three]\nIdentity=unix-user:eve\nAction=*\nResultAny=auth_admin\n";
        char said[512] = "";

        (void)state;
        assert_int_equal(polkit_authority_each(text, strlen(text), describe, said), 0);
        assert_string_equal(said, "2 manage-units g:ops u:bob;8 manage-units;");
}

static void test_policies(void **state)
{
        static const char text[] = "<policyconfig>\n<action id=\"org.freedesktop.systemd1.manage-units\">\n<defaults>\n"
                                   "<allow_any>auth_admin</allow_any>\n<allow_active>yes</allow_active>\n"
                                   "</defaults></action>\n<action id=\"org.freedesktop.systemd1.manage-unit-files\">\n"
                                   "<allow_any>yes</allow_any>\n<allow_active>yes</allow_active></action>\n"
                                   "<action id=\"org.freedesktop.login1.reboot\">\n<allow_any>yes</allow_any>\n";
        char said[512] = "";

        (void)state;
        assert_int_equal(polkit_policy_each(text, strlen(text), describe, said), 0);
        assert_string_equal(said, "2 manage-units if;7 manage-unit-files;");
}

/* ---- Scripts ----------------------------------------------------------------------------------------------- */

static int tell(const char *path, enum script_use use, void *userdata)
{
        char *said = userdata;
        size_t n = strlen(said);

        (void)snprintf(said + n, 512 - n, "%c%s ", "rsn"[use], path);
        return 0;
}

static void test_scripts(void **state)
{
        static const struct {
                const char *text, *said;
        } table[] = {
                { "", "" },
                { "/bin/ls\n", "" },
                { "#!/bin/sh -e\n/opt/a x /opt/b\n", "r/bin/sh r/opt/a n/opt/b " },
                { "#!/bin/sh\n. /etc/a; source \"/etc/b\"\n", "r/bin/sh s/etc/a s/etc/b " },
                { "#!/bin/sh\nif [ -x /opt/a ]; then /opt/b; fi\n", "r/bin/sh n/opt/a r/opt/b " },
                { "#!/bin/sh\nexec /opt/a $(/opt/b) `/opt/c`\n", "r/bin/sh r/opt/a r/opt/b r/opt/c " },
                { "#!/bin/sh\necho x >/tmp/out </tmp/in\n", "r/bin/sh n/tmp/out n/tmp/in " },
                { "#!/bin/sh\n# /opt/a\necho # /opt/b\n", "r/bin/sh " },
                { "#!/bin/sh\n/opt/$x /opt/* ${y}/opt/c\n", "r/bin/sh " },
                { "#!/bin/sh\nX=/opt/a; Y=\"/opt/b\"\n", "r/bin/sh n/opt/b " },
                { "#!/usr/bin/env python3\nopen('/opt/a')\n", "r/usr/bin/env n/opt/a " },
                { "#!/bin/sh", "r/bin/sh " },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                char said[512] = "";

                assert_int_equal(script_each(table[i].text, strlen(table[i].text), tell, said), 0);
                if (!streq(said, table[i].said))
                        fail_msg("%s: %s", table[i].text, said);
        }
}

static void test_binaries(void **state)
{
        char said[512] = "";

        (void)state;
        assert_int_equal(script_each("#!/bin/sh\n\0/opt/a\n", 18, tell, said), 0);
        assert_string_equal(said, "");
}

/* ---- udev's rules ------------------------------------------------------------------------------------------ */

static int put_unit(const char *unit, bool of_users, void *userdata)
{
        char *said = userdata;
        size_t n = strlen(said);

        (void)snprintf(said + n, 512 - n, "%s%s ", of_users ? "user:" : "", unit);
        return 0;
}

static void test_udev(void **state)
{
        static const struct {
                const char *text, *said;
        } table[] = {
                { "", "" },
                { "TAG+=\"systemd\", ENV{SYSTEMD_WANTS}+=\"a.service b.target\"", "a.service b.target " },
                { "ENV{SYSTEMD_WANTS} = \"a.service\", ENV{X}=\"y\", ENV{SYSTEMD_USER_WANTS}:=\"b.service\"\n",
                  "a.service user:b.service " },
                { "  # ENV{SYSTEMD_WANTS}=\"a.service\"\nENV{SYSTEMD_WANTS}=\"b.service\"", "b.service " },
                { "ENV{SYSTEMD_WANTS}==\"a.service\", ENV{SYSTEMD_WANTS}!=\"b.service\"", "" },
                { "ENV{SYSTEMD_WANTS}+=\"a@b:$name.service x@%k.service\"", "a@x.service x@x.service " },
                { "ENV{SYSTEMD_WANTS}+=\"$env{X}.service $env{X}@y.service no-unit\"", "" },
                { "ENV{SYSTEMD_WANTS}+=\"a.service", "" },
                { "ENV{SYSTEMD_WANTS}", "" },
                { "ENV{SYSTEMD_WANTS}+=", "" },
                { "ENV{SYSTEMD_WANTSX}+=\"a.service\" {{SYSTEMD_WANTS}=\"b.service\"", "b.service " },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                char said[512] = "";

                assert_int_equal(udev_wanted_units(table[i].text, strlen(table[i].text), put_unit, said), 0);
                if (!streq(said, table[i].said))
                        fail_msg("%s: %s", table[i].text, said);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rules),   cmocka_unit_test(test_authorities), cmocka_unit_test(test_policies),
                cmocka_unit_test(test_scripts), cmocka_unit_test(test_binaries),    cmocka_unit_test(test_udev),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
