/* Read by libmount, and kept only where it matters: a container host has tens of thousands of mounts. */
#include <fcntl.h>
#include <libmount.h>
#include <sys/stat.h>

#include "mount_table_internal.h"
#include "unitward/util.h"

#define MOUNTINFO "/proc/self/mountinfo"

static void mount_done(struct mount *mount)
{
        free(mount->target);
        free(mount->source);
        free(mount->type);
}

char *mount_source_from(const char *source, const char *root)
{
        return streq(root, "/") ? strdup(source) : format("%s[%s]", source, root);
}

static char *source_of(struct libmnt_fs *fs)
{
        const char *source = mnt_fs_get_source(fs), *root = mnt_fs_get_root(fs);

        return mount_source_from(source ? source : "none", root ? root : "/");
}

/* Takes what it is made of. */
int mount_table_append(struct mount_table *table, struct mount *mount)
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
                              .unique = mount->unique,
                              .target = strdup(mount->target),
                              .source = strdup(mount->source),
                              .type = strdup(mount->type) };

        return mount_table_append(table, &copy);
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

                if (other->id == mount->id && (other->unique == mount->unique || !other->unique || !mount->unique) &&
                    streq(other->target, mount->target) && streq(other->source, mount->source) &&
                    streq(other->type, mount->type))
                        return other;
        }
        return NULL;
}

#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000u
#endif

/* /proc tells also of a file system that lets nobody but its owner ask. */
static int number_from_proc(int fd)
{
        char path[64], text[256];
        const char *at;

        (void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
        if (read_text_at(AT_FDCWD, path, text, sizeof text) < 0)
                return -1;
        at = strstr(text, "\nmnt_id:");
        return at ? (int)strtol(at + strlen("\nmnt_id:"), NULL, 10) : -1;
}

struct mount_number mount_number_of(int fd)
{
        const unsigned flags = AT_EMPTY_PATH | AT_STATX_DONT_SYNC;
        struct mount_number number = { 0, -1 };
        struct statx st;

        if (statx(fd, "", flags, STATX_MNT_ID_UNIQUE, &st) == 0 && (st.stx_mask & STATX_MNT_ID_UNIQUE))
                number.unique = st.stx_mnt_id;
        if (statx(fd, "", flags, STATX_MNT_ID, &st) == 0 && (st.stx_mask & STATX_MNT_ID))
                number.id = (int)st.stx_mnt_id;
        else
                number.id = number_from_proc(fd);
        return number;
}

bool mount_is_on_top(const struct mount *mount, uint64_t *ret_unique)
{
        _cleanup_close_ int fd = open(mount->target, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct mount_number number;

        if (fd < 0)
                return false;
        number = mount_number_of(fd);
        *ret_unique = number.unique;
        return number.id == mount->id;
}

/* ---- Reading ---------------------------------------------------------------------------------------- */

static int shorter_first(const void *a, const void *b)
{
        size_t first = strlen(((const struct mount *)a)->target), second = strlen(((const struct mount *)b)->target);

        return (first > second) - (first < second);
}

void mount_table_sort(struct mount_table *table)
{
        if (table->n > 0)
                qsort(table->mounts, table->n, sizeof *table->mounts, shorter_first);
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
        return mount_table_append(table, &mount);
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
        mount_table_sort(&table);
        *ret = table;
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
