/* polkit's files and scripts by anybody. */
#include "unitward/polkit_text.h"
#include "unitward/script.h"
#include "unitward/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int each(const struct polkit_grant *grant, void *userdata)
{
        (void)userdata;
        if (grant->line == 0 || grant->n_groups > POLKIT_NAMES_MAX || grant->n_users > POLKIT_NAMES_MAX)
                abort();
        return 0;
}

static int each_path(const char *path, enum script_use use, void *userdata)
{
        (void)userdata;
        if (*path != '/' || use > SCRIPT_NAMES)
                abort();
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = (const char *)data;

        (void)polkit_rules_each(text, size, each, NULL);
        (void)polkit_authority_each(text, size, each, NULL);
        (void)polkit_policy_each(text, size, each, NULL);
        (void)script_each(text, size, each_path, NULL);
        return 0;
}
