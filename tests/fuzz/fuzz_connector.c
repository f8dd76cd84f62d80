/* A datagram of the process connector: nothing beyond its end is looked at, and what comes out names a process. */
#include "unitward/connector.h"
#include "unitward/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct connector_event event = { .parent = -1 };
        int r = connector_parse(data, size, &event);

        if (r > 1 || (r > 0 && event.kind == CONNECTOR_EXEC && event.parent != 0))
                abort();
        return 0;
}
