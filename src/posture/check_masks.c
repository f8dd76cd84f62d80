/* Services that guard or record, and that a mask keeps from running. */
#include <limits.h>

#include "posture_internal.h"

static const struct {
        const char *unit, *without;
} table[] = {
        { "auditd.service", "nothing is audited" },
        { "systemd-journald.service", "nothing is logged" },
        { "systemd-journald.socket", "nothing that services say is logged" },
        { "rsyslog.service", "no syslog files are written, and none sent" },
        { "syslog-ng.service", "no syslog files are written, and none sent" },
        { "apparmor.service", "no profile confines anything" },
        { "selinux-autorelabel-mark.service", "labels are not put right" },
        { "unitward.service", "units are not guarded" },
        { "unattended-upgrades.service", "security updates are not installed" },
        { "apt-daily-upgrade.timer", "security updates are not installed" },
        { "apt-daily.timer", "package lists are not brought up to date" },
        { "dnf-automatic.timer", "security updates are not installed" },
        { "fail2ban.service", "nobody who guesses passwords is stopped" },
        { "sshguard.service", "nobody who guesses passwords is stopped" },
        { "crowdsec.service", "nobody who guesses passwords is stopped" },
        { "firewalld.service", "the firewall is not set up" },
        { "nftables.service", "the firewall is not set up" },
        { "ufw.service", "the firewall is not set up" },
        { "netfilter-persistent.service", "the firewall is not set up" },
        { "iptables.service", "the firewall is not set up" },
        { "aide.timer", "files are not compared" },
        { "dailyaidecheck.timer", "files are not compared" },
        { "wazuh-agent.service", "its agent does not report" },
        { "osqueryd.service", "its agent does not report" },
        { "falco.service", "it does not watch" },
        { "fapolicyd.service", "programs are not restricted" },
        { "clamav-daemon.service", "files are not scanned" },
        { "clamav-freshclam.service", "signatures are not brought up to date" },
        { "chrony.service", "the clock is not kept, and times in logs mean less" },
        { "systemd-timesyncd.service", "the clock is not kept, and times in logs mean less" },
        { "logrotate.timer", "logs fill the disk" },
};

/* systemd takes a link to /dev/null for a mask, and an empty file. */
static bool is_mask(const struct node *node)
{
        if (node->target)
                return streq(node->target, "/dev/null");
        return S_ISREG(node->st.st_mode) && node->st.st_size == 0;
}

/* The file that counts, and whether there is one beneath that would run. */
static int find(struct posture *posture, const char *unit, struct node **ret, bool *ret_beneath)
{
        struct node *first = NULL;

        *ret_beneath = false;
        for (size_t i = 0; i < posture_n_directories(posture); i++) {
                const struct posture_directory *directory = posture_directory(posture, i);
                char path[PATH_MAX];
                struct node *node;
                int r;

                if (directory->scope != UNIT_SCOPE_SYSTEM || !path_join(path, sizeof path, directory->path, unit))
                        continue;
                r = posture_look(posture, path, true, &node);
                if (r == -ENOMEM)
                        return r;
                if (r < 0 || node->error || node == first)
                        continue;
                if (!first)
                        first = node;
                else
                        *ret_beneath |= !is_mask(node);
        }
        *ret = first;
        return 0;
}

static int add(struct posture *posture, const struct node *node, const char *unit, const char *without)
{
        const char *const argv[] = { "systemctl", "unmask", unit, NULL };
        _cleanup_free_ char *what = format("masks %s: %s", unit, without);
        const struct finding_draft draft = {
                .check = CHECK_SECURITY_MASKED,
                .severity = SEVERITY_MEDIUM,
                .path = node->path,
                .st = &node->st,
                .what = what,
                .unit = unit,
                .mend = MEND_COMMAND,
                .argv = argv,
        };

        return what ? posture_add(posture, &draft) : -ENOMEM;
}

int posture_check_masks(struct posture *posture)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(table); i++) {
                struct node *node = NULL;
                bool beneath;

                r = find(posture, table[i].unit, &node, &beneath);
                if (r == 0 && node && beneath && is_mask(node))
                        r = add(posture, node, table[i].unit, table[i].without);
        }
        return r;
}
