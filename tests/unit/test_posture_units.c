/* Which units are loaded from where, and which are started by themselves: as systemd(1) says. */
#include "posture_fixture.h"

/* The reachable services, each with what it runs, in the order of their names: "a.service=/bin/a b.service=/bin/b". */
static int take_value(const struct unit_setting *setting, const char *path, void *userdata)
{
        (void)path;
        fprintf(userdata, "%s%s", ftell(userdata) > 0 ? "," : "", setting->value);
        return 0;
}

static int by_name(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *reachable(const struct posture *posture)
{
        char *lines[64], *text = strdup("");
        size_t n = 0;

        for (size_t i = 0; i < posture_n_units(posture); i++) {
                const struct posture_unit *unit = posture_unit(posture, i);
                char *values = NULL;
                size_t size;
                FILE *stream;

                if (!unit->reachable || !ends_with(unit->name, ".service"))
                        continue;
                stream = open_memstream(&values, &size);
                assert_non_null(stream);
                assert_int_equal(posture_unit_settings(unit, "Service", "ExecStart", take_value, stream), 0);
                assert_int_equal(fclose(stream), 0);
                assert_true(n < ARRAY_SIZE(lines));
                lines[n++] = format("%s=%s", unit->name, values);
                free(values);
        }
        qsort(lines, n, sizeof *lines, by_name);
        for (size_t i = 0; i < n; i++) {
                char *longer = format("%s%s%s", text, i > 0 ? " " : "", lines[i]);

                free(lines[i]);
                free(text);
                text = longer;
        }
        return text;
}

static void check(const struct object *objects, const char *expected)
{
        assert_text(reachable, NULL, objects, expected);
}

#define CASE(...)                                                                                                      \
        (const struct object[])                                                                                        \
        {                                                                                                              \
                __VA_ARGS__,                                                                                           \
                {                                                                                                      \
                        0                                                                                              \
                }                                                                                                      \
        }
#define RUN(path) "[Service]\nExecStart=" path "\n"
#define UNIT(name)                                                                                                     \
        {                                                                                                              \
                UNITS name, RUN("/bin/" name), 0, 0, 0                                                                 \
        }
#define WANTED(name)                                                                                                   \
        {                                                                                                              \
                UNITS "basic.target.wants/" name, "../" name, S_IFLNK, 0, 0                                            \
        }

static void test_search_order(void **state)
{
        (void)state;
        NEEDS_ROOT();
        check(CASE(UNIT("a.service"), WANTED("a.service"), { ETC "a.service", RUN("/bin/b"), 0, 0, 0 }),
              "a.service=/bin/b");
        check(CASE(UNIT("a.service"), WANTED("a.service"), { ETC "a.service", "/dev/null", S_IFLNK, 0, 0 }), "");
        check(CASE(UNIT("a.service"), WANTED("a.service"), { "/run/systemd/system/a.service", "", 0, 0, 0 }),
              ""); /* a mask */
        check(CASE(UNIT("a.service"), WANTED("a.service"), { ETC "a.service", "/not/there", S_IFLNK, 0, 0 }),
              "a.service=/bin/a.service");
        check(CASE(UNIT("a.service"), WANTED("b.service"), { ETC "b.service", "/opt/c.service", S_IFLNK, 0, 0 },
                   { "/opt/c.service", RUN("/bin/c"), 0, 0, 0 }),
              "b.service=/bin/c"); /* linked from elsewhere */
}

static void test_dropins(void **state)
{
        (void)state;
        NEEDS_ROOT();
        check(CASE(UNIT("a.service"), WANTED("a.service"), { ETC "a.service.d/2.conf", RUN("/bin/2"), 0, 0, 0 },
                   { UNITS "a.service.d/1.conf", RUN("/bin/1"), 0, 0, 0 },
                   { ETC "a.service.d/3.txt", RUN("/bin/3"), 0, 0, 0 }),
              "a.service=/bin/a.service,/bin/1,/bin/2"); /* by their names */
        check(CASE(UNIT("a.service"), WANTED("a.service"), { ETC "a.service.d/1.conf", "/dev/null", S_IFLNK, 0, 0 },
                   { UNITS "a.service.d/1.conf", RUN("/bin/1"), 0, 0, 0 }),
              "a.service=/bin/a.service"); /* the first of a name counts */
        check(CASE(UNIT("a.service"), WANTED("a.service"),
                   { ETC "a.service.d/1.conf", "[Service]\nExecStart=\nExecStart=/bin/1\n", 0, 0, 0 }),
              "a.service=/bin/1");
        check(CASE(UNIT("a-b-c.service"), WANTED("a-b-c.service"),
                   { ETC "a-.service.d/1.conf", RUN("/bin/1"), 0, 0, 0 },
                   { ETC "a-b-.service.d/2.conf", RUN("/bin/2"), 0, 0, 0 },
                   { ETC "service.d/3.conf", RUN("/bin/3"), 0, 0, 0 },
                   { ETC "b-.service.d/4.conf", RUN("/bin/4"), 0, 0, 0 }),
              "a-b-c.service=/bin/a-b-c.service,/bin/1,/bin/2,/bin/3");
        check(CASE(UNIT("x@.service"), WANTED("x@i.service"), { ETC "x@.service.d/1.conf", RUN("/bin/1"), 0, 0, 0 },
                   { ETC "x@i.service.d/2.conf", RUN("/bin/2"), 0, 0, 0 },
                   { ETC "x@j.service.d/3.conf", RUN("/bin/3"), 0, 0, 0 }),
              "x@i.service=/bin/x@.service,/bin/1,/bin/2");
        check(CASE(UNIT("a.service"), WANTED("a.service"), { UNITS "b.service", "a.service", S_IFLNK, 0, 0 },
                   { ETC "b.service.d/1.conf", RUN("/bin/1"), 0, 0, 0 }),
              "a.service=/bin/a.service,/bin/1"); /* by another of its names */
}

static void test_closure(void **state)
{
        (void)state;
        NEEDS_ROOT();
        check(CASE(UNIT("a.service")), "");
        check(CASE(UNIT("a.service"), { ETC "printer.target.wants/a.service", UNITS "a.service", S_IFLNK, 0, 0 }),
              "a.service=/bin/a.service"); /* somebody has enabled it */
        check(CASE(UNIT("a.service"), { UNITS "printer.target.wants/a.service", UNITS "a.service", S_IFLNK, 0, 0 }),
              "");
        check(CASE(UNIT("a.service"), UNIT("b.service"), UNIT("c.service"), UNIT("d.service"), WANTED("a.service"),
                   { ETC "a.service.d/x.conf",
                     "[Unit]\nWants=b.service  %p-x.service\nWants=\nOnFailure=c@%n.service\nConflicts=d.service\n", 0,
                     0, 0 },
                   UNIT("a-x.service"), { UNITS "c@.service", RUN("/bin/c"), 0, 0, 0 }),
              "a-x.service=/bin/a-x.service a.service=/bin/a.service b.service=/bin/b.service "
              "c@a.service.service=/bin/c");
        check(CASE(UNIT("a.service"), UNIT("b.service"), { UNITS "a.timer", "[Timer]\nOnBootSec=1\n", 0, 0, 0 },
                   { UNITS "x.path", "[Path]\nPathExists=/x\nUnit=b.service\n", 0, 0, 0 }, WANTED("a.timer"),
                   WANTED("x.path")),
              "a.service=/bin/a.service b.service=/bin/b.service");
        check(CASE(UNIT("a.service"), UNIT("b@.service"), { UNITS "a.socket", "[Socket]\nListenStream=1\n", 0, 0, 0 },
                   { UNITS "b.socket", "[Socket]\nAccept=on\n", 0, 0, 0 }, WANTED("a.socket"), WANTED("b.socket")),
              "a.service=/bin/a.service b@.service=/bin/b@.service");
        check(CASE(UNIT("a.service"), { ETC "dbus-x.service", UNITS "a.service", S_IFLNK, 0, 0 },
                   { "/usr/share/dbus-1/system-services/x.service",
                     "[D-BUS Service]\nName=x\nSystemdService=dbus-x.service\n", 0, 0, 0 }),
              "a.service=/bin/a.service");
        check(CASE({ UNITS "g@.service", RUN("/bin/%i"), 0, 0, 0 }, { UNITS "h@.service", "g@.service", S_IFLNK, 0, 0 },
                   WANTED("h@1.service")),
              "g@1.service=/bin/%i");
        check(CASE(UNIT("a.service"), { UNITS "dev-x.device.wants/a.service", "../a.service", S_IFLNK, 0, 0 }),
              "a.service=/bin/a.service");
        check(CASE(UNIT("a.service"), UNIT("b@.service"), UNIT("c.service"),
                   { "/usr/lib/udev/rules.d/99-x.rules",
                     "ENV{SYSTEMD_WANTS}+=\"a.service b@$name.service\", ENV{SYSTEMD_USER_WANTS}+=\"c.service\"\n", 0,
                     0, 0 },
                   { "/usr/lib/udev/rules.d/README", "ENV{SYSTEMD_WANTS}+=\"c.service\"\n", 0, 0, 0 }),
              "a.service=/bin/a.service b@x.service=/bin/b@.service");
        check(CASE({ "/usr/lib/systemd/user/u.service", RUN("/bin/u"), 0, 0, 0 },
                   { "/etc/systemd/user/default.target.wants/u.service", "/usr/lib/systemd/user/u.service", S_IFLNK, 0,
                     0 }),
              "u.service=/bin/u");
}

static void test_specifiers(void **state)
{
        static const struct {
                const char *name, *text, *expected; /* NULL: not known */
        } cases[] = {
                { "a.service", "/x/%n/%N/%p", "/x/a.service/a/a" },
                { "a-b@c\\x2dd-e.service", "%i %I %p %P %j %J", "c\\x2dd-e c-d/e a-b a/b b b" },
                { "a@b-c.service", "%f", "/b/c" },
                { "a@.service", "/opt/%i/x", NULL },
                { "a.service", "%t%S%C%L%E%T%V %h %u %U %%",
                  "/run/var/lib/var/cache/var/log/etc/tmp/var/tmp /root root 0 %" },
                { "a.service", "/x/%b", NULL },
                { "a.service", "100%", "100%" },
        };
        static const struct object none[] = { { 0 } };
        char root[] = "/tmp/unitward-posture-XXXXXX";
        struct posture *posture;

        (void)state;
        NEEDS_ROOT();
        root_make(root, none);
        posture = posture_of(root, NULL);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct posture_unit unit = { .name = cases[i].name,
                                             .uid = (uid_t)-1,
                                             .is_template = strstr(cases[i].name, "@.") != NULL };
                _cleanup_free_ char *found = posture_expand(posture, &unit, cases[i].text);

                if (!found != !cases[i].expected || (found && !streq(found, cases[i].expected)))
                        fail_msg("%s: \"%s\" became \"%s\"", cases[i].name, cases[i].text, found ? found : "(nothing)");
        }
        posture_free(posture);
        scratch_remove(root);
}

