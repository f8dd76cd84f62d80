#include <limits.h>

#include "unitward/ctl.h"

/* The name itself is kept: a link is what is asked about, not what it leads to. */
char *ctl_canonical_path(const char *path)
{
        _cleanup_free_ char *copy = strdup(path), *directory = NULL;
        char parent[PATH_MAX] = ".", full[PATH_MAX];
        const char *name = copy;
        size_t length = strlen(path);

        while (copy && length > 1 && copy[length - 1] == '/')
                copy[--length] = '\0';
        if (copy && strchr(copy, '/'))
                name = path_split(copy, parent, sizeof parent);
        if (!name || !*name || streq(name, ".") || streq(name, ".."))
                return realpath(path, NULL);
        directory = realpath(parent, NULL);
        return directory && path_join(full, sizeof full, directory, name) ? strdup(full) : NULL;
}
