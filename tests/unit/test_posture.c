#include "posture_fixture.h"

#include "../../src/policy/policy_internal.h"

#define CASE(...)                                                                                                      \
        (const struct object[])                                                                                        \
        {                                                                                                              \
                __VA_ARGS__,                                                                                           \
                {                                                                                                      \
                        0                                                                                              \
                }                                                                                                      \
        }
#define TRUE "[Service]\nExecStart=/bin/true\n"

static void test_search_path(void **state)
{
        (void)state;
        NEEDS_ROOT();
        assert_findings(CASE(SERVICE("a.service", "ExecStart=/bin/true"),
                             { ETC "a.service.d/x.conf", "", 0640, 0, DEV },
                             { ETC "b.service", "/dev/null", S_IFLNK, 0, 0 }),
                        "");
        assert_findings(CASE({ UNITS "a.service", TRUE, 0646, 0, 0 }),
                        "critical unit-writable /usr/lib/systemd/system/a.service: everybody\n"); /* started or not */
        assert_findings(CASE({ UNITS "a.service", TRUE, 0664, ALICE, DEV }),
                        "high unit-owner /usr/lib/systemd/system/a.service: alice\n"
                        "high unit-writable /usr/lib/systemd/system/a.service: group dev (alice, bob)\n");
        assert_findings(CASE({ ETC "a.service.d", NULL, 0777, 0, 0 }),
                        "critical unit-writable /etc/systemd/system/a.service.d: everybody\n");
        assert_findings(CASE({ ETC "a.service.d/x.conf", "", 0644, SVC, 0 }),
                        "high unit-owner /etc/systemd/system/a.service.d/x.conf: svc\n");
        assert_findings(CASE({ ETC "a.target.wants", NULL, 0775, 0, EMPTY }),
                        "info unit-writable /etc/systemd/system/a.target.wants: group empty, which has no members\n");
        assert_findings(CASE({ "/etc/systemd", NULL, 0755, BOB, 0 }, { ETC "a.service", TRUE, 0, 0, 0 }),
                        "high unit-owner /etc/systemd: bob\n"); /* above */
        assert_findings(CASE({ "/etc/systemd/user/a.service", TRUE, 0644, ALICE, 0 }),
                        "high unit-owner /etc/systemd/user/a.service: alice\n"); /* root's manager loads it too */
}

static void test_homes(void **state)
{
        (void)state;
        NEEDS_ROOT();
        assert_findings(CASE({ "/home/alice/.config", NULL, 0755, ALICE, ALICE },
                             { "/home/alice/.config/systemd/user/a.service", TRUE, 0644, ALICE, ALICE }),
                        "");
        assert_findings(CASE({ "/home/alice/.config/systemd/user/a.service", TRUE, 0644, BOB, ALICE },
                             { "/home/alice/.local/share/systemd/user", NULL, 0757, ALICE, ALICE }),
                        "high unit-writable /home/alice/.local/share/systemd/user: everybody\n"
                        "medium unit-owner /home/alice/.config/systemd/user/a.service: bob\n");
        assert_findings(
                CASE({ "/home/alice/.config/systemd/user/a.service", "[Service]\nExecStart=/opt/x\n", 0, ALICE, 0 },
                     { "/opt/x", "", 0755, ALICE, 0 },
                     { "/home/alice/.config/systemd/user/b.service", "[Service]\nExecStart=/opt/y\n", 0, ALICE, 0 },
                     { "/opt/y", "", 0755, BOB, 0 }),
                "medium program-owner /opt/y: bob\n");
}

static void test_links(void **state)
{
        (void)state;
        NEEDS_ROOT();
        assert_findings(CASE({ "/opt/a.service", TRUE, 0, 0, 0 }, { ETC "a.service", "/opt/a.service", S_IFLNK, 0, 0 }),
                        "");
        assert_findings(
                CASE({ "/opt/a.service", TRUE, 0, ALICE, 0 }, { ETC "a.service", "/opt/a.service", S_IFLNK, 0, 0 }),
                "high unit-link /etc/systemd/system/a.service: alice\n");
        assert_findings(CASE({ "/srv/u", NULL, 0757, 0, 0 }, { "/srv/u/a.service", TRUE, 0, 0, 0 },
                             { ETC "a.service", "../../../srv/u/a.service", S_IFLNK, 0, 0 }),
                        "critical unit-link /etc/systemd/system/a.service: everybody\n");
        assert_findings(CASE({ ETC "a.service", "/tmp/a.service", S_IFLNK, 0, 0 }),
                        "critical unit-link /etc/systemd/system/a.service: everybody\n"); /* not there: anybody's */
        assert_findings(
                CASE({ UNITS "a.service", TRUE, 0646, 0, 0 },
                     { ETC "multi-user.target.wants/a.service", UNITS "a.service", S_IFLNK, 0, 0 }),
                "critical unit-writable /usr/lib/systemd/system/a.service: everybody\n"); /* said once, of the unit */
        /* A link that leaves the root stays in it. */
        assert_findings(CASE({ "/x.service", TRUE, 0646, 0, 0 },
                             { ETC "a.service", "../../../../../../x.service", S_IFLNK, 0, 0 }),
                        "critical unit-link /etc/systemd/system/a.service: everybody\n");
}

