/* Loading: what is refused, where the finding says it is, and in which order files count. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../../src/policy/policy_internal.h"
#include "lsan_libconfig.h"

#define SOME_SHA256 "1615ec37cf18ab464a0a3b056abcbadc7a8374fc47f30ecfa2ba1d09d0b01143"

#define SHIPPED "policy/unitward.conf"

static bool is_said(const struct policy_report *report, bool is_error, const char *text)
{
        for (size_t i = 0; i < report->n_findings; i++)
                if (report->findings[i].is_error == is_error && strstr(report->findings[i].text, text))
                        return true;
        return false;
}

static void print_report(const struct policy_report *report)
{
        for (size_t i = 0; i < report->n_findings; i++)
                print_message("%s\n", report->findings[i].text);
}

#define ZONE "zones: { z: { paths = [ \"/z/\" ]; }; };\n"
#define ACTOR "actors: { a: { uid = 0; }; };\n"
#define COMMAND "commands: { c: { exe = \"/usr/bin/env\"; }; };\n"
#define RULE(members) "rules = ( { id = \"r\"; " members " then = \"deny\"; } );\n"

static void test_errors(void **state)
{
        static const struct {
                const char *text, *said;
        } cases[] = {
                { "mode = \"enforced\";", "x.conf:1: mode: \"enforced\" is not known; expected one of \"audit\"" },
                { "mode = 1;", "x.conf:1: mode: is not a text" },
                { "\n\nmood = \"audit\";", "x.conf:3: mood: there is no such setting; expected one of: mode" },
                { "mode = \"audit\";\nmode = \"audit\";", "x.conf:2: duplicate setting name" },
                { "mode = ;", "x.conf:1: syntax error" },
                { "default = \"permit\";", "x.conf:1: default: \"permit\" is not known" },
                { "manager_deadline_ms = 9;", "manager_deadline_ms: 9 is out of range; expected 10 to 1000" },
                { "manager_deadline_ms = -1;", "-1 is out of range" },
                { "other_deadline_ms = 10001;", "10001 is out of range" },
                { "other_deadline_ms = \"10\";", "is not a number" },
                { "other_deadline_ms = 99999999999999L;", "is out of range" },
                { "quarantine = 5;", "quarantine: is not a group" },
                { "quarantine: { max_size = \"1K\"; };", "quarantine.max_size: 1024 bytes is out of range" },
                { "quarantine: { max_size = \"10X\"; };", "is not a size" },
                { "quarantine: { max_size = \"99999999999999999999\"; };", "is not a size" },
                { "quarantine: { max_size = \"99999999T\"; };", "is not a size" },
                { "quarantine: { max_size = -5; };", "is not a size" },
                { "quarantine: { max_file = true; };", "is not a size" },
                { "quarantine: { when_full = \"burst\"; };",
                  "expected one of \"describe\", \"keep\", \"purge-oldest\"" },
                { "gap: { held = \"undo\"; };",
                  "gap.held: \"undo\" is not known; expected one of \"replace\", \"report\"" },
                { "gap: { stop_loaded = 1; };", "gap.stop_loaded: is neither true nor false" },
                { "quarantine: { size = 1; };", "quarantine.size: there is no such setting" },
                { "zones = 1;", "zones: is not a group" },
                { "zones: { z = 1; };", "zones.z: is not a group" },
                { "zones: { z: { }; };", "zones.z: protects nothing" },
                { "zones: { z: { preset = \"units\"; }; };", "\"units\" is no preset; expected one of" },
                { "zones: { z: { paths = [ \"z\" ]; }; };", "zones.z.paths[0]: \"z\" is not absolute" },
                { "zones: { z: { paths = [ \"/a/../b\" ]; }; };", "has an empty, \".\" or \"..\" component" },
                { "zones: { z: { paths = [ \"/a/**\" ]; }; };", "expected no wildcard but *" },
                { "zones: { z: { paths = [ ]; }; };", "zones.z.paths: is empty" },
                { "zones: { z: { files = [ \"/a/*\" ]; }; };", "holds a wildcard" },
                { "zones: { z: { paths = [ 1 ]; }; };", "zones.z.paths[0]: is not a text" },
                { "zones: { z: { preset = \"sysv\"; homes = [ \"/h\" ]; }; };", "has homes" },
                { "zones: { z: { preset = \"sysv\"; root = [ \"/a\", \"/b\" ]; }; };",
                  "has a root that means nothing" },
                { "zones: { z: { paths = [ \"/a\" ]; root = \"/b\"; }; };", "has a root that means nothing" },
                { "zones: { z: { preset = \"sysv\"; restore = \"no\"; }; };", "is neither true nor false" },
                { "zones: { z*: { preset = \"sysv\"; }; };", "\"z*\" is no name" },
                { "actors: { a: { }; };", "actors.a: would be everybody" },
                { "actors: { a: { exe = \"env\"; }; };", "is not absolute" },
                { "actors: { a: { exe = \"/usr\"; }; };", "actors.a.exe: \"/usr\" is not to be believed" },
                { "actors: { a: { uid = -1; }; };", "actors.a.uid: is no user" },
                { "actors: { a: { uid = 1.5; }; };", "actors.a.uid: is no user" },
                { "actors: { a: { group = true; }; };", "actors.a.group: is no group" },
                { "actors: { a: { unit = \"a/b\"; }; };", "is a path; expected a name" },
                { "actors: { a: { unit = \"\"; }; };", "has no good length" },
                { "actors: { a: { uid = 0; descendants = true; }; };", "has descendants of nothing" },
                { "actors: { a: { preset = \"boss\"; }; };", "\"boss\" is not known" },
                { "actors: { a: { preset = \"user-manager\"; exe = \"/usr/bin/env\"; }; };",
                  "expected the preset alone" },
                { "rules = 1;", "rules: is not a list" },
                { "rules = ( 1 );", "rules[0]: is not a group" },
                { "rules = ( { then = \"deny\"; } );", "rules[0]: has no \"id\"" },
                { "rules = ( { id = \"r\"; } );", "rules[0]: has no \"then\"" },
                { "rules = ( { id = \"r s\"; then = \"deny\"; } );", "\"r s\" is no name" },
                { "rules = ( { id = \"default\"; then = \"deny\"; } );", "expected another name" },
                { "rules = ( { id = \"r\"; then = \"permit\"; } );", "rules[0].then: \"permit\" is not known" },
                { ZONE ACTOR RULE("actor = \"b\";"), "x.conf:3: rules[0].actor: there is no actor \"b\"" },
                { ZONE ACTOR RULE("zone = [ \"z\", \"y\" ];"), "x.conf:3: rules[0].zone[1]: there is no zone \"y\"" },
                { ZONE ACTOR RULE("on = [ \"creat\" ];"), "rules[0].on[0]: \"creat\" is not known" },
                { ZONE ACTOR RULE("place = \"dropins\";"), "expected one of \"units\", \"drop-ins\"" },
                { ZONE ACTOR RULE("path = \"z\";"), "\"z\" is not absolute" },
                { ZONE ACTOR RULE("command = \"systemctl\"; on = \"create\";"),
                  "expected on = \"exec\" (or no \"on\") for running" },
                { ZONE ACTOR RULE("verb = \"start\"; on = [ \"exec\", \"read\" ];"),
                  "has a verb or scope and is about" },
                { ZONE ACTOR RULE("scope = \"user\"; on = \"read\";"), "has a verb or scope and is about" },
                { ZONE ACTOR RULE("scope = \"mine\";"),
                  "\"mine\" is not known; expected one of \"system\", \"user\", \"global\", \"offline\", \"remote\"" },
                { ZONE ACTOR RULE("verb = \"@reading\";"), "\"@reading\" is no class of verbs; expected \"@read\"" },
                { ZONE ACTOR RULE("command = \"systemctl\"; unit = \"a\"; on = \"read\";"), "has a unit, which" },
                { ZONE ACTOR RULE("client = \"systemctl\";"),
                  "rules[0].client: there is no command \"systemctl\"; expected one that \"commands\" defines" },
                { ZONE COMMAND RULE("client = \"c\"; on = [ \"create\", \"read\" ];"), "has a client and is about" },
                { ZONE COMMAND RULE("client = \"c\"; command = \"c\";"), "has a client and is about" },
                { ZONE "rules = ( { id = \"r\"; command = \"c\"; then = \"quarantine\"; } );",
                  "a command leaves nothing that could be set aside; expected \"deny\"" },
                { "commands = 1;", "commands: is not a group" },
                { "commands: { c = 1; };", "commands.c: is not a group" },
                { "commands: { c: { }; };", "commands.c: has no programs; expected preset, exe or both" },
                { "commands: { c: { preset = \"c\"; }; };",
                  "commands.c.preset: \"c\" is no preset; expected one of \"systemctl\", \"systemd-run\", " },
                { "commands: { c: { exe = \"env\"; }; };", "commands.c.exe: \"env\" is not absolute" },
                { "commands: { c: { exe = \"/usr\"; }; };", "\"/usr\" is not to be believed" },
                { "commands: { c*: { exe = \"/usr/bin/env\"; }; };", "\"c*\" is no name" },
                { "commands: { c: { program = \"/x\"; }; };", "commands.c.program: there is no such setting" },
                { "rules = ( { id = \"r\"; then = \"deny\"; }, { id = \"r\"; then = \"deny\"; } );",
                  "rules[1]: \"r\" is already at x.conf:1" },
                { "authorised = { };", "authorised: is not a list" },
                { "authorised = ( 1 );", "authorised[0]: is not a group" },
                { "authorised = ( { path = \"/a\"; } );", "x.conf:1: authorised[0]: does not say what" },
                { "authorised = ( { target = \"/a\"; } );", "authorised[0]: has no \"path\"" },
                { "\nauthorised = ( { path = \"/a\"; sha256 = \"12\"; } );",
                  "x.conf:2: authorised[0].sha256: \"12\" is no SHA-256" },
                { "authorised = ( { path = \"a\"; target = \"b\"; } );", "authorised[0].path: \"a\" is not absolute" },
                { "authorised = ( { path = \"/a/*\"; target = \"b\"; } );", "holds a wildcard" },
                { "authorised = ( { path = \"/a\"; target = \"\"; } );", "is no link's target" },
                { "authorised = ( { path = \"/a\"; target = \"b\"; sha256 = \"" SOME_SHA256 "\"; } );",
                  "authorised[0]: does not say what" },
                { "refused_mounts = \"unmount\";", "refused_mounts: " },
                { "package_records = 1;", "package_records: is neither true nor false" },
                { "@include \"y.conf\"", "x.conf:1: @include: is not allowed" },
                { "mode = \"audit\";\n \t@include \"/etc/passwd\"", "x.conf:2: @include: is not allowed" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct policy_report report;
                struct policy *policy = NULL;
                int r = policy_load_text("x.conf", cases[i].text, 0, &policy, &report);

                if (r != -EINVAL || policy || !is_said(&report, true, cases[i].said)) {
                        print_report(&report);
                        fail_msg("%s: %d, expected \"%s\"", cases[i].text, r, cases[i].said);
                }
                policy_report_done(&report);
        }
}

/* All errors are found, not only the first. */
static void test_all_errors(void **state)
{
        struct policy_report report;
        struct policy *policy = NULL;

        (void)state;
        assert_int_equal(policy_load_text("x.conf",
                                          "mode = 1;\ndefault = 2;\nzones: { z: { paths = 3; }; };\n"
                                          "rules = ( { id = 4; then = 5; } );",
                                          0, &policy, &report),
                         -EINVAL);
        for (unsigned line = 1; line <= 4; line++) {
                _cleanup_free_ char *start = format("x.conf:%u: ", line);

                assert_true(is_said(&report, true, start));
        }
        policy_report_done(&report);
}

