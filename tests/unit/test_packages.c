/* The package manager's records, on a made-up dpkg database in a scratch root. */
#include <md5.h>

#include "../../src/ledger/packages_internal.h"
#include "scratch.h"

static char scratch[] = "/tmp/unitward-packages-XXXXXX";

#define UNIT "[Service]\nExecStart=/usr/sbin/cron -f\n"
#define OTHER "[Service]\nExecStart=/tmp/evil\n"

struct world {
        int root;
        struct packages *packages;
};

static void make_at(const char *directory)
{
        _cleanup_free_ char *path = format("%s/%s", scratch, directory);

        assert_int_equal(make_directories(path, 0755), 0);
}

static void write_at(struct world *world, const char *path, const char *text)
{
        write_file_at(world->root, path, text, strlen(text));
        assert_int_equal(fchmodat(world->root, path, 0644, 0), 0);
}

static const char *md5_of(const char *text)
{
        static char hex[MD5_DIGEST_STRING_LENGTH];

        return MD5Data((const uint8_t *)text, strlen(text), hex);
}

/* One package: what its files and its stanza say. */
static void ship(struct world *world, const char *name, const char *list, const char *sums)
{
        _cleanup_free_ char *list_path = format("var/lib/dpkg/info/%s.list", name);
        _cleanup_free_ char *sums_path = format("var/lib/dpkg/info/%s.md5sums", name);

        write_at(world, list_path, list);
        if (sums)
                write_at(world, sums_path, sums);
}

static void status(struct world *world, const char *text)
{
        write_at(world, "var/lib/dpkg/status", text);
}

#define CRON(state, version)                                                                                           \
        "Package: cron\nStatus: " state                                                                                \
        "\nPriority: important\nArchitecture: amd64\nMulti-Arch: foreign\nVersion: " version                           \
        "\nDescription: it runs\n things\nConffiles:\n"

static void read_records(struct world *world)
{
        _cleanup_free_ char *etc = format("%s/etc/systemd", scratch),
                            *usr = format("%s/usr/lib/systemd/system", scratch),
                            *init = format("%s/etc/init.d", scratch), *file = format("%s/etc/rc.local", scratch);
        const char *const prefixes[] = { etc, usr, init, file, NULL };

        world->packages = packages_free(world->packages);
        assert_int_equal(packages_read(scratch, prefixes, &world->packages), 0);
}

static struct package_owner owner_of(struct world *world, const char *path)
{
        _cleanup_(observed_done) struct observed seen = OBSERVED_NOTHING;
        _cleanup_free_ char *full = format("%s/%s", scratch, path);
        struct package_owner owner = { .match = PACKAGE_MATCH_COUNT_ };

        assert_int_equal(observe(AT_FDCWD, full, &seen), 0);
        assert_int_equal(packages_match(world->packages, full, &seen, &owner), 0);
        return owner;
}

static void assert_match(struct world *world, const char *path, enum package_match match)
{
        struct package_owner owner = owner_of(world, path);

        if (owner.match != match)
                print_message("%s: %s, expected %s\n", path, package_match_name(owner.match),
                              package_match_name(match));
        assert_int_equal(owner.match, match);
}

/* cron, installed, with one unit. */
static void install_cron(struct world *world)
{
        _cleanup_free_ char *sums = format("%s  usr/lib/systemd/system/cron.service\n", md5_of(UNIT));

        status(world, CRON("install ok installed", "3.0pl1-162") "\n");
        ship(world, "cron",
             "/.\n/lib/systemd/system\n/lib/systemd/system/cron.service\n/usr/share/doc/cron/copyright\n", sums);
        write_at(world, "usr/lib/systemd/system/cron.service", UNIT);
}

