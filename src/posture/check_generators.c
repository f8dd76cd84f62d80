/* What generators run and read: they run as root, or as each user, before anything else is loaded. Whoever may change
 * it needs no unit. (Generators themselves are on the search path.) */
#include <limits.h>

#include "posture_internal.h"
#include "unitward/script.h"

const char *const generator_directories[] = {
        "/run/systemd/system-generators",
        "/etc/systemd/system-generators",
        "/usr/local/lib/systemd/system-generators",
        "/usr/lib/systemd/system-generators",
        "/run/systemd/user-generators",
        "/etc/systemd/user-generators",
        "/usr/local/lib/systemd/user-generators",
        "/usr/local/share/systemd/user-generators",
        "/usr/lib/systemd/user-generators",
        "/usr/share/systemd/user-generators",
        "/run/systemd/system-environment-generators",
        "/etc/systemd/system-environment-generators",
        "/usr/local/lib/systemd/system-environment-generators",
        "/usr/lib/systemd/system-environment-generators",
        "/run/systemd/user-environment-generators",
        "/etc/systemd/user-environment-generators",
        "/usr/local/lib/systemd/user-environment-generators",
        "/usr/lib/systemd/user-environment-generators",
        NULL,
};

/* Users' generators as well: whoever changes what they run is every user, root among them. */
static const struct runner root = { .uid = 0 };

struct check {
        struct posture *posture;
        const char *directory;
        const char *generator; /* its path */
        enum script_use use;
};

/* What is not there cannot be mended itself; the generator can be kept from running. */
static int add_supplied(const struct check *check, struct finding_draft draft)
{
        _cleanup_free_ char *mask =
                format("/etc/systemd%s%s", strrchr(check->directory, '/'), strrchr(check->generator, '/'));
        const char *const argv[] = { "ln", "-s", "/dev/null", mask, NULL };

        draft.mend = MEND_COMMAND;
        draft.argv = argv;
        draft.advice = "which masks the generator; or install what is not there";
        return mask && draft.what ? posture_add(check->posture, &draft) : -ENOMEM;
}

static int add(const struct exposure *exposure, void *userdata)
{
        const struct check *check = userdata;
        struct finding_draft draft = {
                .check = CHECK_GENERATOR_PROGRAM,
                .severity = posture_severity(check->posture, exposure->who, &root),
        };
        _cleanup_free_ char *what = NULL;
        char fault[256];

        if (exposure->fault == FAULT_MISSING && (check->use == SCRIPT_NAMES || people_is_empty(exposure->who)))
                return 0;
        posture_draft(check->posture, exposure, fault, sizeof fault, &draft);
        what = format("%s, and the generator %s %s%s", fault, check->generator,
                      check->use == SCRIPT_SOURCES ? "reads it" : "runs it",
                      !exposure->node->error && S_ISDIR(exposure->node->st.st_mode) ? " or what is in it" : "");
        draft.what = what;
        if (exposure->fault == FAULT_MISSING)
                return add_supplied(check, draft);
        return what ? posture_add(check->posture, &draft) : -ENOMEM;
}

/* The generator itself, its directory, or where it links to. What is above lies above units as well. */
static int add_itself(const struct exposure *exposure, void *userdata)
{
        const struct check *check = userdata;
        const char *const remove[] = { "rm", "--", check->generator, NULL };
        bool within = path_is_in(exposure->node->path, check->directory);
        struct finding_draft draft = {
                .check = CHECK_GENERATOR_WRITABLE,
                .severity = posture_severity(check->posture, exposure->who, &root),
                .safe = within,
        };
        _cleanup_free_ char *what = NULL;
        char fault[256];

        if (path_is_in(check->directory, exposure->node->path) && !streq(check->directory, exposure->node->path))
                return 0;
        if (exposure->fault == FAULT_MISSING && people_is_empty(exposure->who))
                return 0;
        posture_draft(check->posture, exposure, fault, sizeof fault, &draft);
        what = format("%s, and %s", fault,
                      within ? "generators are run before any unit is loaded" : "a generator leads to it");
        draft.what = what;
        if (exposure->fault == FAULT_MISSING) {
                draft.mend = MEND_COMMAND;
                draft.argv = remove;
                draft.safe = false;
        }
        return what ? posture_add(check->posture, &draft) : -ENOMEM;
}

/* What is only named may be a file that it writes: it counts where it can be executed. */
static int check_used(const char *path, enum script_use use, void *userdata)
{
        struct check check = *(const struct check *)userdata;
        struct node *node;
        int r = posture_look(check.posture, path, false, &node);

        check.use = use;
        if (r < 0)
                return posture_fatal(r);
        if (!node->error && (!S_ISREG(node->st.st_mode) || (use == SCRIPT_NAMES && !(node->st.st_mode & 0111))))
                return 0;
        return posture_fatal(posture_exposures(check.posture, path, &root, add, &check, &node));
}

static int check_name(const char *name, void *userdata)
{
        struct check check = *(const struct check *)userdata;
        _cleanup_free_ char *text = NULL;
        char path[PATH_MAX];
        struct node *node;
        size_t size;
        int r;

        if (!path_join(path, sizeof path, check.directory, name))
                return 0;
        check.generator = path;
        r = posture_exposures(check.posture, path, &root, add_itself, &check, &node);
        if (r < 0 || node->error || !S_ISREG(node->st.st_mode) || !(node->st.st_mode & 0111))
                return posture_fatal(r);
        if (node->st.st_size > SCRIPT_MAX || posture_read(check.posture, node->path, SCRIPT_MAX, &text, &size) < 0)
                return 0;
        return script_each(text, size, check_used, &check);
}

int posture_check_generators(struct posture *posture)
{
        int r = 0;

        for (const char *const *directory = generator_directories; r == 0 && *directory; directory++) {
                struct check check = { posture, NULL, NULL, SCRIPT_RUNS };
                struct node *node;

                r = posture_look(posture, *directory, false, &node);
                if (r < 0 || node->error) {
                        r = posture_fatal(r);
                        continue;
                }
                check.directory = node->path;
                r = posture_exposures(posture, node->path, &root, add_itself, &check, &node);
                if (r == 0)
                        r = posture_list(posture, check.directory, check_name, &check);
                r = posture_fatal(r);
        }
        return r;
}
