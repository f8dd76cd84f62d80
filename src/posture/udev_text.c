/* Units that udev's rules name. See udev_text.h. */
#include "unitward/udev_text.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

/* "x@$name.service" is "x@x.service". False: it cannot be said which unit it is. */
static bool name_unit(const char *word, char ret[static UNIT_NAME_MAX])
{
        const char *at = strchr(word, '@'), *dot = strrchr(word, '.'), *substitution = strpbrk(word, "$%");

        if (!substitution)
                return string_copy(ret, UNIT_NAME_MAX, word);
        if (!at || !dot || at > substitution || dot < substitution)
                return false;
        return snprintf(ret, UNIT_NAME_MAX, "%.*s@x%s", (int)(at - word), word, dot) < UNIT_NAME_MAX;
}

static int each_word(const char *value, size_t length, bool of_users, udev_unit_function each, void *userdata)
{
        _cleanup_free_ char *text = strndup(value, length);
        char *word, *rest = text, unit[UNIT_NAME_MAX];
        int r = 0;

        if (!text)
                return -ENOMEM;
        while (r == 0 && (word = strsep(&rest, " \t")))
                if (name_unit(word, unit) && unit_name_is_valid(unit))
                        r = each(unit, of_users, userdata);
        return r;
}

/* ENV{KEY}+="a.service b.service", what follows the opening brace. */
static int assignment(const char *text, const char *end, udev_unit_function each, void *userdata)
{
        static const char *const keys[] = { "SYSTEMD_WANTS}", "SYSTEMD_USER_WANTS}" };

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                size_t length = strlen(keys[i]);
                const char *value, *quote;

                if ((size_t)(end - text) <= length || strncmp(text, keys[i], length) != 0)
                        continue;
                value = text + length;
                while (value < end && (*value == ' ' || *value == '+' || *value == ':'))
                        value++;
                /* One that is only compared starts nothing. */
                if (end - value < 2 || value[0] != '=' || value[1] == '=')
                        return 0;
                for (value++; value < end && *value == ' '; value++)
                        ;
                if (value == end || *value != '"' || !(quote = memchr(value + 1, '"', (size_t)(end - value) - 1)))
                        return 0;
                return each_word(value + 1, (size_t)(quote - value) - 1, i == 1, each, userdata);
        }
        return 0;
}

int udev_wanted_units(const char *text, size_t size, udev_unit_function each, void *userdata)
{
        const char *end = text + size, *line_end;
        int r = 0;

        for (; r == 0 && text < end; text = line_end + 1) {
                line_end = memchr(text, '\n', (size_t)(end - text));
                if (!line_end)
                        line_end = end;
                while (text < line_end && (*text == ' ' || *text == '\t'))
                        text++;
                if (text < line_end && *text == '#')
                        continue;
                for (const char *at = text; r == 0 && at < line_end; at++)
                        if (*at == '{')
                                r = assignment(at + 1, line_end, each, userdata);
        }
        return r;
}
