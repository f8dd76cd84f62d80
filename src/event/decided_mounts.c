#include <string.h>

#include "unitward/decided_mounts.h"
#include "unitward/util.h"

void decided_mounts_clear(struct decided_mounts *decided)
{
        __atomic_store_n(&decided->n, UINT32_MAX, __ATOMIC_RELEASE);
}

void decided_mounts_set(struct decided_mounts *decided, const struct decided_mount *mounts, size_t n)
{
        decided_mounts_clear(decided); /* who is killed halfway leaves none */
        if (n > DECIDED_MOUNTS_MAX)
                return;
        memcpy(decided->all, mounts, n * sizeof *mounts);
        __atomic_store_n(&decided->n, (uint32_t)n, __ATOMIC_RELEASE);
}

int decided_mounts_get(const struct decided_mounts *decided, struct decided_mount ret[static DECIDED_MOUNTS_MAX],
                       size_t *ret_n)
{
        uint32_t n = __atomic_load_n(&decided->n, __ATOMIC_ACQUIRE);

        if (n > DECIDED_MOUNTS_MAX)
                return -ENODATA;
        memcpy(ret, decided->all, n * sizeof *ret);
        *ret_n = n;
        return 0;
}
