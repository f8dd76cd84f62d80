/* Programs are known by their inode: a path is what the caller's mount namespace says it is. */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "policy_internal.h"

static int open_program(const char *path, struct stat *ret, char canonical[static PATH_MAX])
{
        _cleanup_close_ int fd = -1;

        if (!realpath(path, canonical))
                return -errno;
        fd = open(canonical, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstat(fd, ret) < 0)
                return -errno;
        return steal_fd(&fd);
}

static void add_id(struct executable *executable, struct file_id id, int pin)
{
        executable->ids[executable->n_ids] = id;
        executable->pins[executable->n_ids++] = pin;
}

/* Adds a finding's reason to *ret_why (caller frees) for -EPERM and -EINVAL. The program is resolved all
 * the same when only its ownership is wrong: whoever checks a policy elsewhere may not mind. */
int executable_resolve(struct executable *executable, char **ret_why)
{
        char canonical[PATH_MAX];
        _cleanup_close_ int fd = -1;
        struct stat st;
        int r;

        fd = open_program(executable->path, &st, canonical);
        if (fd < 0)
                return fd;
        if (!S_ISREG(st.st_mode)) {
                *ret_why = strdup("it is not a regular file");
                return *ret_why ? -EINVAL : -ENOMEM;
        }
        executable->canonical = strdup(canonical);
        if (!executable->canonical)
                return -ENOMEM;
        r = trusted_file_check(fd, executable->path, ret_why);
        if (r == 0 || r == -EPERM)
                add_id(executable, file_id_of(&st), steal_fd(&fd));
        return r;
}

bool executable_is(const struct executable *executable, struct file_id id)
{
        for (size_t i = 0; i < executable->n_ids; i++)
                if (file_id_equal(executable->ids[i], id))
                        return true;
        return false;
}

/* Without a canonical path it was missing when it was looked for: what it has are former inodes, inherited. */
static bool executable_has_changed(const struct executable *executable)
{
        struct stat st;

        if (stat(executable->path, &st) < 0)
                return executable->canonical;
        return !executable->canonical || executable->n_ids == 0 || !file_id_equal(executable->ids[0], file_id_of(&st));
}

/* A program that is missing just now has no canonical path; what still runs of it is to be known. */
static bool is_same_program(const struct executable *fresh, const struct executable *previous)
{
        if (!fresh->canonical)
                return streq(fresh->path, previous->path);
        return previous->canonical && streq(fresh->canonical, previous->canonical);
}

static int executable_inherit(struct executable *fresh, const struct executable *previous)
{
        if (!is_same_program(fresh, previous))
                return 0;
        for (size_t i = 0; i < previous->n_ids && fresh->n_ids < EXECUTABLE_IDS_MAX; i++) {
                int pin;

                if (executable_is(fresh, previous->ids[i]))
                        continue;
                pin = fcntl(previous->pins[i], F_DUPFD_CLOEXEC, 3);
                if (pin < 0)
                        return -errno;
                add_id(fresh, previous->ids[i], pin);
        }
        return 0;
}

void executable_done(struct executable *executable)
{
        while (executable->n_ids > 0)
                (void)close(executable->pins[--executable->n_ids]);
        free(executable->unsafe);
        free(executable->canonical);
        free(executable->path);
}

struct programs *policy_programs(const struct policy *policy, size_t index)
{
        if (index < policy->n_actors)
                return &policy->actors[index].programs;
        index -= policy->n_actors;
        return index < policy->n_commands ? &policy->commands[index].programs : NULL;
}

/* Every program in fresh against every one in previous: a rule may have moved to another actor, the program is the
 * same. */
static int inherit_from(struct executable *fresh, const struct policy *previous)
{
        const struct programs *programs;
        int r = 0;

        for (size_t i = 0; r == 0 && (programs = policy_programs(previous, i)); i++)
                for (size_t j = 0; j < programs->n && r == 0; j++)
                        r = executable_inherit(fresh, &programs->items[j]);
        return r;
}

int policy_inherit_exes(struct policy *fresh, const struct policy *previous)
{
        const struct programs *programs;

        for (size_t i = 0; (programs = policy_programs(fresh, i)); i++) {
                for (size_t j = 0; j < programs->n; j++) {
                        int r = inherit_from(&programs->items[j], previous);

                        if (r < 0)
                                return r;
                }
        }
        return policy_collect_managers(fresh);
}

bool policy_exes_changed(const struct policy *policy)
{
        const struct programs *programs;

        for (size_t i = 0; (programs = policy_programs(policy, i)); i++)
                for (size_t j = 0; j < programs->n; j++)
                        if (executable_has_changed(&programs->items[j]))
                                return true;
        return false;
}

static int collect_ids(struct policy *policy, const struct executable *executable)
{
        for (size_t i = 0; i < executable->n_ids; i++) {
                struct file_id *id = array_grow(&policy->manager_exes, &policy->n_manager_exes, sizeof *id);

                if (!id)
                        return -ENOMEM;
                *id = executable->ids[i];
        }
        return 0;
}

int policy_collect_managers(struct policy *policy)
{
        int r = 0;

        policy->n_manager_exes = 0;
        for (size_t i = 0; i < policy->n_actors; i++) {
                const struct actor_class *actor_class = &policy->actors[i];

                if (actor_class->preset != ACTOR_PRESET_MANAGER)
                        continue;
                for (size_t j = 0; j < actor_class->programs.n && r == 0; j++)
                        r = collect_ids(policy, &actor_class->programs.items[j]);
        }
        return r;
}
