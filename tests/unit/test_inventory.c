/* The inventory: every index tells the same, whatever was put, replaced and dropped. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unitward/inventory.h"
#include "unitward/util.h"

static const char units[] = "/etc/systemd/system";

static int setup(void **state)
{
        static struct inventory inventory;

        *state = &inventory;
        return inventory_init(&inventory);
}

static int teardown(void **state)
{
        inventory_done(*state);
        return 0;
}

static struct stat stat_of(ino_t inode)
{
        return (struct stat){ .st_dev = 1, .st_ino = inode, .st_size = 10, .st_mtim = { 5, 6 }, .st_ctim = { 7, 8 } };
}

static struct signature signature_for(ino_t inode)
{
        const struct stat st = stat_of(inode);

        return signature_of(&st);
}

static struct fan_handle handle_for(ino_t inode)
{
        struct fan_handle handle = { .fsid = { 1, 2 }, .type = 1, .size = sizeof inode };

        memcpy(handle.bytes, &inode, sizeof inode);
        return handle;
}

static struct directory *add_directory(struct inventory *inventory, const char *path, enum place place, ino_t inode)
{
        struct directory *directory = inventory_add_directory(inventory, path);
        const struct fan_handle handle = handle_for(inode);
        const struct stat st = stat_of(inode);

        assert_non_null(directory);
        directory->place = place;
        directory->zone = 0;
        assert_int_equal(inventory_directory_present(inventory, directory, &st, &handle), 0);
        return directory;
}

static struct entry *put(struct inventory *inventory, struct directory *directory, const char *name,
                         enum entry_state state, ino_t inode)
{
        const struct entry facts = { .name = (char *)(uintptr_t)name,
                                     .kind = ENTRY_FILE,
                                     .state = state,
                                     .expected = state == ENTRY_AUTHORISED,
                                     .zone = directory->zone,
                                     .place = directory->place,
                                     .signature = signature_for(inode) };

        return inventory_put(inventory, directory, &facts);
}

static struct inventory_facts find(struct inventory *inventory, ino_t inode)
{
        const struct signature signature = signature_for(inode);
        struct inventory_facts facts;

        inventory_find(inventory, &signature, &facts);
        return facts;
}

static void test_signature(void **state)
{
        const struct stat st = stat_of(1);
        struct signature a = signature_of(&st), b = a;

        (void)state;
        assert_int_equal(a.mtime_nsec, 5000000006);
        assert_int_equal(a.ctime_nsec, 7000000008);
        assert_true(signature_equal(&a, &b));
        int64_t *const fields[] = { (int64_t *)&b.id.device, (int64_t *)&b.id.inode, (int64_t *)&b.size, &b.mtime_nsec,
                                    &b.ctime_nsec };
        for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
                b = a;
                ++*fields[i];
                assert_false(signature_equal(&a, &b));
        }
}

static void test_directories(void **state)
{
        struct inventory *inventory = *state;
        struct directory *root = inventory_add_directory(inventory, "/"),
                         *etc = inventory_add_directory(inventory, "/etc");
        struct directory *directory;

        assert_string_equal(root->name, "/");
        assert_null(root->parent);
        assert_ptr_equal(etc->parent, root);
        assert_ptr_equal(inventory_add_directory(inventory, "/etc"), etc);
        assert_null(inventory_add_directory(inventory, units)->parent); /* /etc/systemd is not there */
        directory = inventory_directory(inventory, units);
        assert_string_equal(directory->name, "system");
        assert_int_equal(directory->place, PLACE_PARENT);
        assert_int_equal(inventory->n_directories, 3);
        inventory_remove_directory(inventory, root);
        assert_null(etc->parent);
        assert_int_equal(inventory->n_directories, 2);
        assert_null(inventory_directory(inventory, "/"));
}

/* The same path, another inode: only the new identity leads to it. */
static void test_identity(void **state)
{
        struct inventory *inventory = *state;
        struct directory *directory = add_directory(inventory, units, PLACE_UNITS, 10);
        struct fan_handle handle = handle_for(10);
        enum place place = PLACE_PARENT;
        char path[4096] = "";

        assert_true(find(inventory, 10).is_directory);
        assert_int_equal(inventory_change_matters(inventory, &handle, "x", path, &place), 1);
        assert_string_equal(path, units);
        assert_int_equal(place, PLACE_UNITS);
        add_directory(inventory, units, PLACE_UNITS, 11);
        assert_false(find(inventory, 10).found);
        assert_true(find(inventory, 11).found);
        assert_int_equal(inventory_change_matters(inventory, &handle, "x", path, &place), -ENOENT);
        handle = handle_for(11);
        assert_int_equal(inventory_change_matters(inventory, &handle, "x", path, &place), 1);
        inventory_directory_absent(inventory, directory);
        inventory_directory_absent(inventory, directory);
        assert_false(find(inventory, 11).found);
        assert_int_equal(inventory_change_matters(inventory, &handle, "x", path, &place), -ENOENT);
        assert_false(directory->present);
}