static void test_lint(void **state)
{
        static const struct {
                const char *text;
                bool is_error;
                const char *said;
        } cases[] = {
                { "mode = \"audit\";", false, "x.conf: zones: there are none" },
                { "default = \"allow\";", false, "x.conf: default: \"allow\" lets through" },
                { ZONE "actors: { a: { exe = \"/bin/sh\"; }; }; rules = ( { id = \"r\"; actor = \"a\"; then = "
                       "\"allow\"; } );",
                  true, "a: exe \"/bin/sh\" is a tool" },
                { ZONE "actors: { a: { exe = \"/usr/bin/python3.99\"; uid = 0; }; };"
                       "rules = ( { id = \"r\"; actor = \"a\"; then = \"allow\"; } );",
                  true, "a: exe \"/usr/bin/python3.99\" is a tool" },
                { ZONE "actors: { a: { exe = \"/bin/sh\"; }; }; rules = ( { id = \"r\"; actor = \"a\"; then = "
                       "\"deny\"; } );",
                  false, "a: exe \"/bin/sh\" is a tool" },
                { ZONE ACTOR, false, "x.conf:2: a: no rule names this actor" },
                { ZONE "actors: { a: { exe = \"/nonexistent\"; }; }; rules = ( { id = \"r\"; actor = \"a\"; then = "
                       "\"allow\"; } );",
                  false, "a: matches nobody" },
                { ZONE RULE("on = \"transient\";"), false, "r: can never decide: none of its operations" },
                { ZONE RULE("on = \"enable\";"), false, "r: can never decide: none of its operations" },
                { ZONE RULE("place = \"units\";"), false, "r: can never decide: none of its operations" },
                { ZONE RULE("command = \"systemctl\"; zone = \"z\";"), false,
                  "r: can never decide: none of its operations" },
                { ZONE RULE("verb = \"status\";"), false, "r: has a verb and no command" },
                { "zones: { z: { preset = \"sysv\"; }; }; rules = ( { id = \"r\"; zone = \"z\"; then = \"allow\"; } );",
                  false, "r: lets everybody change" },
                { ZONE "rules = ( { id = \"r\"; then = \"deny\"; }, { id = \"s\"; unit = \"a\"; then = \"allow\"; } );",
                  false, "s: can never decide: the rule \"r\" (x.conf:2) comes first" },
                { ZONE "rules = ( { id = \"r\"; unit = \"*.timer\"; then = \"deny\"; },"
                       "{ id = \"s\"; on = \"create\"; unit = [ \"a.timer\", \"b*.timer\" ]; then = \"allow\"; } );",
                  false, "s: can never decide" },
                { ZONE COMMAND, false, "x.conf:2: c: no rule is about this command: nobody may run it" },
                { ZONE COMMAND RULE("command = [ \"c\", \"d*\" ];"), false,
                  "x.conf:3: r: command \"d*\" is not gated" },
                { ZONE "commands: { s: { preset = \"systemctl\"; }; };" RULE("command = \"s\"; verb = \"enabel\";"),
                  false, "r: s has no verb \"enabel\"; expected one" },
                { ZONE "commands: { s: { preset = \"systemctl\"; }; t: { preset = \"systemctl\"; }; };" RULE(
                          "command = \"*\"; verb = [ \"enable\", \"enabel\" ];"),
                  false, "r: no command of it has the verb \"enabel\"" },
                { ZONE "commands: { c: { exe = \"/usr/bin/env\"; }; d: { exe = \"/usr/bin/env\"; }; };" RULE(
                          "command = \"*\";"),
                  false, "d: \"/usr/bin/env\" is a program of the command \"c\" already" },
                { ZONE COMMAND RULE("command = \"c\"; on = \"read\"; zone = \"z\";"), false,
                  "r: can never decide: none of its operations" },
                { ZONE COMMAND
                  "rules = ( { id = \"r\"; command = \"c\"; verb = \"@read\"; then = \"allow\"; },"
                  "{ id = \"s\"; command = \"c\"; verb = \"@read\"; scope = \"user\"; then = \"deny\"; } );",
                  false, "s: can never decide: the rule \"r\"" },
                { "control_group = \"no-such-group\";", false, "control_group: there is no group" },
                { ZONE "actors: { a: { uid = 0; }; }; rules = ( { id = \"r\"; actor = \"a\"; on = \"approve\"; then = "
                       "\"allow\"; } );",
                  false, "r: lets every root process that meets the actor \"a\" approve" },
                { ZONE "actors: { a: { login_group = [ \"no-such-group\", \"nor-this\" ]; }; };", false,
                  "login_group: there is no such group" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct policy_report report;
                struct policy *policy = NULL;
                int r = policy_load_text("x.conf", cases[i].text, 0, &policy, &report);

                if (r != (cases[i].is_error ? -EINVAL : 0) || !is_said(&report, cases[i].is_error, cases[i].said)) {
                        print_report(&report);
                        fail_msg("%s: %d, expected \"%s\"", cases[i].text, r, cases[i].said);
                }
                policy_report_done(&report);
                policy_unref(policy);
        }
}

/* Valid and meant: nothing to say. */
static void test_no_lint(void **state)
{
        static const char *const texts[] = {
                ZONE "rules = ( { id = \"r\"; unit = \"a*\"; then = \"deny\"; }, { id = \"s\"; unit = \"*\"; then = "
                     "\"deny\"; } );",
                ZONE "rules = ( { id = \"r\"; on = \"create\"; then = \"deny\"; }, { id = \"s\"; then = \"deny\"; } );",
                ZONE "actors: { a: { exe = \"/bin/sh\"; unit = \"puppet.service\"; }; };"
                     "rules = ( { id = \"r\"; actor = \"a\"; then = \"allow\"; } );",
                ZONE "actors: { a: { exe = [ \"/nonexistent\", \"/usr/bin/dpkg\" ]; }; };"
                     "rules = ( { id = \"r\"; actor = \"a\"; then = \"allow\"; } );",
                ZONE "actors: { m: { preset = \"manager\"; exe = \"/usr/bin/dpkg\"; }; };",
                ZONE
                "commands: { c: { exe = \"/nonexistent\"; }; s: { preset = \"systemctl\"; }; };"
                "rules = ( { id = \"r\"; command = \"c\"; verb = \"of-its-own\"; then = \"allow\"; },"
                "{ id = \"s\"; command = \"s*\"; verb = [ \"enable\", \"list-*\", \"@install\" ]; then = \"allow\"; },"
                "{ id = \"t\"; command = \"s\"; scope = \"user\"; then = \"allow\"; },"
                "{ id = \"u\"; on = \"read\"; then = \"deny\"; },"
                "{ id = \"v\"; on = \"read\"; command = \"c\"; then = \"allow\"; },"
                "{ id = \"w\"; on = \"create\"; client = [ \"c\", \"s\" ]; then = \"allow\"; } );",
                "zones: { z: { preset = \"system-units\"; }; };"
                "rules = ( { id = \"r\"; on = \"enable\"; unit = \"a.service\"; then = \"allow\"; } );",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                struct policy_report report;
                struct policy *policy = NULL;

                assert_int_equal(policy_load_text("x.conf", texts[i], 0, &policy, &report), 0);
                print_report(&report);
                assert_int_equal(report.n_findings, 0);
                policy_report_done(&report);
                policy_unref(policy);
        }
}

static void test_settings(void **state)
{
        struct policy_report report;
        struct policy *policy = NULL;
        const struct policy_settings *settings;

        (void)state;
        assert_int_equal(
                policy_load_text("x.conf",
                                 "mode = \"enforce\"; default = \"quarantine\"; on_timeout = \"allow\";"
                                 "refused_mounts = \"keep\"; tell_terminal = false;"
                                 "manager_deadline_ms = 10; other_deadline_ms = 10000; control_group = \"root\";"
                                 "quarantine: { max_size = \"1G\"; max_file = 8192; when_full = \"purge-oldest\"; };"
                                 "gap: { held = \"report\"; stop_loaded = true; };",
                                 0, &policy, &report),
                0);
        settings = policy_settings(policy);
        assert_int_equal(settings->mode, MODE_ENFORCE);
        assert_int_equal(settings->default_outcome, OUTCOME_QUARANTINE);
        assert_int_equal(settings->on_timeout, OUTCOME_ALLOW);
        assert_int_equal(settings->refused_mounts, REFUSED_MOUNTS_KEEP);
        assert_int_equal(settings->manager_deadline_ms, 10);
        assert_int_equal(settings->other_deadline_ms, 10000);
        assert_int_equal(settings->quarantine_max_bytes, 1073741824);
        assert_int_equal(settings->quarantine_max_file, 8192);
        assert_int_equal(settings->quarantine_when_full, QUARANTINE_FULL_PURGE_OLDEST);
        assert_int_equal(settings->gap_held, GAP_HELD_REPORT);
        assert_true(settings->gap_stop_loaded);
        assert_false(settings->tell_terminal);
        assert_string_equal(settings->control_group, "root");
        assert_int_equal(settings->control_gid, 0);
        policy_report_done(&report);
        assert_null(policy_unref(policy_ref(policy)));
        assert_null(policy_unref(policy));
        assert_null(policy_unref(NULL));
}

static void test_zone_paths(void **state)
{
        static const struct {
                const char *pattern;
                enum place place;
                bool is_file;
        } expected[] = {
                { "/r/etc/systemd/user", PLACE_UNITS, false },
                { "/r/run/user/*/systemd/transient", PLACE_TRANSIENT, false },
                { "/r/srv/*/.config/systemd/user", PLACE_UNITS, false },
                { "/r/srv/*/.config/systemd/user.control", PLACE_TRANSIENT, false },
                { "/own/dir", PLACE_CONFIGURATION, false },
                { "/own/file", PLACE_CONFIGURATION, true },
                { "/usr", PLACE_CONFIGURATION, false },
                { "/own/other", PLACE_CONFIGURATION, true },
        };
        struct policy_report report;
        struct policy *policy = NULL;
        const struct zone *zone;

        (void)state;
        assert_int_equal(
                policy_load_text("x.conf",
                                 "zones: { u: { preset = \"user-units\"; root = \"/r\"; homes = [ \"/srv/*\" ];"
                                 "paths = [ \"/own/dir/\", \"/own/file\", \"/usr\" ]; files = [ \"/own/other\" ]; };"
                                 "p: { preset = \"parents\"; }; s: { preset = \"sysv\"; }; };",
                                 0, &policy, &report),
                0);
        zone = policy_zone(policy, policy_zone_index(policy, "u"));
        for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
                bool found = false;

                for (size_t j = 0; j < zone->n_paths; j++)
                        found |= streq(zone->paths[j].pattern, expected[i].pattern) &&
                                 zone->paths[j].place == expected[i].place &&
                                 zone->paths[j].is_file == expected[i].is_file;
                if (!found)
                        fail_msg("%s", expected[i].pattern);
        }
        for (size_t j = 0; j < zone->n_paths; j++)
                assert_true(starts_with(zone->paths[j].pattern, "/r/") || zone->paths[j].place == PLACE_CONFIGURATION);
        assert_false(zone->restore);
        assert_false(zone->parents);
        assert_true(policy_zone(policy, 1)->parents);
        assert_int_equal(policy_zone(policy, 1)->n_paths, 0);
        assert_true(policy_zone(policy, 2)->restore);
        assert_int_equal(policy_zone_index(policy, "x"), -ENOENT);
        assert_null(policy_zone(policy, 3));
        assert_null(policy_zone(policy, ZONE_UNPLACED));
        policy_report_done(&report);
        policy_unref(policy);
}

