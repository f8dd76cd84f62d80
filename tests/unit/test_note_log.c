/* The log of notes: what was added comes back whole and in order, whenever its writer was killed and whatever became of
 * the memory. */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../../src/event/note_bytes.h"
#include "scratch.h"
#include "unitward/note_log.h"

static unsigned char memory[NOTE_LOG_SMALLEST] __attribute__((aligned(8)));

static struct note_log *log_over(void *at, bool all)
{
        struct note_log *log = NULL;

        assert_int_equal(note_log_new(at, NOTE_LOG_SMALLEST, all, &log), 0);
        return log;
}

static int setup(void **state)
{
        memset(memory, 0, sizeof memory);
        *state = log_over(memory, false);
        return 0;
}

static int teardown(void **state)
{
        note_log_free(*state);
        return 0;
}

static struct actor *somebody(pid_t pid)
{
        struct actor *actor = actor_unknown(pid);

        assert_non_null(actor);
        actor->known = actor->manager = true;
        actor->parent = 11;
        actor->start_time = 1234567;
        actor->session = 12;
        actor->uid = 0;
        actor->gid = 5;
        actor->n_groups = 2;
        actor->groups[0] = 4;
        actor->groups[1] = 24;
        actor->label = strdup("unconfined");
        actor->n_ancestry = 2;
        actor->ancestry[0] =
                (struct actor_process){ pid, { 65024, 4711 }, strdup("/usr/bin/dpkg"), strdup("session-1.scope") };
        actor->ancestry[1] = (struct actor_process){ 11, { 65024, 4712 }, strdup("/usr/bin/apt (deleted)"), NULL };
        return actor;
}

static struct note *note_of(const char *name, struct actor *actor)
{
        struct note *note = note_new(NOTE_CHANGE, "/etc/systemd/system", name, actor);

        assert_non_null(note);
        note->mask = FAN_MOVED_TO;
        note->seen = (struct signature){ { 65024, 815 }, 30, -1, 2 };
        note->client = strdup("systemctl");
        return note;
}

static void add(struct note_log *log, const char *name)
{
        struct note *note = note_of(name, somebody(42));

        note_log_add(log, note);
        note_free(note);
}

/* What a guard that starts now finds: the names, one behind the other. */
static const char *left_in(void *at, bool all, int expected)
{
        static char names[65536];
        struct note_log *log = log_over(at, all);
        struct note_list list;
        struct note *note;

        names[0] = '\0';
        assert_int_equal(note_log_read(log, &list), expected);
        while ((note = TAILQ_FIRST(&list))) {
                TAILQ_REMOVE(&list, note, next);
                assert_true(strlen(names) + strlen(note->name) + 2 < sizeof names);
                (void)strcat(strcat(names, note->name), " ");
                note_free(note);
        }
        note_log_free(log);
        return names;
}

static void test_bytes(void **state)
{
        struct note *note = note_of("a b\n\xff.service", somebody(42)), *back = NULL;
        unsigned char bytes[NOTE_BYTES_MAX];
        size_t size = note_encode(note, bytes, sizeof bytes);

        (void)state;
        assert_true(size > 0);
        assert_int_equal(note_decode(bytes, size, &back), 0);
        assert_int_equal(back->mask, FAN_MOVED_TO);
        assert_true(signature_equal(&back->seen, &note->seen));
        assert_string_equal(back->directory, note->directory);
        assert_string_equal(back->name, note->name);
        assert_string_equal(back->client, "systemctl");
        assert_true(back->actor->known && back->actor->manager && !back->actor->user_manager);
        assert_int_equal(back->actor->pid, 42);
        assert_int_equal(back->actor->start_time, 1234567);
        assert_int_equal(back->actor->login_uid, (uid_t)-1);
        assert_int_equal(back->actor->n_groups, 2);
        assert_int_equal(back->actor->groups[1], 24);
        assert_string_equal(back->actor->label, "unconfined");
        assert_int_equal(back->actor->n_ancestry, 2);
        assert_true(file_id_equal(back->actor->ancestry[0].exe, note->actor->ancestry[0].exe));
        assert_string_equal(back->actor->ancestry[0].unit, "session-1.scope");
        assert_string_equal(back->actor->ancestry[1].exe_path, "/usr/bin/apt (deleted)");
        assert_null(back->actor->ancestry[1].unit);
        note_free(back);

        /* Cut anywhere it is none. */
        for (size_t i = 0; i < size; i++)
                assert_int_equal(note_decode(bytes, i, &back), -EBADMSG);
        assert_int_equal(note_encode(note, bytes, size - 1), 0);
        note_free(note);
}

