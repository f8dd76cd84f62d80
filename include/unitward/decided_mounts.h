/* Mounts that concern what is protected, as a guard decided them: by the next one they are neither taken for new, nor is
 * an overlay that came after the marks taken for one that was there first. In memory that outlives the guard. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DECIDED_MOUNTS_MAX 256u

struct decided_mount {
        uint64_t unique;       /* as in mount_table.h */
        int id;
        bool closed;           /* nobody looks into it */
};

struct decided_mounts {
        uint32_t n;            /* atomic; beyond DECIDED_MOUNTS_MAX: they are not known */
        struct decided_mount all[DECIDED_MOUNTS_MAX];
};

void decided_mounts_clear(struct decided_mounts *decided); /* they are not known */

/* More than DECIDED_MOUNTS_MAX are not kept at all. */
void decided_mounts_set(struct decided_mounts *decided, const struct decided_mount *mounts, size_t n);

/* A copy. -ENODATA: they are not known. */
int decided_mounts_get(const struct decided_mounts *decided, struct decided_mount ret[static DECIDED_MOUNTS_MAX],
                       size_t *ret_n);
