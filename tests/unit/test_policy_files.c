/* Files on a disk: who may own them, in which order they count, programs that are replaced. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../../src/policy/policy_internal.h"
#include "lsan_libconfig.h"

/* A directory that nobody but root can write to, nor to those above it. */
struct files {
        char directory[64];
        char *policy;
        char *drop_ins;
};

static char *path_in(const struct files *files, const char *name)
{
        return format("%s/%s", files->directory, name);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write_all(fd, text, strlen(text)), 0);
        assert_int_equal(fchmod(fd, mode), 0);
}

static int set_up(void **state)
{
        struct files *files = calloc(1, sizeof *files);

        if (!files)
                return -1;
        (void)strcpy(files->directory, "/run/unitward-test-XXXXXX");
        if (geteuid() == 0 && mkdtemp(files->directory)) {
                files->policy = path_in(files, "unitward.conf");
                files->drop_ins = path_in(files, "policy.d");
        }
        *state = files;
        return 0;
}

static int tear_down(void **state)
{
        struct files *files = *state;

        if (files->policy) {
                _cleanup_free_ char *command = format("rm -rf %s", files->directory);

                assert_int_equal(system(command), 0);
        }
        free(files->drop_ins);
        free(files->policy);
        free(files);
        return 0;
}

static struct files *files_or_skip(void **state)
{
        struct files *files = *state;

        if (!files->policy)
                skip(); /* needs root and /run */
        return files;
}

/* Loads and expects r; 0: nothing needs to be said. */
static struct policy *load(const struct files *files, unsigned flags, int r, const char *said)
{
        struct policy_report report;
        struct policy *policy = NULL;
        int result = policy_load(files->policy, flags, &policy, &report);
        bool found = !said;

        for (size_t i = 0; i < report.n_findings; i++)
                found |= said && strstr(report.findings[i].text, said);
        if (result != r || !found) {
                for (size_t i = 0; i < report.n_findings; i++)
                        print_message("%s\n", report.findings[i].text);
                fail_msg("%d, expected %d and \"%s\"", result, r, said ? said : "");
        }
        policy_report_done(&report);
        return policy;
}

static void test_permissions(void **state)
{
        static const struct {
                const char *name; /* in the directory; "": itself */
                mode_t mode, good;
                uid_t owner;
                const char *said;
        } cases[] = {
                { "unitward.conf", 0666, 0644, 0,
                  "unitward.conf belongs to uid 0 and has mode 0666; expected owner root" },
                { "unitward.conf", 0664, 0644, 0, "has mode 0664" },
                { "unitward.conf", 0644, 0644, 65534, "belongs to uid 65534" },
                { "policy.d/a.conf", 0646, 0644, 0, "has mode 0646" },
                { "policy.d/a.conf", 0644, 0644, 65534, "belongs to uid 65534" },
                { "policy.d", 0777, 0755, 0, "policy.d belongs to uid 0 and has mode 0777" },
                { "policy.d", 01777, 0755, 0, "policy.d belongs to uid 0 and has mode 1777" },
                { "policy.d", 0755, 0755, 65534, "policy.d belongs to uid 65534" },
                { "", 0777, 0755, 0, "has mode 0777" },
                { "", 01777, 0755, 0, "has mode 1777" },
                { "", 0755, 0755, 65534, "belongs to uid 65534" },
        };
        struct files *files = files_or_skip(state);
        _cleanup_free_ char *drop_in = path_in(files, "policy.d/a.conf");

        assert_int_equal(chmod(files->directory, 0755), 0);
        assert_int_equal(mkdir(files->drop_ins, 0755), 0);
        write_file(files->policy, "mode = \"audit\";", 0644);
        write_file(drop_in, "default = \"deny\";", 0644);
        policy_unref(load(files, 0, 0, NULL));
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *path = path_in(files, cases[i].name);

                assert_int_equal(chown(path, cases[i].owner, 0), 0);
                assert_int_equal(chmod(path, cases[i].mode), 0);
                assert_null(load(files, 0, -EPERM, cases[i].said));
                policy_unref(load(files, POLICY_SKIP_OWNER_CHECK, 0, NULL));
                assert_int_equal(chown(path, 0, 0), 0);
                assert_int_equal(chmod(path, cases[i].good), 0);
        }
        policy_unref(load(files, 0, 0, NULL));
}

