/* A system made of a table, in a directory of its own, and what posture finds in it. Only root can make one. */
#pragma once

#include "scratch.h"

#include "unitward/posture.h"
#include "unitward/util.h"

#define ALICE 1000
#define BOB 1001
#define SVC 200   /* a service's user */
#define DEV 300   /* a group of alice and bob */
#define EMPTY 301 /* a group without members */

struct object {
        const char *path;
        const char *contents; /* of a file; a link's target; NULL: a directory */
        mode_t mode;          /* 0: 0644 or 0755; S_IFLNK: a link */
        uid_t uid;
        gid_t gid;
};

#define UNITS "/usr/lib/systemd/system/"
#define ETC "/etc/systemd/system/"
#define ENABLED(name) { ETC "multi-user.target.wants/" name, ETC name, S_IFLNK, 0, 0 }
#define SERVICE(name, text) { ETC name, "[Service]\n" text "\n", 0, 0, 0 }, ENABLED(name)

static const struct object basis[] = {
        { "/etc/passwd",
          "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\nbob:x:1001:1001::/home/bob:/bin/sh\n"
          "svc:x:200:200::/var/lib/svc:/usr/sbin/nologin\n",
          0, 0, 0 },
        { "/etc/group", "root:x:0:\nalice:x:1000:\nbob:x:1001:\nsvc:x:200:\ndev:x:300:alice,bob\nempty:x:301:\n", 0, 0, 0 },
        { "/tmp", NULL, 01777, 0, 0 },
        { "/var/tmp", NULL, 01777, 0, 0 },
        { "/home/alice", NULL, 0755, ALICE, ALICE },
        { "/var/lib/svc", NULL, 0755, SVC, SVC },
        { "/bin", "usr/bin", S_IFLNK, 0, 0 },
        { "/usr/bin/sh", "\177ELF", 0755, 0, 0 },
        { "/usr/bin/true", "\177ELF", 0755, 0, 0 },
        { UNITS "multi-user.target", "[Unit]\nRequires=basic.target\n", 0, 0, 0 },
        { UNITS "default.target", "multi-user.target", S_IFLNK, 0, 0 },
        { UNITS "basic.target", "[Unit]\n", 0, 0, 0 },
        { 0 },
};

static inline void object_make(const char *root, const struct object *object)
{
        _cleanup_free_ char *path = format("%s%s", root, object->path);
        mode_t mode = object->mode ? object->mode & 07777 : object->contents ? 0644 : 0755;
        char directory[PATH_MAX];

        assert_non_null(path_split(path, directory, sizeof directory));
        assert_int_equal(make_directories(directory, 0755), 0);
        if (S_ISLNK(object->mode))
                assert_int_equal(symlink(object->contents, path), 0);
        else if (!object->contents)
                assert_int_equal(make_directories(path, 0755), 0);
        else
                write_file_at(AT_FDCWD, path, object->contents, strlen(object->contents));
        assert_int_equal(lchown(path, object->uid, object->gid), 0);
        if (!S_ISLNK(object->mode))
                assert_int_equal(chmod(path, mode), 0);
}

/* A root with the basis and the objects (which end with a NULL path); the template is completed. */
static inline void root_make(char *template, const struct object *objects)
{
        scratch_make(template);
        assert_int_equal(chmod(template, 0755), 0);
        for (const struct object *object = basis; object->path; object++)
                object_make(template, object);
        for (const struct object *object = objects; object->path; object++)
                object_make(template, object);
}

static inline struct posture *posture_of(const char *root, const struct policy *policy)
{
        struct posture *posture;

        assert_int_equal(posture_new(&(struct posture_options){ .root = root, .policy = policy }, &posture), 0);
        assert_int_equal(posture_run(posture), 0);
        return posture;
}

/* "SEVERITY CHECK PATH: WHO", a line each, worst first. Caller frees. */
static inline char *findings_text(const struct posture *posture)
{
        char *text;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        assert_non_null(stream);
        for (size_t i = 0; i < posture_n_findings(posture); i++) {
                const struct finding *finding = posture_finding(posture, i);
                _cleanup_free_ char *who = people_text(posture, &finding->who);

                assert_non_null(who);
                fprintf(stream, "%s %s %s: %s\n", severity_name(finding->severity), posture_check_name(finding->check),
                        finding->path, who);
        }
        assert_int_equal(fclose(stream), 0);
        return text;
}

/* What text makes of a root with these objects. */
static inline void assert_text(char *(*text)(const struct posture *posture), const struct policy *policy,
                               const struct object *objects, const char *expected)
{
        char root[] = "/tmp/unitward-posture-XXXXXX";
        _cleanup_free_ char *found = NULL;
        struct posture *posture;

        root_make(root, objects);
        posture = posture_of(root, policy);
        found = text(posture);
        posture_free(posture);
        scratch_remove(root);
        if (!streq(found, expected))
                fail_msg("found\n%s\nexpected\n%s", found, expected);
}

static inline void assert_findings_with(const struct policy *policy, const struct object *objects, const char *expected)
{
        assert_text(findings_text, policy, objects, expected);
}

static inline void assert_findings(const struct object *objects, const char *expected)
{
        assert_findings_with(NULL, objects, expected);
}

/* Owners can only be given by root. */
#define NEEDS_ROOT()                                                                                                   \
        do {                                                                                                           \
                if (geteuid() != 0) {                                                                                  \
                        print_message("skipped: only root can make files of others\n");                                \
                        skip();                                                                                        \
                }                                                                                                      \
        } while (0)
