/* unitward(1): what an administrator says to unitwardd, and asks of it. */
#include "unitward/ctl.h"

const char *argp_program_version = "unitward " UNITWARD_VERSION;

static const struct ctl_command commands[] = {
        { "status", ctl_status, "what the daemon does and how it is" },
        { "events", ctl_events, "who tried what, and what became of it" },
        { "quarantine", ctl_quarantine, "what was taken away: list, show, restore, purge" },
        { "baseline", ctl_baseline, "what is there, for review; and take it as authorised" },
        { "approve", ctl_approve, "authorise what is there now" },
        { "revoke", ctl_revoke, "end an authorisation" },
        { "install", ctl_install, "put new units in place, authorised" },
        { "diff", ctl_diff, "what on the disk is not as it is authorised" },
        { "ledger", ctl_ledger, "what is authorised as a text: export, import" },
        { "explain", ctl_explain, "which rule would decide an access, and why" },
        { "check", ctl_check, "validate the policy" },
        { "reload", ctl_reload, "let the daemon load the policy again" },
        { "stop", ctl_stop, "end the daemon, or let it be started again" },
        { "enforce", ctl_enforce, "enforce; with --for TIME: unless confirmed, only so long" },
        { "audit", ctl_audit, "prevent nothing, only report" },
        { "confirm", ctl_confirm, "keep what enforce --for began" },
        { "doctor", ctl_doctor, "what holds on this machine, what does not" },
        { "posture", ctl_posture, "what an intruder could use on this system as it is" },
        { "polkit", ctl_polkit, "the policy for polkit and the system bus: print, install, check" },
        { NULL, NULL, NULL },
};

static const struct ctl_group unitward = {
        .name = "unitward",
        .doc = "Lets only authorised systemd units be installed and loaded, and says who tried otherwise.",
        .commands = commands,
};

int main(int argc, char **argv)
{
        int status;

        argp_err_exit_status = CTL_USAGE;
        status = ctl_group_run(&unitward, argc, argv);
        if (fflush(stdout) != 0 || ferror(stdout)) {
                ctl_error("make room where the output goes", "writing the output failed: %s", strerror(errno));
                return CTL_FINDING;
        }
        return status;
}
