/* Whether what a manager has loaded is authorised, and what is done when it is not. */
#include <limits.h>

#include "aftermath.h"
#include "unitward/util.h"

/* ---- What is authorised ------------------------------------------------------------------------------------- */

static bool is_in_gap(const struct aftermath *aftermath, const char *path)
{
        for (size_t i = 0; i < aftermath->n_in_gap; i++)
                if (streq(aftermath->in_gap[i], path))
                        return true;
        return false;
}

/* A link to a unit elsewhere: the manager names the file that it leads to. */
static bool is_linked_in_gap(const struct aftermath *aftermath, const char *unit)
{
        for (size_t i = 0; i < aftermath->n_in_gap; i++) {
                const char *slash = strrchr(aftermath->in_gap[i], '/');

                if (slash && streq(slash + 1, unit) && !strstr(aftermath->in_gap[i], ".wants/") &&
                    !strstr(aftermath->in_gap[i], ".requires/") && !strstr(aftermath->in_gap[i], ".upholds/"))
                        return true;
        }
        return false;
}

enum standing { STANDING_GOOD, STANDING_ELSEWHERE, STANDING_CHANGED, STANDING_UNAUTHORISED };

/* A manager may name a file by another way than the zones do: /lib for /usr/lib. */
static bool canonical(const char *path, char ret[static PATH_MAX])
{
        char parent[PATH_MAX], there[PATH_MAX];
        const char *name = path_split(path, parent, sizeof parent);

        return name && realpath(parent, there) && path_join(ret, PATH_MAX, there, name);
}

static bool is_protected(struct inventory *inventory, const char *path)
{
        char parent[PATH_MAX];
        const char *name = path_split(path, parent, sizeof parent);
        struct inventory_facts facts;
        struct stat st;

        if (!name || stat(parent, &st) < 0)
                return false;
        inventory_place(inventory, file_id_of(&st), name, &facts);
        return facts.found;
}

static enum standing standing_of(struct aftermath *aftermath, const char *named)
{
        struct inventory *inventory = &aftermath->guard->settler.inventory;
        char path[PATH_MAX], parent[PATH_MAX];
        struct inventory_facts facts;
        struct signature signature;
        struct stat st;

        /* The directory of its drop-ins may be gone with them. */
        if (!canonical(named, path))
                return path_split(named, parent, sizeof parent) && canonical(parent, path) &&
                                       is_protected(inventory, path)
                               ? STANDING_UNAUTHORISED
                               : STANDING_ELSEWHERE;
        if (!is_protected(inventory, path))
                return STANDING_ELSEWHERE;
        if (stat(path, &st) < 0)
                return STANDING_UNAUTHORISED;
        signature = signature_of(&st);
        inventory_find(inventory, &signature, &facts);
        if (!facts.found || !facts.authorised)
                return STANDING_UNAUTHORISED;
        return is_in_gap(aftermath, path) ? STANDING_CHANGED : STANDING_GOOD;
}

static enum standing standing_of_unit(struct aftermath *aftermath, const struct loaded_unit *unit)
{
        enum standing standing = standing_of(aftermath, unit->fragment);

        return standing == STANDING_ELSEWHERE && is_linked_in_gap(aftermath, unit->name) ? STANDING_UNAUTHORISED
                                                                                         : standing;
}

/* ---- Telling, and stopping ---------------------------------------------------------------------------------- */

static void report(struct manager *manager, const struct loaded_unit *unit, const char *path, const char *what,
                   char *hint)
{
        struct record *record = record_new(RECORD_LOADED);

        if (record) {
                record->mode = manager->aftermath->mode;
                record->path = strdup(path);
                (void)string_copy(record->unit, sizeof record->unit, unit->name);
                record->message =
                        format("%s is loaded in %s and %s, %s", unit->name, manager->name, unit->active, what);
                record->hint = steal_pointer(hint);
        }
        free(hint);
        outbox_record(&manager->aftermath->guard->outbox, record);
        manager->aftermath->n_loaded++;
}

static bool stop(struct manager *manager, const struct loaded_unit *unit)
{
        const struct aftermath *aftermath = manager->aftermath;

        if (!aftermath->stop_loaded || aftermath->mode != MODE_ENFORCE || streq(unit->active, "inactive"))
                return false;
        return sd_bus_call_method(manager->bus, MANAGER_NAME, MANAGER_OBJECT, "StopUnit", NULL, NULL, "ss", unit->name,
                                  "replace") >= 0;
}

static char *restart_hint(const struct manager *manager, const struct loaded_unit *unit)
{
        return format("systemctl%s daemon-reload, then: systemctl%s restart %s", manager->control, manager->control,
                      unit->name);
}

void aftermath_judge(struct manager *manager, const struct loaded_unit *unit)
{
        const char *user = manager->control;

        switch (standing_of_unit(manager->aftermath, unit)) {
        case STANDING_UNAUTHORISED:
                if (stop(manager, unit)) {
                        manager->aftermath->n_stopped++;
                        report(manager, unit, unit->fragment, "from a file that is not authorised; it was stopped",
                               format("look at what it did; then: systemctl%s daemon-reload", user));
                } else
                        report(manager, unit, unit->fragment, "from a file that is not authorised",
                               format("systemctl%s stop %s, then: systemctl%s daemon-reload", user, unit->name, user));
                return;
        case STANDING_CHANGED:
                report(manager, unit, unit->fragment,
                       "perhaps from contents that were not authorised and are put right", restart_hint(manager, unit));
                return;
        case STANDING_ELSEWHERE:
        case STANDING_GOOD:
                break;
        }
        for (char **path = unit->drop_ins; path && *path; path++)
                if (standing_of(manager->aftermath, *path) >= STANDING_CHANGED)
                        report(manager, unit, *path, "with a drop-in that was not authorised",
                               restart_hint(manager, unit));
}
