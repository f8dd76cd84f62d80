#include "record_private.h"
#include "unitward/util.h"

/* The object called so in another; made when it is not there. NULL: no memory. */
static json_t *object_within(json_t *json, const char *key)
{
        json_t *inner = json_object_get(json, key);

        if (inner)
                return inner;
        inner = json_object();
        return json_object_set_new(json, key, inner) < 0 ? NULL : inner;
}

/* "process.parent.pid" is pid in parent in process. */
static int set_field(const struct record_field *field, json_t *value, void *userdata)
{
        _cleanup_free_ char *path = strdup(field->json);
        json_t *json = userdata;
        char *key = path;

        if (!path)
                return -ENOMEM;
        for (char *dot; (dot = strchr(key, '.')); key = dot + 1) {
                *dot = '\0';
                json = object_within(json, key);
        }
        return json_object_set(json, key, value) < 0 ? -ENOMEM : 0;
}

json_t *record_to_json(const struct record *record)
{
        json_t *json = json_object();

        if (json && record_each_field(record, set_field, json) == 0)
                return json;
        json_decref(json);
        return NULL;
}
