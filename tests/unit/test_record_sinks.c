#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "record_fixture.h"

static char directory[] = "/tmp/unitward-sinks-XXXXXX";
static char *log_path;

static int make_directory(void **state)
{
        (void)state;
        scratch_make(directory);
        log_path = format("%s/log/unitward/events.jsonl", directory);
        return 0;
}

static int remove_directory(void **state)
{
        (void)state;
        free(log_path);
        scratch_remove(directory);
        return 0;
}

static struct record_sinks *open_sinks(const char *json_path, bool journal, FILE *terminal)
{
        const struct record_sinks_options options = { .json_path = json_path,
                                                      .journal = journal,
                                                      .terminal = terminal };
        struct record_sinks *sinks = NULL;

        assert_int_equal(record_sinks_open(&options, &sinks), 0);
        return sinks;
}

static int write_record(struct record_sinks *sinks)
{
        struct record *record = fixture_record(MODE_ENFORCE, OPERATION_CREATE, OUTCOME_DENY);
        int r;

        free(record->path);
        record->path = strdup("/etc/\xff\n\xc2\x9b");
        r = record_sinks_write(sinks, record);
        record_free(record);
        return r;
}

/* Every line is a record, and there are so many. */
static void assert_lines(const char *path, size_t n)
{
        _cleanup_free_ char *text = NULL;
        char *rest = NULL;
        size_t size;

        assert_int_equal(read_file_at(AT_FDCWD, path, 1 << 24, &text, &size), 0);
        assert_int_equal(strlen(text), size);
        if (size > 0)
                assert_int_equal(text[size - 1], '\n');
        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
                json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

                assert_non_null(json);
                assert_true(json_is_string(json_object_get(json, "@timestamp")));
                json_decref(json);
                for (const char *c = line; *c; c++)
                        assert_in_range(*c, ' ', '~');
                n--;
        }
        assert_int_equal(n, 0);
}

