/* Whom sudoers lets run systemctl: the last entry decides, lists and aliases with "!", tags, Defaults, includes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unitward/sudoers.h"
#include "unitward/util.h"

static bool is_member(const char *group, void *userdata)
{
        const char *his = userdata;

        return his && (streq(group, his) || streq(group, "#50"));
}

static const struct sudo_user alice = { "alice", 1000, is_member, NULL };

static char *with_member(const char *user) /* "alice in ops" */
{
        const char *in = strstr(user, " in ");

        return in ? strdup(in + 4) : NULL;
}

static const struct {
        const char *text, *user;
        int granted; /* systemctl with any arguments */
        bool password;
} table[] = {
        { "", "alice", 0, false },
        { "alice ALL=(ALL) NOPASSWD: ALL", "alice", 1, false },
        { "alice ALL=(ALL) ALL", "alice", 1, true },
        { "alice ALL=(ALL) NOPASSWD: ALL\nalice ALL=(ALL) ALL", "alice", 1, true },
        { "alice ALL=(www) NOPASSWD: ALL", "alice", 0, false },
        { "alice ALL=(www, root) NOPASSWD: ALL", "alice", 1, false },
        { "alice ALL=(ALL, !root) NOPASSWD: ALL", "alice", 0, false },
        { "alice ALL=( : adm) NOPASSWD: ALL", "alice", 0, false },
        { "alice ALL=(root:adm) NOPASSWD: ALL", "alice", 1, false },
        { "alice ALL = NOPASSWD: /usr/bin/systemctl", "alice", 1, false },
        { "alice ALL = NOPASSWD: /bin/systemctl", "alice", 1, false },
        { "alice ALL = NOPASSWD: /usr/bin/", "alice", 1, false },
        { "alice ALL = NOPASSWD: /usr/bin/sys*", "alice", 1, false },
        { "alice ALL = NOPASSWD: /usr/bin/systemctl *", "alice", 1, false },
        { "alice ALL = NOPASSWD: /usr/bin/systemctl restart app", "alice", 0, false },
        { "alice ALL = NOPASSWD: /usr/bin/systemctl \"\"", "alice", 0, false },
        { "alice ALL = NOPASSWD: ^/usr/bin/(systemctl|x), y$", "alice", 1, false },
        { "alice ALL = NOPASSWD: sha256:0a1b, sha512:2c /usr/bin/systemctl", "alice", 1, false },
        { "alice ALL = NOPASSWD: ALL, !/usr/bin/systemctl", "alice", 0, false },
        { "alice ALL = NOPASSWD: !/usr/bin/systemctl, ALL", "alice", 1, false },
        { "alice ALL = NOPASSWD: ALL, !/usr/bin/systemctl edit *", "alice", 1, false },
        { "alice ALL = NOPASSWD: /bin/ls, /bin/systemctl", "alice", 1, false },
        { "alice ALL = NOPASSWD: /bin/ls, PASSWD: /bin/systemctl", "alice", 1, true },
        { "alice ALL = TIMEOUT=10 CWD=/x NOEXEC: NOPASSWD: /bin/systemctl", "alice", 1, false },
        { "alice h1 = /bin/ls : h2 = NOPASSWD: /bin/systemctl", "alice", 1, false },
        { "alice h1 = NOPASSWD: /bin/ls : h2 = /bin/systemctl", "alice", 1, true },
        { "bob, alice ALL = NOPASSWD: ALL", "alice", 1, false },
        { "ALL, !alice ALL = NOPASSWD: ALL", "alice", 0, false },
        { "ALL, !alice ALL = NOPASSWD: ALL", "bob", 1, false },
        { "ALL, !!alice ALL = NOPASSWD: ALL", "alice", 1, false },
        { "#1000 ALL = NOPASSWD: ALL", "alice", 1, false },
        { "#1001 ALL = NOPASSWD: ALL", "alice", 0, false },
        { "\"alice\" ALL = NOPASSWD: ALL", "alice", 1, false },
        { "%ops ALL = NOPASSWD: ALL", "alice in ops", 1, false },
        { "%ops ALL = NOPASSWD: ALL", "alice", 0, false },
        { "%#50 ALL = NOPASSWD: ALL", "alice in ops", 1, false },
        { "%:ops ALL = NOPASSWD: ALL", "alice in ops", 0, false },
        { "User_Alias A = alice, B : B = bob\nA ALL = NOPASSWD: ALL", "alice", 1, false },
        { "User_Alias A = alice, B : B = bob\nA ALL = NOPASSWD: ALL", "bob", 1, false },
        { "User_Alias A = ALL, !alice\nA ALL = NOPASSWD: ALL", "alice", 0, false },
        { "User_Alias A = A\nA ALL = NOPASSWD: ALL", "alice", 0, false },
        { "Runas_Alias R = root\nalice ALL = (R) NOPASSWD: ALL", "alice", 1, false },
        { "Cmnd_Alias C = /bin/ls, /bin/systemctl\nalice ALL = NOPASSWD: C", "alice", 1, false },
        { "Cmnd_Alias C = /bin/systemctl\nalice ALL = NOPASSWD: ALL, !C", "alice", 0, false },
        { "Cmnd_Alias C = ALL, !/bin/systemctl\nalice ALL = NOPASSWD: C", "alice", 0, false },
        { "Cmd_Alias C = D : D = /bin/systemctl\nalice ALL = NOPASSWD: C", "alice", 1, false },
        { "alice ALL = ALL\nDefaults !authenticate", "alice", 1, false },
        { "alice ALL = ALL\nDefaults:alice !authenticate", "alice", 1, false },
        { "alice ALL = ALL\nDefaults:bob !authenticate", "alice", 1, true },
        { "alice ALL = ALL\nDefaults!/bin/systemctl !authenticate", "alice", 1, false },
        { "alice ALL = ALL\nDefaults>root env_reset, !authenticate", "alice", 1, false },
        { "alice ALL = PASSWD: ALL\nDefaults !authenticate", "alice", 1, true },
        { "alice ALL = ALL\nDefaults !authenticate\nDefaults authenticate", "alice", 1, true },
        { "alice ALL = ALL\nDefaults secure_path=\"/bin:!authenticate\"", "alice", 1, true },
        { "alice ALL = ALL\nDefaults exempt_group=ops", "alice in ops", 1, false },
        { "# alice ALL = NOPASSWD: ALL", "alice", 0, false },
        { "bob ALL = ALL # alice ALL = NOPASSWD: ALL", "alice", 0, false },
        { "alice ALL = \\\n  NOPASSWD: \\\n ALL", "alice", 1, false },
        { "alice ALL = NOPASSWD: /bin/echo a\\,b, /bin/systemctl", "alice", 1, false },
        { "= = : , !\nalice ALL = NOPASSWD: ALL\n:::", "alice", 1, false },
        { "alice", "alice", 0, false },
        { "alice ALL =", "alice", 0, false },
};

