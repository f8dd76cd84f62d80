#include "metrics.h"
#include "unitward/ctl.h"

struct options {
        struct ctl_common common;
        const char *file;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
        struct options *options = state->input;

        if (key == ARGP_KEY_INIT) {
                state->child_inputs[0] = state->input;
                return 0;
        }
        if (key != 'f')
                return ARGP_ERR_UNKNOWN;
        options->file = arg;
        return 0;
}

static const struct argp_option argp_options[] = {
        { "textfile", 'f', "FILE", 0, "Replace FILE, for node_exporter's textfile collector, instead of printing", 0 },
        { 0 },
};

/* What a collector reads is whole, and everybody's to read. */
static int replace(const char *file, const json_t *answer)
{
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        int r = ctl_print_whole(metrics_print, answer, &text, &size);

        return r == 0 ? replace_file(file, text, size, 0644) : r;
}

/* The same status as before, unless this fails. */
static int tell(const struct options *options, const json_t *answer, int status)
{
        int r = 0;

        if (options->file)
                r = replace(options->file, answer);
        else if (!options->common.json)
                r = metrics_print(stdout, answer);
        else if (answer)
                ctl_print_json(answer);
        if (r < 0) {
                ctl_error("it is as it was; make room, or name a file in a directory that is there", "%s: %s",
                          options->file ? options->file : "standard output", strerror(-r));
                return CTL_FINDING;
        }
        return status;
}

int ctl_metrics(int argc, char **argv)
{
        static const struct argp parser = {
                .options = argp_options,
                .parser = parse,
                .doc = "Prints what the daemon counts in the text format of Prometheus.\vWhen no daemon answers it "
                       "says so by unitward_up 0, and exit status 3.",
                .children = ctl_common_children,
        };
        struct options options = { 0 };
        json_t *answer = NULL;
        int status;

        if (argp_parse(&parser, argc, argv, 0, NULL, &options) != 0)
                return CTL_USAGE;
        status = ctl_call("metrics", NULL, &answer);
        status = tell(&options, answer, status);
        json_decref(answer);
        return status;
}