static void test_entries(void **state)
{
        struct inventory *inventory = *state;
        struct directory *directory = add_directory(inventory, units, PLACE_UNITS, 10);
        struct inventory_facts facts;
        struct entry *entry = put(inventory, directory, "cron.service", ENTRY_AUTHORISED, 20);
        struct signature changed = signature_for(20);

        facts = find(inventory, 20);
        assert_true(facts.found && facts.authorised && facts.whole_signature && !facts.is_directory);
        assert_string_equal(facts.path, "/etc/systemd/system/cron.service");
        assert_string_equal(facts.name, "cron.service");
        assert_string_equal(facts.directory_name, "system");
        changed.ctime_nsec++;
        inventory_find(inventory, &changed, &facts);
        assert_true(facts.found && facts.authorised && !facts.whole_signature);

        /* Replaced by itself: the name it is given by may be the old one's. */
        entry = put(inventory, directory, entry->name, ENTRY_TOLERATED, 21);
        assert_int_equal(HASH_COUNT(directory->entries), 1);
        assert_false(find(inventory, 20).found);
        assert_false(find(inventory, 21).authorised);
        assert_int_equal(inventory->n_authorised, 0);
        assert_int_equal(inventory->n_tolerated, 1);
        changed = signature_for(22);
        inventory_resign(inventory, entry, &changed);
        assert_true(find(inventory, 22).authorised);
        assert_false(find(inventory, 21).found);
        assert_int_equal(inventory->n_authorised, 1);
        assert_int_equal(inventory->n_tolerated, 0);
        inventory_drop(inventory, entry);
        assert_false(find(inventory, 22).found);
        assert_null(inventory_entry(directory, "cron.service"));
        assert_int_equal(inventory->n_authorised, 0);
        assert_null(inventory->by_inode);
}

/* One inode, several names: authorised under one is authorised. */
static void test_hard_links(void **state)
{
        struct inventory *inventory = *state;
        struct directory *directory = add_directory(inventory, units, PLACE_UNITS, 10);
        struct entry *entry = put(inventory, directory, "b", ENTRY_AUTHORISED, 20);

        put(inventory, directory, "a", ENTRY_TOLERATED, 20);
        put(inventory, directory, "c", ENTRY_TOLERATED, 20);
        assert_true(find(inventory, 20).authorised);
        assert_string_equal(find(inventory, 20).name, "b");
        inventory_drop(inventory, entry);
        assert_true(find(inventory, 20).found);
        assert_false(find(inventory, 20).authorised);
        inventory_remove_directory(inventory, directory);
        assert_false(find(inventory, 20).found);
        assert_int_equal(inventory->n_tolerated, 0);
        assert_null(inventory->by_inode);
}

/* The names of an inode go in any order; as long as there is one, the inode is found by it. */
static void test_hard_links_dropped(void **state)
{
        static const size_t orders[][3] = {
                { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 }
        };
        static const char *const names[] = { "a", "b", "c" };
        struct inventory *inventory = *state;
        struct directory *directory = add_directory(inventory, units, PLACE_UNITS, 10);

        for (size_t o = 0; o < ARRAY_SIZE(orders); o++) {
                for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                        put(inventory, directory, names[i], ENTRY_AUTHORISED, 20);
                for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                        const struct signature elsewhere = signature_for(30);
                        struct entry *entry = inventory_entry(directory, names[orders[o][i]]);

                        assert_true(find(inventory, 20).found);
                        inventory_resign(inventory, entry, &elsewhere);
                        assert_string_equal(find(inventory, 30).name, names[orders[o][i]]);
                        inventory_drop(inventory, entry);
                        assert_false(find(inventory, 30).found);
                }
                assert_false(find(inventory, 20).found);
                assert_null(inventory->by_inode);
        }
}

#define MEMORY_MAX 400 /* bytes a file */

static size_t heap_with(struct inventory *inventory, struct directory *directory, size_t from, size_t to)
{
        for (size_t i = from; i < to; i++) {
                _cleanup_free_ char *name = format("a-unit-of-usual-length-%zu.service", i);

                assert_non_null(put(inventory, directory, name, ENTRY_AUTHORISED, 1000 + i));
        }
        return mallinfo2().uordblks;
}

static void test_memory(void **state)
{
        struct inventory *inventory = *state;
        struct directory *directory = add_directory(inventory, units, PLACE_UNITS, 10);
        size_t few = heap_with(inventory, directory, 0, 100), many = heap_with(inventory, directory, 100, 10000);

        if (few == 0) {
                print_message("skipped: a sanitizer's heap does not say how large it is\n");
                skip();
        }
        print_message("%zu bytes a file\n", (many - few) / 9900);
        assert_in_range((many - few) / 9900, 1, MEMORY_MAX - 1);
}

