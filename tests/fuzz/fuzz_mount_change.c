/* What the kernel tells of mounts, read to its end. */
#include "unitward/mount_watch.h"
#include "unitward/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct mount_change change;
        size_t offset = 0, before = 0;

        while (mount_change_next(data, size, &offset, &change) > 0) {
                if (offset <= before || offset > size)
                        abort();
                before = offset;
        }
        return 0;
}
