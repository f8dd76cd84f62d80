/* Repairs as JSON: for the daemon, and to be undone later. */
#include <limits.h>

#include "unitward/attributes.h"
#include "unitward/repair.h"
#include "unitward/text.h"
#include "unitward/util.h"

void repairs_free(struct repair *repairs, size_t n)
{
        for (size_t i = 0; repairs && i < n; i++)
                repair_done(&repairs[i]);
        free(repairs);
}

/* ---- To JSON ---------------------------------------------------------------------------------------------- */

static int set_attributes(json_t *json, const struct repair_state *state)
{
        _cleanup_free_ char *hex = malloc(2 * state->attributes_size + 1);

        if (!hex)
                return -ENOMEM;
        hex_encode(state->attributes, state->attributes_size, hex);
        return json_object_set_new(json, "attributes", json_string(hex)) < 0 ? -ENOMEM : 0;
}

static json_t *state_to_json(const struct repair_state *state)
{
        json_t *json;
        int r = 0;

        if (!state->exists)
                return json_null();
        json = json_pack("{s:i, s:I, s:I}", "mode", (int)state->mode, "uid", (json_int_t)state->uid, "gid",
                         (json_int_t)state->gid);
        if (json && state->attributes_size > 0)
                r = set_attributes(json, state);
        if (json && r == 0 && state->target)
                r = json_set_bytes(json, "target", state->target);
        if (json && r < 0) {
                json_decref(json);
                return NULL;
        }
        return json;
}

static json_t *repair_to_json(const struct repair *repair)
{
        json_t *json = json_pack("{s:I, s:o, s:o}", "inode", (json_int_t)repair->inode, "before",
                                 state_to_json(&repair->before), "after", state_to_json(&repair->after));

        if (json && json_set_bytes(json, "path", repair->path) < 0) {
                json_decref(json);
                return NULL;
        }
        return json;
}

json_t *repairs_to_json(const struct repair *repairs, size_t n)
{
        json_t *list = json_array();

        for (size_t i = 0; list && i < n; i++)
                if (json_array_append_new(list, repair_to_json(&repairs[i])) < 0) {
                        json_decref(list);
                        return NULL;
                }
        return list;
}

/* ---- From JSON -------------------------------------------------------------------------------------------- */

static int read_number(const json_t *json, const char *key, uint64_t max, uint64_t *ret)
{
        const json_t *value = json_object_get(json, key);

        if (!json_is_integer(value) || json_integer_value(value) < 0 || (uint64_t)json_integer_value(value) > max)
                return -EBADMSG;
        *ret = (uint64_t)json_integer_value(value);
        return 0;
}

static int read_attributes(const json_t *json, struct repair_state *state)
{
        const char *hex = json_string_value(json_object_get(json, "attributes"));
        size_t size = hex ? strlen(hex) / 2 : 0;

        if (!hex)
                return json_object_get(json, "attributes") ? -EBADMSG : 0;
        if (size == 0 || size > ATTRIBUTES_MAX)
                return -EBADMSG;
        state->attributes = malloc(size);
        if (!state->attributes)
                return -ENOMEM;
        state->attributes_size = size;
        return hex_decode(hex, state->attributes, size) < 0 || !attributes_are_valid(state->attributes, size) ? -EBADMSG
                                                                                                              : 0;
}

static int read_state(const json_t *json, struct repair_state *state)
{
        uint64_t mode, uid, gid;
        int r;

        if (json_is_null(json))
                return 0;
        if (!json_is_object(json) || read_number(json, "mode", 07777, &mode) < 0 ||
            read_number(json, "uid", UINT32_MAX - 1, &uid) < 0 || read_number(json, "gid", UINT32_MAX - 1, &gid) < 0)
                return -EBADMSG;
        state->exists = true;
        state->mode = (mode_t)mode;
        state->uid = (uid_t)uid;
        state->gid = (gid_t)gid;
        r = read_attributes(json, state);
        if (r == 0 && json_object_get(json, "target"))
                r = json_get_bytes(json, "target", &state->target);
        return r == -ENOENT ? -EBADMSG : r;
}

/* A link stays a link; what comes or goes is one. */
static bool is_sound(const struct repair *repair)
{
        const struct repair_state *before = &repair->before, *after = &repair->after;

        if (*repair->path != '/' || strlen(repair->path) >= PATH_MAX || (!before->exists && !after->exists))
                return false;
        if (!before->exists || !after->exists)
                return before->target || after->target;
        return !before->target == !after->target && (!before->target || streq(before->target, after->target));
}

static int read_repair(const json_t *json, struct repair *ret)
{
        uint64_t inode;
        int r = json_is_object(json) ? json_get_bytes(json, "path", &ret->path) : -EBADMSG;

        if (r == 0)
                r = read_number(json, "inode", INT64_MAX, &inode);
        if (r == 0) {
                ret->inode = (ino_t)inode;
                r = read_state(json_object_get(json, "before"), &ret->before);
        }
        if (r == 0)
                r = read_state(json_object_get(json, "after"), &ret->after);
        if (r == 0 && !is_sound(ret))
                r = -EBADMSG;
        return r == -ENOENT ? -EBADMSG : r;
}

int repairs_from_json(const json_t *json, struct repair **ret, size_t *ret_n)
{
        size_t n = json_array_size(json);
        struct repair *repairs;
        int r = 0;

        if (!json_is_array(json) || n == 0 || n > REPAIR_MAX)
                return -EBADMSG;
        repairs = calloc(n, sizeof *repairs);
        if (!repairs)
                return -ENOMEM;
        for (size_t i = 0; r == 0 && i < n; i++)
                r = read_repair(json_array_get(json, i), &repairs[i]);
        if (r < 0) {
                repairs_free(repairs, n);
                return r;
        }
        *ret = repairs;
        *ret_n = n;
        return 0;
}

int repairs_parse(const char *text, size_t size, struct repair **ret, size_t *ret_n)
{
        json_t *json = size <= REPAIR_LOG_MAX ? json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL) : NULL;
        int r = repairs_from_json(json, ret, ret_n);

        json_decref(json);
        return r;
}
