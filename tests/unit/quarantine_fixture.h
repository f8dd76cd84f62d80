/* A quarantine on the file system of /tmp, and directories to take from: one beside it, one on /dev/shm. */
#pragma once

#include "scratch.h"
#include "unitward/quarantine.h"

static char fixture_root[] = "/tmp/unitward-quarantine-XXXXXX";
static char fixture_other[] = "/dev/shm/unitward-quarantine-XXXXXX";

static const struct quarantine_limits fixture_limits = { .max_bytes = 64u << 20, .max_file = 1u << 20 };

struct fixture {
        struct quarantine *quarantine;
        char *directory; /* of the quarantine */
        struct {
                const char *name;
                int dir; /* -1: not on this machine */
        } sources[2];
        int dir; /* the source whose turn it is */
};

static inline int fixture_setup(void **state)
{
        static struct fixture fixture;
        struct stat here, there;

        fixture = (struct fixture){ .sources = { { "same file system", -1 }, { "another file system", -1 } } };
        scratch_make(fixture_root);
        scratch_make(fixture_other);
        fixture.directory = format("%s/quarantine", fixture_root);
        assert_int_equal(quarantine_open(fixture.directory, &fixture_limits, &fixture.quarantine), 0);
        fixture.sources[0].dir = open(fixture_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(stat(fixture_root, &here), 0);
        assert_int_equal(stat(fixture_other, &there), 0);
        if (here.st_dev != there.st_dev)
                fixture.sources[1].dir = open(fixture_other, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        else
                print_message("skipped: /tmp and /dev/shm are one file system\n");
        *state = &fixture;
        return 0;
}

static inline int fixture_teardown(void **state)
{
        struct fixture *fixture = *state;

        quarantine_close(fixture->quarantine);
        for (size_t i = 0; i < ARRAY_SIZE(fixture->sources); i++)
                close_pointer(&fixture->sources[i].dir);
        free(fixture->directory);
        scratch_remove(fixture_root);
        scratch_remove(fixture_other);
        return 0;
}

/* Runs the test for each source that this machine has. */
static inline void each_source(struct fixture *fixture, void (*test)(struct fixture *fixture))
{
        for (size_t i = 0; i < ARRAY_SIZE(fixture->sources); i++) {
                fixture->dir = fixture->sources[i].dir;
                if (fixture->dir >= 0)
                        test(fixture);
        }
}

static inline bool is_across(const struct fixture *fixture)
{
        return fixture->dir == fixture->sources[1].dir;
}

static inline bool is_there(int dir, const char *name)
{
        return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline int take(struct fixture *fixture, const char *name, char id[static QUARANTINE_ID_MAX])
{
        json_t *why = json_pack("{s:s, s:s, s:s}", "rule", "default", "mode", "enforce", "kind", "overruled");
        _cleanup_free_ char *path = format("/etc/systemd/system/%s", name);
        int r = quarantine_take(fixture->quarantine, fixture->dir, name, path, why, id);

        json_decref(why);
        return r;
}

static inline json_t *evidence_of(struct fixture *fixture, const char *id)
{
        json_t *evidence = NULL;

        assert_int_equal(quarantine_show(fixture->quarantine, id, &evidence), 0);
        return evidence;
}

static inline void assert_evidence(struct fixture *fixture, const char *id, const char *key, const char *text)
{
        json_t *evidence = evidence_of(fixture, id);
        const json_t *value = json_object_get(evidence, key);

        if (!text)
                assert_null(value);
        else if (json_is_string(value))
                assert_string_equal(json_string_value(value), text);
        else {
                _cleanup_free_ char *dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

                assert_string_equal(dumped, text);
        }
        json_decref(evidence);
}

static inline char *content_path(const struct fixture *fixture, const char *id)
{
        return format("%s/%s/content", fixture->directory, id);
}

static inline void assert_contents(int dir, const char *path, const char *text)
{
        _cleanup_free_ char *data = NULL;
        size_t size;

        assert_int_equal(read_file_at(dir, path, 1 << 24, &data, &size), 0);
        assert_int_equal(size, strlen(text));
        assert_string_equal(data, text);
}
