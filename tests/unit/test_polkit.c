/* unitward polkit: the files for a policy, and what they decide: run by an engine as polkit has one, where there is
 * one, and compared with the policy's own decision. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../src/ctl/polkit.h"
#include "lsan_libconfig.h"
#include "unitward/glob.h"

#define GOLDEN "tests/unit/polkit-golden"
#define UNITS "org.freedesktop.systemd1.manage-units"
#define FILES "org.freedesktop.systemd1.manage-unit-files"
#define RELOAD "org.freedesktop.systemd1.reload-daemon"
#define SELF_LINGER "org.freedesktop.login1.set-self-linger"

/* Numbers that no machine has names for are their own names. */
#define ALICE 471101
#define BOB 471102
#define CAROL 471103
#define OPS 471190
#define TOOL "/usr/bin/logger"
#define ZONE "zones: { z: { paths = [ \"/z/\" ]; }; };\n"

static const char policy_text[] =
        "mode = \"enforce\";\n" ZONE
        "commands: { ctl: { preset = \"systemctl\"; }; run: { preset = \"systemd-run\"; };\n"
        "            linger: { preset = \"loginctl\"; }; };\n"
        "actors: {\n"
        "  root:  { uid = [ 0 ]; };\n"
        "  pid1:  { preset = \"manager\"; };\n"
        "  ops:   { group = [ 471190 ]; };\n"
        "  bob:   { uid = [ 471102 ]; };\n"
        "  carol: { login_uid = [ 471103 ]; unit = [ \"session-*.scope\", \"user@*.service\" ]; };\n"
        "  web:   { unit = [ \"web*.service\" ]; };\n"
        "  tool:  { exe = \"" TOOL "\"; };\n"
        "  bobs-tool: { exe = \"" TOOL "\"; uid = [ 471102 ]; };\n"
        "};\n"
        "rules = (\n"
        "  { id = \"root-all\"; actor = \"root\"; on = \"exec\"; then = \"allow\"; },\n"
        "  { id = \"pid1-not\"; actor = \"pid1\"; on = \"exec\"; then = \"deny\"; },\n"
        "  { id = \"read\"; command = [ \"ctl\", \"linger\" ]; verb = \"@read\"; then = \"allow\"; },\n"
        "  { id = \"not-remote\"; command = \"ctl\"; scope = \"remote\"; then = \"deny\"; },\n"
        "  { id = \"tool-starts\"; actor = \"tool\"; command = \"ctl\"; verb = \"start\"; then = \"allow\"; },\n"
        "  { id = \"bobs-tool-not\"; actor = \"bobs-tool\"; command = \"ctl\"; verb = \"stop\"; then = \"deny\"; },\n"
        "  { id = \"never-ssh\"; command = \"ctl\"; unit = [ \"ssh*.service\", \"[\\\"<]*\" ]; verb = \"@control\"; "
        "then = \"deny\"; },\n"
        "  { id = \"ops-control\"; actor = \"ops\"; command = \"ctl\"; verb = \"@control\"; then = \"allow\"; },\n"
        "  { id = \"ops-enable\"; actor = \"ops\"; command = \"ctl\"; verb = [ \"enable\", \"daemon-reload\" ]; then = "
        "\"allow\"; },\n"
        "  { id = \"bob-web\"; actor = \"bob\"; command = \"ctl\"; unit = \"web-?.service\"; then = \"allow\"; },\n"
        "  { id = \"web-starts\"; actor = \"web\"; command = \"ctl\"; verb = \"start\"; then = \"allow\"; },\n"
        "  { id = \"carol-all\"; actor = \"carol\"; on = \"exec\"; then = \"allow\"; }\n"
        ");\n";

struct fixture {
        struct policy *policy;
        struct polkit_model model;
        char *rules, *bus;
};

static int fixture_make(struct fixture *fixture, const char *text)
{
        struct policy_report report;
        const char *why;
        int r = policy_load_text("x.conf", text, POLICY_SKIP_OWNER_CHECK, &fixture->policy, &report);

        for (size_t i = 0; r < 0 && i < report.n_findings; i++)
                print_message("%s\n", report.findings[i].text);
        policy_report_done(&report);
        if (r < 0 || polkit_model_make(&fixture->model, fixture->policy) < 0)
                return -1;
        fixture->rules = polkit_rules_text(&fixture->model, &why);
        fixture->bus = polkit_bus_text(&fixture->model);
        return fixture->rules && fixture->bus ? 0 : -1;
}

static void fixture_done(struct fixture *fixture)
{
        polkit_model_done(&fixture->model);
        policy_unref(fixture->policy);
        free(fixture->rules);
        free(fixture->bus);
}

