#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unitward/text.h"
#include "unitward/util.h"

static void test_utf8_and_escape(void **state)
{
        static const struct {
                const char *bytes, *utf8, *escaped;
        } cases[] = {
                { "", "", "" },
                { "/etc/a b", "/etc/a b", "/etc/a b" },
                { "dev-sda\\x2d1", "dev-sda\\x2d1", "dev-sda\\x2d1" },
                { "caf\xc3\xa9", "caf\xc3\xa9", "caf\xc3\xa9" },
                { "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
                { "a\nb\x1b[31m\x7f", "a\nb\x1b[31m\x7f", "a\\x0ab\\x1b[31m\\x7f" },
                { "\xff.timer", "\xef\xbf\xbd.timer", "\\xff.timer" },
                { "x\xc3", "x\xef\xbf\xbd", "x\\xc3" },                                        /* cut off by the end */
                { "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", "\\xc0\\xaf" },                      /* overlong slash */
                { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "\\xed\\xa0\\x80" }, /* surrogate */
                { "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "\\xf4\\x90\\x80\\x80" },
                { "\xc2\x9b"
                  "31m",
                  "\xc2\x9b"
                  "31m",
                  "\\xc2\\x9b31m" }, /* C1: CSI */
                { "a\xe2\x80\xae"
                  "b",
                  "a\xe2\x80\xae"
                  "b",
                  "a\\xe2\\x80\\xaeb" },                                  /* right-to-left override */
                { "a\xef\xbb\xbf", "a\xef\xbb\xbf", "a\\xef\\xbb\\xbf" }, /* zero width */
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *utf8 = text_to_utf8(cases[i].bytes), *escaped = text_escape(cases[i].bytes);
                json_t *json = json_string(utf8);

                assert_string_equal(utf8, cases[i].utf8);
                assert_string_equal(escaped, cases[i].escaped);
                assert_non_null(json); /* jansson agrees that it is UTF-8 */
                json_decref(json);
        }
}

static void test_json_bytes(void **state)
{
        static const char *const cases[] = { "", "/etc/a", "\xff", "a\xc3", "caf\xc3\xa9 \n" };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                json_t *json = json_object();
                char *bytes = NULL;

                assert_int_equal(json_set_bytes(json, "path", cases[i]), 0);
                assert_int_equal(json_get_bytes(json, "path", &bytes), 0);
                assert_string_equal(bytes, cases[i]);
                free(bytes);
                json_decref(json);
        }
}

static void test_json_bytes_refused(void **state)
{
        static const struct {
                const char *text;
                int result;
        } cases[] = {
                { "{}", -ENOENT },
                { "{\"path_hex\": \"41\"}", -ENOENT },
                { "{\"path\": 1}", -EBADMSG },
                { "{\"path\": \"a\", \"path_hex\": 1}", -EBADMSG },
                { "{\"path\": \"a\", \"path_hex\": \"4\"}", -EBADMSG },
                { "{\"path\": \"a\", \"path_hex\": \"4g\"}", -EBADMSG },
                { "{\"path\": \"a\", \"path_hex\": \"4100\"}", -EBADMSG },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                json_t *json = json_loads(cases[i].text, 0, NULL);
                char *bytes = NULL;

                assert_non_null(json);
                assert_int_equal(json_get_bytes(json, "path", &bytes), cases[i].result);
                assert_null(bytes);
                json_decref(json);
        }
}

static void test_timestamps(void **state)
{
        static const struct {
                uint64_t usec;
                const char *text;
        } cases[] = {
                { 0, "1970-01-01T00:00:00.000000Z" },
                { 1795425517123456, "2026-11-23T09:18:37.123456Z" },
                { 951782400000001, "2000-02-29T00:00:00.000001Z" },
        };
        static const char *const wrong[] = { "",
                                             "2026-11-23",
                                             "2026-11-23T09:18:37Z",
                                             "2026-11-23T09:18:37.12345Z",
                                             "2026-13-23T09:18:37.123456Z",
                                             "2026-02-30T09:18:37.123456Z",
                                             "2026-11-23T09:18:37.123456",
                                             "2026-11-23T09:18:37.123456Z ",
                                             " 2026-11-23T09:18:37.123456Z",
                                             "2026-11-23T09:18:37.-12345Z" };
        char buffer[TIMESTAMP_SIZE];
        uint64_t usec;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                assert_string_equal(timestamp_format(cases[i].usec, buffer), cases[i].text);
                assert_int_equal(timestamp_parse(cases[i].text, &usec), 0);
                assert_true(usec == cases[i].usec);
        }
        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
                assert_int_equal(timestamp_parse(wrong[i], &usec), -EBADMSG);
        /* What a file system may say, terminated in any case. */
        assert_true(strlen(timestamp_format(UINT64_MAX, buffer)) < sizeof buffer);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_utf8_and_escape),
                cmocka_unit_test(test_json_bytes),
                cmocka_unit_test(test_json_bytes_refused),
                cmocka_unit_test(test_timestamps),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
