/* Rules are found by their operation and their names: what decides is what decided when each was looked at in its
 * order. */
#include "policy_actors.h"

#include "../../src/policy/policy_internal.h"

static unsigned dice = 1;

static unsigned roll(unsigned sides)
{
        dice = dice * 1103515245u + 12345u;
        return (dice >> 16) % sides;
}

#define PICK(list) ((list)[roll((unsigned)ARRAY_SIZE(list))])

static const char *const units[] = { "a.service", "ab.service", "a@x.service", "b.timer", "abc", "a", "", "z.socket" };
static const char *const unit_patterns[] = { "a*",    "a.service", "ab*", "a@*.service", "*",     "*.timer",
                                             "[ab]*", "?.service", "abc", "b.timer",     "ab[c]", "a" };
static const char *const paths[] = {
        "/etc/s/a.service", "/etc/s/a.service.d/x.conf", "/usr/s/b.timer", "/etc/s/", "", "/x"
};
static const char *const path_patterns[] = { "/etc/**",    "/etc/s/a.service", "/etc/s/*",
                                             "/**/x.conf", "/usr/s/b.*",       "**",
                                             "/x" };
static const char *const zones[] = { "one", "two", "three" };
static const char *const operations[] = { "create", "modify", "remove", "rename", "link", "read", "load" };
static const enum operation numbers[] = { OPERATION_CREATE, OPERATION_MODIFY, OPERATION_REMOVE, OPERATION_RENAME,
                                          OPERATION_LINK,   OPERATION_READ,   OPERATION_LOAD };

static void say_list(FILE *text, const char *name, const char *const *patterns, unsigned n)
{
        (void)fprintf(text, "%s = [ \"%s\"", name, patterns[roll(n)]);
        for (unsigned more = roll(3); more > 0; more--)
                (void)fprintf(text, ", \"%s\"", patterns[roll(n)]);
        (void)fprintf(text, " ]; ");
}

static void say_rule(FILE *text, unsigned number)
{
        (void)fprintf(text, "%s{ id = \"r%u\"; ", number ? ", " : "", number);
        if (roll(2))
                say_list(text, "unit", unit_patterns, ARRAY_SIZE(unit_patterns));
        if (roll(3) == 0)
                say_list(text, "path", path_patterns, ARRAY_SIZE(path_patterns));
        if (roll(2))
                (void)fprintf(text, "zone = \"%s\"; ", PICK(zones));
        (void)fprintf(text, "actor = \"%s\"; ", roll(2) ? "zero" : "seven");
        (void)fprintf(text, "on = [ \"%s\", \"%s\" ]; then = \"%s\"; }", PICK(operations), PICK(operations),
                      roll(3) ? "allow" : "deny");
}

static struct policy *policy_of(unsigned n_rules)
{
        _cleanup_free_ char *written = NULL;
        struct policy_report report;
        struct policy *policy = NULL;
        size_t size;
        FILE *text = open_memstream(&written, &size);

        assert_non_null(text);
        (void)fprintf(text, "zones: { one: { paths = [ \"/nowhere/1/\" ]; }; two: { paths = [ \"/nowhere/2/\" ]; }; "
                            "three: { paths = [ \"/nowhere/3/\" ]; }; }; "
                            "actors: { zero: { uid = 0; }; seven: { uid = 7; }; }; rules = ( ");
        for (unsigned i = 0; i < n_rules; i++)
                say_rule(text, i);
        (void)fprintf(text, " );");
        assert_int_equal(fclose(text), 0);
        if (policy_load_text("x.conf", written, 0, &policy, &report) < 0)
                fail_msg("%s: %s", written, report.n_findings ? report.findings[0].text : "?");
        policy_report_done(&report);
        return policy;
}

static const struct rule *find_in_order(const struct policy *policy, const struct access *access)
{
        for (size_t i = 0; i < policy->n_rules; i++)
                if (!rule_obstacle(policy, &policy->rules[i], access))
                        return &policy->rules[i];
        return NULL;
}

static void compare(const struct policy *policy, const struct access *access)
{
        const struct rule *expected = find_in_order(policy, access), *found = policy_find_rule(policy, access);

        if (found != expected)
                fail_msg("%s %s %s: %s, expected %s", operation_name(access->operation), access->unit, access->path,
                         found ? found->id : "default", expected ? expected->id : "default");
}

static void test_same_as_in_order(void **state)
{
        (void)state;
        for (unsigned n = 0; n < 40; n++) {
                struct policy *policy = policy_of(n * n / 4);
                struct actor actor = { .references = 1, .known = true };

                for (unsigned i = 0; i < 2000; i++) {
                        struct access access = { .operation = PICK(numbers),
                                                 .actor = &actor,
                                                 .zone = (int)roll(4) - 1,
                                                 .place = PLACE_UNITS,
                                                 .path = PICK(paths),
                                                 .unit = PICK(units),
                                                 .unit_unknown = roll(8) == 0 };

                        actor.uid = roll(2) ? 0 : 7;
                        compare(policy, &access);
                }
                policy_unref(policy);
        }
}

/* A name with more beginnings than are looked up at once. */
static void test_many_beginnings(void **state)
{
        _cleanup_free_ char *written = NULL;
        struct policy_report report;
        struct policy *policy = NULL;
        struct actor actor = { .references = 1, .known = true };
        char name[101];
        size_t size;
        FILE *text = open_memstream(&written, &size);

        (void)state;
        assert_non_null(text);
        memset(name, 'a', sizeof name - 1);
        name[sizeof name - 1] = '\0';
        (void)fprintf(text, "rules = ( ");
        for (int i = 100; i > 0; i--)
                (void)fprintf(text, "%s{ id = \"r%d\"; unit = \"%.*s%s\"; on = \"modify\"; then = \"allow\"; }",
                              i < 100 ? ", " : "", i, i, name, i % 2 ? "b" : "*");
        (void)fprintf(text, " );");
        assert_int_equal(fclose(text), 0);
        assert_int_equal(policy_load_text("x.conf", written, 0, &policy, &report), 0);
        for (size_t length = 0; length < sizeof name; length++) {
                struct access access = { .operation = OPERATION_MODIFY, .actor = &actor, .path = "/x", .unit = name };

                name[length] = '\0';
                compare(policy, &access);
                if (length > 1 && length + 1 < sizeof name) {
                        name[length] = 'b';
                        name[length + 1] = '\0';
                        compare(policy, &access);
                        name[length + 1] = 'a';
                }
                name[length] = 'a';
        }
        policy_report_done(&report);
        policy_unref(policy);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_same_as_in_order),
                cmocka_unit_test(test_many_beginnings),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
