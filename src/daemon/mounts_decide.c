/* The decision about a mount, and what follows from it. */
#include <limits.h>
#include <sys/mount.h>

#include "mounts.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

#define HARMLESS "hides-nothing"
#define ADVICE "if it belongs there, allow it with a rule on \"mount\": see unitward.conf(5)"

/* Where it is mounted, for the policy. What is in a protected directory is a name as any other there. */
static void place(struct settler *settler, struct mount_trial *trial)
{
        struct access *access = &trial->access;
        struct directory *own = inventory_directory(&settler->inventory, access->path), *parent;
        const struct interest *interest = NULL;
        char above[PATH_MAX];
        const char *name = path_split(access->path, above, sizeof above);

        parent = name ? inventory_directory(&settler->inventory, above) : NULL;
        access->zone = own ? own->zone : ZONE_UNPLACED;
        access->place = own ? own->place : PLACE_PARENT;
        access->unit = trial->unit;
        if (!parent)
                return;
        if (parent->place != PLACE_PARENT) {
                access->zone = parent->zone;
                access->place = parent->place;
        } else if (!own)
                interest = inventory_interest(parent, name);
        if (interest) {
                access->zone = interest->zone;
                access->place = interest->place;
        }
        if (access->place != PLACE_PARENT)
                unit_name_of(access->place, parent->name, name, trial->unit);
}

/* A directory of the overlay that the units lie on, mounted over them: what is beneath it is not marked. */
static bool is_known_overlay(struct settler *settler, const struct mount *mount)
{
        const struct directory *directory = inventory_directory(&settler->inventory, mount->target);
        char above[PATH_MAX];
        struct stat st;

        if (!directory && path_split(mount->target, above, sizeof above))
                directory = inventory_directory(&settler->inventory, above);
        return streq(mount->type, "overlay") && directory && directory->present && lstat(mount->target, &st) == 0 &&
               st.st_dev == directory->id.device;
}

void mount_try(struct guard *guard, const struct mount *mount, struct actor *actor, struct mount_trial *ret)
{
        struct settler *settler = &guard->settler;
        bool harmless, look;

        *ret = (struct mount_trial){ .mount = mount, .actor = actor };
        ret->access = (struct access){ .operation = OPERATION_MOUNT, .actor = actor, .path = mount->target };
        place(settler, ret);
        ret->fathomless = mount_is_fathomless(mount) && !is_known_overlay(settler, mount);
        look = !ret->fathomless && !mount_is_served_by_others(mount);
        ret->covered = settle_count_covered(settler, mount->target, look);
        harmless = !ret->fathomless && ret->covered.n_hidden == 0;
        ret->verdict = policy_decide(settler->policy, &ret->access);
        if (harmless && streq(ret->verdict.rule, "default"))
                ret->verdict = (struct verdict){ OUTCOME_ALLOW, HARMLESS };
}

bool mount_is_on_trial(const struct mount_trial *trial)
{
        return streq(trial->verdict.rule, HARMLESS);
}

/* ---- Carrying it out ---------------------------------------------------------------------------------- */

static char *describe(const struct mount_trial *trial, const char *end)
{
        const struct mount *mount = trial->mount;

        if (trial->fathomless)
                return format("%s, type %s, over %zu authorised names: what is in it can change unseen%s",
                              mount->source, mount->type, trial->covered.n, end);
        return format("%s, type %s, hides %zu of %zu authorised names%s", mount->source, mount->type,
                      trial->covered.n_hidden, trial->covered.n, end);
}

static void record(struct guard *guard, const struct mount_trial *trial, const char *end)
{
        struct record *record = record_new_decided(trial->gone ? RECORD_RESTORED : RECORD_ARRIVAL, guard->policy,
                                                   &trial->access, trial->verdict);

        if (record) {
                record->mode = guard->settler.mode;
                record->mount_source = strdup(trial->mount->source);
                record->mount_type = strdup(trial->mount->type);
                record->message = describe(trial, end);
                record->hint = trial->verdict.outcome == OUTCOME_ALLOW ? NULL : strdup(ADVICE);
        }
        outbox_record(&guard->outbox, record);
}

/* Whoever has something of it open keeps that, and what is hidden below is back at once. */
static bool detach(struct guard *guard, const struct mount *mount)
{
        int r = umount2(mount->target, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 ? -errno : 0;

        if (r == -EINVAL || r == -ENOENT)
                return true; /* whoever mounted it was quicker */
        if (r < 0)
                report_problem(&guard->settler, mount->target,
                               format("%s (%s), mounted over %s, cannot be detached: %s", mount->source, mount->type,
                                      mount->target, strerror(-r)),
                               format("umount it; until then managers load nothing from it that is not authorised"));
        return r == 0;
}

void mount_refuse(struct guard *guard, struct mount_trial *trial)
{
        const struct mount *mount = trial->mount;
        const char *end = trial->fathomless ? "; nothing that it adds is protected" : "";

        if (guard->settler.mode == MODE_ENFORCE &&
            (trial->fathomless || policy_settings(guard->policy)->refused_mounts == REFUSED_MOUNTS_DETACH)) {
                if (!trial->fathomless && !mount_is_served_by_others(mount))
                        settle_condemn_covering(&guard->settler, mount->target, trial->verdict.rule);
                trial->gone = detach(guard, mount);
                end = trial->gone ? "; it is detached" : "; it could not be detached";
        } else if (guard->settler.mode == MODE_ENFORCE)
                end = "; they are put back in it";
        record(guard, trial, end);
}

void mount_carry_out(struct guard *guard, struct mount_trial *trial)
{
        if (trial->verdict.outcome != OUTCOME_ALLOW)
                mount_refuse(guard, trial);
        else if (trial->covered.n > 0 || !mount_is_on_trial(trial))
                record(guard, trial, trial->fathomless ? "; nothing that it adds is protected" : "");
        if (!trial->gone && trial->fathomless)
                (void)settle_close(&guard->settler, trial->mount->target);
}
