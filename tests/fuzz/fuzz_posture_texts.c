/* polkit's files, scripts, udev's rules and a unit's words by anybody. */
#include "unitward/polkit_text.h"
#include "unitward/posture.h"
#include "unitward/script.h"
#include "unitward/udev_text.h"
#include "unitward/unit_name.h"
#include "unitward/unit_runs.h"
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

static int each_unit(const char *unit, bool of_users, void *userdata)
{
        (void)of_users;
        (void)userdata;
        if (!unit_name_is_valid(unit))
                abort();
        return 0;
}

static int each_run(const struct unit_run *run, void *userdata)
{
        (void)userdata;
        if (!*run->word || run->kind > UNIT_RUN_INLINE)
                abort();
        return 0;
}

/* A command line, and a reference to another unit. */
static void take_line(const char *line)
{
        static const struct posture_unit units[] = { { .name = "a-b@c.service" },
                                                     { .name = "a.timer" },
                                                     { .name = "a@.service", .is_template = true } };

        (void)unit_runs(line, each_run, NULL);
        for (size_t i = 0; i < ARRAY_SIZE(units); i++)
                free(posture_expand(NULL, &units[i], line));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = (const char *)data;
        char *line;

        (void)polkit_rules_each(text, size, each, NULL);
        (void)polkit_authority_each(text, size, each, NULL);
        (void)polkit_policy_each(text, size, each, NULL);
        (void)script_each(text, size, each_path, NULL);
        (void)udev_wanted_units(text, size, each_unit, NULL);
        line = strndup(text, size);
        if (line)
                take_line(line);
        free(line);
        return 0;
}
