/* Single values: words, numbers, sizes, names, lists of texts. */
#include <ctype.h>
#include <inttypes.h>

#include "unitward/command.h"
#include "unitward/glob.h"

#include "loader.h"

static const char *mode_word(unsigned value)
{
        return mode_name((enum mode)value);
}
static const char *operation_word(unsigned value)
{
        return operation_name((enum operation)value);
}
static const char *outcome_word(unsigned value)
{
        return outcome_name((enum outcome)value);
}
static const char *place_word(unsigned value)
{
        return place_name((enum place)value);
}
static const char *scope_word(unsigned value)
{
        return command_scope_name((enum command_scope)value);
}

const struct words mode_words = { mode_word, MODE_ENFORCE + 1 };
const struct words operation_words = { operation_word, OPERATION_COUNT_ };
const struct words outcome_words = { outcome_word, OUTCOME_COUNT_ };
const struct words place_words = { place_word, PLACE_COUNT_ };
const struct words scope_words = { scope_word, COMMAND_SCOPE_COUNT_ };

static int find_word(const struct words *words, const char *text)
{
        for (unsigned i = 0; i < words->n; i++)
                if (streq(words->name(i), text))
                        return (int)i;
        return -ENOENT;
}

static void complain_word(struct loader *loader, const config_setting_t *value, const struct words *words)
{
        _cleanup_free_ char *list = strdup("");

        for (unsigned i = 0; i < words->n && list; i++) {
                char *longer = format("%s%s\"%s\"", list, i ? ", " : "", words->name(i));

                free(list);
                list = longer;
        }
        complain(loader, value, "\"%s\" is not known; expected one of %s", config_setting_get_string(value),
                 list ? list : "");
}

void parse_word(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        const char *text = value_string(loader, value);
        int index = text ? find_word(setting->words, text) : -EINVAL;

        if (index >= 0)
                *(unsigned *)field = (unsigned)index;
        else if (text)
                complain_word(loader, value, setting->words);
}

struct mask {
        const struct words *words;
        unsigned *bits;
};

static void add_to_mask(struct loader *loader, const config_setting_t *value, void *userdata)
{
        struct mask *mask = userdata;
        const char *text = value_string(loader, value);
        int index = text ? find_word(mask->words, text) : -EINVAL;

        if (index >= 0)
                *mask->bits |= 1u << index;
        else if (text)
                complain_word(loader, value, mask->words);
}

void parse_word_mask(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        struct mask mask = { setting->words, field };

        *mask.bits = 0;
        values_each(loader, value, add_to_mask, &mask);
}

void parse_bool(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        (void)setting;
        if (config_setting_type(value) == CONFIG_TYPE_BOOL)
                *(bool *)field = config_setting_get_bool(value);
        else
                complain(loader, value, "is neither true nor false; expected one of these, without quotes");
}

static bool get_integer(const config_setting_t *value, int64_t *ret)
{
        if (config_setting_type(value) == CONFIG_TYPE_INT)
                *ret = config_setting_get_int(value);
        else if (config_setting_type(value) == CONFIG_TYPE_INT64)
                *ret = config_setting_get_int64(value);
        else
                return false;
        return true;
}

void parse_unsigned(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        int64_t number;

        if (!get_integer(value, &number))
                complain(loader, value, "is not a number; expected %" PRIu64 " to %" PRIu64, setting->range.min,
                         setting->range.max);
        else if (number < (int64_t)setting->range.min || number > (int64_t)setting->range.max)
                complain(loader, value, "%" PRId64 " is out of range; expected %" PRIu64 " to %" PRIu64, number,
                         setting->range.min, setting->range.max);
        else
                *(unsigned *)field = (unsigned)number;
}

/* "256M": a number and, perhaps, one of K, M, G, T (powers of 1024). */
static bool size_from_text(const char *text, uint64_t *ret)
{
        static const char units[] = "KMGT";
        char *end;
        unsigned shift = 0;
        unsigned long long number;

        if (!isdigit((unsigned char)*text))
                return false;
        errno = 0;
        number = strtoull(text, &end, 10);
        if (errno != 0)
                return false;
        if (*end) {
                const char *unit = strchr(units, *end);

                if (!unit || end[1])
                        return false;
                shift = 10u * (unsigned)(unit - units + 1);
        }
        if (number > UINT64_MAX >> shift)
                return false;
        *ret = (uint64_t)number << shift;
        return true;
}

void parse_size(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        const char *text = config_setting_get_string(value);
        int64_t number = -1;
        uint64_t size = 0;

        if (text ? !size_from_text(text, &size) : !get_integer(value, &number) || number < 0) {
                complain(loader, value, "is not a size; expected bytes, or \"64K\", \"16M\", \"1G\"");
                return;
        }
        if (!text)
                size = (uint64_t)number;
        if (size < setting->range.min || size > setting->range.max)
                complain(loader, value, "%" PRIu64 " bytes is out of range; expected %" PRIu64 "K to %" PRIu64 "K",
                         size, setting->range.min >> 10, setting->range.max >> 10);
        else
                *(uint64_t *)field = size;
}

void parse_name(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        const char *text = value_string(loader, value);

        (void)setting;
        if (text && name_is_free(loader, value, text, NULL))
                (void)string_copy(field, POLICY_ID_MAX, text);
}

struct strings {
        const struct setting *setting;
        struct string_list *list;
};

static void add_string(struct loader *loader, const config_setting_t *value, void *userdata)
{
        struct strings *strings = userdata;
        const char *text = value_string(loader, value), *wrong;

        if (!text)
                return;
        wrong = strings->setting->check(text);
        if (wrong)
                complain(loader, value, "\"%s\" %s", text, wrong);
        else if (!string_list_add(strings->list, text))
                loader->out_of_memory = true;
}

void parse_strings(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        values_each(loader, value, add_string, &(struct strings){ setting, field });
}

const char *check_unit_pattern(const char *text)
{
        if (*text == '\0' || strlen(text) > POLICY_PATTERN_MAX)
                return "has no good length; expected 1 to 255 bytes";
        return strchr(text, '/') ? "is a path; expected a name such as \"*.timer\"" : NULL;
}

const char *check_path_pattern(const char *text)
{
        if (strlen(text) > POLICY_PATTERN_MAX)
                return "is too long; expected at most 255 bytes";
        return *text == '/' || starts_with(text, "**") ? NULL : "is not absolute; expected \"/...\" or \"**...\"";
}

/* A path that is compared component by component must be written in the one way it can be. */
const char *check_absolute(const char *text)
{
        if (*text != '/' || text[1] == '\0')
                return "is not absolute; expected \"/...\"";
        if (strlen(text) > POLICY_PATTERN_MAX)
                return "is too long; expected at most 255 bytes";
        if (strpbrk(text, "?[]") || strstr(text, "**"))
                return "holds one of ? [ ] **; expected no wildcard but *";
        if (strstr(text, "//") || strstr(text, "/./") || strstr(text, "/../") || ends_with(text, "/.") ||
            ends_with(text, "/.."))
                return "has an empty, \".\" or \"..\" component; expected a plain path";
        return NULL;
}

const char *check_plain(const char *text)
{
        if (strchr(text, '*') || ends_with(text, "/"))
                return "holds a wildcard or ends in a slash; expected one plain \"/...\"";
        return check_absolute(text);
}
