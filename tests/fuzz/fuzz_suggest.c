/* An event log that somebody else may have had his hands in: whatever it says, what is suggested is a policy that
 * loads, and what the text of it holds is a comment or a rule. */
#include "unitward/recorded.h"
#include "unitward/suggest.h"
#include "unitward/text.h"

#include "../../src/policy/policy_internal.h"

#include "../unit/lsan_libconfig.h"

#define FLAGS (POLICY_SKIP_OWNER_CHECK | POLICY_STAND_IN_ACCOUNTS)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char policy_path[] = "/tmp/fuzz-suggest-XXXXXX";

static void write_policy(void)
{
        static const char text[] =
                "zones: { system-units: { preset = \"system-units\"; }; };"
                "actors: { packages: { exe = \"/usr/bin/dpkg\"; descendants = true; };"
                "          manager: { preset = \"manager\"; }; };"
                "commands: { systemctl: { preset = \"systemctl\"; }; own: { exe = \"/opt/own\"; }; };"
                "rules = ( { id = \"p\"; actor = \"packages\"; on = \"create\"; then = \"allow\"; },"
                "          { id = \"m\"; actor = \"manager\"; client = \"systemctl\"; then = \"allow\"; } );";
        int fd = mkstemp(policy_path);

        if (fd < 0 || write_all(fd, text, strlen(text)) < 0)
                abort();
        (void)close(fd);
}

static struct suggest_program look(void *userdata, const char *path)
{
        (void)userdata;
        return (struct suggest_program){ *path == '/',
                                         strlen(path) % 4 ? SUGGEST_OWNER_PACKAGE : SUGGEST_OWNER_NOBODY };
}

static const char *user_name(void *userdata, uid_t uid)
{
        (void)userdata;
        return uid % 2 ? "ansible" : NULL;
}

static struct policy *load(const char *drop_in)
{
        struct policy_report report;
        struct policy *policy = NULL;

        if (policy_load_with_text(policy_path, "50-suggested.conf", drop_in, FLAGS, &policy, &report) < 0)
                abort();
        policy_report_done(&report);
        return policy;
}

static void check(struct suggest *suggest)
{
        const struct suggest_result *result;
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        if (suggest_conclude(suggest, &result) < 0 || suggest_write(result, out) < 0 || fclose(out) != 0)
                abort();
        (void)policy_unref(load(text));
        if (result->n_allowed > result->n_records)
                abort();
        free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct policy *policy;
        _cleanup_free_ char *text = malloc(size + 1);
        struct suggest *suggest;
        char *rest = NULL;

        if (!policy) {
                write_policy();
                policy = load("");
                policy_stand_in(policy);
        }
        suggest = suggest_new(
                &(struct suggest_options){
                        .policy_path = policy_path, .flags = FLAGS, .look = look, .user_name = user_name },
                policy);
        memcpy(text, data, size);
        text[size] = '\0';
        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
                json_t *event = json_loads(line, 0, NULL);

                if (json_is_object(event))
                        (void)suggest_take(suggest, event);
                json_decref(event);
        }
        check(suggest);
        suggest_free(suggest);
        return 0;
}