/* The longest that there can be fits; longer paths of programs are cut. */
static void test_longest(void **state)
{
        struct actor *actor = actor_unknown(1);
        char path[4096], name[256], unit[ACTOR_UNIT_MAX];
        unsigned char bytes[NOTE_BYTES_MAX];
        struct note *note, *back = NULL;

        (void)state;
        memset(path, 'p', sizeof path - 1);
        memset(name, 'n', sizeof name - 1);
        memset(unit, 'u', sizeof unit - 1);
        path[0] = '/';
        path[sizeof path - 1] = name[sizeof name - 1] = unit[sizeof unit - 1] = '\0';
        actor->known = true;
        actor->n_groups = ACTOR_GROUPS_MAX;
        while (actor->n_ancestry < ACTOR_ANCESTORS_MAX)
                actor->ancestry[actor->n_ancestry++] =
                        (struct actor_process){ 1, { 1, 1 }, strdup(path), strdup(unit) };
        note = note_new(NOTE_CHANGE, path, name, actor);
        assert_int_equal(note_decode(bytes, note_encode(note, bytes, sizeof bytes), &back), 0);
        assert_string_equal(back->directory, path);
        assert_null(back->client);
        assert_int_equal(strlen(back->actor->ancestry[23].exe_path), NOTE_EXE_PATH_MAX);
        assert_string_equal(back->actor->ancestry[23].unit, unit);
        note_free(back);
        note_free(note);
}

static void test_left(void **state)
{
        struct note_log *log = *state;
        struct note_mark mark;

        assert_string_equal(left_in(memory, true, 0), "");
        add(log, "a");
        mark = note_log_mark(log);
        add(log, "b");
        note_log_confirm(log);
        assert_string_equal(left_in(memory, false, 0), "a b ");
        note_log_release(log, mark);
        assert_string_equal(left_in(memory, false, 0), "b ");
        assert_string_equal(left_in(memory, false, 0), "b "); /* until it is released */
        note_log_release(log, note_log_mark(log));
        assert_string_equal(left_in(memory, false, 0), "");
}

/* What was not confirmed counts only when the kernel told of what came after. */
static void test_confirmed(void **state)
{
        struct note_log *log = *state;

        add(log, "a");
        note_log_confirm(log);
        add(log, "b");
        assert_string_equal(left_in(memory, true, 0), "a b ");
        assert_string_equal(left_in(memory, false, 0), "a ");

        /* The housekeeper may be ahead of that. */
        add(log, "c");
        note_log_release(log, note_log_mark(log));
        assert_string_equal(left_in(memory, false, 0), "");
}

/* Thousands through a ring that holds some dozens: it goes round many times, at every offset. */
static void test_round(void **state)
{
        struct note_log *log = *state;

        for (unsigned i = 0; i < 5000; i++) {
                char name[32];

                (void)snprintf(name, sizeof name, "%0*u", (int)(1 + i % 23), i);
                add(log, name);
                note_log_confirm(log);
                if (i % 7 == 0)
                        assert_non_null(strstr(left_in(memory, true, 0), name));
                note_log_release(log, note_log_mark(log));
        }
        assert_int_equal(note_log_unkept(log), 0);
        assert_string_equal(left_in(memory, true, 0), "");
}

