/* Loading: all files are read and checked in full before anything of them holds. */

#include "decision_sets.h"
#include "loader.h"
#include "source.h"

static void load_file(struct loader *loader, const struct source *source, const char *file)
{
        loader->file = file;
        file_parse(loader, config_root_setting(&source->config));
}

static void load_rules(struct loader *loader, const struct source *source, const char *file)
{
        const config_setting_t *rules = config_lookup(&source->config, "rules");

        loader->file = file;
        if (rules)
                rules_parse(loader, rules);
}

/* Zones in the main file's order first, as it says which is strictest. Rules of drop-ins first, so that a
 * drop-in can except something from what the main file refuses. */
static int load_sources(struct loader *loader, const struct sources *sources)
{
        struct string_list *files = &loader->policy->files;

        for (size_t i = 0; i < sources->n; i++)
                if (!string_list_add(files, sources->items[i].path))
                        return -ENOMEM;
        for (size_t i = 0; i < sources->n; i++)
                load_file(loader, &sources->items[i], files->items[i]);
        zones_add_own(loader, files->items[0]);
        for (size_t i = 1; i < sources->n; i++)
                load_rules(loader, &sources->items[i], files->items[i]);
        load_rules(loader, &sources->items[0], files->items[0]);
        if (loader->out_of_memory)
                return -ENOMEM;
        return report_has_errors(loader->report) ? -EINVAL : 0;
}

static uint64_t zones_restricting_read(const struct policy *policy)
{
        uint64_t zones = 0;

        for (size_t i = 0; i < policy->n_rules; i++) {
                const struct rule *rule = &policy->rules[i];

                if (rule->operations & OPERATION_BIT(OPERATION_READ) && rule->outcome != OUTCOME_ALLOW &&
                    !rule->commands.n)
                        zones |= rule->zones ? rule->zones : UINT64_MAX;
        }
        return zones;
}

static int finish(struct policy *policy, const struct sources *sources, struct policy_report *report)
{
        struct digest digest;
        int r;

        authorised_sort(policy);
        policy->zones_restricting_read = zones_restricting_read(policy);
        r = policy_collect_managers(policy);
        if (r == 0)
                r = decision_sets_new(policy, &policy->sets);
        if (r < 0)
                return r;
        r = sources_digest(sources, &digest);
        if (r < 0)
                return r;
        (void)digest_to_hex(&digest, policy->digest);
        if (!policy_lint(policy, report))
                return -ENOMEM;
        return report_has_errors(report) ? -EINVAL : 0;
}

static void unref_pointer(struct policy **policy)
{
        (void)policy_unref(*policy);
}

static int build(struct sources *sources, unsigned flags, struct policy **ret, struct policy_report *report)
{
        _cleanup_(unref_pointer) struct policy *policy = NULL;
        int r = sources_parse(sources, report);

        if (r < 0)
                return r;
        policy = policy_new();
        if (!policy)
                return -ENOMEM;
        r = load_sources(&(struct loader){ .policy = policy, .report = report, .flags = flags }, sources);
        if (r < 0)
                return r;
        r = finish(policy, sources, report);
        if (r < 0)
                return r;
        *ret = steal_pointer(policy);
        return 0;
}

int policy_load_with(const char *path, const struct policy_drop_in *drop_in, unsigned flags, struct policy **ret,
                     struct policy_report *report)
{
        _cleanup_(sources_done) struct sources sources = { 0 };
        int r;

        *report = (struct policy_report){ 0 };
        r = sources_read(&sources, path, drop_in, flags, report);
        return r < 0 ? r : build(&sources, flags, ret, report);
}

int policy_load_with_text(const char *path, const char *name, const char *text, unsigned flags, struct policy **ret,
                          struct policy_report *report)
{
        _cleanup_(sources_done) struct sources sources = { 0 };
        int r;

        *report = (struct policy_report){ 0 };
        r = sources_read(&sources, path, NULL, flags, report);
        if (r == 0)
                r = sources_take_text(&sources, name, text);
        return r < 0 ? r : build(&sources, flags, ret, report);
}

int policy_load(const char *path, unsigned flags, struct policy **ret, struct policy_report *report)
{
        return policy_load_with(path, NULL, flags, ret, report);
}

int policy_load_text(const char *name, const char *text, unsigned flags, struct policy **ret,
                     struct policy_report *report)
{
        _cleanup_(sources_done) struct sources sources = { 0 };
        int r;

        *report = (struct policy_report){ 0 };
        r = sources_take_text(&sources, name, text);
        return r < 0 ? r : build(&sources, flags, ret, report);
}
