#include <fcntl.h>
#include <systemd/sd-path.h>

#include "unitward/unit_path.h"
#include "unitward/util.h"

static const uint64_t searches[] = {
        [UNIT_SCOPE_SYSTEM] = SD_PATH_SYSTEMD_SEARCH_SYSTEM_UNIT,
        [UNIT_SCOPE_USER] = SD_PATH_SYSTEMD_SEARCH_USER_UNIT,
};

static bool lies_below(const char *path, const char *directory)
{
        size_t length = directory ? strlen(directory) : 0;

        return length > 1 && strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* libsystemd answers for the user who runs this: what is his alone is of no use here. */
static bool belongs_to_one_user(const char *path)
{
        static const char *const places[] = { "/root", "/home", "/run/user" };
        static const char *const variables[] = { "HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME" };

        for (size_t i = 0; i < ARRAY_SIZE(places); i++)
                if (lies_below(path, places[i]))
                        return true;
        for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
                if (lies_below(path, getenv(variables[i])))
                        return true;
        return false;
}

static void drop_personal(char **directories)
{
        char **kept = directories;

        for (char **directory = directories; *directory; directory++) {
                if (belongs_to_one_user(*directory))
                        free(*directory);
                else
                        *kept++ = *directory;
        }
        *kept = NULL;
}

int unit_path_search(enum unit_scope scope, char ***ret)
{
        char **directories;
        int r = sd_path_lookup_strv(searches[scope], NULL, &directories);

        if (r < 0)
                return r;
        if (scope == UNIT_SCOPE_USER)
                drop_personal(directories);
        *ret = directories;
        return 0;
}

void unit_path_free(char ***directories)
{
        if (!*directories)
                return;
        for (char **directory = *directories; *directory; directory++)
                free(*directory);
        free(*directories);
        *directories = NULL;
}

enum place unit_path_place(const char *directory)
{
        const char *slash = strrchr(directory, '/'), *name = slash ? slash + 1 : directory;

        if (streq(name, "transient") || ends_with(name, ".control"))
                return PLACE_TRANSIENT;
        return starts_with(name, "generator") ? PLACE_GENERATED : PLACE_UNITS;
}

/* Most important first; the last components may lie below another root. */
static const char *const ranks[][4] = {
        { "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system" },
        { "/etc/systemd/user", "/run/systemd/user", "/usr/local/lib/systemd/user", "/usr/lib/systemd/user" },
};

static bool lower_file(const char *root, const char *const *lower, const char *const *end, const char *name,
                       char ret[static PATH_MAX])
{
        char path[PATH_MAX];

        for (; lower < end; lower++) {
                int n = snprintf(path, sizeof path, "%s%s/%s", root, *lower, name);

                if (n > 0 && (size_t)n < sizeof path && faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                        return string_copy(ret, PATH_MAX, path);
        }
        return false;
}

bool unit_path_outranked(const char *path, char ret[static PATH_MAX])
{
        char directory[PATH_MAX];
        const char *name = path_split(path, directory, sizeof directory);

        for (size_t i = 0; name && i < ARRAY_SIZE(ranks); i++)
                for (size_t j = 0; j < ARRAY_SIZE(ranks[i]); j++)
                        if (ends_with(directory, ranks[i][j])) {
                                directory[strlen(directory) - strlen(ranks[i][j])] = '\0';
                                return lower_file(directory, ranks[i] + j + 1, ranks[i] + ARRAY_SIZE(ranks[i]), name,
                                                  ret);
                        }
        return false;
}

bool unit_path_is_volatile(const char *path)
{
        static const char *const names[] = { "/systemd/transient/", "/systemd/generator/", "/systemd/generator.early/",
                                             "/systemd/generator.late/" };
        size_t length = strlen(path);

        if (starts_with(path, "/run/"))
                return true;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                size_t whole = strlen(names[i]) - 1; /* the directory itself ends the path */

                if (strstr(path, names[i]) || (length > whole && strncmp(path + length - whole, names[i], whole) == 0))
                        return true;
        }
        return false;
}