/* Once there is no room nothing is kept until all is settled, so that what is kept lacks nothing in between. */
static void test_full(void **state)
{
        struct note_log *log = *state, *next;
        struct note_mark kept, dropped;
        unsigned n = 0;

        while (note_log_unkept(log) == 0 && n++ < 10000)
                add(log, "a");
        assert_in_range(n, 50, 1000);
        kept = note_log_mark(log);
        kept.dropped = 0;
        note_log_release(log, kept);
        add(log, "b");
        assert_int_equal(note_log_unkept(log), 2);
        assert_string_equal(left_in(memory, true, 0), "");

        dropped = note_log_mark(log);
        note_log_release(log, dropped);
        add(log, "c");
        assert_int_equal(note_log_unkept(log), 2);
        next = log_over(memory, true);
        assert_true(note_log_is_whole(next));
        note_log_free(next);
        assert_string_equal(left_in(memory, true, 0), "c ");

        while (note_log_unkept(log) == 2)
                add(log, "d");
        next = log_over(memory, true);
        assert_false(note_log_is_whole(next));
        note_log_free(next);
}

/* ---- Killed ------------------------------------------------------------------------------------------- */

/* The memory as it is after each of its bytes was written in turn: what head has not passed is not there. */
static void test_killed_at_any_store(void **state)
{
        static unsigned char before[NOTE_LOG_SMALLEST], after[NOTE_LOG_SMALLEST], torn[NOTE_LOG_SMALLEST];
        const size_t header = 64; /* at most: positions and the rest of it */
        struct note_log *log = *state;

        add(log, "first");
        note_log_confirm(log);
        memcpy(before, memory, sizeof memory);
        add(log, "second");
        memcpy(after, memory, sizeof memory);
        memcpy(torn, before, sizeof before);
        for (size_t i = header; i < sizeof memory; i++) {
                if (before[i] == after[i])
                        continue;
                torn[i] = after[i];
                assert_string_equal(left_in(torn, true, 0), "first ");
        }
        memcpy(torn, after, sizeof after);
        assert_string_equal(left_in(torn, true, 0), "first second ");
}

