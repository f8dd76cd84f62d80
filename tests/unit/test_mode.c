#include "scratch.h"
#include "unitward/mode.h"
#include "unitward/util.h"

#define NOW 1000000000u
#define BEFORE (NOW - 1)
#define LATER (NOW + 600u * 1000000u)

#define TRIAL(said)                                                                                                    \
        {                                                                                                              \
                true, MODE_ENFORCE, said, LATER, "alice"                                                               \
        }
#define TRIAL_OVER(said)                                                                                               \
        {                                                                                                              \
                true, MODE_ENFORCE, said, BEFORE, "alice"                                                              \
        }
#define CONFIRMED(said)                                                                                                \
        {                                                                                                              \
                true, MODE_ENFORCE, said, 0, "alice"                                                                   \
        }
#define TO_AUDIT(said)                                                                                                 \
        {                                                                                                              \
                true, MODE_AUDIT, said, 0, "alice"                                                                     \
        }

static void test_rule(void **state)
{
        static const struct {
                struct mode_claims claims;
                enum mode mode;
                enum mode_source source;
                uint64_t until;
        } cases[] = {
                { { .policy = MODE_AUDIT }, MODE_AUDIT, MODE_FROM_POLICY, MODE_AS_POLICY },
                { { .policy = MODE_ENFORCE }, MODE_ENFORCE, MODE_FROM_POLICY, MODE_AS_POLICY },
                { { .policy = MODE_AUDIT, .override = TRIAL(MODE_AUDIT) }, MODE_ENFORCE, MODE_FROM_OVERRIDE, LATER },
                { { .policy = MODE_AUDIT, .override = TRIAL_OVER(MODE_AUDIT) },
                  MODE_AUDIT,
                  MODE_FROM_OVERRIDE,
                  BEFORE },
                { { .policy = MODE_AUDIT, .override = CONFIRMED(MODE_AUDIT) },
                  MODE_ENFORCE,
                  MODE_FROM_OVERRIDE,
                  MODE_ALWAYS },
                { { .policy = MODE_ENFORCE, .override = TO_AUDIT(MODE_ENFORCE) },
                  MODE_AUDIT,
                  MODE_FROM_OVERRIDE,
                  MODE_NEVER },
                /* What forces audit mode is stronger than what anybody says. */
                { { .policy = MODE_ENFORCE, .unreviewed = true }, MODE_AUDIT, MODE_FROM_REVIEW, MODE_NEVER },
                { { .policy = MODE_ENFORCE, .command_line = true }, MODE_AUDIT, MODE_FROM_COMMAND_LINE, MODE_NEVER },
                { { .policy = MODE_ENFORCE, .option = true }, MODE_AUDIT, MODE_FROM_OPTION, MODE_NEVER },
                { { .policy = MODE_AUDIT, .command_line = true, .override = CONFIRMED(MODE_AUDIT) },
                  MODE_AUDIT,
                  MODE_FROM_COMMAND_LINE,
                  MODE_NEVER },
                { { .policy = MODE_AUDIT, .unreviewed = true, .override = TRIAL(MODE_AUDIT) },
                  MODE_AUDIT,
                  MODE_FROM_REVIEW,
                  MODE_NEVER },
                { { .policy = MODE_ENFORCE, .option = true, .command_line = true, .unreviewed = true },
                  MODE_AUDIT,
                  MODE_FROM_OPTION,
                  MODE_NEVER },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct mode_ruling ruling = mode_rule(&cases[i].claims, NOW);

                if (ruling.mode != cases[i].mode || ruling.source != cases[i].source ||
                    mode_enforced_until(&cases[i].claims) != cases[i].until)
                        fail_msg("case %zu: %s by %s", i, mode_name(ruling.mode), mode_source_name(ruling.source));
        }
}

static void test_follow(void **state)
{
        struct mode_override override = TRIAL(MODE_AUDIT), none = { 0 };

        (void)state;
        assert_false(mode_override_follow(&none, MODE_ENFORCE));
        assert_false(mode_override_follow(&override, MODE_AUDIT));
        assert_true(mode_is_trial(&override));
        assert_true(mode_override_follow(&override, MODE_ENFORCE));
        assert_false(override.given);
}

