/* The log of pending changes: what was written comes back, in order, whatever end the writer found. */
#include <signal.h>
#include <sys/wait.h>

#include "scratch.h"
#include "unitward/pending.h"

static char directory[] = "/tmp/unitward-pending-XXXXXX";
static char *log_path;

static int setup(void **state)
{
        (void)state;
        scratch_make(directory);
        log_path = format("%s/pending", directory);
        return log_path ? 0 : -1;
}

static int teardown(void **state)
{
        (void)state;
        free(log_path);
        scratch_remove(directory);
        return 0;
}

static struct pending *open_pending(void)
{
        struct pending *pending = NULL;

        assert_int_equal(pending_open(directory, &pending), 0);
        return pending;
}

static struct ledger_entry entry_at(const char *path)
{
        return (struct ledger_entry){ .path = path,
                                      .kind = ENTRY_FILE,
                                      .mode = 0640,
                                      .uid = 3,
                                      .gid = 4,
                                      .bare = true,
                                      .size = 5,
                                      .mtime_nsec = -7,
                                      .ctime_nsec = 8,
                                      .id = { 0, 9 },
                                      .digest = { { 1, 0, 255 } },
                                      .source = "actor",
                                      .rule = "friends",
                                      .by = "/usr/bin/dpkg (pid 1)",
                                      .since_usec = 1795425517123456 };
}

/* What came back, a letter each: "p/etc/a r/etc/b c[text]". */
static char story[65536];

static void tell(const char *what, const char *text, size_t size)
{
        size_t length = strlen(story);

        assert_true(length + size + 3 < sizeof story);
        (void)snprintf(story + length, sizeof story - length, "%s%.*s ", what, (int)size, text);
}

static int on_put(void *userdata, const struct ledger_entry *entry)
{
        (void)userdata;
        tell("p", entry->path, strlen(entry->path));
        return 0;
}

static int on_remove(void *userdata, const char *path)
{
        (void)userdata;
        tell("r", path, strlen(path));
        return 0;
}

static int on_contents(void *userdata, const char *data, size_t size)
{
        (void)userdata;
        tell("c", data, size);
        return 0;
}

static const struct pending_handler teller = { on_put, on_remove, on_contents, NULL };

static void assert_story(struct pending *pending, const char *expected)
{
        story[0] = '\0';
        assert_int_equal(pending_replay(pending, &teller), 0);
        assert_string_equal(story, expected);
}

static void put(struct pending *pending, const char *path, uint64_t number)
{
        const struct ledger_entry entry = entry_at(path);

        assert_int_equal(pending_put(pending, &entry), number);
}

static void test_order(void **state)
{
        struct pending *pending = open_pending();

        (void)state;
        assert_story(pending, "");
        assert_int_equal(pending_contents(pending, "hello", 5), 1);
        put(pending, "/etc/a", 2);
        assert_int_equal(pending_remove(pending, "/etc/b"), 3);
        put(pending, "/etc/\n\\\x80 c", 4);
        pending_close(pending);
        pending = open_pending();
        assert_story(pending, "chello p/etc/a r/etc/b p/etc/\n\\\x80 c ");
        /* It is still there until it is done, and what comes next is behind it. */
        assert_int_equal(pending_remove(pending, "/etc/d"), 5);
        pending_done(pending, 4);
        pending_close(pending);
        pending = open_pending();
        assert_story(pending, "chello p/etc/a r/etc/b p/etc/\n\\\x80 c r/etc/d ");
        pending_done(pending, 5);
        pending_close(pending);
        pending = open_pending();
        assert_story(pending, "");
        assert_null(pending_close(pending_close(pending)));
}

