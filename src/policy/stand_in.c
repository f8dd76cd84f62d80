/* Programs by their paths, for questions about another machine or another day: their inodes are not here. */
#include "unitward/recorded.h"

#include "policy_internal.h"

#define NO_DEVICE ((dev_t)-1)

/* Some systems have /bin as a link to /usr/bin, others do not. */
static const char *without_usr(const char *path)
{
        static const char *const merged[] = { "/usr/bin/", "/usr/sbin/", "/usr/lib/" };

        for (size_t i = 0; i < ARRAY_SIZE(merged); i++)
                if (starts_with(path, merged[i]))
                        return path + strlen("/usr");
        return path;
}

/* FNV-1a. The bit keeps it from being unset. */
static struct file_id identity_of(const char *path)
{
        uint64_t hash = UINT64_C(0xcbf29ce484222325);

        for (path = without_usr(path); *path; path++)
                hash = (hash ^ (unsigned char)*path) * UINT64_C(0x100000001b3);
        return (struct file_id){ NO_DEVICE, (ino_t)(hash | 1) };
}

void policy_stand_in(struct policy *policy)
{
        const struct programs *programs;

        for (size_t i = 0; (programs = policy_programs(policy, i)); i++)
                for (size_t j = 0; j < programs->n; j++) {
                        struct executable *executable = &programs->items[j];

                        if (executable->n_ids > 0)
                                continue;
                        executable->ids[0] = identity_of(executable->path);
                        executable->pins[0] = -1;
                        executable->n_ids = 1;
                }
}

static bool is_called(const struct executable *executable, const char *path)
{
        if (streq(executable->path, path) || (executable->canonical && streq(executable->canonical, path)))
                return true;
        return !executable->canonical && streq(without_usr(executable->path), without_usr(path));
}

struct file_id policy_program_named(const struct policy *policy, const char *path, bool *ret_stands_in)
{
        const struct programs *programs;

        for (size_t i = 0; (programs = policy_programs(policy, i)); i++)
                for (size_t j = 0; j < programs->n; j++) {
                        const struct executable *executable = &programs->items[j];

                        if (executable->n_ids == 0 || !is_called(executable, path))
                                continue;
                        *ret_stands_in = executable->ids[0].device == NO_DEVICE;
                        return executable->ids[0];
                }
        *ret_stands_in = false;
        return (struct file_id){ 0 };
}
