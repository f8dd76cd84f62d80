/* What detection remembers of changes: which count, whose doing they were, and whose units they are about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../src/daemon/detection.h"
#include "record_fixture.h"
#include "unitward/unit_meaning.h"

static struct changes_table *table;

static int set_up(void **state)
{
        (void)state;
        table = calloc(1, sizeof *table);
        return table ? 0 : -1;
}

static int tear_down(void **state)
{
        (void)state;
        changes_done(table);
        free(table);
        return 0;
}

static struct record *changed(enum mode mode, const char *unit, const char *path, enum place place)
{
        struct record *record = fixture_record(mode, OPERATION_CREATE, OUTCOME_DENY);

        free(record->path);
        record->path = strdup(path);
        record->place = place;
        (void)string_copy(record->unit, sizeof record->unit, unit);
        return record;
}

static bool note(struct record *record)
{
        bool noted = changes_note(table, record);

        record_free(record);
        return noted;
}

static void test_what_counts(void **state)
{
        struct record *record;

        (void)state;
        assert_true(note(changed(MODE_AUDIT, "x.service", "/etc/systemd/system/x.service", PLACE_UNITS)));
        /* It was refused, or undone: nothing was changed. */
        assert_false(note(changed(MODE_ENFORCE, "y.service", "/etc/systemd/system/y.service", PLACE_UNITS)));
        assert_false(note(changed(MODE_AUDIT, "", "/etc/systemd/system.conf", PLACE_CONFIGURATION)));
        assert_false(note(fixture_record(MODE_AUDIT, OPERATION_READ, OUTCOME_DENY)));
        record = changed(MODE_AUDIT, "x.service", "/etc/systemd/system/x.service", PLACE_UNITS);
        record->attributes_only = true;
        assert_false(note(record));
        /* Managers and generators write what they may all the time. */
        record = changed(MODE_AUDIT, "x.service", "/run/systemd/transient/x.service", PLACE_TRANSIENT);
        record->outcome = OUTCOME_ALLOW;
        assert_false(note(record));
        assert_int_equal(table->n, 1);
}

static enum detect_author author_of_writer(const char *program, enum outcome outcome)
{
        struct record *record = changed(MODE_AUDIT, "x.service", "/etc/systemd/system/x.service", PLACE_UNITS);
        struct changes_of_unit found;

        free(record->actor->ancestry[1].exe_path);
        record->actor->ancestry[1].exe_path = strdup(program);
        record->outcome = outcome;
        assert_true(note(record));
        changes_find(table, "x.service", &found);
        assert_non_null(found.file);
        return found.file->change.author;
}

static void test_authors(void **state)
{
        (void)state;
        assert_int_equal(author_of_writer("/usr/bin/dpkg", OUTCOME_ALLOW), DETECT_AUTHOR_PACKAGE);
        assert_int_equal(author_of_writer("/usr/bin/dpkg", OUTCOME_DENY), DETECT_AUTHOR_REFUSED);
        assert_int_equal(author_of_writer("/tmp/dpkg", OUTCOME_ALLOW), DETECT_AUTHOR_ALLOWED);
        assert_int_equal(table->n, 1); /* one path, one change: the latest */
}

static void test_whose(void **state)
{
        struct changes_of_unit found;

        (void)state;
        assert_true(note(changed(MODE_AUDIT, "x@.service", "/etc/systemd/system/x@.service", PLACE_UNITS)));
        assert_true(
                note(changed(MODE_AUDIT, "x@a.service", "/etc/systemd/system/x@a.service.d/y.conf", PLACE_DROPINS)));
        changes_find(table, "x@a.service", &found);
        assert_string_equal(found.file->change.path, "/etc/systemd/system/x@.service");
        assert_string_equal(found.drop_in->change.path, "/etc/systemd/system/x@a.service.d/y.conf");
        assert_null(found.trigger);
        changes_find(table, "x@b.service", &found);
        assert_non_null(found.file);
        assert_null(found.drop_in);
        changes_find(table, "other.service", &found);
        assert_null(found.file);
}

