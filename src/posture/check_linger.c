/* Users whose own units run from the boot on, whether they log in or not: loginctl enable-linger. */
#include <limits.h>

#include "posture_internal.h"

#define LINGER_PATH "/var/lib/systemd/linger"

static int add(struct posture *posture, const struct node *node, const char *name, const struct account *account,
               const char *unit)
{
        const char *const argv[] = { "loginctl", "disable-linger", name, NULL }, *const none[] = { "rm", "--",
                                                                                                   node->path, NULL };
        _cleanup_free_ char *what =
                account ? format("has the units of %s run from the boot on, without him", account->name)
                        : format("is of no account: whoever is given that name has his units run from the boot on");
        struct people who = { 0 };
        struct finding_draft draft = {
                .check = CHECK_LINGER,
                .severity = account && account->uid != 0 ? SEVERITY_LOW : SEVERITY_INFO,
                .path = node->path,
                .st = &node->st,
                .what = what,
                .who = &who,
                .unit = unit,
                .mend = MEND_COMMAND,
                .argv = account ? argv : none,
                .advice = unit ? NULL : "none of his own units is enabled now",
        };
        int r = what ? 0 : -ENOMEM;

        if (r == 0 && account)
                r = people_add_user(&who, account->uid);
        if (r == 0)
                r = posture_add(posture, &draft);
        people_done(&who);
        return r;
}

static int check_user(const char *name, void *userdata)
{
        struct posture *posture = userdata;
        const struct account *account = posture_account_named(posture, name);
        char path[PATH_MAX];
        struct node *node;
        bool any = false;
        int r = path_join(path, sizeof path, LINGER_PATH, name) ? posture_look(posture, path, true, &node) : 0;

        if (r < 0 || node->error)
                return posture_fatal(r);
        for (size_t i = 0; r == 0 && account && i < posture_n_units(posture); i++) {
                const struct posture_unit *unit = posture_unit(posture, i);

                if (unit->scope != UNIT_SCOPE_USER || unit->uid != account->uid || !unit->reachable)
                        continue;
                any = true;
                r = add(posture, node, name, account, unit->name);
        }
        return r == 0 && !any ? add(posture, node, name, account, NULL) : r;
}

/* Who can make a name here has the units of any user run. */
static int add_exposure(const struct exposure *exposure, void *userdata)
{
        struct posture *posture = userdata;
        struct finding_draft draft = { .check = CHECK_LINGER_WRITABLE, .severity = SEVERITY_MEDIUM, .safe = true };
        _cleanup_free_ char *what = NULL;
        char fault[256];

        if (exposure->fault == FAULT_MISSING)
                return 0;
        posture_draft(posture, exposure, fault, sizeof fault, &draft);
        what = format("%s: who is named in it has his units run from the boot on", fault);
        draft.what = what;
        return what ? posture_add(posture, &draft) : -ENOMEM;
}

static int check_directory(struct posture *posture)
{
        const struct runner root = { .uid = 0 };
        struct node *node;
        int r = posture_look(posture, LINGER_PATH, true, &node);

        if (r < 0 || node->error)
                return posture_fatal(r);
        return posture_node_exposures(posture, node, &root, add_exposure, posture);
}

int posture_check_linger(struct posture *posture)
{
        int r = check_directory(posture);

        if (r == 0)
                r = posture_list(posture, LINGER_PATH, check_user, posture);
        return posture_fatal(r);
}
