/* Read by libmount, and kept only where it matters: a container host has tens of thousands of mounts. */
#include <fcntl.h>
#include <libmount.h>
#include <sys/syscall.h>

#include "unitward/mount_table.h"
#include "unitward/util.h"

#define MOUNTINFO "/proc/self/mountinfo"

static void mount_done(struct mount *mount)
{
        free(mount->target);
        free(mount->source);
        free(mount->type);
}

static char *source_of(struct libmnt_fs *fs)
{
        const char *source = mnt_fs_get_source(fs), *root = mnt_fs_get_root(fs);

        if (!source)
                source = "none";
        return root && !streq(root, "/") ? format("%s[%s]", source, root) : strdup(source);
}

/* Takes what it is made of. */
static int append(struct mount_table *table, struct mount *mount)
{
        struct mount *longer = NULL;

        if (mount->target && mount->source && mount->type)
                longer = reallocarray(table->mounts, table->n + 1, sizeof *table->mounts);
        if (!longer) {
                mount_done(mount);
                return -ENOMEM;
        }
        table->mounts = longer;
        longer[table->n++] = *mount;
        return 0;
}

int mount_table_add(struct mount_table *table, const struct mount *mount)
{
        struct mount copy = { .id = mount->id,
                              .target = strdup(mount->target),
                              .source = strdup(mount->source),
                              .type = strdup(mount->type) };

        return append(table, &copy);
}

void mount_table_keep(struct mount_table *table, bool (*is_kept)(const struct mount *mount, void *userdata),
                      void *userdata)
{
        size_t n = 0;

        for (size_t i = 0; i < table->n; i++)
                if (is_kept(&table->mounts[i], userdata))
                        table->mounts[n++] = table->mounts[i];
                else
                        mount_done(&table->mounts[i]);
        table->n = n;
}

void mount_table_done(struct mount_table *table)
{
        for (size_t i = 0; i < table->n; i++)
                mount_done(&table->mounts[i]);
        free(table->mounts);
        *table = (struct mount_table){ 0 };
}

const struct mount *mount_table_find(const struct mount_table *table, const struct mount *mount)
{
        for (size_t i = 0; i < table->n; i++) {
                const struct mount *other = &table->mounts[i];

                if (other->id == mount->id && streq(other->target, mount->target) &&
                    streq(other->source, mount->source) && streq(other->type, mount->type))
                        return other;
        }
        return NULL;
}

/* By the descriptor's mount: statx(2) would ask a server who answers when he likes. */
bool mount_is_on_top(const struct mount *mount)
{
        _cleanup_close_ int fd = open(mount->target, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        char path[64], text[256];
        const char *at;

        if (fd < 0)
                return false;
        (void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
        if (read_text_at(AT_FDCWD, path, text, sizeof text) < 0)
                return false;
        at = strstr(text, "\nmnt_id:");
        return at && strtol(at + strlen("\nmnt_id:"), NULL, 10) == mount->id;
}

/* ---- Reading ---------------------------------------------------------------------------------------- */

static int shorter_first(const void *a, const void *b)
{
        size_t first = strlen(((const struct mount *)a)->target), second = strlen(((const struct mount *)b)->target);

        return (first > second) - (first < second);
}

typedef bool matters_t(const char *target, void *userdata);

static int take(struct libmnt_fs *fs, matters_t *matters, void *userdata, struct mount_table *table)
{
        const char *target = mnt_fs_get_target(fs), *type = mnt_fs_get_fstype(fs);
        struct mount mount = { .id = mnt_fs_get_id(fs) };

        if (!target || (matters && !matters(target, userdata)))
                return 0;
        mount.target = strdup(target);
        mount.source = source_of(fs);
        mount.type = strdup(type ? type : "unknown");
        return append(table, &mount);
}

static int take_all(struct libmnt_table *from, matters_t *matters, void *userdata, struct mount_table *table)
{
        struct libmnt_iter *iterator = mnt_new_iter(MNT_ITER_FORWARD);
        struct libmnt_fs *fs;
        int r = iterator ? 0 : -ENOMEM;

        while (r == 0 && mnt_table_next_fs(from, iterator, &fs) == 0)
                r = take(fs, matters, userdata, table);
        mnt_free_iter(iterator);
        return r;
}

int mount_table_read(bool (*matters)(const char *target, void *userdata), void *userdata, struct mount_table *ret)
{
        struct libmnt_table *all = mnt_new_table();
        struct mount_table table = { 0 };
        int r;

        if (!all)
                return -ENOMEM;
        r = mnt_table_parse_file(all, MOUNTINFO);
        if (r == 0)
                r = take_all(all, matters, userdata, &table);
        mnt_unref_table(all);
        if (r != 0) {
                mount_table_done(&table);
                return r < 0 ? r : -EIO;
        }
        if (table.n > 0)
                qsort(table.mounts, table.n, sizeof *table.mounts, shorter_first);
        *ret = table;
        return 0;
}

/* ---- One, by the id that is never given again ----------------------------------------------------------- */

#ifndef SYS_statmount
#define SYS_statmount 457 /* on every architecture, as all newer ones */
#endif

/* <linux/mount.h> of Linux 6.8 has these; older headers do not. */
struct statmount_request {
        uint32_t size, spare;
        uint64_t id, mask;
};

struct statmount_answer {
        uint32_t size, options;
        uint64_t mask;
        uint32_t device_major, device_minor;
        uint64_t magic;
        uint32_t flags, type;
        uint64_t id, parent_id;
        uint32_t mountinfo_id, mountinfo_parent_id;
        uint64_t attributes, propagation, peer_group, master, propagate_from;
        uint32_t root, target; /* offsets of strings in text */
        uint64_t more[50];
        char text[4096 + 512];
};

#define WANT_BASIC 0x2u   /* STATMOUNT_MNT_BASIC */
#define WANT_TARGET 0x10u /* STATMOUNT_MNT_POINT */

int mount_lookup(uint64_t unique_id, int *ret_id, char **ret_target)
{
        struct statmount_request request = { .size = 24, .id = unique_id, .mask = WANT_BASIC | WANT_TARGET };
        struct statmount_answer answer = { 0 };
        char *target;

        if (syscall(SYS_statmount, &request, &answer, sizeof answer, 0) < 0)
                return -errno;
        if ((answer.mask & request.mask) != request.mask || answer.target >= sizeof answer.text)
                return -ENOENT;
        target = strdup(answer.text + answer.target);
        if (!target)
                return -ENOMEM;
        *ret_id = (int)answer.mountinfo_id;
        *ret_target = target;
        return 0;
}

/* ---- Whose it is -------------------------------------------------------------------------------------------- */

bool mount_is_fathomless(const struct mount *mount)
{
        return streq(mount->type, "overlay") || streq(mount->type, "fuse") || streq(mount->type, "fuseblk") ||
               starts_with(mount->type, "fuse.");
}

bool mount_is_served_by_others(const struct mount *mount)
{
        static const char *const types[] = { "9p",   "afs", "autofs", "ceph",  "cifs", "coda",
                                             "gfs2", "nfs", "nfs4",   "ocfs2", "smb3", "lustre" };

        for (size_t i = 0; i < ARRAY_SIZE(types); i++)
                if (streq(mount->type, types[i]))
                        return true;
        return false;
}