static int setup(void **state)
{
        static struct fixture fixture;

        *state = &fixture;
        return fixture_make(&fixture, policy_text);
}

static int teardown(void **state)
{
        fixture_done(*state);
        return 0;
}

/* ---- The texts ---------------------------------------------------------------------------------------------- */

/* With UNITWARD_GOLDEN=write the expected texts are made anew: look at the difference. */
static void assert_golden(const char *path, const char *text)
{
        _cleanup_fclose_ FILE *file = fopen(path, getenv("UNITWARD_GOLDEN") ? "w+" : "r");
        static char expected[1u << 16];

        assert_non_null(file);
        if (getenv("UNITWARD_GOLDEN")) {
                fputs(text, file);
                rewind(file);
        }
        expected[fread(expected, 1, sizeof expected - 1, file)] = '\0';
        assert_string_equal(text, expected);
}

static void test_golden(void **state)
{
        const struct fixture *fixture = *state;

        assert_golden(GOLDEN ".rules", fixture->rules);
        assert_golden(GOLDEN ".conf", fixture->bus);
}

static void test_audit_closes_nothing(void **state)
{
        struct fixture fixture = { 0 };

        (void)state;
        assert_int_equal(fixture_make(&fixture, ZONE "commands: { ctl: { preset = \"systemctl\"; }; };"), 0);
        assert_non_null(strstr(fixture.rules, "var enforce = false;"));
        assert_null(strstr(fixture.bus, "<deny"));
        fixture_done(&fixture);
}

static void test_nothing_gated(void **state)
{
        struct fixture fixture = { 0 };

        (void)state;
        assert_int_equal(fixture_make(&fixture, ZONE "mode = \"enforce\"; commands: { x: { exe = \"" TOOL "\"; }; };"),
                         0);
        assert_null(strstr(fixture.rules, "action: \""));
        assert_null(strstr(fixture.bus, "<deny"));
        fixture_done(&fixture);
}

static bool is_noted(const struct polkit_model *model, const char *rule, const char *text)
{
        for (size_t i = 0; i < model->n_notes; i++)
                if (streq(model->notes[i].rule->id, rule) && strstr(model->notes[i].text, text))
                        return true;
        return false;
}

static void test_notes(void **state)
{
        const struct fixture *fixture = *state;
        const struct polkit_model *model = &fixture->model;

        assert_true(is_noted(model, "tool-starts", "permits \"tool\" by exe, which polkit cannot see"));
        assert_true(is_noted(model, "bobs-tool-not", "whoever may be meant is refused"));
        assert_true(is_noted(model, "bob-web", "it permits none of that here"));
        assert_false(is_noted(model, "root-all", ""));
        assert_false(is_noted(model, "ops-control", ""));
        assert_false(is_noted(model, "not-remote", ""));
}

/* ---- Escaping ----------------------------------------------------------------------------------------------- */

static char *written(void (*put)(FILE *out, const char *text), const char *text)
{
        static char buffer[256];
        FILE *out = fmemopen(buffer, sizeof buffer, "w");

        assert_non_null(out);
        put(out, text);
        assert_int_equal(fclose(out), 0);
        return buffer;
}

static void put_text(FILE *out, const char *text)
{
        if (!polkit_script_text(out, text))
                fputs("REFUSED", out);
}

static void test_escaping(void **state)
{
        (void)state;
        assert_string_equal(written(polkit_script_bytes, "a\"b\\c\n\x7f\xc3\xa9*[!x]"),
                            "a\\u0022b\\u005cc\\u000a\\u007f\\u00c3\\u00a9*[!x]");
        assert_string_equal(written(polkit_script_bytes, "</script>'"), "\\u003c/script\\u003e'");
        assert_string_equal(written(put_text, "jos\xc3\xa9 \"; evil(); //"), "jos\\u00e9 \\u0022; evil(); //");
        assert_string_equal(written(put_text, "\xe2\x80\xa8"), "\\u2028");
        assert_string_equal(written(put_text, "\xff"), "REFUSED");
        assert_string_equal(written(put_text, "\xf0\x9f\x98\x80"), "REFUSED");
        assert_string_equal(written(polkit_xml_text, "a\"b<c>&'\n"), "a&#34;b&#60;c&#62;&#38;&#39;&#10;");
}

/* ---- The engine --------------------------------------------------------------------------------------------- */

