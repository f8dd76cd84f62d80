#include "unitward/unit_name.h"
#include "unitward/util.h"

static const char *const types[] = {
        ".service", ".timer",     ".socket", ".target", ".path",  ".mount",
        ".swap",    ".automount", ".device", ".slice",  ".scope",
};

/* What a directory on the search path may be called: the end of its name says what it holds. */
static const struct {
        const char *suffix;
        enum place place;
} subdirectories[] = {
        { ".d", PLACE_DROPINS },
        { ".wants", PLACE_DEPENDENCIES },
        { ".requires", PLACE_DEPENDENCIES },
        { ".upholds", PLACE_DEPENDENCIES },
};

/* Units live in these; what lies elsewhere is about no unit. */
static const bool holds_units[PLACE_COUNT_] = {
        [PLACE_UNITS] = true,     [PLACE_DROPINS] = true,   [PLACE_DEPENDENCIES] = true,
        [PLACE_TRANSIENT] = true, [PLACE_GENERATED] = true,
};

static const char *find_type(const char *dot)
{
        for (size_t i = 0; i < ARRAY_SIZE(types); i++)
                if (streq(dot, types[i]))
                        return types[i];
        return NULL;
}

bool unit_name_is_valid(const char *name)
{
        static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:-_.\\@";
        const char *dot = strrchr(name, '.');

        if (!dot || dot == name || *name == '@' || strnlen(name, UNIT_NAME_MAX) == UNIT_NAME_MAX)
                return false;
        return find_type(dot) && strspn(name, letters) == strlen(name);
}

const char *unit_name_type(const char *name)
{
        const char *dot = strrchr(name, '.');

        return dot ? find_type(dot) : NULL;
}

/* The unit that a subdirectory is for: "x.service" of "x.service.d". A drop-in directory may also be for
 * every unit of a type ("service.d"): there "*.service", which no unit can be called, stands for them all. */
static bool stem_is_unit(const char *name, const char *suffix, char ret[static UNIT_NAME_MAX])
{
        size_t length = strlen(name), tail = strlen(suffix);
        char stem[UNIT_NAME_MAX + 1];

        if (length <= tail || length - tail >= UNIT_NAME_MAX || !streq(name + length - tail, suffix))
                return false;
        stem[0] = '.';
        memcpy(stem + 1, name, length - tail);
        stem[1 + length - tail] = '\0';
        if (unit_name_is_valid(stem + 1))
                return string_copy(ret, UNIT_NAME_MAX, stem + 1);
        if (!streq(suffix, ".d") || !find_type(stem))
                return false;
        ret[0] = '*';
        return string_copy(ret + 1, UNIT_NAME_MAX - 1, stem);
}

static bool subdirectory_parse(const char *name, enum place *ret_place, char ret_unit[static UNIT_NAME_MAX])
{
        for (size_t i = 0; i < ARRAY_SIZE(subdirectories); i++) {
                if (stem_is_unit(name, subdirectories[i].suffix, ret_unit)) {
                        *ret_place = subdirectories[i].place;
                        return true;
                }
        }
        return false;
}

enum place unit_place_of_directory(enum place parent, const char *name)
{
        char unit[UNIT_NAME_MAX];
        enum place place;

        return parent == PLACE_UNITS && subdirectory_parse(name, &place, unit) ? place : parent;
}

/* A transient or generated directory has subdirectories of the same kinds, so that what a name is about
 * is told by the directory's name and not by its place alone. */
void unit_name_of(enum place place, const char *directory, const char *name, char ret[static UNIT_NAME_MAX])
{
        enum place kind = PLACE_UNITS;

        ret[0] = '\0';
        if (!holds_units[place])
                return;
        if (place != PLACE_UNITS && subdirectory_parse(directory, &kind, ret) && kind == PLACE_DROPINS)
                return;
        ret[0] = '\0';
        if (unit_name_is_valid(name))
                (void)string_copy(ret, UNIT_NAME_MAX, name);
        else if (kind == PLACE_UNITS)
                (void)subdirectory_parse(name, &kind, ret);
}
