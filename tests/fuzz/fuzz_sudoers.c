/* sudoers(5) by anybody: an answer for every text, in bounded time. */
#include "unitward/sudoers.h"
#include "unitward/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_member(const char *group, void *userdata)
{
        (void)userdata;
        return *group == 'o';
}

static int each(const struct sudo_grant *grant, void *userdata)
{
        size_t *n = userdata;

        if (!grant->file || !grant->arguments || grant->line == 0)
                abort();
        ++*n;
        return 0;
}

/* Once, as if the file included another. */
static int include(const char *path, bool is_directory, void *userdata)
{
        (void)is_directory;
        (void)userdata;
        if (*path != '/')
                abort();
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct sudo_user user = { "alice", 1000, is_member, NULL };
        struct sudoers *sudoers = sudoers_new();
        struct sudo_grant grant;
        size_t n = 0;

        if (!sudoers || sudoers_parse(sudoers, "/etc/sudoers", (const char *)data, size, include, NULL) < 0)
                abort();
        if (sudoers_grants(sudoers, &user, "systemctl", &grant) > 0 && grant.line == 0)
                abort();
        (void)sudoers_each_limited(sudoers, &user, "systemctl", each, &n);
        sudoers_free(sudoers);
        return 0;
}
