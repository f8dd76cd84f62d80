/* What lies on the search paths: whoever may write there has every unit. */
#include <limits.h>

#include "units.h"

struct look {
        struct posture *posture;
        const struct posture_directory *directory;
        struct runner runner;
        const char *above; /* the directory whose names are listed */
        const char *link;  /* whose target is looked at */
        const char *target;
};

static const enum posture_check checks[] = {
        [FAULT_OWNER] = CHECK_UNIT_OWNER,
        [FAULT_MODE] = CHECK_UNIT_WRITABLE,
        [FAULT_ACL] = CHECK_UNIT_ACL,
};

/* The unit that a path is about, "" when none. */
static void unit_of(const char *path, char ret[static UNIT_NAME_MAX])
{
        char directory[PATH_MAX];
        const char *name = path_split(path, directory, sizeof directory);

        ret[0] = '\0';
        if (name)
                unit_name_of(unit_place_of_directory(PLACE_UNITS, strrchr(directory, '/') + 1),
                             strrchr(directory, '/') + 1, name, ret);
}

/* To whom it should belong. */
static void give_back(const struct look *look, struct finding_draft *draft)
{
        const struct account *account = posture_account_of(look->posture, look->runner.uid);

        draft->uid = look->runner.uid;
        draft->gid = account ? account->gid : 0;
}

static int add_exposure(const struct exposure *exposure, void *userdata)
{
        const struct look *look = userdata;
        struct finding_draft draft = { 0 };
        char unit[UNIT_NAME_MAX], what[128];

        posture_draft(look->posture, exposure, what, sizeof what, &draft);
        unit_of(draft.path, unit);
        draft.check = checks[exposure->fault];
        draft.unit = *unit ? unit : NULL;
        draft.severity = posture_severity(look->posture, exposure->who, &look->runner);
        /* Above the search path others may have business, but not everybody. */
        draft.safe = path_is_in(draft.path, look->directory->path) ||
                     (exposure->fault == FAULT_MODE && exposure->who->everybody && exposure->who->n_groups == 0);
        if (!draft.safe)
                draft.advice = "find out first who needs it as it is: unit directories lie below";
        give_back(look, &draft);
        return posture_add(look->posture, &draft);
}

/* Nobody can write it with that, root neither: what somebody planted stays, and what packages bring does not come. */
static int check_attributes(const struct look *look, const struct node *node)
{
        bool immutable = node->attributes & STATX_ATTR_IMMUTABLE, append = node->attributes & STATX_ATTR_APPEND;
        const char *const argv[] = { "chattr",
                                     immutable && append ? "-ia"
                                     : immutable         ? "-i"
                                                         : "-a",
                                     "--", node->path, NULL };
        char unit[UNIT_NAME_MAX];
        struct finding_draft draft = {
                .check = CHECK_UNIT_IMMUTABLE,
                .severity = SEVERITY_LOW,
                .path = node->path,
                .st = &node->st,
                .what = immutable ? "is immutable: neither packages nor root can change or remove it as it is"
                                  : "is append-only: neither packages nor root can replace or remove it as it is",
                .mend = MEND_COMMAND,
                .argv = argv,
                .advice = "look at it first: who keeps a unit of his from being removed does it this way",
        };

        unit_of(node->path, unit);
        draft.unit = *unit ? unit : NULL;
        return immutable || append ? posture_add(look->posture, &draft) : 0;
}

/* ---- Links ------------------------------------------------------------------------------------------------- */

static bool is_on_search_path(const struct posture *posture, const char *path)
{
        for (size_t i = 0; i < posture_n_directories(posture); i++)
                if (path_is_in(path, posture_directory(posture, i)->path))
                        return true;
        return false;
}

static int add_link(const struct exposure *exposure, void *userdata)
{
        const struct look *look = userdata;
        char unit[UNIT_NAME_MAX];
        struct finding_draft draft = {
                .check = CHECK_UNIT_LINK,
                .severity = posture_severity(look->posture, exposure->who, &look->runner),
                .path = look->link,
                .who = exposure->who,
                .mend = MEND_REMOVE_LINK,
                .unit = unit,
                .advice = "then have the file itself in the unit directory",
        };
        _cleanup_free_ char *what = NULL;
        struct node *node;

        if (is_on_search_path(look->posture, exposure->node->path) ||
            (exposure->fault == FAULT_MISSING && people_is_empty(exposure->who)))
                return 0;
        if (posture_look(look->posture, look->link, true, &node) == 0 && node->error == 0)
                draft.st = &node->st;
        what = exposure->fault == FAULT_MISSING
                       ? format("leads to %s, which is not there and can be put there", look->target)
                       : format("leads to %s, and %s can be changed", look->target, exposure->node->path);
        if (!what)
                return -ENOMEM;
        unit_of(look->link, unit);
        draft.what = what;
        return posture_add(look->posture, &draft);
}

static int check_link(struct look *look, struct node *node)
{
        _cleanup_(people_done) struct people owner = { 0 };
        struct exposure own = { .node = node, .fault = FAULT_OWNER, .who = &owner };
        struct node *end;
        int r = 0;

        /* Nobody can do anything with owning a link; it tells who made it. */
        if (node->st.st_uid != 0 && node->st.st_uid != look->runner.uid) {
                r = people_add_user(&owner, node->st.st_uid);
                if (r == 0)
                        r = add_exposure(&own, look);
        }
        look->link = node->path;
        look->target = node->target;
        if (r == 0)
                r = posture_exposures(look->posture, node->path, &look->runner, add_link, look, &end);
        return r == -ELOOP || r == -ENAMETOOLONG ? 0 : r;
}

/* ---- Names ------------------------------------------------------------------------------------------------- */

static int check_name(const char *name, void *userdata)
{
        struct look *look = userdata, below = *look;
        _cleanup_free_ char *path = format("%s/%s", look->above, name);
        struct node *node;
        int r = path ? posture_look(look->posture, path, true, &node) : -ENOMEM;

        if (r < 0 || node->error != 0)
                return r == -ENOMEM ? r : 0;
        if (S_ISLNK(node->st.st_mode))
                return check_link(look, node);
        r = posture_node_exposures(look->posture, node, &look->runner, add_exposure, look);
        if (r == 0)
                r = check_attributes(look, node);
        if (r < 0 || !S_ISDIR(node->st.st_mode) || unit_place_of_directory(PLACE_UNITS, name) == PLACE_UNITS)
                return r;
        below.above = path;
        return posture_list(look->posture, path, check_name, &below);
}

int posture_check_search_path(struct posture *posture)
{
        struct node *node;
        int r = 0;

        for (size_t i = 0; r == 0 && i < posture_n_directories(posture); i++) {
                const struct posture_directory *directory = posture_directory(posture, i);
                struct look look = { .posture = posture,
                                     .directory = directory,
                                     .runner.uid = directory->uid == (uid_t)-1 ? 0 : directory->uid,
                                     .above = directory->path };

                r = posture_exposures(posture, directory->path, &look.runner, add_exposure, &look, &node);
                if (r == 0)
                        r = check_attributes(&look, node);
                if (r == 0)
                        r = posture_list(posture, directory->path, check_name, &look);
        }
        return r;
}