#define PRELUDE                                                                                                        \
        "var say = typeof print === 'function' ? print : console.log, rule, told = '';\n"                              \
        "var polkit = { Result: { NO: 'no', YES: 'yes' }, addRule: function (f) { rule = f; },\n"                      \
        "    log: function () {}, spawn: function (words) { told = words[6]; } };\n"                                   \
        "function ask(id, details, user, groups, session, unit) {\n"                                                   \
        "    told = '';\n"                                                                                             \
        "    var answer = rule({ id: id, lookup: function (key) { return details[key]; } }, { user: user, pid: 7,\n"   \
        "        session: session, system_unit: unit, isInGroup: function (g) { return groups.indexOf(g) >= 0; } "     \
        "});\n"                                                                                                        \
        "    say(String(answer) + ' ' + told);\n"                                                                      \
        "}\n"

/* duktape is what Debian's polkit has; node will do. */
static const char *find_engine(void)
{
        static char engine[64];
        FILE *out = popen("command -v duk || command -v node", "r");

        assert_non_null(out);
        if (!fgets(engine, sizeof engine, out))
                engine[0] = '\0';
        (void)pclose(out);
        engine[strcspn(engine, "\n")] = '\0';
        return engine;
}

struct script {
        char path[32];
        FILE *file;
};

static void script_begin(struct script *script)
{
        int fd;

        if (!*find_engine()) {
                print_message("neither duk nor node is there to run it\n");
                skip();
        }
        strcpy(script->path, "/tmp/polkit.XXXXXX");
        fd = mkstemp(script->path);
        assert_true(fd >= 0);
        script->file = fdopen(fd, "w");
        fputs(PRELUDE, script->file);
}

/* What it says, to be closed with pclose. */
static FILE *script_run(struct script *script)
{
        _cleanup_free_ char *command = format("%s %s 2>&1", find_engine(), script->path);
        FILE *out;

        assert_int_equal(fclose(script->file), 0);
        out = popen(command, "r");
        assert_non_null(out);
        return out;
}

static const char *next_line(FILE *out)
{
        static char line[512];

        if (!fgets(line, sizeof line, out))
                strcpy(line, "(nothing)");
        line[strcspn(line, "\n")] = '\0';
        return line;
}

static void put_string(FILE *out, const char *text)
{
        if (!text) {
                fputs("null", out);
                return;
        }
        fputc('"', out);
        polkit_script_bytes(out, text);
        fputc('"', out);
}

/* The same patterns mean the same in the daemon and here. */
static void test_patterns(void **state)
{
        static const char *const pieces[] = { "a", "b", "-", "*", "?", "[", "]", "[ab]", "[!a]", "[a-b]", "]a", "^" };
        static char patterns[3000][64], texts[3000][16];
        struct script script;
        FILE *out;

        (void)state;
        script_begin(&script);
        fputs("(function () { var requests = [], rules = [], actors = [], questions = [], doors = [], root = '';\n"
              "var enforce = true, permitsByDefault = false, gatesSystemctl = true;\n",
              script.file);
        fputs(polkit_engine, script.file);
        srandom(7);
        for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
                for (long n = random() % 6; n >= 0; n--)
                        strcat(patterns[i], pieces[(size_t)random() % ARRAY_SIZE(pieces)]);
                for (long n = random() % 6; n > 0; n--)
                        strcat(texts[i], pieces[(size_t)random() % 7]);
                fputs("say(String(matches(", script.file);
                put_string(script.file, patterns[i]);
                fputs(", ", script.file);
                put_string(script.file, texts[i]);
                fputs(")));\n", script.file);
        }
        fputs("}());\n", script.file);
        out = script_run(&script);
        for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
                const char *expected = glob_match(patterns[i], texts[i]) ? "true" : "false", *line = next_line(out);

                if (!streq(line, expected))
                        fail_msg("\"%s\" and \"%s\": %s instead of %s", patterns[i], texts[i], line, expected);
        }
        assert_int_equal(pclose(out), 0);
        (void)unlink(script.path);
}

struct question {
        const char *action, *verb, *unit;
        id_t user;
        bool ops;
        const char *session, *caller_unit;
        const char *answer; /* the rule that refuses, "default", or NULL */
};

static void put_question(FILE *out, const struct question *question)
{
        fprintf(out, "ask(\"%s\", {", question->action);
        if (question->verb)
                fprintf(out, " verb: \"%s\"", question->verb);
        if (question->unit) {
                fputs(", unit: ", out);
                put_string(out, question->unit);
        }
        fprintf(out, " }, \"%u\", [%s], ", (unsigned)question->user, question->ops ? "\"471190\"" : "");
        put_string(out, question->session);
        fputs(", ", out);
        put_string(out, question->caller_unit);
        fputs(");\n", out);
}

