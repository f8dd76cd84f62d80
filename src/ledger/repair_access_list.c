/* acl(5) as the kernel stores it (linux/posix_acl_xattr.h): a version, then tag, permissions and id of each entry, all
 * little endian. libacl reads files, not the block that is written down. */
#include <endian.h>

#include "unitward/attributes.h"
#include "unitward/repair.h"
#include "unitward/util.h"

#define ACL_VERSION 2u
#define TAG_GROUP 0x04u

static const char access_list[] = "system.posix_acl_access", default_list[] = "system.posix_acl_default";

/* What the group's own entry permits: with a mask, the group's bits of the mode are the mask instead. */
static int group_permissions(const unsigned char *value, size_t size)
{
        uint32_t version;

        if (size < sizeof version)
                return -EBADMSG;
        memcpy(&version, value, sizeof version);
        if (le32toh(version) != ACL_VERSION)
                return -EBADMSG;
        for (size_t at = sizeof version; at + 8 <= size; at += 8) {
                uint16_t tag, permissions;

                memcpy(&tag, value + at, sizeof tag);
                memcpy(&permissions, value + at + sizeof tag, sizeof permissions);
                if (le16toh(tag) == TAG_GROUP)
                        return le16toh(permissions) & 7;
        }
        return -EBADMSG;
}

/* Steps over one attribute of a valid block. */
static const char *attribute_next(const char *name, const unsigned char **ret_value, size_t *ret_size)
{
        const char *value = name + strlen(name) + 1 + sizeof(uint32_t);
        uint32_t size;

        memcpy(&size, value - sizeof size, sizeof size);
        *ret_value = (const unsigned char *)value;
        *ret_size = le32toh(size);
        return value + *ret_size;
}

int repair_drop_access_list(struct repair_state *state)
{
        const char *at = state->attributes, *end, *next;
        const unsigned char *value;
        size_t n = 0, size;
        int group = -1;
        char *kept;

        if (state->attributes_size == 0)
                return 0;
        if (!attributes_are_valid(state->attributes, state->attributes_size))
                return -EBADMSG;
        end = at + state->attributes_size;
        kept = state->attributes; /* what stays moves to the front */
        for (; at < end; at = next) {
                next = attribute_next(at, &value, &size);
                if (streq(at, access_list))
                        group = group_permissions(value, size);
                if (streq(at, access_list) || streq(at, default_list))
                        continue;
                memmove(kept + n, at, (size_t)(next - at));
                n += (size_t)(next - at);
        }
        state->attributes_size = n;
        if (group >= 0)
                state->mode = (state->mode & ~(mode_t)070) | (mode_t)(group << 3);
        return 0;
}
