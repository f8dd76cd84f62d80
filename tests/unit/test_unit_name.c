#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unitward/unit_name.h"
#include "unitward/unit_path.h"
#include "unitward/util.h"

#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A247 A50 A50 A50 A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void test_valid(void **state)
{
        static const struct {
                const char *name;
                bool valid;
                const char *type;
        } cases[] = {
                { "cron.service", true, ".service" },
                { "evil.timer", true, ".timer" },
                { "x@.timer", true, ".timer" },
                { "x@y.mount", true, ".mount" },
                { "x@y@z.service", true, ".service" },
                { "dev-disk-by\\x2duuid.swap", true, ".swap" },
                { "foo-.service", true, ".service" },
                { "a.b.service", true, ".service" },
                { "x.automount", true, ".automount" },
                { "x.scope", true, ".scope" },
                { "", false, NULL },
                { ".service", false, ".service" },
                { "@.service", false, ".service" },
                { "@x.service", false, ".service" },
                { "service", false, NULL },
                { "x.service~", false, NULL },
                { "x.service.dpkg-new", false, NULL },
                { ".#x.timer123", false, NULL },
                { "x y.service", false, ".service" },
                { "x/y.service", false, ".service" },
                { "\xff.service", false, ".service" },
                { "x\n.service", false, ".service" },
                { "x.snapshot", false, NULL },
                { "x.Service", false, NULL },
                { A247 ".service", true, ".service" },
                { A247 "a.service", false, ".service" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const char *type = unit_name_type(cases[i].name);

                if (unit_name_is_valid(cases[i].name) != cases[i].valid)
                        fail_msg("\"%s\"", cases[i].name);
                assert_int_equal(type != NULL, cases[i].type != NULL);
                if (type)
                        assert_string_equal(type, cases[i].type);
        }
}

static void test_place(void **state)
{
        static const struct {
                enum place parent;
                const char *name;
                enum place place;
        } cases[] = {
                { PLACE_UNITS, "x.service.d", PLACE_DROPINS },
                { PLACE_UNITS, "service.d", PLACE_DROPINS },
                { PLACE_UNITS, "foo-.timer.d", PLACE_DROPINS },
                { PLACE_UNITS, "x@.service.d", PLACE_DROPINS },
                { PLACE_UNITS, "x.target.wants", PLACE_DEPENDENCIES },
                { PLACE_UNITS, "x.target.requires", PLACE_DEPENDENCIES },
                { PLACE_UNITS, "x.target.upholds", PLACE_DEPENDENCIES },
                { PLACE_UNITS, "service.wants", PLACE_UNITS },
                { PLACE_UNITS, "x.d", PLACE_UNITS },
                { PLACE_UNITS, ".d", PLACE_UNITS },
                { PLACE_UNITS, "", PLACE_UNITS },
                { PLACE_UNITS, A247 "a.service.d", PLACE_UNITS },
                { PLACE_TRANSIENT, "x.service.d", PLACE_TRANSIENT },
                { PLACE_GENERATED, "x.target.wants", PLACE_GENERATED },
                { PLACE_DROPINS, "y.service.d", PLACE_DROPINS },
                { PLACE_CONFIGURATION, "x.service.d", PLACE_CONFIGURATION },
                { PLACE_PARENT, "x.service.d", PLACE_PARENT },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                if (unit_place_of_directory(cases[i].parent, cases[i].name) != cases[i].place)
                        fail_msg("\"%s\" in %s", cases[i].name, place_name(cases[i].parent));
}

static void test_unit_of(void **state)
{
        static const struct {
                enum place place;
                const char *directory, *name, *unit;
        } cases[] = {
                { PLACE_UNITS, "system", "x.timer", "x.timer" },
                { PLACE_UNITS, "system", "x.service.d", "x.service" },
                { PLACE_UNITS, "system", "x.target.wants", "x.target" },
                { PLACE_UNITS, "system", "timer.d", "*.timer" },
                { PLACE_UNITS, "system", "README", "" },
                { PLACE_UNITS, "system", ".#x.timer", "" },
                { PLACE_DROPINS, "x.service.d", "10.conf", "x.service" },
                { PLACE_DROPINS, "x.service.d", "y.service", "x.service" },
                { PLACE_DROPINS, "timer.d", "10.conf", "*.timer" },
                { PLACE_DEPENDENCIES, "b.target.wants", "a.service", "a.service" },
                { PLACE_DEPENDENCIES, "b.target.wants", "nothing", "" },
                { PLACE_TRANSIENT, "transient", "run-1.timer", "run-1.timer" },
                { PLACE_TRANSIENT, "transient", "run-1.timer.d", "run-1.timer" },
                { PLACE_TRANSIENT, "x.service.d", "50-CPU.conf", "x.service" },
                { PLACE_GENERATED, "x.target.wants", "a.mount", "a.mount" },
                { PLACE_GENERATED, "x.mount.d", "timeout.conf", "x.mount" },
                { PLACE_PROGRAMS, "system-generators", "x.service", "" },
                { PLACE_CONFIGURATION, "linger", "x.service", "" },
                { PLACE_PARENT, "systemd", "x.service", "" },
                { PLACE_UNITS, "system", A247 ".service", A247 ".service" },
                { PLACE_UNITS, "system", A247 "a.service", "" },
                { PLACE_DROPINS, A247 ".service.d", "x.conf", A247 ".service" },
                { PLACE_DROPINS, A247 "a.service.d", "x.conf", "" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char unit[UNIT_NAME_MAX];

                memset(unit, 'x', sizeof unit);
                unit_name_of(cases[i].place, cases[i].directory, cases[i].name, unit);
                if (!streq(unit, cases[i].unit))
                        fail_msg("%s/%s: \"%s\", expected \"%s\"", cases[i].directory, cases[i].name, unit,
                                 cases[i].unit);
        }
}

static void test_search_path(void **state)
{
        char **directories;
        bool has_etc = false;

        (void)state;
        assert_int_equal(unit_path_search(UNIT_SCOPE_SYSTEM, &directories), 0);
        for (char **directory = directories; *directory; directory++)
                has_etc |= streq(*directory, "/etc/systemd/system");
        unit_path_free(&directories);
        assert_true(has_etc);

        assert_int_equal(setenv("HOME", "/var/somebody", 1), 0);
        assert_int_equal(unit_path_search(UNIT_SCOPE_USER, &directories), 0);
        for (char **directory = directories; *directory; directory++)
                if (starts_with(*directory, "/var/somebody") || starts_with(*directory, "/run/user"))
                        fail_msg("%s", *directory);
        unit_path_free(&directories);
        unit_path_free(&directories);

        assert_int_equal(unit_path_place("/run/systemd/transient"), PLACE_TRANSIENT);
        assert_int_equal(unit_path_place("/etc/systemd/system.control"), PLACE_TRANSIENT);
        assert_int_equal(unit_path_place("/run/systemd/generator.late"), PLACE_GENERATED);
        assert_int_equal(unit_path_place("/etc/systemd/system"), PLACE_UNITS);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_valid),
                cmocka_unit_test(test_place),
                cmocka_unit_test(test_unit_of),
                cmocka_unit_test(test_search_path),
        };

        return cmocka_run_group_tests_name("unit names", tests, NULL, NULL);
}
