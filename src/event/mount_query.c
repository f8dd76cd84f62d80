/* Mounts by the ids that are never given again: listmount(2), statmount(2). */
#include <sys/syscall.h>

#include "mount_table_internal.h"
#include "unitward/util.h"

#ifndef SYS_statmount
#define SYS_statmount 457 /* on every architecture, as all newer ones */
#define SYS_listmount 458
#endif

/* <linux/mount.h> of Linux 6.8 has these; older headers do not. */
struct statmount_request {
        uint32_t size, spare;
        uint64_t id, mask; /* listmount: the last one that is known already */
};

struct statmount_answer {
        uint32_t size, options;
        uint64_t mask;
        uint32_t device_major, device_minor;
        uint64_t magic;
        uint32_t flags, type;
        uint64_t id, parent_id;
        uint32_t mountinfo_id, mountinfo_parent_id;
        uint64_t attributes, propagation, peer_group, master, propagate_from;
        uint32_t root, target; /* offsets of strings in text */
        uint64_t namespace;
        uint32_t subtype, source;
        uint64_t more[48];
        char text[4 * 4096]; /* paths, and some more */
};

#define ALL_MOUNTS UINT64_MAX /* LSMT_ROOT */
#define LIST_STEP 1024u

int mount_list(uint64_t **ret, size_t *ret_n)
{
        struct statmount_request request = { .size = 24, .id = ALL_MOUNTS };
        _cleanup_free_ uint64_t *ids = NULL;
        size_t n = 0;
        long more;

        do {
                uint64_t *longer = reallocarray(ids, n + LIST_STEP, sizeof *ids);

                if (!longer)
                        return -ENOMEM;
                ids = longer;
                more = syscall(SYS_listmount, &request, ids + n, (size_t)LIST_STEP, 0);
                if (more < 0)
                        return -errno;
                n += (size_t)more;
                request.mask = n > 0 ? ids[n - 1] : 0;
        } while (more == LIST_STEP);
        *ret = steal_pointer(ids);
        *ret_n = n;
        return 0;
}

#define WANT_BASIC 0x2u     /* STATMOUNT_MNT_BASIC */
#define WANT_ROOT 0x8u      /* STATMOUNT_MNT_ROOT */
#define WANT_TARGET 0x10u   /* STATMOUNT_MNT_POINT */
#define WANT_TYPE 0x20u     /* STATMOUNT_FS_TYPE */
#define WANT_SUBTYPE 0x100u /* STATMOUNT_FS_SUBTYPE; most have none */
#define WANT_SOURCE 0x200u  /* STATMOUNT_SB_SOURCE (Linux 6.13); some have none */

static int ask(uint64_t unique_id, uint64_t mask, uint64_t required, struct statmount_answer *ret)
{
        struct statmount_request request = { .size = 24, .id = unique_id, .mask = mask };

        memset(ret, 0, sizeof *ret);
        if (syscall(SYS_statmount, &request, ret, sizeof *ret, 0) < 0)
                return -errno;
        return (ret->mask & required) == required ? 0 : -ENOENT;
}

/* NULL: it was not told. */
static const char *text_of(const struct statmount_answer *answer, uint64_t mask, uint32_t offset)
{
        return (answer->mask & mask) && offset < sizeof answer->text - 1 ? answer->text + offset : NULL;
}

int mount_lookup(uint64_t unique_id, int *ret_id, char **ret_target)
{
        const uint64_t wanted = WANT_BASIC | WANT_TARGET;
        struct statmount_answer answer;
        int r = ask(unique_id, wanted, wanted, &answer);
        const char *target = r < 0 ? NULL : text_of(&answer, WANT_TARGET, answer.target);
        char *copy;

        if (!target)
                return r < 0 ? r : -ENOENT;
        copy = strdup(target);
        if (!copy)
                return -ENOMEM;
        *ret_id = (int)answer.mountinfo_id;
        *ret_target = copy;
        return 0;
}

static int take_one(uint64_t unique_id, struct mount_table *table)
{
        const uint64_t required = WANT_BASIC | WANT_ROOT | WANT_TARGET | WANT_TYPE;
        const char *source, *root, *target, *type, *subtype;
        struct statmount_answer answer;
        struct mount mount;
        int r = ask(unique_id, required | WANT_SUBTYPE | WANT_SOURCE, required, &answer);

        if (r < 0)
                return r == -ENOENT ? 0 : r; /* gone meanwhile */
        source = text_of(&answer, WANT_SOURCE, answer.source);
        root = text_of(&answer, WANT_ROOT, answer.root);
        target = text_of(&answer, WANT_TARGET, answer.target);
        type = text_of(&answer, WANT_TYPE, answer.type);
        subtype = text_of(&answer, WANT_SUBTYPE, answer.subtype);
        if (!root || !target || !type)
                return -EBADMSG;
        mount = (struct mount){ .id = (int)answer.mountinfo_id,
                                .unique = unique_id,
                                .target = strdup(target),
                                .source = mount_source_from(source && *source ? source : "none", root),
                                .type = subtype && *subtype ? format("%s.%s", type, subtype) : strdup(type) };
        return mount_table_append(table, &mount);
}

int mount_table_read_some(const uint64_t *unique_ids, size_t n, struct mount_table *ret)
{
        struct mount_table table = { 0 };
        int r = 0;

        for (size_t i = 0; r == 0 && i < n; i++)
                r = take_one(unique_ids[i], &table);
        if (r < 0) {
                mount_table_done(&table);
                return r;
        }
        mount_table_sort(&table);
        *ret = table;
        return 0;
}
