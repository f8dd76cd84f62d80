/* Linked units: systemd opens a link's target under the target's own path (systemctl link /opt/app/x.service).
 * Whoever is allowed to make the link authorises what it leads to, and from then on that file is guarded as
 * if it lay in the unit directory. Its directory is only watched, so other files in it are nobody's business. */
#include <limits.h>
#include <stdlib.h>

#include "settle_internal.h"
#include "unitward/util.h"

/* The file that the link leads to, when it is one that no zone protects. */
static bool leads_out(struct settler *settler, const struct change *change, char target[static PATH_MAX])
{
        struct inventory_facts facts;
        struct signature signature;
        struct stat st;

        if (!realpath(change->path, target) || stat(target, &st) < 0 || !S_ISREG(st.st_mode))
                return false;
        signature = signature_of(&st);
        inventory_find(&settler->inventory, &signature, &facts);
        return !facts.found;
}

static struct directory *watch_parent_of(struct settler *settler, const char *target)
{
        struct directory *directory;
        char parent[PATH_MAX];

        if (!path_split(target, parent, sizeof parent))
                return NULL;
        settle_know_way(settler, parent);
        directory = inventory_add_directory(&settler->inventory, parent);
        if (directory && !directory->present)
                (void)watch_directory(settler, directory);
        return directory;
}

int linked_protect(struct settler *settler, const struct change *change, const char *rule)
{
        char target[PATH_MAX];
        struct interest interest = {
                .kind = INTEREST_FILE, .zone = change->zone, .place = change->place, .linked = true
        };
        const struct authority authority = {
                .source = settler->authority ? settler->authority->source : "actor",
                .actor = change->cause->actor,
                .verdict = { OUTCOME_ALLOW, rule },
        };
        struct directory *directory;
        int r;

        if ((change->place != PLACE_UNITS && change->place != PLACE_DROPINS) || !leads_out(settler, change, target))
                return 0;
        directory = watch_parent_of(settler, target);
        if (!directory)
                return -ENOMEM;
        if (directory->place != PLACE_PARENT)
                return 0; /* protected: it is settled as any name there */
        interest.pattern = strrchr(target, '/') + 1;
        r = inventory_add_interest(&settler->inventory, directory, &interest);
        if (r < 0)
                return r;
        if (inventory_entry(directory, interest.pattern) || !rule)
                return settle_name(settler, directory, interest.pattern, change->cause);
        return settle_authorise(settler, directory, interest.pattern, &authority);
}
