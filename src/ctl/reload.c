#include "unitward/ctl.h"
#include "unitward/text.h"

static void print_warnings(const json_t *warnings)
{
        size_t i;
        json_t *warning;

        json_array_foreach(warnings, i, warning) {
                _cleanup_free_ char *text = ctl_json_text(warning);

                fputs("  ", stdout);
                ctl_print_text(stdout, STYLE_WARN, text ? text : "");
                putchar('\n');
        }
}

static void print_reload(const json_t *result)
{
        _cleanup_free_ char *rules = ctl_json_text(json_object_get(result, "rules")),
                            *digest = ctl_json_text(json_object_get(result, "digest"));

        const char *mode = json_string_value(json_object_get(result, "mode")),
                   *policy = json_string_value(json_at(result, "mode_ruling.policy")),
                   *why = json_string_value(json_at(result, "mode_ruling.why"));

        printf("The policy was loaded: %s rules, digest %.12s.\n", rules ? rules : "-", digest ? digest : "-");
        if (mode && policy && why && !streq(mode, policy)) {
                fputs("  ", stdout);
                ctl_print_text(stdout, STYLE_WARN, why);
                putchar('\n');
        }
        print_warnings(json_object_get(result, "warnings"));
}

int ctl_reload(int argc, char **argv)
{
        static const struct argp parser = {
                .doc = "Lets the daemon load the policy again. A policy with an error is refused as a whole and the "
                       "one "
                       "in force stays.",
                .children = ctl_common_children,
        };
        struct ctl_common common = { 0 };
        json_t *result;
        int status;

        if (argp_parse(&parser, argc, argv, 0, NULL, &common) != 0)
                return CTL_USAGE;
        status = ctl_call("reload", NULL, &result);
        if (status != CTL_OK)
                return status;
        if (common.json)
                ctl_print_json(result);
        else
                print_reload(result);
        json_decref(result);
        return CTL_OK;
}
