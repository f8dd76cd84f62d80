/* Units, drop-ins and generators that no package brought and that nobody has authorised. */
#include <fcntl.h>
#include <limits.h>

#include "posture_internal.h"
#include "unitward/ledger.h"
#include "unitward/packages.h"
#include "unitward/tree.h"
#include "unitward/unit_name.h"

struct known {
        UT_hash_handle hh;
        char path[];
};

struct check {
        struct posture *posture;
        struct packages *packages;
        struct known *known; /* what the ledger has */
        bool has_ledger, has_packages;
        char root[PATH_MAX];   /* as it is seen from here; "" for this system's own */
        const char *directory; /* now */
        bool generators;
        unsigned depth;
};

/* ---- The ledger -------------------------------------------------------------------------------------------- */

static int remember(const struct ledger_entry *entry, void *userdata)
{
        struct check *check = userdata;
        size_t length = strlen(entry->path);
        struct known *known;

        HASH_FIND(hh, check->known, entry->path, length, known);
        if (known)
                return 0;
        known = malloc(sizeof *known + length + 1);
        if (!known)
                return -ENOMEM;
        memcpy(known->path, entry->path, length + 1);
        HASH_ADD_KEYPTR(hh, check->known, known->path, length, known);
        if (HASH_ADDED(hh, known))
                return 0;
        free(known);
        return -ENOMEM;
}

static int read_ledger(struct check *check)
{
        const char *state = posture_ledger(check->posture);
        _cleanup_free_ char *path = state ? format("%s/ledger.db", state) : NULL;
        struct ledger *ledger;
        int r = path ? ledger_open_read(path, &ledger) : -ENOENT;

        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r == -ENOMEM ? r : posture_unseen(check->posture, path, -r);
        r = ledger_each(ledger, remember, check);
        ledger_close(ledger);
        check->has_ledger = r == 0;
        return r == -ENOMEM ? r : r < 0 ? posture_unseen(check->posture, path, -r) : 0;
}

/* As it is called here, or there: the ledger of an image speaks of the image's own paths. */
static bool is_in_ledger(const struct check *check, const char *path, const char *outside)
{
        struct known *known;

        HASH_FIND(hh, check->known, path, strlen(path), known);
        if (!known)
                HASH_FIND(hh, check->known, outside, strlen(outside), known);
        return known != NULL;
}

/* ---- The packages ------------------------------------------------------------------------------------------ */

static int read_packages(struct check *check)
{
        static const char *const below[] = {
                "/etc/systemd",     "/usr/lib/systemd",   "/usr/local/lib/systemd",  "/lib/systemd",
                "/etc/xdg/systemd", "/usr/share/systemd", "/usr/local/share/systemd"
        };
        const char *prefixes[ARRAY_SIZE(below) + 1] = { NULL };
        size_t files;
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(below); i++) {
                prefixes[i] = format("%s%s", check->root, below[i]);
                if (!prefixes[i])
                        r = -ENOMEM;
        }
        if (r == 0)
                r = packages_read(check->root, prefixes, &check->packages);
        for (size_t i = 0; i < ARRAY_SIZE(below); i++)
                free((char *)(uintptr_t)prefixes[i]);
        if (r == 0)
                check->has_packages = packages_count(check->packages, &files) > 0;
        return r == -ENOMEM || r == 0 ? r : posture_unseen(check->posture, "/var/lib/dpkg", -r);
}

static int is_owned(const struct check *check, const char *outside, bool *ret)
{
        _cleanup_(observed_done) struct observed seen = OBSERVED_NOTHING;
        struct package_owner owner = { .match = PACKAGE_NONE };
        int r = observe(AT_FDCWD, outside, &seen);

        if (r == 0)
                r = packages_match(check->packages, outside, &seen, &owner);
        if (r == -ENOMEM)
                return r;
        *ret = r < 0 || owner.match != PACKAGE_NONE;
        return 0;
}

/* ---- Findings ---------------------------------------------------------------------------------------------- */

/* A link within the search path enables or renames a unit that is looked at itself. */
static int is_worth_it(const struct check *check, const struct node *node, const char *path, bool *ret)
{
        struct node *target;
        int r;

        *ret = S_ISREG(node->st.st_mode) && (node->st.st_size > 0 || check->generators);
        if (!node->target || streq(node->target, "/dev/null"))
                return 0;
        r = posture_look(check->posture, path, false, &target);
        if (r < 0 || target->error)
                return posture_fatal(r);
        for (size_t i = 0; i < posture_n_directories(check->posture); i++)
                if (path_is_in(target->path, posture_directory(check->posture, i)->path))
                        return 0;
        *ret = !strstr(target->path, "/systemd/");
        return 0;
}

