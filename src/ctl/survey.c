#include <fcntl.h>
#include <time.h>

#include "survey.h"
#include "unitward/ledger.h"
#include "unitward/protocol.h"

#define SYNC_TIMEOUT_MS 5000
#define SYNC_WAIT_USEC (10u * 1000000u)

static const char *state_path, *policy_path;

static error_t parse_places(int key, char *arg, struct argp_state *state)
{
        struct ctl_common *common = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = common;
                return 0;
        case 'S':
                state_path = arg;
                return 0;
        case 'p':
                policy_path = arg;
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static const struct argp_option place_options[] = {
        { "state", 'S', "DIR", 0, "The daemon's state directory (default " STATE_PATH ")", 0 },
        { "policy", 'p', "FILE", 0, "The policy (default " POLICY_PATH ")", 0 },
        { 0 },
};

static const struct argp place_argp = {
        .options = place_options,
        .parser = parse_places,
        .children = ctl_common_children,
};

const struct argp_child survey_children[] = { { &place_argp, 0, NULL, 0 }, { 0 } };

const char *survey_state(void)
{
        return state_path ? state_path : STATE_PATH;
}

/* ---- The daemon's word ---------------------------------------------------------------------------------- */

static void take_places(const json_t *answer)
{
        const char *state = json_string_value(json_object_get(answer, "state")),
                   *policy = json_string_value(json_object_get(answer, "policy"));

        /* Kept until the process ends, as options are. */
        if (!state_path && state)
                state_path = strdup(state);
        if (!policy_path && policy)
                policy_path = strdup(policy);
}

static int ask_progress(json_int_t *ret_posted, json_int_t *ret_written)
{
        json_t *answer;
        int r = protocol_call(ctl_socket(), "ledger-sync", NULL, SYNC_TIMEOUT_MS, &answer);

        if (r != 0) {
                if (r > 0)
                        json_decref(answer);
                return r < 0 ? r : -EPROTO;
        }
        *ret_posted = json_integer_value(json_object_get(answer, "posted"));
        *ret_written = json_integer_value(json_object_get(answer, "written"));
        take_places(answer);
        json_decref(answer);
        return 0;
}

static bool nobody_answers(int error)
{
        return error == -ENOENT || error == -ECONNREFUSED;
}

int survey_begin(void)
{
        const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };
        uint64_t deadline = now_monotonic_usec() + SYNC_WAIT_USEC;
        json_int_t goal = 0, posted = 0, written = 0;
        int r;

        if (geteuid() != 0) {
                ctl_error("run it with sudo", "only root may read the ledger");
                return CTL_FINDING;
        }
        r = ask_progress(&goal, &written);
        while (r == 0 && written < goal && now_monotonic_usec() < deadline) {
                (void)nanosleep(&pause, NULL);
                r = ask_progress(&posted, &written);
        }
        if (r < 0 && !nobody_answers(r))
                ctl_error("what it decided last may be missing here; see: unitward status",
                          "the daemon did not answer: %s", strerror(-r));
        else if (r == 0 && written < goal)
                ctl_error("see: unitward status; is its disk full?", "the daemon's ledger is behind");
        return CTL_OK;
}

int survey_open_ledger(struct ledger **ret)
{
        _cleanup_free_ char *path = format("%s/ledger.db", survey_state());
        int r = path ? ledger_open_read(path, ret) : -ENOMEM;

        if (r == -ENOENT)
                ctl_error("start the daemon: systemctl start unitward.service; or say where it is with --state",
                          "there is no ledger in %s", survey_state());
        else if (r == -ESTALE || r == -EPROTO)
                ctl_error("start the daemon of this version first: unitward stop --restart", "%s is of another version",
                          path);
        else if (r < 0)
                ctl_error("the daemon's next start rebuilds a damaged one", "%s: %s", path ? path : survey_state(),
                          r == -EUCLEAN ? "damaged" : strerror(-r));
        return r < 0 ? CTL_FINDING : CTL_OK;
}

int survey_load_policy(struct policy **ret)
{
        const char *path = policy_path ? policy_path : POLICY_PATH;
        struct policy_report report;
        int r = policy_load(path, 0, ret, &report);

        policy_report_done(&report);
        if (r < 0)
                ctl_error("see: unitward check", "the policy %s is refused: %s", path, strerror(-r));
        return r < 0 ? CTL_FINDING : CTL_OK;
}

bool survey_confirm(const char *question)
{
        char answer[16];

        if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
                ctl_error("say --yes to do it without a question", "nothing was changed");
                return false;
        }
        fprintf(stderr, "%s [y/N] ", question);
        if (!fgets(answer, sizeof answer, stdin))
                return false;
        return *answer == 'y' || *answer == 'Y';
}
