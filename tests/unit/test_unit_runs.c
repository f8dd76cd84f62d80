#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unitward/unit_runs.h"
#include "unitward/util.h"

/* "program /bin/x|script /y": '+' after the kind for full privileges, '-' when it may fail. */
static int put_run(const struct unit_run *run, void *userdata)
{
        static const char *const kinds[] = { "program", "script", "inline" };

        fprintf(userdata, "%s%s%s%s %s", ftell(userdata) > 0 ? "|" : "", kinds[run->kind],
                run->full_privileges ? "+" : "", run->may_fail ? "-" : "", run->word);
        return 0;
}

static void test_runs(void **state)
{
        static const struct {
                const char *line, *runs;
        } cases[] = {
                { "", "" },
                { "/bin/x a b", "program /bin/x" },
                { "x", "program x" },
                { "-/bin/x", "program- /bin/x" },
                { "+/bin/x", "program+ /bin/x" },
                { "!!/bin/x", "program /bin/x" },
                { ":-!/bin/x", "program+- /bin/x" },
                { "@/bin/sh -sh /opt/x", "program /bin/sh|script /opt/x" },
                { "/bin/x ; /bin/y /z", "program /bin/x|program /bin/y" },
                { "/bin/sh /opt/x", "program /bin/sh|script /opt/x" },
                { "/bin/sh -ex /opt/x", "program /bin/sh|script /opt/x" },
                { "/usr/bin/python3.11 -u x.py /y", "program /usr/bin/python3.11|script x.py" },
                { "python3 -m http.server", "program python3" },
                { "perl -e /x/", "program perl" },
                { "/usr/bin/env A=b /opt/x", "program /usr/bin/env|program /opt/x" },
                { "env python3 /opt/x.py", "program env|program python3|script /opt/x.py" },
                { "sh -c '/opt/x a'", "program sh|inline /opt/x" },
                { "sh -c 'exec /opt/x; /opt/y && a /opt/z | /opt/w'",
                  "program sh|inline /opt/x|inline /opt/y|inline /opt/w" },
                { "sh -c '. /etc/x; A=/b /opt/y'", "program sh|script /etc/x|inline /opt/y" },
                { "bash -lc \"if true; then /opt/x; fi\"", "program bash|inline /opt/x" },
                { "sh -c 'python3 /opt/x.py'", "program sh|script /opt/x.py" },
                { "sh -c '$HOME/x; `/opt/y`; /opt/*'", "program sh" },
                { "/bin/sh", "program /bin/sh" },
                { "/bin/sh -c", "program /bin/sh" },
                { "/bin/$X", "" },
                { "-", "" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *found = NULL;
                size_t size;
                FILE *stream = open_memstream(&found, &size);

                assert_non_null(stream);
                assert_int_equal(unit_runs(cases[i].line, put_run, stream), 0);
                assert_int_equal(fclose(stream), 0);
                if (!streq(found, cases[i].runs))
                        fail_msg("%s: found \"%s\", expected \"%s\"", cases[i].line, found, cases[i].runs);
        }
}

static int refuse(const struct unit_run *run, void *userdata)
{
        (void)run;
        ++*(unsigned *)userdata;
        return -EIO;
}

static void test_stop(void **state)
{
        unsigned n = 0;

        (void)state;
        assert_int_equal(unit_runs("/bin/sh /x ; /y", refuse, &n), -EIO);
        assert_int_equal(n, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_runs), cmocka_unit_test(test_stop) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
