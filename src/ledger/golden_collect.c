/* Copies that no entry of the ledger names any more, after a while: until then what was replaced can be brought back.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "golden_internal.h"
#include "unitward/tree.h"
#include "unitward/util.h"

#define TOUCH_USEC (24ull * 3600 * 1000000u) /* the times of copies need not be more exact, and cost a write each */

struct collection {
        const struct digest *needed;
        size_t n;
        uint64_t since_usec, now_usec;
        const char *shard;
        unsigned n_removed;
};

static int by_bytes(const void *a, const void *b)
{
        return memcmp(a, b, sizeof(struct digest));
}

/* What is not called as a copy is not ours to remove. */
static bool digest_of_copy(const char *shard, const char *name, struct digest *ret)
{
        char hex[DIGEST_HEX_SIZE];

        if (strlen(name) != sizeof hex - 3)
                return false;
        memcpy(hex, shard, 2);
        memcpy(hex + 2, name, sizeof hex - 2);
        return digest_from_hex(hex, ret) == 0;
}

static int collect_copy(int dir, const char *name, void *userdata)
{
        struct collection *collection = userdata;
        struct digest digest;
        struct stat st;
        uint64_t used;
        bool needed;

        if (!digest_of_copy(collection->shard, name, &digest) || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return 0;
        used = (uint64_t)st.st_mtim.tv_sec * 1000000u;
        needed = bsearch(&digest, collection->needed, collection->n, sizeof digest, by_bytes);
        /* Used after now: the clock was set back since, and from now on it counts by this one. */
        if (used > collection->now_usec + TOUCH_USEC || (needed && used + TOUCH_USEC < collection->now_usec))
                (void)utimensat(dir, name, NULL, AT_SYMLINK_NOFOLLOW);
        else if (!needed && used < collection->since_usec && unlinkat(dir, name, 0) == 0)
                collection->n_removed++;
        return 0;
}

static int collect_shard(int dir, const char *name, void *userdata)
{
        struct collection *collection = userdata;
        _cleanup_close_ int shard = -1;

        if (strlen(name) != 2)
                return 0;
        shard = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        collection->shard = name;
        return shard < 0 ? 0 : directory_each(shard, collect_copy, collection);
}

int golden_collect(struct golden *golden, const struct digest *needed, size_t n, uint64_t since_usec, unsigned *ret_n)
{
        struct collection collection = {
                .needed = needed, .n = n, .since_usec = since_usec, .now_usec = now_realtime_usec()
        };
        int r = directory_each(golden->fd, collect_shard, &collection);

        if (r == 0 && ret_n)
                *ret_n = collection.n_removed;
        return r;
}
