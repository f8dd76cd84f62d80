/* unitward install: new units into the right directory, authorised in the same step, through the daemon. */
#include <fcntl.h>

#include "install.h"
#include "unitward/protocol.h"
#include "unitward/text.h"
#include "unitward/unit_meaning.h"
#include "unitward/unit_name.h"

struct install {
        struct ctl_common common;
        bool enable, user, force;
        const char *name, *drop_in;
        char **paths;
        size_t n_paths;
        json_t *files, *links;
        int contents[PROTOCOL_FILES_MAX];
        size_t n;
};

/* ---- A look at the unit --------------------------------------------------------------------------------- */

static void print_warning(const char *name, const char *text)
{
        fputs("warning: ", stderr);
        ctl_print_text(stderr, STYLE_WARN, name);
        fprintf(stderr, ": %s\n", text);
}

/* The section that a unit of the type has; types without one need none. */
static const struct {
        const char *type, *section;
} sections[] = {
        { ".service", "Service" }, { ".timer", "Timer" }, { ".socket", "Socket" },       { ".path", "Path" },
        { ".mount", "Mount" },     { ".swap", "Swap" },   { ".automount", "Automount" },
};

static bool has_section(const struct unit_file *file, const char *section)
{
        for (size_t i = 0; i < unit_file_n_settings(file); i++)
                if (streq(unit_file_setting(file, i)->section, section))
                        return true;
        return false;
}

static void warn_of_section(const char *name, const struct unit_file *file)
{
        const char *type = unit_name_type(name);

        for (size_t i = 0; type && i < ARRAY_SIZE(sections); i++) {
                _cleanup_free_ char *text = NULL;

                if (!streq(sections[i].type, type) || has_section(file, sections[i].section))
                        continue;
                text = format("has no [%s]: systemd will refuse it, or take it as masked", sections[i].section);
                print_warning(name, text ? text : "");
        }
}

/* What is plausible is the administrator's to judge: nothing of this refuses. */
static void warn_of(const struct install *install, const char *name, const char *text, size_t size,
                    const struct unit_file *file)
{
        unsigned suspicions = unit_suspicions(text, size, install->user), line = unit_file_refused_line(file);

        if (!install->drop_in)
                warn_of_section(name, file);
        if (line) {
                _cleanup_free_ char *where = format("systemd stops reading at line %u", line);

                print_warning(name, where ? where : "");
        }
        for (unsigned i = 0; i < N_SUSPICIONS; i++)
                if (suspicions & (1u << i))
                        print_warning(name, unit_suspicion_text((enum unit_suspicion)(1u << i)));
}

/* ---- The request -------------------------------------------------------------------------------------------- */

static int add_contents(struct install *install, const char *name, const char *text, size_t size)
{
        _cleanup_free_ char *below = install->drop_in ? format("%s.d", install->drop_in) : NULL;
        int fd = ctl_memory_file(text, size);

        if (fd < 0)
                return fd;
        install->contents[install->n++] = fd;
        return json_array_append_new(install->files, json_pack("{s:s, s:s*}", "name", name, "below", below)) < 0
                       ? -ENOMEM
                       : 0;
}

static int refuse_file(const char *path, int error)
{
        ctl_error(error == EFBIG ? "unit files have at most 1 MiB" : "name a unit file that you may read", "%s: %s",
                  path, strerror(error));
        return CTL_FINDING;
}

static int add_file(struct install *install, const char *path)
{
        const char *slash = strrchr(path, '/'), *name = install->name ? install->name : slash ? slash + 1 : path;
        _cleanup_free_ char *text = NULL, *why = NULL;
        struct unit_file *file = NULL;
        size_t size;
        int r = read_file_at(AT_FDCWD, path, UNIT_FILE_MAX, &text, &size);

        if (r == 0)
                r = unit_file_parse(text, size, &file);
        if (r < 0)
                return refuse_file(path, -r);
        warn_of(install, name, text, size, file);
        r = install->enable ? install_links(name, file, install->links, &why) : 0;
        unit_file_free(file);
        if (why) {
                ctl_error(NULL, "%s", why);
                return CTL_FINDING;
        }
        if (r == 0)
                r = add_contents(install, name, text, size);
        return r < 0 ? refuse_file(path, -r) : CTL_OK;
}

