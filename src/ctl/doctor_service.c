#include <fcntl.h>

#include "unitward/command_line.h"
#include "unitward/ctl.h"
#include "unitward/text.h"
#include "unitward/doctor.h"

#define ENABLED_LINK "/etc/systemd/system/sysinit.target.wants/unitward.service"

void doctor_check_policy(struct doctor *doctor)
{
        _cleanup_free_ char *what = NULL;
        struct policy_report report;
        int r = policy_load(doctor->policy_path, 0, &doctor->policy, &report);

        for (size_t i = 0; i < report.n_findings; i++)
                doctor_say(doctor, report.findings[i].is_error ? HEALTH_FAIL : HEALTH_WARN, report.findings[i].text,
                           NULL, NULL);
        policy_report_done(&report);
        if (r < 0) {
                what = format("policy %s: %s", doctor->policy_path, strerror(-r));
                doctor_say(doctor, HEALTH_FAIL, what ? what : "policy", "unitwardd does not start with it",
                           "unitward check says what to change");
                return;
        }
        what = format("policy %s: %zu rules, %zu zones", doctor->policy_path, policy_n_rules(doctor->policy),
                      policy_n_zones(doctor->policy));
        doctor_say(doctor, HEALTH_OK, what ? what : "policy", NULL, NULL);
}

static void say_mode(struct doctor *doctor, const json_t *status)
{
        static const char lasting[] = "set mode = \"enforce\" in the policy, then: unitward reload",
                          begin[] = "when its records are as you want them: unitward enforce --for 10m";
        const json_t *ruling = json_object_get(status, "mode_ruling");
        const char *mode = json_string_value(json_object_get(ruling, "mode")),
                   *policy = json_string_value(json_object_get(ruling, "policy")),
                   *why = json_string_value(json_object_get(ruling, "why")),
                   *remedy = json_string_value(json_object_get(ruling, "remedy"));
        bool enforces = mode && streq(mode, mode_name(MODE_ENFORCE)), lasts = mode && policy && streq(mode, policy);
        _cleanup_free_ char *what = format("the daemon %s: %s", enforces ? "enforces" : "only audits", why ? why : "-");

        if (!what)
                return;
        if (!enforces)
                doctor_say(doctor, HEALTH_WARN, what, "nothing is prevented", remedy ? remedy : begin);
        else if (lasts)
                doctor_say(doctor, HEALTH_OK, what, NULL, NULL);
        else
                doctor_say(doctor, HEALTH_WARN, what, "the next boot only audits", lasting);
}

/* Which of the two tells of what managers start, and what it cannot see. */
static void say_starts(struct doctor *doctor, const json_t *status)
{
        const char *watcher = json_string_value(json_at(status, "starts.watcher")),
                   *why = json_string_value(json_at(status, "starts.why"));
        const json_int_t lost = json_integer_value(json_at(status, "starts.lost"));
        _cleanup_free_ char *late =
                format("a program that ends within some milliseconds may be missed: %s", why ? why : "-");

        if (!watcher || streq(watcher, "none"))
                return; /* the daemon calls that a problem */
        if (streq(watcher, "off"))
                doctor_say(doctor, HEALTH_OK, "what managers start is not watched", "the policy says so: detection",
                           NULL);
        else if (streq(watcher, "connector"))
                doctor_say(doctor, HEALTH_OK, "what managers start is told by the kernel's process connector",
                           "what a program forks and does not execute is not seen", NULL);
        else
                doctor_say(doctor, HEALTH_OK, "what managers start is told by FAN_OPEN_EXEC", late, NULL);
        if (lost > 0)
                doctor_say(doctor, HEALTH_WARN, "more was started at once than the kernel had room to tell of",
                           "some starts were not judged",
                           "unitward status shows how often; unitward events --since shows what else happened then");
}

static void say_status(struct doctor *doctor, const json_t *status)
{
        size_t i;
        json_t *problem;

        say_mode(doctor, status);
        say_starts(doctor, status);
        if (json_is_false(json_at(status, "gap.asks_managers")))
                doctor_say(doctor, HEALTH_WARN, "no manager is asked what it had loaded before the daemon started",
                           "systemd is not PID 1 here", "ask yours, if there is one, and look for what is not yours");
        json_array_foreach(json_object_get(status, "problems"), i, problem)
                if (json_is_string(problem))
                        doctor_say(doctor, HEALTH_FAIL, json_string_value(problem), NULL, NULL);
}

static void check_enabled(struct doctor *doctor)
{
        if (access("/run/systemd/system", F_OK) < 0)
                return;
        if (faccessat(AT_FDCWD, ENABLED_LINK, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                doctor_say(doctor, HEALTH_OK, "unitward.service is enabled", NULL, NULL);
        else
                doctor_say(doctor, HEALTH_WARN, "unitward.service is not enabled", "the next boot is not protected",
                           "systemctl enable unitward.service");
}

void doctor_check_daemon(struct doctor *doctor)
{
        const int r = doctor->status_result;

        check_enabled(doctor);
        if (r == 0)
                say_status(doctor, doctor->status);
        else if (r == -EACCES || r == -EPERM || r > 0)
                doctor_say(doctor, HEALTH_WARN, "the daemon was not asked",
                           "it answers root and its control_group only", "run it as root");
        else if (command_line_machine() == COMMAND_LINE_OFF)
                doctor_say(doctor, HEALTH_FAIL, "unitward.mode=off is on the kernel's command line",
                           "the daemon does not run, nothing is protected", "boot without it");
        else
                doctor_say(doctor, HEALTH_FAIL, "the daemon does not answer", "nothing is protected",
                           "systemctl start unitward.service");
}
