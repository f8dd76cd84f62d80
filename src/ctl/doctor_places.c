#include <glob.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "unitward/capabilities.h"
#include "unitward/doctor.h"
#include "unitward/util.h"

#define FILE_SYSTEMS_MAX 64

/* One file system that protected places lie on. */
struct file_system {
        dev_t device;
        unsigned places;
        char *example;
};

struct survey {
        size_t count;
        struct file_system file_systems[FILE_SYSTEMS_MAX];
};

/* Those where other machines or programs change files behind this kernel's back are remote. */
static const struct kind {
        unsigned long magic;
        const char *name;
        bool remote;
} kinds[] = {
        { 0xef53, "ext4", false },      { 0x58465342, "xfs", false },      { 0x9123683e, "btrfs", false },
        { 0x01021994, "tmpfs", false }, { 0x794c7630, "overlay", false },  { 0x2fc12fc1, "zfs", false },
        { 0xf2f52010, "f2fs", false },  { 0xca451a4e, "bcachefs", false }, { 0x73717368, "squashfs", false },
        { 0xe0f5e1e2, "erofs", false }, { 0x858458f6, "ramfs", false },    { 0x4d44, "vfat", false },
        { 0x6969, "nfs", true },        { 0xff534d42, "cifs", true },      { 0xfe534d42, "smb", true },
        { 0x65735546, "fuse", true },   { 0x01021997, "9p", true },        { 0x00c36400, "ceph", true },
        { 0x5346414f, "afs", true },    { 0x01161970, "gfs2", true },      { 0x7461636f, "ocfs2", true },
        { 0x0bd00bd0, "lustre", true },
};

static struct kind kind_of(const char *path)
{
        struct statfs st;

        if (statfs(path, &st) < 0)
                return (struct kind){ 0, "an unknown file system", false };
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (kinds[i].magic == ((unsigned long)st.f_type & 0xffffffff))
                        return kinds[i];
        return (struct kind){ (unsigned long)st.f_type, "another file system", false };
}

static void survey_add(struct survey *survey, const char *path)
{
        struct stat st;
        size_t i = 0;

        if (stat(path, &st) < 0)
                return;
        while (i < survey->count && survey->file_systems[i].device != st.st_dev)
                i++;
        if (i == FILE_SYSTEMS_MAX)
                return;
        if (i == survey->count) {
                survey->file_systems[i] = (struct file_system){ .device = st.st_dev, .example = strdup(path) };
                survey->count++;
        }
        survey->file_systems[i].places++;
}

static void survey_pattern(struct survey *survey, const char *pattern)
{
        glob_t found;

        if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
                return;
        for (size_t i = 0; i < found.gl_pathc; i++)
                survey_add(survey, found.gl_pathv[i]);
        globfree(&found);
}

static void survey_policy(struct survey *survey, const struct policy *policy)
{
        for (size_t i = 0; i < policy_n_zones(policy); i++) {
                const struct zone *zone = policy_zone(policy, (int)i);

                for (size_t j = 0; j < zone->n_paths; j++)
                        survey_pattern(survey, zone->paths[j].pattern);
        }
}

static json_t *facts_of(const struct doctor *doctor, const struct file_system *file_system,
                        const struct directory_capabilities *found)
{
        return json_pack("{s:s, s:s, s:i, s:o}", "file_system", kind_of(file_system->example).name, "path",
                         file_system->example, "places", (int)file_system->places, "guarantees",
                         guarantees_to_json(&doctor->kernel, found));
}

/* What was found where it could be tried. */
static void judge_tried(struct doctor *doctor, const struct file_system *file_system, const char *what,
                        const struct directory_capabilities *found)
{
        static const char elsewhere[] = "keep unit directories on ext4, xfs, btrfs or tmpfs";
        json_t *facts = facts_of(doctor, file_system, found);

        if (!found->open_perm)
                doctor_say_with(doctor, HEALTH_FAIL, what, "nothing can be denied there", elsewhere, facts);
        else if (!found->names)
                doctor_say_with(doctor, HEALTH_FAIL, what, "it has no file handles: what arrives there is not seen",
                                elsewhere, facts);
        else
                doctor_say_with(doctor, HEALTH_OK, what,
                                found->pre_access ? "every gate holds; truncate(2) is prevented"
                                                  : "every gate holds; truncate(2) is undone, not prevented",
                                NULL, facts);
}

static void judge(struct doctor *doctor, const struct file_system *file_system, const char *what)
{
        struct directory_capabilities found = { 0 };
        int r = capabilities_probe_directory(file_system->example, &found);

        if (kind_of(file_system->example).remote)
                doctor_say(doctor, HEALTH_FAIL, what, "what other machines or programs change there raises no event",
                           "keep unit directories on a local file system");
        else if (r == -EPERM)
                doctor_say(doctor, HEALTH_WARN, what, "what it can carry was not tried", "run it as root");
        else if (r < 0)
                doctor_say(doctor, HEALTH_WARN, what, strerror(-r), "look at it with findmnt");
        else
                judge_tried(doctor, file_system, what, &found);
}

void doctor_check_places(struct doctor *doctor)
{
        struct survey survey = { 0 };

        if (!doctor->policy) {
                doctor_say(doctor, HEALTH_WARN, "file systems", "without a policy it is not known which matter", NULL);
                return;
        }
        survey_policy(&survey, doctor->policy);
        for (size_t i = 0; i < survey.count; i++) {
                struct file_system *file_system = &survey.file_systems[i];
                _cleanup_free_ char *example = file_system->example, *what = NULL;

                what = format("%u protected places on %s, as %s", file_system->places, kind_of(example).name, example);
                if (what)
                        judge(doctor, file_system, what);
        }
}
