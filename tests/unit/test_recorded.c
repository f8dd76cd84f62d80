/* A record is made into the access that it was, and decided as that was. */
#include "policy_actors.h"
#include "record_fixture.h"
#include "unitward/recorded.h"

static const char policy_text[] = "zones: { system-units: { paths = [ \"/etc/systemd/system/\" ]; }; };"
                                  "actors: { packages: { exe = [ \"/nonexistent/dpkg\" ]; descendants = true; };"
                                  "          people: { login_uid = [ 1000 ]; unit = [ \"session-*.scope\" ]; }; };"
                                  "commands: { systemctl: { preset = \"systemctl\"; }; };"
                                  "rules = ( { id = \"packages\"; actor = \"packages\"; then = \"allow\"; },"
                                  "          { id = \"people-enable\"; actor = \"people\"; unit = \"evil.timer\"; on = "
                                  "\"enable\"; then = \"allow\"; } );";

static struct verdict decide(const struct policy *policy, struct record *record, struct recorded *recorded)
{
        json_t *event = record_to_json(record);
        struct verdict verdict;

        assert_int_equal(recorded_read(policy, event, recorded), 0);
        assert_int_equal(recorded->kind, RECORDED_DECISION);
        verdict = recorded_decide(policy, recorded);
        json_decref(event);
        record_free(record);
        return verdict;
}

static void test_decisions(void **state)
{
        struct policy *policy = load(policy_text);
        struct recorded *recorded = calloc(1, sizeof *recorded);
        struct record *record = fixture_record(MODE_AUDIT, OPERATION_CREATE, OUTCOME_DENY);

        (void)state;
        assert_non_null(recorded);
        policy_stand_in(policy);
        assert_string_equal(decide(policy, record, recorded).rule, "default");
        assert_string_equal(decide(policy, fixture_record(MODE_AUDIT, OPERATION_ENABLE, OUTCOME_DENY), recorded).rule,
                            "people-enable");
        record = fixture_record(MODE_AUDIT, OPERATION_ENABLE, OUTCOME_DENY);
        record->actor->login_uid = 1001;
        assert_string_equal(decide(policy, record, recorded).rule, "default");
        record = fixture_record(MODE_AUDIT, OPERATION_CREATE, OUTCOME_DENY);
        fixture_process(record->actor, 5, "/nonexistent/dpkg (deleted)", NULL);
        assert_string_equal(decide(policy, record, recorded).rule, "packages");
        assert_true(recorded->assumptions & RECORDED_ASSUMED_PROGRAM);
        record = fixture_record(MODE_AUDIT, OPERATION_CREATE, OUTCOME_DENY);
        record->actor->known = false;
        fixture_process(record->actor, 5, "/nonexistent/dpkg", NULL);
        assert_string_equal(decide(policy, record, recorded).rule, "default");
        free(recorded);
        policy_unref(policy);
}

static void test_no_decisions(void **state)
{
        struct policy *policy = load(policy_text);
        struct recorded *recorded = calloc(1, sizeof *recorded);
        struct record *record = fixture_record(MODE_AUDIT, OPERATION_CREATE, OUTCOME_ALLOW);
        json_t *event;

        (void)state;
        assert_non_null(recorded);
        (void)string_copy(record->rule, sizeof record->rule, "package-records");
        event = record_to_json(record);
        assert_int_equal(recorded_read(policy, event, recorded), 0);
        assert_int_equal(recorded->kind, RECORDED_VOUCHED);
        json_object_del(json_object_get(event, "unitward"), "verdict");
        assert_int_equal(recorded_read(policy, event, recorded), -EBADMSG);
        json_object_clear(event);
        assert_int_equal(recorded_read(policy, event, recorded), -EBADMSG);
        json_decref(event);
        record_free(record);
        record = record_new(RECORD_STARTED);
        event = record_to_json(record);
        assert_int_equal(recorded_read(policy, event, recorded), 0);
        assert_int_equal(recorded->kind, RECORDED_TELLS);
        json_decref(event);
        record_free(record);
        free(recorded);
        policy_unref(policy);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_decisions),
                cmocka_unit_test(test_no_decisions),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
