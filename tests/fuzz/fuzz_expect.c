/* A file of expectations: parsed, checked and, if it holds, decided by a policy. */
#include "unitward/recorded.h"

#include "../../src/ctl/test.h"

#include "../unit/lsan_libconfig.h"

#define CASES_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct policy *load(void)
{
        static const char text[] = "zones: { z: { paths = [ \"/z/\" ]; }; };"
                                   "actors: { a: { exe = \"/opt/a\"; descendants = true; };"
                                   "          b: { login_group = \"b\"; unit = \"b*.service\"; }; };"
                                   "commands: { systemctl: { preset = \"systemctl\"; }; };"
                                   "rules = ( { id = \"r\"; actor = [ \"a\", \"b\" ]; then = \"allow\"; },"
                                   "          { id = \"c\"; command = \"*\"; verb = \"@read\"; then = \"allow\"; } );"
                                   "authorised = ( { path = \"/z/x\"; target = \"y\"; } );";
        struct policy_report report;
        struct policy *policy = NULL;

        if (policy_load_text("p.conf", text, POLICY_SKIP_OWNER_CHECK | POLICY_STAND_IN_ACCOUNTS, &policy, &report) < 0)
                abort();
        policy_report_done(&report);
        policy_stand_in(policy);
        return policy;
}

static void decide(const struct policy *policy, const struct expectations *expectations,
                   const struct expectation *expectation, size_t index)
{
        struct expect_case one = expectation_case(expectations, expectation, index);
        struct test_result *result = calloc(1, sizeof *result);

        if (test_decide(policy, expectation, &one, result) == 0)
                json_decref(explain_to_json(&result->question));
        free(result->line);
        free(result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct policy *policy;
        _cleanup_free_ char *text = malloc(size + 1);
        struct expectations expectations = { 0 };
        struct policy_report report;

        if (!policy)
                policy = load();
        memcpy(text, data, size);
        text[size] = '\0';
        if (expectations_read_text(&expectations, "fuzz.conf", text, &report) == 0) {
                expectations_bind(&expectations, policy);
                for (size_t i = 0; i < expectations.n; i++)
                        for (size_t j = 0; j < expectation_n_cases(expectations.items[i]) && j < CASES_MAX; j++)
                                decide(policy, &expectations, expectations.items[i], j);
        }
        policy_report_done(&report);
        expectations_done(&expectations);
        return 0;
}
