/* unitward enforce, audit, confirm: another mode than the policy's, for as long as the machine runs. */
#include "unitward/ctl.h"

struct options {
        struct ctl_common common;
        uint64_t for_usec; /* 0: not given */
};

static error_t parse_enforce(int key, char *arg, struct argp_state *state)
{
        struct options *options = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = state->input;
                return 0;
        case 'f':
                if (duration_parse(arg, &options->for_usec) < 0 || options->for_usec == 0)
                        argp_error(state, "--for %s: expected a time such as 90s, 10m, 2h", arg);
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static void print_undone(const json_t *result)
{
        const json_int_t undone = json_integer_value(json_object_get(result, "undone"));

        if (undone > 0)
                printf("%lld changes that audit mode had let pass were undone: unitward quarantine list.\n",
                       (long long)undone);
}

/* The policy's file is not written: that is for whoever manages it. */
static void print_lasting(const json_t *result)
{
        const char *mode = json_string_value(json_object_get(result, "mode")),
                   *policy = json_string_value(json_object_get(result, "policy"));

        if (mode && policy && !streq(mode, policy) && !json_is_false(json_object_get(result, "confirmed")))
                printf("A reboot ends that. To make it permanent the policy must say mode = \"%s\"; then: unitward "
                       "reload.\n",
                       mode);
}

static void print_mode(const json_t *result)
{
        const char *mode = json_string_value(json_object_get(result, "mode")),
                   *why = json_string_value(json_object_get(result, "why")),
                   *warning = json_string_value(json_object_get(result, "warning"));
        bool enforces = mode && streq(mode, "enforce");

        ctl_print_text(stdout, enforces ? STYLE_GOOD : STYLE_WARN, enforces ? "It enforces" : "It only audits");
        fputs(": ", stdout);
        ctl_print_text(stdout, STYLE_PLAIN, why ? why : "-");
        fputs(".\n", stdout);
        print_undone(result);
        print_lasting(result);
        if (warning)
                ctl_error(NULL, "%s", warning);
}

/* Takes the arguments. */
static int say(const char *command, json_t *arguments, const struct options *options)
{
        json_t *result;
        int status = ctl_call(command, arguments, &result);

        if (status != CTL_OK)
                return status;
        if (options->common.json)
                ctl_print_json(result);
        else
                print_mode(result);
        json_decref(result);
        return CTL_OK;
}

int ctl_enforce(int argc, char **argv)
{
        static const struct argp_option own[] = {
                { "for", 'f', "TIME", 0, "Back to audit mode after that time, unless confirmed: 90s, 10m, 2h", 0 },
                { 0 },
        };
        static const struct argp parser = {
                .options = own,
                .parser = parse_enforce,
                .doc = "Enforces from now on, whatever mode the policy says; what audit mode had let pass is "
                       "undone.\vIt "
                       "lasts until the machine restarts or the policy is loaded with another mode than now.",
                .children = ctl_common_children,
        };
        struct options options = { 0 };

        if (argp_parse(&parser, argc, argv, 0, NULL, &options) != 0)
                return CTL_USAGE;
        return say("enforce", options.for_usec ? json_pack("{s:I}", "for_usec", (json_int_t)options.for_usec) : NULL,
                   &options);
}

int ctl_audit(int argc, char **argv)
{
        static const struct argp parser = {
                .doc = "Prevents nothing from now on and only reports, whatever mode the policy says.\vIt lasts until "
                       "the "
                       "machine restarts or the policy is loaded with another mode than now.",
                .children = ctl_common_children,
        };
        struct options options = { 0 };

        if (argp_parse(&parser, argc, argv, 0, NULL, &options) != 0)
                return CTL_USAGE;
        return say("audit", NULL, &options);
}

int ctl_confirm(int argc, char **argv)
{
        static const struct argp parser = {
                .doc = "Keeps what \"unitward enforce --for TIME\" began.\vExit status 1 when there is nothing to "
                       "confirm, "
                       "or no longer.",
                .children = ctl_common_children,
        };
        struct options options = { 0 };

        if (argp_parse(&parser, argc, argv, 0, NULL, &options) != 0)
                return CTL_USAGE;
        return say("confirm", NULL, &options);
}
