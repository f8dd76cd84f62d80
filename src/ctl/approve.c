/* unitward approve, unitward revoke: an administrator says what is authorised. */
#include "unitward/ctl.h"
#include "unitward/text.h"

struct paths {
        struct ctl_common common;
        json_t *list;
};

static error_t parse_paths(int key, char *arg, struct argp_state *state)
{
        struct paths *paths = state->input;
        _cleanup_free_ char *path = NULL;
        json_t *item;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = state->input;
                return 0;
        case ARGP_KEY_ARG:
                path = ctl_canonical_path(arg);
                if (!path)
                        argp_failure(state, CTL_FINDING, 0, "%s: there is no such directory", arg);
                item = json_object();
                if (json_set_bytes(item, "path", path) < 0 || json_array_append_new(paths->list, item) < 0)
                        argp_failure(state, CTL_FINDING, ENOMEM, "%s", arg);
                return 0;
        case ARGP_KEY_NO_ARGS:
                argp_error(state, "a path is missing");
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

/* "authorised  file  /etc/systemd/system/app.service  3a7bd3e2360a" */
void ctl_print_authorised(const json_t *item)
{
        static const struct {
                const char *state;
                enum ctl_style style;
        } styles[] = { { "authorised", STYLE_GOOD }, { "unfinished", STYLE_WARN }, { "tolerated", STYLE_WARN } };
        const char *state = json_string_value(json_object_get(item, "state")),
                   *kind = json_string_value(json_object_get(item, "kind")),
                   *digest = json_string_value(json_object_get(item, "sha256"));
        _cleanup_free_ char *path = NULL, *target = NULL;
        enum ctl_style style = STYLE_BOLD;

        if (!state || json_get_bytes(item, "path", &path) < 0)
                return;
        (void)json_get_bytes(item, "target", &target);
        for (size_t i = 0; i < ARRAY_SIZE(styles); i++)
                if (streq(styles[i].state, state))
                        style = styles[i].style;
        ctl_print_text(stdout, style, state);
        printf("%*s%-9s  ", (int)(12 - strlen(state)), "", kind ? kind : "");
        ctl_print_text(stdout, STYLE_PLAIN, path);
        if (target) {
                fputs(" -> ", stdout);
                ctl_print_text(stdout, STYLE_PLAIN, target);
        }
        if (digest)
                printf("  %.12s", digest);
        putchar('\n');
}

static int send_paths(struct paths *paths, const char *command)
{
        json_t *result, *item;
        size_t index;
        int status = ctl_call(command, json_pack("{s:o}", "paths", paths->list), &result);

        if (status != CTL_OK)
                return status;
        if (paths->common.json)
                ctl_print_json(result);
        else
                json_array_foreach(result, index, item)
                        ctl_print_authorised(item);
        json_decref(result);
        return CTL_OK;
}

int ctl_approve(int argc, char **argv)
{
        static const struct argp parser = {
                .parser = parse_paths,
                .args_doc = "PATH...",
                .doc = "Authorises what is there now: a file, a link, a directory with what is in it; or, where "
                       "something authorised is gone, that it is gone.\vThe policy decides who may: rules with on = "
                       "\"approve\". In enforce mode what is not authorised is in quarantine already: see `unitward "
                       "quarantine list'.",
                .children = ctl_common_children,
        };
        struct paths paths = { .list = json_array() };

        if (argp_parse(&parser, argc, argv, 0, NULL, &paths) != 0)
                return CTL_USAGE;
        return send_paths(&paths, "approve");
}

int ctl_revoke(int argc, char **argv)
{
        static const struct argp parser = {
                .parser = parse_paths,
                .args_doc = "PATH...",
                .doc = "Ends the authorisation. In enforce mode what is there goes to quarantine, in audit mode it "
                       "stays and is reported.\vThe policy decides who may: rules with on = \"approve\".",
                .children = ctl_common_children,
        };
        struct paths paths = { .list = json_array() };

        if (argp_parse(&parser, argc, argv, 0, NULL, &paths) != 0)
                return CTL_USAGE;
        return send_paths(&paths, "revoke");
}
