/* unitward-generator: a systemd generator, see systemd.generator(7) and boot_gate.h. Whatever happens, it ends well:
 * a boot must not fail because of it. */
#include <argp.h>

#include "unitward/boot_gate.h"
#include "unitward/command_line.h"
#include "unitward/protocol.h"
#include "unitward/policy.h"
#include "unitward/snapshots.h"
#include "unitward/util.h"

#define SECONDS_MAX 5u

enum { OPTION_SNAPSHOT = 256, OPTION_POLICY, OPTION_SOCKET, OPTION_GOLDEN };

static const struct argp_option options[] = {
        { "snapshot", OPTION_SNAPSHOT, "FILE", 0, "what is authorised (" SNAPSHOT_PATH ")", 0 },
        { "policy", OPTION_POLICY, "FILE", 0, "the policy (" POLICY_PATH ")", 0 },
        { "golden", OPTION_GOLDEN, "DIR", 0, "golden copies (/var/lib/unitward/golden)", 0 },
        { "socket", OPTION_SOCKET, "PATH", 0,
          "where the daemon is asked (for root " CONTROL_PATH ", else /run/unitward/" BOOT_GATE_SOCKET ")", 0 },
        { 0 },
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
        struct boot_options *boot = state->input;

        switch (key) {
        case OPTION_SNAPSHOT:
                boot->snapshot = argument;
                return 0;
        case OPTION_POLICY:
                boot->policy = argument;
                return 0;
        case OPTION_GOLDEN:
                boot->golden = argument;
                return 0;
        case OPTION_SOCKET:
                boot->socket = argument;
                return 0;
        case ARGP_KEY_ARG:
                if (state->arg_num == 1)
                        boot->early = argument;
                if (state->arg_num > 2)
                        argp_error(state, "'%s' is one too many", argument);
                return 0;
        case ARGP_KEY_END:
                if (state->arg_num != 3)
                        argp_error(state, "three directories are needed; see systemd.generator(7)");
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

/* systemd says so from version 251 on; before that, whose it is can be seen from where the output goes. */
static enum unit_scope scope_of(const char *early)
{
        const char *scope = getenv("SYSTEMD_SCOPE");

        if (scope)
                return streq(scope, "user") ? UNIT_SCOPE_USER : UNIT_SCOPE_SYSTEM;
        return geteuid() != 0 || starts_with(early, "/run/user/") ? UNIT_SCOPE_USER : UNIT_SCOPE_SYSTEM;
}

/* systemd takes this variable for it, and so does who tries this by hand. Not when a manager runs it: a user can put
 * what he likes into the environment of his. */
static char *command_line(void)
{
        const char *given = getenv("SYSTEMD_SCOPE") ? NULL : getenv("SYSTEMD_PROC_CMDLINE");

        return given ? strdup(given) : command_line_read();
}

int main(int argc, char *argv[])
{
        static const struct argp argp = { options,
                                          parse_option,
                                          "NORMAL EARLY LATE",
                                          "Masks systemd units that are not authorised. See unitward-generator(8).",
                                          NULL,
                                          NULL,
                                          NULL };
        struct boot_options boot = { .snapshot = SNAPSHOT_PATH,
                                     .policy = POLICY_PATH,
                                     .golden = "/var/lib/unitward/golden",
                                     .socket = geteuid() == 0 ? CONTROL_PATH : "/run/unitward/" BOOT_GATE_SOCKET };
        _cleanup_free_ char *line = NULL;

        argp_program_version = "unitward-generator " UNITWARD_VERSION;
        (void)argp_parse(&argp, argc, argv, 0, NULL, &boot);
        boot.seconds = SECONDS_MAX;
        line = command_line();
        if (!line)
                return EXIT_SUCCESS;
        boot.scope = scope_of(boot.early);
        boot.command_line = line;
        boot_gate_run(&boot);
        return EXIT_SUCCESS;
}
