/* One thing that a unit uses: who else may change it, what it lies in, and what is on the way. */
#include "programs.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct use_kind {
        enum posture_check check; /* for FAULT_OWNER; those for the other faults follow, then that for its place */
        unsigned milder;          /* steps of severity, where having it is not yet running something */
        bool must_be_there;
};

static const struct use_kind kinds[] = {
        [USE_PROGRAM] = { CHECK_PROGRAM_OWNER, 0, true },      [USE_SETTINGS] = { CHECK_FILE_OWNER, 0, false },
        [USE_CREDENTIAL] = { CHECK_FILE_OWNER, 1, false },     [USE_ROOT] = { CHECK_DIRECTORY_OWNER, 0, false },
        [USE_DIRECTORY] = { CHECK_DIRECTORY_OWNER, 1, false },
};

/* ---- Findings ---------------------------------------------------------------------------------------------- */

static enum severity lower(enum severity severity, unsigned steps)
{
        return severity > SEVERITY_LOW + steps ? severity - steps : severity > SEVERITY_LOW ? SEVERITY_LOW : severity;
}

/* What lies on the way is a directory, whatever is at its end. */
static enum posture_check check_of(const struct use *use, const struct exposure *exposure)
{
        unsigned first = exposure->fault != FAULT_MISSING && S_ISDIR(exposure->node->st.st_mode) ? CHECK_DIRECTORY_OWNER
                                                                                                 : kinds[use->as].check;

        return (enum posture_check)(first + exposure->fault);
}

struct edit_command posture_edit_command(const struct posture_unit *unit)
{
        if (unit->scope == UNIT_SCOPE_SYSTEM)
                return (struct edit_command){ { "systemctl", "edit", unit->name, NULL } };
        return (struct edit_command){ { "systemctl", unit->uid == (uid_t)-1 ? "--global" : "--user", "edit", unit->name,
                                        NULL } };
}

static int add_missing(const struct use *use, const struct exposure *exposure, const struct edit_command *edit,
                       struct finding_draft *draft)
{
        const struct job *job = use->job;

        if (people_is_empty(exposure->who)) {
                if (!kinds[use->as].must_be_there || use->optional)
                        return 0;
                draft->what = "is not there";
        } else
                draft->what = "is not there, and can be put there";
        draft->path = use->path;
        draft->mend = MEND_COMMAND;
        draft->argv = edit->argv;
        draft->advice = "install it, or have the unit not need it";
        return posture_add(job->posture, draft);
}

/* Where somebody keeps what is his: it stays his. */
static bool is_home(const struct posture *posture, const struct node *node)
{
        for (size_t i = 0; i < posture_n_accounts(posture); i++) {
                const struct account *account = posture_account(posture, i);

                if (account->uid == node->st.st_uid && streq(account->home, node->path))
                        return true;
        }
        return false;
}

static void add_mend(const struct posture *posture, const struct exposure *exposure, const struct edit_command *edit,
                     struct finding_draft *draft)
{
        if (exposure->fault == FAULT_OWNER && is_home(posture, exposure->node)) {
                draft->mend = MEND_COMMAND;
                draft->argv = edit->argv;
                draft->advice = "have what the unit uses where only root may write, or have the unit run as that user";
                return;
        }
        /* Nobody can count on what everybody may change; somebody in particular may have his reasons. */
        draft->safe = exposure->fault == FAULT_MODE && exposure->who->everybody && exposure->who->n_groups == 0;
        if (!draft->safe)
                draft->advice = "whoever takes care of it this way cannot any more";
}

static int add_exposure(const struct exposure *exposure, void *userdata)
{
        const struct use *use = userdata;
        const struct job *job = use->job;
        const struct edit_command edit = posture_edit_command(job->unit);
        struct finding_draft draft = { 0 };
        char what[128];

        posture_draft(job->posture, exposure, what, sizeof what, &draft);
        draft.check = check_of(use, exposure);
        draft.unit = job->unit->name;
        draft.severity = lower(posture_severity(job->posture, exposure->who, &use->runner), kinds[use->as].milder);
        if (exposure->fault == FAULT_MISSING)
                return add_missing(use, exposure, &edit, &draft);
        add_mend(job->posture, exposure, &edit, &draft);
        return posture_add(job->posture, &draft);
}

/* ---- Places ------------------------------------------------------------------------------------------------ */

static const char *const temporary[] = { "/tmp", "/var/tmp", "/dev/shm" };