static void test_file(void **state)
{
        mode_t umask_before = umask(0077);
        struct record_sinks *sinks = open_sinks(log_path, false, NULL);
        _cleanup_free_ char *parent = strdup(log_path);
        struct stat st;

        (void)state;
        (void)umask(umask_before);
        assert_int_equal(stat(log_path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0640);
        *strrchr(parent, '/') = '\0';
        assert_int_equal(stat(parent, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0750);
        for (unsigned i = 0; i < 10; i++)
                assert_int_equal(write_record(sinks), 0);
        assert_lines(log_path, 10);
        assert_null(record_sinks_close(sinks));
        assert_null(record_sinks_close(NULL));

        assert_int_equal(chmod(log_path, 0600), 0);
        sinks = open_sinks(log_path, false, NULL);
        assert_int_equal(write_record(sinks), 0);
        assert_lines(log_path, 11);
        assert_int_equal(stat(log_path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600); /* as the administrator has it */
        record_sinks_close(sinks);
}

static void test_rotation(void **state)
{
        struct record_sinks *sinks = open_sinks(log_path, false, NULL);
        _cleanup_free_ char *rotated = format("%s.1", log_path);

        (void)state;
        assert_int_equal(write_record(sinks), 0);
        assert_int_equal(rename(log_path, rotated), 0);
        assert_int_equal(write_record(sinks), 0); /* not told yet */
        assert_int_equal(record_sinks_reopen(sinks), 0);
        assert_int_equal(write_record(sinks), 0);
        assert_lines(rotated, 2);
        assert_lines(log_path, 1);
        record_sinks_close(sinks);
}

/* It goes on with the old file. */
static void test_reopen_fails(void **state)
{
        struct record_sinks *sinks = open_sinks(log_path, false, NULL);
        _cleanup_free_ char *rotated = format("%s.1", log_path);

        (void)state;
        assert_int_equal(rename(log_path, rotated), 0);
        assert_int_equal(symlink("/etc/passwd", log_path), 0);
        assert_int_equal(record_sinks_reopen(sinks), -ELOOP);
        assert_int_equal(write_record(sinks), 0);
        assert_lines(rotated, 1);
        record_sinks_close(sinks);
}

static void test_half_a_line(void **state)
{
        struct record_sinks *sinks = open_sinks(log_path, false, NULL);
        _cleanup_free_ char *text = NULL;

        (void)state;
        write_file_at(AT_FDCWD, log_path, "{\"half\":", 8);
        assert_int_equal(record_sinks_reopen(sinks), 0);
        assert_int_equal(record_sinks_reopen(sinks), 0);
        assert_int_equal(write_record(sinks), 0);
        record_sinks_close(sinks);
        assert_int_equal(read_file_at(AT_FDCWD, log_path, 1 << 20, &text, NULL), 0);
        assert_memory_equal(text, "{\"half\":\n{\"@timestamp\"", 21);
}

static void test_full_disk(void **state)
{
        struct record_sinks *sinks;
        unsigned written = 0;
        int r;

        (void)state;
        if (!scratch_mount(directory, 64))
                skip();
        sinks = open_sinks(log_path, false, NULL);
        while ((r = write_record(sinks)) == 0)
                written++;
        assert_int_equal(r, -ENOSPC);
        assert_true(written > 10);
        for (unsigned i = 0; i < 10; i++)
                assert_int_equal(write_record(sinks), -ENOSPC);
        assert_lines(log_path, written);
        assert_int_equal(truncate(log_path, 0), 0);
        assert_int_equal(write_record(sinks), 0);
        assert_lines(log_path, 1);
        record_sinks_close(sinks);
        scratch_unmount(directory);
}

static void test_terminal(void **state)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *terminal = open_memstream(&text, &size);
        struct record_sinks *sinks = open_sinks(NULL, false, terminal);

        (void)state;
        assert_int_equal(write_record(sinks), 0);
        assert_int_equal(record_sinks_reopen(sinks), 0);
        record_sinks_close(sinks);
        assert_int_equal(fclose(terminal), 0);
        assert_non_null(strstr(text, "DENY create /etc/\\xff\\x0a\\xc2\\x9b by /usr/bin/bash"));
        assert_int_equal(text[size - 1], '\n');
}

/* ---- The journal: a socket of our own where journald's would be ---------------------------------------- */

static bool hide_journald(void)
{
        static const char run[] = "/run";

        return scratch_mount(run, 1024) && make_directories("/run/systemd/journal", 0755) == 0;
}

static int fake_journald(void)
{
        static const struct sockaddr_un address = { AF_UNIX, "/run/systemd/journal/socket" };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        assert_true(fd >= 0);
        assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
        return fd;
}

static void test_journal(void **state)
{
        static const char *const expected[] = {
                "PRIORITY=4\n",
                "MESSAGE_ID=7b4f88c7017b4359a7f0935d613687b1\n",
                "SYSLOG_IDENTIFIER=unitward\n",
                "UNITWARD_OPERATION=create\n",
                "UNITWARD_RULE=default\n",
                "UNITWARD_VERDICT=deny\n",
                "UNITWARD_MODE=enforce\n",
                "UNITWARD_ENFORCED=true\n",
                "UNITWARD_PID=812\n",
                "UNITWARD_TECHNIQUE=T1053.006\n",
                "UNITWARD_LOGIN_UID=1000\n",
                "UNITWARD_UID=0\n",
                "UNITWARD_PATH_HEX=2f6574632fff0ac29b\n",
                "UNITWARD_ANCESTRY={\"pid\":700,\"executable\":\"/usr/sbin/sshd\",\"unit\":\"ssh.service\"}\n",
                "MESSAGE=DENY create /etc/\\xff\\x0a\\xc2\\x9b by /usr/bin/bash",
        };
        struct record_sinks *sinks;
        char message[65536];
        ssize_t n;
        int fd;

        (void)state;
        if (!hide_journald())
                skip();
        sinks = open_sinks(NULL, true, NULL);
        assert_int_equal(write_record(sinks), 0); /* nobody there: not a failure */
        fd = fake_journald();
        assert_int_equal(write_record(sinks), 0);
        n = recv(fd, message, sizeof message, 0);
        assert_true(n > 0);
        for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
                if (!memmem(message, (size_t)n, expected[i], strlen(expected[i])))
                        fail_msg("%s is not in the message", expected[i]);
        assert_null(memmem(message, (size_t)n, "CODE_FILE", strlen("CODE_FILE")));
        (void)close(fd);
        assert_int_equal(write_record(sinks), 0); /* a socket that nobody reads any more */
        record_sinks_close(sinks);
        scratch_unmount("/run");
}

/* It is waited for once, and not for long; the file gets every record. */
static void test_journal_that_hangs(void **state)
{
        struct record_sinks *sinks;
        unsigned n = 0;
        uint64_t start;
        int fd;

        (void)state;
        if (!hide_journald())
                skip();
        (void)alarm(60);
        fd = fake_journald();
        sinks = open_sinks(log_path, true, NULL);
        while (write_record(sinks) == 0)
                n++;
        start = now_monotonic_usec();
        for (unsigned i = 0; i < 100; i++)
                assert_int_equal(write_record(sinks), -EAGAIN);
        assert_true(now_monotonic_usec() - start < 2000000);
        assert_lines(log_path, n + 101);
        while (recv(fd, &(char){ 0 }, 1, 0) > 0)
                ;
        assert_int_equal(write_record(sinks), 0); /* it reads again */
        (void)alarm(0);
        (void)close(fd);
        record_sinks_close(sinks);
        scratch_unmount("/run");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_file, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_rotation, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_reopen_fails, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_half_a_line, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_terminal, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_full_disk, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_journal, make_directory, remove_directory),
                cmocka_unit_test_setup_teardown(test_journal_that_hangs, make_directory, remove_directory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
