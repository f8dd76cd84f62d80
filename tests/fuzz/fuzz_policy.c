/* A policy's text: parsed, checked and, if it holds, asked about accesses whose names are its own end. */
#include "unitward/command.h"

#include "../../src/policy/policy_internal.h"

#include "../unit/lsan_libconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct policy *policy, const char *name)
{
        struct actor actor = { .known = true, .n_ancestry = 1 };
        struct access access = { .actor = &actor, .path = name, .unit = name, .command = name, .verb = name };
        struct placement placement;

        policy_place(policy, name, &placement);
        access.place = placement.place;
        access.verb_class = access.scope = access.client = name;
        for (access.operation = 0; access.operation < OPERATION_COUNT_; access.operation++)
                for (access.zone = ZONE_UNPLACED; access.zone <= (int)policy_n_zones(policy); access.zone++)
                        (void)policy_decide(policy, &access);
}

/* Each command of the policy, run with its name as verb and unit, clearly and not. */
static void run(const struct policy *policy, const char *name)
{
        struct actor actor = { .known = true, .n_ancestry = 1 };
        struct command_request request = { .n_verbs = 1, .n_units = 1, .verbs[0].name = name };

        (void)string_copy(request.units[0], COMMAND_UNIT_SIZE, name);
        for (size_t i = 0; i < policy_n_commands(policy); i++) {
                for (int unclear = 0; unclear < 2; unclear++) {
                        struct access access = { .operation = OPERATION_EXEC, .actor = &actor, .path = name };

                        access.command = policy_command_name(policy, i);
                        request.scope = (enum command_scope)(i % COMMAND_SCOPE_COUNT_);
                        request.units_unknown = i % 2;
                        request.unclear = unclear;
                        (void)policy_decide_command(policy, &access, &request);
                }
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *text = malloc(size + 1);
        struct policy_report report;
        struct policy *policy = NULL;

        memcpy(text, data, size);
        text[size] = '\0';
        if (policy_load_text("fuzz.conf", text, POLICY_SKIP_OWNER_CHECK, &policy, &report) == 0) {
                ask(policy, text + (size > 40 ? size - 40 : 0));
                run(policy, text + (size > 40 ? size - 40 : 0));
        }
        policy_report_done(&report);
        (void)policy_unref(policy);
        return 0;
}
