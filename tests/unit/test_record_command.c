/* Records of runs of gated commands: what they say, how much of it, and who reads it on his terminal. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pty.h>

#include "record_fixture.h"
#include "unitward/record_command.h"

#define TEXT(text) text, sizeof(text) - 1

static struct record *record_of(const char *cmdline, size_t size, const struct command_request *request)
{
        struct record *record = fixture_record(MODE_ENFORCE, OPERATION_EXEC, OUTCOME_DENY);
        struct arguments *arguments = NULL;

        assert_int_equal(arguments_parse(cmdline, size, "", 0, &arguments), 0);
        record->command = record_command_new("systemctl", request, arguments);
        assert_non_null(record->command);
        arguments_free(arguments);
        return record;
}

static struct command_request asks_to_enable(const char *unit)
{
        struct command_request request = { .scope = COMMAND_SYSTEM, .n_verbs = 2, .n_units = 1 };

        request.verbs[0].name = "enable";
        request.verbs[1].name = "start";
        (void)string_copy(request.units[0], sizeof request.units[0], unit);
        return request;
}

static void check_json(const struct record *record, const char *path, const char *expected)
{
        json_t *json = record_to_json(record), *value = json;
        char key[64];

        while (*path) {
                size_t length = strcspn(path, ".");

                (void)snprintf(key, sizeof key, "%.*s", (int)length, path);
                value = json_object_get(value, key);
                path += length + (path[length] == '.');
        }
        _cleanup_free_ char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("-");
        assert_string_equal(text, expected);
        json_decref(json);
}

static void test_fields(void **state)
{
        const struct command_request request = asks_to_enable("x.timer");
        struct record *record = record_of(TEXT("systemctl\0--now\0enable\0x.timer\0"), &request);
        _cleanup_free_ char *line = NULL;

        (void)state;
        check_json(record, "event.action", "\"exec\"");
        check_json(record, "process.command_line", "\"systemctl --now enable x.timer\"");
        check_json(record, "process.args", "[\"systemctl\",\"--now\",\"enable\",\"x.timer\"]");
        check_json(record, "unitward.command", "\"systemctl\"");
        check_json(record, "unitward.verb", "[\"enable\",\"start\"]");
        check_json(record, "unitward.units", "[\"x.timer\"]");
        check_json(record, "unitward.scope", "\"system\"");
        check_json(record, "unitward.unclear", "-");
        check_json(record, "unitward.place", "-");
        check_json(record, "threat.technique.id", "[\"T1053.006\"]");
        assert_int_equal(record_to_line(record, false, &line), 0);
        assert_non_null(strstr(line, "DENY exec systemctl --now enable x.timer by /usr/bin/bash"));
        assert_non_null(strstr(line, "-> what decides"));
        record_free(record);
}

static void test_strange_words(void **state)
{
        const struct command_request request = { .unclear = true, .why = "it is traced" };
        struct record *record = record_of(TEXT("systemctl\0\x1b[2Jx\nDENY\xff\0"), &request);
        _cleanup_free_ char *line = NULL;

        (void)state;
        check_json(record, "unitward.unclear", "\"it is traced\"");
        check_json(record, "unitward.scope", "-");
        check_json(record, "unitward.verb", "-");
        check_json(record, "threat.technique.id", "[\"T1569.003\"]");
        assert_int_equal(record_to_line(record, false, &line), 0);
        assert_null(strchr(line, '\x1b'));
        assert_null(strchr(line, '\n'));
        record_free(record);
}

static void test_bounds(void **state)
{
        const struct command_request request = { .unclear = true, .why = "it is long" };
        char words[4 * RECORD_WORDS_MAX], one[2 * RECORD_LINE_MAX];
        struct record *record;

        (void)state;
        for (size_t i = 0; i < sizeof words; i += 2)
                (void)memcpy(words + i, "x", 2);
        record = record_of(words, sizeof words, &request);
        assert_int_equal(record->command->n_words, RECORD_WORDS_MAX);
        assert_non_null(strstr(record->command->line, "x x ..."));
        record_free(record);
        memset(one, 'x', sizeof one - 1);
        one[sizeof one - 1] = '\0';
        record = record_of(one, sizeof one, &request);
        assert_int_equal(record->command->n_words, 0);
        assert_string_equal(record->command->line, " ...");
        record_free(record);
}

/* ---- The terminal -------------------------------------------------------------------------------- */

static struct record *record_on(const char *terminal, uid_t uid)
{
        const struct command_request request = asks_to_enable("x.timer");
        struct record *record = record_of(TEXT("systemctl\0enable\0x\x1b.timer\0"), &request);

        (void)string_copy(record->command->terminal, sizeof record->command->terminal, terminal);
        record->actor->uid = uid;
        record->actor->login_uid = (uid_t)-1;
        return record;
}

static void test_terminal(void **state)
{
        struct terminal_manners manners = { 0 };
        char name[64], text[512] = "";
        struct record *record;
        int ours, theirs;

        (void)state;
        if (openpty(&ours, &theirs, name, NULL, NULL) < 0)
                skip();
        record = record_on(name, geteuid());
        assert_true(terminal_tell(&manners, record));
        assert_true(read(ours, text, sizeof text - 1) > 0);
        assert_non_null(strstr(
                text, "unitward refused \"systemctl enable x\\x1b.timer\" by rule \"default\"; \"unitward explain"));
        record->mode = MODE_AUDIT;
        assert_false(terminal_tell(&manners, record));
        record->mode = MODE_ENFORCE;
        record->outcome = OUTCOME_ALLOW;
        assert_false(terminal_tell(&manners, record));
        record->outcome = OUTCOME_DENY;
        record->actor->uid = geteuid() + 1; /* somebody else's */
        assert_false(terminal_tell(&manners, record));
        record->actor->login_uid = geteuid();
        assert_true(terminal_tell(&manners, record));
        for (int i = 0; i < 10; i++)
                (void)terminal_tell(&manners, record);
        assert_false(terminal_tell(&manners, record)); /* enough */
        record_free(record);
        (void)close(ours);
        (void)close(theirs);
}

static void test_no_terminal(void **state)
{
        static const char *const others[] = { "", "/dev/null", "/dev/pts/999999", "/dev/tty" };
        struct terminal_manners manners = { 0 };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
                struct record *record = record_on(others[i], geteuid());

                assert_false(terminal_tell(&manners, record));
                record_free(record);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_fields),   cmocka_unit_test(test_strange_words), cmocka_unit_test(test_bounds),
                cmocka_unit_test(test_terminal), cmocka_unit_test(test_no_terminal),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
