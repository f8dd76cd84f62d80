/* unitward baseline: what is there, for review, and then as what is authorised. */
#include <fcntl.h>

#include "review.h"

struct options {
        struct ctl_common common;
        bool review, take, yes, verbose;
        const char *export;
};

static error_t parse_baseline(int key, char *arg, struct argp_state *state)
{
        struct options *options = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = state->input;
                return 0;
        case 'r':
                options->review = true;
                return 0;
        case 't':
                options->take = true;
                return 0;
        case 'e':
                options->export = arg;
                return 0;
        case 'y':
                options->yes = true;
                return 0;
        case 'v':
                options->verbose = true;
                return 0;
        case ARGP_KEY_END:
                if (options->review + options->take + !!options->export > 1)
                        argp_error(state, "--review, --take and --export: one at a time");
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static int show_review(const struct options *options, FILE *out)
{
        json_t *review = NULL;
        int r = survey_begin();

        if (r == CTL_OK)
                r = review_make(&review);
        if (r != CTL_OK)
                return r;
        if (options->common.json && out == stdout)
                ctl_print_json(review);
        else if (!options->common.json)
                review_print(out, review, options->verbose);
        r = json_array_size(json_object_get(review, "suspicious")) > 0 ? CTL_FINDING : CTL_OK;
        json_decref(review);
        return r;
}

/* The daemon takes it: what is there at that moment. */
static int take(const struct options *options)
{
        json_t *result;
        int status;

        if (!options->yes) {
                status = show_review(options, stderr);
                if (status != CTL_OK && status != CTL_FINDING)
                        return status;
                if (!survey_confirm("Authorise all of this?"))
                        return CTL_FINDING;
        }
        status = ctl_call("baseline-take", NULL, &result);
        if (status != CTL_OK)
                return status;
        if (options->common.json)
                ctl_print_json(result);
        else
                printf("Authorised: %lld changes.\n",
                       (long long)json_integer_value(json_object_get(result, "authorised")));
        status = json_integer_value(json_object_get(result, "refused")) > 0 ? CTL_FINDING : CTL_OK;
        if (status == CTL_FINDING)
                ctl_error("which: unitward diff", "the policy refused %lld of them",
                          (long long)json_integer_value(json_object_get(result, "refused")));
        json_decref(result);
        return status;
}

static int export_ledger(const struct options *options)
{
        struct ledger *ledger;
        int r = survey_begin();

        if (r == CTL_OK)
                r = survey_open_ledger(&ledger);
        if (r != CTL_OK)
                return r;
        r = survey_export(ledger, options->export);
        ledger_close(ledger);
        if (r < 0)
                ctl_error("nothing was written", "%s: %s", options->export, strerror(-r));
        return r < 0 ? CTL_FINDING : CTL_OK;
}

int ctl_baseline(int argc, char **argv)
{
        static const struct argp_option own[] = {
                { "review", 'r', NULL, 0, "Show what would be authorised, by origin (this is the default)", 0 },
                { "verbose", 'v', NULL, 0, "Name every path", 0 },
                { "take", 't', NULL, 0, "Authorise what is there now, new or changed", 0 },
                { "yes", 'y', NULL, 0, "Take it without a question", 0 },
                { "export", 'e', "FILE", 0, "Write what is authorised to FILE, as ledger export does", 0 },
                { 0 },
        };
        static const struct argp parser = {
                .options = own,
                .parser = parse_baseline,
                .doc = "Reviews what is in the protected places: what packages own and shipped so, what differs from "
                       "its package, what nobody owns, what is suspicious; and takes it as authorised.\vExit status 1 "
                       "when something is suspicious, or was refused.",
                .children = survey_children,
        };
        struct options options = { 0 };

        if (argp_parse(&parser, argc, argv, 0, NULL, &options) != 0)
                return CTL_USAGE;
        if (options.take)
                return take(&options);
        if (options.export)
                return export_ledger(&options);
        return show_review(&options, stdout);
}
