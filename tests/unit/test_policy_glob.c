#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#include "unitward/glob.h"
#include "unitward/util.h"

static void test_match(void **state)
{
        static const struct {
                const char *pattern, *text;
                bool matches;
        } cases[] = {
                { "*.timer", "evil.timer", true },
                { "*.timer", ".timer", true },
                { "*.timer", "evil.timers", false },
                { "*.timer", "evil.service", false },
                { "", "", true },
                { "", "x", false },
                { "*", "", true },
                { "**", "anything", true },
                { "a*b*c", "axxbyyc", true },
                { "a*b*c", "axxbyyd", false },
                { "a*b*b", "abxb", true },
                { "?", "", false },
                { "?", "x", true },
                { "a?c", "abc", true },
                { "[a-c]x", "bx", true },
                { "[a-c]x", "dx", false },
                { "[!a-c]x", "dx", true },
                { "[^a-c]x", "ax", false },
                { "[]]", "]", true },
                { "[a", "[a", true },
                { "[*]", "*", true },
                { "[*]", "x", false },
                { "[a-]", "-", true },
                { "x\\x2dy", "x\\x2dy", true },
                { "\\*", "*", false },
                { "*a", "aaaaaaaaab", false },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                if (glob_match(cases[i].pattern, cases[i].text) != cases[i].matches)
                        fail_msg("\"%s\" against \"%s\"", cases[i].pattern, cases[i].text);
}

static void test_match_path(void **state)
{
        static const struct {
                const char *pattern, *text;
                bool matches;
        } cases[] = {
                { "/home/*/x", "/home/alice/x", true },
                { "/home/*/x", "/home/alice/y/x", false },
                { "/home/**", "/home/alice/y/x", true },
                { "/home/**", "/home/", true },
                { "/home/**", "/home", false },
                { "/home/**/x", "/home/a/b/x", true },
                { "**/x/*", "/a/x/b/x/c", true },
                { "**/x/*", "/a/x/b/x/c/d", false },
                { "**.wants", "/etc/systemd/system/x.target.wants", true },
                { "/a?b", "/a/b", false },
                { "/a[/]b", "/a/b", false },
                { "/a[!x]b", "/a/b", false },
                { "/*", "/", true },
                { "/*", "/a/", false },
                { "**/a*b", "/x/ay/acb", true },
                { "/**/*.conf/**", "/a/b.conf/c.conf/d", true },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                if (glob_match_path(cases[i].pattern, cases[i].text) != cases[i].matches)
                        fail_msg("\"%s\" against \"%s\"", cases[i].pattern, cases[i].text);
}

static void test_covers(void **state)
{
        static const struct {
                const char *wide, *narrow;
                bool is_path, covers;
        } cases[] = {
                { "*.timer", "evil.timer", false, true },
                { "*.timer", "evil*.timer", false, true },
                { "*", "[a]", false, true },
                { "?.timer", "*.timer", false, false },
                { "*a*", "[ab]", false, false },
                { "x*", "*x", false, false },
                { "/a/*", "/a/**", true, false },
                { "/a/**", "/a/**", true, true },
                { "**", "/a/**", true, true },
                { "/a/**", "/a/b/*", true, true },
                { "/a/*", "/a/b/*", true, false },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                if (glob_covers(cases[i].wide, cases[i].narrow, cases[i].is_path) != cases[i].covers)
                        fail_msg("\"%s\" and \"%s\"", cases[i].wide, cases[i].narrow);
}

/* A recursive matcher would take longer than the universe has been there. */
static void test_bounded(void **state)
{
        char text[4096], pattern[256];
        clock_t start = clock();

        (void)state;
        memset(text, 'a', sizeof text);
        text[sizeof text - 1] = '\0';
        for (size_t i = 0; i + 2 < sizeof pattern; i += 2)
                memcpy(pattern + i, "*a", 2);
        pattern[254] = 'b';
        pattern[255] = '\0';
        assert_false(glob_match(pattern, text));
        assert_false(glob_match_path(pattern, text));
        assert_false(glob_match_path("**a*a*a*a*a**a*a*a*b", text));
        assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_match),
                cmocka_unit_test(test_match_path),
                cmocka_unit_test(test_covers),
                cmocka_unit_test(test_bounded),
        };

        return cmocka_run_group_tests_name("globs", tests, NULL, NULL);
}
