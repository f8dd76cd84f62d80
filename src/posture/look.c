/* Looking at a system below a root: each object once. What a name means is found out here, link by link, so that all
 * that is on the way is known; the kernel is only asked for names without links, and never leaves the root. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include "posture_internal.h"

#define LINKS_MAX 40 /* on one way, as the kernel has it */

struct node_entry {
        struct node node;
        UT_hash_handle hh; /* by path */
};

static int open_below(const struct posture *posture, const char *path, int flags)
{
        struct open_how how = {
                .flags = (uint64_t)(unsigned)flags | O_CLOEXEC | O_NOFOLLOW,
                .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
        };
        long fd = syscall(SYS_openat2, posture->root, path, &how, sizeof how);

        return fd < 0 ? -errno : (int)fd;
}

/* ---- Nodes ------------------------------------------------------------------------------------------------- */

static int read_target(int fd, const char **ret)
{
        char target[PATH_MAX];
        ssize_t n = readlinkat(fd, "", target, sizeof target - 1);

        if (n < 0)
                return -errno;
        target[n] = '\0';
        *ret = strdup(target);
        return *ret ? 0 : -ENOMEM;
}

static uint64_t attributes_of(int fd)
{
        struct statx stx;

        return statx(fd, "", AT_EMPTY_PATH, 0, &stx) == 0 ? stx.stx_attributes & stx.stx_attributes_mask : 0;
}

static int node_examine(struct posture *posture, struct node *node)
{
        _cleanup_close_ int fd = open_below(posture, node->path, O_PATH);

        if (fd < 0 || fstat(fd, &node->st) < 0) {
                node->error = fd < 0 ? -fd : errno;
                if (node->error == ENOENT || node->error == ENOTDIR)
                        node->error = ENOENT;
                else
                        return posture_unseen(posture, node->path, node->error);
                return 0;
        }
        posture->n_files++;
        if (S_ISLNK(node->st.st_mode))
                return read_target(fd, &node->target);
        node->attributes = attributes_of(fd);
        return node_find_writers(node, fd);
}

static void node_entry_free(struct node_entry *entry)
{
        free_pointer(&entry->node.target);
        free_pointer(&entry->node.path);
        people_done(&entry->node.by_mode);
        people_done(&entry->node.by_acl);
        free(entry);
}

/* Takes the path. */
static int node_get(struct posture *posture, struct node *parent, char *path, struct node **ret)
{
        struct node_entry *entry = NULL;
        int r;

        if (!path)
                return -ENOMEM;
        HASH_FIND(hh, posture->nodes, path, strlen(path), entry);
        if (entry) {
                free(path);
                *ret = &entry->node;
                return 0;
        }
        entry = calloc(1, sizeof *entry);
        if (!entry) {
                free(path);
                return -ENOMEM;
        }
        entry->node.path = path;
        entry->node.parent = parent;
        r = node_examine(posture, &entry->node);
        if (r == 0)
                HASH_ADD_KEYPTR(hh, posture->nodes, entry->node.path, strlen(entry->node.path), entry);
        if (!HASH_ADDED(hh, entry)) {
                node_entry_free(entry);
                return r < 0 ? r : -ENOMEM;
        }
        *ret = &entry->node;
        return 0;
}

void nodes_done(struct posture *posture)
{
        struct node_entry *entry, *next;

        HASH_ITER(hh, posture->nodes, entry, next) {
                HASH_DEL(posture->nodes, entry);
                node_entry_free(entry);
        }
}

/* ---- Ways -------------------------------------------------------------------------------------------------- */

struct way {
        struct posture *posture;
        struct node *at;
        char *rest;
        unsigned links;
        node_function each;
        void *userdata;
};

static int way_meet(struct way *way, struct node *node)
{
        int r = way->each ? way->each(node, way->userdata) : 0;

        return r < 0 ? r : 0;
}

/* What a link stands for comes before the rest of the way. */
static int way_follow(struct way *way, const struct node *link, const char *rest)
{
        char *longer;

        if (++way->links > LINKS_MAX)
                return -ELOOP;
        longer = format("%s/%s", link->target, rest);
        if (!longer)
                return -ENOMEM;
        free(way->rest);
        way->rest = longer;
        if (*link->target != '/')
                return 0;
        while (way->at->parent)
                way->at = way->at->parent;
        return 0;
}

static int way_descend(struct way *way, const char *name, size_t length, const char *rest, bool nofollow)
{
        const char *above = way->at->parent ? way->at->path : "";
        struct node *node;
        int r = node_get(way->posture, way->at, format("%s/%.*s", above, (int)length, name), &node);

        if (r == 0)
                r = way_meet(way, node);
        if (r < 0)
                return r;
        if (node->error == 0 && node->target && (!nofollow || rest[strspn(rest, "/")]))
                return way_follow(way, node, rest);
        memmove(way->rest, rest, strlen(rest) + 1);
        way->at = node;
        return 0;
}