static void test_expire(void **state)
{
        struct mode_override trial = TRIAL(MODE_AUDIT), over = TRIAL_OVER(MODE_AUDIT),
                             confirmed = CONFIRMED(MODE_AUDIT), over_enforce = TRIAL_OVER(MODE_ENFORCE);

        (void)state;
        assert_false(mode_override_expire(&trial, NOW));
        assert_false(mode_override_expire(&confirmed, UINT64_MAX));
        assert_true(confirmed.given);
        assert_true(mode_override_expire(&trial, LATER));
        assert_false(trial.given);
        assert_true(mode_override_expire(&over, NOW));
        assert_false(over.given);
        assert_false(mode_override_expire(&over, NOW));
        /* Where the policy says enforce, somebody had said audit before. */
        assert_true(mode_override_expire(&over_enforce, NOW));
        assert_true(over_enforce.given);
        assert_int_equal(over_enforce.mode, MODE_AUDIT);
        assert_int_equal(over_enforce.policy, MODE_ENFORCE);
        assert_false(mode_is_trial(&over_enforce));
}

static void test_explain(void **state)
{
        static const struct {
                struct mode_claims claims;
                const char *text;
        } cases[] = {
                { { .policy = MODE_ENFORCE }, "policy says enforce" },
                { { .policy = MODE_AUDIT, .override = TRIAL(MODE_AUDIT) },
                  "policy says audit, enforced until 2026-11-26 02:10:00 unless confirmed by: unitward confirm" },
                { { .policy = MODE_AUDIT, .override = CONFIRMED(MODE_AUDIT) },
                  "policy says audit, enforced by alice until it says something else, or a reboot" },
                { { .policy = MODE_ENFORCE, .override = TO_AUDIT(MODE_ENFORCE) },
                  "policy says enforce, set to audit by alice until it says something else, or a reboot" },
                { { .policy = MODE_ENFORCE, .command_line = true },
                  "policy says enforce, audits because unitward.mode=audit is on the kernel's command line" },
                { { .policy = MODE_ENFORCE, .unreviewed = true },
                  "policy says enforce, audits because nobody has said yet that what is there is authorised" },
        };

        (void)state;
        (void)setenv("TZ", "UTC", 1);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text = mode_explain(&cases[i].claims, NOW, UINT64_C(1795658400) * 1000000u);

                assert_string_equal(text, cases[i].text);
        }
}

static void test_json(void **state)
{
        const struct mode_claims trial = { .policy = MODE_AUDIT,
                                           .override = { true, MODE_ENFORCE, MODE_AUDIT, UINT64_MAX / 2, "alice" } },
                                 plain = { .policy = MODE_ENFORCE };
        json_t *json = mode_to_json(&trial);

        (void)state;
        assert_string_equal(json_string_value(json_object_get(json, "mode")), "enforce");
        assert_string_equal(json_string_value(json_object_get(json, "source")), "override");
        assert_string_equal(json_string_value(json_object_get(json, "policy")), "audit");
        assert_string_equal(json_string_value(json_object_get(json, "by")), "alice");
        assert_true(json_is_false(json_object_get(json, "confirmed")));
        assert_true(json_is_integer(json_object_get(json, "until_usec")));
        json_decref(json);
        json = mode_to_json(&plain);
        assert_string_equal(json_string_value(json_object_get(json, "source")), "policy");
        assert_null(json_object_get(json, "by"));
        assert_null(json_object_get(json, "confirmed"));
        json_decref(json);
}

/* ---- The file ---------------------------------------------------------------------------------------------- */

static char directory[] = "/tmp/unitward-test-XXXXXX";

static int enter(void **state)
{
        (void)state;
        scratch_make(directory);
        return chdir(directory);
}

static int leave(void **state)
{
        (void)state;
        scratch_remove(directory);
        return chdir("/");
}

