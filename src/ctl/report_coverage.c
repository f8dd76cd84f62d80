/* Which techniques of ATT&CK the policy refuses to somebody who broke into a service that is root: tried, by its own
 * decision function. */
#include "explain.h"
#include "report.h"

#define TRIES_MAX 5u

/* One of path and command. */
struct
try {
        const char *path;
        const char *command;
        enum operation operation;
};

static const struct technique {
        const char *id, *name;
        struct try tries[TRIES_MAX];
} techniques[] = {
        { "T1053.006",
          "Scheduled Task/Job: Systemd Timers",
          { { "/etc/systemd/system/intruder.timer", NULL, OPERATION_CREATE },
            { "/root/.config/systemd/user/intruder.timer", NULL, OPERATION_CREATE },
            { NULL, "systemctl enable intruder.timer", OPERATION_EXEC },
            { NULL, "systemd-run --on-calendar=daily /tmp/intruder", OPERATION_EXEC } } },
        { "T1543.002",
          "Create or Modify System Process: Systemd Service",
          { { "/etc/systemd/system/intruder.service", NULL, OPERATION_CREATE },
            { "/usr/lib/systemd/system/dbus.service", NULL, OPERATION_MODIFY },
            { "/etc/systemd/system/dbus.service.d/intruder.conf", NULL, OPERATION_CREATE },
            { "/etc/systemd/system-generators/intruder", NULL, OPERATION_CREATE },
            { "/run/systemd/system/intruder.service", NULL, OPERATION_RENAME } } },
        { "T1569.002",
          "System Services: Service Execution",
          { { NULL, "systemd-run /tmp/intruder", OPERATION_EXEC },
            { NULL, "systemctl link /tmp/intruder.service", OPERATION_EXEC } } },
        { "T1053.003",
          "Scheduled Task/Job: Cron",
          { { "/etc/cron.d/intruder", NULL, OPERATION_CREATE }, { NULL, "crontab /tmp/intruder", OPERATION_EXEC } } },
        { "T1053.002", "Scheduled Task/Job: At", { { NULL, "at now", OPERATION_EXEC } } },
        { "T1037",
          "Boot or Logon Initialization Scripts",
          { { "/etc/init.d/intruder", NULL, OPERATION_CREATE }, { "/etc/rc.local", NULL, OPERATION_MODIFY } } },
        { "T1546.017",
          "Event Triggered Execution: Udev Rules",
          { { "/etc/udev/rules.d/99-intruder.rules", NULL, OPERATION_CREATE } } },
        { "T1547.013",
          "Boot or Logon Autostart Execution: XDG Autostart Entries",
          { { "/etc/xdg/autostart/intruder.desktop", NULL, OPERATION_CREATE } } },
        { "T1562.001",
          "Impair Defenses: Disable or Modify Tools",
          { { "/etc/unitward/unitward.conf", NULL, OPERATION_MODIFY },
            { "/etc/systemd/system/unitward.service", NULL, OPERATION_MASK },
            { NULL, "systemctl disable unitward.service", OPERATION_EXEC } } },
};

static void break_in(struct explain_options *options)
{
        static char program[] = "/usr/sbin/service", unit[] = "broken-into.service";

        options->actor = (struct actor){ .references = 1, .known = true, .login_uid = (uid_t)-1, .n_ancestry = 1 };
        options->actor.ancestry[0].exe_path = program;
        options->actor.ancestry[0].unit = unit;
        options->is_literal = true;
}

static json_t *try_it(const struct policy *policy, const struct try *try)
{
        _cleanup_free_ char *line = try->command ? strdup(try->command) : NULL;
        _cleanup_free_ struct explain_options *options = calloc(1, sizeof *options);
        _cleanup_free_ char *what = NULL;
        struct question question;
        char absolute[PATH_MAX];
        int n = 0;

        if (!options || (try->command && !line))
                return NULL;
        break_in(options);
        options->operation = try->operation;
        options->path = try->path;
        if (line)
                n = command_split(line, options->words, COMMAND_ARGUMENTS_MAX);
        options->n_words = n > 0 ? (size_t)n : 0;
        explain_ask(&question, policy, options, absolute);
        what = try->command ? strdup(try->command) : format("%s %s", operation_name(try->operation), try->path);
        return json_pack("{s:s?, s:s, s:s, s:b}", "what", what, "outcome", outcome_name(question.outcome), "rule",
                         explain_rule(&question), "guarded", question.is_protected);
}

static json_t *technique_to_json(const struct policy *policy, const struct technique *technique)
{
        json_t *tries = json_array();

        for (size_t i = 0; i < TRIES_MAX && (technique->tries[i].path || technique->tries[i].command); i++)
                (void)json_array_append_new(tries, try_it(policy, &technique->tries[i]));
        return json_pack("{s:s, s:s, s:o}", "id", technique->id, "name", technique->name, "tries", tries);
}

json_t *report_coverage(const struct policy *policy)
{
        json_t *json = json_array();

        for (size_t i = 0; json && i < ARRAY_SIZE(techniques); i++)
                (void)json_array_append_new(json, technique_to_json(policy, &techniques[i]));
        return json;
}