static char *line_end(char *line)
{
        return line + strcspn(line, "\n");
}

/* Replaces one line of the text; NULL: the text has no such line. */
static char *damage(const char *text, unsigned number, const char *replacement)
{
        _cleanup_free_ char *copy = strdup(text);
        char *line = copy, *end;

        for (unsigned i = 0; i < number; i++) {
                line = line_end(line);
                if (!*line)
                        return NULL;
                line++;
        }
        if (!*line)
                return NULL;
        end = line_end(line);
        return format("%.*s%s%s", (int)(line - copy), copy, replacement, end);
}

static void expect_clear(const char *text, const char *what, unsigned number)
{
        struct policy_report report;
        struct policy *policy = NULL;
        int r = policy_load_text("unitward.conf", text, POLICY_SKIP_OWNER_CHECK, &policy, &report);
        bool is_placed = false;

        for (size_t i = 0; i < report.n_findings; i++) {
                unsigned line = 0;

                is_placed |= report.findings[i].is_error &&
                             sscanf(report.findings[i].text, "unitward.conf:%u: ", &line) == 1 && line > 0;
        }
        if (r == 0 ? !policy || is_placed : r != -EINVAL || policy || !is_placed) {
                print_report(&report);
                fail_msg("line %u %s: %d", number + 1, what, r);
        }
        policy_report_done(&report);
        policy_unref(policy);
}

