/* What says which mode counts: the kernel's command line, and what an administrator said, as the next daemon reads it.
 */
#include "unitward/command_line.h"
#include "unitward/mode.h"
#include "unitward/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *line = strndup((const char *)data, size), *why = NULL;
        struct mode_claims claims = { .policy = MODE_AUDIT };

        claims.command_line = command_line_mode(line) == COMMAND_LINE_AUDIT;
        if (mode_override_parse((const char *)data, size, "boot", &claims.override) == 0) {
                why = mode_explain(&claims, 1, 1);
                json_decref(mode_to_json(&claims));
                (void)mode_override_expire(&claims.override, UINT64_MAX);
        }
        /* Whatever there is to read, it never enforces what has an end beyond it. */
        if (mode_is_trial(&claims.override) && mode_rule(&claims, UINT64_MAX).mode == MODE_ENFORCE)
                abort();
        return 0;
}
