/* The notification group's buffer, read to its end. */
#include "unitward/fan_group.h"
#include "unitward/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct fan_change change;
        size_t offset = 0, before = 0;

        while (fan_change_next(data, size, &offset, &change) > 0) {
                if (offset <= before || offset > size ||
                    strnlen(change.name, sizeof change.name) == sizeof change.name ||
                    change.directory.size > FAN_HANDLE_MAX)
                        abort();
                before = offset;
        }
        return 0;
}
