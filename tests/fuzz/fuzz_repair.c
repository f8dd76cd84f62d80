/* Repairs from the control socket or an undo file: sound, or refused; and the same after the way there and back. */
#include "unitward/repair.h"
#include "unitward/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct repair *repairs, *again;
        size_t n, m;
        json_t *json;

        if (repairs_parse((const char *)data, size, &repairs, &n) < 0)
                return 0;
        json = repairs_to_json(repairs, n);
        if (!json || repairs_from_json(json, &again, &m) < 0 || n != m)
                abort();
        for (size_t i = 0; i < n; i++) {
                if (*repairs[i].path != '/' || !streq(repairs[i].path, again[i].path) ||
                    repair_changes(&repairs[i]) != repair_changes(&again[i]))
                        abort();
                (void)repair_drop_access_list(&repairs[i].after);
        }
        json_decref(json);
        repairs_free(again, m);
        repairs_free(repairs, n);
        return 0;
}
