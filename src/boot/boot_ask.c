/* Others who may know better than the snapshot. */
#include <fcntl.h>

#include "boot_internal.h"
#include "unitward/protocol.h"
#include "unitward/text.h"

#define PATIENCE_USEC 250000u /* in all: PID 1 waits */
#define BATCH_BYTES (48u * 1024u)

static json_t *next_batch(const struct boot_walk *walk, size_t first, size_t *ret_end)
{
        json_t *paths = json_array();
        size_t bytes = 0, i;

        for (i = first; paths && i < walk->n_findings && bytes < BATCH_BYTES; i++) {
                json_t *path = json_object();

                /* As hex too when it is not UTF-8, and never longer than a name may be. */
                bytes += 3 * strlen(walk->findings[i].path) + 32;
                if (!path || json_set_bytes(path, "path", walk->findings[i].path) < 0 ||
                    json_array_append_new(paths, path) < 0) {
                        json_decref(paths);
                        return NULL;
                }
        }
        *ret_end = i;
        return json_pack("{s:o}", "paths", paths);
}

static int take_answer(struct boot_walk *walk, size_t first, size_t end, const json_t *answer, enum mode *ret_mode)
{
        const json_t *authorised = json_object_get(answer, "authorised");
        const char *mode = json_string_value(json_object_get(answer, "mode"));

        if (!mode || json_array_size(authorised) != end - first)
                return -EBADMSG;
        for (size_t i = first; i < end; i++)
                walk->findings[i].authorised = json_is_true(json_array_get(authorised, i - first));
        *ret_mode = streq(mode, mode_name(MODE_ENFORCE)) ? MODE_ENFORCE : MODE_AUDIT;
        return 0;
}

static bool ask_batch(struct boot_walk *walk, const char *socket_path, size_t first, uint64_t end_usec, size_t *ret_end,
                      enum mode *ret_mode)
{
        uint64_t now = now_monotonic_usec();
        json_t *arguments, *answer = NULL;
        size_t end = 0;
        int r;

        if (now >= end_usec)
                return false;
        arguments = next_batch(walk, first, &end);
        r = arguments
                    ? protocol_call(socket_path, "boot-check", arguments, (int)((end_usec - now + 999) / 1000), &answer)
                    : -ENOMEM;
        json_decref(arguments);
        if (r == 0)
                r = take_answer(walk, first, end, answer, ret_mode);
        json_decref(answer);
        if (r != 0)
                return false;
        *ret_end = end;
        return true;
}

bool boot_ask(struct boot_walk *walk, const char *socket_path, enum mode *ret_mode)
{
        uint64_t end_usec = now_monotonic_usec() + PATIENCE_USEC;
        size_t n = 0;

        while (n < walk->n_findings && ask_batch(walk, socket_path, n, end_usec, &n, ret_mode))
                ;
        return n > 0;
}
