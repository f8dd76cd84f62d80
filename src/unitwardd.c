/* unitwardd: parse, set up, run, exit. */
#include <argp.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sysexits.h>

#include "unitward/command_line.h"
#include "unitward/connector.h"
#include "unitward/connector_service.h"
#include "unitward/guard.h"
#include "unitward/ledger.h"
#include "unitward/mount_namespace.h"
#include "unitward/policy.h"
#include "unitward/priority.h"
#include "unitward/sandbox.h"
#include "unitward/scout.h"
#include "unitward/snapshots.h"
#include "unitward/supervisor.h"
#include "unitward/util.h"

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_KERNEL = 4 };

enum {
        OPTION_POLICY = 256,
        OPTION_STATE,
        OPTION_SNAPSHOT,
        OPTION_RUNTIME,
        OPTION_LOG,
        OPTION_PACKAGE_ROOT,
        OPTION_NO_LOG,
        OPTION_FOREGROUND,
        OPTION_AUDIT,
        OPTION_HOST_MOUNTS,
        OPTION_LEAVE_CONNECTOR,
        OPTION_UNSUPERVISED
};

static const struct argp_option options[] = {
        { "policy", OPTION_POLICY, "FILE", 0, "the policy (" POLICY_PATH ")", 0 },
        { "state", OPTION_STATE, "DIR", 0, "ledger, golden copies, quarantine (" STATE_PATH ")", 0 },
        { "snapshot", OPTION_SNAPSHOT, "FILE", 0, "what the boot gate compares with (" SNAPSHOT_PATH ")", 0 },
        { "runtime", OPTION_RUNTIME, "DIR", 0, "the control socket (/run/unitward)", 0 },
        { "log", OPTION_LOG, "FILE", 0, "records as JSON lines (/var/log/unitward/events.jsonl)", 0 },
        { "package-root", OPTION_PACKAGE_ROOT, "DIR", 0,
          "the system whose dpkg or rpm records count, for an image mounted there (/)", 0 },
        { "no-log", OPTION_NO_LOG, NULL, 0, "no JSON lines", 0 },
        { "foreground", OPTION_FOREGROUND, NULL, 0, "records as readable lines here, not to the journal", 0 },
        { "audit", OPTION_AUDIT, NULL, 0, "only record, whatever mode the policy says", 0 },
        { "host-mounts", OPTION_HOST_MOUNTS, NULL, 0,
          "the guard works in the mount namespace of PID 1, wherever this is started", 0 },
        { "leave-connector", OPTION_LEAVE_CONNECTOR, NULL, 0,
          "open the kernel's process connector, leave it with the service manager, and end", 0 },
        { "unsupervised", OPTION_UNSUPERVISED, NULL, 0,
          "one process, for debuggers: when it dies, waiting opens succeed", 0 },
        { 0 },
};

struct arguments {
        struct guard_options guard;
        bool host_mounts, leave_connector, unsupervised;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
        struct arguments *arguments = state->input;
        struct guard_options *guard = &arguments->guard;