static void test_file(void **state)
{
        const struct mode_override said[] = { TRIAL(MODE_AUDIT), CONFIRMED(MODE_AUDIT), TO_AUDIT(MODE_ENFORCE) };
        struct mode_override read = CONFIRMED(MODE_AUDIT);
        struct stat st;

        (void)state;
        assert_int_equal(mode_file_read(".", &read), 0);
        assert_false(read.given);
        assert_int_equal(mode_file_remove("."), 0);
        for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
                assert_int_equal(mode_file_write(".", &said[i]), 0);
                assert_int_equal(mode_file_read(".", &read), 0);
                assert_true(read.given);
                assert_int_equal(read.mode, said[i].mode);
                assert_int_equal(read.policy, said[i].policy);
                assert_int_equal(read.until_usec, said[i].until_usec);
                assert_string_equal(read.by, said[i].by);
        }
        assert_int_equal(stat("mode", &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(access("mode.new", F_OK), -1);
        assert_int_equal(mode_file_remove("."), 0);
        assert_int_equal(access("mode", F_OK), -1);
}

/* Whole or not at all: what was said before stays. */
static void test_file_in_the_way(void **state)
{
        const struct mode_override confirmed = CONFIRMED(MODE_AUDIT), trial = TRIAL(MODE_AUDIT);
        struct mode_override read;

        (void)state;
        assert_int_equal(mode_file_write(".", &confirmed), 0);
        assert_int_equal(mkdir("mode.new", 0700), 0);
        assert_true(mode_file_write(".", &trial) < 0);
        assert_int_equal(mode_file_read(".", &read), 0);
        assert_int_equal(read.until_usec, 0);
}

static void test_file_of_others(void **state)
{
        const struct mode_override confirmed = CONFIRMED(MODE_AUDIT);
        struct mode_override read;

        (void)state;
        assert_int_equal(mode_file_write(".", &confirmed), 0);
        assert_int_equal(chmod("mode", 0666), 0);
        assert_int_equal(mode_file_read(".", &read), -EBADMSG);
        assert_false(read.given);
        assert_int_equal(rename("mode", "elsewhere"), 0);
        assert_int_equal(symlink("elsewhere", "mode"), 0);
        assert_int_equal(mode_file_read(".", &read), -ELOOP);
        assert_int_equal(unlink("mode"), 0);
        assert_int_equal(mkfifo("mode", 0600), 0);
        assert_int_equal(mode_file_read(".", &read), -EBADMSG);
}

#define FILE_OF(boot, mode, policy, until)                                                                             \
        "{\"boot_id\": \"" boot "\", \"mode\": \"" mode "\", \"policy\": \"" policy                                    \
        "\", \"until_boottime_usec\": " until ", \"by\": \"alice\"}"

static void test_parse(void **state)
{
        static const struct {
                const char *text;
                int result;
        } cases[] = {
                { FILE_OF("b", "enforce", "audit", "7"), 0 },
                { FILE_OF("a", "enforce", "audit", "7"), -ESTALE },
                { FILE_OF("b", "off", "audit", "7"), -EBADMSG },
                { FILE_OF("b", "enforce", "", "7"), -EBADMSG },
                { FILE_OF("b", "enforce", "audit", "-7"), -EBADMSG },
                { FILE_OF("b", "enforce", "audit", "7.5"), -EBADMSG },
                { FILE_OF("b", "enforce", "audit", "99999999999999999999"), -EBADMSG },
                { FILE_OF("b", "enforce", "audit", "7") "x", -EBADMSG },
                { "{\"boot_id\": \"b\"}", -EBADMSG },
                { "[]", -EBADMSG },
                { "{", -EBADMSG },
                { "", -EBADMSG },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct mode_override override = { 0 };
                int r = mode_override_parse(cases[i].text, strlen(cases[i].text), "b", &override);

                if (r != cases[i].result || override.given != (r == 0))
                        fail_msg("%s: %d", cases[i].text, r);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rule),
                cmocka_unit_test(test_follow),
                cmocka_unit_test(test_expire),
                cmocka_unit_test(test_explain),
                cmocka_unit_test(test_json),
                cmocka_unit_test_setup_teardown(test_file, enter, leave),
                cmocka_unit_test_setup_teardown(test_file_in_the_way, enter, leave),
                cmocka_unit_test_setup_teardown(test_file_of_others, enter, leave),
                cmocka_unit_test(test_parse),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
