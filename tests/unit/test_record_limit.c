/* Like records: written up to so many, counted beyond, and every one of them in a summary. */
#include "record_fixture.h"
#include "unitward/record_summary.h"

#define SECOND UINT64_C(1000000)

static int setup(void **state)
{
        struct record_limit *limit;

        assert_int_equal(record_limit_new(&limit), 0);
        record_limit_set(limit, 3, 60 * SECOND);
        *state = limit;
        return 0;
}

static int teardown(void **state)
{
        record_limit_free(*state);
        return 0;
}

static struct record *denial(const char *exe, const char *path)
{
        struct record *record = fixture_record(MODE_ENFORCE, OPERATION_CREATE, OUTCOME_DENY);

        free(record->actor->ancestry[0].exe_path);
        record->actor->ancestry[0].exe_path = strdup(exe);
        free(record->path);
        record->path = strdup(path);
        return record;
}

/* True: it is to be written. */
static bool is_written(struct record_limit *limit, struct record *record, uint64_t now)
{
        if (record_limit_take(limit, record, now))
                return false;
        record_free(record);
        return true;
}

static unsigned try(struct record_limit *limit, const char *exe, unsigned n, uint64_t now)
{
        unsigned written = 0;
        char path[64];

        for (unsigned i = 0; i < n; i++) {
                (void)snprintf(path, sizeof path, "/etc/systemd/system/%u.service", i);
                written += is_written(limit, denial(exe, path), now);
        }
        return written;
}

static void test_counts(void **state)
{
        struct record_limit *limit = *state;
        struct record *record;

        assert_int_equal(record_limit_due_usec(limit), 0);
        assert_int_equal(try(limit, "/tmp/evil", 103, SECOND), 3);
        assert_int_equal(try(limit, "/tmp/other", 2, SECOND), 2);
        assert_int_equal(record_limit_counted(limit), 100);
        assert_int_equal(record_limit_pending(limit), 100);
        assert_int_equal(record_limit_due_usec(limit), 61 * SECOND);
        assert_null(record_limit_next(limit, 60 * SECOND));
        record = record_limit_next(limit, 61 * SECOND);
        assert_non_null(record);
        assert_int_equal(record->kind, RECORD_SUMMARY);
        assert_int_equal(record->summary->kind, RECORD_ACCESS);
        assert_int_equal(record->summary->count, 100);
        assert_int_equal(record->summary->n_distinct, SUMMARY_DISTINCT_MAX);
        assert_true(record->summary->more_distinct);
        assert_int_equal(record->summary->n_targets, SUMMARY_TARGETS_MAX);
        assert_string_equal(record->summary->targets[0], "/etc/systemd/system/3.service");
        assert_string_equal(record->path, "/etc/systemd/system/102.service");
        assert_true(record_is_denial(record));
        record_free(record);
        assert_null(record_limit_next(limit, UINT64_MAX));
        assert_int_equal(record_limit_pending(limit), 0);
        assert_int_equal(try(limit, "/tmp/evil", 3, 62 * SECOND), 3);
}

static void test_windows_end(void **state)
{
        for (unsigned i = 0; i < 10; i++)
                assert_int_equal(try(*state, "/tmp/evil", 3, (1 + i * 60u) * SECOND), 3);
        assert_int_equal(record_limit_counted(*state), 0);
}

/* What is not alike, and what is never only counted. */
static void test_differences(void **state)
{
        struct record_limit *limit = *state;
        struct record *record;

        assert_int_equal(try(limit, "/tmp/evil", 5, SECOND), 3);
        for (unsigned i = 0; i < 8; i++) {
                record = denial("/tmp/evil", "/etc/systemd/system/evil.timer");
                switch (i) {
                case 0:
                        record->actor->uid = 33;
                        break;
                case 1:
                        record->actor->login_uid = 1001;
                        break;
                case 2:
                        record->operation = OPERATION_MODIFY;
                        break;
                case 3:
                        (void)string_copy(record->rule, sizeof record->rule, "other");
                        break;
                case 4:
                        (void)string_copy(record->zone, sizeof record->zone, "other");
                        break;
                case 5:
                        record->outcome = OUTCOME_QUARANTINE;
                        break;
                case 6:
                        (void)string_copy(record->quarantine_id, sizeof record->quarantine_id, "id");
                        break;
                default:
                        (void)string_copy(record->alert, sizeof record->alert, "id");
                        break;
                }
                assert_true(is_written(limit, record, SECOND));
        }
        record = denial("/tmp/evil", "/etc/systemd/system/evil.timer");
        record->kind = RECORD_EVASION;
        assert_true(is_written(limit, record, SECOND));
}

