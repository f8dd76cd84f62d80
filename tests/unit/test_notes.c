/* Notes and their tickets: what was noticed before is settled before its ticket is. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unitward/notes.h"
#include "unitward/util.h"

static int setup(void **state)
{
        static struct notes notes;

        *state = &notes;
        return notes_init(&notes);
}

static int teardown(void **state)
{
        notes_done(*state);
        return 0;
}

static void add(struct note_list *list, enum note_kind kind, const char *name)
{
        struct note *note = note_new(kind, name ? "/etc/systemd/system" : NULL, name, NULL);

        assert_non_null(note);
        TAILQ_INSERT_TAIL(list, note, next);
}

static size_t list_done(struct note_list *list)
{
        struct note *note;
        size_t n = 0;

        for (; (note = TAILQ_FIRST(list)); n++) {
                TAILQ_REMOVE(list, note, next);
                assert_null(note_free(note));
        }
        return n;
}

static bool was_poked(int fd)
{
        struct pollfd poll_fd = { fd, POLLIN, 0 };
        uint64_t n;

        return poll(&poll_fd, 1, 0) == 1 && read(fd, &n, sizeof n) == sizeof n;
}

static void test_tickets(void **state)
{
        struct notes *notes = *state;
        struct note_list list = TAILQ_HEAD_INITIALIZER(list), taken;
        uint64_t ticket;

        notes_publish(notes, &list);
        assert_false(was_poked(notes->to_housekeeper));
        assert_int_equal(notes_take(notes, SIZE_MAX, &taken), 0);
        assert_true(TAILQ_EMPTY(&taken));

        add(&list, NOTE_CHANGE, "a");
        add(&list, NOTE_VERIFY, "b");
        notes_publish(notes, &list);
        assert_true(TAILQ_EMPTY(&list));
        assert_true(was_poked(notes->to_housekeeper));
        assert_int_equal(notes_noticed(notes), 2);
        assert_int_equal(notes_settled(notes), 0);

        ticket = notes_take(notes, SIZE_MAX, &taken);
        assert_int_equal(ticket, 2);
        assert_string_equal(TAILQ_FIRST(&taken)->name, "a");
        add(&list, NOTE_CHANGE, "c"); /* while the others are being settled */
        notes_publish(notes, &list);
        assert_int_equal(list_done(&taken), 2);
        notes_settle(notes, ticket);
        assert_true(was_poked(notes->to_verdicts));
        assert_int_equal(notes_settled(notes), 2);
        assert_int_equal(notes_noticed(notes), 3);
        assert_int_equal(notes_take(notes, SIZE_MAX, &taken), 3);
        assert_int_equal(list_done(&taken), 1);
}

/* Who waits for the first of many does not wait for all of them. */
static void test_batches(void **state)
{
        struct notes *notes = *state;
        struct note_list list = TAILQ_HEAD_INITIALIZER(list), taken;

        for (unsigned i = 0; i < 5; i++)
                add(&list, NOTE_CHANGE, "x");
        notes_publish(notes, &list);
        assert_true(was_poked(notes->to_housekeeper));
        assert_int_equal(notes_usage(notes).unsettled, 5);

        assert_int_equal(notes_take(notes, 3, &taken), 3);
        assert_int_equal(list_done(&taken), 3);
        assert_true(was_poked(notes->to_housekeeper)); /* there are more */
        notes_settle(notes, 3);
        assert_int_equal(notes_usage(notes).unsettled, 2);
        assert_int_equal(notes_take(notes, 3, &taken), 5);
        assert_int_equal(list_done(&taken), 2);
        assert_false(was_poked(notes->to_housekeeper));
        notes_settle(notes, 5);
        assert_int_equal(notes_usage(notes).unsettled, 0);
        assert_int_equal(notes_usage(notes).most, 5);
}

/* More than can be kept become the order to look at everything; no ticket is lost. */
static void test_overflow(void **state)
{
        struct notes *notes = *state;
        struct note_list list = TAILQ_HEAD_INITIALIZER(list), taken;

        for (unsigned i = 0; i < NOTES_MAX + 10; i++)
                add(&list, NOTE_CHANGE, "x");
        notes_publish(notes, &list);
        assert_int_equal(notes_noticed(notes), NOTES_MAX + 10);
        add(&list, NOTE_EVERYTHING, NULL);
        notes_publish(notes, &list);
        assert_int_equal(notes_take(notes, SIZE_MAX, &taken), NOTES_MAX + 11);
        assert_int_equal(TAILQ_LAST(&taken, note_list)->kind, NOTE_EVERYTHING);
        assert_int_equal(TAILQ_PREV(TAILQ_LAST(&taken, note_list), note_list, next)->kind, NOTE_EVERYTHING);
        assert_int_equal(list_done(&taken), NOTES_MAX + 1);
        assert_int_equal(notes->n, 0);
        assert_int_equal(notes_usage(notes).lost, 10);
        assert_int_equal(notes_usage(notes).most, NOTES_MAX + 1);
}

/* What nobody took is released, with its actor. */
static void test_done(void **state)
{
        struct actor *actor = actor_unknown(7);
        struct note_list list = TAILQ_HEAD_INITIALIZER(list);
        struct note *note = note_new(NOTE_CHANGE, "/x", "y", actor_ref(actor));

        TAILQ_INSERT_TAIL(&list, note, next);
        notes_publish(*state, &list);
        notes_done(*state);
        assert_int_equal(actor->references, 1);
        assert_null(actor_unref(actor));
        assert_int_equal(notes_init(*state), 0);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_tickets, setup, teardown),
                cmocka_unit_test_setup_teardown(test_batches, setup, teardown),
                cmocka_unit_test_setup_teardown(test_overflow, setup, teardown),
                cmocka_unit_test_setup_teardown(test_done, setup, teardown),
        };

        return cmocka_run_group_tests_name("notes", tests, NULL, NULL);
}
