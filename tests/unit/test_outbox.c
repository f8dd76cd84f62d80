/* The outbox: in order, records bounded, the ledger's never dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unitward/outbox.h"
#include "unitward/util.h"

static int setup(void **state)
{
        static struct outbox outbox;

        *state = &outbox;
        return outbox_init(&outbox);
}

static int teardown(void **state)
{
        outbox_done(*state);
        return 0;
}

static void list_done(struct letter_list *list)
{
        struct letter *letter;

        while ((letter = STAILQ_FIRST(list))) {
                STAILQ_REMOVE_HEAD(list, next);
                assert_null(letter_free(letter));
        }
}

static void test_order(void **state)
{
        static const enum letter_kind expected[] = { LETTER_RECORD, LETTER_PUT,  LETTER_GOLDEN,
                                                     LETTER_REMOVE, LETTER_SEAL, LETTER_BASELINE };
        struct outbox *outbox = *state;
        const struct digest digest = { { 1 } };
        struct letter_list list;
        struct letter *letter;
        size_t i = 0;

        outbox_record(outbox, record_new(RECORD_ACCESS));
        outbox_put(outbox, &(struct ledger_entry){ .path = "/a", .kind = ENTRY_FILE, .rule = "r", .by = "b" });
        outbox_golden(outbox, &digest, strdup("data"), 4);
        outbox_remove(outbox, "/b");
        outbox_seal(outbox, "20261123T091837.123456Z-0007");
        outbox_signal(outbox, LETTER_BASELINE);
        assert_true(outbox_wait(outbox, &list));
        STAILQ_FOREACH(letter, &list, next)
                assert_int_equal(letter->kind, expected[i++]);
        assert_int_equal(i, ARRAY_SIZE(expected));
        list_done(&list);
        assert_int_equal(outbox->dropped, 0);
        assert_int_equal(outbox->lost, 0);
}

/* The strings are the letter's own; a file has no target. */
static void test_copies(void **state)
{
        char path[] = "/a", target[] = "/t", rule[] = "r", by[] = "b";
        struct ledger_entry entry = {
                .path = path, .kind = ENTRY_LINK, .target = target, .source = "actor", .rule = rule, .by = by, .size = 7
        };
        struct outbox *outbox = *state;
        struct letter_list list;
        struct letter *letter;

        outbox_put(outbox, &entry);
        entry.target = NULL;
        outbox_put(outbox, &entry);
        path[1] = target[1] = rule[0] = by[0] = 'X';
        assert_true(outbox_wait(outbox, &list));
        letter = STAILQ_FIRST(&list);
        assert_string_equal(letter->entry.path, "/a");
        assert_string_equal(letter->entry.target, "/t");
        assert_string_equal(letter->entry.rule, "r");
        assert_string_equal(letter->entry.by, "b");
        assert_int_equal(letter->entry.size, 7);
        assert_null(STAILQ_NEXT(letter, next)->entry.target);
        list_done(&list);
}

/* Golden copies can be had from the moment they are posted until they are stored, equal ones for each other too. */
static void test_copies_on_their_way(void **state)
{
        const struct digest digest = { { 1 } }, other = { { 2 } };
        struct outbox *outbox = *state;
        _cleanup_free_ char *copy = NULL;
        struct letter_list list;
        struct letter *first;
        size_t size;

        assert_int_equal(outbox_copy(outbox, &digest, &copy, &size), -ENOENT);
        outbox_golden(outbox, &digest, strdup("data"), 4);
        outbox_golden(outbox, &digest, strdup("data"), 4);
        assert_int_equal(outbox_copy(outbox, &other, &copy, &size), -ENOENT);
        assert_true(outbox_wait(outbox, &list));
        first = STAILQ_FIRST(&list);
        STAILQ_REMOVE_HEAD(&list, next);
        assert_null(letter_free(first));
        assert_int_equal(outbox_copy(outbox, &digest, &copy, &size), 0);
        assert_int_equal(size, 4);
        assert_string_equal(copy, "data");
        list_done(&list);
        assert_int_equal(outbox_copy(outbox, &digest, &copy, &size), -ENOENT);
        outbox_golden(outbox, &other, strdup("more"), 4); /* left: outbox_done frees it */
}

static void test_bounds(void **state)
{
        struct outbox *outbox = *state;
        struct letter_list list;

        for (unsigned i = 0; i < OUTBOX_RECORDS_MAX + 3; i++)
                outbox_record(outbox, record_new(RECORD_ACCESS));
        assert_int_equal(outbox->dropped, 3);
        outbox_record(outbox, NULL);
        assert_int_equal(outbox->dropped, 4);
        for (unsigned i = 0; i < 100; i++)
                outbox_remove(outbox, "/x");
        assert_int_equal(outbox->lost, 0);
        assert_true(outbox_wait(outbox, &list));
        list_done(&list);
        outbox_record(outbox, record_new(RECORD_ACCESS));
        assert_int_equal(outbox->dropped, 4);
}

/* What is there when it is closed is still handed out, and then nothing more. */
static void test_close(void **state)
{
        struct outbox *outbox = *state;
        struct letter_list list;

        outbox_remove(outbox, "/x");
        outbox_close(outbox);
        assert_true(outbox_wait(outbox, &list));
        list_done(&list);
        assert_false(outbox_wait(outbox, &list));
        assert_true(STAILQ_EMPTY(&list));
}

static void *post_later(void *outbox)
{
        (void)usleep(20000);
        outbox_remove(outbox, "/x");
        return NULL;
}

static void test_waits(void **state)
{
        struct letter_list list;
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, post_later, *state), 0);
        assert_true(outbox_wait(*state, &list));
        assert_int_equal(STAILQ_FIRST(&list)->kind, LETTER_REMOVE);
        list_done(&list);
        assert_int_equal(pthread_join(thread, NULL), 0);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_order, setup, teardown),
                cmocka_unit_test_setup_teardown(test_copies, setup, teardown),
                cmocka_unit_test_setup_teardown(test_copies_on_their_way, setup, teardown),
                cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
                cmocka_unit_test_setup_teardown(test_close, setup, teardown),
                cmocka_unit_test_setup_teardown(test_waits, setup, teardown),
        };

        return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
