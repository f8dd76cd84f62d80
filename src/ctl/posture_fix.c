/* unitward posture --fix: what is safe of the findings' mends, as changes of objects: one each, whatever was found of
 * it. */
#include <limits.h>

#include "posture_fix.h"
#include "unitward/ctl.h"
#include "unitward/hash.h"
#include "unitward/text.h"

struct collection {
        struct fix *fix;
        char root[PATH_MAX]; /* "" for this system */
        size_t n_left;       /* safe by what was found, and not to be changed all the same */
};

/* Also what is only odd, and does not count; not what the policy accepts. */
static bool is_wanted(const struct finding *finding)
{
        return (!finding->accepted || finding->expired) && finding->mend.safe && finding->mend.kind != MEND_NOTHING &&
               finding->mend.kind != MEND_COMMAND;
}

static void change_mode(struct repair_state *state, const struct mend *mend)
{
        state->mode &= mend->mode; /* several findings take away what they are about; none gives */
}

/* What somebody else made set-id does not become root's so. */
static void change_owner(struct repair_state *state, const struct mend *mend)
{
        state->uid = mend->uid;
        state->gid = mend->gid;
        state->mode &= ~(mode_t)06000;
}

static void remove_link(struct repair_state *state)
{
        free(state->attributes);
        free(state->target);
        *state = (struct repair_state){ 0 };
}

static int change(struct repair *repair, const struct finding *finding)
{
        struct repair_state *state = &repair->after;
        bool is_link = repair->before.target;

        if (!state->exists)
                return 0; /* it goes: what else was found of it does not matter */
        switch (finding->mend.kind) {
        case MEND_CHMOD:
                if (is_link)
                        return -EINVAL;
                change_mode(state, &finding->mend);
                return 0;
        case MEND_CHOWN:
                change_owner(state, &finding->mend);
                return 0;
        case MEND_REMOVE_ACL:
                return repair_drop_access_list(state);
        case MEND_REMOVE_LINK:
                if (!is_link)
                        return -EINVAL;
                remove_link(state);
                return 0;
        case MEND_NOTHING:
        case MEND_COMMAND:
                break;
        }
        return -EINVAL;
}

static struct repair *repair_of(struct fix *fix, const char *path)
{
        for (size_t i = fix->n; i > 0; i--)
                if (streq(fix->repairs[i - 1].path, path))
                        return &fix->repairs[i - 1];
        return NULL;
}

/* The object as it was found, or none. */
static int begin(struct fix *fix, const char *path, const struct finding *finding, struct repair **ret)
{
        struct repair *more, repair;
        int r;

        *ret = repair_of(fix, path);
        if (*ret)
                return 0;
        if (fix->n == REPAIR_MAX)
                return -E2BIG;
        r = repair_begin(path, &repair);
        if (r < 0)
                return r;
        more = reallocarray(fix->repairs, fix->n + 1, sizeof *more);
        if (!more || repair.inode != finding->id.inode) {
                repair_done(&repair);
                fix->repairs = more ? more : fix->repairs;
                return more ? -ESTALE : -ENOMEM;
        }
        fix->repairs = more;
        more[fix->n] = repair;
        *ret = &more[fix->n++];
        return 0;
}

static const char *why_not(int error)
{
        switch (error) {
        case -EMLINK:
                return "it has another name elsewhere, and whatever reads it there would see the change: do it by hand";
        case -ESTALE:
                return "it is another object by now: look again";
        case -E2BIG:
                return "there are more than can be done at once: look again afterwards";
        default:
                return "do it by hand";
        }
}

static int add(struct collection *all, const struct finding *finding)
{
        _cleanup_free_ char *path = format("%s%s", all->root, finding->path), *text = NULL;
        struct repair *repair;
        int r = path ? begin(all->fix, path, finding, &repair) : -ENOMEM;

        if (r == 0)
                r = change(repair, finding);
        if (r < 0 && r != -ENOMEM) {
                text = text_escape(path);
                ctl_error(why_not(r), "%s is left as it is: %s", text ? text : "", strerror(-r));
                all->n_left++;
        }
        return r == -ENOMEM ? r : 0;
}

static void drop_unchanged(struct fix *fix)
{
        size_t n = 0;

        for (size_t i = 0; i < fix->n; i++)
                if (repair_changes(&fix->repairs[i]))
                        fix->repairs[n++] = fix->repairs[i];
                else
                        repair_done(&fix->repairs[i]);
        fix->n = n;
}

static int collect(struct collection *all, const struct posture *posture)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < posture_n_findings(posture); i++)
                if (is_wanted(posture_finding(posture, i)))
                        r = add(all, posture_finding(posture, i));
        drop_unchanged(all->fix);
        return r;
}

static int report_nothing(const struct fix *fix, size_t n_left, bool json)
{
        (void)fix;
        if (json)
                ctl_print_json(json_pack("{s:n, s:b, s:i, s:I, s:[]}", "id", "undone", false, "done", 0, "failed",
                                         (json_int_t)n_left, "objects"));
        else if (n_left == 0)
                puts("There is nothing that is safe to mend.");
        return n_left > 0 ? CTL_FINDING : CTL_OK;
}

int posture_fix(const struct posture *posture, const struct fix_options *options)
{
        _cleanup_(fix_done) struct fix fix = { 0 };
        struct collection all = { .fix = &fix };
        int r;

        if (geteuid() != 0) {
                ctl_error("run it with sudo", "only root can mend what was found");
                return CTL_FINDING;
        }
        if (options->root && (!realpath(options->root, all.root) || streq(all.root, "/")))
                *all.root = '\0';
        r = fix_begin(&fix, options->state);
        if (r == 0)
                r = collect(&all, posture);
        if (r < 0) {
                ctl_error(NULL, "nothing was changed: %s", strerror(-r));
                return CTL_FINDING;
        }
        if (fix.n == 0)
                return report_nothing(&fix, all.n_left, options->json);
        repair_id_new(fix.id);
        if (!options->json)
                fix_print_plan(&fix);
        if (!fix_confirm(&fix, options->yes, "Change these"))
                return CTL_FINDING;
        r = fix_apply(&fix, false);
        if (r != CTL_OK)
                return r;
        r = fix_report(&fix, false, options->json);
        return all.n_left > 0 ? CTL_FINDING : r;
}
