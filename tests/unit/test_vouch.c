/* What is authorised by its contents: as a package shipped it, as the policy lists it. */
#include "settle_authorised.h"

#include <md5.h>

static const char shipped[] = "[Service]\nExecStart=/usr/sbin/cron -f\n# the next version\n";

static void write_under_root(const char *path, const char *text)
{
        _cleanup_free_ char *full = under_root(path);

        write_text(AT_FDCWD, full, text);
}

/* A dpkg database with one package, which ships cron.service with these contents. */
static void ship(struct fixture *fixture, const char *version, const char *text)
{
        _cleanup_free_ char *status =
                format("Package: cron\nStatus: %s\nVersion: %s\n\nPackage: other\nStatus: install ok installed\n"
                       "Version: 1\n\n",
                       version ? "install ok installed" : "purge ok not-installed", version ? version : "");
        char hex[MD5_DIGEST_STRING_LENGTH];
        _cleanup_free_ char *sums =
                format("%s  etc/systemd/system/cron.service\n", MD5Data((const uint8_t *)text, strlen(text), hex));

        (void)fixture;
        make("/var/lib/dpkg/info");
        write_under_root("/var/lib/dpkg/status", status);
        write_under_root("/var/lib/dpkg/info/cron.list", "/etc/systemd/system/cron.service\n");
        write_under_root("/var/lib/dpkg/info/cron.md5sums", sums);
}

/* As restart(), with the records at hand. */
static void restart_with_records(struct fixture *fixture)
{
        _cleanup_free_ char *root = under_root("");

        inventory_done(&fixture->settler.inventory);
        settler_begin(fixture);
        forget_records(fixture);
        fixture->settler.vouching = vouching_new(root, fixture->policy);
        assert_non_null(fixture->settler.vouching);
        assert_int_equal(territory_load(&fixture->settler, fixture->ledger), 0);
        fixture->settler.gap = true;
        resolve(fixture, NOBODY);
        fixture->settler.gap = false;
        fixture->settler.vouching = vouching_free(fixture->settler.vouching);
}

struct why {
        char *path;
        char text[512];
};

static int find_why(const struct ledger_entry *entry, void *userdata)
{
        struct why *why = userdata;

        if (streq(entry->path, why->path))
                (void)snprintf(why->text, sizeof why->text, "%s|%s|%s", entry->source, entry->rule, entry->by);
        return 0;
}

static void assert_why(struct fixture *fixture, const char *name, const char *expected)
{
        struct why why = { .path = format("%s/%s", fixture->units, name) };

        assert_int_equal(ledger_each(fixture->ledger, find_why, &why), 0);
        free(why.path);
        assert_string_equal(why.text, expected);
}

#define NEEDS_ROOT                                                                                                     \
        if (geteuid() != 0)                                                                                            \
        skip()

static void test_an_upgrade_in_the_gap(void **state)
{
        struct fixture *fixture = *state;

        NEEDS_ROOT;
        ship(fixture, "2", shipped);
        write_text(fixture->dir, "cron.service", shipped);
        restart_with_records(fixture);
        assert_text(fixture->dir, "cron.service", shipped);
        assert_why(fixture, "cron.service", "package|package-records|dpkg: cron 2");
        assert_int_equal(n_in_quarantine(fixture), 0);
        assert_string_equal(only_record(fixture)->rule, "package-records");
        assert_at_rest(fixture);
        restart(fixture);
        assert_text(fixture->dir, "cron.service", shipped);
}

static void test_other_contents_in_the_gap(void **state)
{
        struct fixture *fixture = *state;

        NEEDS_ROOT;
        ship(fixture, "2", shipped);
        write_text(fixture->dir, "cron.service", evil);
        restart_with_records(fixture);
        assert_text(fixture->dir, "cron.service", unit);
        assert_int_equal(n_in_quarantine(fixture), 1);
}

/* The records are asked for nobody whom the daemon sees at work. */
static void test_records_do_not_count_later(void **state)
{
        struct fixture *fixture = *state;

        NEEDS_ROOT;
        ship(fixture, "2", shipped);
        write_text(fixture->dir, "cron.service", shipped);
        settle(fixture, "cron.service", STRANGER, FAN_MODIFY);
        assert_text(fixture->dir, "cron.service", unit);
}