/* Any one line of the shipped policy may be lost or turned into rubbish: it loads, or it is said where not. */
static void test_damaged_lines(void **state)
{
        static const char *const rubbish[] = { "",       "\x01\xff\x02", "}",   "{ ( [",
                                               "x = \"", "/*",           ";;;", "mode = \"audit\";" };
        _cleanup_free_ char *text = NULL;
        unsigned number = 0;

        (void)state;
        assert_int_equal(read_file_at(AT_FDCWD, SHIPPED, 1 << 20, &text, NULL), 0);
        for (;; number++) {
                for (size_t i = 0; i < ARRAY_SIZE(rubbish); i++) {
                        _cleanup_free_ char *damaged = damage(text, number, rubbish[i]);

                        if (!damaged) {
                                assert_true(number > 50);
                                return;
                        }
                        expect_clear(damaged, *rubbish[i] ? rubbish[i] : "deleted", number);
                }
        }
}

static void test_limits(void **state)
{
        static const struct {
                const char *before, *element, *after;
                unsigned n;
                const char *said;
        } cases[] = {
                { "zones: {", "z%u: { files = \"/z\"; };", "};", POLICY_ZONES_MAX + 1, "is one zone too many" },
                { "actors: {", "a%u: { uid = 0; };", "};", POLICY_ACTORS_MAX + 1, "is one actor too many" },
                { "rules = ( { id = \"r\"; then = \"deny\"; }", ", { id = \"r%u\"; then = \"deny\"; }", ");",
                  POLICY_RULES_MAX, "is one rule too many" },
                { "actors: { a: { uid = [ 0", ", %u", "]; }; };", POLICY_LIST_MAX,
                  "has 257 values; expected at most 256" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const char *hole = strchr(cases[i].element, '%');
                _cleanup_free_ char *text = NULL;
                struct policy_report report;
                struct policy *policy = NULL;
                size_t size;
                FILE *stream = open_memstream(&text, &size);

                assert_non_null(stream);
                (void)fputs(cases[i].before, stream);
                for (unsigned j = 0; j < cases[i].n; j++)
                        (void)fprintf(stream, "%.*s%u%s", (int)(hole - cases[i].element), cases[i].element, j,
                                      hole + 2);
                (void)fputs(cases[i].after, stream);
                assert_int_equal(fclose(stream), 0);
                assert_int_equal(policy_load_text("x.conf", text, 0, &policy, &report), -EINVAL);
                if (!is_said(&report, true, cases[i].said)) {
                        print_report(&report);
                        fail_msg("%s", cases[i].said);
                }
                policy_report_done(&report);
        }
}

static void test_authorised_contents(void **state)
{
        static const char text[] =
                "zones: { z: { paths = [ \"/nowhere/units/\" ]; }; };\n"
                "authorised = (\n"
                "  { path = \"/nowhere/units/b.service\"; sha256 = \"" SOME_SHA256 "\"; },\n"
                "  { path = \"/nowhere/units/a.service\"; target = \"/dev/null\"; },\n"
                "  { path = \"/nowhere/units/b.service\"; target = \"a.service\"; },\n"
                "  { path = \"/nowhere/units/c.service.d/x.conf\"; sha256 = \"" SOME_SHA256 "\"; },\n"
                "  { path = \"/elsewhere/x.service\"; target = \"b\"; } );\n";
        const struct policy_authorised *authorised;
        struct policy_report report;
        struct policy *policy = NULL;

        (void)state;
        assert_int_equal(policy_load_text("x.conf", text, 0, &policy, &report), 0);
        assert_int_equal(report.n_findings, 1);
        assert_non_null(strstr(report.findings[0].text, "x.conf:7: /elsewhere/x.service: no zone protects it"));
        authorised = policy_authorised(policy, "/nowhere/units/a.service", NULL);
        assert_string_equal(authorised->target, "/dev/null");
        assert_int_equal(authorised->line, 4);
        assert_null(policy_authorised(policy, "/nowhere/units/a.service", authorised));
        authorised = policy_authorised(policy, "/nowhere/units/b.service", NULL);
        assert_non_null(authorised);
        authorised = policy_authorised(policy, "/nowhere/units/b.service", authorised);
        assert_non_null(authorised);
        assert_null(policy_authorised(policy, "/nowhere/units/b.service", authorised));
        assert_null(policy_authorised(policy, "/nowhere/units/d.service", NULL));
        assert_non_null(policy_authorised_below(policy, "/nowhere/units/c.service.d"));
        assert_null(policy_authorised_below(policy, "/nowhere/units/c.service"));
        assert_true(policy_settings(policy)->package_records);
        policy_report_done(&report);
        policy_unref(policy);
}

/* What is off as shipped: each preset has its places, those in homes too. */
static void test_input_presets(void **state)
{
        static const struct {
                const char *zone, *path;
        } cases[] = {
                { "fstab", "/etc/fstab" },
                { "cron", "/etc/crontab" },
                { "cron", "/etc/cron.d/x" },
                { "cron", "/etc/cron.daily/x" },
                { "cron", "/var/spool/cron/root" },
                { "cron", "/var/spool/cron/crontabs/root" },
                { "dbus-services", "/usr/share/dbus-1/system-services/x.service" },
                { "dbus-services", "/home/alice/.local/share/dbus-1/services/x.service" },
                { "udev", "/etc/udev/rules.d/x.rules" },
                { "autostart", "/etc/xdg/autostart/x.desktop" },
                { "autostart", "/home/alice/.config/autostart/x.desktop" },
                { "quadlet", "/etc/containers/systemd/x.container" },
                { "quadlet", "/etc/containers/systemd/users/1000/x.container" },
                { "quadlet", "/root/.config/containers/systemd/x.container" },
        };
        struct policy_report report;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text =
                        format("zones: { %s: { preset = \"%s\"; }; };", cases[i].zone, cases[i].zone);
                struct policy *policy = NULL;
                struct placement placement;

                assert_int_equal(policy_load_text("x.conf", text, 0, &policy, &report), 0);
                policy_place(policy, cases[i].path, &placement);
                if (placement.zone != 0 || placement.place != PLACE_CONFIGURATION)
                        fail_msg("%s", cases[i].path);
                policy_report_done(&report);
                policy_unref(policy);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_authorised_contents),
                cmocka_unit_test(test_errors),
                cmocka_unit_test(test_all_errors),
                cmocka_unit_test(test_lint),
                cmocka_unit_test(test_no_lint),
                cmocka_unit_test(test_settings),
                cmocka_unit_test(test_zone_paths),
                cmocka_unit_test(test_input_presets),
                cmocka_unit_test(test_damaged_lines),
                cmocka_unit_test(test_limits),
        };

        return cmocka_run_group_tests_name("policy: loading", tests, NULL, NULL);
}
