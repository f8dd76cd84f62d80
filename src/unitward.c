/* unitward(1): what an administrator says to unitwardd, and asks of it. */
#include "unitward/ctl.h"

const char *argp_program_version = "unitward " UNITWARD_VERSION;

static const struct ctl_command commands[] = {
        { "status", ctl_status, "what the daemon does and how it is", "unitward status" },
        { "events", ctl_events, "who tried what, and what became of it", "unitward events --denied --since 2d" },
        { "quarantine", ctl_quarantine, "what was taken away: list, show, restore, purge", "unitward quarantine list" },
        { "baseline", ctl_baseline, "what is there, for review; and take it as authorised",
          "unitward baseline --take" },
        { "approve", ctl_approve, "authorise what is there now", "unitward approve /etc/systemd/system/backup.timer" },
        { "revoke", ctl_revoke, "end an authorisation", "unitward revoke /etc/systemd/system/backup.timer" },
        { "install", ctl_install, "put new units in place, authorised",
          "unitward install --enable backup.service backup.timer" },
        { "diff", ctl_diff, "what on the disk is not as it is authorised", "unitward diff" },
        { "ledger", ctl_ledger, "what is authorised as a text: export, import",
          "unitward ledger export /root/ledger.txt" },
        { "explain", ctl_explain, "which rule would decide an access, and why",
          "unitward explain --exe /usr/bin/vim --uid alice --op create /etc/systemd/system/x.timer" },
        { "suggest", ctl_suggest, "rules that would have allowed what was recorded, for review",
          "unitward suggest --since 7d" },
        { "check", ctl_check, "validate the policy", "unitward check --drop-in /tmp/50-backup.conf" },
        { "test", ctl_test, "whether the policy decides as files beside it expect",
          "unitward test --policy unitward.conf policy-tests/*.conf" },
        { "reload", ctl_reload, "let the daemon load the policy again", "unitward reload" },
        { "stop", ctl_stop, "end the daemon, or let it be started again", "unitward stop --restart" },
        { "enforce", ctl_enforce, "enforce; with --for TIME: unless confirmed, only so long",
          "unitward enforce --for 10m" },
        { "audit", ctl_audit, "prevent nothing, only report", "unitward audit" },
        { "confirm", ctl_confirm, "keep what enforce --for began", "unitward confirm" },
        { "doctor", ctl_doctor, "what holds on this machine, what does not", "unitward doctor" },
        { "metrics", ctl_metrics, "what is counted, for Prometheus", "unitward metrics" },
        { "posture", ctl_posture, "what an intruder could use on this system as it is", "unitward posture" },
        { "report", ctl_report, "all of it on one page, for who has to judge it",
          "unitward report --html report.html --since 7d" },
        { "polkit", ctl_polkit, "the policy for polkit and the system bus: print, install, check",
          "unitward polkit --install" },
        { 0 },
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
