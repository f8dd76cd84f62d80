/* Unit names as systemctl completes them: unit_name_mangle() of systemd. */
#include "command_internal.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

_Static_assert(COMMAND_UNIT_SIZE == UNIT_NAME_MAX, "a unit's name fits");

#define UNIT_CHARACTERS "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:-_.\\@"

/* Text that grows to what a name may have; more than that is noted. */
struct name {
        char *text;
        size_t size;
        bool too_long;
};

static void name_add(struct name *name, char c)
{
        if (name->size + 1 >= COMMAND_UNIT_SIZE) {
                name->too_long = true;
                return;
        }
        name->text[name->size++] = c;
        name->text[name->size] = '\0';
}

static void name_add_escaped(struct name *name, char c)
{
        static const char digits[] = "0123456789abcdef";

        name_add(name, '\\');
        name_add(name, 'x');
        name_add(name, digits[(unsigned char)c >> 4]);
        name_add(name, digits[(unsigned char)c & 15]);
}

static bool name_end(struct name *name, const char *suffix)
{
        for (; *suffix; suffix++)
                name_add(name, *suffix);
        return !name->too_long && unit_name_is_valid(name->text);
}

/* The next component of a path: its length; 0 at the end. Empty ones and "." are no components. */
static size_t component(const char **path)
{
        size_t length;

        do {
                *path += strspn(*path, "/");
                length = strcspn(*path, "/");
                if (length != 1 || **path != '.')
                        return length;
                *path += 1;
        } while (true);
}

static bool is_device(const char *path)
{
        size_t length = component(&path);

        if (length != 3 || (strncmp(path, "dev", 3) != 0 && strncmp(path, "sys", 3) != 0))
                return false;
        path += length;
        return component(&path) > 0;
}

/* No path of a unit goes up. */
static bool goes_up(const char *path)
{
        size_t length;

        for (; (length = component(&path)) > 0; path += length)
                if (length == 2 && path[0] == '.' && path[1] == '.')
                        return true;
        return false;
}

static void name_add_path(struct name *name, const char *path)
{
        bool first = true;
        size_t length;

        for (; (length = component(&path)) > 0; path += length, first = false) {
                if (!first)
                        name_add(name, '-');
                for (size_t i = 0; i < length; i++) {
                        bool plain = path[i] != '-' && path[i] != '\\' && path[i] != '@' &&
                                     strchr(UNIT_CHARACTERS, path[i]) && (!first || i > 0 || path[i] != '.');

                        if (plain)
                                name_add(name, path[i]);
                        else
                                name_add_escaped(name, path[i]);
                }
        }
        if (first)
                name_add(name, '-');
}

/* What is too long gets a name with a digest in it: nobody has rules for those. */
static bool unit_of_path(const char *path, char ret[static COMMAND_UNIT_SIZE])
{
        struct name name = { .text = ret };

        *ret = '\0';
        name_add_path(&name, path);
        return name_end(&name, is_device(path) ? ".device" : ".mount");
}

bool command_unit(const char *word, const char *suffix, char ret[static COMMAND_UNIT_SIZE])
{
        struct name name = { .text = ret };

        if (unit_name_is_valid(word))
                return string_copy(ret, COMMAND_UNIT_SIZE, word);
        if (!*word || strpbrk(word, "*?["))
                return false;
        if (*word == '/' && !goes_up(word))
                return unit_of_path(word, ret);
        *ret = '\0';
        for (const char *c = word; *c && !name.too_long; c++) {
                if (*c == '/')
                        name_add(&name, '-');
                else if (strchr(UNIT_CHARACTERS, *c))
                        name_add(&name, *c);
                else
                        name_add_escaped(&name, *c);
        }
        return name_end(&name, unit_name_type(ret) ? "" : suffix);
}

bool command_unit_of_file(const char *word, char ret[static COMMAND_UNIT_SIZE])
{
        const char *slash = strrchr(word, '/');

        if (!slash)
                return command_unit(word, ".service", ret);
        return unit_name_is_valid(slash + 1) && string_copy(ret, COMMAND_UNIT_SIZE, slash + 1);
}

bool command_unit_of_type(const char *unit, const char *suffix, char ret[static COMMAND_UNIT_SIZE])
{
        const char *dot = strrchr(unit, '.');
        struct name name = { .text = ret };

        *ret = '\0';
        for (const char *c = unit; *c && c != dot; c++)
                name_add(&name, *c);
        return name_end(&name, suffix);
}