static void test_trigger(void **state)
{
        static const char timer[] = "[Timer]\nOnCalendar=minutely\nUnit=hidden.service\n";
        char directory[] = "/tmp/unitward-detection-XXXXXX", path[64];
        struct changes_of_unit found;

        (void)state;
        scratch_make(directory);
        (void)snprintf(path, sizeof path, "%s/every.timer", directory);
        write_file_at(AT_FDCWD, path, timer, sizeof timer - 1);
        assert_true(note(changed(MODE_AUDIT, "every.timer", path, PLACE_UNITS)));
        changes_find(table, "hidden.service", &found);
        assert_null(found.file);
        assert_non_null(found.trigger);
        assert_string_equal(found.trigger->unit, "every.timer");
        scratch_remove(directory);
}

static void test_loaded(void **state)
{
        struct record *record = changed(MODE_AUDIT, "x.service", "/etc/systemd/system/x.service", PLACE_UNITS);
        struct changes_of_unit found;

        (void)state;
        record->kind = RECORD_LOADED;
        record->decided = false;
        assert_true(note(record));
        changes_find(table, "x.service", &found);
        assert_non_null(found.loaded);
        assert_int_equal(found.loaded_usec, FIXTURE_TIME);
}

static void test_room(void **state)
{
        char unit[64], path[128];
        struct changes_of_unit found;

        (void)state;
        for (unsigned i = 0; i <= DETECTION_CHANGES_MAX; i++) {
                (void)snprintf(unit, sizeof unit, "x%u.service", i);
                (void)snprintf(path, sizeof path, "/etc/systemd/system/%s", unit);
                assert_true(note(changed(MODE_AUDIT, unit, path, PLACE_UNITS)));
        }
        assert_int_equal(table->n, DETECTION_CHANGES_MAX);
        changes_find(table, "x0.service", &found);
        assert_null(found.file);
        changes_find(table, unit, &found);
        assert_non_null(found.file);
}

static bool names_not(const char *text, const char *program)
{
        struct unit_known unit = { .whole = true };
        struct start start = { .actor = fixture_actor() };
        bool r;

        start.actor->ancestry[0].exe = (struct file_id){ 1, 1 };
        free(start.actor->ancestry[0].exe_path);
        start.actor->ancestry[0].exe_path = strdup(program);
        assert_int_equal(unit_programs(text, strlen(text), &unit.programs), 0);
        r = unit_names_not(&unit, &start);
        for (char **each = unit.programs; *each; each++)
                free(*each);
        free(unit.programs);
        actor_unref(start.actor);
        return r;
}

static void test_names(void **state)
{
        (void)state;
        assert_true(names_not("[Service]\nExecStart=/bin/true\n", "/usr/bin/id"));
        assert_false(names_not("[Service]\nExecStart=/bin/true\nExecStop=/usr/bin/id\n", "/usr/bin/id"));
        /* Who knows what a shell, a wrapper or a script has executed in its place, and what has no program any more. */
        assert_false(names_not("[Service]\nExecStart=/bin/sh -c 'x; id'\n", "/usr/bin/id"));
        assert_false(names_not("[Service]\nExecStart=/usr/bin/env id\n", "/usr/bin/id"));
        assert_false(names_not("[Service]\nExecStart=/not/there\n", "/usr/bin/id"));
        assert_false(names_not("[Service]\nExecStart=/bin/true\n", ""));
        assert_false(names_not("[Service]\nExecStart=id\n", "/usr/bin/id"));
}

static void test_command(void **state)
{
        static const char text[] = "[Service]\nExecStart=\nExecStart=-/bin/sh -c 'a b' c\nExecStart=/bin/true\n";
        struct unit_known unit = { 0 };

        (void)state;
        unit_find_command(&unit, text, sizeof text - 1);
        assert_int_equal(unit.command_size, sizeof "/bin/sh\0-c\0a b\0c");
        assert_memory_equal(unit.command, "/bin/sh\0-c\0a b\0c", unit.command_size);
        free(unit.command);
        unit = (struct unit_known){ 0 };
        unit_find_command(&unit, "[Timer]\n", 8);
        assert_null(unit.command);
}

static void test_templates(void **state)
{
        char template[UNIT_NAME_MAX];

        (void)state;
        assert_true(unit_template("x@y.service", template));
        assert_string_equal(template, "x@.service");
        assert_false(unit_template("x.service", template));
        assert_false(unit_template("x@.service", template));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_what_counts, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_authors, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_whose, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_trigger, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_loaded, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_room, set_up, tear_down),
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_command),
                cmocka_unit_test(test_templates),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
