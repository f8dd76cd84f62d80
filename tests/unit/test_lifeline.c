/* What supervisor and guards share: nobody in flight is forgotten, whenever a guard dies. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unitward/lifeline.h"
#include "unitward/util.h"

static int make(void **state)
{
        *state = lifeline_new();
        return *state ? 0 : -1;
}

static int destroy(void **state)
{
        *state = lifeline_free(*state);
        return 0;
}

static const struct opener reader = { .fd = 7, .tid = 70, .since_usec = 100, .due_usec = 600 };
static const struct opener truncater = { .fd = 900, .tid = 71, .access = true, .truncates = true, .due_usec = 700 };

static unsigned count(const struct lifeline *lifeline)
{
        struct opener opener;
        unsigned n = 0;

        for (int fd = 0; lifeline_next(lifeline, fd, &opener); fd = opener.fd + 1)
                n++;
        return n;
}

static void openers_are_found_until_they_are_answered(void **state)
{
        struct opener opener;

        lifeline_note(*state, &truncater);
        lifeline_note(*state, &reader);
        assert_int_equal(lifeline_next(*state, 0, &opener), 1);
        assert_int_equal(opener.fd, 7);
        assert_int_equal(opener.tid, 70);
        assert_int_equal(opener.since_usec, 100);
        assert_false(opener.access);
        assert_int_equal(lifeline_next(*state, 8, &opener), 1);
        assert_int_equal(opener.fd, 900);
        assert_true(opener.access && opener.truncates && !opener.goes_on && !opener.executes && !opener.left);
        lifeline_answered(*state, 7);
        assert_int_equal(count(*state), 1);
        lifeline_answered(*state, 900);
        assert_int_equal(count(*state), 0);
}

static void numbers_out_of_range_are_not_noted(void **state)
{
        static const int fds[] = { -1, LIFELINE_OPENERS_MAX, 1 << 30 };

        for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
                lifeline_note(*state, &(struct opener){ .fd = fds[i], .due_usec = 1 });
                lifeline_answered(*state, fds[i]);
        }
        assert_int_equal(count(*state), 0);
}

static void what_is_expected_is_due_later(void **state)
{
        struct opener opener;

        lifeline_note(*state, &reader);
        lifeline_expect(*state, 7, 5000);
        assert_int_equal(lifeline_next(*state, 0, &opener), 1);
        assert_int_equal(opener.due_usec, 5000);
        assert_int_equal(opener.since_usec, 100);
}

static void fill(unsigned char *buffer, size_t at, int fd, uint64_t mask)
{
        const struct fanotify_event_metadata event = { .event_len = sizeof event,
                                                       .vers = FANOTIFY_METADATA_VERSION,
                                                       .metadata_len = sizeof event,
                                                       .mask = mask,
                                                       .fd = fd,
                                                       .pid = fd + 1000 };

        memcpy(buffer + at * sizeof event, &event, sizeof event);
}

/* Killed within read(2), or while the first of several was answered. */
static void what_was_read_and_not_taken_is_recovered(void **state)
{
        unsigned char *buffer = lifeline_buffer(*state, false);
        struct opener opener;

        fill(buffer, 0, 11, FAN_OPEN_PERM);
        fill(buffer, 1, 12, FAN_OPEN_PERM);
        fill(buffer, 2, 13, FAN_OPEN_EXEC_PERM);
        lifeline_take(*state, &(struct opener){ .fd = 11, .due_usec = 1 }, 0);
        lifeline_answered(*state, 11);
        lifeline_recover(*state, false);
        assert_int_equal(count(*state), 2);
        assert_int_equal(lifeline_next(*state, 13, &opener), 1);
        assert_true(opener.executes);
        assert_int_equal(opener.tid, 1013);
        lifeline_answered(*state, 12);
        lifeline_recover(*state, false);
        assert_int_equal(count(*state), 1);
}

