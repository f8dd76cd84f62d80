/* What is set aside while a manager waits is out of the way at once, and evidence afterwards. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "quarantine_fixture.h"
#include "unitward/filing.h"

static struct filings filings;
static struct outbox outbox;

static int begin(void **state)
{
        filings_init(&filings);
        filings.open = true;
        return fixture_setup(state) < 0 ? -1 : outbox_init(&outbox);
}

static int end(void **state)
{
        filings_done(&filings);
        outbox_done(&outbox);
        return fixture_teardown(state);
}

static int add(struct fixture *fixture, const char *key, char id[static QUARANTINE_ID_MAX])
{
        json_t *why = json_pack("{s:s}", "rule", "default");
        const struct filing_what what = { fixture->dir, "evil.timer", "/etc/systemd/system/evil.timer", key, why };
        int r = filings_add(&filings, fixture->quarantine, &what, id);

        if (r < 0)
                json_decref(why);
        return r;
}

static void plant_link(const struct fixture *fixture)
{
        assert_int_equal(symlinkat("/tmp/x.timer", fixture->dir, "evil.timer"), 0);
}

static uint64_t count(struct fixture *fixture)
{
        uint64_t bytes, n;

        quarantine_usage(fixture->quarantine, &bytes, &n);
        return n;
}

static unsigned times_of(struct fixture *fixture, const char *id)
{
        json_auto_t *evidence = NULL;

        assert_int_equal(quarantine_show(fixture->quarantine, id, &evidence), 0);
        return (unsigned)json_integer_value(json_object_get(evidence, "times"));
}

static void link_is_filed(struct fixture *fixture)
{
        char id[QUARANTINE_ID_MAX], again[QUARANTINE_ID_MAX];
        uint64_t before = count(fixture);
        struct letter_list letters;

        plant_link(fixture);
        assert_int_equal(add(fixture, "7 /x", id), 0);
        assert_false(is_there(fixture->dir, "evil.timer"));
        assert_int_equal(count(fixture), before + 1); /* it counts, filed or not */
        assert_true(filings_keep_record(&filings, id, record_new(RECORD_ARRIVAL)));

        /* The same again is the same. */
        plant_link(fixture);
        assert_int_equal(add(fixture, "7 /x", again), 0);
        assert_false(is_there(fixture->dir, "evil.timer"));
        assert_string_equal(again, id);
        assert_true(filings_keep_record(&filings, again, record_new(RECORD_ARRIVAL)));
        assert_int_equal(filings.n, 1);

        /* Nobody is told of it before there is evidence of it. */
        assert_int_equal(outbox_progress(&outbox).posted, 0);
        assert_int_equal(filings_work(&filings, fixture->quarantine, &outbox, 10), 0);
        assert_int_equal(filings.n, 0);
        assert_true(outbox_wait(&outbox, &letters));
        assert_int_equal(STAILQ_FIRST(&letters)->kind, LETTER_SEAL);
        assert_int_equal(STAILQ_NEXT(STAILQ_FIRST(&letters), next)->kind, LETTER_RECORD);
        STAILQ_CONCAT(&outbox.list, &letters);
        outbox_done(&outbox);
        assert_int_equal(outbox_init(&outbox), 0);
        assert_evidence(fixture, id, "path", "/etc/systemd/system/evil.timer");
        assert_evidence(fixture, id, "rule", "default");
        assert_evidence(fixture, id, "target", "/tmp/x.timer");
        assert_int_equal(times_of(fixture, id), 2);
        assert_int_equal(count(fixture), before + 1);
        assert_false(filings_keep_record(&filings, id, NULL));
}

static void test_link(void **state)
{
        each_source(*state, link_is_filed);
}

/* What would have to be copied is not set aside. */
static void test_file(void **state)
{
        struct fixture *fixture = *state;
        char id[QUARANTINE_ID_MAX];

        fixture->dir = fixture->sources[0].dir;
        write_file_at(fixture->dir, "evil.timer", "evil", 4);
        assert_int_equal(add(fixture, NULL, id), 0);
        assert_int_equal(filings_work(&filings, fixture->quarantine, &outbox, 1), 0);
        assert_evidence(fixture, id, "kind", "file");
        if (fixture->sources[1].dir < 0)
                return;
        fixture->dir = fixture->sources[1].dir;
        write_file_at(fixture->dir, "evil.timer", "evil", 4);
        assert_int_equal(add(fixture, NULL, id), -EXDEV);
        assert_true(is_there(fixture->dir, "evil.timer"));
}

/* Bounded; and only while notes are settled. */
static void test_bounds(void **state)
{
        struct fixture *fixture = *state;
        char id[QUARANTINE_ID_MAX];

        fixture->dir = fixture->sources[0].dir;
        assert_int_equal(add(fixture, NULL, id), -ENOENT);
        for (size_t i = 0; i < FILINGS_MAX; i++) {
                plant_link(fixture);
                assert_int_equal(add(fixture, NULL, id), 0);
        }
        plant_link(fixture);
        assert_int_equal(add(fixture, NULL, id), -EAGAIN);
        assert_int_equal(filings_work(&filings, fixture->quarantine, &outbox, 1), 0);
        filings.open = false;
        assert_int_equal(add(fixture, NULL, id), -EAGAIN);
        filings.open = true;
        assert_int_equal(add(fixture, NULL, id), 0);
        assert_int_equal(filings.n_most, FILINGS_MAX);
}

/* Killed between the two halves: the object is not lost, and the evidence says what is. */
static void test_killed(void **state)
{
        struct fixture *fixture = *state;
        char id[QUARANTINE_ID_MAX];

        fixture->dir = fixture->sources[0].dir;
        write_file_at(fixture->dir, "evil.timer", "evil", 4);
        assert_int_equal(add(fixture, NULL, id), 0);
        fixture->quarantine = quarantine_close(fixture->quarantine);
        assert_int_equal(quarantine_open(fixture->directory, &fixture_limits, &fixture->quarantine), 0);
        assert_evidence(fixture, id, "path", "unknown");
        assert_evidence(fixture, id, "kind", "file");
        assert_int_equal(count(fixture), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_link, begin, end),
                cmocka_unit_test_setup_teardown(test_file, begin, end),
                cmocka_unit_test_setup_teardown(test_bounds, begin, end),
                cmocka_unit_test_setup_teardown(test_killed, begin, end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
