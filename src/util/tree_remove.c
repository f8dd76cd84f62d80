/* Trees are taken apart without recursion, however deep they are: the directories in a directory are moved up
 * to the top one, so that everything is soon at most two levels below it. */
#include <fcntl.h>

#include "unitward/tree.h"
#include "unitward/util.h"

struct removal {
        int top;         /* directory that is being emptied */
        unsigned left;   /* objects that may still be touched */
        unsigned serial; /* for new names in it */
};

/* -EISDIR for a directory. */
static int unlink_object(struct tree_place place)
{
        if (unlinkat(place.dir, place.name, 0) == 0 || errno == ENOENT)
                return 0;
        if (errno != EPERM || !object_unlock(place))
                return -errno;
        return unlinkat(place.dir, place.name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static int hoist(struct removal *removal, struct tree_place place)
{
        for (unsigned tries = 0; tries < 1000; tries++) {
                char name[32];

                (void)snprintf(name, sizeof name, ".unitward-%u", removal->serial++);
                if (renameat2(place.dir, place.name, removal->top, name, RENAME_NOREPLACE) == 0)
                        return 0;
                if (errno == EPERM && object_unlock(place))
                        continue;
                if (errno != EEXIST)
                        return errno == ENOENT ? 0 : -errno;
        }
        return -EEXIST;
}

static int spend(struct removal *removal)
{
        if (removal->left == 0)
                return -E2BIG;
        removal->left--;
        return 0;
}

static int remove_or_hoist(int dir, const char *name, void *userdata)
{
        struct tree_place place = { dir, name };
        struct removal *removal = userdata;
        int r = spend(removal);

        if (r == 0)
                r = unlink_object(place);
        return r == -EISDIR ? hoist(removal, place) : r;
}

/* An entry of the top directory. One that fills up again while it is emptied is left to the next round. */
static int remove_entry(int dir, const char *name, void *userdata)
{
        struct tree_place place = { dir, name };
        struct removal *removal = userdata;
        _cleanup_close_ int below = -1;
        int r = spend(removal);

        if (r == 0)
                r = unlink_object(place);
        if (r != -EISDIR)
                return r;
        (void)object_unlock(place);
        below = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (below < 0)
                return errno == ENOENT ? 0 : -errno;
        r = directory_each(below, remove_or_hoist, removal);
        if (r == 0 && unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT && errno != ENOTEMPTY)
                r = -errno;
        return r;
}

int tree_remove(struct tree_place place, unsigned max_objects)
{
        struct removal removal = { .left = max_objects };
        _cleanup_close_ int top = -1;
        int r = unlink_object(place);

        if (r != -EISDIR)
                return r;
        (void)object_unlock(place);
        top = openat(place.dir, place.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (top < 0)
                return -errno;
        removal.top = top;
        while (unlinkat(place.dir, place.name, AT_REMOVEDIR) < 0) {
                if (errno != ENOTEMPTY && errno != EEXIST)
                        return errno == ENOENT ? 0 : -errno;
                r = directory_each(top, remove_entry, &removal);
                if (r == 0)
                        r = spend(&removal);
                if (r < 0)
                        return r;
        }
        return 0;
}
