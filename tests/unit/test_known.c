/* What a manager may load, as fingerprints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "unitward/inventory.h"
#include "unitward/known.h"
#include "unitward/util.h"

static struct signature number(uint64_t n)
{
        return (struct signature){ { 1, (ino_t)n + 1 }, 10 + n, 1000, 2000 };
}

static void add(struct known *known, uint64_t n)
{
        const struct signature signature = number(n);

        known_add(known, &signature);
}

static void take_away(struct known *known, uint64_t n)
{
        const struct signature signature = number(n);

        known_remove(known, &signature);
}

static bool has(const struct known *known, uint64_t n)
{
        const struct signature signature = number(n);

        return known_has(known, &signature);
}

static int make(void **state)
{
        struct known *known =
                mmap(NULL, sizeof *known, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (known == MAP_FAILED)
                return -1;
        known_clear(known);
        *state = known;
        return 0;
}

static int destroy(void **state)
{
        return munmap(*state, sizeof(struct known));
}

static void every_field_counts(void **state)
{
        const struct signature one = number(1);
        struct signature others[] = { one, one, one, one, one };

        known_add(*state, &one);
        assert_true(known_has(*state, &one));
        others[0].id.device++;
        others[1].id.inode++;
        others[2].size++;
        others[3].mtime_nsec++;
        others[4].ctime_nsec++;
        for (size_t i = 0; i < ARRAY_SIZE(others); i++)
                assert_false(known_has(*state, &others[i]));
}

static void what_is_removed_is_unknown(void **state)
{
        add(*state, 1);
        add(*state, 2);
        take_away(*state, 1);
        assert_false(has(*state, 1));
        assert_true(has(*state, 2));
        take_away(*state, 7);
        assert_true(has(*state, 2));
}

static void twice_added_is_twice_removed(void **state)
{
        add(*state, 1);
        add(*state, 1);
        take_away(*state, 1);
        assert_true(has(*state, 1));
        take_away(*state, 1);
        assert_false(has(*state, 1));
}

static void it_grows(void **state)
{
        struct known *known = *state;

        for (uint64_t n = 0; n < 10000; n++)
                add(known, n);
        for (uint64_t n = 0; n < 10000; n++)
                assert_true(has(known, n));
        for (uint64_t n = 10000; n < 20000; n++)
                assert_false(has(known, n));
        assert_int_equal(known->n_unknown, 0);
        assert_int_equal(known->room, 16384);
}

/* Each authorised change is a removal and an addition: those who come and go leave no traces for good. */
static void coming_and_going_does_not_fill_it(void **state)
{
        struct known *known = *state;

        for (uint64_t n = 0; n < 1000000; n++) {
                add(known, n);
                if (n >= 100)
                        take_away(known, n - 100);
        }
        for (uint64_t n = 1000000 - 100; n < 1000000; n++)
                assert_true(has(known, n));
        assert_false(has(known, 1000000 - 101));
        assert_true(known->room <= 2 * KNOWN_SMALLEST);
}

static void full_is_said(void **state)
{
        struct known *known = *state;

        for (uint64_t n = 0; n < KNOWN_LARGEST; n++)
                add(known, n);
        assert_true(known->n_unknown > 0);
        assert_true(has(known, 0));
        assert_false(has(known, KNOWN_LARGEST - 1));
}

static void cleared_knows_nothing(void **state)
{
        for (uint64_t n = 0; n < 5000; n++)
                add(*state, n);
        known_clear(*state);
        for (uint64_t n = 0; n < 5000; n++)
                assert_false(has(*state, n));
        add(*state, 1);
        assert_true(has(*state, 1));
}

/* A guard gone mad writes anything. */
static void nonsense_is_survived(void **state)
{
        static const uint32_t rooms[] = { 0, 1, KNOWN_SMALLEST - 1, KNOWN_SMALLEST + 1, 2 * KNOWN_LARGEST, UINT32_MAX };
        struct known *known = *state;

        add(known, 1);
        for (size_t i = 0; i < ARRAY_SIZE(rooms); i++) {
                known->room = rooms[i];
                assert_false(has(known, 1));
                add(known, 2);
                take_away(known, 2);
        }
        known->room = KNOWN_SMALLEST;
        memset(known->fingerprints, 0xff, sizeof known->fingerprints[0] * KNOWN_SMALLEST);
        assert_false(has(known, 1));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(every_field_counts, make, destroy),
                cmocka_unit_test_setup_teardown(what_is_removed_is_unknown, make, destroy),
                cmocka_unit_test_setup_teardown(twice_added_is_twice_removed, make, destroy),
                cmocka_unit_test_setup_teardown(it_grows, make, destroy),
                cmocka_unit_test_setup_teardown(coming_and_going_does_not_fill_it, make, destroy),
                cmocka_unit_test_setup_teardown(full_is_said, make, destroy),
                cmocka_unit_test_setup_teardown(cleared_knows_nothing, make, destroy),
                cmocka_unit_test_setup_teardown(nonsense_is_survived, make, destroy),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
