#include "posture_fixture.h"

#define CASE(...)                                                                                                      \
        (const struct object[])                                                                                        \
        {                                                                                                              \
                __VA_ARGS__,                                                                                           \
                {                                                                                                      \
                        0                                                                                              \
                }                                                                                                      \
        }

static void test_nothing(void **state)
{
        (void)state;
        NEEDS_ROOT();
        assert_findings(CASE(SERVICE("a.service", "ExecStart=/bin/true x")), "");
        assert_findings(
                CASE(SERVICE("a.service", "User=svc\nWorkingDirectory=/var/lib/svc\nExecStart=/var/lib/svc/run"),
                     { "/var/lib/svc/run", "\177ELF", 0755, SVC, SVC }),
                ""); /* what the unit's own user may change is no news */
        assert_findings(CASE(SERVICE("a.service", "EnvironmentFile=-/etc/default/a\nExecStart=-/opt/not-there")), "");
        assert_findings(
                CASE({ ETC "a.service", "[Service]\nExecStart=/opt/x\n", 0, 0, 0 }, { "/opt/x", "x", 0777, ALICE, 0 }),
                ""); /* nothing starts it */
        assert_findings(CASE(SERVICE("a.service", "ExecStart=/opt/x"), { "/opt/x", "x", 0775, 0, SVC },
                             { "/etc/systemd/system/a.service.d/a.conf", "[Service]\nUser=svc\n", 0, 0, 0 }),
                        ""); /* its group is that user alone */
}

static void test_writable(void **state)
{
        (void)state;
        NEEDS_ROOT();
        assert_findings(CASE(SERVICE("a.service", "ExecStart=/opt/x"), { "/opt/x", "x", 0777, 0, 0 }),
                        "critical program-writable /opt/x: everybody\n");
        assert_findings(CASE(SERVICE("a.service", "User=svc\nExecStart=/opt/x"), { "/opt/x", "x", 0777, 0, 0 }),
                        "high program-writable /opt/x: everybody\n");
        assert_findings(CASE(SERVICE("a.service", "ExecStart=/opt/x"), { "/opt/x", "x", 0755, ALICE, 0 }),
                        "high program-owner /opt/x: alice\n");
        assert_findings(CASE(SERVICE("a.service", "ExecStart=/opt/x"), { "/opt/x", "x", 0755, 4242, 0 }),
                        "low program-owner /opt/x: whoever gets the user number 4242\n");
        assert_findings(CASE(SERVICE("a.service", "ExecStart=/opt/x"), { "/opt/x", "x", 0775, 0, DEV }),
                        "high program-writable /opt/x: group dev (alice, bob)\n");
        assert_findings(CASE(SERVICE("a.service", "ExecStart=/opt/x"), { "/opt/x", "x", 0775, 0, EMPTY }),
                        "info program-writable /opt/x: group empty, which has no members\n");
        assert_findings(CASE(SERVICE("a.service", "User=svc\nExecStartPre=+/opt/x\nExecStart=/bin/true"),
                             { "/opt/x", "x", 0755, SVC, 0 }),
                        "high program-owner /opt/x: svc\n"); /* '+': it runs as root */
        assert_findings(
                CASE(SERVICE("a.service", "DynamicUser=yes\nExecStart=/opt/x"), { "/opt/x", "x", 0755, 62000, 0 }), "");
}

static void test_parents(void **state)
{
        (void)state;
        NEEDS_ROOT();
        assert_findings(CASE({ "/opt/app", NULL, 0757, 0, 0 }, { "/opt/app/bin/x", "x", 0755, 0, 0 },
                             SERVICE("a.service", "ExecStart=/opt/app/bin/x")),
                        "critical directory-writable /opt/app: everybody\n");
        assert_findings(CASE({ "/opt/app", NULL, 01777, 0, 0 }, { "/opt/app/bin/x", "x", 0755, 0, 0 },
                             SERVICE("a.service", "ExecStart=/opt/app/bin/x")),
                        ""); /* sticky: names that are there stay their owners' */
        assert_findings(CASE({ "/opt/app", NULL, 01777, 0, 0 }, { "/opt/app/x", "../real", S_IFLNK, BOB, 0 },
                             { "/opt/real", "x", 0755, 0, 0 }, SERVICE("a.service", "ExecStart=/opt/app/x")),
                        "high program-owner /opt/app/x: bob\n");
        assert_findings(CASE({ "/opt/x", "/srv/hop", S_IFLNK, 0, 0 }, { "/srv", NULL, 0755, ALICE, 0 },
                             { "/srv/hop", "/usr/bin/true", S_IFLNK, 0, 0 }, SERVICE("a.service", "ExecStart=/opt/x")),
                        "high directory-owner /srv: alice\n"); /* a link in the middle of the way */
        assert_findings(CASE({ "/opt/x", "x", S_IFLNK, 0, 0 }, SERVICE("a.service", "ExecStart=/opt/x")), "");
}

static void test_missing(void **state)
{
        (void)state;
        NEEDS_ROOT();
        assert_findings(CASE(SERVICE("a.service", "ExecStart=/opt/x")),
                        "info program-missing /opt/x: nobody but root\n");
        assert_findings(CASE(SERVICE("a.service", "EnvironmentFile=-/var/lib/svc/env\nExecStart=/bin/true")),
                        "high file-missing /var/lib/svc/env: svc\n"
                        "high directory-owner /var/lib/svc: svc\n");
        assert_findings(CASE(SERVICE("a.service", "ExecStart=/tmp/sub/x")),
                        "critical program-missing /tmp/sub/x: everybody\n"
                        "high program-place /tmp/sub/x: everybody\n");
}