static int compare_entry(void *userdata, const struct ledger_entry *entry)
{
        const struct ledger_entry *expected = userdata;

        assert_int_equal(entry->kind, expected->kind);
        assert_int_equal(entry->mode, expected->mode);
        assert_int_equal(entry->uid, expected->uid);
        assert_int_equal(entry->gid, expected->gid);
        assert_int_equal(entry->bare, expected->bare);
        assert_int_equal(entry->size, expected->size);
        assert_int_equal(entry->mtime_nsec, expected->mtime_nsec);
        assert_int_equal(entry->since_usec, expected->since_usec);
        assert_memory_equal(&entry->digest, &expected->digest, sizeof entry->digest);
        assert_int_equal(entry->attributes_size, expected->attributes_size);
        assert_memory_equal(entry->attributes, expected->attributes, entry->attributes_size);
        assert_string_equal(entry->source, expected->source);
        assert_string_equal(entry->rule, expected->rule);
        assert_string_equal(entry->by, expected->by);
        return 0;
}

static void test_whole_entries(void **state)
{
        static const char attributes[] = "user.a\0\1\0\0\0x";
        struct pending *pending = open_pending();
        struct ledger_entry entry = entry_at("/etc/a");
        struct pending_handler handler = teller;

        (void)state;
        entry.bare = false;
        entry.attributes = attributes;
        entry.attributes_size = sizeof attributes - 1;
        assert_int_equal(pending_put(pending, &entry), 1);
        pending_close(pending);
        pending = open_pending();
        handler.put = compare_entry;
        handler.userdata = &entry;
        assert_int_equal(pending_replay(pending, &handler), 0);
        pending_close(pending);
}

/* While it is being replayed, the changes are posted again: they must not be written twice. */
static struct pending *replayed;

static int on_remove_again(void *userdata, const char *path)
{
        uint64_t *number = userdata;

        assert_int_equal(pending_remove(replayed, path), ++*number);
        return 0;
}

static void test_replay_writes_nothing(void **state)
{
        uint64_t number = 0;
        const struct pending_handler handler = { on_put, on_remove_again, on_contents, &number };
        struct stat before, after;

        (void)state;
        replayed = open_pending();
        (void)pending_remove(replayed, "/a");
        (void)pending_remove(replayed, "/b");
        pending_close(replayed);
        assert_int_equal(stat(log_path, &before), 0);
        replayed = open_pending();
        assert_int_equal(pending_replay(replayed, &handler), 0);
        assert_int_equal(number, 2);
        assert_int_equal(stat(log_path, &after), 0);
        assert_int_equal(after.st_size, before.st_size);
        pending_done(replayed, 2);
        assert_int_equal(stat(log_path, &after), 0);
        assert_int_equal(after.st_size, 0);
        pending_close(replayed);
}

/* Cut anywhere and changed anywhere: what stands before comes back, nothing else does, and it can go on. */
static void test_damage(void **state)
{
        _cleanup_free_ char *bytes = NULL;
        struct pending *pending = open_pending();
        size_t size, first;
        struct stat st;

        (void)state;
        (void)pending_remove(pending, "/first");
        assert_int_equal(stat(log_path, &st), 0);
        first = (size_t)st.st_size;
        (void)pending_remove(pending, "/second");
        pending_close(pending);
        assert_int_equal(read_file_at(AT_FDCWD, log_path, 4096, &bytes, &size), 0);
        for (size_t i = first; i < size; i++) {
                bytes[i] ^= 1;
                write_file_at(AT_FDCWD, log_path, bytes, size);
                bytes[i] ^= 1;
                pending = open_pending();
                assert_story(pending, "r/first ");
                pending_close(pending);
                write_file_at(AT_FDCWD, log_path, bytes, i);
                pending = open_pending();
                assert_story(pending, "r/first ");
                assert_int_equal(pending_remove(pending, "/third"), 2);
                pending_close(pending);
                pending = open_pending();
                assert_story(pending, "r/first r/third ");
                pending_close(pending);
        }
}

/* With so much behind that it is never all done, what is done of it goes all the same. */
static void test_rotation(void **state)
{
        _cleanup_free_ char *old = format("%s/pending.old", directory), *data = calloc(1, 300000);
        struct pending *pending = open_pending();

        (void)state;
        for (uint64_t n = 1; n <= 8; n++)
                assert_int_equal(pending_contents(pending, data, 300000), n);
        pending_done(pending, 4);
        assert_int_equal(access(old, F_OK), 0);
        (void)pending_remove(pending, "/a"); /* 9 */
        pending_done(pending, 7);
        assert_int_equal(access(old, F_OK), 0);
        pending_done(pending, 8);
        assert_int_equal(access(old, F_OK), -1);
        pending_close(pending);
        pending = open_pending();
        assert_story(pending, "r/a ");
        pending_discard(pending);
        assert_story(pending, "");
        pending_close(pending);
}

