/* unitward posture: what could be used as things are, without any new file. */
#include "posture.h"
#include "posture_fix.h"
#include "unitward/ctl.h"

struct options {
        struct ctl_common common;
        const char *root, *policy, *undo_id;
        struct fix_options fix;
        bool wants_fix, undo, sarif;
};

enum key { KEY_ROOT = 0x100, KEY_FIX, KEY_UNDO, KEY_SARIF };

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
        case 'S':
                options->fix.state = arg;
                return 0;
        case 'y':
                options->fix.yes = true;
                return 0;
        case KEY_FIX:
                options->wants_fix = true;
                return 0;
        case KEY_UNDO:
                options->undo = true;
                options->undo_id = arg;
                return 0;
        case KEY_SARIF:
                options->sarif = true;
                return 0;
        case ARGP_KEY_END:
                if (options->wants_fix + options->undo + options->sarif > 1)
                        argp_error(state, "--fix, --undo and --sarif are different things: say one of them");
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static const struct argp_option option_table[] = {
        { "root", KEY_ROOT, "DIR", 0, "Look at the system below DIR (default /)", 0 },
        { "policy", 'p', "FILE", 0, "The policy that accepts findings (default DIR" POLICY_PATH ", if it is there)",
          0 },
        { "state", 'S', "DIR", 0, "The daemon's state directory (default /var/lib/unitward)", 0 },
        { "sarif", KEY_SARIF, NULL, 0, "Print findings as SARIF 2.1.0", 0 },
        { "fix", KEY_FIX, NULL, 0, "Mend what is safe: shows it, asks, writes down what was there", 0 },
        { "undo", KEY_UNDO, "ID", OPTION_ARG_OPTIONAL, "Undo a fix, the last one without ID", 0 },
        { "yes", 'y', NULL, 0, "Do not ask", 0 },
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

static void unref_policy(struct policy **policy)
{
        (void)policy_unref(*policy);
}

/* The policy that accepts findings: the one that is named, or that system's own, if it has one. Without one everything
 * counts. */
static int load_policy(const struct options *options, struct policy **ret)
{
        const char *root = streq(options->root, "/") ? "" : options->root;
        _cleanup_free_ char *own = options->policy ? NULL : format("%s%s", root, POLICY_PATH);
        const char *path = options->policy ? options->policy : own;
        struct policy_report report;
        int r;

        if (!path)
                return CTL_FINDING;
        r = policy_load(path, 0, ret, &report);
        policy_report_done(&report);
        if (r == 0 || (!options->policy && r == -ENOENT))
                return CTL_OK;
        ctl_error(r == -EACCES ? "run it with sudo" : "see: unitward check", "the policy %s is not used: %s", path,
                  strerror(-r));
        return options->policy ? CTL_FINDING : CTL_OK;
}

static int report(const struct posture *posture, const struct options *options)
{
        if (options->common.json || options->sarif) {
                json_t *all = options->sarif ? posture_to_sarif(posture) : posture_to_json(posture);

                ctl_print_json(all);
                json_decref(all);
        } else
                posture_print(posture);
        for (size_t i = 0; i < posture_n_findings(posture); i++)
                if (finding_counts(posture_finding(posture, i)))
                        return CTL_FINDING;
        return CTL_OK;
}

/* The state that belongs to the system that is looked at. */
static char *ledger_of(const struct options *options)
{
        if (options->fix.state)
                return strdup(options->fix.state);
        return format("%s/var/lib/unitward", streq(options->root, "/") ? "" : options->root);
}

int ctl_posture(int argc, char **argv)
{
        _cleanup_(free_pointer_posture) struct posture *posture = NULL;
        _cleanup_free_ char *ledger = NULL;
        _cleanup_(unref_policy) struct policy *policy = NULL;
        struct options options = { .root = "/" };
        int r;

        if (argp_parse(&parser, argc, argv, 0, NULL, &options) != 0)
                return CTL_USAGE;
        options.fix.root = options.root;
        options.fix.json = options.common.json;
        if (options.undo)
                return posture_undo(options.undo_id, &options.fix);
        ledger = ledger_of(&options);
        r = load_policy(&options, &policy);
        if (r != CTL_OK)
                return r;
        r = posture_new(&(struct posture_options){ .root = options.root, .policy = policy, .ledger = ledger },
                        &posture);
        if (r == 0)
                r = posture_run(posture);
        if (r < 0) {
                ctl_error("see: unitward posture --help", "%s cannot be looked at: %s", options.root, strerror(-r));
                return CTL_FINDING;
        }
        return options.wants_fix ? posture_fix(posture, &options.fix) : report(posture, &options);
}