static void a_buffer_of_nonsense_is_survived(void **state)
{
        memset(lifeline_buffer(*state, false), 0xff, LIFELINE_BATCH);
        memset(lifeline_buffer(*state, true), 0x18, LIFELINE_BATCH);
        lifeline_recover(*state, false);
        assert_int_equal(count(*state), 0);
}

static void guards_that_may_have_died_of_one_are_counted(void **state)
{
        struct opener opener;

        lifeline_note(*state, &reader);
        lifeline_recover(*state, true);
        lifeline_recover(*state, false);
        lifeline_recover(*state, true);
        assert_int_equal(lifeline_next(*state, 0, &opener), 1);
        assert_int_equal(opener.n_guards, 2);
        lifeline_note(*state, &reader);
        assert_int_equal(lifeline_next(*state, 0, &opener), 1);
        assert_int_equal(opener.n_guards, 0);
}

static void what_was_left_is_adopted(void **state)
{
        struct opener opener = reader;

        opener.left = true;
        lifeline_note(*state, &opener);
        assert_int_equal(lifeline_next(*state, 0, &opener), 1);
        assert_true(opener.left);
        lifeline_adopt(*state, 7, 9000);
        assert_int_equal(lifeline_next(*state, 0, &opener), 1);
        assert_false(opener.left);
        assert_int_equal(opener.due_usec, 9000);
}

static const struct signature old_unit = { { 1, 2 }, 3, 4, 5 }, new_unit = { { 1, 3 }, 3, 4, 5 };

/* What the last guard knew counts until the next one serves, and what that one has found already as well. */
static void knowledge_is_handed_over(void **state)
{
        lifeline_begin(*state);
        assert_false(lifeline_is_inherited(*state));
        known_add(lifeline_known(*state), &old_unit);
        lifeline_serve(*state);
        assert_true(lifeline_knows(*state, &old_unit));

        lifeline_end(*state, SIGKILL, false);
        assert_false(lifeline_serves(*state));
        lifeline_begin(*state);
        assert_true(lifeline_is_inherited(*state));
        assert_true(lifeline_knows(*state, &old_unit));
        known_add(lifeline_known(*state), &new_unit);
        assert_true(lifeline_knows(*state, &new_unit));
        assert_true(lifeline_knows(*state, &old_unit));
        lifeline_serve(*state);
        assert_true(lifeline_knows(*state, &new_unit));
        assert_false(lifeline_knows(*state, &old_unit));
}

/* One that dies before it is ready leaves nothing behind. */
static void half_knowledge_is_forgotten(void **state)
{
        lifeline_begin(*state);
        known_add(lifeline_known(*state), &old_unit);
        lifeline_serve(*state);
        lifeline_end(*state, SIGKILL, false);
        lifeline_begin(*state);
        known_add(lifeline_known(*state), &new_unit);
        lifeline_end(*state, SIGSEGV, false);
        lifeline_begin(*state);
        assert_true(lifeline_knows(*state, &old_unit));
        assert_false(lifeline_knows(*state, &new_unit));
}

static void an_outage_lasts_until_one_serves(void **state)
{
        struct outage outage;

        lifeline_begin(*state);
        lifeline_serve(*state);
        lifeline_end(*state, SIGKILL, true);
        lifeline_stood_in(*state, true);
        lifeline_begin(*state);
        lifeline_end(*state, SIGSEGV, false);
        lifeline_stood_in(*state, false);
        outage = lifeline_outage(*state);
        assert_int_equal(outage.n_deaths, 2);
        assert_int_equal(outage.signal, SIGKILL);
        assert_true(outage.overdue);
        assert_int_equal(outage.n_allowed, 1);
        assert_int_equal(outage.n_denied, 1);
}

