/* What [Install] asks for, as links: the same that systemctl enable makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../src/ctl/install.h"

/* "BELOW/NAME>TO ..." in the order of the list. */
static char *as_text(const json_t *list)
{
        char *text = strdup("");
        json_t *link;
        size_t index;

        json_array_foreach(list, index, link) {
                const char *below = json_string_value(json_object_get(link, "below"));
                char *longer = format("%s%s%s%s%s>%s", text, index ? " " : "", below ? below : "", below ? "/" : "",
                                      json_string_value(json_object_get(link, "name")),
                                      json_string_value(json_object_get(link, "to")));

                free(text);
                text = longer;
        }
        return text;
}

static void test_links(void **state)
{
        static const struct {
                const char *unit, *text, *links, *why; /* why: it cannot be enabled */
        } cases[] = {
                { "a.service", "WantedBy=multi-user.target", "multi-user.target.wants/a.service>a.service", NULL },
                { "a.timer", "WantedBy=timers.target x.target\nRequiredBy=b.service\nUpheldBy=c.service",
                  "timers.target.wants/a.timer>a.timer x.target.wants/a.timer>a.timer "
                  "b.service.requires/a.timer>a.timer c.service.upholds/a.timer>a.timer",
                  NULL },
                { "a.service", "WantedBy=x.target\nWantedBy=\nWantedBy=y.target", "y.target.wants/a.service>a.service",
                  NULL },
                { "a.service", "Alias=b.service c.service\nAlso=d.service", "b.service>a.service c.service>a.service",
                  NULL },
                { "a@.service", "WantedBy=x.target\nDefaultInstance=tty1", "x.target.wants/a@tty1.service>a@.service",
                  NULL },
                { "a@tty2.service", "WantedBy=x.target", "x.target.wants/a@tty2.service>a@tty2.service", NULL },
                { "a@.service", "WantedBy=x.target", NULL, "DefaultInstance" },
                { "a@.service", "WantedBy=x.target\nDefaultInstance=../x", NULL, "no unit's name" },
                { "a.service", "WantedBy=../../x.target", NULL, "no unit's name" },
                { "a.service", "Alias=%p.service", NULL, "no unit's name" },
                { "a.service", "WantedBy=", NULL, "nothing in [Install]" },
                { "a.service", "Also=b.service", NULL, "nothing in [Install]" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text = format("[Service]\nWantedBy=no.target\n[Install]\n%s\n", cases[i].text),
                                    *why = NULL, *links = NULL;
                json_t *list = json_array();
                struct unit_file *file;
                int r;

                assert_int_equal(unit_file_parse(text, strlen(text), &file), 0);
                r = install_links(cases[i].unit, file, list, &why);
                assert_int_equal(r, cases[i].why ? -EINVAL : 0);
                if (cases[i].why) {
                        assert_non_null(strstr(why, cases[i].why));
                } else {
                        links = as_text(list);
                        assert_string_equal(links, cases[i].links);
                }
                unit_file_free(file);
                json_decref(list);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = { cmocka_unit_test(test_links) };

        return cmocka_run_group_tests_name("install_links", tests, NULL, NULL);
}