static void check_combination(const struct install *install, struct argp_state *state)
{
        if (install->name && install->n_paths != 1)
                argp_error(state, "--name is for one file");
        if (install->enable && install->drop_in)
                argp_error(state, "a drop-in cannot be enabled");
        if (install->n_paths > PROTOCOL_FILES_MAX)
                argp_error(state, "at most %u files at a time", PROTOCOL_FILES_MAX);
}

static error_t parse_install(int key, char *arg, struct argp_state *state)
{
        struct install *install = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = state->input;
                return 0;
        case 'e':
                install->enable = true;
                return 0;
        case 'u':
                install->user = true;
                return 0;
        case 'f':
                install->force = true;
                return 0;
        case 'n':
                install->name = arg;
                return 0;
        case 'd':
                if (!unit_name_is_valid(arg))
                        argp_error(state, "--drop-in wants a unit such as app.service, not \"%s\"", arg);
                install->drop_in = arg;
                return 0;
        case ARGP_KEY_ARGS:
                install->paths = state->argv + state->next;
                install->n_paths = (size_t)(state->argc - state->next);
                check_combination(install, state);
                return 0;
        case ARGP_KEY_NO_ARGS:
                argp_error(state, "a unit file is missing");
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static void print_next(const struct install *install)
{
        const char *user = install->user ? " --user" : "";

        fprintf(stderr, "Let systemd know: systemctl%s daemon-reload\n", user);
}

static int send_install(const struct install *install)
{
        const struct protocol_files files = { install->contents, install->n };
        json_t *arguments = json_pack("{s:O, s:O, s:b, s:b}", "files", install->files, "links", install->links, "user",
                                      install->user, "force", install->force);
        json_t *result, *item;
        size_t index;
        int status = ctl_call_with("install", arguments, &files, &result);

        if (status != CTL_OK)
                return status;
        if (install->common.json)
                ctl_print_json(result);
        else {
                json_array_foreach(result, index, item)
                        ctl_print_authorised(item);
                print_next(install);
        }
        json_decref(result);
        return CTL_OK;
}

int ctl_install(int argc, char **argv)
{
        static const struct argp_option options[] = {
                { "enable", 'e', NULL, 0, "Make the links that [Install] asks for, too", 0 },
                { "user", 'u', NULL, 0, "For all users' managers: into /etc/systemd/user", 0 },
                { "drop-in", 'd', "UNIT", 0, "The files are drop-ins (*.conf) of UNIT", 0 },
                { "name", 'n', "NAME", 0, "Install the file under this name", 0 },
                { "force", 'f', NULL, 0, "Replace what is there", 0 },
                { 0 },
        };
        static const struct argp parser = {
                .options = options,
                .parser = parse_install,
                .args_doc = "FILE...",
                .doc = "Puts unit files into /etc/systemd/system, whole or not at all, and authorises them in the same "
                       "step.\vThe policy decides who may: rules with on = \"approve\".",
                .children = ctl_common_children,
        };
        struct install install = { .files = json_array(), .links = json_array() };
        int status = CTL_OK;

        if (argp_parse(&parser, argc, argv, 0, NULL, &install) != 0)
                return CTL_USAGE;
        for (size_t i = 0; status == CTL_OK && i < install.n_paths; i++)
                status = add_file(&install, install.paths[i]);
        if (status == CTL_OK)
                status = send_install(&install);
        while (install.n > 0)
                (void)close(install.contents[--install.n]);
        json_decref(install.files);
        json_decref(install.links);
        return status;
}
