/* What a report sums up, and the page that is made of it: bounded, and nothing but text where others chose it. */
#include "record_fixture.h"
#include "unitward/html.h"
#include "unitward/report.h"
#include "unitward/text.h"

#include "../../src/policy/policy_internal.h"

#define HOUR UINT64_C(3600000000)

/* ---- Escaping ------------------------------------------------------------------------------------------------ */

static char *escaped(const char *bytes)
{
        char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        assert_non_null(stream);
        html_text(&(struct html){ stream }, bytes);
        assert_int_equal(fclose(stream), 0);
        return text;
}

static void test_text(void **state)
{
        static const struct {
                const char *bytes, *text;
        } cases[] = {
                { "", "" },
                { NULL, "" },
                { "ssh.service", "ssh.service" },
                { "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
                { "a\" onclick='x'", "a&quot; onclick=&#39;x&#39;" },
                { "&lt;", "&amp;lt;" },
                { "new\nline\ttab\033[m", "new\\x0aline\\x09tab\\x1b[m" },
                { "right\xe2\x80\xaeleft", "right\\xe2\\x80\\xaeleft" },
                { "\xff\xc3(", "\\xff\\xc3(" },
                { "caf\xc3\xa9", "caf\xc3\xa9" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *text = escaped(cases[i].bytes);

                assert_string_equal(text, cases[i].text);
        }
}

/* Never half a character, and that it was cut can be seen. */
static void test_text_is_cut(void **state)
{
        char bytes[3 * HTML_TEXT_MAX + 1];
        _cleanup_free_ char *text = NULL;

        (void)state;
        for (size_t i = 0; i < HTML_TEXT_MAX; i++)
                memcpy(bytes + 3 * i, "\xe2\x82\xac", 4); /* three bytes each: the limit is within one */
        text = escaped(bytes);
        assert_true(text_is_utf8(text));
        assert_true(ends_with(text, "\xe2\x82\xac\xe2\x80\xa6"));
        assert_in_range(strlen(text), HTML_TEXT_MAX - 3, HTML_TEXT_MAX + 3);
}

/* ---- Time ---------------------------------------------------------------------------------------------------- */

static void test_axis(void **state)
{
        static const struct {
                uint64_t hours;
                const char *bar;
        } cases[] = {
                { 1, "1 minute" },  { 5, "5 minutes" },   { 12, "15 minutes" },   { 48, "1 hour" },
                { 168, "6 hours" }, { 24 * 30, "1 day" }, { 24 * 365, "1 week" }, { 24 * 3650, "1 year" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct report_axis axis = { 0 };
                uint64_t until = FIXTURE_TIME + cases[i].hours * HOUR;

                report_axis_begin(&axis, FIXTURE_TIME, until);
                assert_string_equal(axis.bar, cases[i].bar);
                assert_in_range(axis.n, 1, REPORT_BARS_MAX);
                assert_true(axis.edges[0] <= (time_t)(FIXTURE_TIME / 1000000));
                assert_true(axis.edges[axis.n] > (time_t)(until / 1000000));
                for (size_t j = 0; j < axis.n; j++)
                        assert_true(axis.edges[j] < axis.edges[j + 1]);
        }
}

static void test_axis_counts(void **state)
{
        struct report_axis axis = { 0 };

        (void)state;
        report_axis_add(&axis, FIXTURE_TIME, REPORT_DENIED, 1); /* not begun: nothing happens */
        report_axis_begin(&axis, FIXTURE_TIME, FIXTURE_TIME + 48 * HOUR);
        report_axis_add(&axis, FIXTURE_TIME, REPORT_DENIED, 1);
        report_axis_add(&axis, FIXTURE_TIME + 2 * HOUR, REPORT_ALLOWED, 1);
        report_axis_add(&axis, FIXTURE_TIME + 48 * HOUR, REPORT_DENIED, 1);
        assert_int_equal(axis.outside, 0);
        report_axis_add(&axis, 1, REPORT_QUARANTINED, 1); /* a clock that was set */
        report_axis_add(&axis, FIXTURE_TIME + 1000 * HOUR, REPORT_QUARANTINED, 1);
        assert_int_equal(axis.outside, 2);
        assert_int_equal(axis.counts[0][REPORT_DENIED], 1);
        assert_int_equal(axis.counts[2][REPORT_ALLOWED], 1);
        assert_int_equal(axis.counts[axis.n - 1][REPORT_DENIED], 1);
        assert_int_equal(axis.counts[0][REPORT_QUARANTINED], 1);
        assert_int_equal(axis.counts[axis.n - 1][REPORT_QUARANTINED], 1);
}

/* The day on which clocks go back has 25 hours, and is one bar. */
static void test_axis_days(void **state)
{
        const uint64_t october = 1603065600000000u; /* 2020-10-19 */
        struct report_axis axis = { 0 };
        bool long_day = false;

        (void)state;
        assert_int_equal(setenv("TZ", "Europe/Berlin", 1), 0);
        tzset();
        report_axis_begin(&axis, october, october + 24 * 30 * HOUR);
        for (size_t i = 0; i < axis.n; i++) {
                struct tm tm;

                assert_non_null(localtime_r(&axis.edges[i], &tm));
                assert_int_equal(tm.tm_hour, 0);
                long_day |= axis.edges[i + 1] - axis.edges[i] == 25 * 3600;
        }
        assert_int_equal(unsetenv("TZ"), 0);
        tzset();
        if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) == 0)
                assert_true(long_day);
}

/* ---- Events -------------------------------------------------------------------------------------------------- */

static void take(struct report_events *events, enum mode mode, enum outcome outcome, const char *path)
{
        struct record *record = fixture_record(mode, OPERATION_CREATE, outcome);
        json_t *json;

        free(record->path);
        record->path = strdup(path);
        json = record_to_json(record);
        assert_non_null(json);
        assert_int_equal(report_events_take(events, json), 0);
        json_decref(json);
        record_free(record);
}

static json_int_t number(const json_t *json, const char *path)
{
        assert_true(json_is_integer(json_at(json, path)));
        return json_integer_value(json_at(json, path));
}

static void test_outcomes(void **state)
{
        struct report_events *events = report_events_new(0, FIXTURE_TIME + HOUR);
        json_t *json;

        (void)state;
        assert_non_null(events);
        take(events, MODE_ENFORCE, OUTCOME_DENY, "/etc/systemd/system/a.timer");
        take(events, MODE_ENFORCE, OUTCOME_DENY, "/etc/systemd/system/a.timer");
        take(events, MODE_ENFORCE, OUTCOME_QUARANTINE, "/etc/systemd/system/b.timer");
        take(events, MODE_AUDIT, OUTCOME_DENY, "/etc/systemd/system/c.timer");
        take(events, MODE_ENFORCE, OUTCOME_ALLOW, "/etc/systemd/system/d.timer");
        json = report_events_to_json(events);
        assert_int_equal(number(json, "records"), 5);
        assert_int_equal(number(json, "totals.denied"), 2);
        assert_int_equal(number(json, "totals.quarantined"), 1);
        assert_int_equal(number(json, "totals.unprevented"), 1);
        assert_int_equal(number(json, "totals.allowed"), 1);
        assert_int_equal(json_array_size(json_at(json, "refused.rows")), 3);
        assert_int_equal(json_array_size(json_at(json, "changes.rows")), 1);
        assert_int_equal(json_array_size(json_at(json, "actors.rows")), 1);
        assert_int_equal(number(json_array_get(json_at(json, "actors.rows"), 0), "denied"), 2);
        assert_int_equal(number(json_object_get(json_object_get(json, "techniques"), "T1053.006"), "denied"), 2);
        json_decref(json);
        events = report_events_free(events);
}

/* Of a minute ago, with nothing before it. */
static void test_short_log(void **state)
{
        struct report_events *events = report_events_new(0, FIXTURE_TIME + 60000000u);
        json_t *json, *bars;

        (void)state;
        take(events, MODE_ENFORCE, OUTCOME_DENY, "/etc/systemd/system/a.timer");
        json = report_events_to_json(events);
        bars = json_at(json, "axis.bars");
        assert_in_range(json_array_size(bars), 30, REPORT_BARS_MAX);
        assert_int_equal(number(json_array_get(bars, json_array_size(bars) - 2), "denied"), 1);
        assert_int_equal(number(json, "axis.outside"), 0);
        json_decref(json);
        events = report_events_free(events);
}

static void test_since(void **state)
{
        struct report_events *events = report_events_new(FIXTURE_TIME + 1, FIXTURE_TIME + HOUR);
        json_t *json;

        (void)state;
        take(events, MODE_ENFORCE, OUTCOME_DENY, "/etc/systemd/system/a.timer");
        json = report_events_to_json(events);
        assert_int_equal(number(json, "records"), 0);
        assert_null(json_object_get(json, "first"));
        json_decref(json);
        events = report_events_free(events);
}

static void test_strangers(void **state)
{
        static const char *const lines[] = {
                "{}",
                "{\"@timestamp\":\"2026-11-26T05:07:19.372668Z\"}",
                "{\"@timestamp\":7,\"unitward\":{\"kind\":\"access\"}}",
                "{\"@timestamp\":\"yesterday\",\"unitward\":{\"kind\":\"access\"}}",
        };
        struct report_events *events = report_events_new(0, FIXTURE_TIME);

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                json_t *json = json_loads(lines[i], 0, NULL);

                assert_non_null(json);
                assert_int_equal(report_events_take(events, json), -EBADMSG);
                json_decref(json);
        }
        events = report_events_free(events);
}