/* A link from a safe place into one that anybody may write to is no safe place. */
static void test_links(void **state)
{
        struct files *files = files_or_skip(state);
        _cleanup_free_ char *open_directory = path_in(files, "open"), *target = path_in(files, "open/target.conf");

        assert_int_equal(chmod(files->directory, 0755), 0);
        assert_int_equal(mkdir(open_directory, 0700), 0);
        write_file(target, "mode = \"audit\";", 0644);
        assert_int_equal(symlink(target, files->policy), 0);
        policy_unref(load(files, 0, 0, NULL));
        assert_int_equal(chmod(open_directory, 01777), 0);
        assert_null(load(files, 0, -EPERM, "open belongs to uid 0 and has mode 1777"));
}

static void test_unreadable(void **state)
{
        struct files *files = files_or_skip(state);
        const size_t max = 4 * 1024 * 1024;
        _cleanup_free_ char *large = malloc(max + 2);

        assert_null(load(files, 0, -ENOENT, "cannot be read: No such file"));
        assert_int_equal(mkdir(files->policy, 0755), 0);
        assert_null(load(files, 0, -EISDIR, "cannot be read: Is a directory"));
        assert_int_equal(rmdir(files->policy), 0);
        assert_int_equal(mkfifo(files->policy, 0644), 0);
        assert_null(load(files, 0, -ENOTSUP, "cannot be read"));
        assert_int_equal(unlink(files->policy), 0);
        memset(large, '\n', max + 1);
        memcpy(large, "mode = \"audit\";", 15);
        large[max + 1] = '\0';
        write_file(files->policy, large, 0644);
        assert_null(load(files, 0, -EFBIG, "too large; expected at most 4194304 bytes"));
        large[max] = '\0';
        write_file(files->policy, large, 0644);
        policy_unref(load(files, 0, 0, NULL));
        write_file(files->policy, "\n \n", 0644);
        assert_null(load(files, 0, -EINVAL, "is empty, truncated most likely"));
}

