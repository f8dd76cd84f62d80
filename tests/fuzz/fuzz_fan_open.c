/* A permission group's buffer, read to its end. */
#include "unitward/fan_group.h"
#include "unitward/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        size_t offset = 0, before = 0;
        struct fan_open open;

        while (fan_open_next(data, size, &offset, &open) > 0) {
                /* Only the records of what was read say so, and each event is read once. */
                if (offset <= before || offset > size || (open.has_length && offset - before <= FAN_EVENT_METADATA_LEN))
                        abort();
                before = offset;
        }
        return 0;
}
