/* A line of events.jsonl, shown on a terminal: it must not command it. */
#include "unitward/record.h"
#include "unitward/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        json_t *json = json_loadb((const char *)data, size, JSON_ALLOW_NUL, NULL);
        char *line;

        if (record_line_from_json(json, false, &line) == 0) {
                for (const char *c = line; *c; c++)
                        if ((unsigned char)*c < ' ' || *c == 0x7f)
                                abort();
                free(line);
        }
        json_decref(json);
        return 0;
}