static int way_step(struct way *way, bool nofollow)
{
        char *name = way->rest + strspn(way->rest, "/");
        size_t length = strcspn(name, "/");
        const char *rest = name + length;

        if (length > NAME_MAX)
                return -ENAMETOOLONG;
        if ((length == 1 && *name == '.') || (length == 2 && name[0] == '.' && name[1] == '.')) {
                way->at = length == 2 && way->at->parent ? way->at->parent : way->at;
                memmove(way->rest, rest, strlen(rest) + 1);
                return 0;
        }
        return way_descend(way, name, length, rest, nofollow);
}

int posture_walk(struct posture *posture, const char *path, bool nofollow, node_function each, void *userdata,
                 struct node **ret)
{
        struct way way = { .posture = posture, .each = each, .userdata = userdata };
        int r;

        if (strlen(path) >= PATH_MAX)
                return -ENAMETOOLONG;
        r = node_get(posture, NULL, strdup("/"), &way.at);
        if (r == 0)
                r = way_meet(&way, way.at);
        if (r == 0 && !(way.rest = strdup(path)))
                r = -ENOMEM;
        while (r == 0 && way.at->error == 0 && way.rest[strspn(way.rest, "/")])
                r = way_step(&way, nofollow);
        free(way.rest);
        if (r == 0)
                *ret = way.at;
        return r;
}

int posture_look(struct posture *posture, const char *path, bool nofollow, struct node **ret)
{
        return posture_walk(posture, path, nofollow, NULL, NULL, ret);
}

/* ---- Contents ---------------------------------------------------------------------------------------------- */

static int open_node(struct posture *posture, const char *path, mode_t type, int flags)
{
        struct node *node;
        int fd, r = posture_look(posture, path, false, &node);

        if (r != 0)
                return r;
        if (node->error != 0)
                return -node->error;
        if ((node->st.st_mode & S_IFMT) != type)
                return type == S_IFDIR ? -ENOTDIR : -EINVAL;
        fd = open_below(posture, node->path, flags | O_RDONLY | O_NONBLOCK | O_NOCTTY);
        if (fd < 0 && fd != -ENOENT) {
                r = posture_unseen(posture, node->path, -fd);
                return r < 0 ? r : fd;
        }
        return fd;
}

int posture_read(struct posture *posture, const char *path, size_t max, char **ret, size_t *ret_size)
{
        _cleanup_close_ int fd = open_node(posture, path, S_IFREG, 0);
        struct stat st;

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
                return -EINVAL;
        return read_fd(fd, max, ret, ret_size);
}

ssize_t posture_read_start(struct posture *posture, const char *path, char *buffer, size_t size)
{
        _cleanup_close_ int fd = open_node(posture, path, S_IFREG, 0);
        ssize_t n = fd < 0 ? fd : read(fd, buffer, size - 1);

        if (fd >= 0 && n < 0)
                return -errno;
        if (n >= 0)
                buffer[n] = '\0';
        return n;
}

struct names {
        char **items;
        size_t n, room;
};

static int names_add(struct names *names, const char *name)
{
        if (names->n == names->room) {
                size_t room = names->room ? 2 * names->room : 64;
                char **larger = reallocarray(names->items, room, sizeof *larger);

                if (!larger)
                        return -ENOMEM;
                names->items = larger;
                names->room = room;
        }
        names->items[names->n] = strdup(name);
        return names->items[names->n] ? (names->n++, 0) : -ENOMEM;
}

static void names_done(struct names *names)
{
        while (names->n > 0)
                free(names->items[--names->n]);
        free(names->items);
}

static int by_bytes(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes the descriptor. */
static int names_read(struct names *names, int fd)
{
        DIR *directory = fdopendir(fd);
        const struct dirent *entry;
        int r = 0;

        if (!directory) {
                r = -errno;
                (void)close(fd);
                return r;
        }
        while (r == 0 && (entry = readdir(directory)))
                if (!streq(entry->d_name, ".") && !streq(entry->d_name, ".."))
                        r = names_add(names, entry->d_name);
        (void)closedir(directory);
        if (names->n > 0)
                qsort(names->items, names->n, sizeof *names->items, by_bytes);
        return r;
}

int posture_list(struct posture *posture, const char *path, int (*each)(const char *name, void *userdata),
                 void *userdata)
{
        _cleanup_(names_done) struct names names = { 0 };
        int fd = open_node(posture, path, S_IFDIR, O_DIRECTORY);
        int r = fd < 0 ? (fd == -ENOMEM ? fd : 0) : names_read(&names, fd);

        for (size_t i = 0; r == 0 && i < names.n; i++)
                r = each(names.items[i], userdata);
        return r;
}