static void managers_are_known_by_their_program(void **state)
{
        struct file_id exes[LIFELINE_MANAGERS_MAX + 1];

        for (size_t i = 0; i < ARRAY_SIZE(exes); i++)
                exes[i] = (struct file_id){ 1, i + 1 };
        lifeline_set_managers(*state, exes, ARRAY_SIZE(exes));
        assert_true(lifeline_is_manager(*state, exes[0]));
        assert_true(lifeline_is_manager(*state, exes[LIFELINE_MANAGERS_MAX - 1]));
        assert_false(lifeline_is_manager(*state, exes[LIFELINE_MANAGERS_MAX]));
        lifeline_set_managers(*state, exes, 1);
        assert_false(lifeline_is_manager(*state, exes[1]));
}

static void programs_of_commands_are_known(void **state)
{
        const struct gated_program programs[] = { { { 1, 2 }, "systemctl" }, { { 1, 3 }, "at" } };
        struct gated_program left[LIFELINE_PROGRAMS_MAX];

        assert_int_equal(lifeline_programs(*state, left), 0);
        lifeline_set_programs(*state, programs, ARRAY_SIZE(programs));
        assert_true(lifeline_is_program(*state, programs[1].id));
        assert_false(lifeline_is_program(*state, (struct file_id){ 2, 2 }));
        assert_int_equal(lifeline_programs(*state, left), 2);
        assert_string_equal(left[1].command, "at");
        lifeline_set_programs(*state, programs, 1);
        assert_false(lifeline_is_program(*state, programs[1].id));
}

static void runs_are_noted_until_they_are_met(void **state)
{
        pid_t runs[LIFELINE_RUNS_MAX];

        for (pid_t pid = 1; pid <= (pid_t)LIFELINE_RUNS_MAX + 1; pid++)
                lifeline_note_run(*state, pid);
        assert_int_equal(lifeline_runs(*state, runs), LIFELINE_RUNS_MAX);
        lifeline_forget_run(*state, 3);
        lifeline_forget_run(*state, 100000);
        assert_int_equal(lifeline_runs(*state, runs), LIFELINE_RUNS_MAX - 1);
        assert_int_equal(runs[2], 4);
}

static void enforcing_ends_in_time(void **state)
{
        const uint64_t soon = now_boottime_usec() + 50 * 1000;

        assert_false(lifeline_lets_through(*state));
        lifeline_configure(*state, soon, false, 500);
        assert_true(now_boottime_usec() >= soon || !lifeline_lets_through(*state));
        while (now_boottime_usec() < soon)
                (void)usleep(1000);
        assert_true(lifeline_lets_through(*state));
        lifeline_configure(*state, UINT64_MAX, false, 500);
        assert_false(lifeline_lets_through(*state));
        lifeline_configure(*state, UINT64_MAX, true, 500);
        assert_true(lifeline_lets_through(*state));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(openers_are_found_until_they_are_answered, make, destroy),
                cmocka_unit_test_setup_teardown(numbers_out_of_range_are_not_noted, make, destroy),
                cmocka_unit_test_setup_teardown(what_is_expected_is_due_later, make, destroy),
                cmocka_unit_test_setup_teardown(what_was_read_and_not_taken_is_recovered, make, destroy),
                cmocka_unit_test_setup_teardown(a_buffer_of_nonsense_is_survived, make, destroy),
                cmocka_unit_test_setup_teardown(guards_that_may_have_died_of_one_are_counted, make, destroy),
                cmocka_unit_test_setup_teardown(what_was_left_is_adopted, make, destroy),
                cmocka_unit_test_setup_teardown(knowledge_is_handed_over, make, destroy),
                cmocka_unit_test_setup_teardown(half_knowledge_is_forgotten, make, destroy),
                cmocka_unit_test_setup_teardown(an_outage_lasts_until_one_serves, make, destroy),
                cmocka_unit_test_setup_teardown(managers_are_known_by_their_program, make, destroy),
                cmocka_unit_test_setup_teardown(programs_of_commands_are_known, make, destroy),
                cmocka_unit_test_setup_teardown(runs_are_noted_until_they_are_met, make, destroy),
                cmocka_unit_test_setup_teardown(enforcing_ends_in_time, make, destroy),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
