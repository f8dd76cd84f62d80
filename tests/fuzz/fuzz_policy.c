/* A policy's text: parsed, checked and, if it holds, asked about accesses whose names are its own end. */
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
        for (access.operation = 0; access.operation < OPERATION_COUNT_; access.operation++)
                for (access.zone = ZONE_UNPLACED; access.zone <= (int)policy_n_zones(policy); access.zone++)
                        (void)policy_decide(policy, &access);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *text = malloc(size + 1);
        struct policy_report report;
        struct policy *policy = NULL;

        memcpy(text, data, size);
        text[size] = '\0';
        if (policy_load_text("fuzz.conf", text, POLICY_SKIP_OWNER_CHECK, &policy, &report) == 0)
                ask(policy, text + (size > 40 ? size - 40 : 0));
        policy_report_done(&report);
        (void)policy_unref(policy);
        return 0;
}
