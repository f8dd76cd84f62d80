/* The directories that managers search: the system's, every user's, and those of homes. */
#include <limits.h>

#include "unitward/access.h"
#include "units.h"

/* Searched by systemd where /lib is a directory of its own. */
#define LIB_UNITS "/lib/systemd/system"

static int add(struct posture *posture, const char *path, enum unit_scope scope, uid_t uid)
{
        struct posture_directory *more;
        struct node *node;
        int r = posture_look(posture, path, false, &node);

        if (r == -ENOMEM)
                return r;
        if (r < 0 || node->error != 0 || !S_ISDIR(node->st.st_mode))
                return 0;
        for (size_t i = 0; i < posture->n_directories; i++)
                if (streq(posture->directories[i].path, node->path))
                        return 0;
        more = reallocarray(posture->directories, posture->n_directories + 1, sizeof *more);
        if (!more)
                return -ENOMEM;
        posture->directories = more;
        more[posture->n_directories++] = (struct posture_directory){ node->path, scope, uid };
        return 0;
}

static int add_search_path(struct posture *posture, enum unit_scope scope)
{
        char **directories;
        int r = unit_path_search(scope, &directories);

        if (r < 0)
                return r;
        for (char **directory = directories; r == 0 && *directory; directory++)
                r = add(posture, *directory, scope, (uid_t)-1);
        unit_path_free(&directories);
        return r;
}

/* ---- Of single users --------------------------------------------------------------------------------------- */

static int add_below(struct posture *posture, const char *base, const char *const *names, uid_t uid)
{
        int r = 0;

        for (; r == 0 && *names; names++) {
                _cleanup_free_ char *path = format("%s/%s", base, *names);

                r = path ? add(posture, path, UNIT_SCOPE_USER, uid) : -ENOMEM;
        }
        return r;
}

static int add_homes(struct posture *posture)
{
        static const char *const names[] = { ".config/systemd/user.control", ".config/systemd/user",
                                             ".config/systemd/user.attached", ".local/share/systemd/user", NULL };
        int r = 0;

        for (size_t i = 0; r == 0 && i < posture_n_accounts(posture); i++) {
                const struct account *account = posture_account(posture, i);

                if (*account->home == '/' && account->home[1])
                        r = add_below(posture, account->home, names, account->uid);
        }
        return r;
}

static int add_runtime(const char *name, void *userdata)
{
        static const char *const names[] = { "user.control",  "transient", "generator.early", "user",
                                             "user.attached", "generator", "generator.late",  NULL };
        struct posture *posture = userdata;
        _cleanup_free_ char *base = format("/run/user/%s/systemd", name);
        char *end;
        unsigned long uid = strtoul(name, &end, 10);

        if (!base)
                return -ENOMEM;
        return *name && !*end && uid < UINT32_MAX ? add_below(posture, base, names, (uid_t)uid) : 0;
}

/* Further homes that the policy protects: "/srv/homes/(star)/.config/systemd/user". The owner of the directory that
 * stands for the star is the user. */
struct pattern {
        struct posture *posture;
        const char *before; /* up to the star's component */
        size_t length;
        const char *after;
};

static int add_pattern_match(const char *name, void *userdata)
{
        const struct pattern *pattern = userdata;
        _cleanup_free_ char *home = format("%.*s%s", (int)pattern->length, pattern->before, name),
                            *path = home ? format("%s%s", home, pattern->after) : NULL;
        struct node *node;
        int r = path ? posture_look(pattern->posture, home, false, &node) : -ENOMEM;

        if (r < 0 || node->error != 0)
                return r == -ENOMEM ? r : 0;
        return add(pattern->posture, path, UNIT_SCOPE_USER, node->st.st_uid);
}

static int add_pattern(struct posture *posture, const char *text)
{
        const char *star = strstr(text, "/*/");
        struct pattern pattern = { .posture = posture, .before = text };
        _cleanup_free_ char *directory = NULL;

        if (!star || strchr(star + 3, '*') || starts_with(text, "/run/"))
                return 0;
        pattern.length = (size_t)(star - text) + 1;
        pattern.after = star + 2;
        directory = strndup(text, pattern.length);
        return directory ? posture_list(posture, directory, add_pattern_match, &pattern) : -ENOMEM;
}

static int add_patterns(struct posture *posture)
{
        int r = 0;

        for (size_t i = 0; posture->policy && i < policy_n_zones(posture->policy); i++) {
                const struct zone *zone = policy_zone(posture->policy, (int)i);

                for (size_t j = 0; r == 0 && j < zone->n_paths; j++)
                        if (zone->paths[j].place == PLACE_UNITS || zone->paths[j].place == PLACE_TRANSIENT)
                                r = add_pattern(posture, zone->paths[j].pattern);
        }
        return r;
}

int search_path_read(struct posture *posture)
{
        int r = add_search_path(posture, UNIT_SCOPE_SYSTEM);

        if (r == 0)
                r = add(posture, LIB_UNITS, UNIT_SCOPE_SYSTEM, (uid_t)-1);
        if (r == 0)
                r = add_search_path(posture, UNIT_SCOPE_USER);
        if (r == 0)
                r = add_homes(posture);
        if (r == 0)
                r = posture_list(posture, "/run/user", add_runtime, posture);
        return r == 0 ? add_patterns(posture) : r;
}

void search_path_done(struct posture *posture)
{
        free(posture->directories);
}

size_t posture_n_directories(const struct posture *posture)
{
        return posture->n_directories;
}

const struct posture_directory *posture_directory(const struct posture *posture, size_t index)
{
        return &posture->directories[index];
}