static void test_removal_with_its_package(void **state)
{
        struct fixture *fixture = *state;

        NEEDS_ROOT;
        ship(fixture, "2", shipped);
        write_text(fixture->dir, "cron.service", shipped);
        restart_with_records(fixture);
        /* It is gone, and its package has it still. */
        assert_int_equal(unlinkat(fixture->dir, "cron.service", 0), 0);
        restart_with_records(fixture);
        assert_text(fixture->dir, "cron.service", shipped);
        assert_why(fixture, "cron.service", "package|package-records|dpkg: cron 2");
        /* It is gone, and so is its package. */
        assert_int_equal(unlinkat(fixture->dir, "cron.service", 0), 0);
        ship(fixture, NULL, shipped);
        restart_with_records(fixture);
        assert_false(is_there(fixture->dir, "cron.service"));
        assert_false(in_ledger(fixture, "cron.service"));
}

/* That a package is gone says nothing of what it never shipped. */
static void test_removal_of_what_no_package_shipped(void **state)
{
        struct fixture *fixture = *state;

        NEEDS_ROOT;
        ship(fixture, NULL, shipped);
        assert_int_equal(unlinkat(fixture->dir, "cron.service", 0), 0);
        restart_with_records(fixture);
        assert_text(fixture->dir, "cron.service", unit);
}

/* ---- The policy's list ------------------------------------------------------------------------------------ */

static void list_contents(struct fixture *fixture, const char *name, const char *text)
{
        _cleanup_free_ char *directory = format("%s/policy.d", fixture_root), *path = format("%s/50.conf", directory),
                            *list = NULL;
        char hex[DIGEST_HEX_SIZE];
        struct digest digest;

        digest_buffer(text, strlen(text), &digest);
        list = format("authorised = ( { path = \"%s/%s\"; sha256 = \"%s\"; } );\n", fixture->units, name,
                      digest_to_hex(&digest, hex));
        assert_int_equal(make_directories(directory, 0755), 0);
        write_text(AT_FDCWD, path, list);
        use_policy(fixture, fixture->settler.mode, FIXTURE_ZONES);
}

static void test_listed_contents(void **state)
{
        struct fixture *fixture = *state;

        NEEDS_ROOT;
        list_contents(fixture, "app.service", shipped);
        write_text(fixture->dir, "app.service", shipped);
        settle(fixture, "app.service", STRANGER, FAN_MOVED_TO);
        assert_true(is_there(fixture->dir, "app.service"));
        assert_string_equal(only_record(fixture)->rule, "authorised-digest");
        assert_int_equal(entry_of(fixture, "app.service")->state, ENTRY_AUTHORISED);
        assert_at_rest(fixture);
        /* Authorised, and guarded like anything else. */
        write_text(fixture->dir, "app.service", evil);
        settle(fixture, "app.service", STRANGER, FAN_MODIFY);
        assert_text(fixture->dir, "app.service", shipped);
}

static void test_what_is_not_listed(void **state)
{
        struct fixture *fixture = *state;
        _cleanup_close_ int fd = -1;

        NEEDS_ROOT;
        list_contents(fixture, "app.service", shipped);
        write_text(fixture->dir, "app.service", evil);
        settle(fixture, "app.service", STRANGER, FAN_MOVED_TO);
        assert_false(is_there(fixture->dir, "app.service"));
        write_text(fixture->dir, "other.service", shipped);
        settle(fixture, "other.service", STRANGER, FAN_MOVED_TO);
        assert_false(is_there(fixture->dir, "other.service"));
        /* Listed, and for anybody to write. */
        write_text(fixture->dir, "app.service", shipped);
        assert_int_equal(fchmodat(fixture->dir, "app.service", 0666, 0), 0);
        settle(fixture, "app.service", STRANGER, FAN_MOVED_TO);
        assert_false(is_there(fixture->dir, "app.service"));
        /* Listed, and still open for writing. */
        write_text(fixture->dir, "app.service", shipped);
        fd = openat(fixture->dir, "app.service", O_WRONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        settle(fixture, "app.service", STRANGER, FAN_MOVED_TO);
        assert_false(is_there(fixture->dir, "app.service"));
        assert_int_equal(n_in_quarantine(fixture), 4);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                test_on_authorised(test_an_upgrade_in_the_gap),
                test_on_authorised(test_other_contents_in_the_gap),
                test_on_authorised(test_records_do_not_count_later),
                test_on_authorised(test_removal_with_its_package),
                test_on_authorised(test_removal_of_what_no_package_shipped),
                test_on_authorised(test_listed_contents),
                test_on_authorised(test_what_is_not_listed),
        };

        return cmocka_run_group_tests_name("vouch", tests, NULL, NULL);
}