static void test_nul_byte(void **state)
{
        struct files *files = files_or_skip(state);
        _cleanup_close_ int fd = open(files->policy, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        assert_int_equal(write_all(fd, "mode = \"audit\";\0rules = 1;", 26), 0);
        assert_null(load(files, 0, -EINVAL, "holds a NUL byte"));
}

static void expect_rule(const struct policy *policy, int zone, const char *rule, enum outcome outcome)
{
        struct actor actor = { .references = 1 };
        struct access access = { .actor = &actor, .zone = zone, .path = "/x", .unit = "" };
        struct verdict verdict = policy_decide(policy, &access);

        assert_string_equal(verdict.rule, rule);
        assert_int_equal(verdict.outcome, outcome);
}

/* Zones in the main file's order, then the drop-ins'. Rules of drop-ins, by name, then the main file's.
 * Scalars of the last file that has them. */
static void test_drop_ins(void **state)
{
        struct files *files = files_or_skip(state);
        _cleanup_free_ char *first = path_in(files, "policy.d/10-first.conf"),
                            *second = path_in(files, "policy.d/20-second.conf"),
                            *ignored = path_in(files, "policy.d/30-ignored.conf.bak"),
                            *hidden = path_in(files, "policy.d/.x.conf");
        struct policy *policy;

        write_file(files->policy,
                   "mode = \"audit\"; default = \"deny\"; zones: { main: { files = \"/m\"; }; };"
                   "commands: { one: { exe = \"/nonexistent/1\"; }; };"
                   "rules = ( { id = \"main\"; zone = \"main\"; then = \"deny\"; },"
                   "          { id = \"last\"; zone = \"late\"; then = \"quarantine\"; } );",
                   0644);
        assert_int_equal(mkdir(files->drop_ins, 0755), 0);
        write_file(
                second,
                "mode = \"audit\"; quarantine: { max_file = \"1M\"; }; zones: { late: { files = \"/l\"; }; };"
                "commands: { two: { exe = \"/nonexistent/2\"; }; };"
                "rules = ( { id = \"second\"; zone = \"main\"; then = \"deny\"; },"
                "          { id = \"runs\"; command = [ \"one\", \"two\" ]; then = \"allow\"; },"
                "          { id = \"by-runs\"; client = [ \"one\", \"two\" ]; zone = \"late\"; then = \"allow\"; } );",
                0644);
        write_file(first,
                   "mode = \"enforce\"; on_timeout = \"allow\"; quarantine: { max_file = \"2M\"; max_size = \"2M\"; };"
                   "rules = ( { id = \"first\"; zone = \"main\"; then = \"allow\"; } );",
                   0644);
        write_file(ignored, "rubbish", 0644);
        write_file(hidden, "rubbish", 0644);
        policy = load(files, 0, 0, "can never decide: the rule \"first\"");
        assert_int_equal(policy_settings(policy)->mode, MODE_AUDIT);
        assert_int_equal(policy_settings(policy)->on_timeout, OUTCOME_ALLOW);
        assert_int_equal(policy_settings(policy)->quarantine_max_file, 1 << 20);
        assert_int_equal(policy_settings(policy)->quarantine_max_bytes, 2 << 20);
        assert_int_equal(policy_zone_index(policy, "main"), 0);
        assert_int_equal(policy_zone_index(policy, "late"), 1);
        assert_int_equal(policy_n_rules(policy), 6);
        assert_int_equal(policy_n_commands(policy), 2);
        assert_string_equal(policy_command_name(policy, 0), "one");
        expect_rule(policy, 0, "first", OUTCOME_ALLOW);
        expect_rule(policy, 1, "last", OUTCOME_QUARANTINE);
        policy_unref(policy);

        write_file(second, "zones: { main: { files = \"/x\"; }; };\n", 0644);
        assert_null(load(files, 0, -EINVAL, "20-second.conf:1: zones.main: \"main\" is already at"));
        write_file(second, "commands: { one: { exe = \"/x\"; }; };\n", 0644);
        assert_null(load(files, 0, -EINVAL, "20-second.conf:1: commands.one: \"one\" is already at"));
        write_file(second, "\nrules = ( { id = \"main\"; then = \"deny\"; } );", 0644);
        assert_null(load(files, 0, -EINVAL, "unitward.conf:1: rules[0]: \"main\" is already at"));
        write_file(second, "mode = ", 0644);
        assert_null(load(files, 0, -EINVAL, "20-second.conf:1: syntax error"));
}

static void test_digest(void **state)
{
        struct files *files = files_or_skip(state);
        _cleanup_free_ char *drop_in = path_in(files, "policy.d/a.conf");
        struct digest digest;
        char hex[DIGEST_HEX_SIZE];
        struct policy *policy;

        write_file(files->policy, "mode = \"audit\";", 0644);
        assert_int_equal(mkdir(files->drop_ins, 0755), 0);
        write_file(drop_in, "mode = \"enforce\";", 0644);
        policy = load(files, 0, 0, NULL);
        digest_buffer("mode = \"audit\";mode = \"enforce\";", 32, &digest);
        assert_string_equal(policy_digest(policy), digest_to_hex(&digest, hex));
        policy_unref(policy);
}

static bool program_is(const struct policy *policy, struct file_id id)
{
        struct actor actor = { .known = true, .n_ancestry = 1, .ancestry = { { .exe = id } } };

        return actor_class_matches(&policy->actors[0], &actor);
}

static struct file_id id_at(const char *path)
{
        struct stat st;

        assert_int_equal(stat(path, &st), 0);
        return file_id_of(&st);
}

/* A package upgrade renames a new program over the old one, which still runs. */
static void replace_program(const struct files *files, const char *program)
{
        _cleanup_free_ char *fresh = path_in(files, "fresh");

        write_file(fresh, "#!", 0755);
        assert_int_equal(rename(fresh, program), 0);
}

static void test_replaced_programs(void **state)
{
        struct files *files = files_or_skip(state);
        _cleanup_free_ char *program = path_in(files, "program");
        _cleanup_free_ char *text =
                format("actors: { a: { exe = \"%s\"; }; m: { preset = \"manager\"; exe = \"%s\"; }; };"
                       "commands: { c: { exe = \"%s\"; }; };"
                       "rules = ( { id = \"r\"; actor = \"a\"; then = \"allow\"; },"
                       "          { id = \"s\"; command = \"c\"; then = \"allow\"; } );",
                       program, program, program);
        struct file_id ids[6];
        struct policy *policy, *fresh;
        const struct file_id *managers;

        assert_int_equal(chmod(files->directory, 0755), 0);
        write_file(files->policy, text, 0644);
        policy = load(files, 0, 0, "a: matches nobody");
        assert_false(policy_exes_changed(policy));
        write_file(program, "#!", 0755);
        assert_true(policy_exes_changed(policy));
        for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
                ids[i] = id_at(program);
                fresh = load(files, 0, 0, NULL);
                assert_int_equal(policy_inherit_exes(fresh, policy), 0);
                policy_unref(policy);
                policy = fresh;
                assert_false(policy_exes_changed(policy));
                for (size_t j = i; j + EXECUTABLE_IDS_MAX > i && j <= i; j--) /* older numbers may be in use again */
                        assert_true(program_is(policy, ids[j]) && policy_command_of(policy, ids[j]) == 0);
                assert_int_equal(policy_manager_exes(policy, &managers),
                                 i + 1 < EXECUTABLE_IDS_MAX ? i + 1 : EXECUTABLE_IDS_MAX);
                assert_true(file_id_equal(managers[0], ids[i]));
                replace_program(files, program);
                assert_true(policy_exes_changed(policy));
        }
        ids[0] = id_at(program);
        fresh = load(files, 0, 0, NULL);
        assert_int_equal(policy_inherit_exes(fresh, policy), 0);
        policy_unref(policy);
        assert_int_equal(unlink(program), 0);
        assert_true(policy_exes_changed(fresh));
        policy = load(files, 0, 0, NULL); /* gone, and that is known: what runs of it still is too */
        assert_int_equal(policy_inherit_exes(policy, fresh), 0);
        assert_false(policy_exes_changed(policy));
        assert_true(program_is(policy, ids[0]) && policy_command_of(policy, ids[0]) == 0);
        policy_unref(fresh);
        policy_unref(policy);
}