static void test_acl(void **state)
{
        static const struct object objects[] = { { ETC "a.service", TRUE, 0, 0, 0 },
                                                 { ETC "b.service.d", NULL, 0, 0, 0 },
                                                 { 0 } };
        char root[] = "/tmp/unitward-posture-XXXXXX", command[512];
        _cleanup_free_ char *found = NULL;
        struct posture *posture;

        (void)state;
        NEEDS_ROOT();
        root_make(root, objects);
        (void)snprintf(command, sizeof command,
                       "cd %s" ETC
                       " && setfacl -m u:1001:rw,g:301:r a.service 2>/dev/null && setfacl -d -m g:300:rwx b.service.d",
                       root);
        if (system(command) != 0) {
                print_message("skipped: no access control lists here\n");
                scratch_remove(root);
                skip();
        }
        posture = posture_of(root, NULL);
        found = findings_text(posture);
        posture_free(posture);
        scratch_remove(root);
        assert_string_equal(found, "high unit-acl /etc/systemd/system/a.service: bob\n"
                                   "high unit-acl /etc/systemd/system/b.service.d: group dev (alice, bob)\n");
}

static void test_secrets(void **state)
{
        static const struct {
                const char *text;
                mode_t mode;
                bool is_secret;
        } cases[] = {
                { "Environment=DB_PASSWORD=x", 0644, true },
                { "Environment=A=b 'api_token=two words'", 0644, true },
                { "Environment=URL=https://a:b@host/", 0644, true },
                { "SetCredential=login:hunter2", 0644, true },
                { "Environment=DB_PASSWORD=x", 0600, false },
                { "Environment=DB_PASSWORD=x", 0640, false }, /* root's group has no other member */
                { "Environment=PASSWORD_FILE=/etc/x", 0644, false },
                { "Environment=TOKEN_TTL=60", 0644, false },
                { "Environment=USE_SECRET=yes", 0644, false },
                { "Environment=DB_PASSWORD=", 0644, false },
                { "Environment=URL=https://host/a:b@c", 0644, false },
                { "Environment=DB_PASSWORD=x\nEnvironment=", 0644, false },
                { "SetCredential=login:", 0644, false },
                { "LoadCredential=login:/etc/login", 0644, false },
        };

        (void)state;
        NEEDS_ROOT();
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text = format("[Service]\nExecStart=/bin/true\n%s\n", cases[i].text);

                assert_findings(CASE({ ETC "a.service", text, cases[i].mode, 0, 0 }),
                                cases[i].is_secret ? "medium unit-secret /etc/systemd/system/a.service: everybody\n"
                                                   : "");
        }
}

/* ---- What the policy says ---------------------------------------------------------------------------------- */

#define POLICY "zones: { z: { paths = [ \"/etc/systemd/system/\" ]; }; };\n"
#define WRITABLE                                                                                                       \
        {                                                                                                              \
                ETC "a.service", TRUE, 0646, 0, 0                                                                      \
        }

static struct policy *policy_of(const char *text)
{
        struct policy_report report;
        struct policy *policy = NULL;

        if (policy_load_text("x.conf", text, POLICY_SKIP_OWNER_CHECK, &policy, &report) < 0)
                for (size_t i = 0; i < report.n_findings; i++)
                        print_message("%s\n", report.findings[i].text);
        policy_report_done(&report);
        assert_non_null(policy);
        return policy;
}

static void test_restricted(void **state)
{
        struct policy *policy =
                policy_of(POLICY "rules = ( { id = \"r\"; zone = \"z\"; on = \"read\"; then = \"deny\"; } );\n");

        (void)state;
        NEEDS_ROOT();
        assert_findings_with(policy,
                             CASE({ ETC "a.service", TRUE, 0, 0, 0 }, { UNITS "b.service", TRUE, 0, 0, 0 },
                                  { ETC "c.service", TRUE, 0640, 0, DEV }, { ETC "d.service", TRUE, 0600, 0, DEV }),
                             "low unit-readable /etc/systemd/system/a.service: everybody\n"
                             "low unit-readable /etc/systemd/system/c.service: group dev (alice, bob)\n");
        policy_unref(policy);
}