/* Ten thousand paths: a table of the last ones, and all the others are counted. */
static void test_flood(void **state)
{
        struct report_events *events = report_events_new(0, FIXTURE_TIME + HOUR);
        json_t *json, *rows, *row;
        json_int_t shown = 0;
        size_t i;

        (void)state;
        for (i = 0; i < 10000; i++) {
                _cleanup_free_ char *path = format("/etc/systemd/system/%zu.timer", i);

                take(events, MODE_ENFORCE, OUTCOME_DENY, path);
        }
        json = report_events_to_json(events);
        rows = json_at(json, "refused.rows");
        assert_int_equal(json_array_size(rows), REPORT_SHOWN);
        json_array_foreach(rows, i, row)
                shown += number(row, "denied");
        assert_int_equal(shown + number(json, "refused.more"), 10000);
        assert_int_equal(number(json, "totals.denied"), 10000);
        json_decref(json);
        events = report_events_free(events);
}

/* ---- The page ------------------------------------------------------------------------------------------------ */

static char *page_of(const json_t *facts)
{
        char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        assert_non_null(stream);
        assert_int_equal(report_page(stream, facts), 0);
        assert_int_equal(fclose(stream), 0);
        return text;
}

/* Whatever is missing, it says so. */
static void test_page_of_nothing(void **state)
{
        json_t *facts = json_object();
        _cleanup_free_ char *page = page_of(facts);

        (void)state;
        assert_non_null(strstr(page, "The daemon does not answer"));
        assert_non_null(strstr(page, "This is not known"));
        assert_true(ends_with(page, "</html>\n"));
        json_decref(facts);
}

