/* Repairing one object. See repair.h. */
#include <endian.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include "unitward/attributes.h"
#include "unitward/repair.h"
#include "unitward/tree.h"
#include "unitward/util.h"

static void state_done(struct repair_state *state)
{
        free(state->attributes);
        free(state->target);
}

void repair_done(struct repair *repair)
{
        free(repair->path);
        state_done(&repair->before);
        state_done(&repair->after);
        *repair = (struct repair){ 0 };
}

static bool same_state(const struct repair_state *a, const struct repair_state *b)
{
        if (a->exists != b->exists || !a->target != !b->target)
                return false;
        if (!a->exists)
                return true;
        if (a->target)
                return streq(a->target, b->target) && a->uid == b->uid && a->gid == b->gid;
        return a->mode == b->mode && a->uid == b->uid && a->gid == b->gid && a->attributes_size == b->attributes_size &&
               (a->attributes_size == 0 || memcmp(a->attributes, b->attributes, a->attributes_size) == 0);
}

bool repair_changes(const struct repair *repair)
{
        return !same_state(&repair->before, &repair->after);
}

void repair_reverse(struct repair *repair)
{
        struct repair_state before = repair->before;

        repair->before = repair->after;
        repair->after = before;
        if (!repair->before.exists)
                repair->inode = 0;
}

/* ---- Looking ---------------------------------------------------------------------------------------------- */

struct place {
        int dir;
        const char *name; /* in the path; "." for the root */
};

/* The directory above, by a way without any link: one could have taken a directory's place since the path was found. */
static int place_open(const char *path, struct place *ret)
{
        const struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };
        char directory[PATH_MAX];
        const char *name = path_split(path, directory, sizeof directory);
        int fd;

        if (!name || *path != '/' || streq(name, ".") || streq(name, ".."))
                return -EINVAL;
        fd = (int)syscall(SYS_openat2, AT_FDCWD, directory, &how, sizeof how);
        if (fd < 0)
                return -errno;
        *ret = (struct place){ fd, *name ? name : "." };
        return 0;
}

static int read_link_state(int fd, struct repair_state *state)
{
        char target[PATH_MAX];
        int r = object_target(fd, target);

        if (r < 0)
                return r;
        state->target = strdup(target);
        return state->target ? 0 : -ENOMEM;
}

/* A descriptor of the object (-1: there is none), and its state. */
static int look(const struct place *place, int *ret_fd, struct stat *ret_st, struct repair_state *ret)
{
        _cleanup_close_ int fd = object_open((struct tree_place){ place->dir, place->name }, ret_st);
        struct repair_state state = { .exists = true };
        int r;

        if (fd == -ENOENT) {
                *ret_fd = -1;
                *ret = (struct repair_state){ 0 };
                return 0;
        }
        if (fd < 0)
                return fd;
        state.mode = ret_st->st_mode & 07777;
        state.uid = ret_st->st_uid;
        state.gid = ret_st->st_gid;
        r = S_ISLNK(ret_st->st_mode) ? read_link_state(fd, &state)
                                     : attributes_read(fd, &state.attributes, &state.attributes_size);
        if (r < 0)
                return r;
        *ret_fd = steal_fd(&fd);
        *ret = state;
        return 0;
}

static int copy_state(const struct repair_state *from, struct repair_state *ret)
{
        *ret = *from;
        ret->attributes = bytes_duplicate(from->attributes, from->attributes_size);
        ret->target = from->target ? strdup(from->target) : NULL;
        return (from->attributes_size > 0 && !ret->attributes) || (from->target && !ret->target) ? -ENOMEM : 0;
}

int repair_begin(const char *path, struct repair *ret)
{
        _cleanup_(repair_done) struct repair repair = { .path = strdup(path) };
        _cleanup_close_ int dir = -1, fd = -1;
        struct place place;
        struct stat st;
        int r = repair.path ? place_open(path, &place) : -ENOMEM;

        if (r < 0)
                return r;
        dir = place.dir;
        r = look(&place, &fd, &st, &repair.before);
        if (r < 0)
                return r;
        if (fd < 0)
                return -ENOENT;
        if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode))
                return -EINVAL;
        if (S_ISREG(st.st_mode) && st.st_nlink > 1)
                return -EMLINK;
        repair.inode = st.st_ino;
        r = copy_state(&repair.before, &repair.after);
        if (r < 0)
                return r;
        *ret = repair;
        repair = (struct repair){ 0 };
        return 0;
}

/* ---- Changing --------------------------------------------------------------------------------------------- */

/* An access list has its say in the mode, so the attributes come first; chown clears set-id bits, so the mode comes
 * last. */
static int set_state(int fd, const struct repair_state *before, const struct repair_state *after)
{
        const struct fd_path path = fd_path(fd);
        bool same = before->attributes_size == after->attributes_size &&
                    (before->attributes_size == 0 ||
                     memcmp(before->attributes, after->attributes, before->attributes_size) == 0);
        int r = same ? 0 : attributes_write(fd, after->attributes, after->attributes_size);

        if (r < 0)
                return r;
        if ((before->uid != after->uid || before->gid != after->gid) && chown(path.text, after->uid, after->gid) < 0)
                return -errno;
        return chmod(path.text, after->mode) < 0 ? -errno : 0;
}

/* Whoever may put something else under the name just now may remove this himself: nothing is lost that is not his. */
static int change_link(const struct place *place, const struct repair *repair)
{
        const struct repair_state *after = &repair->after;

        if (!after->exists)
                return unlinkat(place->dir, place->name, 0) < 0 ? -errno : 0;
        if (!repair->before.exists && symlinkat(after->target, place->dir, place->name) < 0)
                return -errno;
        return fchownat(place->dir, place->name, after->uid, after->gid, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int repair_apply(const struct repair *repair)
{
        struct repair_state now = { 0 };
        _cleanup_close_ int dir = -1, fd = -1;
        struct place place;
        struct stat st;
        bool is_before, is_after, is_other;
        int r = place_open(repair->path, &place);

        if (r < 0)
                return r == -ENOENT || r == -ELOOP ? -ESTALE : r;
        dir = place.dir;
        r = look(&place, &fd, &st, &now);
        if (r < 0)
                return r;
        is_before = same_state(&now, &repair->before);
        is_after = same_state(&now, &repair->after);
        is_other = fd >= 0 && repair->inode && st.st_ino != repair->inode;
        state_done(&now);
        if (is_after && !is_other)
                return 0;
        if (!is_before || is_other || (fd >= 0 && S_ISREG(st.st_mode) && st.st_nlink > 1))
                return -ESTALE;
        if (repair->before.target || repair->after.target)
                return change_link(&place, repair);
        return repair->before.exists && repair->after.exists ? set_state(fd, &repair->before, &repair->after) : -EINVAL;
}