static int setup(void **state)
{
        static struct world world;

        scratch_make(scratch);
        world = (struct world){ .root = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
        assert_true(world.root >= 0);
        make_at("usr/lib/systemd/system");
        make_at("etc/systemd/system/multi-user.target.wants");
        make_at("etc/init.d");
        make_at("var/lib/dpkg/info");
        assert_int_equal(symlinkat("usr/lib", world.root, "lib"), 0);
        *state = &world;
        return 0;
}

static int teardown(void **state)
{
        struct world *world = *state;

        packages_free(world->packages);
        close_pointer(&world->root);
        scratch_remove(scratch);
        return 0;
}

/* What matches must be root's: only root can make that. */
#define NEEDS_ROOT                                                                                                     \
        if (geteuid() != 0)                                                                                            \
        skip()

static void test_contents_decide(void **state)
{
        struct world *world = *state;
        struct package_owner owner;
        struct digest digest;

        NEEDS_ROOT;
        install_cron(world);
        write_at(world, "usr/lib/systemd/system/mine.service", UNIT);
        read_records(world);
        owner = owner_of(world, "usr/lib/systemd/system/cron.service");
        assert_int_equal(owner.match, PACKAGE_MATCHES);
        assert_string_equal(owner.manager, "dpkg");
        assert_string_equal(owner.package, "cron 3.0pl1-162");
        assert_false(owner.is_configuration);
        digest_buffer(UNIT, strlen(UNIT), &digest);
        assert_memory_equal(&owner.digest, &digest, sizeof digest);
        assert_match(world, "usr/lib/systemd/system/mine.service", PACKAGE_NONE);
        assert_match(world, "usr/lib/systemd/system", PACKAGE_MATCHES);

        write_at(world, "usr/lib/systemd/system/cron.service", OTHER);
        assert_match(world, "usr/lib/systemd/system/cron.service", PACKAGE_DIFFERS);
        assert_int_equal(unlinkat(world->root, "usr/lib/systemd/system/cron.service", 0), 0);
        assert_match(world, "usr/lib/systemd/system/cron.service", PACKAGE_DIFFERS);
        assert_int_equal(symlinkat("mine.service", world->root, "usr/lib/systemd/system/cron.service"), 0);
        assert_match(world, "usr/lib/systemd/system/cron.service", PACKAGE_DIFFERS);
}

/* The right contents, and somebody else may change them in a moment. */
static void test_what_others_may_write_does_not_match(void **state)
{
        struct world *world = *state;

        NEEDS_ROOT;
        install_cron(world);
        read_records(world);
        assert_int_equal(fchmodat(world->root, "usr/lib/systemd/system/cron.service", 0664, 0), 0);
        assert_match(world, "usr/lib/systemd/system/cron.service", PACKAGE_DIFFERS);
        assert_int_equal(fchmodat(world->root, "usr/lib/systemd/system/cron.service", 0600, 0), 0);
        assert_match(world, "usr/lib/systemd/system/cron.service", PACKAGE_MATCHES);
        assert_int_equal(fchownat(world->root, "usr/lib/systemd/system/cron.service", 4001, 0, 0), 0);
        assert_match(world, "usr/lib/systemd/system/cron.service", PACKAGE_DIFFERS);
}

static void test_only_installed_packages_own(void **state)
{
        static const struct {
                const char *status;
                enum package_match match;
                bool removed;
        } states[] = {
                { CRON("install ok installed", "3.0pl1-162"), PACKAGE_MATCHES, false },
                { CRON("hold ok installed", "3.0pl1-162"), PACKAGE_MATCHES, false },
                { CRON("install ok triggers-pending", "3.0pl1-162"), PACKAGE_MATCHES, false },
                { CRON("install reinstreq installed", "3.0pl1-162"), PACKAGE_NONE, false },
                { CRON("install ok unpacked", "3.0pl1-162"), PACKAGE_MATCHES, false },
                { CRON("install ok half-configured", "3.0pl1-163"), PACKAGE_MATCHES, false },
                { CRON("install ok half-installed", "3.0pl1-163"), PACKAGE_NONE, false },
                { CRON("install ok whatever", "3.0pl1-163"), PACKAGE_NONE, false },
                { CRON("install ok installed", "3.0pl1-163"), PACKAGE_MATCHES, true },
                { CRON("deinstall ok config-files", "3.0pl1-162"), PACKAGE_NONE, true },
                { CRON("purge ok not-installed", "3.0pl1-162"), PACKAGE_NONE, true },
                { "Package: cron\n\n", PACKAGE_NONE, false },
                { "", PACKAGE_NONE, false },
        };
        struct world *world = *state;

        NEEDS_ROOT;
        install_cron(world);
        for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
                _cleanup_free_ char *text =
                        format("Package: other\nStatus: install ok installed\nVersion: 1\n\n%s\n", states[i].status);

                status(world, *states[i].status ? text : "");
                read_records(world);
                assert_match(world, "usr/lib/systemd/system/cron.service", states[i].match);
                assert_int_equal(packages_removed(world->packages, "cron 3.0pl1-162"), states[i].removed);
        }
        assert_int_equal(unlinkat(world->root, "var/lib/dpkg/status", 0), 0);
        read_records(world);
        assert_match(world, "usr/lib/systemd/system/cron.service", PACKAGE_NONE);
        assert_false(packages_removed(world->packages, "cron 3.0pl1-162"));
}