static int add(const struct check *check, const struct node *node, const char *unit)
{
        const char *const approve[] = { "unitward", "approve", node->path, NULL }, *const remove[] = { "rm", "--",
                                                                                                       node->path,
                                                                                                       NULL };
        const struct finding_draft draft = {
                .check = CHECK_UNIT_UNOWNED,
                .severity = check->has_ledger ? SEVERITY_MEDIUM : SEVERITY_LOW,
                .path = node->path,
                .st = &node->st,
                .what = check->has_ledger ? "belongs to no package, and nobody has authorised it"
                                          : "belongs to no package, and there is no ledger that would say whose it is",
                .unit = *unit ? unit : NULL,
                .mend = MEND_COMMAND,
                .argv = check->has_ledger ? approve : remove,
                .advice = check->has_ledger ? "look at it: whoever made it, no package did"
                                            : "look at it: whoever made it, no package did; what is to stay can be "
                                              "accepted in the policy",
        };

        return posture_add(check->posture, &draft);
}

static bool is_of_interest(const struct check *check, const char *name)
{
        if (check->generators)
                return true;
        return check->depth > 0 ? ends_with(name, ".conf") : unit_name_is_valid(name);
}

static int check_name(const char *name, void *userdata);

static int check_drop_ins(const struct check *check, const char *path)
{
        struct check below = *check;
        int r;

        below.directory = path;
        below.depth++;
        r = posture_list(check->posture, path, check_name, &below);
        return posture_fatal(r);
}

static int check_name(const char *name, void *userdata)
{
        const struct check *check = userdata;
        char path[PATH_MAX], outside[PATH_MAX], unit[UNIT_NAME_MAX];
        struct node *node;
        bool worth, owned = true;
        int r;

        if (!path_join(path, sizeof path, check->directory, name))
                return 0;
        r = posture_look(check->posture, path, true, &node);
        if (r < 0 || node->error)
                return posture_fatal(r);
        if (S_ISDIR(node->st.st_mode) && check->depth == 0 && !check->generators &&
            unit_place_of_directory(PLACE_UNITS, name) == PLACE_DROPINS)
                return check_drop_ins(check, path);
        if (!is_of_interest(check, name))
                return 0;
        r = is_worth_it(check, node, path, &worth);
        if (r < 0 || !worth || snprintf(outside, sizeof outside, "%s%s", check->root, node->path) >= PATH_MAX ||
            is_in_ledger(check, node->path, outside))
                return r;
        r = is_owned(check, outside, &owned);
        if (r < 0 || owned)
                return r;
        unit_name_of(check->depth > 0 ? PLACE_DROPINS : PLACE_UNITS, strrchr(check->directory, '/') + 1, name, unit);
        return add(check, node, check->generators ? "" : unit);
}

static bool is_everybodys(const struct posture_directory *directory)
{
        return !unit_path_is_volatile(directory->path) &&
               (directory->scope == UNIT_SCOPE_SYSTEM || directory->uid == (uid_t)-1);
}

static int check_directories(struct check *check)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < posture_n_directories(check->posture); i++) {
                const struct posture_directory *directory = posture_directory(check->posture, i);

                check->directory = directory->path;
                if (is_everybodys(directory))
                        r = posture_list(check->posture, directory->path, check_name, check);
                r = posture_fatal(r);
        }
        check->generators = true;
        for (const char *const *directory = generator_directories; r == 0 && *directory; directory++) {
                check->directory = *directory;
                r = posture_list(check->posture, *directory, check_name, check);
                r = posture_fatal(r);
        }
        return r;
}

int posture_check_unowned(struct posture *posture)
{
        struct check check = { .posture = posture };
        struct known *known, *next;
        ssize_t n = readlink(fd_path(posture_root(posture)).text, check.root, sizeof check.root - 1);
        int r;

        check.root[n > 1 ? n : 0] = '\0';
        r = read_ledger(&check);
        if (r == 0)
                r = read_packages(&check);
        /* Without any records there is nothing to be said: everything would be nobody's. */
        if (r == 0 && check.packages && (check.has_packages || check.has_ledger))
                r = check_directories(&check);
        packages_free(check.packages);
        HASH_ITER(hh, check.known, known, next) {
                HASH_DEL(check.known, known);
                free(known);
        }
        return r;
}
