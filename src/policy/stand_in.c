/* Programs by their paths and accounts by their names, for questions about another machine or another day: their inodes
 * and numbers are not here. */
#include "unitward/recorded.h"
#include "unitward/text.h"

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

/* The bit keeps it from being unset. */
static struct file_id identity_of(const char *path)
{
        return (struct file_id){ NO_DEVICE, (ino_t)(text_hash(TEXT_HASH_START, without_usr(path)) | 1) };
}

/* Above whatever useradd, systemd and containers give. */
static id_t account_of(uint64_t hash)
{
        return (id_t)(UINT32_C(0xc0000000) | (hash & UINT32_C(0x3fffffff)) >> 1);
}

id_t stand_in_account(const char *name)
{
        return account_of(text_hash(TEXT_HASH_START, name));
}

id_t stand_in_member(const char *group)
{
        return account_of(text_hash(text_hash(TEXT_HASH_START, "%"), group)); /* no user is called so */
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