/* A gated program may be anybody's, as Debian's at is; not one whose runs systemd writes for. */
static void test_unsafe_command(void **state)
{
        struct files *files = files_or_skip(state);
        _cleanup_free_ char *program = path_in(files, "program");
        const char *outcomes[] = { "deny", "allow" };
        struct policy *policy;

        assert_int_equal(chmod(files->directory, 0755), 0);
        write_file(program, "#!", 0755);
        assert_int_equal(chown(program, 1, 1), 0);
        for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++) {
                _cleanup_free_ char *text = format("zones: { z: { paths = [ \"/z/\" ]; }; };"
                                                   "commands: { c: { exe = \"%s\"; }; }; rules = ("
                                                   "{ id = \"r\"; command = \"c\"; then = \"allow\"; },"
                                                   "{ id = \"s\"; client = \"c\"; then = \"%s\"; } );",
                                                   program, outcomes[i]);

                write_file(files->policy, text, 0644);
                if (streq(outcomes[i], "allow"))
                        assert_null(load(files, 0, -EINVAL, "s: client \"c\" is not to be believed: "));
                policy = load(files, streq(outcomes[i], "allow") ? POLICY_SKIP_OWNER_CHECK : 0, 0, NULL);
                assert_int_equal(policy_command_of(policy, id_at(program)), 0);
                policy_unref(policy);
        }
}