/* In the middle of dpkg's work, status is behind what it noted since. */
static void test_updates(void **state)
{
        struct world *world = *state;

        NEEDS_ROOT;
        install_cron(world);
        make_at("var/lib/dpkg/updates");
        status(world, CRON("purge ok not-installed", "") "\n");
        write_at(world, "var/lib/dpkg/updates/0009", CRON("install ok half-installed", "3.0pl1-162") "\n");
        write_at(world, "var/lib/dpkg/updates/0010", CRON("install ok unpacked", "3.0pl1-162") "\n");
        write_at(world, "var/lib/dpkg/updates/tmp.i", CRON("install ok not-installed", "3.0pl1-162") "\n");
        read_records(world);
        assert_match(world, "usr/lib/systemd/system/cron.service", PACKAGE_MATCHES);
        write_at(world, "var/lib/dpkg/updates/0011", CRON("deinstall ok config-files", "3.0pl1-162") "\n");
        read_records(world);
        assert_match(world, "usr/lib/systemd/system/cron.service", PACKAGE_NONE);
        assert_true(packages_removed(world->packages, "cron 3.0pl1-162"));
        assert_int_equal(packages_count(world->packages, NULL), 0);
}

static void test_configuration_files(void **state)
{
        struct world *world = *state;
        _cleanup_free_ char *sum = strdup(md5_of(UNIT));
        _cleanup_free_ char *text = format(CRON("install ok installed", "1") " /etc/init.d/cron %s\n"
                                                                             " /etc/init.d/old %s obsolete\n"
                                                                             " /etc/init.d/new newconffile\n"
                                                                             "Homepage: x\n\n",
                                           sum, sum);

        NEEDS_ROOT;
        status(world, text);
        ship(world, "cron", "/etc/init.d/cron\n/etc/init.d/old\n/etc/init.d/new\n/etc/rc.local\n", NULL);
        write_at(world, "etc/init.d/cron", UNIT);
        write_at(world, "etc/init.d/old", UNIT);
        write_at(world, "etc/init.d/new", UNIT);
        write_at(world, "etc/rc.local", UNIT);
        read_records(world);
        assert_match(world, "etc/init.d/cron", PACKAGE_MATCHES);
        assert_true(owner_of(world, "etc/init.d/cron").is_configuration);
        assert_match(world, "etc/init.d/old", PACKAGE_UNVERIFIABLE);
        assert_match(world, "etc/init.d/new", PACKAGE_UNVERIFIABLE);
        assert_match(world, "etc/rc.local", PACKAGE_UNVERIFIABLE); /* a prefix that is a file; no digest of it */
        write_at(world, "etc/init.d/cron", OTHER);
        assert_match(world, "etc/init.d/cron", PACKAGE_DIFFERS);
}

static void test_diversions(void **state)
{
        struct world *world = *state;
        _cleanup_free_ char *ours = format("%s  lib/systemd/system/cron.service\n", md5_of(OTHER));

        NEEDS_ROOT;
        install_cron(world);
        write_at(world, "var/lib/dpkg/diversions",
                 "/lib/systemd/system/cron.service\n/lib/systemd/system/cron.service.distrib\nbetter-cron\n");
        status(world,
               CRON("install ok installed", "3.0pl1-162") "\nPackage: better-cron\nStatus: install ok installed\n"
                                                          "Architecture: amd64\nMulti-Arch: same\nVersion: 2\n\n");
        ship(world, "better-cron:amd64", "/lib/systemd/system/cron.service\n", ours);
        write_at(world, "usr/lib/systemd/system/cron.service", OTHER);
        write_at(world, "usr/lib/systemd/system/cron.service.distrib", UNIT);
        read_records(world);
        assert_match(world, "usr/lib/systemd/system/cron.service", PACKAGE_MATCHES);
        assert_string_equal(owner_of(world, "usr/lib/systemd/system/cron.service").package, "better-cron:amd64 2");
        assert_match(world, "usr/lib/systemd/system/cron.service.distrib", PACKAGE_MATCHES);
        assert_string_equal(owner_of(world, "usr/lib/systemd/system/cron.service.distrib").package, "cron 3.0pl1-162");
}