static void test_old_comes_first(void **state)
{
        _cleanup_free_ char *old = format("%s/pending.old", directory);
        struct pending *pending = open_pending();

        (void)state;
        (void)pending_remove(pending, "/older");
        pending_close(pending);
        assert_int_equal(rename(log_path, old), 0);
        pending = open_pending();
        (void)pending_remove(pending, "/newer");
        pending_close(pending);
        pending = open_pending();
        assert_story(pending, "r/older r/newer ");
        pending_done(pending, 1);
        assert_int_equal(access(old, F_OK), -1);
        pending_close(pending);
        pending = open_pending();
        assert_story(pending, "r/newer ");
        pending_close(pending);
}

/* Where there is no room the daemon goes on, and what was not logged is counted. */
static void test_no_room(void **state)
{
        _cleanup_free_ char *data = calloc(1, 100000);
        struct pending *pending;

        (void)state;
        if (!scratch_mount(directory, 64))
                skip();
        pending = open_pending();
        (void)pending_remove(pending, "/a");
        assert_int_equal(pending_unlogged(pending), 0);
        assert_int_equal(pending_contents(pending, data, 100000), 1);
        assert_int_equal(pending_unlogged(pending), 1);
        assert_int_equal(pending_remove(pending, "/b"), 2);
        pending_close(pending);
        pending = open_pending();
        assert_story(pending, "r/a r/b ");
        pending_close(pending);
        scratch_unmount(directory);
}

static void test_too_large(void **state)
{
        _cleanup_free_ char *data = calloc(1, PENDING_MAX);
        struct pending *pending = open_pending();

        (void)state;
        assert_int_equal(pending_contents(pending, data, PENDING_MAX), 0);
        assert_int_equal(pending_unlogged(pending), 1);
        pending_close(pending);
}

static _Noreturn void write_until_killed(int out)
{
        struct pending *pending = open_pending();
        uint64_t n = 0;

        for (;;) {
                char path[32];

                (void)snprintf(path, sizeof path, "/%lu", (unsigned long)++n);
                (void)pending_remove(pending, path);
                (void)write_all(out, &n, sizeof n);
        }
}

static int count_up(void *userdata, const char *path)
{
        uint64_t *n = userdata;

        assert_int_equal(strtoul(path + 1, NULL, 10), ++*n);
        return 0;
}

static void test_survives_sigkill(void **state)
{
        (void)state;
        for (unsigned round = 0; round < 20; round++) {
                uint64_t told = 0, n = 0, found = 0;
                const struct pending_handler handler = { on_put, count_up, on_contents, &found };
                struct pending *pending;
                int pipes[2], status;
                pid_t child;

                assert_int_equal(pipe(pipes), 0);
                child = fork();
                assert_true(child >= 0);
                if (child == 0)
                        write_until_killed(pipes[1]);
                (void)close(pipes[1]);
                assert_int_equal(read(pipes[0], &told, sizeof told), sizeof told);
                (void)usleep(round * 100);
                assert_int_equal(kill(child, SIGKILL), 0);
                assert_int_equal(waitpid(child, &status, 0), child);
                while (read(pipes[0], &n, sizeof n) == sizeof n)
                        told = n;
                (void)close(pipes[0]);
                pending = open_pending();
                assert_int_equal(pending_replay(pending, &handler), 0);
                assert_true(found >= told);
                pending_discard(pending);
                pending_close(pending);
        }
}

#define in_scratch(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                in_scratch(test_order),     in_scratch(test_whole_entries),    in_scratch(test_replay_writes_nothing),
                in_scratch(test_damage),    in_scratch(test_rotation),         in_scratch(test_old_comes_first),
                in_scratch(test_too_large), in_scratch(test_survives_sigkill), in_scratch(test_no_room),
        };

        (void)alarm(60);
        return cmocka_run_group_tests_name("pending", tests, NULL, NULL);
}
