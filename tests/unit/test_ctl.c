/* What the subcommands share: times, sizes, JSON paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

#include "unitward/ctl.h"
#include "unitward/text.h"

#define SECOND UINT64_C(1000000)
#define NOW (UINT64_C(1700000000) * SECOND) /* 2023-11-14 22:13:20 UTC */

static void test_time_parse(void **state)
{
        static const struct {
                const char *text;
                int result;
                uint64_t usec;
        } cases[] = {
                { "10m", 0, NOW - 600 * SECOND },
                { "10min", 0, NOW - 600 * SECOND },
                { "2h", 0, NOW - 7200 * SECOND },
                { "3d", 0, NOW - 3 * 86400 * SECOND },
                { "1w", 0, NOW - 7 * 86400 * SECOND },
                { "0s", 0, NOW },
                { "999999999w", 0, 0 },
                { "1999999999s", -EINVAL, 0 },
                { "10", -EINVAL, 0 },
                { "m", -EINVAL, 0 },
                { "-5m", -EINVAL, 0 },
                { "5 m", -EINVAL, 0 },
                { "", -EINVAL, 0 },
                { "2023-11-14T22:13:20Z", 0, NOW },
                { "2023-11-14T22:13:20.000001Z", 0, NOW + 1 },
                { "2023-11-14 22:13:20.5Z", 0, NOW + SECOND / 2 },
                { "2023-11-15T00:13:20+02:00", 0, NOW },
                { "2023-11-14 20:13:20", 0, NOW }, /* local time: see main */
                { "2023-11-14 20:13", 0, NOW - 20 * SECOND },
                { "2023-11-14T20:13", 0, NOW - 20 * SECOND },
                { "2023-11-14", 0, NOW - (20 * 3600 + 13 * 60 + 20) * SECOND },
                { "2023-11-14x", -EINVAL, 0 },
                { "2023-13-14", -EINVAL, 0 },
                { "2023-11-14T22:13:20Zz", -EINVAL, 0 },
                { "yesterday", -EINVAL, 0 },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                uint64_t usec = 0;

                assert_int_equal(time_parse(cases[i].text, NOW, &usec), cases[i].result);
                assert_int_equal(usec, cases[i].usec);
        }
}

static void assert_text(char *text, const char *expected)
{
        assert_non_null(text);
        assert_string_equal(text, expected);
        free(text);
}

static void test_formats(void **state)
{
        (void)state;
        assert_text(format_bytes(0), "0 B");
        assert_text(format_bytes(1023), "1023 B");
        assert_text(format_bytes(1024), "1.0 KiB");
        assert_text(format_bytes(268435456), "256.0 MiB");
        assert_text(format_bytes(UINT64_C(3) << 40), "3.0 TiB");
        assert_text(format_duration(0), "0 s");
        assert_text(format_duration(59 * SECOND), "59 s");
        assert_text(format_duration(61 * SECOND), "1 min 1 s");
        assert_text(format_duration(7500 * SECOND), "2 h 5 min");
        assert_text(format_duration(100 * 3600 * SECOND), "4 d 4 h");
        assert_text(format_time(NOW), "2023-11-14 20:13:20");
}

static void test_json(void **state)
{
        json_t *json = json_pack("{s:{s:{s:i}}, s:b, s:n, s:[i], s:s}", "a", "b", "c", 7, "yes", 1, "null", "list", 1,
                                 "text", "a\"b");

        (void)state;
        assert_int_equal(json_integer_value(json_at(json, "a.b.c")), 7);
        assert_null(json_at(json, "a.x.c"));
        assert_null(json_at(json, "a.b.c.d"));
        assert_null(json_at(json, ""));
        assert_null(json_at(NULL, "a"));
        assert_text(ctl_json_text(json_at(json, "a.b.c")), "7");
        assert_text(ctl_json_text(json_at(json, "a.b")), "{\"c\":7}");
        assert_text(ctl_json_text(json_at(json, "yes")), "yes");
        assert_text(ctl_json_text(json_at(json, "null")), "-");
        assert_text(ctl_json_text(json_at(json, "list")), "[1]");
        assert_text(ctl_json_text(json_at(json, "text")), "a\"b");
        assert_text(ctl_json_text(NULL), "-");
        json_decref(json);
}

/* Not a terminal: no colour; and nothing that a terminal would obey. */
static void test_print_text(void **state)
{
        FILE *out = tmpfile();
        char buffer[64] = "";

        (void)state;
        assert_non_null(out);
        ctl_print_text(out, STYLE_BAD, "\033[31mx\n");
        rewind(out);
        assert_non_null(fgets(buffer, sizeof buffer, out));
        assert_string_equal(buffer, "\\x1b[31mx\\x0a");
        (void)fclose(out);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_time_parse),
                cmocka_unit_test(test_formats),
                cmocka_unit_test(test_json),
                cmocka_unit_test(test_print_text),
        };

        (void)setenv("TZ", "UTC+2", 1); /* POSIX for two hours behind UTC */
        tzset();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