/* A writer that really dies, some thousand times. */
static void test_killed(void **state)
{
        unsigned char *shared =
                mmap(NULL, NOTE_LOG_SMALLEST, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        size_t kept = 0;

        (void)state;
        assert_true(shared != MAP_FAILED);
        for (unsigned i = 0; i < 300; i++) {
                pid_t pid = fork();

                assert_true(pid >= 0);
                if (pid == 0) {
                        struct note_log *log = log_over(shared, true);

                        for (;;) {
                                add(log, "x");
                                note_log_confirm(log);
                                note_log_release(log, note_log_mark(log));
                        }
                }
                (void)usleep(i * 7);
                assert_int_equal(kill(pid, SIGKILL), 0);
                assert_int_equal(waitpid(pid, NULL, 0), pid);
                /* One that it was at, "x ", and those of the former ones if it never came to release them. */
                assert_in_range(strlen(left_in(shared, true, 0)), 0, kept + 2);
                kept = strlen(left_in(shared, true, 0));
        }
        assert_int_equal(munmap(shared, NOTE_LOG_SMALLEST), 0);
}

/* A guard that is killed on its way out of read(2) does not know how much it has read: there are zeros behind it. */
static void test_unread(void **state)
{
        struct note_log *log = *state, *next;
        unsigned char *buffer = note_log_buffer(log), *left;
        uint64_t usec = 0;

        note_log_reading(log);
        memcpy(buffer, "onetwo\0\0", 8);
        next = log_over(memory, true);
        left = note_log_unread(next, &usec);
        assert_string_equal((const char *)left, "onetwo");
        assert_true(usec > 0);
        free(left);

        note_log_read_some(log, 6);
        note_log_looked_at(log, 3);
        left = note_log_unread(next, &usec);
        assert_string_equal((const char *)left, "two");
        free(left);

        note_log_looked_at(log, 6);
        left = note_log_unread(next, &usec);
        assert_string_equal((const char *)left, "");
        free(left);
        note_log_reading(log);
        assert_memory_equal(buffer, "\0\0\0\0\0\0", 6);

        /* Whatever is there: what is handed out has its size. */
        note_log_looked_at(log, UINT64_MAX);
        assert_null(note_log_unread(next, &usec));
        note_log_free(next);
}

/* ---- Not what was written ------------------------------------------------------------------------------ */

static void test_damage(void **state)
{
        static unsigned char damaged[NOTE_LOG_SMALLEST];
        struct note_log *log = *state;

        add(log, "a");
        add(log, "b");
        note_log_confirm(log);
        for (size_t i = 0; i < 2048; i++) {
                struct note_log *next = NULL;
                struct note_list list;
                struct note *note;
                int r;

                memcpy(damaged, memory, sizeof memory);
                damaged[i] ^= (unsigned char)(1u << i % 8);
                assert_int_equal(note_log_new(damaged, sizeof damaged, false, &next), 0);
                r = note_log_read(next, &list);
                assert_in_range(r, 0, 2);
                while ((note = TAILQ_FIRST(&list))) {
                        TAILQ_REMOVE(&list, note, next);
                        assert_true(streq(note->name, "a") || streq(note->name, "b"));
                        assert_int_equal(note->actor->ancestry[0].exe.inode, 4711);
                        note_free(note);
                }
                add(next, "c"); /* and it goes on working */
                note_log_free(next);
        }
        assert_int_equal(note_log_new(damaged, NOTE_LOG_SMALLEST - 1, false, &log), -EINVAL);
}

/* ---- Its file --------------------------------------------------------------------------------------------- */

static void test_file(void **state)
{
        char directory[] = "/dev/shm/unitward-notes-XXXXXX";
        struct note_log *log = NULL;
        struct stat st;
        void *mapped;
        bool lasts;

        (void)state;
        scratch_make(directory);
        _cleanup_free_ char *path = format("%s/notes", directory);

        mapped = note_log_map(directory, &lasts);
        assert_non_null(mapped);
        if (!lasts) { /* no tmpfs there: memory that ends with the process */
                note_log_unmap(mapped);
                scratch_remove(directory);
                skip();
        }
        assert_int_equal(note_log_new(mapped, NOTE_LOG_SIZE, false, &log), 0);
        add(log, "a");
        note_log_confirm(log);
        note_log_free(log);
        note_log_unmap(mapped);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode, S_IFREG | 0600);
        assert_int_equal(st.st_size, NOTE_LOG_SIZE);
        assert_int_equal((uint64_t)st.st_blocks * 512, NOTE_LOG_SIZE);

        /* Anybody might have written what is not ours alone. */
        assert_int_equal(chmod(path, 0666), 0);
        mapped = note_log_map(directory, &lasts);
        assert_true(lasts);
        assert_int_equal(note_log_new(mapped, NOTE_LOG_SIZE, false, &log), 0);
        assert_int_equal(note_log_mark(log).end, 0);
        note_log_free(log);
        note_log_unmap(mapped);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode, S_IFREG | 0600);
        scratch_remove(directory);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_bytes),
                cmocka_unit_test(test_longest),
                cmocka_unit_test_setup_teardown(test_left, setup, teardown),
                cmocka_unit_test_setup_teardown(test_confirmed, setup, teardown),
                cmocka_unit_test_setup_teardown(test_round, setup, teardown),
                cmocka_unit_test_setup_teardown(test_full, setup, teardown),
                cmocka_unit_test_setup_teardown(test_killed_at_any_store, setup, teardown),
                cmocka_unit_test(test_killed),
                cmocka_unit_test_setup_teardown(test_unread, setup, teardown),
                cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
                cmocka_unit_test(test_file),
        };

        return cmocka_run_group_tests_name("note_log", tests, NULL, NULL);
}
