/* What the probes find differs from machine to machine; that they are right about it shows in the
 * integration tests. Here: the table, and that nothing is left behind. */
#include <glob.h>
#include <sys/wait.h>

#include "scratch.h"
#include "unitward/capabilities.h"
#include "unitward/util.h"

static size_t leftovers(void)
{
        glob_t found;
        size_t count;

        if (glob("/run/unitward-probe-*", 0, NULL, &found) != 0)
                return 0;
        count = found.gl_pathc;
        globfree(&found);
        return count;
}

static void test_table(void **state)
{
        struct capabilities all;
        json_t *json;

        (void)state;
        memset(&all, 1, sizeof all);
        assert_int_equal(capability_count(), sizeof all / sizeof(bool)); /* no field without a row */
        json = capabilities_to_json(&all);
        assert_int_equal(json_object_size(json), capability_count());
        for (size_t i = 0; i < capability_count(); i++) {
                const struct capability *capability = capability_at(i);

                assert_true(capability_is_held(&all, i));
                assert_true(json_is_true(json_object_get(json, capability->name)));
                assert_non_null(capability->gives);
                assert_non_null(capability->without);
                assert_non_null(capability->remedy);
        }
        assert_null(capabilities_missing(&all));
        all.open_perm = false;
        assert_string_equal(capabilities_missing(&all)->name, "open_perm");
        json_decref(json);
}

static void test_probe(void **state)
{
        struct capabilities found;

        (void)state;
        /* A /run of its own: other daemons probe there, too. */
        if (geteuid() != 0 || !scratch_mount("/run", 1024))
                skip();
        assert_int_equal(capabilities_probe(&found), 0);
        assert_true(found.open_perm);
        assert_true(found.names);
        assert_int_equal(leftovers(), 0);
        scratch_unmount("/run");
}

static void test_probe_without_privilege(void **state)
{
        struct capabilities found;
        int status;
        pid_t child = fork();

        (void)state;
        if (child == 0)
                _exit((geteuid() == 0 && setuid(65534) < 0) || capabilities_probe(&found) != -EPERM);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
}

static void test_probe_directory(void **state)
{
        struct directory_capabilities found = { 0 };

        (void)state;
        if (geteuid() != 0)
                skip();
        assert_int_equal(capabilities_probe_directory("/etc", &found), 0);
        assert_true(found.open_perm);
        assert_int_equal(capabilities_probe_directory("/proc", &found), 0);
        assert_false(found.open_perm);
        assert_int_equal(capabilities_probe_directory("/nonexistent", &found), -ENOENT);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table),
                cmocka_unit_test(test_probe),
                cmocka_unit_test(test_probe_without_privilege),
                cmocka_unit_test(test_probe_directory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
