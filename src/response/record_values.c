/* The forms that values take. */
#include "record_private.h"
#include "unitward/text.h"
#include "unitward/util.h"

bool field_text(const char *text, json_t **ret)
{
        if (!text || !*text)
                return false;
        *ret = json_string(text);
        return true;
}

bool field_bytes(const char *bytes, json_t **ret)
{
        _cleanup_free_ char *text = NULL;

        if (!bytes || !*bytes)
                return false;
        text = text_to_utf8(bytes);
        *ret = text ? json_string(text) : NULL;
        return true;
}

bool field_integer(json_int_t value, json_t **ret)
{
        *ret = json_integer(value);
        return true;
}

bool field_list(const char *only, json_t **ret)
{
        *ret = json_pack("[s]", only);
        return true;
}
