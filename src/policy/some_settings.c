/* The few settings that the boot gate needs: no names are resolved, no programs looked for. */
#include "loader.h"
#include "source.h"

static int parse(struct policy *policy, struct sources *sources, struct policy_report *report)
{
        static const char *const names[] = { "mode", "boot_gate", "package_records", NULL };
        struct loader loader = { .policy = policy, .report = report };
        int r = sources_parse(sources, report);

        for (size_t i = 0; r == 0 && i < sources->n; i++) {
                loader.file = sources->items[i].path;
                file_parse_some(&loader, config_root_setting(&sources->items[i].config), names);
        }
        if (r < 0 || loader.out_of_memory)
                return r < 0 ? r : -ENOMEM;
        return report_has_errors(report) ? -EINVAL : 0;
}

int policy_read_settings(const char *path, struct policy_settings *ret)
{
        _cleanup_(sources_done) struct sources sources = { 0 };
        struct policy_report report = { 0 };
        struct policy *policy = policy_new();
        int r = policy ? sources_read(&sources, path, NULL, 0, &report) : -ENOMEM;

        if (r == 0)
                r = parse(policy, &sources, &report);
        if (r == 0)
                *ret = policy->settings;
        policy_report_done(&report);
        policy_unref(policy);
        return r;
}
