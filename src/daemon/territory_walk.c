/* From the root directory to what one path of the policy names: parents are watched on the way, links followed,
 * patterns matched. */
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <sys/stat.h>

#include "territory_walk.h"
#include "unitward/util.h"

#define WALK_DEPTH_MAX 40 /* components and links followed, as the kernel's own limit on links */
#define GLOB_MATCHES_MAX 65536

struct walk {
        struct settler *settler;
        const struct cause *cause;
        const struct zone_path *zone_path;
        int zone;
        bool restore;
        uid_t owner; /* of what a pattern matched last, a home; NOBODY_SPECIAL: none */
        int depth;
        size_t undecided;
};

#define NOBODY_SPECIAL ((uid_t)-1)

static int walk_from(struct walk *walk, const char *base, const char *rest);

/* ---- The end of the walk: what is protected -------------------------------------------------------- */

static bool is_at_its_place(const struct directory *directory, const struct stat *st)
{
        return directory->present && file_id_equal(directory->id, file_id_of(st));
}

static void become_protected(struct walk *walk, struct directory *directory, const struct stat *st)
{
        inventory_place_directory(&walk->settler->inventory, directory, walk->zone, walk->zone_path->place);
        directory->is_root = true;
        directory->restore = walk->restore && directory->place != PLACE_TRANSIENT &&
                             directory->place != PLACE_GENERATED && directory->place != PLACE_STATE;
        if (directory->authorised)
                return;
        /* A directory that the policy names is welcome whenever it appears; what is in it is not yet. */
        directory->mode = st->st_mode & 07777;
        directory->uid = st->st_uid;
        directory->gid = st->st_gid;
        directory->bare = true;
        free(steal_pointer(directory->attributes));
        directory->attributes_size = 0;
}

/* What is there although it cannot be opened must not be taken for missing: what came through its mark would be taken
 * for something outside. */
static bool is_shortage(int error)
{
        return error == -EMFILE || error == -ENFILE || error == -ENOMEM;
}

static int protect_directory(struct walk *walk, const char *path, const struct stat *st)
{
        struct settler *settler = walk->settler;
        struct directory *directory;
        bool was_parent, was_authorised;
        int r;

        /* Whoever owns a home chooses what its paths lead to. What is not his is not touched for him. */
        if (walk->owner != NOBODY_SPECIAL && st->st_uid != walk->owner)
                return 0;
        directory = inventory_add_directory(&settler->inventory, path);
        if (!directory)
                return -ENOMEM;
        if (directory->resolved)
                return 0; /* another zone or another name of it came first */
        directory->resolved = true;
        was_parent = directory->place == PLACE_PARENT;
        was_authorised = directory->authorised;
        become_protected(walk, directory, st);
        if (!was_parent && is_at_its_place(directory, st))
                return 0;
        r = watch_directory(settler, directory);
        if (is_shortage(r))
                return r;
        if (r < 0 || !is_at_its_place(directory, st))
                return 0; /* gone or another one again: its parent's event is on the way */
        if (!was_authorised)
                accept_directory(settler, directory, "territory", walk->cause);
        (void)settle_directory(settler, directory, walk->cause);
        return 0;
}

/* ---- On the way: parents are watched ------------------------------------------------------------------ */

static int parents_zone(const struct policy *policy)
{
        for (size_t z = 0; z < policy_n_zones(policy); z++)
                if (policy_zone(policy, (int)z)->parents)
                        return (int)z;
        return ZONE_UNPLACED;
}

static struct directory *watch_parent(struct walk *walk, const char *path)
{
        struct directory *directory = inventory_add_directory(&walk->settler->inventory, path);
        struct stat st;
        int zone;

        if (!directory)
                return NULL;
        if (directory->place != PLACE_PARENT)
                return directory;
        directory->resolved = true;
        zone = parents_zone(walk->settler->policy);
        inventory_place_directory(&walk->settler->inventory, directory, zone < 0 ? walk->zone : zone, PLACE_PARENT);
        if (lstat(path, &st) == 0 && !is_at_its_place(directory, &st))
                (void)watch_directory(walk->settler, directory);
        return directory;
}

/* In a home, a link to another place of the same user is his own business, and what it leads to is protected.
 * A link to anybody else's is an arrival like others: following it would move their files away for him. */
static bool is_his_own(const struct walk *walk, const char *link, const char *target)
{
        struct stat at, to;

        return walk->owner != NOBODY_SPECIAL && walk->owner != 0 && lstat(link, &at) == 0 && stat(target, &to) == 0 &&
               at.st_uid == walk->owner && to.st_uid == walk->owner;
}

static bool is_authorised_link(struct directory *parent, const char *path)
{
        const struct entry *entry = inventory_entry(parent, strrchr(path, '/') + 1);

        return entry && entry->kind == ENTRY_LINK && entry->state == ENTRY_AUTHORISED;
}

/* A link on the way to a protected directory. In a zone that is restored it has to be authorised like
 * anything else. */
static int follow_link(struct walk *walk, struct directory *parent, const char *path, const char *rest)
{
        char target[PATH_MAX];
        struct stat st;
        int r;

        if (walk->settler->surveying)
                return 0; /* nobody has said yet whether it is the authorised one */
        if (!realpath(path, target))
                target[0] = '\0';
        if (walk->restore || !is_his_own(walk, path, target)) {
                r = settle_name(walk->settler, parent, strrchr(path, '/') + 1, walk->cause);
                if (r < 0 || lstat(path, &st) < 0 || !S_ISLNK(st.st_mode) || !is_authorised_link(parent, path))
                        return 0;
        }
        if (!target[0])
                return 0;
        settle_know_way(walk->settler, target);
        if (*rest)
                return walk_from(walk, target, rest);
        return stat(target, &st) == 0 && S_ISDIR(st.st_mode) ? protect_directory(walk, target, &st) : 0;
}