static struct sudoers *parse(const char *text, sudoers_include_function include)
{
        struct sudoers *sudoers = sudoers_new();

        assert_non_null(sudoers);
        assert_int_equal(sudoers_parse(sudoers, "/etc/sudoers", text, strlen(text), include, sudoers), 0);
        return sudoers;
}

static void test_grants(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                struct sudoers *sudoers = parse(table[i].text, NULL);
                _cleanup_free_ char *group = with_member(table[i].user);
                struct sudo_user user = alice;
                struct sudo_grant grant = { 0 };
                int granted;

                user.userdata = group;
                if (streq(table[i].user, "bob"))
                        user = (struct sudo_user){ "bob", 1001, is_member, NULL };
                granted = sudoers_grants(sudoers, &user, "systemctl", &grant);
                if (granted != table[i].granted || (granted && grant.password != table[i].password))
                        fail_msg("%s: for %s %d, %s password", table[i].text, table[i].user, granted,
                                 grant.password ? "with" : "without");
                sudoers_free(sudoers);
        }
}

static int count(const struct sudo_grant *grant, void *userdata)
{
        struct sudo_grant *last = userdata;

        *last = *grant;
        return 0;
}

static void test_limited(void **state)
{
        static const char text[] =
                "# one\nbob ALL = /bin/ls\nalice ALL = NOPASSWD: /usr/bin/systemctl restart app\\:1 , "
                "/bin/systemctl status \"x\"\n";
        struct sudoers *sudoers = parse(text, NULL);
        struct sudo_grant last = { 0 };

        (void)state;
        assert_int_equal(sudoers_each_limited(sudoers, &alice, "systemctl", count, &last), 0);
        assert_string_equal(last.arguments, "status x");
        assert_int_equal(last.line, 3);
        assert_string_equal(last.file, "/etc/sudoers");
        assert_false(last.password);
        sudoers_free(sudoers);

        sudoers = parse("alice ALL = NOPASSWD: /bin/systemctl start x\nalice ALL = !/bin/systemctl", NULL);
        last = (struct sudo_grant){ 0 };
        assert_int_equal(sudoers_each_limited(sudoers, &alice, "systemctl", count, &last), 0);
        assert_null(last.file);
        sudoers_free(sudoers);
}

static int include(const char *path, bool is_directory, void *userdata)
{
        static const char text[] = "alice ALL = NOPASSWD: ALL\n";

        if (streq(path, "/etc/more") || (is_directory && streq(path, "/etc/sudoers d")))
                return sudoers_parse(userdata, path, text, strlen(text), include, userdata);
        return -ENOENT;
}

static void test_includes(void **state)
{
        static const char *const texts[] = { "@include /etc/more\n", "#include /etc/more", "@include more",
                                             "@includedir \"/etc/sudoers d\"", "#includedir /etc/sudoers\\ d" };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                struct sudoers *sudoers = parse(texts[i], include);
                struct sudo_grant grant;

                assert_int_equal(sudoers_grants(sudoers, &alice, "systemd-run", &grant), 1);
                assert_true(grant.everything);
                assert_true(starts_with(grant.file, i < 3 ? "/etc/more" : "/etc/sudoers d"));
                sudoers_free(sudoers);
        }
}

/* Aliases that name each other twice, thirty deep: an answer all the same, and at once. */
static void test_bounded(void **state)
{
        char text[4096];
        size_t n = 0;
        struct sudoers *sudoers;
        struct sudo_grant grant;

        (void)state;
        for (int i = 0; i < 30; i++)
                n += (size_t)snprintf(text + n, sizeof text - n, "User_Alias A%d = A%d, A%d\n", i, i + 1, i + 1);
        (void)snprintf(text + n, sizeof text - n, "A0 ALL = NOPASSWD: ALL\n");
        sudoers = parse(text, NULL);
        assert_int_equal(sudoers_grants(sudoers, &alice, "systemctl", &grant), 0);
        sudoers_free(sudoers);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_grants),
                cmocka_unit_test(test_limited),
                cmocka_unit_test(test_includes),
                cmocka_unit_test(test_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
