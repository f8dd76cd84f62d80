/* unitward posture: what could be used as things are, without any new file. */
#include "posture.h"
#include "unitward/ctl.h"

struct options {
        struct ctl_common common;
        const char *root, *policy;
};

enum key { KEY_ROOT = 0x100 };

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
        struct options *options = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = state->input;
                return 0;
        case KEY_ROOT:
                options->root = arg;
                return 0;
        case 'p':
                options->policy = arg;
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static const struct argp_option option_table[] = {
        { "root", KEY_ROOT, "DIR", 0, "Look at the system below DIR (default /)", 0 },
        { "policy", 'p', "FILE", 0, "The policy that accepts findings (default " POLICY_PATH ", if it is there)", 0 },
        { 0 },
};

static const struct argp parser = {
        .options = option_table,
        .parser = parse_option,
        .doc = "Shows what an intruder could use on this system without any new file.\v"
               "Exit status 1 when there are findings that the policy does not accept. Works without the daemon.",
        .children = ctl_common_children,
};

static void free_pointer_posture(struct posture **posture)
{
        (void)posture_free(*posture);
}

static int report(const struct posture *posture, bool json)
{
        if (json) {
                json_t *all = posture_to_json(posture);

                ctl_print_json(all);
                json_decref(all);
        } else
                posture_print(posture);
        for (size_t i = 0; i < posture_n_findings(posture); i++)
                if (finding_counts(posture_finding(posture, i)))
                        return CTL_FINDING;
        return CTL_OK;
}

int ctl_posture(int argc, char **argv)
{
        _cleanup_(free_pointer_posture) struct posture *posture = NULL;
        struct options options = { .root = "/" };
        int r;

        if (argp_parse(&parser, argc, argv, 0, NULL, &options) != 0)
                return CTL_USAGE;
        r = posture_new(&(struct posture_options){ .root = options.root }, &posture);
        if (r == 0)
                r = posture_run(posture);
        if (r < 0) {
                ctl_error("see: unitward posture --help", "%s cannot be looked at: %s", options.root, strerror(-r));
                return CTL_FINDING;
        }
        return report(posture, options.common.json);
}