static void test_enabling_links(void **state)
{
        static const char wants[] = "etc/systemd/system/multi-user.target.wants";
        struct world *world = *state;

        NEEDS_ROOT;
        install_cron(world);
        make_at("var/lib/systemd/deb-systemd-helper-enabled/multi-user.target.wants");
        make_at("etc/systemd/system/other.target.wants");
        write_at(world, "var/lib/systemd/deb-systemd-helper-enabled/multi-user.target.wants/cron.service", "");
        write_at(world, "var/lib/systemd/deb-systemd-helper-enabled/multi-user.target.wants/evil.service", "");
        write_at(world, "var/lib/systemd/deb-systemd-helper-enabled/crond.service", "");
        write_at(world, "var/lib/systemd/deb-systemd-helper-enabled/alias.service", "");
        write_at(world, "var/lib/systemd/deb-systemd-helper-enabled/cron.service.dsh-also",
                 "/etc/systemd/system/multi-user.target.wants/cron.service\n/etc/systemd/system/crond.service\n");
        write_at(world, "etc/systemd/system/evil.service", OTHER);
        assert_int_equal(symlinkat("/lib/systemd/system/cron.service", world->root,
                                   "etc/systemd/system/multi-user.target.wants/cron.service"),
                         0);
        assert_int_equal(symlinkat("/lib/systemd/system/cron.service", world->root,
                                   "etc/systemd/system/other.target.wants/cron.service"),
                         0);
        assert_int_equal(
                symlinkat("../evil.service", world->root, "etc/systemd/system/multi-user.target.wants/evil.service"),
                0);
        assert_int_equal(symlinkat("/lib/systemd/system/cron.service", world->root, "etc/systemd/system/crond.service"),
                         0);
        assert_int_equal(symlinkat("/lib/systemd/system/cron.service", world->root, "etc/systemd/system/alias.service"),
                         0);
        read_records(world);
        assert_match(world, "etc/systemd/system/multi-user.target.wants/cron.service", PACKAGE_MATCHES);
        assert_string_equal(owner_of(world, "etc/systemd/system/multi-user.target.wants/cron.service").package,
                            "cron 3.0pl1-162");
        assert_match(world, wants, PACKAGE_MATCHES);
        assert_match(world, "etc/systemd/system/crond.service", PACKAGE_MATCHES);
        assert_match(world, "etc/systemd/system/alias.service", PACKAGE_NONE); /* not in its unit's list */
        assert_match(world, "etc/systemd/system/multi-user.target.wants/evil.service", PACKAGE_NONE);
        assert_match(world, "etc/systemd/system/other.target.wants/cron.service", PACKAGE_NONE);
        assert_match(world, "etc/systemd/system/other.target.wants", PACKAGE_NONE);
        /* Recorded, and to a unit that is no longer what its package shipped. */
        write_at(world, "usr/lib/systemd/system/cron.service", OTHER);
        assert_match(world, "etc/systemd/system/multi-user.target.wants/cron.service", PACKAGE_NONE);
}

static void test_nothing_outside_the_prefixes(void **state)
{
        struct world *world = *state;
        size_t n_files;

        install_cron(world);
        read_records(world);
        assert_int_equal(packages_count(world->packages, &n_files), 1);
        assert_int_equal(n_files, 2); /* the directory, the unit */
}

