/* What the boot gate asks: which of the names that differ from its snapshot are authorised by now. Everybody may ask,
 * and learns nothing that the snapshot would not tell him a moment later. */
#include <fcntl.h>

#include "requests_internal.h"
#include "unitward/text.h"
#include "unitward/util.h"

#define PATHS_MAX 1024u

/* The inventory says so, and what is there is still what was authorised. Looks at the disk without opening anything. */
static bool is_authorised(struct inventory *inventory, const char *path)
{
        const struct entry *entry = inventory_entry_at(inventory, path);
        struct signature signature;
        struct stat st;

        if (!entry || entry->state != ENTRY_AUTHORISED || fstatat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return false;
        signature = signature_of(&st);
        return signature_equal(&signature, &entry->signature);
}

int request_boot_check(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret)
{
        struct guard *guard = userdata;
        const json_t *paths = json_object_get(arguments, "paths"), *item;
        json_t *authorised = json_array();
        size_t i;

        (void)peer;
        if (json_array_size(paths) > PATHS_MAX) {
                json_decref(authorised);
                return -E2BIG;
        }
        /* What asks was started by a manager, after whatever it asks about. */
        housekeeper_settle_notes(guard);
        json_array_foreach(paths, i, item) {
                _cleanup_free_ char *path = NULL;
                bool good = json_get_bytes(item, "path", &path) == 0 && is_authorised(&guard->settler.inventory, path);

                (void)json_array_append_new(authorised, json_boolean(good));
        }
        ret->result = json_pack("{s:s, s:o}", "mode", mode_name(guard_mode(guard)), "authorised", authorised);
        return ret->result ? 0 : -ENOMEM;
}

const struct control_command guard_boot_commands[] = {
        { "boot-check", false, request_boot_check },
        { NULL, false, NULL },
};
