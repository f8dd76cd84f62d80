#include "quarantine_fixture.h"
#include "unitward/record_meaning.h"

static char golden_directory[] = "/tmp/unitward-golden-XXXXXX";

static const char service[] = "[Service]\nExecStart=/tmp/x\n", timer[] = "[Timer]\nOnCalendar=minutely\n",
                  sshd[] = "[Service]\nExecStart=/usr/sbin/sshd\n";

struct scene {
        struct fixture *fixture;
        struct meaning_sources sources;
        char *units; /* "/tmp/.../etc/systemd/system" */
};

static struct scene scene_new(struct fixture *fixture)
{
        struct scene scene = { .fixture = fixture };

        scratch_make(golden_directory);
        scene.sources.quarantine = fixture->quarantine;
        assert_int_equal(golden_open(golden_directory, &scene.sources.golden), 0);
        scene.units = format("%s/etc/systemd/system", fixture_root);
        assert_int_equal(make_directories(scene.units, 0755), 0);
        return scene;
}

static void scene_done(struct scene *scene)
{
        meaning_sources_done(&scene->sources);
        golden_close(scene->sources.golden);
        free(scene->units);
        scratch_remove(golden_directory);
}

static struct record *record_of(const struct scene *scene, enum operation operation, const char *name)
{
        struct record *record = record_new(RECORD_ARRIVAL);

        assert_non_null(record);
        record->decided = true;
        record->mode = MODE_ENFORCE;
        record->operation = operation;
        record->outcome = OUTCOME_DENY;
        record->place = PLACE_UNITS;
        record->path = format("%s/%s", scene->units, name);
        (void)string_copy(record->unit, sizeof record->unit, name);
        return record;
}

/* Writes the unit and tells the record what was seen of it. */
static void put_unit(struct record *record, const char *text)
{
        struct stat st;

        write_file_at(AT_FDCWD, record->path, text, strlen(text));
        assert_int_equal(stat(record->path, &st), 0);
        record->file.known = true;
        record->file.ctime_usec = (uint64_t)st.st_ctim.tv_sec * 1000000u + (uint64_t)st.st_ctim.tv_nsec / 1000u;
}

static void put_in_quarantine(struct scene *scene, struct record *record, const char *text)
{
        write_file_at(scene->fixture->dir, "planted", text, strlen(text));
        assert_int_equal(take(scene->fixture, "planted", record->quarantine_id), 0);
}

static void assert_meaning(struct scene *scene, struct record *record, const char *expected)
{
        record_find_meaning(&scene->sources, record);
        if (expected)
                assert_string_equal(record->meaning, expected);
        else
                assert_null(record->meaning);
        record_free(record);
}

static struct scene begin(void **state)
{
        struct fixture *fixture = *state;

        fixture->dir = fixture->sources[0].dir;
        return scene_new(fixture);
}

static void test_evidence(void **state)
{
        struct scene scene = begin(state);
        struct record *record = record_of(&scene, OPERATION_RENAME, "evil.service");

        put_in_quarantine(&scene, record, service);
        assert_meaning(&scene, record, "runs /tmp/x as root when evil.service starts");

        record = record_of(&scene, OPERATION_RENAME, "ssh.service");
        put_in_quarantine(&scene, record, service);
        digest_buffer(sshd, strlen(sshd), &record->before);
        assert_int_equal(golden_store(scene.sources.golden, &record->before, sshd, strlen(sshd)), 0);
        assert_meaning(&scene, record, "changes ExecStart of ssh.service from /usr/sbin/sshd to /tmp/x");

        /* Evidence or copy that is gone: only the change itself is known. */
        record = record_of(&scene, OPERATION_RENAME, "evil.service");
        (void)string_copy(record->quarantine_id, QUARANTINE_ID_MAX, "20261123T091837.123456Z-0007");
        digest_buffer("x", 1, &record->before);
        assert_meaning(&scene, record, "adds the service evil.service");
        scene_done(&scene);
}

/* A directory of drop-ins that arrived whole. */
static void test_evidence_in_a_directory(void **state)
{
        struct scene scene = begin(state);
        struct record *record = record_of(&scene, OPERATION_RENAME, "ssh.service.d");
        _cleanup_free_ char *conf = format("%s/planted/a.conf", fixture_root),
                            *other = format("%s/planted/README", fixture_root);

        (void)string_copy(record->unit, sizeof record->unit, "ssh.service");
        assert_int_equal(mkdirat(scene.fixture->dir, "planted", 0755), 0);
        write_file_at(AT_FDCWD, conf, service, strlen(service));
        write_file_at(AT_FDCWD, other, sshd, strlen(sshd));
        assert_int_equal(take(scene.fixture, "planted", record->quarantine_id), 0);
        assert_meaning(&scene, record, "adds ExecStart=/tmp/x to ssh.service");
        scene_done(&scene);
}

