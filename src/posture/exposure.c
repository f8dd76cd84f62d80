/* Who else may change what somebody relies on. */
#include "posture_internal.h"

struct search {
        struct posture *posture;
        const struct runner *runner;
        exposure_function each;
        void *userdata;
};

static int tell(const struct search *search, struct node *node, enum fault fault, const struct people *people)
{
        _cleanup_(people_done) struct people others = { 0 };
        int r = people_others(search->posture, people, search->runner, &others);

        if (r < 0 || (fault != FAULT_MISSING && people_is_empty(&others)))
                return r;
        return search->each(&(struct exposure){ .node = node, .fault = fault, .who = &others }, search->userdata);
}

static int tell_owner(const struct search *search, struct node *node)
{
        _cleanup_(people_done) struct people owner = { 0 };
        int r = people_add_user(&owner, node->st.st_uid);

        return r < 0 ? r : tell(search, node, FAULT_OWNER, &owner);
}

/* Whoever may write the directory may make it. */
static int tell_missing(const struct search *search, struct node *node)
{
        const struct node *parent = node->parent;
        _cleanup_(people_done) struct people makers = { 0 };
        int r = 0;

        if (parent && parent->error == 0) {
                r = people_add_user(&makers, parent->st.st_uid);
                if (r == 0)
                        r = people_add_all(&makers, &parent->by_mode);
                if (r == 0)
                        r = people_add_all(&makers, &parent->by_acl);
        }
        return r < 0 ? r : tell(search, node, FAULT_MISSING, &makers);
}

static bool is_sticky(const struct node *node)
{
        return S_ISDIR(node->st.st_mode) && node->st.st_mode & S_ISVTX;
}

/* In a sticky directory names are their owners' and the directory's owner's; elsewhere whoever may write it has them
 * all, so that a link's owner is nobody in particular. */
static int node_exposures(struct node *node, void *userdata)
{
        const struct search *search = userdata;
        int r = 0;

        if (node->error == ENOENT)
                return tell_missing(search, node);
        if (node->error != 0)
                return 0;
        if (S_ISLNK(node->st.st_mode))
                return node->parent && is_sticky(node->parent) ? tell_owner(search, node) : 0;
        if (!S_ISDIR(node->st.st_mode) && !S_ISREG(node->st.st_mode))
                return 0;
        r = tell_owner(search, node);
        if (r == 0 && !is_sticky(node))
                r = tell(search, node, FAULT_MODE, &node->by_mode);
        if (r == 0 && !is_sticky(node))
                r = tell(search, node, FAULT_ACL, &node->by_acl);
        return r;
}

int posture_exposures(struct posture *posture, const char *path, const struct runner *runner, exposure_function each,
                      void *userdata, struct node **ret)
{
        struct search search = { posture, runner, each, userdata };

        return posture_walk(posture, path, false, node_exposures, &search, ret);
}

int posture_node_exposures(struct posture *posture, struct node *node, const struct runner *runner,
                           exposure_function each, void *userdata)
{
        return node_exposures(node, &(struct search){ posture, runner, each, userdata });
}

enum severity posture_severity(const struct posture *posture, const struct people *who, const struct runner *runner)
{
        bool root = runner->uid == 0 && !runner->dynamic;

        if (!people_are_real(posture, who))
                return people_is_empty(who) || who->n_users == 0 ? SEVERITY_INFO : SEVERITY_LOW;
        if (who->everybody)
                return root ? SEVERITY_CRITICAL : SEVERITY_HIGH;
        return root ? SEVERITY_HIGH : SEVERITY_MEDIUM;
}

/* ---- In words ---------------------------------------------------------------------------------------------- */

static const char *owner_name(const struct posture *posture, uid_t uid, char buffer[static 16])
{
        const struct account *account = posture_account_of(posture, uid);

        (void)snprintf(buffer, 16, "%u", uid);
        return account ? account->name : buffer;
}

/* Which of the mode's bits let them. */
static mode_t excess(const struct exposure *exposure)
{
        return (exposure->who->everybody ? S_IWOTH : 0u) | (exposure->who->n_groups > 0 ? S_IWGRP : 0u);
}

void posture_draft(const struct posture *posture, const struct exposure *exposure, char *buffer, size_t size,
                   struct finding_draft *draft)
{
        const struct node *node = exposure->node;
        const char *by = exposure->who->everybody ? "everybody" : "its group";
        char number[16];

        draft->path = node->path;
        draft->st = node->error == 0 ? &node->st : NULL;
        draft->who = exposure->who;
        draft->what = buffer;
        switch (exposure->fault) {
        case FAULT_OWNER:
                (void)snprintf(buffer, size, "belongs to %s", owner_name(posture, node->st.st_uid, number));
                draft->mend = MEND_CHOWN;
                return;
        case FAULT_MODE:
                (void)snprintf(buffer, size, "may be written by %s (mode %04o)", by, node->st.st_mode & 07777);
                draft->mend = MEND_CHMOD;
                draft->mode = node->st.st_mode & 07777 & ~excess(exposure);
                return;
        case FAULT_ACL:
                (void)snprintf(buffer, size, "may be written by whom its access control list names");
                draft->mend = MEND_REMOVE_ACL;
                return;
        case FAULT_MISSING:
                (void)snprintf(buffer, size, "is not there");
                draft->mend = MEND_NOTHING;
        }
}