static void assert_answer(const struct question *question, const char *line)
{
        _cleanup_free_ char *rule = format("unitward: rule \"%s\" refuses", question->answer ?: "");
        bool refused = starts_with(line, "no "), right = refused == !!question->answer;

        if (right && refused && !streq(question->answer, "") && !strstr(line, rule))
                right = streq(question->answer, "default") && strstr(line, "the policy's default refuses");
        if (!right)
                fail_msg("%s %s %s of %u: %s", question->action, question->verb ?: "-", question->unit ?: "-",
                         (unsigned)question->user, line);
}

static void test_answers(void **state)
{
        static const struct question questions[] = {
                { UNITS, "start", "web-1.service", ALICE, false, NULL, NULL, "default" },
                { UNITS, "start", "web-1.service", ALICE, true, NULL, NULL, NULL },
                { UNITS, "start", "sshd.service", ALICE, true, NULL, NULL, "never-ssh" },
                { UNITS, "start", "\"x.service", ALICE, true, NULL, NULL, "never-ssh" },
                { UNITS, "start", "web-1.service", BOB, false, NULL, NULL, NULL },
                { UNITS, "start", "web-12.service", BOB, false, NULL, NULL, "default" },
                { UNITS, "stop", "web-1.service", BOB, true, NULL, NULL, "bobs-tool-not" },
                { UNITS, "reload-or-try-restart", "web-1.service", BOB, false, NULL, NULL, NULL },
                { UNITS, "set-property", "web-1.service", ALICE, true, NULL, NULL, "default" },
                { UNITS, "set-property", "web-1.service", BOB, false, NULL, NULL, NULL },
                { UNITS, "frobnicate", "web-1.service", ALICE, true, NULL, NULL, "" },
                { UNITS, "toString", "web-1.service", CAROL, false, "1", NULL, "" },
                /* with details that mean the same again, for what implies it: refused, and not told twice */
                { FILES, "start", "web-1.service", ALICE, false, NULL, NULL, "" },
                { FILES, "start", "web-1.service", ALICE, true, NULL, NULL, NULL },
                /* what the bus lets ops ask for is all permitted; of bob nobody knows the units */
                { FILES, NULL, NULL, ALICE, true, NULL, NULL, NULL },
                { FILES, NULL, NULL, ALICE, false, NULL, NULL, "default" },
                { FILES, NULL, NULL, BOB, false, NULL, NULL, "default" },
                { FILES, "enable", NULL, ALICE, true, NULL, NULL, NULL },
                { FILES, "enable", NULL, ALICE, false, NULL, NULL, "default" },
                { RELOAD, NULL, NULL, ALICE, true, NULL, NULL, NULL },
                { RELOAD, NULL, NULL, BOB, false, NULL, NULL, "default" },
                /* transient units are carol's, while she is known to have logged in */
                { UNITS, NULL, NULL, CAROL, false, "1", NULL, NULL },
                { UNITS, NULL, NULL, CAROL, false, NULL, NULL, "default" },
                { UNITS, NULL, NULL, ALICE, true, "1", NULL,
                  NULL }, /* reset-failed and cancel; the bus keeps the rest */
                { UNITS, "start", "x.timer", CAROL, false, "1", NULL, NULL },
                { UNITS, "start", "x.timer", CAROL, false, "1", "cron.service", "default" },
                { UNITS, "start", "x.timer", CAROL, false, "1", "session-1.scope", NULL },
                /* polkit 126 knows units; before that somebody in one is nobody */
                { UNITS, "start", "x.service", ALICE, false, NULL, "web-1.service", NULL },
                { UNITS, "start", "x.service", ALICE, false, NULL, "cron.service", "default" },
                { SELF_LINGER, NULL, NULL, ALICE, true, "1", NULL, "default" },
                { SELF_LINGER, NULL, NULL, CAROL, false, "1", NULL, NULL },
                { "org.freedesktop.login1.reboot", NULL, NULL, ALICE, false, NULL, NULL, NULL },
                { "toString", NULL, NULL, ALICE, false, NULL, NULL, NULL },
        };
        const struct fixture *fixture = *state;
        struct script script;
        FILE *out;

        script_begin(&script);
        fputs(fixture->rules, script.file);
        for (size_t i = 0; i < ARRAY_SIZE(questions); i++)
                put_question(script.file, &questions[i]);
        fputs("ask(\"" UNITS "\", { verb: \"start\", unit: \"x.service\" }, \"root\", [], null, null);\n", script.file);
        out = script_run(&script);
        for (size_t i = 0; i < ARRAY_SIZE(questions); i++)
                assert_answer(&questions[i], next_line(out));
        assert_string_equal(next_line(out), "undefined ");
        assert_int_equal(pclose(out), 0);
        (void)unlink(script.path);
}