static void test_file(void **state)
{
        struct scene scene = begin(state);
        struct record *record = record_of(&scene, OPERATION_CREATE, "new.service");

        put_unit(record, service);
        assert_meaning(&scene, record, "runs /tmp/x as root when new.service starts");

        /* It is not what was seen any more. */
        record = record_of(&scene, OPERATION_CREATE, "new.service");
        put_unit(record, service);
        record->file.ctime_usec--;
        assert_meaning(&scene, record, "adds the service new.service");

        /* Neither a link nor a FIFO is read. */
        record = record_of(&scene, OPERATION_CREATE, "link.service");
        assert_int_equal(symlink("new.service", record->path), 0);
        record->file.known = true;
        assert_meaning(&scene, record, "adds the service link.service");
        record = record_of(&scene, OPERATION_CREATE, "fifo.service");
        assert_int_equal(mkfifo(record->path, 0600), 0);
        record->file.known = true;
        assert_meaning(&scene, record, "adds the service fifo.service");
        scene_done(&scene);
}

static void test_pairs(void **state)
{
        struct scene scene = begin(state);
        struct record *record = record_of(&scene, OPERATION_CREATE, "lone.timer");

        put_in_quarantine(&scene, record, timer);
        assert_meaning(&scene, record, "starts lone.service every minute");

        /* Beside it on the disk. */
        record = record_of(&scene, OPERATION_CREATE, "pair.service");
        put_unit(record, service);
        record_free(record);
        record = record_of(&scene, OPERATION_CREATE, "pair.timer");
        put_in_quarantine(&scene, record, timer);
        assert_meaning(&scene, record, "starts /tmp/x every minute as root");

        record = record_of(&scene, OPERATION_CREATE, "many@.service");
        put_unit(record, service);
        record_free(record);
        record = record_of(&scene, OPERATION_CREATE, "many@one.timer");
        put_in_quarantine(&scene, record, timer);
        assert_meaning(&scene, record, "starts /tmp/x every minute as root");

        /* In quarantine a moment ago; the last ones are remembered, whatever their number. */
        for (unsigned i = 0; i < 3 * MEANING_TAKEN_MAX; i++) {
                _cleanup_free_ char *name = format("x%u.service", i);

                record = record_of(&scene, OPERATION_CREATE, name);
                put_in_quarantine(&scene, record, service);
                record_find_meaning(&scene.sources, record);
                record_free(record);
        }
        record = record_of(&scene, OPERATION_CREATE, "x70.timer");
        put_in_quarantine(&scene, record, timer);
        assert_meaning(&scene, record, "starts /tmp/x every minute as root");
        record = record_of(&scene, OPERATION_CREATE, "x1.timer");
        put_in_quarantine(&scene, record, timer);
        assert_meaning(&scene, record, "starts x1.service every minute");
        scene_done(&scene);
}

static void test_attempts(void **state)
{
        struct scene scene = begin(state);
        struct record *record = record_of(&scene, OPERATION_CREATE, "evil.timer");

        record->kind = RECORD_ACCESS;
        assert_meaning(&scene, record, "would add the timer evil.timer");
        record = record_of(&scene, OPERATION_CREATE, "evil.timer");
        record->kind = RECORD_ACCESS;
        record->mode = MODE_AUDIT;
        assert_meaning(&scene, record, "adds the timer evil.timer");
        record = record_of(&scene, OPERATION_LOAD, "evil.timer");
        assert_meaning(&scene, record, NULL);
        record = record_of(&scene, OPERATION_APPROVE, "evil.timer");
        assert_meaning(&scene, record, "takes evil.timer away");
        record = record_of(&scene, OPERATION_CREATE, "evil.timer");
        record->decided = false;
        assert_meaning(&scene, record, NULL);
        scene_done(&scene);
}

static void test_precedence(void **state)
{
        struct scene scene = begin(state);
        struct record *record = record_of(&scene, OPERATION_CREATE, "vendor.service");
        _cleanup_free_ char *vendor = format("%s/usr/lib/systemd/system", fixture_root),
                            *path = format("%s/vendor.service", vendor), *expected = NULL;

        assert_int_equal(make_directories(vendor, 0755), 0);
        write_file_at(AT_FDCWD, path, service, strlen(service));
        expected = format("adds the service vendor.service, in place of %s", path);
        assert_meaning(&scene, record, expected);

        /* What lies lower takes nobody's place. */
        record = record_of(&scene, OPERATION_CREATE, "vendor.service");
        put_unit(record, service);
        free(record->path);
        record->path = strdup(path);
        record->file.known = false;
        assert_meaning(&scene, record, "adds the service vendor.service");
        scene_done(&scene);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_evidence, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_evidence_in_a_directory, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_file, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_pairs, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_attempts, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_precedence, fixture_setup, fixture_teardown),
        };

        return cmocka_run_group_tests_name("meanings of records", tests, NULL, NULL);
}
