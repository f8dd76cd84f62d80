/* The search path as it is, against what is authorised. What agrees leaves no trace here. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <systemd/sd-path.h>

#include "boot_internal.h"
#include "unitward/observe.h"
#include "unitward/tree.h"
#include "unitward/util.h"

/* ---- One name ------------------------------------------------------------------------------------------ */

static bool same_target(const struct boot_entry *entry, const char *path)
{
        char target[PATH_MAX];
        ssize_t n = readlink(path, target, sizeof target - 1);

        if (n < 0)
                return false;
        target[n] = '\0';
        return streq(target, entry->target);
}

static bool same_bytes(const struct boot_entry *entry, const char *path)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        struct digest digest;

        if (fd < 0)
                return errno == EACCES; /* the manager, which is the same user, cannot load it either */
        return digest_fd(fd, OBSERVE_HASH_MAX, &digest, NULL) == 0 &&
               memcmp(&digest, &entry->digest, sizeof digest) == 0;
}

enum boot_state boot_compare(const struct boot_entry *entry, const char *path, const struct stat *st)
{
        struct signature signature = signature_of(st);

        if (!entry)
                return BOOT_UNKNOWN;
        if (S_ISLNK(st->st_mode))
                return entry->kind == ENTRY_LINK && same_target(entry, path) ? BOOT_INTACT : BOOT_CHANGED;
        if (!S_ISREG(st->st_mode) || entry->kind != ENTRY_FILE)
                return BOOT_CHANGED;
        signature.id.device = 0;
        if (!signature_equal(&signature, &entry->signature) &&
            (signature.size != entry->signature.size || !same_bytes(entry, path)))
                return BOOT_CHANGED;
        return (st->st_mode & 07777) == entry->mode && st->st_uid == entry->uid && st->st_gid == entry->gid
                       ? BOOT_INTACT
                       : BOOT_TOUCHED;
}

bool boot_walk_add(struct boot_walk *walk, const struct boot_finding *finding)
{
        if (walk->n_findings == walk->findings_room) {
                size_t room = walk->findings_room ? 2 * walk->findings_room : 64;
                struct boot_finding *more = reallocarray(walk->findings, room, sizeof *more);

                if (!more) {
                        free(finding->path);
                        walk->incomplete = true;
                        return false;
                }
                walk->findings = more;
                walk->findings_room = room;
        }
        walk->findings[walk->n_findings++] = *finding;
        return true;
}

/* ---- A directory of the search path, and those in it ------------------------------------------------------ */

struct level {
        struct boot_walk *walk;
        size_t rank;
        const char *path;         /* canonical, of this directory */
        const char *subdirectory; /* its name, when it is one below the search path; otherwise "" */
        enum place place;
        bool foreign; /* reached by a link that is not authorised: nothing in it is */
};

static void examine(const struct level *level, const char *name, const struct stat *st)
{
        const struct boot_directory *top = &level->walk->directories[level->rank];
        struct boot_finding finding = { .rank = level->rank, .place = level->place, .state = BOOT_UNKNOWN };
        struct boot_entry *entry = NULL;
        char path[PATH_MAX];

        if (!path_join(path, sizeof path, level->path, name))
                return;
        if (level->walk->snapshot && !level->foreign)
                entry = boot_snapshot_find(level->walk->snapshot, path);
        if (entry)
                entry->seen = true;
        if (level->place == PLACE_DROPINS && strcmp(name, level->walk->last_drop_in) > 0)
                (void)string_copy(level->walk->last_drop_in, sizeof level->walk->last_drop_in, name);
        finding.state = boot_compare(entry, path, st);
        if (finding.state == BOOT_INTACT)
                return;
        /* As the search path has it, also when the subdirectory is a link to elsewhere. */
        finding.path = *level->subdirectory ? format("%s/%s/%s", top->path, level->subdirectory, name) : strdup(path);
        if (!finding.path) {
                level->walk->incomplete = true;
                return;
        }
        finding.below = finding.path + strlen(top->path) + 1;
        unit_name_of(level->place, level->subdirectory, name, finding.unit);
        (void)boot_walk_add(level->walk, &finding);
}

static bool matters(const struct level *level, const char *name)
{
        return level->place == PLACE_DROPINS ? ends_with(name, ".conf") : unit_name_is_valid(name);
}

static int walk_file(int dir, const char *name, void *userdata)
{
        const struct level *level = userdata;
        struct stat st;

        if (matters(level, name) && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)))
                examine(level, name, &st);
        return 0;
}

