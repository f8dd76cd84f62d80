#include "unitward/ctl.h"

/* What the quarantine's commands are told; each takes some of it. */
struct request {
        struct ctl_common common;
        const char *id;
        const char *to;
        long older_than_days; /* -1: not given */
        bool all;
};

static error_t parse_id(int key, char *arg, struct argp_state *state)
{
        struct request *request = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = request;
                return 0;
        case ARGP_KEY_ARG:
                if (request->id)
                        argp_error(state, "one ID at a time");
                request->id = arg;
                return 0;
        case ARGP_KEY_NO_ARGS:
                argp_error(state, "an ID is missing: one of those that `unitward quarantine list' shows");
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static error_t parse_restore(int key, char *arg, struct argp_state *state)
{
        struct request *request = state->input;

        if (key != 't')
                return parse_id(key, arg, state);
        if (*arg != '/')
                argp_error(state, "--to wants an absolute path, not \"%s\"", arg);
        request->to = arg;
        return 0;
}

static void parse_days(struct request *request, const char *arg, struct argp_state *state)
{
        char *end;

        errno = 0;
        request->older_than_days = strtol(arg, &end, 10);
        if (errno || end == arg || *end || request->older_than_days < 0 || request->older_than_days > 36500)
                argp_error(state, "--older-than wants a number of days, not \"%s\"", arg);
}

static error_t parse_purge(int key, char *arg, struct argp_state *state)
{
        struct request *request = state->input;

        switch (key) {
        case 'a':
                request->all = true;
                return 0;
        case 'o':
                parse_days(request, arg, state);
                return 0;
        case ARGP_KEY_NO_ARGS:
                return 0;
        case ARGP_KEY_END:
                if (!!request->id + request->all + (request->older_than_days >= 0) != 1)
                        argp_error(state, "say what to purge: one of ID, --older-than DAYS, --all");
                return 0;
        default:
                return parse_id(key, arg, state);
        }
}

/* Asks the daemon and shows what it says: as JSON, or by print. */
static int request_send(const struct request *request, const char *command, json_t *arguments,
                        void (*print)(const struct request *request, const json_t *result))
{
        json_t *result;
        int status = ctl_call(command, arguments, &result);

        if (status != CTL_OK)
                return status;
        if (request->common.json)
                ctl_print_json(result);
        else
                print(request, result);
        json_decref(result);
        return CTL_OK;
}

static void print_item(const json_t *item)
{
        const uint64_t size = (uint64_t)json_integer_value(json_object_get(item, "size"));
        _cleanup_free_ char *id = ctl_json_text(json_object_get(item, "id")),
                            *kind = ctl_json_text(json_object_get(item, "kind")), *bytes = format_bytes(size),
                            *path = ctl_json_text(json_object_get(item, "path"));

        if (!id || !kind || !bytes || !path)
                return;
        ctl_print_text(stdout, STYLE_BOLD, id);
        printf("  %-9.9s %10s  ", kind, bytes);
        ctl_print_text(stdout, STYLE_PLAIN, path);
        putchar('\n');
}

static void print_list(const struct request *request, const json_t *result)
{
        size_t i;
        json_t *item;

        (void)request;
        json_array_foreach(result, i, item)
                print_item(item);
        if (json_array_size(result) == 0)
                fputs("Nothing is in quarantine.\n", stderr);
}

static void print_evidence(const struct request *request, const json_t *result)
{
        const char *key;
        json_t *value;

        (void)request;
        json_object_foreach((json_t *)(uintptr_t)result, key, value) {
                _cleanup_free_ char *text = ctl_json_text(value);

                printf("%14s  ", key);
                ctl_print_text(stdout, STYLE_PLAIN, text ? text : "-");
                putchar('\n');
        }
}

static void print_restored(const struct request *request, const json_t *result)
{
        _cleanup_free_ char *path = ctl_json_text(json_object_get(result, "path"));

        ctl_print_text(stdout, STYLE_PLAIN, request->id);
        fputs(" is back at ", stdout);
        ctl_print_text(stdout, STYLE_PLAIN, path ? path : "-");
        putchar('\n');
}

static void print_purged(const struct request *request, const json_t *result)
{
        _cleanup_free_ char *count = ctl_json_text(json_object_get(result, "purged"));

        (void)request;
        printf("Removed for good: %s\n", count ? count : "-");
}

static int quarantine_list(int argc, char **argv)
{
        static const struct argp parser = { .doc = "Lists what is in quarantine, oldest first.",
                                            .children = ctl_common_children };
        struct request request = { 0 };

        if (argp_parse(&parser, argc, argv, 0, NULL, &request.common) != 0)
                return CTL_USAGE;
        return request_send(&request, "quarantine-list", NULL, print_list);
}

static int quarantine_show(int argc, char **argv)
{
        static const struct argp parser = { .parser = parse_id,
                                            .args_doc = "ID",
                                            .doc = "Shows the evidence: what it is, who planted it, when, which rule.",
                                            .children = ctl_common_children };
        struct request request = { 0 };

        if (argp_parse(&parser, argc, argv, 0, NULL, &request) != 0)
                return CTL_USAGE;
        return request_send(&request, "quarantine-show", json_pack("{s:s}", "id", request.id), print_evidence);
}

static int quarantine_restore(int argc, char **argv)
{
        static const struct argp_option options[] = {
                { "to", 't', "PATH", 0, "Put it there, not where it was", 0 },
                { 0 },
        };
        static const struct argp parser = { .options = options,
                                            .parser = parse_restore,
                                            .args_doc = "ID",
                                            .doc = "Puts something back, authorised from now on. Overwrites nothing.",
                                            .children = ctl_common_children };
        struct request request = { 0 };

        if (argp_parse(&parser, argc, argv, 0, NULL, &request) != 0)
                return CTL_USAGE;
        return request_send(&request, "quarantine-restore",
                            json_pack("{s:s, s:s*}", "id", request.id, "path", request.to), print_restored);
}

static json_t *purge_arguments(const struct request *request)
{
        if (request->all)
                return json_pack("{s:b}", "all", 1);
        if (request->id)
                return json_pack("{s:s}", "id", request->id);
        return json_pack("{s:I}", "older_than_days", (json_int_t)request->older_than_days);
}

static int quarantine_purge(int argc, char **argv)
{
        static const struct argp_option options[] = {
                { "older-than", 'o', "DAYS", 0, "Everything taken more than DAYS days ago", 0 },
                { "all", 'a', NULL, 0, "Everything", 0 },
                { 0 },
        };
        static const struct argp parser = { .options = options,
                                            .parser = parse_purge,
                                            .args_doc = "[ID]",
                                            .doc = "Removes evidence for good.",
                                            .children = ctl_common_children };
        struct request request = { .older_than_days = -1 };

        if (argp_parse(&parser, argc, argv, 0, NULL, &request) != 0)
                return CTL_USAGE;
        return request_send(&request, "quarantine-purge", purge_arguments(&request), print_purged);
}

int ctl_quarantine(int argc, char **argv)
{
        static const struct ctl_command commands[] = {
                { "list", quarantine_list, "what is in quarantine", "unitward quarantine list --json" },
                { "show", quarantine_show, "the evidence about one thing",
                  "unitward quarantine show 20261123T110611.207119Z-0000" },
                { "restore", quarantine_restore, "put one thing back",
                  "unitward quarantine restore 20261123T110611.207119Z-0000" },
                { "purge", quarantine_purge, "remove evidence for good", "unitward quarantine purge --older-than 90" },
                { 0 },
        };
        static const struct ctl_group group = {
                .name = "unitward quarantine",
                .doc = "What was planted is kept here, out of every manager's reach.",
                .commands = commands,
        };

        return ctl_group_run(&group, argc, argv);
}
