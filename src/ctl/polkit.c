/* unitward polkit: what the policy says of commands, for polkit and the system bus. */
#include "polkit_job.h"

enum key { KEY_PRINT = 0x100, KEY_INSTALL, KEY_CHECK, KEY_REMOVE, KEY_ROOT };

static void set_what(struct argp_state *state, int what)
{
        struct polkit_options *options = state->input;

        if (options->what && options->what != what)
                argp_error(state, "--print, --install, --check and --remove exclude each other");
        options->what = what;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
        struct polkit_options *options = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = state->input;
                return 0;
        case KEY_PRINT:
        case KEY_INSTALL:
        case KEY_CHECK:
        case KEY_REMOVE:
                set_what(state, key);
                return 0;
        case KEY_ROOT:
                options->root = arg;
                return 0;
        case 'p':
                options->policy = arg;
                return 0;
        case ARGP_KEY_ARG:
                if (options->only ||
                    (!streq(arg, polkit_file_names[POLKIT_RULES]) && !streq(arg, polkit_file_names[POLKIT_BUS])))
                        argp_error(state, "\"%s\" is neither \"rules\" nor \"bus\"", arg);
                options->only = arg;
                return 0;
        case ARGP_KEY_END:
                if (options->only && options->what && options->what != KEY_PRINT)
                        argp_error(state, "\"%s\" is only for --print: the two files belong together", options->only);
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static const struct argp_option option_table[] = {
        { "print", KEY_PRINT, NULL, 0, "Print both files, or one of them (default)", 0 },
        { "install", KEY_INSTALL, NULL, 0, "Put them in their places", 0 },
        { "check", KEY_CHECK, NULL, 0, "Say whether those in place are what the policy means now", 0 },
        { "remove", KEY_REMOVE, NULL, 0, "Take them away", 0 },
        { "policy", 'p', "FILE", 0, "The policy (default " POLICY_PATH ")", 1 },
        { "root", KEY_ROOT, "DIR", 0, "The files' places are below DIR", 1 },
        { 0 },
};

static const struct argp parser = {
        .options = option_table,
        .parser = parse_option,
        .args_doc = "[rules | bus]",
        .doc = "Makes rules for polkit and a policy for the system bus of what the policy says of systemctl, "
               "systemd-run "
               "and loginctl, for users who are not root.\vExit status of --check: 1 when one is missing or not "
               "current.",
        .children = ctl_common_children,
};

/* ---- Making them -------------------------------------------------------------------------------------------- */

static int load_policy(struct polkit_job *job)
{
        const char *path = job->options.policy ?: POLICY_PATH;
        bool is_trial = job->options.policy && job->options.what == KEY_PRINT;
        struct policy_report report;
        int r = policy_load(path, is_trial ? POLICY_SKIP_OWNER_CHECK : 0, &job->policy, &report);

        if (r < 0) {
                for (size_t i = 0; i < report.n_findings; i++)
                        if (report.findings[i].is_error)
                                ctl_error(NULL, "%s", report.findings[i].text);
                ctl_error("unitward check says more", "the policy %s cannot be loaded: %s", path, strerror(-r));
        }
        policy_report_done(&report);
        return r < 0 ? CTL_FINDING : CTL_OK;
}

int ctl_polkit(int argc, char **argv)
{
        _cleanup_(polkit_job_done) struct polkit_job job = { 0 };
        int status;

        if (argp_parse(&parser, argc, argv, 0, NULL, &job.options) != 0)
                return CTL_USAGE;
        if (!job.options.what)
                job.options.what = KEY_PRINT;
        status = job.options.what == KEY_REMOVE ? CTL_OK : load_policy(&job);
        if (status == CTL_OK)
                status = polkit_job_make(&job);
        if (status != CTL_OK)
                return status;
        switch (job.options.what) {
        case KEY_INSTALL:
                return polkit_job_install(&job);
        case KEY_CHECK:
                return polkit_job_check(&job);
        case KEY_REMOVE:
                return polkit_job_remove(&job);
        default:
                return polkit_job_print(&job);
        }
}
