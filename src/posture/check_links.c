/* Links to nothing. systemd goes by the name of a link in x.wants: whoever may put a unit of that name on the search
 * path has it started. A linked unit is read where the link leads. */
#include <limits.h>

#include "posture_internal.h"
#include "unitward/unit_name.h"

struct check {
        struct posture *posture;
        const struct posture_directory *directory;
        const char *dependencies; /* "x.target.wants"; NULL: in the directory itself */
};

static bool is_same_manager(const struct posture_directory *a, const struct posture_directory *b)
{
        return a->scope == b->scope && (a->scope == UNIT_SCOPE_SYSTEM || a->uid == b->uid || b->uid == (uid_t)-1);
}

/* "getty@.service" of "getty@tty1.service"; false: it is no instance. */
static bool template_of(const char *unit, char ret[static UNIT_NAME_MAX])
{
        const char *at = strchr(unit, '@'), *type = strrchr(unit, '.');

        if (!at || !type || type <= at + 1)
                return false;
        return snprintf(ret, UNIT_NAME_MAX, "%.*s%s", (int)(at + 1 - unit), unit, type) < UNIT_NAME_MAX;
}

static int is_found(const struct check *check, const char *name)
{
        for (size_t i = 0; i < posture_n_directories(check->posture); i++) {
                const struct posture_directory *directory = posture_directory(check->posture, i);
                char path[PATH_MAX];
                struct node *node;
                int r;

                if (!is_same_manager(check->directory, directory) ||
                    !path_join(path, sizeof path, directory->path, name))
                        continue;
                r = posture_look(check->posture, path, false, &node);
                if (r == -ENOMEM)
                        return r;
                if (r == 0 && !node->error)
                        return 1;
        }
        return 0;
}

/* Units of these types are there without a file. */
static int is_made(const struct check *check, const char *name)
{
        static const char *const types[] = { ".device", ".slice", ".scope" };
        char template[UNIT_NAME_MAX];
        int r;

        for (size_t i = 0; i < ARRAY_SIZE(types); i++)
                if (ends_with(name, types[i]))
                        return 1;
        r = is_found(check, name);
        return r == 0 && template_of(name, template) ? is_found(check, template) : r;
}

static int add_dependency(const struct check *check, const struct node *link, const char *name)
{
        const struct finding_draft draft = {
                .check = CHECK_LINK_DANGLING,
                .severity = SEVERITY_INFO,
                .path = link->path,
                .st = &link->st,
                .what = "leads to nothing, and no unit has its name: one that comes later is started with it",
                .unit = name,
                .mend = MEND_REMOVE_LINK,
                .safe = true,
        };

        return posture_add(check->posture, &draft);
}

/* A unit that was linked from elsewhere, and is not there any more. Where others may make it again it is another
 * finding, of where the link leads. */
struct linked {
        const struct check *check;
        const struct node *link;
        const char *name;
};

static int add_unit(const struct exposure *exposure, void *userdata)
{
        const struct linked *linked = userdata;
        const struct finding_draft draft = {
                .check = CHECK_LINK_DANGLING,
                .severity = SEVERITY_INFO,
                .path = linked->link->path,
                .st = &linked->link->st,
                .what = "leads to nothing: whoever makes that file has it loaded as a unit",
                .unit = linked->name,
                .mend = MEND_REMOVE_LINK,
                .advice = "what it hides further down the search path is a unit again then",
        };

        return exposure->fault == FAULT_MISSING && people_is_empty(exposure->who)
                       ? posture_add(linked->check->posture, &draft)
                       : 0;
}

static int check_entry(const char *name, void *userdata)
{
        const struct check *check = userdata;
        char path[PATH_MAX];
        struct node *link, *target;
        int r;

        if (!unit_name_is_valid(name))
                return 0;
        r = snprintf(path, sizeof path, "%s%s%s/%s", check->directory->path, check->dependencies ? "/" : "",
                     check->dependencies ? check->dependencies : "", name);
        if (r >= (int)sizeof path)
                return 0;
        r = posture_look(check->posture, path, true, &link);
        if (r < 0 || link->error || !link->target ||
            streq(link->target, "/dev/null")) /* a mask, also where no /dev is */
                return posture_fatal(r);
        r = posture_look(check->posture, path, false, &target);
        if (r == -ENOMEM)
                return r;
        if (r == 0 && target->error != ENOENT)
                return 0;
        if (!check->dependencies) {
                const struct runner root = { .uid = 0 };
                struct linked linked = { check, link, name };

                return posture_fatal(posture_exposures(check->posture, path, &root, add_unit, &linked, &target));
        }
        r = is_made(check, name);
        return r == 0 ? add_dependency(check, link, name) : r < 0 ? r : 0;
}

static int check_name(const char *name, void *userdata)
{
        struct check check = *(const struct check *)userdata;
        char path[PATH_MAX];
        int r;

        if (unit_place_of_directory(PLACE_UNITS, name) != PLACE_DEPENDENCIES)
                return check_entry(name, userdata);
        check.dependencies = name;
        r = path_join(path, sizeof path, check.directory->path, name)
                    ? posture_list(check.posture, path, check_entry, &check)
                    : 0;
        return posture_fatal(r);
}

int posture_check_links(struct posture *posture)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < posture_n_directories(posture); i++) {
                struct check check = { posture, posture_directory(posture, i), NULL };

                r = posture_list(posture, check.directory->path, check_name, &check);
                r = posture_fatal(r);
        }
        return r;
}
