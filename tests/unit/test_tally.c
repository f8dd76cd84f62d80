/* The tally: decisions by what they were, bounded; and metrics as Prometheus reads them. */
#include "record_fixture.h"
#include "unitward/tally.h"

#include "../../src/ctl/metrics.h"

static int setup(void **state)
{
        static struct tally tally;

        *state = &tally;
        return tally_init(&tally);
}

static int teardown(void **state)
{
        tally_done(*state);
        return 0;
}

static void add(struct tally *tally, enum record_kind kind, enum operation operation, const char *rule)
{
        struct record *record = fixture_record(MODE_ENFORCE, operation, OUTCOME_DENY);

        record->kind = kind;
        (void)string_copy(record->rule, sizeof record->rule, rule);
        assert_int_equal(tally_add(tally, record), 0);
        record_free(record);
}

/* -1: there is none. */
static json_int_t count_of(struct tally *tally, const char *gate, const char *rule)
{
        json_t *json = tally_to_json(tally), *decision;
        json_int_t count = -1;
        size_t i;

        assert_non_null(json);
        json_array_foreach(json_object_get(json, "decisions"), i, decision)
                if (streq(json_string_value(json_object_get(decision, "gate")), gate) &&
                    streq(json_string_value(json_object_get(decision, "rule")), rule))
                        count = json_integer_value(json_object_get(decision, "count"));
        json_decref(json);
        return count;
}

static json_int_t records_of(struct tally *tally, const char *kind)
{
        json_t *json = tally_to_json(tally);
        json_int_t count = json_integer_value(json_object_get(json_object_get(json, "records"), kind));

        json_decref(json);
        return count;
}

static void test_gates(void **state)
{
        static const struct {
                enum record_kind kind;
                enum operation operation;
                const char *gate;
        } cases[] = {
                { RECORD_ACCESS, OPERATION_CREATE, "write" },    { RECORD_TIMEOUT, OPERATION_MODIFY, "write" },
                { RECORD_ACCESS, OPERATION_LOAD, "load" },       { RECORD_ACCESS, OPERATION_READ, "read" },
                { RECORD_ACCESS, OPERATION_EXEC, "command" },    { RECORD_EVASION, OPERATION_EXEC, "command" },
                { RECORD_ARRIVAL, OPERATION_RENAME, "arrival" }, { RECORD_RESTORED, OPERATION_REMOVE, "arrival" },
                { RECORD_ACCESS, OPERATION_APPROVE, "control" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char rule[16];

                (void)snprintf(rule, sizeof rule, "rule-%zu", i);
                add(*state, cases[i].kind, cases[i].operation, rule);
                assert_int_equal(count_of(*state, cases[i].gate, rule), 1);
        }
        assert_int_equal(records_of(*state, "access"), 5);
}

static void test_counts(void **state)
{
        struct record *started = record_new(RECORD_STARTED);

        for (int i = 0; i < 3; i++)
                add(*state, RECORD_ACCESS, OPERATION_CREATE, "default");
        add(*state, RECORD_ACCESS, OPERATION_CREATE, "other");
        assert_int_equal(tally_add(*state, started), 0);
        record_free(started);
        assert_int_equal(count_of(*state, "write", "default"), 3);
        assert_int_equal(count_of(*state, "write", "other"), 1);
        assert_int_equal(records_of(*state, "started"), 1);
}

/* As many names as somebody who edits the policy all day comes up with. */
static void test_is_bounded(void **state)
{
        for (unsigned i = 0; i < TALLY_MAX + 50; i++) {
                char rule[16];

                (void)snprintf(rule, sizeof rule, "rule-%u", i);
                add(*state, RECORD_ACCESS, OPERATION_CREATE, rule);
        }
        add(*state, RECORD_ACCESS, OPERATION_CREATE, "rule-7");
        assert_int_equal(count_of(*state, "write", TALLY_OTHERS), 50);
        assert_int_equal(count_of(*state, "write", "rule-7"), 2);
}

static char *print(const char *answer)
{
        json_t *json = answer ? json_loads(answer, 0, NULL) : NULL;
        char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        assert_non_null(stream);
        assert_true(!answer || json);
        assert_int_equal(metrics_print(stream, json), 0);
        assert_int_equal(fclose(stream), 0);
        json_decref(json);
        return text;
}

static void test_no_daemon(void **state)
{
        _cleanup_free_ char *text = print(NULL);

        (void)state;
        assert_non_null(strstr(text, "\nunitward_up 0\n"));
        assert_null(strstr(text, "unitward_enforcing"));
}

static void test_histogram(void **state)
{
        _cleanup_free_ char *text = print("{\"waits\": {\"counts\": [1, 0, 2, 4], \"usec\": 2500000}}");

        (void)state;
        assert_non_null(strstr(text, "unitward_wait_seconds_bucket{le=\"1e-06\"} 1\n"
                                     "unitward_wait_seconds_bucket{le=\"2e-06\"} 1\n"
                                     "unitward_wait_seconds_bucket{le=\"4e-06\"} 3\n"
                                     "unitward_wait_seconds_bucket{le=\"+Inf\"} 7\n"
                                     "unitward_wait_seconds_sum 2.500000\n"
                                     "unitward_wait_seconds_count 7\n"));
}

static void test_labels_are_escaped(void **state)
{
        _cleanup_free_ char *text = print("{\"status\": {\"version\": \"a\\\"b\\\\c\\nd\", \"mode\": \"audit\"}}");

        (void)state;
        assert_non_null(
                strstr(text, "\nunitward_info{version=\"a\\\"b\\\\c\\nd\",kernel=\"\",mode=\"audit\"} 1\n"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_gates, setup, teardown),
                cmocka_unit_test_setup_teardown(test_counts, setup, teardown),
                cmocka_unit_test_setup_teardown(test_is_bounded, setup, teardown),
                cmocka_unit_test(test_no_daemon),
                cmocka_unit_test(test_histogram),
                cmocka_unit_test(test_labels_are_escaped),
        };

        return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