static void walk_directory(struct level *level, int (*each)(int dir, const char *name, void *userdata))
{
        _cleanup_close_ int dir = open(level->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (dir >= 0 ? directory_each(dir, each, level) < 0 : errno != ENOENT && errno != EACCES)
                level->walk->incomplete = true;
}

/* x.service.d, x.target.wants; may be a link. */
static void walk_subdirectory(const struct level *top, const char *name, enum place place)
{
        char path[PATH_MAX], canonical[PATH_MAX];
        struct level level = {
                .walk = top->walk, .rank = top->rank, .path = path, .subdirectory = name, .place = place
        };
        const struct boot_snapshot *snapshot = top->walk->snapshot;
        struct stat st;

        if (!path_join(path, sizeof path, top->path, name) || lstat(path, &st) < 0)
                return;
        if (S_ISLNK(st.st_mode)) {
                struct boot_entry *entry = snapshot ? boot_snapshot_find(snapshot, path) : NULL;

                if (entry)
                        entry->seen = true;
                level.foreign = boot_compare(entry, path, &st) != BOOT_INTACT;
                if (!realpath(path, canonical) || stat(canonical, &st) < 0)
                        return;
                level.path = canonical;
        }
        if (S_ISDIR(st.st_mode))
                walk_directory(&level, walk_file);
}

static int walk_top(int dir, const char *name, void *userdata)
{
        struct level *level = userdata;
        enum place place = unit_place_of_directory(PLACE_UNITS, name);

        if (place == PLACE_UNITS)
                return walk_file(dir, name, userdata);
        walk_subdirectory(level, name, place);
        return 0;
}

/* ---- The search path --------------------------------------------------------------------------------------- */

/* A reboot empties it: what is in it before the daemon has run comes from the initrd, and cannot have been planted
 * before the boot. */
static bool is_volatile(const char *path)
{
        struct statfs fs;

        return statfs(path, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

static bool is_known(const struct boot_walk *walk, const char *path)
{
        for (size_t i = 0; i < walk->n_directories; i++)
                if (streq(walk->directories[i].path, path))
                        return true;
        return false;
}

static bool is_ours(const struct boot_walk *walk, const char *path, const char *canonical)
{
        const struct boot_snapshot *snapshot = walk->snapshot;

        if (is_known(walk, canonical) || unit_path_place(path) == PLACE_GENERATED || ends_with(path, "/transient"))
                return false;
        if (!snapshot)
                return !is_volatile(canonical);
        if (!boot_snapshot_protects(snapshot, path) && !boot_snapshot_protects(snapshot, canonical))
                return false;
        return snapshot->this_boot || !is_volatile(canonical);
}

static void add_directory(struct boot_walk *walk, const char *path, bool outranks)
{
        _cleanup_free_ char *canonical = realpath(path, NULL);
        struct boot_directory *more;

        if (!canonical || !is_ours(walk, path, canonical))
                return;
        more = reallocarray(walk->directories, walk->n_directories + 1, sizeof *more);
        if (!more) {
                walk->incomplete = true;
                return;
        }
        walk->directories = more;
        more[walk->n_directories++] = (struct boot_directory){ steal_pointer(canonical), outranks };
}

void boot_walk_units(struct boot_walk *walk, enum unit_scope scope)
{
        static const uint64_t searches[] = { [UNIT_SCOPE_SYSTEM] = SD_PATH_SYSTEMD_SEARCH_SYSTEM_UNIT,
                                             [UNIT_SCOPE_USER] = SD_PATH_SYSTEMD_SEARCH_USER_UNIT };
        char **directories;

        /* Asked as the user who runs this: his own directories are wanted, and so is $SYSTEMD_UNIT_PATH. */
        if (sd_path_lookup_strv(searches[scope], NULL, &directories) < 0) {
                walk->incomplete = true;
                return;
        }
        for (char **directory = directories; *directory; directory++)
                add_directory(walk, *directory, unit_path_place(*directory) == PLACE_TRANSIENT);
        unit_path_free(&directories);
        for (size_t i = 0; i < walk->n_directories; i++) {
                struct level level = { .walk = walk,
                                       .rank = i,
                                       .path = walk->directories[i].path,
                                       .subdirectory = "",
                                       .place = PLACE_UNITS };

                walk_directory(&level, walk_top);
        }
}

/* ---- Generators ------------------------------------------------------------------------------------------------ */

static int walk_program(int dir, const char *name, void *userdata)
{
        const struct level *level = userdata;
        struct stat st;

        if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)))
                examine(level, name, &st);
        return 0;
}

void boot_walk_generators(struct boot_walk *walk, enum unit_scope scope)
{
        static const char *const roots[] = { "/run/systemd", "/etc/systemd", "/usr/local/lib/systemd",
                                             "/usr/lib/systemd" };
        static const char *const kinds[] = { "generators", "environment-generators" };
        const char *whose = scope == UNIT_SCOPE_SYSTEM ? "system" : "user";

        for (size_t i = 0; i < ARRAY_SIZE(roots) * ARRAY_SIZE(kinds); i++) {
                char path[PATH_MAX];
                size_t n = walk->n_directories;

                (void)snprintf(path, sizeof path, "%s/%s-%s", roots[i / ARRAY_SIZE(kinds)], whose,
                               kinds[i % ARRAY_SIZE(kinds)]);
                add_directory(walk, path, false);
                if (walk->n_directories == n)
                        continue;

                struct level level = { .walk = walk,
                                       .rank = n,
                                       .path = walk->directories[n].path,
                                       .subdirectory = "",
                                       .place = PLACE_PROGRAMS };
                walk_directory(&level, walk_program);
        }
}

void boot_walk_done(struct boot_walk *walk)
{
        for (size_t i = 0; i < walk->n_directories; i++)
                free(walk->directories[i].path);
        for (size_t i = 0; i < walk->n_findings; i++)
                free(walk->findings[i].path);
        free(walk->directories);
        free(walk->findings);
}
