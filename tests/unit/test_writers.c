#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unitward/writers.h"

static const struct stat file = { .st_ino = 7, .st_dev = 1, .st_mtim = { 10, 5 } };

static void test_recalls(void **state)
{
        struct writers writers = { 0 };
        struct actor *actor = actor_unknown(12);

        (void)state;
        assert_non_null(actor);
        assert_null(writers_recall(&writers, &file));
        writers_note(&writers, &file, actor);
        assert_ptr_equal(writers_recall(&writers, &file), actor);
        writers_done(&writers);
        assert_null(writers_recall(&writers, &file));
        actor_unref(actor);
}

/* Written since by somebody who was not seen, another file system, a file that got the inode's number. */
static void test_does_not_blame(void **state)
{
        struct stat later = file, elsewhere = file, other = file;
        struct writers writers = { 0 };
        struct actor *actor = actor_unknown(12);

        (void)state;
        later.st_mtim.tv_nsec++;
        elsewhere.st_dev++;
        other.st_ino += WRITERS_MAX; /* the same slot */
        writers_note(&writers, &file, actor);
        assert_null(writers_recall(&writers, &later));
        assert_null(writers_recall(&writers, &elsewhere));
        assert_null(writers_recall(&writers, &other));
        writers_note(&writers, &other, actor);
        assert_null(writers_recall(&writers, &file));
        assert_ptr_equal(writers_recall(&writers, &other), actor);
        writers_done(&writers);
        actor_unref(actor);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_recalls),
                cmocka_unit_test(test_does_not_blame),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
