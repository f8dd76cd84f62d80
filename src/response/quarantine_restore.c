#include <fcntl.h>

#include "quarantine_private.h"
#include "unitward/util.h"

/* Owner and mode as they were found; through the object, not its name. */
static int content_attributes(int object, const struct evidence_facts *facts)
{
        if (fchownat(object, "", facts->uid, facts->gid, AT_EMPTY_PATH) < 0)
                return -errno;
        return !S_ISLNK(facts->mode) && chmod(fd_path(object).text, facts->mode & 07777) < 0 ? -errno : 0;
}

/* Always a copy, never a rename: nobody has an old descriptor or another name for what becomes a unit again. */
static int content_copy(struct tree_place content, struct tree_place to)
{
        static const struct tree_limits limits = {
                .max_file = UINT64_MAX, .max_objects = TREE_OBJECTS_MAX, .max_depth = TREE_DEPTH_MAX, .exact = true
        };
        struct tree_usage usage;
        int r = tree_copy(content, to, &limits, &usage);

        if (r == 0 && usage.cut) {
                (void)tree_remove(to, TREE_REMOVE_MAX);
                return -ENOTRECOVERABLE;
        }
        return r;
}

static int flush_directory(int dir)
{
        _cleanup_close_ int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int item_restore(int item, const struct evidence_facts *facts, struct tree_place to)
{
        struct tree_place content = { item, QUARANTINE_CONTENT };
        struct stat st;
        _cleanup_close_ int object = object_open(content, &st);
        struct evidence_facts secluded = *facts;
        int r;

        if (object < 0)
                return object;
        if ((st.st_mode & S_IFMT) != (facts->mode & S_IFMT))
                return -EBADMSG;
        r = content_attributes(object, facts);
        if (r == 0)
                r = content_copy(content, to);
        if (r == 0)
                return flush_directory(to.dir);
        if (S_ISREG(facts->mode))
                secluded.mode = S_IFREG | 0400;
        (void)content_attributes(object, &secluded);
        return r;
}

int quarantine_restore(struct quarantine *quarantine, const char *id, int dir, const char *name)
{
        _cleanup_close_ int item = quarantine_item_open(quarantine, id);
        json_auto_t *evidence = NULL;
        struct evidence_facts facts;
        int r;

        if (item < 0)
                return item;
        r = evidence_read(item, id, &evidence);
        if (r == 0)
                r = evidence_facts(evidence, &facts);
        if (r < 0)
                return r;
        if (facts.cut || (!S_ISREG(facts.mode) && !S_ISDIR(facts.mode) && !S_ISLNK(facts.mode)))
                return -ENOTRECOVERABLE;
        r = item_restore(item, &facts, (struct tree_place){ dir, name });
        return r < 0 ? r : quarantine_purge(quarantine, id);
}
