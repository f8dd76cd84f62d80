/* Who may write an object besides its owner: by mode, and by access control lists, acl(5). */
#include <endian.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/xattr.h>

#include "posture_internal.h"

#define ACL_ENTRIES_MAX 1024

struct acl {
        struct posix_acl_xattr_header header;
        struct posix_acl_xattr_entry entries[ACL_ENTRIES_MAX];
};

/* How many entries it has; 0: none, or this file system knows no lists. */
static size_t acl_read(int fd, const char *attribute, struct acl *ret)
{
        ssize_t n = getxattr(fd_path(fd).text, attribute, ret, sizeof *ret);

        if (n < (ssize_t)sizeof ret->header || le32toh(ret->header.a_version) != POSIX_ACL_XATTR_VERSION)
                return 0;
        return ((size_t)n - sizeof ret->header) / sizeof ret->entries[0];
}

/* What the mask leaves of named entries and of the owning group's. */
static unsigned acl_mask(const struct acl *acl, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (le16toh(acl->entries[i].e_tag) == ACL_MASK)
                        return le16toh(acl->entries[i].e_perm);
        return 07;
}

static int acl_named_writers(const struct acl *acl, size_t n, unsigned needed, struct people *people)
{
        unsigned mask = acl_mask(acl, n);
        int r = 0;

        for (size_t i = 0; r == 0 && i < n; i++) {
                const struct posix_acl_xattr_entry *entry = &acl->entries[i];
                unsigned tag = le16toh(entry->e_tag), id = le32toh(entry->e_id);

                if ((le16toh(entry->e_perm) & mask & needed) != needed)
                        continue;
                if (tag == ACL_USER)
                        r = people_add_user(people, id);
                else if (tag == ACL_GROUP)
                        r = people_add_group(people, id);
        }
        return r;
}

/* With a list, the mode's bits of the group are the mask. */
static unsigned group_bits(const struct acl *acl, size_t n, mode_t mode)
{
        for (size_t i = 0; i < n; i++)
                if (le16toh(acl->entries[i].e_tag) == ACL_GROUP_OBJ)
                        return le16toh(acl->entries[i].e_perm) & acl_mask(acl, n);
        return (mode >> 3) & 07;
}

int node_find_writers(struct node *node, int fd)
{
        const bool is_directory = S_ISDIR(node->st.st_mode);
        const unsigned needed = is_directory ? 03 : 02; /* a directory that may not be searched cannot be written */
        struct acl acl;
        size_t n;
        int r = 0;

        if (!is_directory && !S_ISREG(node->st.st_mode))
                return 0;
        n = acl_read(fd, "system.posix_acl_access", &acl);
        if ((node->st.st_mode & needed) == needed)
                node->by_mode.everybody = true;
        if ((group_bits(&acl, n, node->st.st_mode) & needed) == needed)
                r = people_add_group(&node->by_mode, node->st.st_gid);
        if (r == 0)
                r = acl_named_writers(&acl, n, needed, &node->by_acl);
        if (r == 0 && is_directory)
                r = acl_named_writers(&acl, acl_read(fd, "system.posix_acl_default", &acl), 02, &node->by_acl);
        return r;
}
