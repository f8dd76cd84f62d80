/* evidence.json, as it may come back from a damaged disk. */
#include <limits.h>

#include "../../src/response/quarantine_private.h"
#include "unitward/text.h"
#include "unitward/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct evidence_facts facts;
        json_t *evidence;
        char *path;

        if (evidence_parse((const char *)data, size, "20261123T091837.123456Z-0007", &evidence) < 0)
                return 0;
        /* What parses can be used. */
        if (evidence_facts(evidence, &facts) < 0 || json_get_bytes(evidence, "path", &path) < 0)
                abort();
        free(path);
        json_decref(evidence);
        return 0;
}
