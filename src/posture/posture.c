/* One look at a system. */
#include <fcntl.h>

#include "posture_internal.h"

int posture_new(const struct posture_options *options, struct posture **ret)
{
        const char *root = options->root ? options->root : "/";
        struct posture *posture = calloc(1, sizeof *posture);
        int r;

        if (!posture)
                return -ENOMEM;
        posture->live = streq(root, "/");
        posture->policy = options->policy;
        posture->ledger = options->ledger;
        posture->root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (posture->root < 0) {
                int error = errno;

                posture_free(posture);
                return -error;
        }
        r = accounts_read(posture);
        if (r < 0) {
                posture_free(posture);
                return r;
        }
        *ret = posture;
        return 0;
}

struct posture *posture_free(struct posture *posture)
{
        if (posture) {
                findings_done(posture);
                first_lines_done(posture);
                units_done(posture);
                accounts_done(posture);
                nodes_done(posture);
                close_pointer(&posture->root);
                free(posture);
        }
        return NULL;
}

int posture_run(struct posture *posture)
{
        int r = units_read(posture);

        for (const struct posture_module *module = posture_modules; r == 0 && module->name; module++)
                r = module->check(posture);
        return r < 0 ? r : findings_finish(posture);
}

const struct policy *posture_policy(const struct posture *posture)
{
        return posture->policy;
}

const char *posture_ledger(const struct posture *posture)
{
        return posture->ledger;
}

bool posture_is_live(const struct posture *posture)
{
        return posture->live;
}

int posture_root(const struct posture *posture)
{
        return posture->root;
}

struct posture_sums posture_sums(const struct posture *posture)
{
        struct posture_sums sums = { .units = posture->n_units, .files = posture->n_files };

        for (size_t i = 0; i < posture->n_units; i++)
                sums.reachable += posture->units[i]->reachable;
        return sums;
}