/* Nothing of the system that is looked at can make posture look elsewhere, or wait. */
static void test_hostile(void **state)
{
        static const struct object objects[] = {
                { ETC "loop.service", "loop.service", S_IFLNK, 0, 0 },
                { ETC "up.service", "../../../../../../../../etc/passwd", S_IFLNK, 0, 0 },
                { ETC "a.service", RUN("/opt/loop/x\nExecStart=/proc/self/root/bin/x\nExecStart=/opt/x"), 0, 0, 0 },
                ENABLED("a.service"),
                { "/opt/loop", "loop", S_IFLNK, 0, 0 },
                { "/opt/x", "/opt/y/../../../../usr/bin/true", S_IFLNK, 0, 0 },
                { "/opt/y", NULL, 0, 0, 0 },
                { 0 },
        };
        char root[] = "/tmp/unitward-posture-XXXXXX";
        _cleanup_free_ char *fifo = NULL, *found = NULL;
        struct posture *posture;

        (void)state;
        NEEDS_ROOT();
        root_make(root, objects);
        fifo = format("%s" ETC "fifo.service", root);
        assert_int_equal(mkfifo(fifo, 0644), 0);
        posture = posture_of(root, NULL);
        found = findings_text(posture);
        assert_string_equal(found, "info program-missing /proc/self/root/bin/x: nobody but root\n");
        posture_free(posture);
        scratch_remove(root);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_search_order), cmocka_unit_test(test_dropins), cmocka_unit_test(test_closure),
                cmocka_unit_test(test_specifiers),   cmocka_unit_test(test_hostile),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
