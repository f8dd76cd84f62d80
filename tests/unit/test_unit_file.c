#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#include "unitward/unit_file.h"
#include "unitward/util.h"

/* A text with a NUL in it. */
#define TEXT(text) text, sizeof(text) - 1

/* "Section.Key=value|..." in the order of the file. */
static void assert_settings(const char *text, size_t size, const char *expected)
{
        _cleanup_free_ char *found = NULL;
        struct unit_file *file;
        size_t length;
        FILE *stream;

        assert_int_equal(unit_file_parse(text, size, &file), 0);
        stream = open_memstream(&found, &length);
        assert_non_null(stream);
        for (size_t i = 0; i < unit_file_n_settings(file); i++) {
                const struct unit_setting *setting = unit_file_setting(file, i);

                fprintf(stream, "%s%s.%s=%s", i > 0 ? "|" : "", setting->section, setting->key, setting->value);
        }
        assert_int_equal(fclose(stream), 0);
        if (!streq(found, expected))
                fail_msg("\"%s\": found \"%s\", expected \"%s\"", text, found, expected);
        unit_file_free(file);
}

static void test_settings(void **state)
{
        static const struct {
                const char *text;
                size_t size;
                const char *settings;
        } cases[] = {
                { TEXT(""), "" },
                { TEXT("[Service]"), "" },
                { TEXT("[Service]\nExecStart=/bin/true\n"), "Service.ExecStart=/bin/true" },
                { TEXT("[Service]\nExecStart=/bin/true"), "Service.ExecStart=/bin/true" },
                { TEXT("[Unit]\nA=1\n[Service]\nA=2\n[Unit]\nB=3\n"), "Unit.A=1|Service.A=2|Unit.B=3" },
                { TEXT("  [Service]\t\n \t Key \t = \t a b \t \n"), "Service.Key=a b" },
                { TEXT("[S]\nA=\nB= \nC==\nD=x=y\n"), "S.A=|S.B=|S.C==|S.D=x=y" },
                { TEXT("A=1\n[S]\nB=2\n"), "S.B=2" },
                { TEXT("[S]\nnothing\n=5\nB=2\n"), "S.B=2" },
                { TEXT("[X-Foo]\nA=1\n[ S ]\nB=2\n"), "X-Foo.A=1| S .B=2" },
                { TEXT("[S]\nA=%i \"q u\" 'x' \\x20\n"), "S.A=%i \"q u\" 'x' \\x20" },
                /* comments */
                { TEXT("#A=0\n[S]\n;A=1\n \t# A=2\nB=3 # not one\nC=4 ; nor this\n"),
                  "S.B=3 # not one|S.C=4 ; nor this" },
                /* continuation */
                { TEXT("[S]\nA=a\\\nb\n"), "S.A=a b" },
                { TEXT("[S]\nA=a \\\n  b\\\n\tc\nB=2\n"), "S.A=a    b \tc|S.B=2" },
                { TEXT("[S]\nA=a\\\n#comment\n ; another \\\nb\n"), "S.A=a b" },
                { TEXT("[S]\nA=a\\\\\nB=2\n"), "S.A=a\\\\|S.B=2" },
                { TEXT("[S]\nA=a\\\\\\\nB=2\n"), "S.A=a\\\\ B=2" },
                { TEXT("[S]\nA=a\\\n\nB=2\n"), "S.A=a|S.B=2" },
                { TEXT("[S]\nA=a\\"), "S.A=a" },
                { TEXT("[S]\nA=a\\\n#end"), "S.A=a" },
                { TEXT("[S]\n\\\nA=1\n"), "S.A=1" },
                { TEXT("[S]\nA=1\n#x\\\nB=2\n"), "S.A=1|S.B=2" },
                { TEXT("[Ser\\\nvice]\nA=1\n"), "Ser vice.A=1" },
                /* ends of lines */
                { TEXT("[S]\r\nA=1\r\nB=2\\\r\nc\r\n"), "S.A=1|S.B=2 c" },
                { TEXT("[S]\rA=1\rB=2"), "S.A=1|S.B=2" },
                { TEXT("[S]\nA=1\0B=2\nC=3\n"), "S.A=1|S.B=2|S.C=3" },
                { TEXT("[S]\n\r\0A=1\0\0\0B=2"), "S.A=1|S.B=2" },
                /* byte order mark */
                { TEXT("\xef\xbb\xbf[S]\nA=1\n"), "S.A=1" },
                { TEXT("\xef\xbb\xbf\xef\xbb\xbf[S]\nA=1\n"), "" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_settings(cases[i].text, cases[i].size, cases[i].settings);
}

/* What systemd refuses ends the file. */
static void test_refused(void **state)
{
        static const struct {
                const char *text, *settings;
                unsigned line;
        } cases[] = {
                { "[S]\nA=1\n[Bad\nB=2\n", "S.A=1", 3 },   { "[S]\nA=1\n[S] x\nB=2\n", "S.A=1", 3 },
                { "[S]\nA=1\n[\nB=2\n", "S.A=1", 3 },      { "[S]\nA=1\nB=\xff\nC=3\n", "S.A=1", 3 },
                { "[S]\nA=1\n[a\"b]\nB=2\n", "S.A=1", 3 }, { "[S]\nA=1\n[a\tb]\nB=2\n", "S.A=1", 3 },
                { "[S]\n#\xff\nA=1\n", "S.A=1", 0 },       { "[S]\nA=\xc3\xa4\n", "S.A=\xc3\xa4", 0 },
                { "[S]\nA=1\\\n\xff\nB=2\n", "", 3 },      { "[]\nA=1\n", ".A=1", 0 },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct unit_file *file;

                assert_settings(cases[i].text, strlen(cases[i].text), cases[i].settings);
                assert_int_equal(unit_file_parse(cases[i].text, strlen(cases[i].text), &file), 0);
                assert_int_equal(unit_file_refused_line(file), cases[i].line);
                unit_file_free(file);
        }
}

static void test_values(void **state)
{
        static const char text[] = "[Unit]\nUser=nobody\n[Service]\nUser=a\nUser=b\nGroup=\n";
        struct unit_file *file;

        (void)state;
        assert_int_equal(unit_file_parse(text, strlen(text), &file), 0);
        assert_string_equal(unit_file_value(file, "Service", "User"), "b");
        assert_string_equal(unit_file_value(file, "Unit", "User"), "nobody");
        assert_string_equal(unit_file_value(file, "Service", "Group"), "");
        assert_null(unit_file_value(file, "Service", "ExecStart"));
        assert_null(unit_file_value(file, "Install", "User"));
        assert_int_equal(unit_file_setting(file, 2)->line, 5);
        assert_null(unit_file_free(file));
        assert_null(unit_file_free(NULL));
}

/* Neither endless continuation nor many settings cost more than the size. */
static void test_bounds(void **state)
{
        static const char *const patterns[] = { "a\\\n", "A=\n", "\\\n", "#\n", "\n", "=", "[S]\n", "A=b" };
        size_t size = UNIT_FILE_MAX;
        _cleanup_free_ char *text = malloc(size + 1);
        struct unit_file *file = NULL;

        (void)state;
        assert_non_null(text);
        for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
                clock_t start = clock();

                memcpy(text, "[S]\n", 4);
                for (size_t at = 4; at < size + 1; at++)
                        text[at] = patterns[i][(at - 4) % strlen(patterns[i])];
                assert_int_equal(unit_file_parse(text, size, &file), 0);
                unit_file_free(file);
                assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
        }
        file = NULL;
        assert_int_equal(unit_file_parse(text, size + 1, &file), -EFBIG);
        assert_null(file);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_settings),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_bounds),
        };

        return cmocka_run_group_tests_name("unit files", tests, NULL, NULL);
}
