#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unitward/command_line.h"
#include "unitward/util.h"

static void test_words(void **state)
{
        static const struct {
                const char *line;
                enum command_line_mode mode;
        } cases[] = {
                { "", COMMAND_LINE_NOTHING },
                { "quiet splash\n", COMMAND_LINE_NOTHING },
                { "unitward.mode=off", COMMAND_LINE_OFF },
                { "unitward.mode=audit\n", COMMAND_LINE_AUDIT },
                { "root=/dev/sda1 ro unitward.mode=off quiet", COMMAND_LINE_OFF },
                { "ro\tunitward.mode=audit\nquiet", COMMAND_LINE_AUDIT },
                { "\"unitward.mode=off\"", COMMAND_LINE_OFF },
                { "unitward.mode=\"audit\" quiet", COMMAND_LINE_AUDIT },
                { "unitward.mode=\"audit", COMMAND_LINE_AUDIT },
                /* What weakens most counts, in whatever order. */
                { "unitward.mode=off unitward.mode=audit", COMMAND_LINE_OFF },
                { "unitward.mode=audit unitward.mode=off", COMMAND_LINE_OFF },
                { "unitward.mode=audit unitward.mode=enforce", COMMAND_LINE_AUDIT },
                /* It cannot strengthen, and nearly is not quite. */
                { "unitward.mode=enforce", COMMAND_LINE_NOTHING },
                { "unitward.mode=", COMMAND_LINE_NOTHING },
                { "unitward.mode", COMMAND_LINE_NOTHING },
                { "unitward.mode=offf", COMMAND_LINE_NOTHING },
                { "unitward.mode=of f", COMMAND_LINE_NOTHING },
                { "unitward.mode=Off", COMMAND_LINE_NOTHING },
                { "xunitward.mode=off", COMMAND_LINE_NOTHING },
                { "x.unitward.mode=audit", COMMAND_LINE_NOTHING },
                { "unitward.mode=off=audit", COMMAND_LINE_NOTHING },
                { "\"", COMMAND_LINE_NOTHING },
                { "\"\"\"\" \"", COMMAND_LINE_NOTHING },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                if (command_line_mode(cases[i].line) != cases[i].mode)
                        fail_msg("\"%s\": %d", cases[i].line, (int)command_line_mode(cases[i].line));
}

static void test_machine(void **state)
{
        _cleanup_free_ char *line = command_line_read();

        (void)state;
        assert_non_null(line);
        assert_int_equal(command_line_machine(), command_line_mode(line));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_words),
                cmocka_unit_test(test_machine),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
