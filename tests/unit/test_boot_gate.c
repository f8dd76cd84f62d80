/* The boot gate on a search path of its own: what it masks, what it supplies instead, and what it leaves alone. */
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "scratch.h"
#include "unitward/boot_gate.h"
#include "unitward/ledger_text.h"
#include "unitward/tree.h"

/* Not on a tmpfs, which a reboot empties. A policy is believed only where nobody else can write. */
static char directory[] = "/var/tmp/unitward-boot-XXXXXX";
static int root = -1;

static char *path_of(const char *name)
{
        char *path = format("%s/%s", directory, name);

        assert_non_null(path);
        return path;
}

static void put(const char *name, const char *text)
{
        write_file_at(root, name, text, strlen(text));
}

static void put_directory(const char *name)
{
        assert_true(mkdirat(root, name, 0755) == 0 || errno == EEXIST);
}

static void put_link(const char *name, const char *target)
{
        assert_int_equal(symlinkat(target, root, name), 0);
}

static void get(const char *name, char text[static 256])
{
        ssize_t n = read_text_at(root, name, text, 256);

        assert_true(n >= 0);
}

static bool is_masked(const char *name)
{
        char target[PATH_MAX];
        ssize_t n = readlinkat(root, name, target, sizeof target - 1);

        if (n < 0)
                return false;
        target[n] = '\0';
        return streq(target, "/dev/null");
}

