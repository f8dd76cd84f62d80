#include <stdarg.h>

#include "unitward/command_line.h"
#include "unitward/ctl.h"
#include "unitward/protocol.h"

#define CALL_TIMEOUT_MS 30000

/* One process, one daemon to talk to. */
static const char *socket_path = CONTROL_PATH;
static const char *help_example;

static error_t parse_socket(int key, char *arg, struct argp_state *state)
{
        (void)state;
        if (key != 's')
                return ARGP_ERR_UNKNOWN;
        socket_path = arg;
        return 0;
}

static const struct argp_option socket_options[] = {
        { "socket", 's', "PATH", 0, "The daemon's control socket (default " CONTROL_PATH ")", 0 },
        { 0 },
};

static const struct argp socket_argp = { .options = socket_options, .parser = parse_socket };

const struct argp_child ctl_socket_children[] = { { &socket_argp, 0, NULL, 0 }, { 0 } };

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
        struct ctl_common *common = state->input;

        (void)arg;
        if (key != 'j')
                return ARGP_ERR_UNKNOWN;
        common->json = true;
        return 0;
}

static const struct argp_option common_options[] = {
        { "json", 'j', NULL, 0, "Print JSON", 0 },
        { 0 },
};

void ctl_set_example(const char *example)
{
        help_example = example;
}

static char *add_example(int key, const char *text, void *input)
{
        (void)input;
        if (key == ARGP_KEY_HELP_EXTRA && help_example)
                return format("Example: %s", help_example);
        return (char *)(uintptr_t)text; /* argp's way to hear "unchanged" */
}

static const struct argp common_argp = {
        .options = common_options,
        .parser = parse_common,
        .help_filter = add_example,
        .children = ctl_socket_children,
};

const struct argp_child ctl_common_children[] = { { &common_argp, 0, NULL, 0 }, { 0 } };

const char *ctl_socket(void)
{
        return socket_path;
}

/* The daemon may have more than one thing to say: a line for each. */
static void print_lines(const char *prefix, enum ctl_style style, const char *text)
{
        while (*text) {
                size_t length = strcspn(text, "\n");
                _cleanup_free_ char *line = strndup(text, length);

                fputs(prefix, stderr);
                ctl_print_text(stderr, style, line ? line : "out of memory");
                fputc('\n', stderr);
                text += length + (text[length] == '\n');
                prefix = "  ";
        }
}

void ctl_error(const char *hint, const char *fmt, ...)
{
        _cleanup_free_ char *text = NULL;
        va_list arguments;

        va_start(arguments, fmt);
        if (vasprintf(&text, fmt, arguments) < 0)
                text = NULL;
        va_end(arguments);

        (void)fflush(stdout);
        print_lines("unitward: ", STYLE_BAD, text ? text : "out of memory");
        print_lines("  ", STYLE_PLAIN, hint ? hint : "");
}

const char *ctl_unreachable_hint(int error)
{
        static const struct {
                int error;
                const char *hint;
        } hints[] = {
                { ENOENT, "start it: systemctl start unitward.service" },
                { ECONNREFUSED, "it has stopped: systemctl start unitward.service" },
                { EACCES, "run it with sudo, or have control_group in the policy name a group of yours" },
                { EPERM, "run it with sudo, or have control_group in the policy name a group of yours" },
                { ETIMEDOUT, "it is too busy to answer: journalctl -u unitward.service says why" },
                { EBADMSG, "what answers there is not unitwardd of this version: see --socket" },
                { EMSGSIZE, "pass fewer arguments" },
        };

        if ((error == ENOENT || error == ECONNREFUSED) && command_line_machine() == COMMAND_LINE_OFF)
                return "unitward.mode=off is on the kernel's command line: it does not run until a boot without it";
        for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
                if (hints[i].error == error)
                        return hints[i].hint;
        return "is it running? systemctl status unitward.service";
}

int ctl_call(const char *command, json_t *arguments, json_t **ret)
{
        return ctl_call_with(command, arguments, &(struct protocol_files){ 0 }, ret);
}

int ctl_call_with(const char *command, json_t *arguments, const struct protocol_files *files, json_t **ret)
{
        json_t *reply;
        int r = protocol_call_with(socket_path, command, arguments, files, CALL_TIMEOUT_MS, &reply);

        json_decref(arguments);
        if (r < 0) {
                ctl_error(ctl_unreachable_hint(-r), "the daemon cannot be reached at %s: %s", socket_path,
                          strerror(-r));
                return CTL_UNREACHABLE;
        }
        if (r > 0) {
                ctl_error(json_string_value(json_object_get(reply, "hint")), "%s",
                          json_string_value(json_object_get(reply, "error")));
                json_decref(reply);
                return CTL_FINDING;
        }
        *ret = reply;
        return CTL_OK;
}

int ctl_print_whole(int (*print)(FILE *stream, const json_t *json), const json_t *json, char **ret, size_t *ret_size)
{
        FILE *stream = open_memstream(ret, ret_size);
        int r;

        if (!stream)
                return -errno;
        r = print(stream, json);
        if (fclose(stream) != 0 && r == 0)
                r = -errno;
        return r;
}

void ctl_parse_since(const char *argument, struct argp_state *state, uint64_t *ret_usec)
{
        if (time_parse(argument, now_realtime_usec(), ret_usec) < 0)
                argp_error(state, "--since wants 10m, 2h, 3d or a date like 2026-11-23 09:18, not \"%s\"", argument);
}
