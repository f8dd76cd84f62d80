/* Lists of programs as a policy writes them, for actors and for commands. */
#include "loader.h"

/* What was found instead of a usable program. Missing ones are left to the lint: a policy may name the programs of
 * several distributions, and of packages that are not installed. */
static void complain_program(struct loader *loader, const config_setting_t *value, const struct executable *executable,
                             int r, const char *why)
{
        const char *path = executable->path;

        if (r == -EPERM && loader->flags & POLICY_SKIP_OWNER_CHECK)
                warn(loader, value, "\"%s\" would not be believed: %s", path, why);
        else if (r == -EPERM || r == -EINVAL)
                complain(loader, value, "\"%s\" is not to be believed: %s", path, why);
        else if (r == -EMFILE || r == -ENFILE) /* a manager that matches nobody would be let through */
                complain(loader, value, "\"%s\" cannot be looked at: %s", path, strerror(-r));
        else if (r == -ENOMEM)
                loader->out_of_memory = true;
        else if (r < 0 && r != -ENOENT && r != -ENOTDIR)
                warn(loader, value, "\"%s\" cannot be looked at: %s; it counts as not there", path, strerror(-r));
}

static struct executable *add(struct loader *loader, struct programs *programs, const char *path)
{
        struct executable *executable = array_grow(&programs->items, &programs->n, sizeof *executable);

        if (executable)
                executable->path = strdup(path);
        if (executable && executable->path)
                return executable;
        loader->out_of_memory = true;
        return NULL;
}

static void add_program(struct loader *loader, const config_setting_t *value, void *userdata)
{
        const char *path = value_string(loader, value), *wrong = path ? check_plain(path) : NULL;
        _cleanup_free_ char *why = NULL;
        struct executable *executable;
        int r;

        if (wrong)
                complain(loader, value, "\"%s\" %s", path, wrong);
        executable = path && !wrong ? add(loader, userdata, path) : NULL;
        if (!executable)
                return;
        r = executable_resolve(executable, &why);
        complain_program(loader, value, executable, r, why);
}

void parse_programs(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        (void)setting;
        values_each(loader, value, add_program, field);
}

/* Debian's at belongs to daemon. Whoever runs a gated program is asked, and not believed for its sake. */
void programs_add_gated(struct loader *loader, const config_setting_t *value, struct programs *programs,
                        const char *path)
{
        struct executable *executable = add(loader, programs, path);
        _cleanup_free_ char *why = NULL;
        int r;

        if (!executable)
                return;
        r = executable_resolve(executable, &why);
        if (r != -EPERM)
                complain_program(loader, value, executable, r, why);
        else if (!(loader->flags & POLICY_SKIP_OWNER_CHECK))
                executable->unsafe = steal_pointer(why);
}

static void add_gated_program(struct loader *loader, const config_setting_t *value, void *userdata)
{
        const char *path = value_string(loader, value), *wrong = path ? check_plain(path) : NULL;

        if (wrong)
                complain(loader, value, "\"%s\" %s", path, wrong);
        else if (path)
                programs_add_gated(loader, value, userdata, path);
}

void parse_gated_programs(struct loader *loader, const config_setting_t *value, const struct setting *setting,
                          void *field)
{
        (void)setting;
        values_each(loader, value, add_gated_program, field);
}

bool programs_have(const struct programs *programs, struct file_id id)
{
        for (size_t i = 0; i < programs->n; i++)
                if (executable_is(&programs->items[i], id))
                        return true;
        return false;
}

void programs_done(struct programs *programs)
{
        while (programs->n > 0)
                executable_done(&programs->items[--programs->n]);
        free(programs->items);
}