/* What took effect is told of for each name. */
static void test_effects(void **state)
{
        for (unsigned i = 0; i < 10; i++) {
                struct record *record = denial("/tmp/evil", i % 2 ? "/a" : "/b");

                record->mode = MODE_AUDIT;
                assert_int_equal(is_written(*state, record, SECOND), i < 6);
        }
}

static void test_others(void **state)
{
        struct record_limit *limit = *state;
        uint64_t counted = 0;
        struct record *record;
        unsigned written = 0;
        char exe[32];

        for (unsigned i = 0; i < RECORD_LIMIT_ACTORS + 50; i++) {
                (void)snprintf(exe, sizeof exe, "/tmp/evil-%u", i);
                written += try(limit, exe, 1, SECOND);
        }
        assert_int_equal(written, RECORD_LIMIT_ACTORS + 3);
        record = record_limit_next(limit, UINT64_MAX);
        assert_non_null(record);
        assert_true(record->summary->others);
        assert_null(record->actor);
        assert_null(record->path);
        assert_true(record_is_denial(record));
        counted = record->summary->count;
        assert_int_equal(counted, 47);
        record_free(record);
        assert_null(record_limit_next(limit, UINT64_MAX));
        /* When they are silent, there is room for others. */
        assert_int_equal(try(limit, "/tmp/late", 5, 62 * SECOND), 3);
        assert_int_equal(record_limit_due_usec(limit), 122 * SECOND);
}

/* Nobody hides behind many names: neither what took effect, nor what somebody else was prevented from. */
static void test_many_names(void **state)
{
        struct record_limit *limit = *state;
        char path[64];

        for (unsigned i = 0; i < 4 * RECORD_LIMIT_ACTORS; i++) {
                struct record *record;

                (void)snprintf(path, sizeof path, "/etc/systemd/system/%u.service", i);
                record = denial("/tmp/evil", path);
                record->mode = MODE_AUDIT;
                assert_true(is_written(limit, record, SECOND));
        }
        assert_int_equal(try(limit, "/tmp/other", 2, SECOND), 2);
        assert_int_equal(record_limit_counted(limit), 0);
}

static void test_off(void **state)
{
        record_limit_set(*state, 0, 60 * SECOND);
        assert_int_equal(try(*state, "/tmp/evil", 100, SECOND), 100);
}

static void test_as_json_and_line(void **state)
{
        struct record_limit *limit = *state;
        _cleanup_free_ char *line = NULL;
        struct record *record;
        json_t *json;

        assert_int_equal(try(limit, "/tmp/evil", 6, SECOND), 3);
        record = record_limit_next(limit, UINT64_MAX);
        json = record_to_json(record);
        assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "unitward"), "count")), 3);
        assert_string_equal(json_string_value(json_object_get(json_object_get(json, "unitward"), "summed_kind")),
                            "access");
        assert_string_equal(json_string_value(json_object_get(json_object_get(json, "unitward"), "operation")),
                            "create");
        assert_non_null(json_object_get(json_object_get(json, "event"), "start"));
        assert_int_equal(record_to_line(record, false, &line), 0);
        assert_non_null(strstr(line, "DENY create /etc/systemd/system/5.service by /tmp/evil (pid 812"));
        assert_non_null(
                strstr(line, "rule default: 3 times since the record limit was reached, within 1 s, of 3 different"));
        json_decref(json);
        record_free(record);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_counts), TEST(test_windows_end), TEST(test_differences), TEST(test_effects),
                TEST(test_others), TEST(test_many_names),  TEST(test_off),         TEST(test_as_json_and_line),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