static void test_unsafe_program(void **state)
{
        struct files *files = files_or_skip(state);
        _cleanup_free_ char *program = path_in(files, "program");
        _cleanup_free_ char *text = format("actors: { a: { exe = \"%s\"; }; };"
                                           "rules = ( { id = \"r\"; actor = \"a\"; then = \"allow\"; } );",
                                           program);

        assert_int_equal(chmod(files->directory, 0755), 0);
        write_file(files->policy, text, 0644);
        write_file(program, "#!", 0775);
        assert_null(load(files, 0, -EINVAL, "unitward.conf:1: actors.a.exe:"));
        policy_unref(load(files, POLICY_SKIP_OWNER_CHECK, 0, "would not be believed"));
}

/* What configuration management is about to put in the place of what is there; and beside it. */
static void test_drop_in_to_be(void **state)
{
        const struct files *files = *state;
        _cleanup_free_ char *there = path_in(files, "policy.d/20-app.conf"), *fresh = path_in(files, "candidate");
        const struct policy_drop_in instead = { fresh, "20-app.conf" }, between = { fresh, "15-app.conf" },
                                    last = { fresh, NULL };
        struct policy_report report;
        struct policy *policy;

        write_file(files->policy, "zones: { main: { files = \"/m\"; }; };", 0644);
        assert_int_equal(mkdir(files->drop_ins, 0755), 0);
        write_file(there, "rules = ( { id = \"app\"; zone = \"main\"; then = \"deny\"; } );", 0644);
        write_file(fresh, "rules = ( { id = \"app\"; zone = \"main\"; then = \"allow\"; } );", 0644);

        assert_int_equal(policy_load_with(files->policy, &instead, POLICY_SKIP_OWNER_CHECK, &policy, &report), 0);
        expect_rule(policy, 0, "app", OUTCOME_ALLOW);
        assert_int_equal(policy_n_rules(policy), 1);
        policy_report_done(&report);
        policy_unref(policy);
        assert_int_equal(policy_load_with(files->policy, &last, POLICY_SKIP_OWNER_CHECK, &policy, &report), -EINVAL);
        policy_report_done(&report);

        write_file(fresh, "rules = ( { id = \"first\"; zone = \"main\"; then = \"allow\"; } );", 0644);
        assert_int_equal(policy_load_with(files->policy, &between, POLICY_SKIP_OWNER_CHECK, &policy, &report), 0);
        expect_rule(policy, 0, "first", OUTCOME_ALLOW);
        assert_int_equal(policy_n_rules(policy), 2);
        policy_report_done(&report);
        policy_unref(policy);
        assert_int_equal(policy_load_with(files->policy, &last, POLICY_SKIP_OWNER_CHECK, &policy, &report), 0);
        expect_rule(policy, 0, "app", OUTCOME_DENY);
        policy_report_done(&report);
        policy_unref(policy);
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                WITH_FILES(test_permissions),    WITH_FILES(test_links),
                WITH_FILES(test_unreadable),     WITH_FILES(test_nul_byte),
                WITH_FILES(test_drop_ins),       WITH_FILES(test_drop_in_to_be),
                WITH_FILES(test_digest),         WITH_FILES(test_replaced_programs),
                WITH_FILES(test_unsafe_program), WITH_FILES(test_unsafe_command),
        };

        return cmocka_run_group_tests_name("policy: files", tests, NULL, NULL);
}
