#include "unitward/ctl.h"

struct stop_options {
        struct ctl_common common;
        bool restart;
};

enum { OPTION_RESTART = 256 };

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
        struct stop_options *options = state->input;

        (void)argument;
        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = state->input;
                return 0;
        case OPTION_RESTART:
                options->restart = true;
                return 0;
        case ARGP_KEY_ARG:
                argp_error(state, "takes no argument");
                return EINVAL;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static void print_stop(const json_t *result, bool restart)
{
        if (!restart)
                puts("The daemon stops: unit directories are not protected until its next start.");
        else if (json_is_true(json_object_get(result, "service")))
                puts("The daemon stops, and its service manager starts it again.");
        else
                puts("The daemon stops. It was started by hand: start it again.");
}

int ctl_stop(int argc, char **argv)
{
        static const struct argp_option options[] = {
                { "restart", OPTION_RESTART, NULL, 0, "let the service manager start it again, after an upgrade", 0 },
                { 0 },
        };
        static const struct argp parser = {
                .options = options,
                .parser = parse_option,
                .doc = "Ends the daemon. Who may: whom the policy lets approve. systemctl(1) cannot stop it; a "
                       "shutdown "
                       "does.",
                .children = ctl_common_children,
        };
        struct stop_options stop = { 0 };
        json_t *result;
        int status;

        if (argp_parse(&parser, argc, argv, 0, NULL, &stop) != 0)
                return CTL_USAGE;
        status = ctl_call("stop", json_pack("{s:b}", "restart", stop.restart), &result);
        if (status != CTL_OK)
                return status;
        if (stop.common.json)
                ctl_print_json(result);
        else
                print_stop(result, stop.restart);
        json_decref(result);
        return CTL_OK;
}