static void test_places(void **state)
{
        (void)state;
        NEEDS_ROOT();
        assert_findings(CASE({ "/tmp/x", "x", 0755, 0, 0 }, SERVICE("a.service", "ExecStart=/tmp/x")),
                        "high program-place /tmp/x: everybody\n");
        assert_findings(CASE({ "/tmp/x", "x", 0755, 0, 0 }, SERVICE("a.service", "PrivateTmp=yes\nExecStart=/tmp/x")),
                        "");
        assert_findings(CASE({ "/home/alice/x", "x", 0755, 0, 0 }, SERVICE("a.service", "ExecStart=/home/alice/x")),
                        "high directory-owner /home/alice: alice\n"
                        "medium program-place /home/alice/x: alice\n");
        assert_findings(CASE({ "/home/alice/x", "x", 0755, ALICE, 0 },
                             SERVICE("a.service", "User=alice\nExecStart=/home/alice/x")),
                        "");
        assert_findings(CASE(SERVICE("a.service", "WorkingDirectory=/tmp\nExecStart=/bin/true")),
                        "medium directory-place /tmp: everybody\n");
}

static void test_files(void **state)
{
        (void)state;
        NEEDS_ROOT();
        assert_findings(CASE({ "/etc/a.env", "A=b\n", 0646, 0, 0 },
                             SERVICE("a.service", "EnvironmentFile=/etc/a.env\nExecStart=/bin/true")),
                        "critical file-writable /etc/a.env: everybody\n");
        assert_findings(CASE({ "/etc/a/1.env", "A=b\n", 0644, ALICE, 0 }, { "/etc/a/1.txt", "", 0644, ALICE, 0 },
                             SERVICE("a.service", "EnvironmentFile=/etc/a/*.env\nExecStart=/bin/true")),
                        "high file-owner /etc/a/1.env: alice\n");
        assert_findings(CASE({ "/etc/a.cred", "x", 0646, 0, 0 },
                             SERVICE("a.service", "LoadCredential=a:/etc/a.cred\nExecStart=/bin/true")),
                        "high file-writable /etc/a.cred: everybody\n");
        assert_findings(CASE({ "/opt/root", NULL, 0757, 0, 0 }, { "/opt/root/x", "x", 0755, BOB, 0 },
                             SERVICE("a.service", "RootDirectory=/opt/root\nExecStart=/x")),
                        "critical directory-writable /opt/root: everybody\n"
                        "high program-owner /opt/root/x: bob\n");
        assert_findings(CASE({ "/opt/work", NULL, 0775, 0, DEV },
                             SERVICE("a.service", "WorkingDirectory=/opt/work\nExecStart=/bin/true")),
                        "medium directory-writable /opt/work: group dev (alice, bob)\n");
}

static void test_scripts(void **state)
{
        (void)state;
        NEEDS_ROOT();
        assert_findings(CASE({ "/opt/x", "echo\n", 0757, 0, 0 }, SERVICE("a.service", "ExecStart=/bin/sh -e /opt/x y")),
                        "critical program-writable /opt/x: everybody\n");
        assert_findings(CASE({ "/opt/x", "echo\n", 0757, 0, 0 },
                             SERVICE("a.service", "ExecStart=sh -c 'test -e /opt/y && /opt/x'")),
                        "critical program-writable /opt/x: everybody\n");
        assert_findings(CASE({ "/opt/x", "#! /opt/interpreter -w\n", 0755, 0, 0 },
                             { "/opt/interpreter", "", 0757, 0, 0 }, SERVICE("a.service", "ExecStart=/opt/x")),
                        "critical program-writable /opt/interpreter: everybody\n");
        assert_findings(
                CASE({ "/opt/x", "#!/usr/bin/env tool\n", 0755, 0, 0 }, { "/usr/bin/env", "", 0755, 0, 0 },
                     { "/usr/local/bin", NULL, 0775, 0, DEV }, { "/usr/bin/tool", "", 0755, 0, 0 },
                     SERVICE("a.service", "ExecStart=/opt/x")),
                "high program-missing /usr/local/bin/tool: group dev (alice, bob)\n"
                "high directory-writable /usr/local/bin: group dev (alice, bob)\n"); /* it would be found there first */
        assert_findings(CASE({ "/srv/app/x.py", "", 0757, 0, 0 }, { "/usr/bin/python3", "", 0755, 0, 0 },
                             SERVICE("a.service", "WorkingDirectory=/srv/app\nExecStart=python3 -u x.py")),
                        "critical program-writable /srv/app/x.py: everybody\n");
        assert_findings(CASE({ "/opt/in st/x", "", 0757, 0, 0 },
                             { ETC "a@.service", "[Service]\nExecStart=\"/opt/%I/x\"\n", 0, 0, 0 },
                             { ETC "multi-user.target.wants/a@in\\x20st.service", "../a@.service", S_IFLNK, 0, 0 }),
                        "critical program-writable /opt/in st/x: everybody\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nothing), cmocka_unit_test(test_writable), cmocka_unit_test(test_parents),
                cmocka_unit_test(test_missing), cmocka_unit_test(test_places),   cmocka_unit_test(test_files),
                cmocka_unit_test(test_scripts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