static void test_hostile_names(void **state)
{
        struct report_events *events = report_events_new(0, FIXTURE_TIME + HOUR);
        _cleanup_free_ char *page = NULL;
        json_t *facts;

        (void)state;
        take(events, MODE_ENFORCE, OUTCOME_DENY, "/etc/systemd/system/<script>alert(1)</script>.service");
        take(events, MODE_ENFORCE, OUTCOME_DENY, "/etc/systemd/system/\xff\n\xe2\x80\xae\"'.timer");
        facts = json_pack("{s:s, s:o}", "host", "<img src=x onerror=y>", "events", report_events_to_json(events));
        page = page_of(facts);
        assert_true(text_is_utf8(page));
        assert_null(strstr(page, "<script"));
        assert_null(strstr(page, "<img"));
        assert_non_null(strstr(page, "&lt;script&gt;alert(1)&lt;/script&gt;.service"));
        assert_non_null(strstr(page, "\\xff\\x0a\\xe2\\x80\\xae&quot;&#39;.timer"));
        json_decref(facts);
        events = report_events_free(events);
}

/* The page allows one style sheet by its digest, as `openssl dgst -sha256 -binary | base64` has it. */
static void test_style_source(void **state)
{
        json_t *facts = json_object();
        _cleanup_free_ char *page = page_of(facts);
        const char *source = strstr(page, "style-src 'sha256-");

        (void)state;
        assert_non_null(source);
        source += strlen("style-src 'sha256-");
        assert_int_equal(strcspn(source, "'"), 44); /* of 32 bytes, with one = */
        assert_int_equal(source[43], '=');
        assert_int_not_equal(source[42], '=');
        json_decref(facts);
}