static bool is_temporary(const char *path)
{
        for (size_t i = 0; i < ARRAY_SIZE(temporary); i++)
                if (path_is_in(path, temporary[i]))
                        return true;
        return false;
}

/* PrivateTmp=: what is there nobody else sees, and nothing of it is here. */
static bool is_private(const struct job *job, const char *path)
{
        return job->private_tmp && (path_is_in(path, "/tmp") || path_is_in(path, "/var/tmp"));
}

/* Homes of people: those of services are where these keep what they have. */
static const struct account *home_of(const struct posture *posture, const char *path)
{
        for (size_t i = 0; i < posture_n_accounts(posture); i++) {
                const struct account *account = posture_account(posture, i);

                if (account->uid >= 1000 && account->uid < 65534 && strlen(account->home) > 1 &&
                    path_is_in(path, account->home))
                        return account;
        }
        return NULL;
}

static int check_place(const struct use *use, const struct node *node)
{
        const struct job *job = use->job;
        const struct edit_command edit = posture_edit_command(job->unit);
        bool is_there = node->error == 0;
        _cleanup_free_ char *what = NULL;
        struct people owner = { 0 };
        struct finding_draft draft = {
                .check = (enum posture_check)(kinds[use->as].check + FAULT_MISSING + 1),
                .path = is_there ? node->path : use->path,
                .st = is_there ? &node->st : NULL,
                .unit = job->unit->name,
                .mend = MEND_COMMAND,
                .argv = edit.argv,
                .advice = "have it where only root may write",
                .who = &owner,
        };
        const struct account *account = home_of(job->posture, draft.path);
        int r = 0;

        if (is_temporary(draft.path)) {
                what = strdup("lies in a directory for temporary files: once it is gone, anybody makes it");
                owner.everybody = true;
                draft.severity = SEVERITY_HIGH;
        } else if (account && account->uid != use->runner.uid) {
                what = format("lies in the home of %s", account->name);
                r = people_add_user(&owner, account->uid);
                draft.severity = SEVERITY_MEDIUM;
        } else
                return 0;
        draft.what = what;
        draft.severity = lower(draft.severity, kinds[use->as].milder + (use->runner.uid != 0));
        if (r == 0)
                r = what ? posture_add(job->posture, &draft) : -ENOMEM;
        people_done(&owner);
        return r;
}

/* ---- One thing that is used -------------------------------------------------------------------------------- */

/* Looked at with all that is on the way; *ret as of posture_walk, NULL: it cannot be said what the path means. */
static int look_at(const struct use *use, struct node **ret)
{
        struct use own = *use;
        int r = posture_exposures(use->job->posture, use->path, &use->runner, add_exposure, &own, ret);

        if (r == -ELOOP || r == -ENAMETOOLONG) {
                *ret = NULL;
                return 0;
        }
        return r == 0 ? check_place(use, *ret) : r;
}

int use_file(const struct job *job, enum use_as as, const struct runner *runner, const char *path, bool optional)
{
        _cleanup_free_ char *below = NULL;
        struct use use = { .job = job, .as = as, .runner = *runner, .path = path, .optional = optional };
        struct node *node = NULL;
        int r;

        if (*path != '/' || is_private(job, path))
                return 0;
        if (as == USE_PROGRAM && *job->root_directory) {
                below = format("%s%s", job->root_directory, path);
                if (!below)
                        return -ENOMEM;
                use.path = below;
        }
        r = look_at(&use, &node);
        return r == 0 && node && as == USE_PROGRAM ? use_interpreter(&use, node) : r;
}

/* A program by its name alone: in the first directory that has it; one before that to which others may add it counts
 * too. */
int use_named(const struct job *job, const struct runner *runner, const char *name, bool optional)
{
        const char *directory = job->search ? job->search : DEFAULT_PATH;
        int r = 0;

        if (strchr(name, '/'))
                return use_file(job, USE_PROGRAM, runner, name, optional);
        while (r == 0 && *directory) {
                size_t length = strcspn(directory, ":");
                _cleanup_free_ char *path = format("%s%.*s/%s", job->root_directory, (int)length, directory, name);
                struct node *node = NULL;

                r = path ? posture_look(job->posture, path, false, &node) : -ENOMEM;
                if (r == 0 && (node->error == 0 || !directory[length]))
                        return use_file(job, USE_PROGRAM, runner, path + strlen(job->root_directory), optional);
                if (r == 0)
                        r = use_file(job, USE_PROGRAM, runner, path + strlen(job->root_directory), true);
                directory += length + (directory[length] == ':');
        }
        return r == -ENOMEM ? r : 0;
}