/* Whether the one finding counts, and whether it was accepted once. */
static void check_acceptance(const char *accepted, bool counts, bool expired)
{
        static const struct object objects[] = { WRITABLE, { 0 } };
        _cleanup_free_ char *text = format(POLICY "accepted = ( %s );\n", accepted);
        char root[] = "/tmp/unitward-posture-XXXXXX";
        struct policy *policy = policy_of(text);
        const struct finding *finding;
        struct posture *posture;

        root_make(root, objects);
        posture = posture_of(root, policy);
        assert_int_equal(posture_n_findings(posture), 1);
        finding = posture_finding(posture, 0);
        assert_int_equal(finding_counts(finding), counts);
        assert_int_equal(finding->expired, expired);
        assert_int_equal(finding->accepted != NULL, !counts || expired);
        posture_free(posture);
        policy_unref(policy);
        scratch_remove(root);
}

#define ACCEPT(check, path, until)                                                                                     \
        "{ check = \"" check "\"; path = \"" path "\"; reason = \"it is so\"; until = \"" until "\"; }"

static void test_accepted(void **state)
{
        (void)state;
        NEEDS_ROOT();
        check_acceptance("", true, false);
        check_acceptance(ACCEPT("unit-writable", ETC "a.service", "2099-12-31"), false, false);
        check_acceptance(ACCEPT("unit-writable", ETC "*", "2099-12-31"), false, false);
        check_acceptance(ACCEPT("unit-owner", ETC "a.service", "2099-12-31"), true, false);
        check_acceptance(ACCEPT("unit-writable", ETC "b.service", "2099-12-31"), true, false);
        check_acceptance(ACCEPT("unit-writable", ETC "a.service", "2020-02-29"), true, true);
        check_acceptance(ACCEPT("unit-writable", ETC "a.service", "2020-02-29") ", " ACCEPT("unit-writable", ETC "*",
                                                                                            "2099-01-01"),
                         false, false);
        check_acceptance(ACCEPT("unit-writable", ETC "*", "2099-01-01") ", " ACCEPT("unit-writable", ETC "a.service",
                                                                                    "2020-02-29"),
                         false, false);
}

/* What is wrong with an entry is said, with where it is; one that has run out is a warning. */
static void test_wrong_entries(void **state)
{
        static const struct {
                const char *entry, *said;
                bool refused;
        } cases[] = {
                { ACCEPT("unit-writable", "/a", "2099-12-31"), NULL, false },
                { ACCEPT("unit-writable", "/a", "2020-02-29"), "2020-02-29 has passed", false },
                { ACCEPT("unit-writable", "/a", "2099-02-29"), "\"2099-02-29\" is no day", true },
                { ACCEPT("unit-writable", "/a", "2099-1-1"), "is no day", true },
                { ACCEPT("unit-writable", "/a", "never"), "is no day", true },
                { ACCEPT("everything", "/a", "2099-12-31"), "\"everything\" is no check", true },
                { ACCEPT("unit-writable", "a", "2099-12-31"), "accepted[0].path", true },
                { "{ check = \"sudo\"; path = \"/a\"; until = \"2099-12-31\"; reason = \" \"; }", "says nothing",
                  true },
                { "{ check = \"sudo\"; path = \"/a\"; until = \"2099-12-31\"; }", "has no \"reason\"", true },
                { "{ check = \"sudo\"; path = \"/a\"; reason = \"x\"; }", "has no \"until\"", true },
                { "{ check = \"sudo\"; until = \"2099-12-31\"; reason = \"x\"; }", "has no \"path\"", true },
                { "{ path = \"/a\"; until = \"2099-12-31\"; reason = \"x\"; }", "has no \"check\"", true },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text = format(POLICY "accepted = ( %s );\n", cases[i].entry);
                struct policy_report report;
                struct policy *policy = NULL;
                int r = policy_load_text("x.conf", text, POLICY_SKIP_OWNER_CHECK, &policy, &report);

                if ((r < 0) != cases[i].refused || report.n_findings != (cases[i].said != NULL) ||
                    (cases[i].said && !strstr(report.findings[0].text, cases[i].said)))
                        fail_msg("%s: %d, %s", cases[i].entry, r,
                                 report.n_findings > 0 ? report.findings[0].text : "nothing said");
                policy_report_done(&report);
                policy_unref(policy);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_search_path), cmocka_unit_test(test_homes),
                cmocka_unit_test(test_links),       cmocka_unit_test(test_acl),
                cmocka_unit_test(test_secrets),     cmocka_unit_test(test_restricted),
                cmocka_unit_test(test_accepted),    cmocka_unit_test(test_wrong_entries),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
