/* Set aside: out of the way of a manager that waits, in one rename(2); filed as evidence afterwards. */
#include <fcntl.h>

#include "quarantine_private.h"
#include "unitward/condemned.h"
#include "unitward/file_id.h"
#include "unitward/util.h"

#define ASIDE "incoming"

/* Whoever found the object by its name a moment ago opens it in here: the directory is marked like every item's, and
 * again before that is over, or before so many items have taken its place in the table. */
#define PREPARE_AGAIN_USEC (CONDEMNED_USEC / 4)
#define PREPARE_AGAIN_ITEMS (CONDEMNED_MAX / 4)

static void aside_prepare(struct quarantine *quarantine)
{
        uint64_t now = now_monotonic_usec();
        json_auto_t *why = NULL;

        if (!quarantine->prepare ||
            (quarantine->aside_prepared_usec && now - quarantine->aside_prepared_usec < PREPARE_AGAIN_USEC &&
             quarantine->n_prepared < PREPARE_AGAIN_ITEMS))
                return;
        why = json_pack("{s:s}", "rule", "quarantine");
        quarantine->prepare(quarantine->userdata, quarantine->aside, quarantine->aside_path, why);
        quarantine->aside_prepared_usec = now;
        quarantine->n_prepared = 0;
}

/* Across file systems a link is its target's text; anything else would have to be copied while somebody waits. */
static int set_link_aside(struct quarantine *quarantine, struct tree_place from, const struct stat *was, const char *id)
{
        static const struct tree_limits limits = { .max_objects = 1, .max_depth = 1 };
        struct tree_place to = { quarantine->aside, id };
        struct tree_usage usage = { 0 };
        struct stat now;
        int r;

        if (!S_ISLNK(was->st_mode))
                return -EXDEV;
        r = tree_copy(from, to, &limits, &usage);
        if (r < 0)
                return r;
        if (fstatat(from.dir, from.name, &now, AT_SYMLINK_NOFOLLOW) < 0 ||
            !file_id_equal(file_id_of(&now), file_id_of(was)) || unlinkat(from.dir, from.name, 0) < 0) {
                (void)unlinkat(to.dir, to.name, 0);
                return -ENOENT; /* another one by now: that has a note of its own */
        }
        return 0;
}

static uint64_t size_aside(const struct stat *st)
{
        return (uint64_t)st->st_blocks * 512u + ITEM_OVERHEAD;
}

int quarantine_set_aside(struct quarantine *quarantine, int dir, const char *name,
                         char ret_id[static QUARANTINE_ID_MAX])
{
        char id[QUARANTINE_ID_MAX];
        struct stat st;
        int r;

        if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        r = quarantine_make_room(quarantine, (uint64_t)st.st_blocks * 512u);
        if (r < 0)
                return r;
        aside_prepare(quarantine);
        quarantine_id_new(quarantine, id);
        if (renameat2(dir, name, quarantine->aside, id, RENAME_NOREPLACE) < 0)
                r = errno == EXDEV ? set_link_aside(quarantine, (struct tree_place){ dir, name }, &st, id) : -errno;
        if (r < 0)
                return r;
        quarantine->n_aside++;
        if (fstatat(quarantine->aside, id, &st, AT_SYMLINK_NOFOLLOW) == 0)
                quarantine->aside_bytes += size_aside(&st);
        (void)string_copy(ret_id, QUARANTINE_ID_MAX, id);
        return 0;
}

int quarantine_file(struct quarantine *quarantine, const char *id, const char *path, json_t *why)
{
        struct stat st = { .st_blocks = 0 };
        uint64_t bytes = 0;
        int r;

        if (fstatat(quarantine->aside, id, &st, AT_SYMLINK_NOFOLLOW) == 0)
                bytes = size_aside(&st);
        r = quarantine_take_aside(quarantine, id, path, why);
        if (r < 0)
                return r;
        if (quarantine->n_aside > 0)
                quarantine->n_aside--;
        quarantine->aside_bytes -= bytes < quarantine->aside_bytes ? bytes : quarantine->aside_bytes;
        return 0;
}

static int file_leftover(int dir, const char *name, void *userdata)
{
        json_auto_t *why = json_pack("{s:s, s:s, s:s}", "operation", "unknown", "rule", "unknown", "interrupted",
                                     "the daemon was killed before it wrote down where this was");
        struct quarantine *quarantine = userdata;

        (void)dir;
        /* On a full disk the next start tries again; a name that is no ID is not ours. */
        (void)quarantine_file(quarantine, name, "unknown", why);
        return 0;
}

int quarantine_aside_open(struct quarantine *quarantine, const char *directory)
{
        if (mkdirat(quarantine->fd, ASIDE, 0700) < 0 && errno != EEXIST)
                return -errno;
        quarantine->aside = openat(quarantine->fd, ASIDE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (quarantine->aside < 0)
                return -errno;
        quarantine->aside_path = format("%s/" ASIDE, directory);
        if (!quarantine->aside_path)
                return -ENOMEM;
        return directory_each(quarantine->aside, file_leftover, quarantine);
}