        switch (key) {
        case OPTION_POLICY:
                guard->policy_path = argument;
                return 0;
        case OPTION_STATE:
                guard->state_directory = argument;
                return 0;
        case OPTION_SNAPSHOT:
                guard->snapshot_path = argument;
                return 0;
        case OPTION_RUNTIME:
                guard->runtime_directory = argument;
                return 0;
        case OPTION_LOG:
                guard->log_path = argument;
                return 0;
        case OPTION_PACKAGE_ROOT:
                guard->package_root = argument;
                return 0;
        case OPTION_NO_LOG:
                guard->log_path = NULL;
                return 0;
        case OPTION_FOREGROUND:
                guard->foreground = true;
                return 0;
        case OPTION_AUDIT:
                guard->force_audit = true;
                return 0;
        case OPTION_HOST_MOUNTS:
                arguments->host_mounts = true;
                return 0;
        case OPTION_LEAVE_CONNECTOR:
                arguments->leave_connector = true;
                return 0;
        case OPTION_UNSUPERVISED:
                arguments->unsupervised = true;
                return 0;
        case ARGP_KEY_ARG:
                argp_error(state, "'%s' is one too many", argument);
                return EINVAL;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static int exit_code(int r)
{
        if (r >= 0)
                return r;
        return r == -EOPNOTSUPP ? EXIT_KERNEL : EXIT_REFUSED;
}

static int refuse(const char *what, int error, const char *advice)
{
        (void)fprintf(stderr, "unitwardd: %s: %s; %s\n", what, strerror(-error), advice);
        return error;
}

static int refuse_kernel(const char *what, int error)
{
        return refuse(what, error,
                      error == -EMFILE
                              ? "this user has as many fanotify groups as fs.fanotify.max_user_groups lets him "
                                "have: raise it with sysctl(8)"
                      : error == -EPERM ? "unitwardd needs root (CAP_SYS_ADMIN)"
                                        : "see: unitward doctor");
}

/* Without either nobody is guarded, or not as he thinks. */
static int refuse_confinement(const char *what, int error, const char *advice)
{
        (void)refuse(what, error, advice);
        return -EOPNOTSUPP;
}

static int confine(void)
{
        int r = sandbox_reduce(SANDBOX_SUPERVISOR);

        if (r == 0)
                r = sandbox_enter(SANDBOX_SUPERVISOR);
        return r == 0 ? 0 : refuse_confinement("cannot enter the sandbox", r, SANDBOX_ADVICE);
}

static int find_host_mounts(int *ret_fd)
{
        int r = mount_namespace_open(ret_fd);

        return r < 0 ? refuse_confinement("cannot find the mount namespace of PID 1", r, MOUNT_NAMESPACE_ADVICE) : 0;
}

/* Where PID 1 is, before anything is looked at, and without what it takes to go elsewhere. */
static int settle_down(const struct guard_options *guard_options)
{
        int r = guard_options->host_mounts < 0 ? 0 : mount_namespace_join(guard_options->host_mounts);

        if (r < 0)
                return refuse_confinement("cannot join the mount namespace of PID 1", r, MOUNT_NAMESPACE_ADVICE);
        r = sandbox_reduce(SANDBOX_GUARD);
        return r == 0 ? 0 : refuse_confinement("cannot enter the sandbox", r, SANDBOX_ADVICE);
}

/* Every waiting opener is a descriptor, and has a place in the lifeline. */
static void set_descriptor_limit(void)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
                return;
        limit.rlim_cur = limit.rlim_max < LIFELINE_OPENERS_MAX ? limit.rlim_max : LIFELINE_OPENERS_MAX;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* Without either nobody tells what managers start, and the status says so. */
static void find_starts(struct starts_sources *sources)
{
        static const struct connector_interest nothing = { 0 };
        int connector = connector_take();

        if (connector < 0)
                connector = connector_open();
        if (connector >= 0)
                (void)connector_attach(connector, &nothing);
        sources->connector = connector >= 0 ? connector : -1;
        sources->connector_error = connector >= 0 ? 0 : connector;
        sources->scout = connector >= 0 ? -1 : scout_start();
}

/* What outlives a guard. */
static int set_up(struct guard_options *guard_options)
{
        const struct capability *missing;
        int r = capabilities_probe(&guard_options->capabilities);

        if (r < 0)
                return refuse_kernel("cannot probe the kernel", r);
        missing = capabilities_missing(&guard_options->capabilities);
        if (missing) {
                (void)fprintf(stderr, "unitwardd: this kernel has no %s; %s\n", missing->name, missing->remedy);
                return -EOPNOTSUPP;
        }
        set_descriptor_limit();
        find_starts(&guard_options->starts);
        r = fan_groups_open(&guard_options->groups);
        if (r < 0)
                return refuse_kernel("cannot open fanotify groups", r);
        guard_options->lifeline = lifeline_new();
        guard_options->left_openers = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        return guard_options->lifeline && guard_options->left_openers >= 0
                       ? 0
                       : refuse("cannot make shared memory", -ENOMEM, "free some memory");
}

/* For the unit's ExecStartPre=. */
static int leave_connector(void)
{
        int r = connector_leave();

        return r == 0 ? EXIT_SUCCESS
                      : exit_code(refuse("cannot leave the process connector with the service manager", r,
                                         "without it programs that are executed are learned of by FAN_OPEN_EXEC"));
}

static int run_guard(const struct guard_options *guard_options)
{
        struct guard *guard = NULL;
        int r = settle_down(guard_options);

        if (r < 0)
                return exit_code(r);
        r = guard_new(guard_options, &guard);
        if (r >= 0)
                r = guard_run(guard);
        if (r < 0 && guard)
                (void)fprintf(stderr, "unitwardd: %s; see the lines above\n", strerror(-r));
        guard_free(guard);
        return exit_code(r);
}

int main(int argc, char *argv[])
{
        static const struct argp argp = {
                options, parse_option, NULL, "Protects systemd's unit directories. See unitwardd(8).", NULL, NULL, NULL
        };
        struct arguments arguments = { .guard = { .policy_path = POLICY_PATH,
                                                  .state_directory = STATE_PATH,
                                                  .runtime_directory = "/run/unitward",
                                                  .log_path = "/var/log/unitward/events.jsonl",
                                                  .package_root = "/",
                                                  .main_pid = getpid(),
                                                  .groups = FAN_GROUPS_NONE,
                                                  .starts = { -1, 0, -1 },
                                                  .host_mounts = -1 } };
        struct guard_options *guard = &arguments.guard;
        _cleanup_free_ char *beside = NULL;
        int r;

        argp_program_version = "unitwardd " UNITWARD_VERSION;
        argp_err_exit_status = EXIT_USAGE;
        (void)argp_parse(&argp, argc, argv, 0, NULL, &arguments);
        if (command_line_machine() == COMMAND_LINE_OFF) {
                (void)fprintf(stderr,
                              "unitwardd: unitward.mode=off is on the kernel's command line: nothing is guarded; "
                              "boot without it\n");
                return EXIT_SUCCESS;
        }
        if (arguments.leave_connector)
                return leave_connector();
        if (!guard->snapshot_path && !streq(guard->state_directory, STATE_PATH)) {
                beside = format("%s/boot.snapshot", guard->state_directory);
                guard->snapshot_path = beside;
        } else if (!guard->snapshot_path)
                guard->snapshot_path = SNAPSHOT_PATH;
        if (!guard->snapshot_path)
                return EXIT_REFUSED;
        priority_take();
        r = set_up(guard);
        if (r == 0 && arguments.host_mounts)
                r = find_host_mounts(&guard->host_mounts);
        if (r == 0)
                r = confine();
        if (r == 0)
                r = arguments.unsupervised ? run_guard(guard) : supervise(guard, run_guard);
        fan_groups_close(&guard->groups);
        close_pointer(&guard->starts.connector);
        close_pointer(&guard->starts.scout);
        guard->lifeline = lifeline_free(guard->lifeline);
        return r < 0 ? exit_code(r) : r;
}
