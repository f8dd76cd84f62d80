/* Condemned files: bounded, the oldest goes first, and nothing that was owned is lost. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unitward/inventory.h"
#include "unitward/text.h"
#include "unitward/util.h"

static struct condemned condemned_for(ino_t inode, uint64_t until, const char *rule)
{
        struct condemned condemned = { .id = { 1, inode }, .fd = open("/", O_PATH | O_CLOEXEC), .until_usec = until };

        assert_true(condemned.fd >= 0);
        condemned.path = format("/tmp/%lu", (unsigned long)inode);
        assert_non_null(condemned.path);
        assert_true(string_copy(condemned.rule, sizeof condemned.rule, rule));
        return condemned;
}

/* The inode that had to go for it; 0: none. */
static ino_t put(struct condemned_table *table, ino_t inode, uint64_t until, const char *rule)
{
        struct condemned condemned = condemned_for(inode, until, rule), gone;
        ino_t which;

        if (!condemned_put(table, &condemned, &gone))
                return 0;
        which = gone.id.inode;
        condemned_done(&gone);
        return which;
}

static bool is_known(const struct condemned_table *table, ino_t inode)
{
        return condemned_find(table, (struct file_id){ 1, inode }) != NULL;
}

static ino_t take(struct condemned_table *table, uint64_t now)
{
        struct condemned gone;
        ino_t which;

        if (!condemned_take(table, now, &gone))
                return 0;
        which = gone.id.inode;
        condemned_done(&gone);
        return which;
}

static void test_expires_in_order(void **state)
{
        struct condemned_table table = { 0 };

        (void)state;
        assert_int_equal(put(&table, 5, 100, "default"), 0);
        assert_int_equal(put(&table, 6, 200, "default"), 0);
        assert_true(is_known(&table, 5));
        assert_false(is_known(&table, 7));
        assert_null(condemned_find(&table, (struct file_id){ 2, 5 }));
        assert_int_equal(take(&table, 99), 0);
        assert_int_equal(take(&table, 100), 5);
        assert_int_equal(take(&table, 100), 0);
        assert_false(is_known(&table, 5));
        assert_true(is_known(&table, 6));
        assert_int_equal(take(&table, 200), 6);
        assert_int_equal(take(&table, UINT64_MAX), 0);
}

static void test_oldest_gives_way(void **state)
{
        struct condemned_table table = { 0 };

        (void)state;
        for (ino_t i = 1; i <= CONDEMNED_MAX; i++)
                assert_int_equal(put(&table, i, 100 + i, "default"), 0);
        /* Planted again: no longer the oldest, and nobody else has to go. */
        assert_int_equal(put(&table, 1, 500, "default"), 1);
        assert_int_equal(put(&table, 1000, 501, "default"), 2);
        assert_int_equal(table.n, CONDEMNED_MAX);
        assert_true(is_known(&table, 1));
        assert_false(is_known(&table, 2));
        assert_true(is_known(&table, 1000));
        assert_int_equal(take(&table, UINT64_MAX), 3);
        while (take(&table, UINT64_MAX))
                ;
}

static void test_keeps_its_rule(void **state)
{
        struct condemned_table table = { 0 };
        const struct file_id id = { 1, 5 };

        (void)state;
        (void)put(&table, 5, 100, "");
        assert_string_equal(condemned_find(&table, id)->rule, "");
        (void)put(&table, 5, 101, "no-links");
        assert_string_equal(condemned_find(&table, id)->rule, "no-links");
        /* The next link to it is not decided yet: the file remains refused. */
        (void)put(&table, 5, 102, "");
        assert_string_equal(condemned_find(&table, id)->rule, "no-links");
        assert_int_equal(table.n, 1);
        assert_int_equal(take(&table, 102), 5);
}

/* A protected file is not condemned, whatever the table says. */
static void test_inventory_tells(void **state)
{
        struct inventory inventory;
        struct condemned condemned = condemned_for(5, 100, "default"), gone;
        const struct signature signature = { .id = { 1, 5 } }, other = { .id = { 1, 6 } };
        struct inventory_facts facts;
        struct directory *directory;

        (void)state;
        assert_int_equal(inventory_init(&inventory), 0);
        assert_int_equal(inventory_pardon_usec(&inventory), 0);
        assert_false(inventory_condemn(&inventory, &condemned, &gone));
        assert_int_equal(inventory_pardon_usec(&inventory), 100);
        inventory_find(&inventory, &signature, &facts);
        assert_true(facts.condemned);
        assert_false(facts.found);
        assert_string_equal(facts.path, "/tmp/5");
        assert_string_equal(facts.rule, "default");
        inventory_find(&inventory, &other, &facts);
        assert_false(facts.condemned);
        assert_string_equal(facts.path, "");

        directory = inventory_add_directory(&inventory, "/etc/systemd/system");
        assert_non_null(directory);
        assert_non_null(inventory_put(&inventory, directory,
                                      &(struct entry){ .name = (char *)(uintptr_t) "a.service",
                                                       .kind = ENTRY_FILE,
                                                       .state = ENTRY_AUTHORISED,
                                                       .signature = signature }));
        inventory_find(&inventory, &signature, &facts);
        assert_true(facts.found);
        assert_false(facts.condemned);
        inventory_done(&inventory);
        assert_int_equal(fcntl(condemned.fd, F_GETFD), -1); /* it was the inventory's */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_expires_in_order),
                cmocka_unit_test(test_oldest_gives_way),
                cmocka_unit_test(test_keeps_its_rule),
                cmocka_unit_test(test_inventory_tells),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