/* ---- Never more than the policy ----------------------------------------------------------------------------- */

static const id_t users[] = { ALICE, BOB, CAROL };
static const char *const caller_units[] = { NULL, "session-1.scope", "user@471103.service", "web-9.service",
                                            "cron.service" };
static const char *const verbs[] = { "start", "stop", "restart", "kill", "set-property", "mount-image" };
static const char *const units[] = { "web-1.service", "ssh.service", "x.timer" };

struct caller {
        id_t user;
        bool ops, knows_unit;
        const char *unit;
};

static bool is_session(const char *unit)
{
        return unit && (starts_with(unit, "session-") || starts_with(unit, "user@"));
}

static const char *class_of(const struct polkit_model *model, const char *verb)
{
        for (size_t i = 0; i < model->n_questions; i++)
                if (model->questions[i].verb && streq(model->questions[i].verb, verb))
                        return model->questions[i].verb_class;
        return NULL;
}

/* Whatever polkit does not see of him. */
static bool policy_permits(const struct fixture *fixture, const struct caller *caller, const char *verb,
                           const char *unit)
{
        const struct policy *policy = fixture->policy;

        for (int variant = 0; variant < 4; variant++) {
                struct actor actor = { .known = true,
                                       .uid = caller->user,
                                       .gid = caller->user,
                                       .login_uid = is_session(caller->unit) ? caller->user
                                                    : variant & 2            ? CAROL
                                                                             : (uid_t)-1,
                                       .n_groups = caller->ops,
                                       .groups = { OPS },
                                       .n_ancestry = 1 };
                struct access access = { .operation = OPERATION_EXEC,
                                         .actor = &actor,
                                         .zone = ZONE_UNPLACED,
                                         .path = "",
                                         .command = "ctl",
                                         .verb = verb,
                                         .verb_class = class_of(&fixture->model, verb),
                                         .scope = "system",
                                         .unit = unit };

                actor.ancestry[0].unit = (char *)(uintptr_t)caller->unit;
                if (variant & 1)
                        actor.ancestry[0].exe = policy->actors[6].programs.items[0].ids[0];
                if (policy_decide(policy, &access).outcome != OUTCOME_ALLOW)
                        return false;
        }
        return true;
}

static size_t each_caller(size_t index, struct caller *ret)
{
        ret->user = users[index % ARRAY_SIZE(users)];
        index /= ARRAY_SIZE(users);
        ret->unit = caller_units[index % ARRAY_SIZE(caller_units)];
        index /= ARRAY_SIZE(caller_units);
        ret->ops = index & 1;
        ret->knows_unit = index & 2;
        return index < 4;
}

static void test_never_more(void **state)
{
        const struct fixture *fixture = *state;
        struct script script;
        struct caller caller;
        size_t permitted = 0, refused = 0;
        FILE *out;

        script_begin(&script);
        fputs(fixture->rules, script.file);
        for (size_t i = 0; each_caller(i, &caller); i++)
                for (size_t j = 0; j < ARRAY_SIZE(verbs) * ARRAY_SIZE(units); j++)
                        put_question(script.file, &(struct question){ UNITS, verbs[j / 3], units[j % 3], caller.user,
                                                                      caller.ops, is_session(caller.unit) ? "1" : NULL,
                                                                      caller.knows_unit ? caller.unit : NULL, NULL });
        out = script_run(&script);
        for (size_t i = 0; each_caller(i, &caller); i++) {
                for (size_t j = 0; j < ARRAY_SIZE(verbs) * ARRAY_SIZE(units); j++) {
                        bool is_refused = starts_with(next_line(out), "no ");

                        permitted += !is_refused;
                        refused += is_refused;
                        if (!is_refused && !policy_permits(fixture, &caller, verbs[j / 3], units[j % 3]))
                                fail_msg("%s %s of %u in %s: the policy does not permit it", verbs[j / 3], units[j % 3],
                                         (unsigned)caller.user, caller.unit ?: "-");
                }
        }
        assert_int_equal(pclose(out), 0);
        assert_true(permitted > 100 && refused > 100);
        (void)unlink(script.path);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_golden),        cmocka_unit_test(test_audit_closes_nothing),
                cmocka_unit_test(test_nothing_gated), cmocka_unit_test(test_notes),
                cmocka_unit_test(test_escaping),      cmocka_unit_test(test_patterns),
                cmocka_unit_test(test_answers),       cmocka_unit_test(test_never_more),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