static void test_damaged_records(void **state)
{
        struct world *world = *state;

        /* A paragraph without a package, ended in the middle of a field that goes on after it. */
        status(world, "Status: install ok installed\n\n installed\n\nStatus: install\nPackage: \n\n ok\n\n"
                      "\n\n  \n:\nPackage\nPackage: ../../etc\nStatus: install ok installed\n\nPackage: cron\n"
                      "Status: install ok installed\nVersion: 1\nConffiles:\n /etc/init.d/cron zz\n /x\n\n\n");
        ship(world, "cron", "\n/\n//\nrelative\n/etc/init.d/\n/etc/init.d/cron\n/etc/systemd/no-newline", "short\n");
        write_at(world, "var/lib/dpkg/diversions", "/a\n/b\n");
        read_records(world);
        assert_match(world, "etc/systemd/no-newline", PACKAGE_DIFFERS);
        assert_match(world, "etc/init.d/", PACKAGE_NONE);
}

static void test_no_package_manager(void **state)
{
        struct world *world = *state;
        _cleanup_free_ char *path = format("%s/var/lib/dpkg", scratch);

        scratch_remove(path);
        write_at(world, "usr/lib/systemd/system/cron.service", UNIT);
        read_records(world);
        assert_match(world, "usr/lib/systemd/system/cron.service", PACKAGE_NONE);
}

/* ---- rpm: what its query prints ------------------------------------------------------------------------ */

static void test_rpm_lines(void **state)
{
        static const char *const broken[] = {
                "",
                "\t\t\t\t\t\t",
                "cron.x86_64",
                "cron.x86_64\t1\t8\t0\t\t",
        };
        struct world *world = *state;
        char hex[DIGEST_HEX_SIZE];
        struct digest digest;
        _cleanup_free_ char *good = NULL, *link = NULL, *ghost = NULL;

        NEEDS_ROOT;
        digest_buffer(UNIT, strlen(UNIT), &digest);
        digest_to_hex(&digest, hex);
        good = format("cron.x86_64\t1.6-2\t8\t1\t%s\t\t/usr/lib/systemd/system/cron.service", hex);
        link = format("cron.x86_64\t1.6-2\t8\t0\t\tcron.service\t/usr/lib/systemd/system/crond.service");
        ghost = format("cron.x86_64\t1.6-2\t8\t64\t%s\t\t/usr/lib/systemd/system/ghost.service", hex);
        write_at(world, "usr/lib/systemd/system/cron.service", UNIT);
        write_at(world, "usr/lib/systemd/system/ghost.service", UNIT);
        assert_int_equal(symlinkat("cron.service", world->root, "usr/lib/systemd/system/crond.service"), 0);
        read_records(world);
        for (size_t i = 0; i < ARRAY_SIZE(broken); i++)
                assert_int_equal(rpm_take_line(world->packages, broken[i]), -EBADMSG);
        assert_int_equal(rpm_take_line(world->packages, good), 0);
        assert_int_equal(rpm_take_line(world->packages, good), 0);
        assert_int_equal(rpm_take_line(world->packages, link), 0);
        assert_int_equal(rpm_take_line(world->packages, ghost), 0);
        assert_match(world, "usr/lib/systemd/system/cron.service", PACKAGE_MATCHES);
        assert_string_equal(owner_of(world, "usr/lib/systemd/system/cron.service").package, "cron.x86_64 1.6-2");
        assert_true(owner_of(world, "usr/lib/systemd/system/cron.service").is_configuration);
        assert_match(world, "usr/lib/systemd/system/crond.service", PACKAGE_MATCHES);
        assert_match(world, "usr/lib/systemd/system/ghost.service", PACKAGE_NONE);
        assert_int_equal(unlinkat(world->root, "usr/lib/systemd/system/crond.service", 0), 0);
        assert_int_equal(symlinkat("evil.service", world->root, "usr/lib/systemd/system/crond.service"), 0);
        assert_match(world, "usr/lib/systemd/system/crond.service", PACKAGE_DIFFERS);
}

#define test_in_world(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                test_in_world(test_contents_decide),
                test_in_world(test_what_others_may_write_does_not_match),
                test_in_world(test_only_installed_packages_own),
                test_in_world(test_updates),
                test_in_world(test_configuration_files),
                test_in_world(test_diversions),
                test_in_world(test_enabling_links),
                test_in_world(test_nothing_outside_the_prefixes),
                test_in_world(test_damaged_records),
                test_in_world(test_no_package_manager),
                test_in_world(test_rpm_lines),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
