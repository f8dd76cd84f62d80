/* What a client sends: a frame, and the request in it. */
#include "unitward/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        json_t *request, *arguments;
        const char *command;
        uint32_t length;

        if (protocol_header_parse(data, size, PROTOCOL_REQUEST_MAX, &length) < 0)
                return 0;
        if (length > size - PROTOCOL_HEADER_SIZE)
                length = (uint32_t)(size - PROTOCOL_HEADER_SIZE);
        if (protocol_request_parse(data + PROTOCOL_HEADER_SIZE, length, &request, &command, &arguments) == 0)
                json_decref(request);
        return 0;
}