/* A manager keeps what it has written to transient/ in memory: there is no second look at it. It makes the
 * directory with its first unit, too late for a mark; so the directory is there before. */
static void make_transient(const struct walk *walk, const char *path)
{
        struct stat parent;
        char above[PATH_MAX];

        if (walk->zone_path->place != PLACE_TRANSIENT || !ends_with(path, "/transient") ||
            !path_split(path, above, sizeof above))
                return;
        if (lstat(above, &parent) < 0 || !S_ISDIR(parent.st_mode) || mkdir(path, 0755) < 0)
                return;
        if (lchown(path, parent.st_uid, parent.st_gid) < 0)
                (void)rmdir(path); /* its manager makes it as before */
}

/* A single file in a directory on the way there. Once that is watched its changes are told of by themselves: who made
 * us walk did something else, and a change that is fresh is left to its note. */
static void settle_file(struct walk *walk, struct directory *parent, const char *name)
{
        struct settler *settler = walk->settler;
        const struct cause nobody = { .actor = NULL };
        bool patient = settler->patient, first = settler->baseline || settler->reviewing || settler->gap ||
                                                 settler->policy_counts || settler->authority;

        settler->patient = patient || !first;
        (void)settle_name(settler, parent, name, first ? walk->cause : &nobody);
        settler->patient = patient;
}

static int step(struct walk *walk, struct directory *parent, const char *name, const char *rest)
{
        char path[PATH_MAX];
        struct stat st;

        if (!path_join(path, sizeof path, parent->path, name) || settle_is_closed(walk->settler, path))
                return 0;
        if (*rest == '\0')
                make_transient(walk, path);
        if (lstat(path, &st) < 0) {
                if (*rest == '\0' && walk->zone_path->is_file)
                        settle_file(walk, parent, name);
                return 0;
        }
        if (*rest == '\0' && walk->zone_path->is_file)
                return settle_file(walk, parent, name), 0;
        if (S_ISLNK(st.st_mode))
                return follow_link(walk, parent, path, rest);
        if (walk->zone_path->place == PLACE_STATE && S_ISREG(st.st_mode))
                return 0; /* a golden copy on its way there, and nobody's whose doing made us walk */
        if (!S_ISDIR(st.st_mode))
                return walk->restore ? (void)settle_name(walk->settler, parent, name, walk->cause), 0 : 0;
        return *rest ? walk_from(walk, path, rest) : protect_directory(walk, path, &st);
}

/* Its owner owns what lies below. */
static int step_match(struct walk *walk, struct directory *parent, const char *name, const char *rest)
{
        uid_t outer = walk->owner;
        char path[PATH_MAX];
        struct stat st;
        int r;

        if (!path_join(path, sizeof path, parent->path, name) || settle_is_closed(walk->settler, path) ||
            lstat(path, &st) < 0)
                return 0;
        walk->owner = st.st_uid;
        r = step(walk, parent, name, rest);
        walk->owner = outer;
        return r;
}

static int step_each_match(struct walk *walk, struct directory *parent, const char *pattern, const char *rest)
{
        DIR *listing = opendir(parent->path);
        struct dirent *item;
        int r = 0;

        if (!listing)
                return is_shortage(-errno) ? -errno : 0;
        for (unsigned n = 0; r == 0 && n < GLOB_MATCHES_MAX && (item = readdir(listing)); n++)
                if (!streq(item->d_name, ".") && !streq(item->d_name, "..") &&
                    fnmatch(pattern, item->d_name, FNM_NOESCAPE | FNM_PERIOD) == 0)
                        r = step_match(walk, parent, item->d_name, rest);
        (void)closedir(listing);
        return r;
}

/* rest: components still to go, without a leading slash. */
static int walk_from(struct walk *walk, const char *base, const char *rest)
{
        size_t length = strcspn(rest, "/");
        char component[NAME_MAX + 1];
        struct directory *parent;
        const char *further = rest + length + strspn(rest + length, "/");
        struct interest interest = {
                .pattern = component,
                .kind = *further                   ? INTEREST_WAY
                        : walk->zone_path->is_file ? INTEREST_FILE
                                                   : INTEREST_DIRECTORY,
                .zone = walk->zone,
                .place = *further ? PLACE_PARENT : walk->zone_path->place,
        };
        int r;

        if (length >= sizeof component || walk->depth >= WALK_DEPTH_MAX)
                return 0;
        memcpy(component, rest, length);
        component[length] = '\0';
        parent = watch_parent(walk, base);
        if (!parent)
                return -ENOMEM;
        r = inventory_add_interest(&walk->settler->inventory, parent, &interest);
        if (r < 0 || walk->settler->n_undecided != walk->undecided)
                return r;
        walk->depth++;
        r = strpbrk(component, "*?[") ? step_each_match(walk, parent, component, further)
                                      : step(walk, parent, component, further);
        walk->depth--;
        return r;
}

int territory_walk(struct settler *settler, int zone, const struct zone_path *path, const struct cause *cause)
{
        struct walk walk = { .settler = settler,
                             .cause = cause,
                             .zone_path = path,
                             .zone = zone,
                             .restore = policy_zone(settler->policy, zone)->restore,
                             .owner = NOBODY_SPECIAL,
                             .undecided = settler->n_undecided };

        return walk_from(&walk, "/", path->pattern + 1);
}