/* ---- The policy in words ------------------------------------------------------------------------------------- */

static const char *rule_words(const json_t *words, size_t index)
{
        return json_string_value(json_at(json_array_get(json_object_get(words, "rules"), index), "text"));
}

static void test_words(void **state)
{
        static const char text[] =
                "mode = \"enforce\";\n"
                "zones: { system-units: { preset = \"system-units\"; }; user-units: { preset = \"user-units\"; homes = "
                "[ "
                "\"/home/*\" ]; }; };\n"
                "actors: { packages: { exe = [ \"/usr/bin/dpkg\" ]; uid = [ 0 ]; descendants = true; };\n"
                "          robot: { unit = [ \"puppet.service\", \"salt.service\" ]; }; };\n"
                "commands: { systemctl: { preset = \"systemctl\"; }; };\n"
                "rules = ( { id = \"a\"; actor = [ \"packages\", \"robot\" ]; zone = [ \"system-units\", "
                "\"user-units\" ]; "
                "then = \"allow\"; },\n"
                "          { id = \"b\"; command = \"systemctl\"; verb = \"@read\"; scope = \"system\"; then = "
                "\"allow\"; },\n"
                "          { id = \"c\"; zone = \"user-units\"; on = [ \"create\", \"link\", \"enable\" ]; unit = "
                "\"*.timer\"; "
                "then = \"quarantine\"; },\n"
                "          { id = \"d\"; actor = \"robot\"; place = \"transient\"; client = \"systemctl\"; then = "
                "\"deny\"; } "
                ");\n";
        struct policy_report report;
        struct policy *policy = NULL;
        json_t *words;
        const json_t *actors;

        (void)state;
        assert_int_equal(policy_load_text("test.conf", text, POLICY_SKIP_OWNER_CHECK, &policy, &report), 0);
        policy_report_done(&report);
        words = policy_in_words(policy);
        actors = json_object_get(words, "actors");
        assert_string_equal(json_string_value(json_at(words, "default")), "deny");
        assert_string_equal(rule_words(words, 0),
                            "packages and robot may change anything in zones system-units and user-units.");
        assert_string_equal(rule_words(words, 1), "Anybody may run systemctl, verb @read, with scope system.");
        assert_string_equal(
                rule_words(words, 2),
                "Nobody may create, link or enable in zone user-units, only of units *.timer; what is brought is "
                "kept as evidence.");
        assert_string_equal(rule_words(words, 3),
                            "robot may not change anything, only transient units, for a permitted run of systemctl.");
        assert_string_equal(json_string_value(json_at(json_array_get(actors, 0), "text")),
                            "runs /usr/bin/dpkg; has uid 0; and all that such a process starts");
        assert_string_equal(json_string_value(json_at(json_array_get(actors, 1), "text")),
                            "runs in unit puppet.service or salt.service");
        json_decref(words);
        policy = policy_unref(policy);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_text),
                cmocka_unit_test(test_text_is_cut),
                cmocka_unit_test(test_axis),
                cmocka_unit_test(test_axis_counts),
                cmocka_unit_test(test_axis_days),
                cmocka_unit_test(test_outcomes),
                cmocka_unit_test(test_short_log),
                cmocka_unit_test(test_since),
                cmocka_unit_test(test_strangers),
                cmocka_unit_test(test_flood),
                cmocka_unit_test(test_page_of_nothing),
                cmocka_unit_test(test_hostile_names),
                cmocka_unit_test(test_style_source),
                cmocka_unit_test(test_words),
        };

        return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
