#include "unitward/ctl.h"
#include "unitward/text.h"
#include "unitward/doctor.h"
#include "unitward/protocol.h"

#define CALL_TIMEOUT_MS 5000

struct request {
        struct ctl_common common;
        const char *policy_path;
};

static const char *const health_names[HEALTH_COUNT_] = { "ok", "warn", "fail" };
static const enum ctl_style health_styles[HEALTH_COUNT_] = { STYLE_GOOD, STYLE_WARN, STYLE_BAD };

static void print_finding(enum health health, const char *what, const char *consequence, const char *remedy)
{
        ctl_print_text(stdout, health_styles[health], health_names[health]);
        printf("%*s", 6 - (int)strlen(health_names[health]), "");
        ctl_print_text(stdout, STYLE_PLAIN, what);
        if (consequence) {
                fputs(" -- ", stdout);
                ctl_print_text(stdout, STYLE_PLAIN, consequence);
        }
        if (remedy) {
                fputs("; ", stdout);
                ctl_print_text(stdout, STYLE_BOLD, remedy);
        }
        putchar('\n');
}

void doctor_say_with(struct doctor *doctor, enum health health, const char *what, const char *consequence,
                     const char *remedy, json_t *facts)
{
        json_t *finding;

        if (health > doctor->worst)
                doctor->worst = health;
        if (doctor->findings) {
                finding = json_pack("{s:s, s:s, s:s?, s:s?}", "level", health_names[health], "what", what,
                                    "consequence", consequence, "remedy", remedy);
                (void)json_object_update(finding, facts);
                (void)json_array_append_new(doctor->findings, finding);
        } else
                print_finding(health, what, consequence, remedy);
        json_decref(facts);
}

void doctor_say(struct doctor *doctor, enum health health, const char *what, const char *consequence,
                const char *remedy)
{
        doctor_say_with(doctor, health, what, consequence, remedy, NULL);
}

static void ask_daemon(struct doctor *doctor, const char *policy_path)
{
        const char *daemons;

        doctor->status_result = protocol_call(ctl_socket(), "status", NULL, CALL_TIMEOUT_MS, &doctor->status);
        daemons = json_string_value(json_at(doctor->status, "policy.path"));
        doctor->policy_path = policy_path ? policy_path : daemons ? daemons : POLICY_PATH;
}

static void run_checks(struct doctor *doctor)
{
        static void (*const checks[])(struct doctor * doctor) = {
                doctor_check_kernel, doctor_check_limits,  doctor_check_manager,
                doctor_check_policy, doctor_check_places,  doctor_check_commands,
                doctor_check_daemon, doctor_check_sandbox, doctor_check_polkit,
        };

        for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
                checks[i](doctor);
}

void doctor_run(struct doctor *doctor, const char *policy_path)
{
        ask_daemon(doctor, policy_path);
        run_checks(doctor);
}

void doctor_done(struct doctor *doctor)
{
        json_decref(doctor->findings);
        (void)policy_unref(doctor->policy);
        json_decref(doctor->status);
}

static error_t parse_doctor(int key, char *arg, struct argp_state *state)
{
        struct request *request = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = request;
                return 0;
        case 'p':
                request->policy_path = arg;
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

int ctl_doctor(int argc, char **argv)
{
        static const struct argp_option options[] = {
                { "policy", 'p', "FILE", 0, "The policy (default the daemon's, or " POLICY_PATH ")", 0 },
                { 0 },
        };
        static const struct argp parser = {
                .options = options,
                .parser = parse_doctor,
                .doc = "Tries what this machine can, and says which guarantee holds, which does not, and what to do.\v"
                       "Exit status 1 when something failed; warnings alone do not count.",
                .children = ctl_common_children,
        };
        struct request request = { 0 };
        struct doctor doctor = { 0 };

        if (argp_parse(&parser, argc, argv, 0, NULL, &request) != 0)
                return CTL_USAGE;
        doctor.findings = request.common.json ? json_array() : NULL;
        doctor_run(&doctor, request.policy_path);
        if (doctor.findings)
                ctl_print_json(doctor.findings);
        doctor_done(&doctor);
        return doctor.worst == HEALTH_FAIL ? CTL_FINDING : CTL_OK;
}
