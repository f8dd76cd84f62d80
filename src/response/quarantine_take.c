#include <fcntl.h>
#include <signal.h>

#include "quarantine_private.h"
#include "unitward/file_id.h"
#include "unitward/text.h"
#include "unitward/util.h"

/* One object on its way into quarantine. */
struct taking {
        struct quarantine *quarantine;
        struct tree_place from;
        const char *path;
        json_t *why;
        struct stat st; /* what it is */
        char id[QUARANTINE_ID_MAX];
        int item;       /* the directory it goes to */
        bool committed; /* it may be nowhere else any more */
        json_t *evidence;
};

static void taking_done(struct taking *taking)
{
        close_pointer(&taking->item);
        json_decref(taking->evidence);
}

static bool is_kept(mode_t mode)
{
        return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode);
}

static struct tree_place content_of(const struct taking *taking)
{
        return (struct tree_place){ taking->item, QUARANTINE_CONTENT };
}

static struct tree_limits limits_of(const struct taking *taking)
{
        return (struct tree_limits){ .max_file = taking->quarantine->limits.max_file,
                                     .max_objects = TREE_OBJECTS_MAX,
                                     .max_depth = TREE_DEPTH_MAX };
}

/* Not flushed: a manager may be waiting. */
static int taking_note(struct taking *taking, const char *key)
{
        if (json_object_set_new(taking->evidence, key, json_true()) < 0)
                return -ENOMEM;
        return evidence_write(taking->item, taking->evidence, false);
}

/* Writes down what the object is. */
static int taking_describe(struct taking *taking, int object)
{
        json_t *evidence = evidence_new(object, &taking->st, taking->why);

        if (!evidence)
                return -ENOMEM;
        json_decref(taking->evidence);
        taking->evidence = evidence;
        if (json_object_set_new(evidence, "id", json_string(taking->id)) < 0 ||
            json_set_bytes(evidence, "path", taking->path) < 0)
                return -ENOMEM;
        return evidence_write(taking->item, evidence, false);
}

/* True unless it is certain that nobody has the file open for writing: the kernel gives a read lease only then.
 * Should the lease be broken in the moment that it lasts, the signal for it must be one that is ignored by
 * default; SIGIO would end the process. */