/* What is not on the disk has no inode to be found by. */
static void test_gone(void **state)
{
        struct inventory *inventory = *state;
        struct directory *directory = add_directory(inventory, units, PLACE_UNITS, 10);
        const struct entry facts = { .name = (char *)(uintptr_t) "x", .expected = true };

        assert_non_null(inventory_put(inventory, directory, &facts));
        assert_false(find(inventory, 0).found);
        assert_null(inventory->by_inode);
}

static void test_interests(void **state)
{
        static const struct {
                const char *name;
                int zone; /* -1: it does not matter */
        } cases[] = {
                { "system.conf", 1 }, { "system", 2 }, { "x.d", 3 }, { ".x.d", -1 },
                { "x.d.old", -1 },    { "", -1 },      { "*.d", 3 }, { "SYSTEM", -1 },
        };
        const struct interest interests[] = {
                { .pattern = (char *)(uintptr_t) "system.conf",
                  .kind = INTEREST_FILE,
                  .zone = 1,
                  .place = PLACE_CONFIGURATION },
                { .pattern = (char *)(uintptr_t) "system",
                  .kind = INTEREST_DIRECTORY,
                  .zone = 2,
                  .place = PLACE_UNITS },
                { .pattern = (char *)(uintptr_t) "*.d", .kind = INTEREST_DIRECTORY, .zone = 3, .place = PLACE_UNITS },
        };
        struct inventory *inventory = *state;
        struct directory *parent = add_directory(inventory, "/etc/systemd", PLACE_PARENT, 10);
        const struct fan_handle handle = handle_for(10);
        struct inventory_facts facts;
        const struct file_id id = parent->id, other = { 1, 4711 };
        enum place place = PLACE_PARENT;
        char path[4096];

        for (size_t twice = 0; twice < 2; twice++)
                for (size_t i = 0; i < ARRAY_SIZE(interests); i++)
                        assert_int_equal(inventory_add_interest(inventory, parent, &interests[i]), 0);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct interest *interest = inventory_interest(parent, cases[i].name);

                assert_int_equal(interest ? interest->zone : -1, cases[i].zone);
                assert_int_equal(inventory_change_matters(inventory, &handle, cases[i].name, path, &place),
                                 cases[i].zone >= 0);
                inventory_place(inventory, id, cases[i].name, &facts);
                assert_int_equal(facts.found, cases[i].zone >= 0);
                if (facts.found) {
                        assert_int_equal(place, facts.place);
                        assert_int_equal(facts.zone, cases[i].zone);
                        assert_true(starts_with(facts.path, "/etc/systemd/"));
                }
        }
        inventory_place(inventory, other, "systemd", &facts);
        assert_false(facts.found);
        inventory_directory_absent(inventory, parent);
        inventory_place(inventory, id, "system", &facts);
        assert_false(facts.found);
}

static void count(void *userdata)
{
        ++*(int *)userdata;
}

static void test_renumber(void **state)
{
        static const int to[] = { 2, ZONE_UNPLACED, 0 };
        static const struct {
                int before, after;
        } cases[] = {
                { 0, 2 }, { 1, ZONE_UNPLACED }, { 2, 0 }, { 3, ZONE_UNPLACED }, { ZONE_UNPLACED, ZONE_UNPLACED }
        };
        struct inventory *inventory = *state;
        struct interest interest = { .pattern = (char *)(uintptr_t) "x" };
        int published = 0;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *path = format("/%zu", i);
                struct directory *directory = add_directory(inventory, path, PLACE_UNITS, 10 + i);

                directory->zone = interest.zone = cases[i].before;
                put(inventory, directory, "x", ENTRY_AUTHORISED, 100 + i);
                assert_int_equal(inventory_add_interest(inventory, directory, &interest), 0);
        }
        inventory_renumber(inventory, to, ARRAY_SIZE(to), count, &published);
        assert_int_equal(published, 1);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *path = format("/%zu", i);
                const struct directory *directory = inventory_directory(inventory, path);

                assert_int_equal(directory->zone, cases[i].after);
                assert_int_equal(directory->interests->zone, cases[i].after);
                assert_int_equal(find(inventory, 100 + i).zone, cases[i].after);
        }
}

#define test_on_inventory(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_signature),   test_on_inventory(test_directories),
                test_on_inventory(test_identity),   test_on_inventory(test_entries),
                test_on_inventory(test_hard_links), test_on_inventory(test_hard_links_dropped),
                test_on_inventory(test_memory),     test_on_inventory(test_gone),
                test_on_inventory(test_interests),  test_on_inventory(test_renumber),
        };

        return cmocka_run_group_tests_name("inventory", tests, NULL, NULL);
}