static bool exists(const char *name)
{
        return faccessat(root, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool early_is_empty(void)
{
        struct tree_usage usage;
        const struct tree_limits limits = { .max_objects = 100, .max_depth = 3 };

        assert_int_equal(tree_measure((struct tree_place){ root, "early" }, &limits, &usage), 0);
        return usage.objects == 1;
}

/* ---- A snapshot of what is there -------------------------------------------------------------------- */

static void put_entry(struct ledger_text_writer *writer, const char *name)
{
        _cleanup_free_ char *path = path_of(name);
        struct ledger_entry entry = { .path = path, .bare = true, .source = "baseline", .rule = "", .by = "" };
        char target[PATH_MAX];
        struct stat st;

        assert_int_equal(lstat(path, &st), 0);
        entry.kind = S_ISLNK(st.st_mode) ? ENTRY_LINK : ENTRY_FILE;
        entry.mode = st.st_mode & 07777;
        entry.uid = st.st_uid;
        entry.gid = st.st_gid;
        entry.id = file_id_of(&st);
        entry.mtime_nsec = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
        entry.ctime_nsec = (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
        if (entry.kind == ENTRY_LINK) {
                ssize_t n = readlink(path, target, sizeof target - 1);

                assert_true(n > 0);
                target[n] = '\0';
                entry.target = target;
        } else {
                _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

                entry.size = (uint64_t)st.st_size;
                assert_int_equal(digest_fd(fd, UINT64_MAX, &entry.digest, NULL), 0);
        }
        assert_int_equal(ledger_text_entry(writer, &entry), 0);
}

/* names: in the order of their paths, NULL-terminated. review: NULL, or what its header says. */
static void take_snapshot_with(const char *const *names, const char *review)
{
        _cleanup_free_ char *path = path_of("boot.snapshot"), *pattern = path_of("*");
        _cleanup_fclose_ FILE *stream = fopen(path, "we");
        struct ledger_text_writer *writer;

        assert_non_null(stream);
        assert_int_equal(ledger_text_begin(stream, true, &writer), 0);
        assert_int_equal(ledger_text_header(writer, "mode", "enforce"), 0);
        assert_int_equal(ledger_text_header(writer, "protected", pattern), 0);
        if (review)
                assert_int_equal(ledger_text_header(writer, "review", review), 0);
        for (; *names; names++)
                put_entry(writer, *names);
        assert_int_equal(ledger_text_end(writer, NULL), 0);
}

static void take_snapshot(const char *const *names)
{
        take_snapshot_with(names, NULL);
}

static void run_with(const char *command_line)
{
        _cleanup_free_ char *early = path_of("early"), *snapshot = path_of("boot.snapshot"),
                            *policy = path_of("unitward.conf"), *golden = path_of("golden"),
                            *socket = path_of("nobody");
        const struct boot_options options = { .scope = UNIT_SCOPE_SYSTEM,
                                              .early = early,
                                              .snapshot = snapshot,
                                              .policy = policy,
                                              .golden = golden,
                                              .socket = socket,
                                              .command_line = command_line };

        boot_gate_run(&options);
}

static void run(void)
{
        run_with("quiet");
}

static int make(void **state)
{
        _cleanup_free_ char *control = NULL, *etc = NULL, *vendor = NULL, *search = NULL;

        (void)state;
        if (geteuid() == 0)
                memcpy(directory, "/var/lib", strlen("/var/lib"));
        scratch_make(directory);
        assert_int_equal(chmod(directory, 0755), 0);
        root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(root >= 0);
        put_directory("system.control");
        put_directory("etc");
        put_directory("vendor");
        put_directory("early");
        control = path_of("system.control");
        etc = path_of("etc");
        vendor = path_of("vendor");
        search = format("%s:%s:%s", control, etc, vendor);
        assert_int_equal(setenv("SYSTEMD_UNIT_PATH", search, 1), 0);
        put("unitward.conf", "mode = \"enforce\";\npackage_records = false;\nzones = ( \"not looked at\" );\n");
        put("vendor/good.service", "good\n");
        put("vendor/other.service", "other\n");
        put("vendor/local.mount", "mount\n");
        take_snapshot(
                (const char *const[]){ "vendor/good.service", "vendor/local.mount", "vendor/other.service", NULL });
        return 0;
}

static int clear(void **state)
{
        (void)state;
        (void)close(root);
        scratch_remove(directory);
        return 0;
}

/* ---- Cases -------------------------------------------------------------------------------------------- */

static void test_intact(void **state)
{
        (void)state;
        run();
        assert_true(early_is_empty());
}

static void test_planted(void **state)
{
        (void)state;
        put("etc/evil.service", "evil\n");
        put_link("etc/alias.service", "good.service");
        put_directory("etc/good.service.d");
        put("etc/good.service.d/evil.conf", "evil\n");
        put_directory("etc/multi-user.target.wants");
        put_link("etc/multi-user.target.wants/other.service", "/x/other.service");
        put("etc/notes.txt", "no unit\n");
        run();
        assert_true(is_masked("early/evil.service"));
        assert_true(is_masked("early/alias.service"));
        assert_true(is_masked("early/good.service.d/evil.conf"));
        assert_true(is_masked("early/multi-user.target.wants/other.service"));
        assert_false(exists("early/notes.txt"));
        assert_false(exists("early/good.service"));
}

/* What is hidden by something planted, or by a planted mask, is loaded all the same. */
static void test_hidden(void **state)
{
        char text[256];

        (void)state;
        put("etc/good.service", "evil\n");
        put_link("etc/other.service", "/dev/null");
        run();
        get("early/good.service", text);
        assert_string_equal(text, "good\n");
        get("early/other.service", text);
        assert_string_equal(text, "other\n");
}

static void put_golden(const char *contents)
{
        _cleanup_free_ char *name = NULL, *shard = NULL;
        char hex[DIGEST_HEX_SIZE];
        struct digest digest;

        digest_buffer(contents, strlen(contents), &digest);
        (void)digest_to_hex(&digest, hex);
        shard = format("golden/%.2s", hex);
        name = format("golden/%.2s/%s", hex, hex + 2);
        put_directory("golden");
        put_directory(shard);
        put(name, contents);
}

static void test_changed(void **state)
{
        char text[256];

        (void)state;
        put("vendor/good.service", "evil\n");
        put("vendor/other.service", "longer and evil\n");
        put("vendor/local.mount", "evil\n");
        put_golden("good\n");
        run();
        get("early/good.service", text);
        assert_string_equal(text, "good\n");
        assert_true(is_masked("early/other.service"));
        assert_false(exists("early/local.mount")); /* the boot may need it, and it runs nothing */
}

/* A forged golden copy is not taken for the authorised contents. */
static void test_forged_golden(void **state)
{
        char hex[DIGEST_HEX_SIZE];
        struct digest digest;

        (void)state;
        put("vendor/good.service", "evil\n");
        put_golden("good\n");
        digest_buffer("good\n", 5, &digest);
        (void)digest_to_hex(&digest, hex);

        _cleanup_free_ char *name = format("golden/%.2s/%s", hex, hex + 2);
        put(name, "evil\n");
        run();
        assert_true(is_masked("early/good.service"));
}

/* Only the owner or the mode, or only the times: what is loaded is authorised. */
static void test_touched(void **state)
{
        (void)state;
        assert_int_equal(fchmodat(root, "vendor/good.service", 0666, 0), 0);
        assert_int_equal(utimensat(root, "vendor/other.service", NULL, 0), 0);
        run();
        assert_true(early_is_empty());
}

/* An authorised name that outranks it makes it harmless. */
static void test_outranked(void **state)
{
        (void)state;
        put("etc/good.service", "mine\n");
        take_snapshot((const char *const[]){ "etc/good.service", "vendor/good.service", "vendor/local.mount",
                                             "vendor/other.service", NULL });
        put("vendor/good.service", "evil\n");
        run();
        assert_true(early_is_empty());
}

static void test_control(void **state)
{
        char text[256];

        (void)state;
        put("system.control/evil.timer", "evil\n");
        put_directory("system.control/good.service.d");
        put("system.control/good.service.d/zzzz.conf", "[Unit]\nConditionPathExists=\n");
        put_directory("system.control/service.d");
        put("system.control/service.d/evil.conf", "evil\n");
        run();
        /* Behind the drop-in that would take the condition back. */
        get("early/good.service.d/zzzz~.conf", text);
        assert_non_null(strstr(text, "ConditionPathExists=!/\n"));
        assert_true(exists("early/evil.timer.d/zzzz~.conf"));
        assert_false(exists("early/evil.timer"));
        assert_false(exists("early/service.d"));
}

static void test_linked_directory(void **state)
{
        (void)state;
        put_directory("elsewhere");
        put("elsewhere/evil.conf", "evil\n");
        _cleanup_free_ char *elsewhere = path_of("elsewhere");
        put_link("etc/good.service.d", elsewhere);
        run();
        assert_true(is_masked("early/good.service.d/evil.conf"));
}

static void test_modes(void **state)
{
        (void)state;
        put("etc/evil.service", "evil\n");
        run_with("quiet unitward.mode=off");
        run_with("unitward.mode=audit quiet");
        run_with("quiet unitward.mode=off unitward.mode=audit");
        assert_true(early_is_empty());
        run_with("quiet xunitward.mode=off unitward.mode");
        assert_true(is_masked("early/evil.service"));
}

/* What the daemon only tolerates until somebody has looked is not taken away by a reboot. */
static void test_review(void **state)
{
        const char *const nothing[] = { NULL };

        (void)state;
        put("etc/local.service", "nobody has looked at it\n");
        take_snapshot_with(nothing, "pending");
        run();
        assert_true(early_is_empty());
        take_snapshot(nothing);
        run();
        assert_true(is_masked("early/local.service"));
}

static void test_policy(void **state)
{
        static const char *const harmless[] = { "mode = \"audit\";\n",
                                                "mode = \"enforce\"; boot_gate: { enabled = false; };\n" };

        (void)state;
        if (geteuid() != 0)
                skip();
        put("etc/evil.service", "evil\n");
        for (size_t i = 0; i < ARRAY_SIZE(harmless); i++) {
                put("unitward.conf", harmless[i]);
                run();
                assert_true(early_is_empty());
        }
        /* A policy that cannot be used changes nothing: the snapshot's mode is enforce. */
        put("unitward.conf", "mode = ");
        run();
        assert_true(is_masked("early/evil.service"));
}

static void test_damage(void **state)
{
        char text[256];

        (void)state;
        put("etc/evil.service", "evil\n");
        get("boot.snapshot", text);
        put("boot.snapshot", text); /* cut */
        run();
        assert_true(early_is_empty());
        assert_int_equal(unlinkat(root, "boot.snapshot", 0), 0);
        run();
        assert_true(early_is_empty());
        /* Nothing here belongs to a package: as if its records could not be read. */
        put("unitward.conf", "mode = \"enforce\"; boot_gate: { on_damage = \"mask-unowned\"; };\n");
        run();
        assert_true(early_is_empty());
}

/* An unprotected directory is nobody's business. */
static void test_unprotected(void **state)
{
        (void)state;
        put_directory("unprotected");
        put_directory("unprotected/units");
        put("unprotected/units/evil.service", "evil\n");
        _cleanup_free_ char *search = format("%s/unprotected/units", directory);
        assert_int_equal(setenv("SYSTEMD_UNIT_PATH", search, 1), 0);
        run();
        assert_true(early_is_empty());
}

/* ---- Time, against looking at the same files ------------------------------------------------------------- */

#define MANY 1000

static int look(int dir, const char *name, void *userdata)
{
        struct stat st;

        *(unsigned *)userdata += fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
        return 0;
}

static uint64_t least(void (*what)(void))
{
        uint64_t best = UINT64_MAX;

        for (int i = 0; i < 20; i++) {
                uint64_t start = now_monotonic_usec(), taken;

                what();
                taken = now_monotonic_usec() - start;
                best = taken < best ? taken : best;
        }
        return best;
}

static void look_at_all(void)
{
        _cleanup_close_ int vendor = openat(root, "vendor", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        unsigned n = 0;

        assert_int_equal(directory_each(vendor, look, &n), 0);
        assert_true(n >= MANY);
}

static void test_time(void **state)
{
        const char **names = calloc(MANY + 1, sizeof *names);
        uint64_t gate, floor;

        (void)state;
        for (int i = 0; i < MANY; i++) {
                char *name = format("vendor/many%04d.service", i);

                put(name, "[Service]\nExecStart=/bin/true\n");
                names[i] = name;
        }
        take_snapshot(names);
        assert_int_equal(unlinkat(root, "vendor/good.service", 0), 0);
        assert_int_equal(unlinkat(root, "vendor/other.service", 0), 0);
        assert_int_equal(unlinkat(root, "vendor/local.mount", 0), 0);
        gate = least(run);
        floor = least(look_at_all);
        print_message("%d units: %.1f ms, %.1f times as long as looking at each\n", MANY, (double)gate / 1000.0,
                      (double)gate / (double)floor);
        assert_true(early_is_empty());
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
        assert_true(gate < 20000 || gate < 20 * floor);
#endif
        for (int i = 0; i < MANY; i++)
                free((char *)(uintptr_t)names[i]);
        free(names);
}

#define test_in_root(test) cmocka_unit_test_setup_teardown(test, make, clear)

int main(void)
{
        const struct CMUnitTest tests[] = {
                test_in_root(test_intact),    test_in_root(test_planted),       test_in_root(test_hidden),
                test_in_root(test_changed),   test_in_root(test_forged_golden), test_in_root(test_touched),
                test_in_root(test_outranked), test_in_root(test_control),       test_in_root(test_linked_directory),
                test_in_root(test_modes),     test_in_root(test_review),        test_in_root(test_policy),
                test_in_root(test_damage),    test_in_root(test_unprotected),   test_in_root(test_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