static bool has_writer(int object)
{
        _cleanup_close_ int fd = object_reopen(object, O_RDONLY);

        if (fd < 0 || fcntl(fd, F_SETSIG, SIGURG) < 0 || fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
                return true;
        (void)fcntl(fd, F_SETLEASE, F_UNLCK);
        return false;
}

/* Evidence must not change through another name or an open descriptor: then a copy takes its place. Where that
 * would lose something (it is too large, the disk is full), the original stays, and the evidence says so. */
static int content_detach(struct taking *taking, int object)
{
        struct tree_place content = content_of(taking), copy = { taking->item, "copy" };
        struct tree_limits limits = limits_of(taking);
        struct tree_usage usage = { 0 };

        if (fstat(object, &taking->st) < 0)
                return -errno;
        if (taking->st.st_nlink == 1 && !has_writer(object))
                return 0;
        if (tree_copy(content, copy, &limits, &usage) == 0 && !usage.cut &&
            renameat(copy.dir, copy.name, content.dir, content.name) == 0)
                return 0;
        (void)tree_remove(copy, 1);
        return taking_note(taking, "shared");
}

static int content_seclude(struct tree_place content)
{
        struct stat st;
        _cleanup_close_ int object = object_open(content, &st);

        if (object < 0)
                return object;
        if (!S_ISREG(st.st_mode))
                return 0;
        return chmod(fd_path(object).text, 0400) < 0 ? -errno : 0;
}

/* It is in quarantine now, whatever it is: between the look at it and the rename somebody may have swapped it. */
static int content_settle(struct taking *taking)
{
        struct tree_place content = content_of(taking);
        struct stat st;
        _cleanup_close_ int object = object_open(content, &st);
        int r = 0;

        if (object < 0)
                return object;
        if (!file_id_equal(file_id_of(&st), file_id_of(&taking->st))) {
                taking->st = st;
                r = taking_describe(taking, object);
        }
        if (!is_kept(st.st_mode))
                return tree_remove(content, 1);
        if (!S_ISREG(st.st_mode) || r < 0)
                return r;
        r = content_detach(taking, object);
        return r < 0 ? r : content_seclude(content);
}

/* Across file systems: a copy, then the removal of what was copied. If its name means something else by then,
 * that is another arrival, and another quarantine's. */
static int take_copy(struct taking *taking)
{
        struct tree_limits limits = limits_of(taking);
        struct tree_usage usage = { 0 };
        struct stat now;
        int r = 0;

        if (is_kept(taking->st.st_mode))
                r = tree_copy(taking->from, content_of(taking), &limits, &usage);
        if (r == 0 && usage.cut)
                r = taking_note(taking, "cut");
        if (r < 0)
                return r;
        if (fstatat(taking->from.dir, taking->from.name, &now, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (!file_id_equal(file_id_of(&now), file_id_of(&taking->st)))
                return 0;
        taking->committed = S_ISDIR(now.st_mode);
        return tree_remove(taking->from, TREE_REMOVE_MAX);
}

static int rename_into(struct tree_place from, struct tree_place to)
{
        return renameat2(from.dir, from.name, to.dir, to.name, RENAME_NOREPLACE) < 0 ? -errno : 0;
}

static int take_move(struct taking *taking)
{
        int r = rename_into(taking->from, content_of(taking));

        if (r == -EPERM && object_unlock(taking->from)) {
                r = taking_note(taking, "immutable");
                if (r == 0)
                        r = rename_into(taking->from, content_of(taking));
        }
        if (r == -EXDEV) {
                r = take_copy(taking);
                if (r == 0)
                        (void)content_seclude(content_of(taking));
        } else if (r == 0) {
                (void)content_settle(taking); /* it is gone from where it was: that cannot fail any more */
        }
        return r;
}

static void taking_prepare(const struct taking *taking)
{
        taking->quarantine->prepare(taking->quarantine->userdata, taking->item, taking->path, taking->why);
        taking->quarantine->n_prepared++;
}

/* The directory, what the object is, the object: in this order, so that a full disk is found out first. */
static int taking_run(struct taking *taking, int object)
{
        _cleanup_free_ struct quarantine_item *item = NULL;
        int r;

        taking->item = *taking->id ? quarantine_item_create_as(taking->quarantine, taking->id)
                                   : quarantine_item_create(taking->quarantine, taking->id);
        if (taking->item < 0)
                return taking->item;
        /* Before it is taken: what is in quarantine and in no list, nobody could find or purge. */
        item = quarantine_item_new(taking->id);
        r = item ? taking_describe(taking, object) : -ENOMEM;
        if (r == 0 && taking->quarantine->prepare)
                taking_prepare(taking);
        if (r == 0)
                r = take_move(taking);
        if (r == 0 || taking->committed)
                quarantine_item_add(taking->quarantine, steal_pointer(item));
        else
                (void)tree_remove((struct tree_place){ taking->quarantine->fd, taking->id }, TREE_REMOVE_MAX);
        return r;
}

/* How much it will take: what is copied is cut. */
static int taking_measure(const struct taking *taking, uint64_t *ret_bytes)
{
        struct tree_limits limits = limits_of(taking);
        struct tree_usage usage;
        struct stat quarantine;
        int r = tree_measure(taking->from, &limits, &usage);

        if (r < 0)
                return r;
        if (fstat(taking->quarantine->fd, &quarantine) < 0)
                return -errno;
        if (S_ISREG(taking->st.st_mode) && taking->st.st_dev != quarantine.st_dev && usage.bytes > limits.max_file)
                usage.bytes = limits.max_file;
        *ret_bytes = usage.bytes;
        return 0;
}

int quarantine_take(struct quarantine *quarantine, int dir, const char *name, const char *path, json_t *why,
                    char ret_id[static QUARANTINE_ID_MAX])
{
        _cleanup_(taking_done) struct taking taking = {
                .quarantine = quarantine, .from = { dir, name }, .path = path, .why = why, .item = -1
        };
        _cleanup_close_ int object = object_open(taking.from, &taking.st);
        uint64_t bytes = 0;
        int r;

        if (object < 0)
                return object;
        r = taking_measure(&taking, &bytes);
        if (r == 0)
                r = quarantine_make_room(quarantine, bytes);
        if (r == 0)
                r = taking_run(&taking, object);
        if (r == 0)
                (void)string_copy(ret_id, QUARANTINE_ID_MAX, taking.id);
        return r;
}

int quarantine_take_aside(struct quarantine *quarantine, const char *id, const char *path, json_t *why)
{
        _cleanup_(taking_done) struct taking taking = {
                .quarantine = quarantine, .from = { quarantine->aside, id }, .path = path, .why = why, .item = -1
        };
        _cleanup_close_ int object = object_open(taking.from, &taking.st);

        if (object < 0)
                return object;
        (void)string_copy(taking.id, sizeof taking.id, id);
        return taking_run(&taking, object);
}
